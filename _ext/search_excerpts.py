"""Let the search quote the text of a page: not its lists and buttons, nor its code."""

from pathlib import Path

from sphinx.application import Sphinx
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
    app.connect("build-finished", quote_text)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
