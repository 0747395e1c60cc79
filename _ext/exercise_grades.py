"""Say at each exercise what it asks for: a warm-up, theory, code, or something open.

An exercise names its grade as its class. One without is a warning, which stops the build.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx_exercise.nodes import exercise_enumerable_node

GRADES = {"warm-up": "warm-up", "theory": "theory", "coding": "code", "open-ended": "open-ended"}


class NameGrade(SphinxPostTransform):
    """Writes the grade behind the title."""

    default_priority = 25  # after sphinx_exercise has made the titles

    def run(self, **_) -> None:
        """Give every exercise of the page its grade."""
        for exercise in self.document.findall(exercise_enumerable_node):
            found = [GRADES[name] for name in exercise["classes"] if name in GRADES]
            if len(found) != 1:
                logging.getLogger(__name__).warning(
                    "exercise %s needs one class of %s", exercise["label"], ", ".join(GRADES)
                )
                continue
            title = exercise.next_node(nodes.title)
            title += [nodes.Text(" "), nodes.inline("", found[0], classes=["grade"])]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(NameGrade)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
