"""Figures whose sliders recompute a JAX function, with a kernel or without one."""

from lib.figures.code import UntranslatableError
from lib.figures.controls import (
    Control,
    angle,
    batch_size,
    choice,
    learning_rate,
    momentum,
    number,
    seed,
    whole_number,
)
from lib.figures.explorer import Explorer
from lib.figures.javascript import JavaScript, to_javascript
from lib.figures.marks import (
    Arrows,
    Axis,
    Heatmap,
    Line,
    Picture,
    Points,
    Readout,
    Rule,
    Text,
)
from lib.figures.static import draw

__all__ = [
    "Arrows",
    "Axis",
    "Control",
    "Explorer",
    "Heatmap",
    "JavaScript",
    "Line",
    "Picture",
    "Points",
    "Readout",
    "Rule",
    "Text",
    "UntranslatableError",
    "angle",
    "batch_size",
    "choice",
    "draw",
    "learning_rate",
    "momentum",
    "number",
    "seed",
    "to_javascript",
    "whole_number",
]
