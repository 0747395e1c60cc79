"""What moves, and what is out of sight, while a reader works the figures of the built site.

python benchmarks/stillness.py [--write FILE] [SITE]

For every figure, in one browser, as one Markdown table:

- shift: how far, at most, a control or a picture moves on the page while each slider goes from end
  to end and back, and each menu through its options, seen at every frame; px, in a window of
  1280 × 800 and on a phone of 390 × 800.
- axes: how many of the figure's axes have another domain, on the way of a slider, than at first.
- height: controls, pictures and readouts together; px, in the large window. 620 px fit a laptop.
- sliders: for how many of the sliders there is a place to scroll to, on the phone, at which the
  slider and the whole first picture are on the screen, below the book's header.

SITE is a folder with built pages; by default, what `make book` has built. The last row counts the
figures that shift, that rescale and that fit, and all sliders.
"""

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / "tests" / "support"), str(ROOT / "tools")]

import book  # noqa: E402
import report  # noqa: E402
from browser import (  # noqa: E402
    PATIENCE,
    draw_all,
    launched,
    served,
    show,
    shown,
    wait_for_formulas,
)
from playwright.sync_api import Locator, Page  # noqa: E402

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}
FITS = 620  # px of height, on a laptop with its browser's bars
STILL = 1  # px that nobody sees
HEAD = """\
| figure | shift | on a phone | axes that rescale | height | sliders that see their picture |
|---|---|---|---|---|---|"""

# Sends each slider from end to end and back, and each menu through its options, and notes at every
# frame where things lie in the figure.
MOVED = """async (figure) => {
  const parts = () => [...figure.querySelectorAll(".gx-control, .gx-plot")]
    .filter((node) => node.checkVisibility())
    .map((node) => node.getBoundingClientRect().top + scrollY);
  const domains = () => [...figure.querySelectorAll(".gx-drawing > .gx-plot")].flatMap((svg) =>
    ["x", "y"].map((key) => [...(svg.scale(key)?.domain ?? [])]));
  const STOPS = 8; // from one end of a slider to the other
  for (const fold of figure.querySelectorAll(".gx-controls details")) fold.open = true;
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => {
    const settings = figure.view.drawn[1];
    return figure.frame === null && !figure.computation.busy &&
      Object.entries(figure.settings).every(([name, value]) => settings[name] === value);
  };
  figure.reset();
  do await frame(); while (!drawn());
  const [tops, ends] = [parts(), domains()];
  let shift = 0;
  const rescaled = new Set();
  const apart = ([a, b], [c, d]) => Math.abs(a - c) + Math.abs(b - d) > 1e-6 * Math.abs(b - a);
  const put = async (control, value) => {
    control.value = value;
    control.dispatchEvent(new Event("input", {bubbles: true}));
    do {
      await frame();
      parts().forEach((top, i) => { shift = Math.max(shift, Math.abs(top - tops[i])); });
    } while (!drawn());
  };
  for (const slider of figure.querySelectorAll("input[type=range]")) {
    const start = slider.value;
    const places = Array.from({length: STOPS + 1}, (_, i) => Math.round(slider.max * i / STOPS));
    for (const place of [...places, start]) {
      await put(slider, place);
      domains().forEach((domain, i) => { if (apart(ends[i], domain)) rescaled.add(i); });
    }
  }
  for (const menu of figure.querySelectorAll("select")) {
    const start = menu.value;
    for (const {value} of [...menu.options, {value: start}]) await put(menu, value);
  }
  return [shift, rescaled.size, ends.length];
}"""

# The height of what a reader works with and looks at.
HEIGHT = """(figure) => {
  const boxes = [".gx-controls", ".gx-pictures", ".gx-readouts"].map((part) => {
    const {top, bottom, height} = figure.querySelector(part).getBoundingClientRect();
    return height ? [top, bottom] : null;
  }).filter(Boolean);
  return Math.max(...boxes.map((box) => box[1])) - Math.min(...boxes.map((box) => box[0]));
}"""

