"""What draws a figure on a page: a style, Observable Plot, and one script made of page/.

The modules are joined, because a page that is opened from a disk may load no JavaScript module.
"""

import re
from functools import cache
from importlib import resources

FOLDER = resources.files("lib.figures")
MODULES = (  # each imports only from those before it
    "elements",
    "words",
    "pictures",
    "controls",
    "handle",
    "files",
    "view",
    "computing",
    "explorer",
    "widget",
)


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
    """The modules of page/ as one classic script, which defines <geometry-explorer>."""
    modules = [read(f"page/{name}.js") for name in MODULES]
    lines = [re.sub(r"^(import .*;\n|export )", "", text, flags=re.M) for text in modules]
    return "\n".join(['(() => {\n"use strict";\n', *lines, "})();\n"])
