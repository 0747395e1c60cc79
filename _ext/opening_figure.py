"""Show a section's first figure at its opening: question, picture, and then the rest.

The cell of a figure that is tagged `opening` may need code and text before it in the notebook. On
the site its output stands before "What you will see". A page's first picture is loaded at once, the
others as a reader comes to them.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from written_site import EVENT, Site

FIRST = re.compile(r'(<img class="gx-fallback") loading="lazy"')
AT_ONCE = ' fetchpriority="high"'


class MoveOpening(SphinxTransform):
    """Moves the cell of the figure."""

    default_priority = 520  # after lib.figures has gathered the code of the figure

    def apply(self, **_) -> None:
        """Put it before the box that says what the section holds."""
        for cell in list(self.document.findall(nodes.container)):
            if "tag_opening" in cell.get("classes", []):
                box = next(
                    b for b in self.document.findall(nodes.admonition) if "tip" in b["classes"]
                )
                cell.parent.remove(cell)
                box.parent.insert(box.parent.index(box), cell)


def load_at_once(app: Sphinx, site: Site) -> None:
    """Load the first picture of every page at once."""
    for file, page in site.pages.items():
        if AT_ONCE not in page:  # by an earlier build
            site.pages[file] = FIRST.sub(rf"\1{AT_ONCE}", page, count=1)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, load_at_once)
    app.add_transform(MoveOpening)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