# Scrolls each slider down the screen and asks at each place whether the first picture is whole.
IN_SIGHT = """(figure) => {
  for (const fold of figure.querySelectorAll(".gx-controls details")) fold.open = true;
  const picture = figure.querySelector(".gx-drawing");
  const header = document.querySelector(".bd-header");
  const sliders = [...figure.querySelectorAll("input[type=range]")];
  const whole = ({top, bottom}, above) => top >= above - 1 && bottom <= innerHeight + 1;
  const seen = sliders.filter((slider) => {
    for (let place = 60; place < innerHeight - 20; place += 20) {
      scrollBy({top: slider.getBoundingClientRect().top - place, behavior: "instant"});
      const above = Math.max(0, header?.getBoundingClientRect().bottom ?? 0);
      const [one, other] = [slider, picture].map((node) => node.getBoundingClientRect());
      const apart = one.top >= other.bottom || one.bottom <= other.top || one.left >= other.right;
      if (apart && whole(one, above) && whole(other, above)) return true;
    }
    return false;
  });
  return [seen.length, sliders.length];
}"""


class Figure(NamedTuple):
    """What was measured of one figure."""

    name: str
    shift: float
    shift_on_phone: float
    rescaled: int
    axes: int
    height: float
    seen: int
    sliders: int

    def row(self) -> str:
        """One line of the table."""
        return (
            f"| {self.name} | {self.shift:.0f} px | {self.shift_on_phone:.0f} px | "
            f"{self.rescaled} of {self.axes} | {self.height:.0f} px | "
            f"{self.seen} of {self.sliders} |"
        )


def ready(tab: Page, id: str) -> Locator:
    """A figure that is drawn at its defaults."""
    figure = show(tab, id)
    shown(figure)
    return figure


def measure(desk: Page, phone: Page, id: str) -> Figure:
    """One figure in both windows."""
    figure = ready(desk, id)
    height = figure.evaluate(HEIGHT)
    shift, *axes = figure.evaluate(MOVED)
    small = ready(phone, id)
    seen = small.evaluate(IN_SIGHT)
    shift_on_phone, *_ = small.evaluate(MOVED)
    name = id.removeprefix("explorer-")
    return Figure(name, shift, shift_on_phone, *axes, height, *seen)


def total(figures: list[Figure]) -> str:
    """The last line of the table."""
    shifting = [
        sum(getattr(figure, name) > STILL for figure in figures)
        for name in ("shift", "shift_on_phone")
    ]
    rescaling = sum(figure.rescaled > 0 for figure in figures)
    fitting = sum(figure.height <= FITS for figure in figures)
    seen, sliders = (sum(getattr(f, name) for f in figures) for name in ("seen", "sliders"))
    return (
        f"| **{len(figures)} figures** | {shifting[0]} shift | {shifting[1]} shift | "
        f"{rescaling} rescale | "
        f"{fitting} within {FITS} px | {seen} of {sliders} |"
    )


def main() -> None:
    """Measure every figure of the site, print the table and, if asked, write it."""
    parser = report.parser(__doc__)
    parser.add_argument("site", type=Path, nargs="?", default=book.SITE, metavar="SITE")
    asked = parser.parse_args()
    figures = []
    pages = sorted(path for path in asked.site.rglob("*.html") if "_static" not in path.parts)
    with launched() as browser, served(asked.site) as root:
        for path in pages:
            if '<geometry-explorer id="' not in path.read_text("utf-8"):
                continue
            desk, phone = (browser.new_page(viewport=window) for window in (DESK, PHONE))
            for tab in (desk, phone):
                tab.set_default_timeout(1000 * PATIENCE)
                tab.goto(f"{root}{path.relative_to(asked.site).as_posix()}")
                draw_all(tab)  # a formula or a figure above that comes late moves those below it
                wait_for_formulas(tab)
            ids = desk.locator("geometry-explorer").evaluate_all("(all) => all.map(({id}) => id)")
            for id in ids:
                figures.append(measure(desk, phone, id))
                print(figures[-1].row(), file=sys.stderr)  # the whole takes minutes
            desk.close()
            phone.close()
    rows = [figure.row() for figure in figures]
    report.publish([HEAD, *rows, total(figures), "", report.place()], asked.write)


if __name__ == "__main__":
    main()
