"""A Sphinx extension: gives the pages that hold a figure the scripts and the style that draw it.

A book of your own that shows Explorers lists `lib.figures.sphinx` among its extensions. The scripts
are those that draw figures in Jupyter, and go to the pages with figures only. The function of each
figure and its picture are files, which load as a reader comes to the figure. The directive
`explorer` shows a section's figure on another page. Figures are numbered, for {numref}, and the
hidden cells that make a figure stand in one fold below it.
"""

import base64
import hashlib
import io
import re
from pathlib import Path
from typing import Any

from PIL import Image

from lib.figures import assets, directive, fold, numbering

FUNCTION = re.compile(r'(class="gx-function")>(.*?)</script>', re.S)
PICTURE = re.compile(r'(<img class="gx-fallback" )src="data:image/png;base64,([^"]*)"')
FILES = {"plot.js": assets.plot_library, "explorer.js": assets.script, "explorer.css": assets.style}


def prefer_html(app: Any, config: Any) -> None:
    """A figure's own HTML goes before its widget, which needs a kernel."""
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        ("html", "text/html", 5),
    ]


def write_files(app: Any) -> None:
    """Write the figures' files into the site."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text(), encoding="utf-8")


def webp(png: bytes) -> bytes:
    """The same picture in the format that is a sixth smaller and takes as little time to make."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(file, format="webp", lossless=True)
    return file.getvalue()


def move_to_files(app: Any, context: dict) -> str:
    """A page with what its figures need in files, which are loaded as a reader comes to them.

    The functions, and the pictures, which show a figure where no script runs and until it is drawn.
    """

    def address(folder: str, ending: str, data: bytes) -> str:
        name = f"{folder}/figure-{hashlib.sha256(data).hexdigest()[:12]}.{ending}"
        path = Path(app.outdir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return context["pathto"](name, True)

    def move_picture(match: re.Match[str]) -> str:
        name = address("_images", "webp", webp(base64.b64decode(match[2])))
        return f'{match[1]}loading="lazy" src="{name}"'

    def move_function(match: re.Match[str]) -> str:
        source = match[2].replace("<\\/", "</")
        text = f'"use strict";\nGeometryExplorer.brought = () => {source};\n'
        name = address("_static/figures", "js", text.encode())
        return f'{match[1]} data-src="{name}"></script>'

    return FUNCTION.sub(move_function, PICTURE.sub(move_picture, context["body"]))


def add_to_page(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Load them into a page that holds a figure, and number its figures."""
    if "<geometry-explorer" in context.get("body", ""):
        context["body"] = numbering.add_numbers(app.env, move_to_files(app, context))
        app.add_css_file("figures/explorer.css")
        for name in ("plot.js", "explorer.js"):  # in the order in which they run
            app.add_js_file(f"figures/{name}", loading_method="defer")


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", prefer_html)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_to_page)
    directive.setup(app)
    numbering.setup(app)
    fold.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
