"""Let the search quote the text of a page: not its lists and buttons, nor its code.

And let it find the words of the index on all pages after a build that has written few.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.search import js_index
from sphinx.util import logging

CHANGES = {  # in Sphinx's script, which reads the page that it quotes
    "querySelector('[role=\"main\"]')": "querySelector('article')",
    '[".headerlink", "script", "style"]': (
        '[".headerlink", "script", "style", "geometry-explorer", ".cell_input", ".code-of-figure"]'
    ),
    # Of an empty place, such as a label, there is nothing to quote.
    'if (text === "") return null;': 'if (text === "") return document.createElement("p");',
}

log = logging.getLogger(__name__)


def keep_entries(app: Sphinx, builder: Builder) -> None:
    """Recall the words of the index, as Sphinx 7 recalls all else of the pages that it leaves."""
    file = Path(app.outdir) / "searchindex.js"
    if builder.format != "html" or not file.exists():
        return
    with file.open(encoding="utf-8") as text:
        index = js_index.load(text)
    for word, places in index["indexentries"].items():
        for number, target, main in places:
            if (page := index["docnames"][number]) in app.env.all_docs:
                entries = app.env._search_index_index_entries.setdefault(page, [])
                entries.append((word, target, "main" if main else ""))


def quote_text(app: Sphinx, exception: Exception | None) -> None:
    """Change the script; a warning where a new Sphinx has another one."""
    script = Path(app.outdir) / "_static" / "searchtools.js"
    if exception or app.builder.format != "html":
        return
    text = script.read_text(encoding="utf-8")
    for before, after in CHANGES.items():
        if before not in text and after not in text:
            log.warning("search_excerpts: searchtools.js has no %s", before)
        text = text.replace(before, after)
    script.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("write-started", keep_entries)
    app.connect("build-finished", quote_text)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
