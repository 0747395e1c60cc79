"""Cut the fonts of the text, 170 kB, to the letters and weights that the site shows."""

import html
from pathlib import Path

from cutting import cut
from fontTools import subset
from sphinx.application import Sphinx
from written_site import EVENT, Site

FONTS = Path("vendor", "fonts")
WEIGHTS = (400, 700)  # from regular to bold: the thinner and the black ones are a third of a font
ALWAYS = {*map(chr, range(0x20, 0x7F)), *"\u00a0–—‘’“”…"}  # what a reader may type, too


def letters(site: Site) -> set[int]:
    """The code points in the pages, scripts and styles of a site."""
    return set(map(ord, ALWAYS.union(*map(html.unescape, site.texts(".js", ".css")))))


def cut_fonts(app: Sphinx, site: Site) -> None:
    """Cut the fonts of the site that has been written."""
    shown = letters(site)
    options = subset.Options()
    options.layout_features += ["tnum"]  # numbers that stand in columns
    for font in (site.static / FONTS).glob("*.woff2"):
        cut(app, font, shown, font, options, WEIGHTS)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, cut_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
