"""Cut a font to some of its letters and weights, for the extensions that make fonts small."""

import io
import logging
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sphinx.application import Sphinx
from written_site import kept

# A package of the theme makes all loggers tell everything, and this one has much to tell.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def cut(
    app: Sphinx,
    font: Path,
    letters: set[int],
    goal: Path,
    options: subset.Options,
    weights: tuple[int, int] | None = None,
) -> None:
    """Write a font with no more than those letters, compressed, to `goal`, which may be `font`.

    Of one that has all weights, those between two stay.
    """
    whole = font.read_bytes()

    def small() -> bytes:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=letters)
        result = io.BytesIO()
        with TTFont(io.BytesIO(whole), recalcTimestamp=False) as glyphs:  # alike in every build
            cutter.subset(glyphs)
            if weights:
                instantiateVariableFont(glyphs, {"wght": weights}, inplace=True)
            glyphs.flavor = "woff2"
            glyphs.save(result)
        return result.getvalue()

    how = sorted((name, str(value)) for name, value in vars(options).items())
    goal.write_bytes(kept(app, small, whole, f"{sorted(letters)} {how} {weights}"))
