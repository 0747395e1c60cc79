"""The Explorers of a notebook, for the tests that compare their pages with JAX."""

import contextlib
import io
from pathlib import Path
from unittest import mock

import jax
import jaxtyping
import matplotlib
import notebooks
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from node import worst_error

from lib.figures import Explorer

TOLERANCE = 1e-9  # the page's numbers against JAX's, in general,
CHAOS = 10  # and where a figure is chaotic, in units of what a rounding does to JAX's own
LAST_DIGITS = 2.0**-50


@contextlib.contextmanager
def notebook_rules():
    """Switch off the strictness of tests/conftest.py: no reader's notebook runs under it.

    What a notebook sets for itself ends with it: it has a process of its own everywhere else.
    """
    hurried = jax.config.read("jax_disable_most_optimizations")
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
        jax.config.update("jax_disable_most_optimizations", hurried)


def explorers(notebook: Path) -> list[Explorer]:
    """Every Explorer that the code cells of a notebook make, in order, shown or not.

    Raises:
      Exception: whatever a cell raises.
      ValueError: two Explorers have the same name.
    """
    found = []
    initialise = Explorer.__init__

    def collect(self, *args, **kwargs):
        initialise(self, *args, **kwargs)
        _ = self.javascript  # as when it is shown: a later cell may rebind what the function uses
        found.append(self)

    matplotlib.use("agg")  # plt.show() must not wait for somebody to close a window
    shell = InteractiveShell()
    printed = io.StringIO()
    with (
        mock.patch.object(Explorer, "__init__", collect),
        contextlib.chdir(notebook.parent),
        contextlib.redirect_stdout(printed),
    ):
        for cell in notebooks.read(notebook).cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source, silent=True).raise_error()
    names = [explorer.name for explorer in found]
    if len(set(names)) < len(names):
        raise ValueError(f"{notebook}: expected each figure's name once, got {', '.join(names)}")
    return found


def figure_error(expected: list[np.ndarray], found: list[np.ndarray]) -> float:
    """The largest error in a figure's numbers, each leaf's relative to its largest entry.

    A small difference of larger numbers keeps their rounding. So a leaf smaller than 1e-4 of the
    figure's largest number is compared on that scale: 1e-9 is then 1e-13 of the largest.
    """
    finite = [np.abs(leaf[np.isfinite(leaf)]).max(initial=0.0) for leaf in expected]
    scale = 1e-4 * max(finite)
    return worst_error(
        [np.append(leaf, scale) for leaf in expected], [np.append(leaf, scale) for leaf in found]
    )


def rounding_error(explorer: Explorer, settings: dict[str, float]) -> float:
    """How far JAX's own numbers move when the last digits of the settings do."""
    nudged = {
        name: value if explorer.declared[name].whole else value * (1 - LAST_DIGITS)
        for name, value in settings.items()
    }
    return figure_error(explorer.leaves(settings), explorer.leaves(nudged))


def is_wrong(explorer: Explorer, settings: dict[str, float], error: float) -> bool:
    """Whether a page that is off by `error` at these settings is more than rounding off JAX.

    A simulation far from stability can be chaotic: a rounding in its first step decides where it
    ends, in JAX as in the page. Only there may an error be larger than TOLERANCE.
    """
    return not (error <= TOLERANCE or error <= CHAOS * rounding_error(explorer, settings))
