"""Cut the fonts of the text, 170 kB, to the letters that the site shows, and load them early."""

import hashlib
import html
import shutil
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

FONTS = Path("_static", "vendor", "fonts")
ALWAYS = {*map(chr, range(0x20, 0x7F)), *"\u00a0–—‘’“”…"}  # what a reader may type, too
EARLY = ("source-serif-4-latin-wght-normal", "source-sans-3-latin-wght-normal")


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


def load_early(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Name the fonts of every first screen in the page's head: else its styles come first."""
    for font in EARLY:
        address = context["pathto"]((FONTS / f"{font}.woff2").as_posix(), True)
        link = f'<link rel="preload" as="font" type="font/woff2" href="{address}" crossorigin>'
        context["metatags"] = context.get("metatags", "") + link


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", load_early)
    app.connect("build-finished", cut_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
