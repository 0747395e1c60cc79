"""Stop the build at a formula that MathJax would show as an error, or its words in red.

Sphinx hands formulas on unread, so that a slip would be seen by a reader only.
"""

import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

MATHJAX = Path(__file__).parent.parent / "assets" / "vendor" / "mathjax" / "tex-mml-chtml.js"
COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.S)

log = logging.getLogger(__name__)


@cache
def known() -> set[str]:
    """The words of MathJax's script, the commands of TeX among them."""
    return set(re.findall(r"[A-Za-z]+", MATHJAX.read_text(encoding="utf-8")))


def faults(formula: str) -> list[str]:
    """What MathJax would stumble over in a formula."""
    commands = COMMAND.findall(formula)
    plain = COMMAND.sub("", formula)
    found = [
        f"\\{name} is not known" for name in commands if name.isalpha() and name not in known()
    ]
    if plain.count("{") != plain.count("}"):
        found.append("its braces do not match")
    for first, last in (("left", "right"), ("begin", "end")):
        if commands.count(first) != commands.count(last):
            found.append(f"\\{first} and \\{last} do not match")
    return found


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every formula of a page in which there is a fault."""
    for kind in (nodes.math, nodes.math_block):
        for node in doctree.findall(kind):
            for fault in faults(node.astext()):
                log.warning(f"{fault}: {node.astext()}", location=node)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
