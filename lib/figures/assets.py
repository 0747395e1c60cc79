"""What draws a figure on a page: a style, Observable Plot, and one script made of page/."""

import hashlib
import html
import json
from functools import cache
from importlib import resources

FOLDER = resources.files("lib.figures")


def read(name: str) -> str:
    """A file of this folder."""
    return FOLDER.joinpath(name).read_text(encoding="utf-8")


@cache
def palette() -> dict[str, dict[str, str]]:
    """The colours of marks on light pages and in Matplotlib, and on dark pages."""
    return json.loads(read("page/palette.json"))


@cache
def style() -> str:
    """The style sheet of all figures, with the palette where it names it."""
    sheet = read("page/explorer.css")
    ends = {"own-cold": palette()["light"]["blue"], "own-warm": palette()["light"]["vermillion"]}
    for theme, colors in palette().items():
        # Of ink and muted, the theme of a page may know better.
        names = {n: f"own-{n}" if n in ("ink", "muted") else n for n in colors}
        lines = {names[name]: color for name, color in colors.items()} | ends
        text = " ".join(f"--gx-{name}: {color};" for name, color in lines.items())
        sheet = sheet.replace(f"/* palette: {theme} */", text)
    return sheet


@cache
def plot_library() -> str:
    """Observable Plot, as one classic script."""
    return read("vendor/plot.js")


@cache
def script() -> str:
    """The modules of page/ as one classic script, which defines <geometry-explorer>.

    tools/javascript.py bundles them: a page that is opened from a disk may load no module.
    """
    return read("page.js")


@cache
def loading() -> str:
    """What runs both scripts inside of a module, unless another module of the page has done it.

    anywidget loads a module for every figure and gives up after two seconds: the first on a page
    does the work, the others take what it has made.
    """
    scripts = plot_library() + "\n" + script()
    version = hashlib.sha256(scripts.encode()).hexdigest()
    return (
        f"if (globalThis.GeometryExplorer?.version !== '{version}') {{\n{scripts}\n"
        f"globalThis.GeometryExplorer.version = '{version}';\n}}\n"
    )


@cache
def widget_module() -> str:
    """The module of a figure's view beside a kernel."""
    return loading() + "export default globalThis.GeometryExplorer.widget;\n"


def figure_module(html_of_figure: str) -> str:
    """The module of one figure for sites that show anywidgets, without a kernel."""
    shown = f"{json.dumps(style())}, {json.dumps(html_of_figure)}"
    return loading() + (
        f"const render = (context) => globalThis.GeometryExplorer.embed(context, {shown});\n"
        "export default {render};\n"
    )


def page(name: str, html_of_figure: str) -> str:
    """A page that holds one figure and needs no other file."""
    scripts = "".join(f"<script>{text}</script>\n" for text in (plot_library(), script()))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(name)}</title>\n<style>{style()}</style>\n"
        f"<main>\n{html_of_figure}\n</main>\n{scripts}</html>\n"
    )
