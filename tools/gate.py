"""What the figure gate compares: JAX's numbers for the figures of a notebook, noted as it runs.

`tools/book.py` lets each notebook's kernel write them after the last cell, where every function is
compiled already, with how far the figures' JavaScript, run by Node, is off them. tests/site/
test_gate.py judges that.
"""

import gc
import json
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from node import Node

from lib.figures import Explorer
from lib.figures.javascript import JavaScript

RANDOM = 20  # settings a figure, besides the defaults and the ends
TOLERANCE = 1e-9  # the page's numbers against JAX's, in general,
CHAOS = 10  # and where a figure is chaotic, in units of what a rounding does to its own
LAST_DIGITS = (-(2.0**-46), -(2.0**-48), 2.0**-48, 2.0**-46)

Settings = dict[str, float]
Leaves = list[np.ndarray]


class Figure(NamedTuple):
    """A figure of a notebook, and what JAX computes for it at the settings that were tried."""

    name: str
    whole: dict[str, bool]  # of each control, in the order of the function's arguments
    javascript: JavaScript
    settings: list[Settings]  # the defaults first
    errors: list[float]  # how far the JavaScript is off JAX at each of the settings,
    rounding: list[float]  # and, where that is far, what the settings' last digits do to JAX's


def settings_to_try(explorer: Explorer) -> list[Settings]:
    """The defaults, both ends of each control, all at once and one by one, and random ones."""
    random = np.random.default_rng(zlib.crc32(explorer.name.encode()))
    declared = explorer.declared.values()
    ends = [{c.name: getattr(c, end) for c in declared} for end in ("minimum", "maximum")]
    single = [explorer.defaults | {name: end[name]} for end in ends for name in end]
    drawn = [
        {c.name: c.at(int(random.integers(c.places, endpoint=True))) for c in declared}
        for _ in range(RANDOM)
    ]
    return [explorer.defaults, *ends, *single, *drawn]


def worst_error(expected: Leaves, found: Leaves) -> float:
    """The largest relative error over leaves, each against its largest finite entry.

    Infinite where NaN or an infinity stands in one and not in the other.
    """
    worst = 0.0
    for want, got in zip(jax.tree.leaves(expected), found, strict=True):
        want = np.asarray(want, np.float64)
        finite = np.isfinite(want)
        if not np.array_equal(want[~finite], got[~finite], equal_nan=True):
            return np.inf
        if finite.any():
            scale = max(np.abs(want[finite]).max(), np.finfo(np.float64).tiny)
            error = np.abs(want[finite] - got[finite]).max() / scale
            worst = max(worst, float(error) if np.isfinite(error) else np.inf)
    return worst


def figure_error(expected: Leaves, found: Leaves) -> float:
    """The largest error in a figure's numbers, each leaf's relative to its largest entry.

    A small difference of larger numbers keeps their rounding. So a leaf smaller than 1e-4 of the
    figure's largest number is compared on that scale: 1e-9 is then 1e-13 of the largest.
    """
    finite = [np.abs(leaf[np.isfinite(leaf)]).max(initial=0.0) for leaf in expected]
    scale = 1e-4 * max(finite)
    return worst_error(
        [np.append(leaf, scale) for leaf in expected], [np.append(leaf, scale) for leaf in found]
    )


def rounding_error(
    expected: Leaves,
    leaves: Callable[[Settings], Leaves],
    settings: Settings,
    whole: dict[str, bool],
) -> float:
    """How far a figure's numbers move, at most, when the last digits of its settings do.

    Several moves, as rounding errors that happen to be equal before and after do not show.

    Args:
      expected: the numbers at the settings themselves.
      leaves: gives the numbers at others.
    """

    def moved(by: float) -> Settings:
        return {
            name: value if whole[name] else value * (1 + by) for name, value in settings.items()
        }

    return max(figure_error(expected, leaves(moved(by))) for by in LAST_DIGITS)


def is_wrong(error: float, rounding: float) -> bool:
    """Whether numbers that are off by `error` are more than `rounding` in the settings away.

    A simulation far from stability can be chaotic: a rounding in its first step decides where it
    ends, in JAX as in the page. Only there may an error be larger than TOLERANCE.
    """
    return not (error <= TOLERANCE or error <= CHAOS * rounding)


def errors(
    node: Node, javascript: JavaScript, settings: list[Settings], leaves: list[Leaves]
) -> list[float]:
    """How far the JavaScript is off JAX's numbers at each of the settings."""
    found = node.run(javascript, [tuple(one.values()) for one in settings])
    return list(map(figure_error, leaves, found))


def note(explorer: Explorer, node: Node) -> Figure:
    """What the gate compares of one figure."""
    whole = {name: control.whole for name, control in explorer.declared.items()}
    settings = settings_to_try(explorer)
    leaves = [explorer.leaves(one) for one in settings]
    off = errors(node, explorer.javascript, settings, leaves)
    rounding = [
        0.0 if error <= TOLERANCE else rounding_error(expected, explorer.leaves, one, whole)
        for error, expected, one in zip(off, leaves, settings, strict=True)
    ]
    return Figure(explorer.name, whole, explorer.javascript, settings, off, rounding)


def found(figure: Figure) -> dict[str, list[float] | int]:
    """What the page of the status says of a figure, whose reader has no JAX."""
    far = list(zip(figure.errors, figure.rounding, strict=True))
    wrong = sum(is_wrong(*one) for one in far)
    errors = [error for error in figure.errors if error <= TOLERANCE]
    return {"errors": errors, "chaotic": len(far) - len(errors) - wrong, "wrong": wrong}


def write(path: str | Path, summary: str | Path) -> None:
    """Note every figure of the process that runs this, and what the comparison has found.

    Raises:
      ValueError: two figures have one name, which would give them one address in the page.
    """
    gc.collect()  # of what no name and no output refers to any more
    explorers = [thing for thing in gc.get_objects() if issubclass(type(thing), Explorer)]
    names = sorted(explorer.name for explorer in explorers)
    if len(set(names)) < len(names):
        raise ValueError(f"expected each figure's name once, got {', '.join(names)}")
    node = Node()
    figures = [note(explorer, node) for explorer in explorers]
    node.close()
    Path(path).write_bytes(zlib.compress(pickle.dumps(figures), 1))
    Path(summary).write_text(json.dumps(list(map(found, figures))), encoding="utf-8")


def read(path: str | Path) -> dict[str, Figure]:
    """The figures that a run has noted, by name."""
    figures = pickle.loads(zlib.decompress(Path(path).read_bytes()))
    return {figure.name: figure for figure in figures}
