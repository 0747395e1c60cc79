"""Take out of every page what the theme always adds and the book does not use, or not at once.

- sphinx-thebe: figures run without a kernel; its inline script comes twice on every page, which
  browsers report as an error.
- those of the search, the index of all words among them, on every page but that of the search.
- fontawesome.js (540 kB gzip): it redraws as SVG the icons that the theme's style shows anyway.
- bootstrap.js (23 kB gzip): assets/menus.js opens the menus, and browsers show the buttons' titles.
- the logos in the menu of places to run a page: they come when the menu is opened.
"""

import re

from written_site import EVENT

SEARCH = re.compile(
    r"<script[^>]*[/\"](?:searchtools|language_data|searchindex)\.js[^>]*></script>\s*"
)
LOGO = re.compile(r'<img (?=alt="\w+ logo" src="[^"]*/logo_\w+\.)')
OF_THE_THEME = re.compile(
    r"<script[^>]*/(?:fontawesome|bootstrap)\.js[^>]*></script>\s*"
    r'|<link rel="preload"[^>]*/bootstrap\.js[^>]*>\s*'
)


def drop_thebe(app, pagename, templatename, context, doctree):
    """Remove thebe's scripts from one page."""
    context["script_files"][:] = [
        script
        for script in context["script_files"]
        if "sphinx-thebe.js" not in (script.filename or "")
        and "THEBE_JS_URL" not in script.attributes.get("body", "")
    ]


def drop_others(app, site):
    """Remove the others, which stand in the theme's templates, from the written pages."""
    for file, page in site.pages.items():
        page = LOGO.sub('<img loading="lazy" ', OF_THE_THEME.sub("", page))
        site.pages[file] = page if file.name == "search.html" else SEARCH.sub("", page)
    for name in ("fontawesome", "bootstrap"):
        for file in (site.static / "scripts").glob(f"{name}.js*"):
            file.unlink()  # so that a page which still asks for it shows up as an error


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", drop_thebe)
    app.setup_extension("written_site")
    app.connect(EVENT, drop_others)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
