"""What draws a figure on a page: a style, Observable Plot, and one script made of page/."""

import hashlib
from functools import cache
from importlib import resources

FOLDER = resources.files("lib.figures")


def read(name: str) -> str:
    """A file of this folder."""
    return FOLDER.joinpath(name).read_text(encoding="utf-8")


@cache
def style() -> str:
    """The style sheet of all figures."""
    return read("page/explorer.css")


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
def widget_module() -> str:
    """The module of a figure's view beside a kernel.

    anywidget loads one for every figure and gives up after two seconds: the first on a page does
    the work, the others take what it has made.
    """
    scripts = plot_library() + "\n" + script()
    version = hashlib.sha256(scripts.encode()).hexdigest()
    return (
        f"if (globalThis.GeometryExplorer?.version !== '{version}') {{\n{scripts}\n"
        f"globalThis.GeometryExplorer.version = '{version}';\n}}\n"
        "export default globalThis.GeometryExplorer.widget;\n"
    )
