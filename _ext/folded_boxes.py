"""Make boxes of the class `dropdown` <details> of HTML: closed from the first drawing on.

The script of sphinx-togglebutton, which Jupyter Book brings along, would fold them once the page is
drawn, and all that stands below would jump. It and its style are dropped here.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class FoldedBox(nodes.General, nodes.Element):
    """A box that a reader opens."""


class BoxTitle(nodes.General, nodes.TextElement):
    """Its title, which always stands there."""


class FoldBoxes(SphinxPostTransform):
    """Puts folded boxes in the place of those that the class names."""

    formats = ("html",)
    default_priority = 30  # after sphinx_exercise has made the titles

    def run(self, **_) -> None:
        """Replace each, with what it holds."""
        for box in list(self.document.findall(nodes.Admonition)):
            if "dropdown" in box["classes"]:
                title, *content = box.children
                # A click on a title opens the box, and leads nowhere else.
                for link in list(title.findall(nodes.reference)):
                    link.replace_self(link.children)
                folded = FoldedBox(ids=box["ids"], classes=box["classes"])
                folded += BoxTitle("", "", *title.children)
                folded += content
                box.replace_self(folded)


def open_box(self: HTML5Translator, node: FoldedBox) -> None:
    """Begin a box."""
    self.body.append(self.starttag(node, "details", CLASS="admonition"))


def close_box(self: HTML5Translator, node: FoldedBox) -> None:
    """End it."""
    self.body.append("</details>\n")


def open_title(self: HTML5Translator, node: BoxTitle) -> None:
    """Begin a title."""
    self.body.append(self.starttag(node, "summary", "", CLASS="admonition-title"))


def close_title(self: HTML5Translator, node: BoxTitle) -> None:
    """End it."""
    self.body.append("</summary>\n")


def is_of_the_button(file: object) -> bool:
    """Whether a style sheet or script of a page is sphinx-togglebutton's."""
    text = f"{file.filename} {file.attributes.get('body', '')}".lower()
    return "togglebutton" in text or "togglehint" in text or "toggleopen" in text


def drop_button(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Remove the button's files from one page."""
    for kind in ("css_files", "script_files"):
        context[kind][:] = [file for file in context[kind] if not is_of_the_button(file)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_node(FoldedBox, html=(open_box, close_box))
    app.add_node(BoxTitle, html=(open_title, close_title))
    app.add_post_transform(FoldBoxes)
    app.connect("html-page-context", drop_button)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
