"""Figures in JupyterLab: sliders and handles move the pictures, and Python sees the values."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lab_page
import lab_server
import notebooks
import pytest
import quickly
from browser import centre, eventually
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

from lib.figures import learning_rate, momentum

RAN = re.compile(r"\[\d+\]:")  # the prompt of a cell that is not running
RATE = learning_rate(0.01, 1.0, 0.03)  # as in LINKED; its default is none of the slider's places
PRESS_AT_ONCE = """(handle, keys) => {
  for (const key of keys) handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
}"""
# Where the axes of a drawing end.
DOMAINS = """(drawing) => ["x", "y"].map((key) =>
  [...drawing.querySelector(".gx-plot").scale(key).domain])"""
# Counts how often a page evaluates the figures' scripts.
COUNT_SCRIPTS = """
let scripts;
globalThis.evaluated = 0;
Object.defineProperty(globalThis, "GeometryExplorer", {
  get: () => scripts,
  set: (made) => {
    scripts = made;
    globalThis.evaluated += 1;
  },
});
"""
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
NOTEBOOK = notebooks.ROOT / "chapters" / "lie-brackets" / "two-examples.ipynb"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """A JupyterLab that serves an empty folder; its kernels compile as for the book."""
    with lab_server.started(tmp_path_factory.mktemp("lab"), quickly.environment()) as started:
        yield started


def write_copy(path: Path) -> None:
    """Copy the notebook's code up to the first figure, and a cell that prints its settings."""
    notebook = notebooks.read(NOTEBOOK)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    shown = [cell.source.split("\n")[-1] for cell in cells]  # a figure's name, alone on its line
    first = next(n for n, cell in enumerate(cells) if f"{shown[n]} = Explorer(" in cell.source)
    last = new_code_cell(f"print({shown[first]}.settings)", id="settings")
    notebook.cells = [*cells[: first + 1], last]
    path.write_text(notebooks.write(notebook), encoding="utf-8")


@pytest.fixture
def run_notebook(browser, jupyter):
    """Open a notebook of the lab's folder and run all its cells; an error in it fails the test."""
    tabs, wrong = [], []

    def run_notebook(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1400, "height": 2400})
        context.add_init_script(COUNT_SCRIPTS)
        tab = context.new_page()
        tab.set_default_timeout(1000 * lab_server.PATIENCE)
        tabs.append(tab)
        wrong.append(lab_page.raised(tab))
        lab_page.open_notebook(tab, jupyter, name)
        run_cells(tab)
        return tab

    yield run_notebook
    for tab in tabs:
        tab.context.close()
    assert not any(wrong), wrong


def run_cells(tab: Page) -> None:
    """Run all cells of the notebook that is open, and wait for its first figure."""
    assert lab_page.errors(lab_page.run_cells(tab)) == []
    tab.locator(".gx-kernel .gx-drawing svg").first.wait_for()


def drag(handle: Locator, dx: float, dy: float = 0) -> None:
    """Move a handle with the mouse."""
    box = centre(handle)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = handle.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx, y + dy, steps=5)
    mouse.up()


def slider(tab: Page, words: str) -> Locator:
    """The sliders of the figures' controls that these words describe."""
    return tab.locator(".gx-kernel .gx-control", has_text=words).locator("input[type=range]")


def wait_for_change(drawings: list[Locator], before: list[str]) -> list[str]:
    """Wait until each drawing is another than before, and return what they are."""
    return [
        eventually(drawing.locator("svg").inner_html, lambda now, old=old: now != old)
        for drawing, old in zip(drawings, before, strict=True)
    ]


class Settings:
    """The cell that prints the figures' settings, a line for each."""

    def __init__(self, tab: Page, figures: int):
        self.figures = figures
        self.cell = tab.locator(".jp-CodeCell", has_text=".settings)")
        self.prompt = self.cell.locator(".jp-InputPrompt")
        self.output = self.cell.locator(".jp-OutputArea-output pre")

    def said(self) -> list[dict[str, float]]:
        """Each figure's settings when the cell ran last."""
        expect(self.prompt).to_have_text(RAN)
        lines = eventually(  # they may arrive one after the other
            lambda: (self.output.text_content() or "").split("\n"),
            lambda lines: len(lines) == self.figures + 1 and lines[-1] == "",
        )
        return [ast.literal_eval(line) for line in lines[:-1]]

    def again(self) -> list[dict[str, float]]:
        """The same after running the cell."""
        before = self.prompt.text_content()
        self.cell.locator(".cm-content").click()
        self.cell.page.keyboard.press("Control+Enter")
        expect(self.prompt).not_to_have_text(before)
        return self.said()

    def until(self, holds: Callable[..., bool]) -> list[dict[str, float]]:
        """The same, as often as needed: a slider's last value may reach the kernel later."""
        return eventually(self.again, lambda settings: holds(*settings))


