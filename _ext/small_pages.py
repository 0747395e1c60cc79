"""Take out of the pages what no reader sees: comments, indents and a place of the templates.

The place is for Read the Docs. The tooltips are Bootstrap's, whose script is not loaded.
"""

import re

from sphinx.application import Sphinx
from written_site import EVENT, Site

AS_IT_IS = re.compile(r"(<(pre|script|textarea)\b.*?</\2>)", re.S)
UNSEEN = re.compile(
    r'<!--.*?-->|<div id="ethical-ad-placement"[^>]*>\s*</div>'
    r'| data-bs-(?:placement="\w+"|toggle="tooltip")',
    re.S,
)
INDENT = re.compile(r"\s*\n\s*")


def small(page: str) -> str:
    """A page without them."""
    parts = AS_IT_IS.split(page)
    parts[::3] = [INDENT.sub("\n", UNSEEN.sub("", text)) for text in parts[::3]]
    del parts[2::3]  # the names of the tags
    return "".join(parts)


def make_small(app: Sphinx, site: Site) -> None:
    """Change the pages."""
    for file, page in site.pages.items():
        site.pages[file] = small(page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, make_small, priority=800)  # after those that read the templates' lines
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
