"""How fast translated functions run, beside JAX, Python loops and the same loops in Pyodide.

Each problem is one JAX function (benchmarks/problems.py). All columns are measured in turn, in one
run:

- page: the JavaScript made from the function, in Node, which runs it by the engine of Chromium.
- JAX: the same function, jitted, on the CPU in Python.
- NumPy: the loop that somebody without JAX would write (benchmarks/loops.py, array_loops.py).
- Pyodide: that loop in the same Node. npm fetches Pyodide into _build/bench, and Pyodide fetches
  NumPy; without NumPy, the loops in plain Python run and the others have no time.
"""

import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import array_loops
import jax
import loops
import numpy as np
import report
from gate import worst_error
from javascript import NODE, NPM, ROOT
from node import Script
from problems import IMAGES, LABELS, PROBLEMS

from lib.figures.javascript import JavaScript, to_javascript

FOLDER = ROOT / "_build" / "bench" / "pyodide"
# A wheel of NumPy in FOLDER is used if it is that of this version's lock. Newer versions run the
# loops no faster.
PYODIDE = "0.27.7"
ROUNDS = 15
WARM_UP, SAMPLE = 200, 10  # milliseconds
TOLERANCE = 1e-9

Clock = Callable[[int], float]
"""Milliseconds that some calls of a function take together."""


class Engine(Script):
    """Node with translated functions and, if it can be had, Pyodide."""

    def __init__(self):
        """Start the process."""
        super().__init__(Path(__file__).with_suffix(".js"))

    def start_pyodide(self) -> str | None:
        """Fetch and start Pyodide: what is missing of it, `Pyodide` or `NumPy`, or None."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        package = f"pyodide@{PYODIDE}"
        try:
            subprocess.run(
                [NODE, NPM, "install", "--prefix", FOLDER, *quiet, package], check=True, timeout=90
            )
            files = [module.__file__ for module in (loops, array_loops)]
            return None if self.ask(what="pyodide", folder=str(FOLDER), files=files) else "NumPy"
        except (subprocess.SubprocessError, OSError, RuntimeError):
            return "Pyodide"


def rows(
    problems: dict[str, tuple] = PROBLEMS, rounds: int = ROUNDS, pyodide: bool = True
) -> Iterator[report.Row]:
    """Every problem, with three peers each."""
    with Engine() as engine:
        missing = engine.start_pyodide() if pyodide else "Pyodide"
        for name, (function, settings) in problems.items():
            yield from of_problem(engine, missing, name, function, settings, rounds)


def of_problem(
    engine: Engine,
    missing: str | None,
    name: str,
    function: Callable,
    settings: tuple,
    rounds: int,
) -> Iterator[report.Row]:
    """One problem."""
    translated = to_javascript(function, *settings)
    engine.ask(what="load", source=translated.source)
    compiled = jax.jit(function)
    error = worst_error(compiled(*settings), results(engine, translated, settings))
    if not error <= TOLERANCE:
        raise SystemExit(f"{name}: the page is {error:.1e} off JAX, more than {TOLERANCE}")
    data = (IMAGES.tolist(), LABELS.tolist()) if function.__name__ == "training" else ()
    arguments = [*settings, *data]
    arrays = hasattr(array_loops, function.__name__)
    module = array_loops if arrays else loops
    loop = getattr(module, function.__name__)
    peer = "NumPy" if arrays else "a loop in Python"
    clocks: dict[str, Clock] = {
        "the figure's JavaScript": lambda n: engine.ask(what="clock", args=settings, calls=n),
        "JAX, jitted": lambda n: loops.clock(
            lambda *x: jax.block_until_ready(compiled(*x)), settings, n
        ),
        peer: lambda n: loops.clock(loop, arguments, n),
    }
    inside = f"{peer}, in Pyodide"
    without = missing == "Pyodide" or (missing == "NumPy" and arrays)
    if not without:
        clocks[inside] = lambda n: engine.ask(
            what="python", module=module.__name__, name=loop.__name__, args=arguments, calls=n
        )
    times: dict[str, float | str] = medians(clocks, rounds)
    if without:
        times[inside] = f"{missing} could not be fetched"
    size = report.kilobytes(translated.source)
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True).stdout.strip()
    yield from report.rows(
        f"a figure's function: {name}",
        times,
        f"float64, the script is {size:.1f} kB",
        f"Node {node}",
        "numpy",
        f"Pyodide {PYODIDE}",
    )


def results(engine: Engine, translated: JavaScript, settings: tuple) -> list[np.ndarray]:
    """What the translated function returns."""
    found = engine.ask(what="results", args=settings)
    return [
        np.asarray(x).reshape(leaf.shape) for x, leaf in zip(found, translated.leaves, strict=True)
    ]


def medians(clocks: dict[str, Clock], rounds: int) -> dict[str, float]:
    """Seconds of one call on each clock; the calls before the measurement warm up."""
    calls = {}
    for column, clock in clocks.items():
        repeats, total = 1, 0.0
        while total < WARM_UP:
            time = clock(repeats)
            total += time
            repeats *= 2
        calls[column] = max(1, round(SAMPLE * repeats / 2 / time))
    samples = [
        {c: clock(calls[c]) / calls[c] for c, clock in clocks.items()} for _ in range(rounds)
    ]
    return {c: statistics.median(sample[c] for sample in samples) / 1e3 for c in clocks}
