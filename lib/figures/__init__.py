"""Figures whose sliders recompute a JAX function, with a kernel or without one."""

from importlib import import_module
from typing import Any

# A module is imported for the first of its names: JAX, Matplotlib and ipywidgets take seconds, and
# Sphinx, which shows figures that are computed already, does without them.
MODULES = {
    "code": ("UntranslatableError",),
    "controls": (
        "Control",
        "angle",
        "batch_size",
        "choice",
        "learning_rate",
        "momentum",
        "number",
        "seed",
        "whole_number",
    ),
    "explorer": ("Explorer",),
    "javascript": ("JavaScript", "to_javascript"),
    "marks": (
        "Arrows",
        "Axis",
        "Heatmap",
        "Line",
        "Picture",
        "Points",
        "Readout",
        "Rule",
        "Text",
    ),
    "static": ("draw",),
}

__all__ = sorted(name for names in MODULES.values() for name in names)


def __getattr__(name: str) -> Any:
    """What the table has, from its module."""
    for module, names in MODULES.items():
        if name in names:
            return getattr(import_module(f"lib.figures.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What an editor offers."""
    return [*globals(), *__all__]
