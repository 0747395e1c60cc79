"""Cut the theme's icon fonts (Font Awesome, 270 kB) down to the icons that the site shows.

Icons are named by classes of the pages and scripts, `fa-rocket`, or stand as letters in the styles.
"""

import re

from cutting import cut
from fontTools import subset
from sphinx.application import Sphinx
from written_site import EVENT, Site

RULE = re.compile(r"((?:\.fa-[\w-]+:+before,?)+)\{content:\"([^\"]+)\"\}")


def used_icons(site: Site) -> set[int]:
    """The code points of the icons that pages, scripts and styles of a site name."""
    styles = "".join(sheet.read_text("utf-8") for sheet in site.static.rglob("*.css"))
    names = {name for text in site.texts(".js") for name in re.findall(r"\bfa-([\w-]+)", text)}
    letters = [
        content
        for selectors, content in RULE.findall(styles)
        if names & set(re.findall(r"\.fa-([\w-]+):", selectors))
    ]
    letters += re.findall(r"\\f[0-9a-f]{3}\b|[\ue000-\uf8ff]", RULE.sub("", styles))
    return {int(letter[1:], 16) if letter[0] == "\\" else ord(letter) for letter in letters}


def cut_fonts(app: Sphinx, site: Site) -> None:
    """Cut the fonts of the site that has been written."""
    icons = used_icons(site)
    fonts = site.static / "vendor" / "fontawesome"
    for font in fonts.rglob("*.woff2"):
        cut(app, font, icons, font, subset.Options(layout_features=[]))
    for font in fonts.rglob("*.ttf"):
        font.unlink()  # for browsers older than any that the figures run in


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, cut_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
