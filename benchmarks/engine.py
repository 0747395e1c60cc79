"""How fast translated functions run in a page, beside JAX, Python loops and Pyodide.

python benchmarks/engine.py [--write FILE] [--pyodide FOLDER]

Each problem is one JAX function (benchmarks/problems.py). All columns are measured in turn, thirty
times, in one run; a column is the median:

- page: the JavaScript made from the function, in headless Chromium.
- JAX: the same function, jitted, on the CPU in Python.
- Python: the loop that somebody without JAX would write (benchmarks/loops.py, array_loops.py).
- Pyodide: that loop in the same Chromium. It needs a folder with a distribution of Pyodide; without
  NumPy in it, the loops in plain Python run and the others are left out.
- script: the JavaScript as it travels, gzip.
- error: the largest difference between page and JAX, relative to the largest number of a result.
"""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tools")]

import array_loops  # noqa: E402
import jax  # noqa: E402
import loops  # noqa: E402
import numpy as np  # noqa: E402
import report  # noqa: E402
from browser import launched, served  # noqa: E402
from gate import worst_error  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from problems import IMAGES, LABELS, PROBLEMS  # noqa: E402

from lib.figures.javascript import JavaScript, to_javascript  # noqa: E402

ROUNDS = 30
WARM_UP, SAMPLE = 500, 10  # milliseconds; the clock of a page ticks in steps of 0.1
TOLERANCE = 1e-9
HEAD = """\
| problem | page | JAX | page / JAX | Python | Pyodide | script | error |
|---|---|---|---|---|---|---|---|"""

Clock = Callable[[int], float]
"""Milliseconds that some calls of a function take together."""

CLOCK = """([name, args, calls]) => {
  const start = performance.now();
  for (let i = 0; i < calls; i += 1) globalThis[name](...args);
  return performance.now() - start;
}"""

START_PYODIDE = """async ([root, files]) => {
  const { loadPyodide } = await import(`${root}pyodide.mjs`);
  globalThis.pyodide = await loadPyodide({ indexURL: root });
  for (const [name, text] of Object.entries(files)) pyodide.FS.writeFile(name, text);
  await pyodide.loadPackage("numpy").catch(() => {});
  pyodide.runPython("import sys; sys.path.insert(0, '.'); import loops");
  try {
    pyodide.runPython("import array_loops");
    return true;
  } catch {
    return false;
  }
}"""


def main() -> None:
    """Measure every problem, print the table and, if asked, write it."""
    parser = report.parser(__doc__)
    parser.add_argument("--pyodide", type=Path, metavar="FOLDER", help="measure Pyodide, too")
    asked = parser.parse_args()
    with launched() as browser, served(asked.pyodide or ROOT) as root:
        tab = browser.new_page()
        tab.goto(root)
        arrays = start_pyodide(tab, root) if asked.pyodide else None
        rows = [row(tab, arrays, name) for name in PROBLEMS]
        machine = report.machine(f"Chromium {browser.version}")
    report.publish([HEAD, *rows, "", machine], asked.write)


def start_pyodide(tab: Page, root: str) -> bool:
    """Start Pyodide in a page; whether it has NumPy."""
    files = {
        f"{module.__name__}.py": Path(module.__file__).read_text(encoding="utf-8")
        for module in (loops, array_loops)
    }
    return tab.evaluate(START_PYODIDE, [root, files])


def row(tab: Page, arrays: bool | None, name: str) -> str:
    """One line of the table; `arrays`: whether Pyodide has NumPy (None: there is no Pyodide)."""
    function, settings = PROBLEMS[name]
    translated = to_javascript(function, *settings)
    tab.evaluate("(source) => { globalThis.translated = (0, eval)(source); }", translated.source)
    compiled = jax.jit(function)
    error = worst_error(compiled(*settings), results(tab, translated, settings))
    if not error <= TOLERANCE:
        raise SystemExit(f"{name}: the page is {error:.1e} off JAX, more than {TOLERANCE}")
    clocks: dict[str, Clock] = {
        "page": lambda calls: tab.evaluate(CLOCK, ["translated", settings, calls]),
        "JAX": lambda calls: loops.clock(
            lambda *x: jax.block_until_ready(compiled(*x)), settings, calls
        ),
        **python_clocks(tab, arrays, function.__name__, settings),
    }
    times = medians(clocks)
    ratio = times["page"] / times["JAX"]
    columns = " | ".join(written(times.get(c)) for c in ("Python", "Pyodide"))
    size = report.kilobytes(translated.source)
    return (
        f"| {name} | {written(times['page'])} | {written(times['JAX'])} | {ratio:.1f} "
        f"| {columns} | {size:.1f} kB | {error:.0e} |"
    )


def results(tab: Page, translated: JavaScript, settings: tuple) -> list[np.ndarray]:
    """What the translated function returns in the page."""
    found = tab.evaluate(
        "(args) => translated(...args).map((x) => (typeof x === 'number' ? x : Array.from(x)))",
        settings,
    )
    return [
        np.asarray(x).reshape(leaf.shape) for x, leaf in zip(found, translated.leaves, strict=True)
    ]


def python_clocks(tab: Page, arrays: bool | None, name: str, settings: tuple) -> dict[str, Clock]:
    """The clocks of the loops, here and in Pyodide."""
    if name == "training":
        settings = (*settings, IMAGES.tolist(), LABELS.tolist())
    module = array_loops if hasattr(array_loops, name) else loops
    clocks = {"Python": lambda calls: loops.clock(getattr(module, name), settings, calls)}
    if arrays is not None and (arrays or hasattr(loops, name)):
        place = module.__name__ if arrays else loops.__name__
        tab.evaluate(
            "([call, args]) => { globalThis.loop = pyodide.runPython(call)(args); }",
            [
                f"lambda args: lambda calls: loops.clock({place}.{name}, args.to_py(), calls)",
                settings,
            ],
        )
        clocks["Pyodide"] = lambda calls: tab.evaluate("(calls) => loop(calls)", calls)
    return clocks


def medians(clocks: dict[str, Clock]) -> dict[str, float]:
    """Milliseconds of one call on each clock; the calls before the measurement warm up."""
    calls = {}
    for column, clock in clocks.items():
        repeats, total = 1, 0.0
        while total < WARM_UP:
            time = clock(repeats)
            total += time
            repeats *= 2
        calls[column] = max(1, round(SAMPLE * repeats / 2 / time))
    samples = [
        {c: clock(calls[c]) / calls[c] for c, clock in clocks.items()} for _ in range(ROUNDS)
    ]
    return {c: statistics.median(sample[c] for sample in samples) for c in clocks}


def written(milliseconds: float | None) -> str:
    """A time with three digits; a dash where there is none."""
    return "–" if milliseconds is None else f"{milliseconds:.3g} ms"


if __name__ == "__main__":
    main()