def test_what_is_installed_for_jupyterlab_is_made_for_its_version():
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "jupyterlab-myst" in listed
    assert "not compatible" not in listed


def test_a_slider_moves_the_picture_and_python_sees_it(jupyter, run_notebook):
    write_copy(jupyter.folder / "copy.ipynb")
    tab = run_notebook("copy.ipynb")
    cell = Settings(tab, figures=1)
    (settings,) = cell.said()
    # The page holds only the cells near its window, so the first figure there may be another one.
    figure = tab.locator(".gx-kernel").filter(has_text="learning rate")
    drawing = figure.locator(".gx-drawing").first
    before = drawing.locator("svg").inner_html()

    slider(tab, "learning rate").first.press("PageDown")
    wait_for_change([drawing], [before])
    (moved,) = cell.until(lambda now: now["learning_rate"] < settings["learning_rate"])
    assert moved == settings | {"learning_rate": moved["learning_rate"]}
    wait_for_fields(tab, cell, 1)


def wait_for_fields(tab: Page, cell: Settings, count: int) -> None:
    """Wait until the fields of the learning rate say what Python has."""
    rows = tab.locator(".gx-kernel .gx-control", has_text="learning rate")
    fields = rows.locator(".gx-field").all()[:count]

    def read() -> tuple[list[float], float]:
        (first, *_) = cell.again()
        return [float(field.input_value()) for field in fields], first["learning_rate"]

    eventually(read, lambda both: both[0] == pytest.approx([both[1]] * count))


LINKED = [
    """\
import ipywidgets
import jax.numpy as jnp
from lib.figures import Explorer, Line, Picture, learning_rate, momentum

t, rate = jnp.linspace(0.0, 1.0, 20), learning_rate(0.01, 1.0, 0.03)
first = Explorer(
    lambda learning_rate, momentum: momentum + learning_rate * t,
    controls=[rate, momentum()],
    picture=lambda y: Picture(Line(t, y), x="η", y="μ", drag=("learning_rate", "momentum")),
    alt="A line.",
    name="first",
)
first""",
    """\
second = Explorer(
    lambda learning_rate: learning_rate * (1.2 - learning_rate) * t,  # most at 0.6
    controls=[rate],
    picture=lambda y: Picture(Line(t, y), x="t", y="y"),
    alt="A line.",
    name="second",
    linked_to=first,
)
second""",
    """\
mine = ipywidgets.FloatSlider(description="mine", min=0.01, max=1, step=0.0001, value=0.03)
ipywidgets.link((mine, "value"), (first.controls["learning_rate"], "value"))
mine""",
    "for figure in (first, second):\n    print(figure.settings)",
]


def test_linked_figures_a_slider_of_ones_own_and_a_handle(jupyter, run_notebook):
    cells = [new_code_cell(source) for source in LINKED]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    (jupyter.folder / "linked.ipynb").write_text(notebooks.write(notebook), encoding="utf-8")
    tab = run_notebook("linked.ipynb")
    cell = Settings(tab, figures=2)
    assert cell.said() == [{"learning_rate": 0.03, "momentum": 0.9}, {"learning_rate": 0.03}]
    drawings = tab.locator(".gx-kernel .gx-drawing")
    expect(drawings).to_have_count(2)
    assert tab.evaluate("evaluated") == 1  # for both: anywidget waits no longer than 2 s for a view
    pictures = drawings.all()
    ends = [picture.evaluate(DOMAINS) for picture in pictures]
    shown = [picture.locator("svg").inner_html() for picture in pictures]

    def same(one: dict, two: dict) -> bool:
        return one["learning_rate"] == two["learning_rate"]

    # A step is that of the page. (A slider of one's own with coarser steps sends its own back.)
    slider(tab, "learning rate").first.press("ArrowRight")
    shown = wait_for_change(pictures, shown)
    step = RATE.at(round(RATE.place(0.03)) + 1)
    cell.until(lambda one, two: same(one, two) and one["learning_rate"] == step)
    slider(tab, "learning rate").last.press("PageUp")
    shown = wait_for_change(pictures, shown)
    one, _ = cell.until(lambda one, two: same(one, two) and one["learning_rate"] > step)
    assert one["momentum"] == 0.9
    assert one["learning_rate"] in [RATE.at(place) for place in range(RATE.places + 1)]

    drag(tab.locator(".widget-slider", has_text="mine").locator(".noUi-handle"), -90)
    shown = wait_for_change(pictures, shown)
    mine, _ = cell.until(
        lambda mine, two: same(mine, two) and mine["learning_rate"] < one["learning_rate"]
    )
    wait_for_fields(tab, cell, 2)

    handle = tab.locator(".gx-handle")
    drag(handle, 100, 50)
    wait_for_change(pictures, shown)
    cell.until(
        lambda now, two: (
            same(now, two)
            and now["learning_rate"] > mine["learning_rate"]
            and now["momentum"] < 0.89
        )
    )

    # Keys that are pressed faster than Python answers all count.
    def arrived(now: list[dict[str, float]]) -> bool:
        said = handle.get_attribute("aria-valuetext")
        there = [float(number) for number in re.findall(r"[\d.]+(?:e-\d+)?", said)]
        return list(now[0].values()) == there

    before, _ = eventually(cell.again, arrived)
    handle.evaluate(PRESS_AT_ONCE, ["ArrowDown"] * 5)
    lower = momentum().at(round(momentum().place(before["momentum"])) - 5)
    cell.until(lambda now, _: now == before | {"momentum": lower})  # and the other axis rests

    # An axis that has grown goes back when the reader resets, though Python has nothing new to say.
    field = tab.locator(".gx-kernel").last.get_by_label("learning rate, type a value")
    for text in ("0.6", "0.03"):
        field.fill(text)
        field.press("Enter")
        cell.until(lambda _, now, text=text: now == {"learning_rate": float(text)})
    eventually(lambda: pictures[1].evaluate(DOMAINS), lambda now: now[1][1] > 1.2 * ends[1][1][1])
    tab.locator(".gx-kernel").last.get_by_role("button", name="Reset").click()
    eventually(lambda: pictures[1].evaluate(DOMAINS), ends[1])


