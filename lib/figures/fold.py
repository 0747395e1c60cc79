"""Puts the code of a figure below it, in one fold: "Code of this figure (3 cells)".

The cells whose input is hidden, and which print nothing, are there for the figure after them.
Cells whose input is visible stay where the text discusses them.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from lib.figures.numbering import Numbered


class Fold(nodes.General, nodes.Element):
    """The hidden inputs of the cells that make a figure."""


class FoldCode(SphinxTransform):
    """Moves the hidden inputs from before a figure to below it."""

    default_priority = 510  # after FindFigures

    def apply(self, **_: Any) -> None:
        """Gather the hidden cells down to each figure; those after the last one stay."""
        waiting: list[nodes.Element] = []
        for cell in list(self.document.findall(is_hidden_cell)):
            waiting.append(cell)
            if not any(cell.findall(Numbered)):
                if len(cell) > 1:  # what a cell prints stands with its own fold
                    waiting.pop()
                continue
            fold = Fold()
            for each in waiting:
                fold += each.pop(0)
                del each["hide_mode"]
                if not len(each):
                    each.parent.remove(each)
            cell += fold
            waiting = []


def is_hidden_cell(node: nodes.Node) -> bool:
    """Whether a node is a cell of code with a hidden input."""
    return isinstance(node, nodes.container) and node.get("hide_mode") == "input"


def open_fold(self: Any, node: Fold) -> None:
    """Begin the fold."""
    cells = f"{len(node)} cell{'s' if len(node) > 1 else ''}"
    summary = f"<summary>Code of this figure ({cells})</summary>"
    self.body.append(f'<details class="code-of-figure">{summary}\n')


def close_fold(self: Any, node: Fold) -> None:
    """End it."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    plain = (lambda *_: None, lambda *_: None)
    app.add_node(
        Fold, html=(open_fold, close_fold), latex=plain, text=plain, man=plain, texinfo=plain
    )
    app.add_transform(FoldCode)
