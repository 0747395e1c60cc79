"""How fast the figures of the built site follow a slider, beside JAX in the kernel.

python benchmarks/figures.py [--write FILE]

For every figure, in one run and one browser, as one Markdown table:

- event to redraw: the mouse drags each slider to and fro, about 100 steps in all, and every option
  of a menu is chosen. A sample starts when the control's `input` event reaches the page and ends
  when the new picture stands there: the handler, the wait for the frame, the function, the drawing.
- event to paint: until that frame's style, layout and paint are done as well. They depend on the
  machine: here Chromium paints without a graphics card.
- function: the figure's JavaScript alone, at the settings that the drag went through (median).
- JAX: the same function, jitted, in Python on the CPU at the same settings (median).
- script: the figure's JavaScript as it travels, gzip.
"""

import contextlib
import io
import statistics
import sys
import time
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / "tests" / "support"), str(ROOT / "tools")]

import book  # noqa: E402
import jax  # noqa: E402
import matplotlib  # noqa: E402
import notebooks  # noqa: E402
import numpy as np  # noqa: E402
import report  # noqa: E402
from browser import launched, served, wait_for_formulas  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

from lib.figures import Explorer  # noqa: E402

STEPS = 100
HEAD = """\
| figure | event to redraw p50 / p95 / max | event to paint, same | function | JAX | script |
|---|---|---|---|---|---|"""

# Notes the time from the first input event that a drawing answers until after its paint. A message
# sent while a frame is drawn arrives when its style, layout and paint are done.
RECORD = """(figure) => {
  figure.samples = [];
  let start = null;
  figure.addEventListener("input", () => (start ??= performance.now()), true);
  figure.addEventListener("geometry-explorer:drawn", ({detail: {settings}}) => {
    if (start === null) return;
    const [since, redraw] = [start, performance.now() - start];
    start = null;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      figure.samples.push({settings, redraw, paint: performance.now() - since});
    };
    painted.port2.postMessage(null);
  });
}"""

TWO_FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""

# The clock of a page ticks in steps of 0.1 ms: so each setting is computed ten times.
FUNCTION = """(figure) => figure.samples.map(({settings}) => {
  const start = performance.now();
  for (let i = 0; i < 10; i += 1) figure.computation.now(Object.values(settings));
  return (performance.now() - start) / 10;
})"""


def explorers(notebook: Path) -> list[Explorer]:
    """Every Explorer that the code cells of a notebook make, in order."""
    found = []
    initialise = Explorer.__init__

    def collect(self, *args, **kwargs):
        initialise(self, *args, **kwargs)
        found.append(self)

    matplotlib.use("agg")  # plt.show() must not wait for somebody to close a window
    shell = InteractiveShell()
    with (
        mock.patch.object(Explorer, "__init__", collect),
        contextlib.chdir(notebook.parent),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        for cell in notebooks.read(notebook).cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source, silent=True).raise_error()
    return found


def drag(tab, slider, steps: int) -> None:
    """Drag a slider from one end to the other and back, a frame or two for each step."""
    slider.evaluate("(node) => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = slider.bounding_box()
    low, high, at = slider.evaluate("(s) => [Number(s.min), Number(s.max), s.valueAsNumber]")
    left, width = box["x"] + 8, box["width"] - 16
    y = box["y"] + box["height"] / 2
    tab.mouse.move(left + width * (at - low) / (high - low), y)
    tab.mouse.down()
    turn = (np.arange(steps) + 1) / steps * 2
    for share in np.where(turn < 1, turn, 2 - turn):
        tab.mouse.move(left + width * share, y)
        tab.evaluate(TWO_FRAMES)
    tab.mouse.up()


def jax_times(explorer, settings: list[dict[str, float]]) -> list[float]:
    """Milliseconds of the jitted function at each setting."""
    times = []
    for setting in settings:
        arguments = explorer.arguments(setting)
        jax.block_until_ready(explorer.compute(*arguments))
        start = time.perf_counter()
        jax.block_until_ready(explorer.compute(*arguments))
        times.append(1e3 * (time.perf_counter() - start))
    return times


def row(tab, id: str, explorer) -> str:
    """One line of the table."""
    figure = tab.locator(f"#{id}")
    figure.scroll_into_view_if_needed()
    figure.locator(".gx-drawing svg").first.wait_for()
    figure.evaluate(RECORD)
    sliders = figure.locator("input[type=range]").all()
    for slider in sliders:
        drag(tab, slider, STEPS // len(sliders))
    for menu in figure.locator("select").all():  # a figure may have nothing else
        for option in range(menu.locator("option").count()):
            menu.select_option(index=option)
            tab.evaluate(TWO_FRAMES)
    tab.wait_for_function("(f) => !f.computation.busy", arg=figure.element_handle())
    tab.evaluate(TWO_FRAMES)
    samples = figure.evaluate("(figure) => figure.samples")
    function = statistics.median(figure.evaluate(FUNCTION))
    python = statistics.median(jax_times(explorer, [sample["settings"] for sample in samples]))
    source = figure.evaluate("(figure) => figure.computation.source")
    size = report.kilobytes(source)
    times = " | ".join(percentiles([s[key] for s in samples]) for key in ("redraw", "paint"))
    name = f"{explorer.name} ({len(samples)} steps)"
    return f"| {name} | {times} | {function:.2f} ms | {python:.2f} ms | {size:.1f} kB |"


def percentiles(times: list[float]) -> str:
    """The median, the 95th percentile and the largest of times in milliseconds."""
    return " / ".join(f"{t:.1f}" for t in np.percentile(times, [50, 95, 100])) + " ms"


def main() -> None:
    """Measure every figure of the site, print the table and, if asked, write it."""
    target = report.parser(__doc__).parse_args().write
    rows = []
    with launched() as browser, served(book.SITE) as root:
        for path in notebooks.find_notebooks():
            known = explorers(path)
            page = path.relative_to(ROOT).with_suffix(".html")
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(f"{root}{page.as_posix()}")
            wait_for_formulas(tab)
            for explorer in known:
                rows.append(row(tab, f"explorer-{explorer.name}", explorer))
                print(rows[-1], file=sys.stderr)  # the whole takes minutes
            tab.close()
        place = report.place(f"Chromium {browser.version}")
    report.publish([HEAD, *rows, "", place], target)


if __name__ == "__main__":
    main()
