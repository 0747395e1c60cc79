"""Take out of every page what the theme always adds and the book does not use, or not at once.

- sphinx-thebe: figures run without a kernel; its inline script comes twice on every page, which
  browsers report as an error.
- those of the search, the index of all words among them, on every page but that of the search.
- fontawesome.js (540 kB gzip): it redraws as SVG the icons that the theme's style shows anyway.
- the logos in the menu of places to run a page: they come when the menu is opened.
"""

import re
from pathlib import Path

SEARCH = re.compile(
    r"<script[^>]*[/\"](?:searchtools|language_data|searchindex)\.js[^>]*></script>\s*"
)
LOGO = re.compile(r'<img (?=alt="\w+ logo" src="[^"]*/logo_\w+\.)')
FONTAWESOME = re.compile(r"<script[^>]*/fontawesome\.js[^>]*></script>")


def drop_thebe(app, pagename, templatename, context, doctree):
    """Remove thebe's scripts from one page."""
    context["script_files"][:] = [
        script
        for script in context["script_files"]
        if "sphinx-thebe.js" not in (script.filename or "")
        and "THEBE_JS_URL" not in script.attributes.get("body", "")
    ]


def drop_others(app, exception):
    """Remove the others, which stand in the theme's templates, from the written pages."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = FONTAWESOME.sub("", page.read_text(encoding="utf-8"))
        text = LOGO.sub('<img loading="lazy" ', text)
        if page.name != "search.html":
            text = SEARCH.sub("", text)
        page.write_text(text, encoding="utf-8")
    for file in Path(app.outdir, "_static", "scripts").glob("fontawesome.js*"):
        file.unlink()  # so that a page which still asks for it shows up as an error


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", drop_thebe)
    app.connect("build-finished", drop_others)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
