"""Cut a font to some of its letters, for the extensions that make fonts small."""

import io
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont


def cut(font: Path, letters: set[int], goal: Path, options: subset.Options) -> None:
    """Write a font with no more than those letters, compressed, to `goal`, which may be `font`."""
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    with TTFont(io.BytesIO(font.read_bytes())) as glyphs:
        cutter.subset(glyphs)
        glyphs.flavor = "woff2"
        glyphs.save(goal)
