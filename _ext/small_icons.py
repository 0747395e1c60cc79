"""Cut the theme's icon fonts (Font Awesome, 270 kB) down to the icons that the site shows.

Icons are named by classes of the pages and scripts, `fa-rocket`, or stand as letters in the styles.
"""

import re
from pathlib import Path

from cutting import cut
from fontTools import subset
from sphinx.application import Sphinx

RULE = re.compile(r"((?:\.fa-[\w-]+:+before,?)+)\{content:\"([^\"]+)\"\}")


def used_icons(site: Path) -> set[int]:
    """The code points of the icons that pages, scripts and styles of a site name."""
    styles = "".join(p.read_text("utf-8") for p in (site / "_static").rglob("*.css"))
    texts = [*site.rglob("*.html"), *(site / "_static").rglob("*.js")]
    names = {n for p in texts for n in re.findall(r"\bfa-([\w-]+)", p.read_text("utf-8"))}
    letters = [
        content
        for selectors, content in RULE.findall(styles)
        if names & set(re.findall(r"\.fa-([\w-]+):", selectors))
    ]
    letters += re.findall(r"\\f[0-9a-f]{3}\b|[\ue000-\uf8ff]", RULE.sub("", styles))
    return {int(letter[1:], 16) if letter[0] == "\\" else ord(letter) for letter in letters}


def cut_fonts(app: Sphinx, exception: Exception | None) -> None:
    """Cut the fonts of the site that has been written."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    icons = used_icons(site)
    for font in (site / "_static" / "vendor" / "fontawesome").rglob("*.woff2"):
        cut(font, icons, font, subset.Options(layout_features=[]))
    for font in (site / "_static" / "vendor" / "fontawesome").rglob("*.ttf"):
        font.unlink()  # for browsers older than any that the figures run in


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", cut_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
