"""Cut the fonts of the text, 170 kB, to the letters that the site shows."""

import hashlib
import html
import shutil
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

FONTS = Path("_static", "vendor", "fonts")
ALWAYS = {*map(chr, range(0x20, 0x7F)), *"\u00a0–—‘’“”…"}  # what a reader may type, too


def letters(site: Path) -> set[int]:
    """The code points in the pages, scripts and styles of a site."""
    files = [p for p in site.rglob("*") if p.suffix in (".html", ".js", ".css")]
    found = set(ALWAYS)
    for file in files:
        text = file.read_text("utf-8")
        found.update(html.unescape(text) if file.suffix == ".html" else text)
    return set(map(ord, found))


def cut_fonts(app: Sphinx, exception: Exception | None) -> None:
    """Cut the fonts of the site that has been written."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    shown = letters(site)
    options = subset.Options(flavor="woff2")
    options.layout_features += ["tnum"]  # numbers that stand in columns
    for file in (site / FONTS).glob("*.woff2"):
        key = hashlib.sha256(f"{sorted(shown)}".encode() + file.read_bytes()).hexdigest()
        small = Path(app.doctreedir) / f"{key[:16]}.woff2"
        if not small.exists():
            font = subset.load_font(file, options)
            cutter = subset.Subsetter(options)
            cutter.populate(unicodes=shown)
            cutter.subset(font)
            subset.save_font(font, small, options)
        shutil.copyfile(small, file)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", cut_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
