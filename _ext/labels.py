"""Give the words that say how sure a claim is a look of their own, as its kind.

In a paragraph, *Theorem.*, *Approximation:* and *Observation* are emphasized words with a capital.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

LABEL = re.compile(r"(Theorem|Approximation|Observation)s?[.:,]?")


class FindLabels(SphinxTransform):
    """Gives these words the classes `label` and, for example, `label-observation`."""

    default_priority = 530

    def apply(self, **_) -> None:
        """Mark the words of a page."""
        for node in self.document.findall(nodes.emphasis):
            if kind := LABEL.fullmatch(node.astext()):
                node["classes"] += ["label", f"label-{kind[1].lower()}"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_transform(FindLabels)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
