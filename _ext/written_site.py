"""Change the site once it is written: the event `site-written`, for what the theme's templates fix.

All pages are read once; each extension that listens changes them in its turn, by its priority; and
those that are no longer as Sphinx wrote them are written once. What costs time to make and depends
on few things, such as a cut font, is kept beside the site and made again when one of them changes.
"""

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx

EVENT = "site-written"
KEPT = re.compile("[0-9a-f]{32}")  # the name of a file that `kept` writes
MONTH = 30 * 24 * 60 * 60  # s


class Site(NamedTuple):
    """The written site, as its listeners get it after the application."""

    folder: Path
    pages: dict[Path, str]  # the HTML of each; a listener puts in what it makes of it

    @property
    def static(self) -> Path:
        """The folder of what is not written from a page."""
        return self.folder / "_static"

    def texts(self, *kinds: str) -> list[str]:
        """The pages as they are now, and the static files of these kinds, such as ".js"."""
        files = [file for kind in kinds for file in sorted(self.static.rglob(f"*{kind}"))]
        return [*self.pages.values(), *(file.read_text("utf-8") for file in files)]


def change(app: Sphinx, failed: Exception | None) -> None:
    """Read the pages, let the listeners change them, and write them."""
    if failed or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    files = sorted({*folder.rglob("*.html")} - {*(folder / "_static").rglob("*.html")})
    before = {file: file.read_text("utf-8") for file in files}
    site = Site(folder, dict(before))
    app.emit(EVENT, site)
    for file, text in site.pages.items():
        if text != before[file]:
            file.write_text(text, encoding="utf-8")


def kept(app: Sphinx, make: Callable[[], bytes], *parts: str | bytes) -> bytes:
    """What `make` makes of these parts, from the folder where it is kept if it was made before."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data) + data)
    file = store(app) / digest.hexdigest()[:32]
    if not file.exists():
        file.write_bytes(make())
    file.touch()  # for `prune`
    return file.read_bytes()


def prune(app: Sphinx, failed: Exception | None) -> None:
    """Delete what no build has asked `kept` for in a month."""
    for file in store(app).iterdir():
        if KEPT.fullmatch(file.name) and file.stat().st_mtime < time.time() - MONTH:
            file.unlink()


def store(app: Sphinx) -> Path:
    """The folder beside the site where builds keep what they make."""
    folder = Path(app.doctreedir).parent / ".kept"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_event(EVENT)
    app.connect("build-finished", change, priority=900)
    app.connect("build-finished", prune, priority=901)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
