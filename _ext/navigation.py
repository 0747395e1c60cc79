"""Shorten the way of the Tab key: to the text, to its first figure, and to the list of chapters.

The theme lists every section of every chapter before a page's text, and its link "Skip to main
content" leads to the buttons above it. Here the other chapters are folded, the list comes after the
text, though it stands beside it, and links at the top of a page lead to all three. The theme has
that in its templates, so the written pages change.
"""

import re

from sphinx.application import Sphinx
from written_site import EVENT, Site

CHAPTER = re.compile(
    r'<p aria-level="2" class="caption" role="heading">'
    r'(<span class="caption-text">.*?</span>)</p>\s*'
    r'(<ul class="([^"]*)nav bd-sidenav">.*?</ul>)',
    re.S,
)
SKIP = '<a href="#main-content">Skip to main content</a>'
TEXT = '<article class="bd-article">'
FIGURE = re.compile(r'<geometry-explorer id="([^"]+)"')
SIDEBAR = re.compile(r'(<div id="pst-primary-sidebar".*?)(<main id="main-content".*?</main>)', re.S)


def fold(chapter: re.Match[str]) -> str:
    """The list of a chapter's sections, open on their pages."""
    caption, sections, classes = chapter.groups()
    state = " open" if "current" in classes else ""
    return f'<details{state}><summary class="caption">{caption}</summary>\n{sections}\n</details>'


def add_links(page: str) -> str:
    """A page with its links to the text, the first figure and the list of chapters."""
    links = ['<a href="#pst-primary-sidebar">Skip to the list of chapters</a>']
    if figure := FIGURE.search(page):
        links.insert(0, f'<a href="#{figure[1]}">Skip to the first figure</a>')
    if TEXT in page:  # the page of the search has no text
        page = page.replace(TEXT, '<article class="bd-article" id="text" tabindex="-1">')
        links.insert(0, SKIP.replace("main-content", "text"))
    else:
        links.insert(0, SKIP)
    return page.replace(SKIP, "\n".join(links))


def change_pages(app: Sphinx, site: Site) -> None:
    """Change the written pages."""
    for file, page in site.pages.items():
        if "Skip to the list of chapters" not in page:  # by an earlier build
            page = CHAPTER.sub(fold, page)
            site.pages[file] = SIDEBAR.sub(r"\2\n\1", add_links(page))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, change_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