# What is written on the site's pages, in a front end that knows Markdown only by itself.
WRITTEN = [
    ":::{admonition} Predict\nUp or down?\n:::",
    ":::{admonition} Explain\n:class: dropdown\nThe sum grows.\n:::",
    ":::{prf:theorem} Sums\n:label: thm-sums\nIt is $a + b$.\n:::",
    "```{exercise} Add\n:label: ex-add\nWhat is it?\n```",
    "```{solution} ex-add\n:class: dropdown\nIt is five.\n```",
    "By {prf:ref}`thm-sums`, one more.",
    # As tools/references.py writes what other notebooks hold.
    "After {ref}`Polyak [1964] <polyak1964methods>` {ref}`[Goh, 2017] <goh2017momentum>`, in"
    " {ref}`Figure 2.1 <explorer-a-slide>`, {prf:ref}`Theorem “Balance” <thm-balance>`.",
]


def check_text(tab: Page) -> None:
    """Directives are boxes, what a reader is to find out is folded, and so is hidden code."""
    text = tab.locator(".jp-Notebook .myst")
    for words in ("Up or down?", "It is", "What is it?"):
        expect(text.get_by_text(words).first).to_be_visible()
    for words in ("The sum grows.", "It is five."):
        expect(text.get_by_text(words)).to_be_hidden()
    expect(text.get_by_role("link", name="Theorem 1")).to_be_visible()
    for words in ("Polyak [1964]", "[Goh, 2017]", "Figure 2.1", "Theorem “Balance”"):
        expect(text.get_by_role("link", name=words)).to_be_visible()
    expect(tab.get_by_title("Not Found")).to_have_count(0)
    text.locator("summary", has_text="Explain").click()
    expect(text.get_by_text("The sum grows.")).to_be_visible()
    expect(tab.locator(".jp-CodeCell .jp-Placeholder-content")).to_be_visible()


def test_a_saved_figure_without_its_kernel_is_a_picture_that_says_how_to_wake_it(
    jupyter, run_notebook
):
    figure = new_code_cell(LINKED[0], metadata={"tags": ["hide-input"]})
    texts = [new_markdown_cell(text) for text in WRITTEN]
    notebook = new_notebook(cells=[figure, *texts], metadata={"kernelspec": KERNEL})
    path = jupyter.folder / "saved.ipynb"
    path.write_text(notebooks.write(notebooks.normalise(notebook)), encoding="utf-8")
    tab = run_notebook("saved.ipynb")
    check_text(tab)
    asleep = tab.get_by_text("This figure is asleep")
    expect(asleep).to_be_hidden()
    expect(tab.locator(".gx-stand-in")).to_have_attribute("hidden", "")  # for other front ends
    tab.keyboard.press("Control+s")
    eventually(lambda: "gx-stand-in" in path.read_text("utf-8"), True)
    assert path.read_text("utf-8").count("image/png;base64") == 1
    lab_server.end_kernels(jupyter)
    tab.goto("about:blank")

    lab_page.open_notebook(tab, jupyter, "saved.ipynb")
    expect(asleep).to_be_visible()
    expect(tab.locator(".gx-stand-in img")).to_be_visible()
    lost = tab.get_by_text("model not found")
    lost.wait_for(state="attached")  # what Jupyter shows in the widget's place,
    expect(lost).to_be_hidden()
    run_cells(tab)
    expect(asleep).to_be_hidden()
    expect(tab.locator(".gx-kernel")).to_be_visible()
