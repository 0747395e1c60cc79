"""Keep a number and its percent sign in one line."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

APART = re.compile(r"(?<=\d) %")


class KeepPercentSigns(SphinxTransform):
    """Puts a space at which no line ends before a percent sign, in text but not in code."""

    default_priority = 530

    def apply(self, **_) -> None:
        """Change the words of a page."""
        for text in list(self.document.findall(nodes.Text)):
            if APART.search(text) and not isinstance(text.parent, nodes.FixedTextElement):
                text.parent.replace(text, nodes.Text(APART.sub("\u00a0%", text)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_transform(KeepPercentSigns)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
