"""Pages in the system's Chromium, what goes wrong in them, and their figures."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from gate import figure_error
from playwright.sync_api import Locator, Page, expect

from lib.figures import Explorer


def watch(page: Page, root: str) -> list[str]:
    """A list that fills with what goes wrong in a page: errors, missing files, other hosts."""
    wrong = []

    def check_request(request):
        if not request.url.startswith((root, "data:", "blob:")):
            wrong.append(f"{page.url} asks for {request.url}")

    def check_response(response):
        if response.status >= 400:
            wrong.append(f"{page.url} got {response.status} for {response.url}")

    def check_console(message):
        if message.type in ("error", "warning"):
            wrong.append(f"{page.url} logs: {message.text}")

    page.on("request", check_request)
    page.on("response", check_response)
    page.on("console", check_console)
    page.on("requestfailed", lambda request: wrong.append(f"{page.url} lacks {request.url}"))
    page.on("pageerror", lambda error: wrong.append(f"{page.url} raises: {error}"))
    return wrong


PATIENCE = 120  # seconds that a busy machine may take for what an idle one does at once
expect.set_options(timeout=1000 * PATIENCE)


def eventually(read: Callable[[], Any], wanted: Any) -> Any:
    """What `read` returns, as soon as that is `wanted`, or as soon as `wanted`, a function, agrees.

    A page changes by itself: an assertion on what it holds at one moment would depend on the
    machine's speed.
    """
    holds = wanted if callable(wanted) else lambda value: value == wanted
    deadline = time.monotonic() + PATIENCE
    while not holds(value := read()):
        if time.monotonic() > deadline:
            words = "what the test asks for" if callable(wanted) else repr(wanted)
            raise AssertionError(f"expected {words}; after {PATIENCE} s the page has {value!r}")
        time.sleep(0.05)
    return value


# Counts a figure's drawings from now on.
COUNT = """(figure) => {
  if (figure.drawings === undefined)
    figure.addEventListener("geometry-explorer:drawn", () => (figure.drawings += 1));
  figure.drawings = 0;
}"""


def show(tab: Page, id: str) -> Locator:
    """A figure, scrolled to and drawn; its drawings count from now on."""
    figure = tab.locator(f"#{id}")
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".gx-drawing svg").first).to_be_visible()
    figure.evaluate(COUNT)
    return figure


def count_drawings(figure: Locator) -> int:
    """How often a figure has been drawn since it was shown."""
    return figure.evaluate("(figure) => figure.drawings")


def wait_for_drawing(figure: Locator, after: int = 0) -> None:
    """Wait until a figure has been drawn more than `after` times."""
    handle = figure.element_handle()
    figure.page.wait_for_function("([f, n]) => f.drawings > n", arg=[handle, after])


# What a figure shows, once that is what its controls stand at: its settings and its numbers.
SHOWN = """(figure) => {
  const {settings, view, computation, frame} = figure;
  const [leaves, drawn] = view?.drawn ?? [];
  const late = !drawn || Object.keys(settings).some((name) => settings[name] !== drawn[name]);
  if (late || frame || computation.busy) return false;
  return {settings, leaves: leaves.map((leaf) => (leaf.length ? [...leaf] : [leaf]))};
}"""


def shown(figure: Locator) -> tuple[dict[str, float], list[list[float]]]:
    """The settings and numbers of a figure, as soon as it shows what its controls stand at."""
    arrived = figure.page.wait_for_function(
        SHOWN, arg=figure.element_handle(), timeout=1000 * PATIENCE
    )
    answer = arrived.json_value()
    return answer["settings"], answer["leaves"]


def settings_of(figure: Locator) -> dict[str, float]:
    """The settings that a figure shows, as soon as they are those at which its controls stand."""
    return shown(figure)[0]


def sliders(figure: Locator) -> list[Locator]:
    """The sliders of a figure, those that are folded as well: they are unfolded."""
    figure.evaluate("(f) => f.querySelectorAll('.gx-more').forEach((more) => (more.open = true))")
    return figure.locator("input[type=range]").all()


def centre(control: Locator) -> dict:
    """Bring a control to the middle of the window, clear of the header; its box once it rests."""
    boxes = [None]

    def box():
        control.evaluate("(node) => node.scrollIntoView({block: 'center', behavior: 'instant'})")
        boxes.append(control.bounding_box())
        return boxes[-1]

    return eventually(box, lambda found: found is not None and found == boxes[-2])


def draw_all(page: Page) -> None:
    """Scroll to each figure of a page until it is drawn, and back to the top."""
    for figure in page.locator("geometry-explorer").all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".gx-drawing svg").first).to_be_visible()
    page.evaluate("() => scrollTo({top: 0, behavior: 'instant'})")


# Scrolls through the page, so that what waits for the screen shows up, and back to the top.
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo({top: y, behavior: "instant"});
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  scrollTo({top: 0, behavior: "instant"});
}"""


def load_whole(page: Page) -> None:
    """Scroll through a page until all is there, its formulas too."""
    page.evaluate(SCROLL)
    wait_for_formulas(page)
    assert page.locator("article, .bd-search-container").first.inner_text().strip()


def wait_for_formulas(page: Page) -> None:
    """Wait until a page has loaded, the fonts of its formulas too."""
    page.wait_for_load_state("load")
    page.wait_for_function("() => document.fonts.status === 'loaded'")


# Whether the colours that a change of the mode blends have arrived. (The promise `finished` of a
# transition may never be kept, where the width of the page changes too.)
SETTLED = "() => document.getAnimations().every((moving) => moving.playState !== 'running')"


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds against WCAG 2.0 to 2.2, levels A and AA: "rule: element, reason".

    With `rules`, only against those.
    """
    tags = [f"wcag{version}{level}" for version in ("2", "21", "22") for level in ("a", "aa")]
    only = list(rules) or tags
    options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
    page.wait_for_function(SETTLED)
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}, {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def leaves_of(figure: Locator) -> list[list[float]]:
    """The numbers that a figure shows, each array row by row, at its controls' settings."""
    return shown(figure)[1]


def page_error(figure: Locator, explorer: Explorer) -> float:
    """How far a figure's numbers are off JAX's at the settings where its controls stand."""
    settings, leaves = shown(figure)
    assert list(settings) == list(explorer.declared)
    expected = explorer.leaves(settings)
    found = [
        np.reshape(np.array(numbers, float), leaf.shape)
        for numbers, leaf in zip(leaves, expected, strict=True)
    ]
    return figure_error(expected, found)
