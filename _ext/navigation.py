"""Shorten the way to the text: the other chapters are folded, and the skip link leads to the text.

The theme lists every section of every chapter before a page's text, and its link "Skip to main
content" leads to the buttons above it. Both stand in its templates, so the written pages change.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

CHAPTER = re.compile(
    r'<p aria-level="2" class="caption" role="heading">'
    r'(<span class="caption-text">.*?</span>)</p>\s*'
    r'(<ul class="([^"]*)nav bd-sidenav">.*?</ul>)',
    re.S,
)
SKIP = {
    '<a href="#main-content">Skip': '<a href="#text">Skip',
    '<article class="bd-article">': '<article class="bd-article" id="text" tabindex="-1">',
}


def fold(chapter: re.Match[str]) -> str:
    """The list of a chapter's sections, open on their pages."""
    caption, sections, classes = chapter.groups()
    state = " open" if "current" in classes else ""
    return f'<details{state}><summary class="caption">{caption}</summary>\n{sections}\n</details>'


def change_pages(app: Sphinx, exception: Exception | None) -> None:
    """Change the written pages."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = CHAPTER.sub(fold, page.read_text(encoding="utf-8"))
        if all(before in text for before in SKIP):  # the page of the search has no text
            for before, after in SKIP.items():
                text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", change_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
