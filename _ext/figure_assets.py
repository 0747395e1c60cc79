"""Give the pages that hold a figure the scripts and the style that draw it, and only those pages.

The files are the package's own (`lib/figures`), so that a figure is drawn by the same code on the
site and in Jupyter. They are classic scripts: a page opened from file:// may not load a module.
"""

import shutil
from pathlib import Path

FIGURES = Path(__file__).resolve().parent.parent / "lib" / "figures"
SCRIPTS = ("vendor/plot.js", "explorer.js")  # in the order in which they run
STYLE = "explorer.css"


def copy_files(app):
    """Copy the figures' files into the site."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "figures"
    target.mkdir(parents=True, exist_ok=True)
    for name in (*SCRIPTS, STYLE):
        shutil.copy(FIGURES / name, target / Path(name).name)


def add_to_page(app, pagename, templatename, context, doctree):
    """Load them into a page that holds a figure."""
    if "<geometry-explorer" in context.get("body", ""):
        app.add_css_file(f"figures/{STYLE}")
        for name in SCRIPTS:
            app.add_js_file(f"figures/{Path(name).name}", loading_method="defer")


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", copy_files)
    app.connect("html-page-context", add_to_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
