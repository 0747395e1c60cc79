"""What a reader does with a figure besides moving a slider, on pages of their own."""

import csv
import functools
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.image
import nbformat
import numpy as np
import pytest
from browser import (
    PATIENCE,
    centre,
    count_drawings,
    eventually,
    leaves_of,
    page_error,
    settings_of,
    show,
    shown,
    violations,
    wait_for_drawing,
)
from chromium import served
from gate import TOLERANCE
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Error, Locator, Page, expect
from samples import (
    ARROW,
    BOX,
    CELL,
    PAIRS,
    PATH,
    POINT,
    RULES,
    WORD,
    marks,
    place,
    placed,
    table,
)

from lib.figures import (
    Control,
    Explorer,
    Line,
    Picture,
    Points,
    Readout,
    Rule,
    Text,
    learning_rate,
    momentum,
    number,
    seed,
    whole_number,
)

PHONE = {"width": 390, "height": 844}
REST = 500  # ms after which a screen reader hears the readouts
FREEZING = 50  # ms, from which on a browser calls a task long
STEPS = 60
RATE, FRICTION = learning_rate(0.05, 8.0, 1.0), momentum()

# ---- The figures -----------------------------------------------------------------------------


def heavy_ball(learning_rate, momentum, step):
    """Heavy ball on x²/2, and where it is at one step."""

    def move(state, _):
        x, velocity = state
        velocity = momentum * velocity - learning_rate * x
        return (x + velocity, velocity), x

    _, x = jax.lax.scan(move, (1.0, 0.0), length=STEPS)
    return {"x": x, "step": step, "now": x[step]}


@functools.cache
def stability() -> Explorer:
    """Two pictures: a ring to drag, and a path whose step can be played."""
    steps, mu = jnp.arange(float(STEPS)), jnp.linspace(0.0, 0.99, 40)
    return Explorer(
        heavy_ball,
        controls=[RATE, FRICTION, whole_number("step", 0, STEPS - 1, 40, symbol="k", play=True)],
        picture=lambda out: [
            Picture(
                Line(2 * (1 + mu), mu, label="edge of stability"),
                Text(0.2, 0.5, text="stable", color="green"),
                x="learning rate η",
                y="momentum μ",
                title="Settings, to drag",
                drag=("learning_rate", "momentum"),
            ),
            Picture(
                Rule(y=0.0),
                Line(steps, out["x"], label="path"),
                Points(out["step"].astype(float), out["now"], color="vermillion", label="now"),
                x="iteration k",
                y="position x",
            ),
            Readout(out["x"][-1], label="last x", format=".2e"),
        ],
        alt="The line below which heavy ball is stable, and a path that oscillates.",
        caption="Drag the ring.",
        name="stability",
    )


@functools.cache
def descent() -> Explorer:
    """A figure that shares the learning rate with the first."""
    steps = jnp.arange(float(STEPS))
    return Explorer(
        lambda learning_rate: (1 - learning_rate / 8) ** steps,
        controls=[RATE],
        picture=lambda x: Picture(Line(steps, x), x="iteration k", y="position x"),
        alt="A path that falls.",
        name="descent",
        linked_to=stability(),
    )


@functools.cache
def slow() -> Explorer:
    """A figure whose function takes most of a second."""

    def wander(rate, size):
        end = jax.lax.fori_loop(0, 30_000_000, lambda i, x: jnp.sin(x + i * rate), 0.1)
        return size * end * jnp.arange(1.0, 6.0)

    return Explorer(
        wander,
        controls=[number("rate", 0.0, 1.0, 0.5), number("size", 1.0, 2.0, 2.0)],
        picture=lambda y: [
            Picture(Line(jnp.arange(5.0), y), x="rate", y="size", drag=("rate", "size")),
            Readout(y[0], label="end", format=".6f"),
        ],
        alt="A line.",
        name="slow",
    )


def words_at(rate: float) -> str:
    """What a screen reader hears of the slow figure at a setting."""
    return f"end: {slow().run({'rate': rate, 'size': 2.0})[0][0]:.6f}".replace("-", "−")


@functools.cache
def exploding() -> Explorer:
    """A figure whose run diverges at the end of its slider."""
    steps = jnp.arange(300.0)
    return Explorer(
        lambda learning_rate: (1 - 2 * learning_rate) ** steps,
        controls=[learning_rate(0.1, 10.0, 0.2)],
        picture=lambda x: [
            Picture(Line(steps, x), x="step", y="x"),
            Readout(x[-1], label="last x"),
        ],
        alt="A path that falls.",
        name="exploding",
    )


# ---- Their pages -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Where the figures' pages are written when a test first opens them."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "favicon.ico").touch()  # which a browser asks every server for
    return folder


@pytest.fixture(scope="session")
def address(folder):
    """The same folder on a server of this machine."""
    with served(folder) as address:
        yield address


@pytest.fixture
def open_figure(visit, folder):
    """A figure on a page of its own, opened from the disk, with others below it."""

    def open_figure(explorer: Explorer, *others: Explorer, fragment: str = "", **options):
        tab = visit(write(folder, explorer, *others) + fragment, folder.as_uri() + "/", **options)
        return show(tab, f"explorer-{explorer.name}")

    return open_figure


def write(folder: Path, explorer: Explorer, *others: Explorer) -> str:
    """Write a page and return its name."""
    path = folder / f"{'-'.join(figure.name for figure in (explorer, *others))}.html"
    if not path.exists():
        explorer.save(path)
        below = "\n".join(figure.html for figure in others)
        text = path.read_text("utf-8").replace("</main>", f"{below}</main>", 1)
        path.write_text(text, encoding="utf-8")
    return path.name


def middle(box: dict) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def slider(figure: Locator, name: str) -> Locator:
    return figure.locator(f"input[type=range][id$='-{name}']")


def type_in(figure: Locator, label: str, text: str) -> None:
    field = figure.get_by_label(f"{label}, type a value")
    field.fill(text)
    field.press("Enter")


# ---- Dragging --------------------------------------------------------------------------------


def test_the_mouse_drags_two_settings_at_once(open_figure):
    figure = open_figure(stability())
    tab, handle = figure.page, figure.locator(".gx-handle")
    x, y = middle(centre(handle))
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 40, y + 60, steps=4)
    wait_for_drawing(figure)
    tab.mouse.move(x - 30, y + 90, steps=4)
    tab.mouse.up()
    tab.mouse.move(x, y)  # the button is up: nothing follows any more
    # The ring comes to where the mouse was, up to a step of a slider.
    there = pytest.approx((x - 30, y + 90), abs=4)
    eventually(lambda: middle(handle.bounding_box()), lambda at: at == there)
    settings = settings_of(figure)
    assert settings["learning_rate"] < RATE.default
    assert settings["momentum"] < FRICTION.default
    assert settings["step"] == 40
    words = []
    for control in (RATE, FRICTION):
        typed = figure.get_by_label(f"{control.label}, type a value").input_value()
        assert float(typed) == settings[control.name]
        words.append(f"{control.symbol} = {typed}")
        expect(slider(figure, control.name)).to_have_attribute("aria-valuetext", words[-1])
    expect(handle).to_have_attribute("aria-valuetext", ", ".join(words))
    place = round(FRICTION.place(settings["momentum"]))
    expect(slider(figure, "momentum")).to_have_value(str(place))
    assert page_error(figure, stability()) <= TOLERANCE


def test_a_drag_beyond_the_picture_stops_at_its_ends(open_figure):
    figure = open_figure(stability())
    tab = figure.page
    tab.mouse.move(*middle(centre(figure.locator(".gx-handle"))))
    tab.mouse.down()
    tab.mouse.move(2, 2, steps=3)
    tab.mouse.up()
    ends = {"learning_rate": RATE.minimum, "momentum": FRICTION.maximum}
    eventually(lambda: settings_of(figure), ends | {"step": 40})


def from_there(control: Control, value: float, steps: int) -> float:
    """The value of the slider's place that is so many steps from the one next to a value."""
    return control.at(round(control.place(value)) + steps)


def test_the_arrow_keys_move_the_handle_by_the_steps_of_the_sliders(open_figure):
    figure = open_figure(stability())
    handle = figure.locator(".gx-handle")
    at = settings_of(figure)
    for key, name, steps in [
        ("ArrowDown", "momentum", -1),  # the rate, between two places of its slider, stays there
        ("ArrowRight", "learning_rate", 1),
        ("Shift+ArrowLeft", "learning_rate", -10),
        ("Shift+ArrowDown", "momentum", -10),
        ("ArrowUp", "momentum", 1),
    ]:
        at[name] = from_there(stability().declared[name], at[name], steps)
        handle.press(key)
        eventually(lambda: settings_of(figure), dict(at))
        expect(handle).to_be_focused()
    for _ in range(3):
        handle.press("Shift+ArrowUp")
    eventually(lambda: settings_of(figure), at | {"momentum": FRICTION.maximum})
    # The keys of a slider, none of which scrolls the page.
    scrolled = figure.page.evaluate("scrollY")
    for key, name, value in [
        ("PageDown", "momentum", from_there(FRICTION, FRICTION.maximum, -10)),
        ("PageUp", "momentum", FRICTION.maximum),
        ("End", "learning_rate", RATE.maximum),
        ("Home", "learning_rate", RATE.minimum),
    ]:
        handle.press(key)
        eventually(lambda name=name: settings_of(figure)[name], value)
    assert figure.page.evaluate("scrollY") == scrolled


# Presses keys on the handle, all of them before the next picture.
PRESS_AT_ONCE = """(handle, keys) => {
  for (const [key, shiftKey] of keys)
    handle.dispatchEvent(new KeyboardEvent("keydown", {key, shiftKey, bubbles: true}));
}"""


@pytest.mark.parametrize("declare", [stability, slow])
def test_keys_that_are_faster_than_the_pictures_all_count(open_figure, declare):
    figure = open_figure(declare())
    across, up = [
        declare().declared[name] for name in declare().specification["pictures"][0]["drag"]
    ]
    at = settings_of(figure)
    figure.locator(".gx-handle").evaluate(PRESS_AT_ONCE, [["ArrowDown", False]] * 5)
    at[up.name] = from_there(up, at[up.name], -5)
    eventually(lambda: settings_of(figure), dict(at))
    keys = [["ArrowDown", True], ["ArrowLeft", False], ["ArrowUp", False], ["ArrowLeft", True]]
    figure.locator(".gx-handle").evaluate(PRESS_AT_ONCE, keys)
    at[up.name] = from_there(up, at[up.name], -9)
    at[across.name] = from_there(across, at[across.name], -11)
    eventually(lambda: settings_of(figure), at)


def touch(tab: Page, *points: tuple[float, float]) -> None:
    """Put a finger on the first point, move it along the others, and lift it."""
    session = tab.context.new_cdp_session(tab)

    def send(kind: str, at: list) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    for n, (x, y) in enumerate(points):
        send("touchMove" if n else "touchStart", [{"x": x, "y": y}])
    send("touchEnd", [])


LENGTHEN = "document.body.style.paddingBottom = '1000px'"  # so that the page has room to scroll


def between(start: tuple, end: tuple) -> list[tuple[float, float]]:
    return [tuple(point) for point in np.linspace(start, end, 6).tolist()]


def test_a_finger_drags_the_handle_and_scrolls_beside_it(open_figure):
    figure = open_figure(stability(), viewport=PHONE, has_touch=True)
    tab, handle = figure.page, figure.locator(".gx-handle")
    tab.evaluate(LENGTHEN)
    x, y = middle(centre(handle))
    scrolled = tab.evaluate("scrollY")
    tab.touchscreen.tap(x - 50, y + 20)
    wait_for_drawing(figure)
    tapped = settings_of(figure)
    assert tapped["learning_rate"] < RATE.default
    assert tapped["momentum"] < FRICTION.default

    count = count_drawings(figure)
    touch(tab, *between((x - 50, y + 20), (x + 20, y + 80)))
    wait_for_drawing(figure, count)
    dragged = settings_of(figure)
    assert dragged["learning_rate"] > RATE.default
    assert dragged["momentum"] < tapped["momentum"]
    assert tab.evaluate("scrollY") == scrolled

    touch(tab, *between((x - 60, y + 150), (x - 60, y - 50)))
    tab.wait_for_function("(old) => scrollY > old + 50", arg=scrolled)
    assert settings_of(figure) == dragged


@functools.cache
def many() -> Explorer:
    """A figure of two pictures with more controls than stand open, a seed among them."""
    t = jnp.linspace(0.0, 1.0, 9)
    names = ("first", "second", "third", "fourth")
    return Explorer(
        lambda seed, first, second, third, fourth, fifth: (
            first + t * (second + third + fourth + fifth) + jax.random.normal(jax.random.key(seed))
        ),
        controls=[
            seed(7, default=6),
            *(number(name, 0.0, 1.0, 0.5) for name in names),
            number("fifth", 0.0, 1.0, 0.5, symbol="θ_AB"),
        ],
        picture=lambda y: [
            Picture(Line(t, y), x="t", y="y", drag=("first", "fourth")),
            Picture(Line(t, -y), x="t", y="minus y"),
            Readout(y[0], label="first y"),
        ],
        alt="A line that rises, and one that falls.",
        caption="Two lines. They turn.",
        name="many",
    )


def test_a_swipe_that_begins_on_a_slider_scrolls_and_leaves_it(open_figure):
    figure = open_figure(many(), viewport=PHONE, has_touch=True)
    tab = figure.page
    tab.evaluate(LENGTHEN)
    x, y = middle(centre(slider(figure, "first")))
    scrolled, defaults = tab.evaluate("scrollY"), settings_of(figure)
    figure.evaluate(
        """(figure) => {
          figure.moves = [];
          figure.addEventListener("input", ({target}) => figure.moves.push(target.value));
          document.addEventListener("scrollend", () => (figure.rests = true));
        }"""
    )
    touch(tab, *between((x + 40, y), (x + 30, y - 150)))
    gone = "([figure, old]) => figure.rests && scrollY > old + 50"
    tab.wait_for_function(gone, arg=[figure.element_handle(), scrolled])
    assert settings_of(figure) == defaults
    expect(figure.get_by_label("first, type a value")).to_have_value("0.5")
    moves = figure.evaluate("(figure) => figure.moves")
    assert moves, "the touch did not reach the slider: nothing had to be put back"

    def along() -> float:
        x, y = middle(centre(slider(figure, "first")))
        touch(tab, *between((x, y), (x + 40, y)))
        return settings_of(figure)["first"]

    # Along the slider it moves, as ever; but a finger on a page that still glides stops that only.
    eventually(along, lambda value: value > 0.6)


def test_a_button_draws_new_noise_and_a_seed_may_be_typed(open_figure):
    figure = open_figure(many())
    button, field = figure.get_by_role("button", name="New noise"), figure.get_by_label("seed")
    expect(field).to_have_value("6")
    before = leaves_of(figure)
    for wanted in (7, 0):  # after the last comes the first
        button.click()
        eventually(lambda: settings_of(figure)["seed"], wanted)
        expect(field).to_have_value(str(wanted))
        assert leaves_of(figure) != before
        assert page_error(figure, many()) <= TOLERANCE
    for text, wanted in {"3": 3, "2.4": 2, "99": 7}.items():
        field.fill(text)
        field.press("Enter")
        eventually(lambda: settings_of(figure)["seed"], wanted)
    figure.get_by_role("button", name="Reset").click()
    eventually(lambda: settings_of(figure), many().defaults)
    expect(field).to_have_value("6")


def test_four_controls_stand_open_and_a_label_is_two_words(open_figure):
    figure = open_figure(many())
    controls = figure.locator(".gx-control")
    assert [control.is_visible() for control in controls.all()] == [True] * 4 + [False] * 2
    figure.get_by_text("More settings (2)").click()
    expect(controls.last).to_be_visible()
    count = count_drawings(figure)
    slider(figure, "fifth").press("End")
    wait_for_drawing(figure, count)
    assert settings_of(figure)["fifth"] == 1
    expect(slider(figure, "fifth")).to_have_attribute("aria-valuetext", "θAB = 1")

    second = open_figure(stability())
    name = slider(second, "learning_rate").evaluate("(input) => input.labels[0].textContent")
    assert name == "η learning rate"


def test_what_a_handle_or_a_link_does_to_a_folded_control_is_seen(open_figure):
    figure = open_figure(many())
    summary, handle = figure.locator(".gx-more summary"), figure.locator(".gx-handle")
    expect(summary).to_have_text("More settings (2)")
    settings_of(figure)
    places = figure.evaluate(PLACES)
    handle.press("ArrowUp")
    expect(summary).to_have_text("More settings (2): fourth = 0.505")
    eventually(lambda: settings_of(figure)["fourth"], 0.505)
    figure.evaluate("(figure) => figure.set({fifth: 0.123456})")
    expect(summary).to_have_text("More settings (2): fourth = 0.505, θAB = 0.123456")
    expect(summary.locator("sub")).to_have_text("AB")
    figure.get_by_label("second, type a value").focus()
    assert figure.evaluate(PLACES) == places, "the words move what stands below them"
    figure.get_by_role("button", name="Reset").click()
    expect(summary).to_have_text("More settings (2)")

    follow = "(figure, asked) => { location.hash = `explorer-many?${asked}`; }"
    fold, note = figure.locator(".gx-more"), figure.locator(".gx-tools + .gx-note")
    figure.evaluate(follow, "fourth=0.5&first=0.25")
    expect(figure.get_by_label("first, type a value")).to_have_value("0.25")
    assert not fold.evaluate("(fold) => fold.open"), "it has nothing new to show"
    figure.evaluate(follow, "fifth=7")
    expect(figure.get_by_label("fifth, type a value")).to_be_visible()
    expect(note).to_have_text("θAB = 7 is outside 0 to 1; 1 is used.")
    expect(note.locator("sub")).to_have_text("AB")


def test_a_long_value_fits_its_field(open_figure):
    figure = open_figure(many())
    field = figure.get_by_label("first, type a value")
    for text in ("0.123456789012", "1.23456789012e-7"):
        type_in(figure, "first", text)
        expect(field).to_have_value(text)
        assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth")


# ---- Linked figures --------------------------------------------------------------------------


def test_linked_figures_share_the_slider_of_one_name(open_figure):
    first = open_figure(stability(), descent())
    second = show(first.page, "explorer-descent")
    slider(first, "learning_rate").press("PageUp")
    wait_for_drawing(second)
    rate = settings_of(first)["learning_rate"]
    assert rate > RATE.default
    assert settings_of(second) == {"learning_rate": rate}
    there = slider(first, "learning_rate").input_value()
    expect(slider(second, "learning_rate")).to_have_value(there)
    assert page_error(second, descent()) <= TOLERANCE

    count = count_drawings(first)
    type_in(second, "learning rate", "0.25")
    wait_for_drawing(first, count)
    assert settings_of(first)["learning_rate"] == 0.25
    expect(first.get_by_label("learning rate, type a value")).to_have_value("0.25")
    expect(first.locator(".gx-handle")).to_have_attribute("aria-valuetext", "η = 0.25, μ = 0.90")
    assert page_error(first, stability()) <= TOLERANCE

    count, others = count_drawings(first), count_drawings(second)
    slider(first, "momentum").press("PageDown")
    wait_for_drawing(first, count)
    assert count_drawings(second) == others, "the second figure has no momentum"


# ---- Playing ---------------------------------------------------------------------------------

# Notes every step that a figure draws.
NOTE_STEPS = """(figure) => {
  figure.steps = [];
  figure.addEventListener("geometry-explorer:drawn", ({detail}) =>
    figure.steps.push(detail.settings.step));
}"""


# Presses the button as soon as a figure draws a step beyond the fifth.
PRESS_ON_THE_WAY = """(figure) => {
  const drawn = "geometry-explorer:drawn";
  const press = ({detail}) => {
    if (detail.settings.step <= 5) return;
    figure.removeEventListener(drawn, press);
    figure.querySelector(".gx-play").click();
  };
  figure.addEventListener(drawn, press);
}"""


def wait_for_step(figure: Locator, condition: str) -> None:
    holds = f"(figure) => ((step) => {condition})(figure.settings.step)"
    figure.page.wait_for_function(holds, arg=figure.element_handle())


def test_a_slider_plays_to_its_end_pauses_and_starts_again(open_figure):
    figure = open_figure(stability())
    button = figure.locator(".gx-play")
    expect(button).to_have_attribute("aria-label", "Play: step")
    slider(figure, "step").press("Home")
    wait_for_step(figure, "step === 0")
    figure.evaluate(NOTE_STEPS)
    figure.evaluate(PRESS_ON_THE_WAY)
    button.click()
    wait_for_step(figure, "step > 5")
    expect(button).to_have_attribute("aria-label", "Play: step")
    paused = settings_of(figure)
    assert 5 < paused["step"] < STEPS - 1
    figure.page.wait_for_timeout(250)
    assert settings_of(figure) == paused
    assert page_error(figure, stability()) <= TOLERANCE

    button.click()
    expect(button).to_have_attribute("aria-label", "Pause: step")
    expect(button).to_have_attribute("aria-label", "Play: step")  # at the end
    assert settings_of(figure)["step"] == STEPS - 1
    steps = figure.evaluate("(figure) => figure.steps")
    assert steps == sorted(steps)
    assert len(set(steps)) > 5, "it moves step by step"

    button.click()
    wait_for_step(figure, "step < 30")
    slider(figure, "step").press("PageUp")
    expect(button).to_have_attribute("aria-label", "Play: step")
    moved = settings_of(figure)
    figure.page.wait_for_timeout(250)
    assert settings_of(figure) == moved


def test_a_slider_plays_in_few_steps_for_who_asked_for_less_motion(open_figure):
    figure = open_figure(stability(), reduced_motion="reduce")
    type_in(figure, "step", "0")
    eventually(lambda: settings_of(figure)["step"], 0)
    figure.evaluate(NOTE_STEPS)
    figure.locator(".gx-play").click()
    wait_for_step(figure, "step > 9")
    steps = eventually(lambda: figure.evaluate("(f) => f.steps"), lambda steps: max(steps) > 9)
    steps = steps[: 1 + next(k for k, step in enumerate(steps) if step > 9)]
    assert 1 <= len(steps) <= 3, steps
    assert min(np.diff([0, *steps])) >= 4


# ---- Links -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["http", "file"])
def test_a_copied_link_restores_the_settings(visit, folder, address, way):
    root = {"http": address, "file": folder.as_uri() + "/"}[way]
    page = write(folder, stability(), descent())
    figure = show(visit(page, root), "explorer-stability")
    tab = figure.page
    if way == "http":
        tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figure.locator(".gx-handle").press("Shift+ArrowDown")
    slider(figure, "step").press("Home")
    settings = eventually(lambda: settings_of(figure), lambda at: at["step"] == 0)
    figure.get_by_role("button", name="Copy link").click()
    note = figure.locator(".gx-tools + .gx-note")
    expect(note).to_contain_text("The address of this page now holds these settings")
    link = tab.evaluate("location.href")
    assert link.startswith(f"{root}{page}#explorer-stability?learning_rate=")
    if way == "http":
        expect(note).to_contain_text("clipboard")
        assert tab.evaluate("navigator.clipboard.readText()") == link
    restored = show(visit(link.removeprefix(root), root), "explorer-stability")
    eventually(lambda: settings_of(restored), settings)
    second = show(restored.page, "explorer-descent")
    eventually(lambda: settings_of(second), {"learning_rate": settings["learning_rate"]})
    expect(restored.locator(".gx-tools + .gx-note")).to_have_text("")


def test_a_link_holds_every_figure_that_moved_and_the_address_follows_them(visit, folder, address):
    page = write(folder, stability(), descent(), exploding())
    first = show(visit(page, address), "explorer-stability")
    tab = first.page
    third = show(tab, "explorer-exploding")
    slider(third, "learning_rate").press("ArrowRight")
    moved = eventually(lambda: settings_of(third), lambda at: at["learning_rate"] > 0.2)
    first.get_by_role("button", name="Copy link").click()
    note = first.locator(".gx-tools + .gx-note")
    expect(note).to_contain_text("The address of this page now holds these settings")
    slider(first, "step").press("Home")
    settings = eventually(lambda: settings_of(first), stability().defaults | {"step": 0})
    link = eventually(lambda: tab.evaluate("location.href"), lambda href: "step=0" in href)
    assert "explorer-descent" not in link, "it shares its only control with the first"

    restored = show(visit(link.removeprefix(address), address), "explorer-stability")
    eventually(lambda: settings_of(restored), settings)
    eventually(lambda: settings_of(show(restored.page, "explorer-exploding")), moved)
    expect(restored.page.locator(".gx-notice")).to_have_count(0)
    restored.get_by_role("button", name="Reset").click()
    eventually(lambda: "step=40" in restored.page.evaluate("location.href"), True)


def test_what_a_link_cannot_restore_is_said_in_words(open_figure):
    figure = open_figure(
        stability(), fragment="#explorer-stability?learning_rate=99&momentum=-3;explorer-old?x=1"
    )
    eventually(lambda: settings_of(figure), {"learning_rate": 8, "momentum": 0, "step": 40})
    expect(figure.get_by_label("learning rate, type a value")).to_have_value("8")
    note = figure.locator(".gx-tools + .gx-note")
    expect(note).to_have_text(
        "η = 99 is outside 0.05 to 8; 8 is used. μ = -3 is outside 0.00 to 0.99; 0.00 is used."
    )
    notice = figure.page.locator(".gx-notice")
    words = "This page has no figure “old”: it may have another name now."
    expect(notice).to_contain_text(words)
    assert violations(figure.page) == []
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    for wrong, sentence in {
        "speed=3": "This figure has no setting “speed”.",
        "momentum=fast": "μ = fast is not a number; it is left out.",
    }.items():
        figure.page.evaluate(f"location.hash = 'explorer-stability?{wrong}&step=7'")
        wait_for_step(figure, "step === 7")
        expect(note).to_have_text(sentence)
        figure.page.evaluate("location.hash = 'explorer-stability?step=8'")
        wait_for_step(figure, "step === 8")
        expect(note).to_have_text("")
    assert settings_of(figure)["momentum"] == 0


def test_an_address_of_something_else_changes_nothing(open_figure):
    figure = open_figure(stability(), fragment="#100%?step=3")
    notice = figure.page.locator(".gx-notice")
    expect(notice).to_have_count(0)
    figure.page.evaluate("location.hash = 'explorer-other?step=3'")
    expect(notice).to_contain_text("This page has no figure “other”")
    figure.page.evaluate("location.hash = 'explorer-stability'")
    expect(notice).to_have_count(0)
    figure.page.evaluate("location.hash = 'explorer-stability?step=8'")  # is followed after them
    eventually(lambda: settings_of(figure), stability().defaults | {"step": 8})


def test_values_that_set_refuses_move_nothing(open_figure):
    figure = open_figure(stability())
    for settings, words in [
        ("{step: 7, speed: 1}", 'there is no control "speed"'),
        ("{step: 7, momentum: NaN}", "momentum must be a finite number, not NaN"),
    ]:
        with pytest.raises(Error, match=re.escape(words)):
            figure.evaluate(f"(figure) => figure.set({settings})")
        assert settings_of(figure) == stability().defaults
    figure.evaluate("(figure) => figure.set({step: 7, momentum: 2})")  # a slider's end
    eventually(lambda: settings_of(figure), stability().defaults | {"step": 7, "momentum": 0.99})


# ---- Taking home -----------------------------------------------------------------------------


def download(figure: Locator, button: str, path: Path) -> str:
    """The text of the file that a button gives, which is also at `path`."""
    with figure.page.expect_download() as started:
        figure.get_by_role("button", name=button).click()
    started.value.save_as(path)
    suffix = {"Data (CSV)": "csv", "Picture (SVG)": "svg"}[button]
    name = figure.get_attribute("id").removeprefix("explorer-")
    assert started.value.suggested_filename == f"{name}.{suffix}"
    return path.read_text("utf-8")


def test_the_table_holds_the_numbers_in_full_precision(open_figure, tmp_path):
    figure = open_figure(stability())
    slider(figure, "learning_rate").press("PageDown")
    wait_for_drawing(figure)
    assert page_error(figure, stability()) <= TOLERANCE  # the page's numbers are JAX's,
    settings, leaves = shown(figure)
    text = download(figure, "Data (CSV)", tmp_path / "data.csv")
    first, second, *lines = text.splitlines()
    found = [
        [picture, series, int(curve), *[float(x) if x else None for x in numbers]]
        for picture, series, curve, *numbers in list(csv.reader(lines))[1:]
    ]
    wanted, structure = jax.tree.flatten(stability().run(settings)[1])
    parts = [np.reshape(x, leaf.shape) for x, leaf in zip(leaves, wanted, strict=True)]
    parts = jax.tree.unflatten(structure, parts)
    assert found == table(parts)  # and the table's are the page's, to the last digit
    value = figure.get_by_label("learning rate, type a value").input_value()
    assert first == f"# stability: η = {value}, μ = 0.90, k = 40"
    assert second.startswith("# last x = ")
    assert float(second.removeprefix("# last x = ")) == leaves[-1][0]


PIXEL = 0.005  # of the length of an axis, about
# Where the marks of each picture lie, as shares of its axes; colours tell them apart.
LYING = r"""(figure) => [...figure.querySelectorAll(".gx-drawing > .gx-plot")].map((svg) => {
  const [x, y] = ["x", "y"].map((key) => svg.scale(key).range);
  const origin = svg.getBoundingClientRect();
  const share = ([left, top]) => [(left - x[0]) / (x[1] - x[0]), (top - y[0]) / (y[1] - y[0])];
  const corners = (node) => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    return [[left, bottom], [right, top]].map(([a, b]) => share([a - origin.left, b - origin.top]));
  };
  const middle = (node) => corners(node)[0].map((low, i) => (low + corners(node)[1][i]) / 2);
  const drawn = (name) => [...svg.querySelectorAll(`[stroke="var(--gx-${name})"] *`)];
  const ends = (node) => {
    const {a, d, e, f} = node.parentElement.transform.baseVal.consolidate()?.matrix ??
      {a: 1, d: 1, e: 0, f: 0};
    const pairs = node.getAttribute("d").match(/-?[\d.]+(e-?\d+)?,-?[\d.]+(e-?\d+)?/g);
    return pairs.map((pair) => pair.split(",").map(Number)).map(([u, v]) =>
      share([a * u + e, d * v + f]));
  };
  return {
    heat: [...svg.querySelectorAll("image")].map(corners),
    path: drawn("blue").map(ends),
    point: [...svg.querySelectorAll('[fill="var(--gx-vermillion)"] *')].map(middle),
    arrow: drawn("purple").map((node) => ends(node).slice(0, 2)),
    across: drawn("green").map((node) => middle(node)[0]),
    along: drawn("orange").map((node) => middle(node)[1]),
    words: [...svg.querySelectorAll('text[font-size="13"]')].map((node) =>
      [node.textContent, middle(node)]),
  };
})"""


def test_every_mark_lies_where_it_should_on_every_kind_of_axis(open_figure, tmp_path):
    """On a page and in its table; tests/test_marks.py has the same for Matplotlib."""
    figure = open_figure(placed())
    pictures = figure.evaluate(LYING)
    assert len(pictures) == 3
    for lying in pictures:
        assert np.array(lying["heat"]) == pytest.approx(
            np.array([[BOX[:1] * 2, BOX[1:] * 2]]), abs=PIXEL
        )
        assert np.array(lying["path"]) == pytest.approx(np.array([PATH]), abs=PIXEL)
        assert np.array(lying["point"]) == pytest.approx(np.array([POINT]), abs=PIXEL)
        assert np.array(lying["arrow"]) == pytest.approx(np.array([ARROW]), abs=PIXEL)
        assert lying["across"] == pytest.approx([RULES[0]], abs=PIXEL)
        assert lying["along"] == pytest.approx([RULES[1]], abs=PIXEL)
        ((word, at),) = lying["words"]
        assert word == "here"
        assert at == pytest.approx(WORD, abs=4 * PIXEL)
    assert figure.locator(".gx-status").text_content() == ""
    image = figure.locator("image").nth(1).screenshot()
    dark = np.argwhere(pixels(image).sum(axis=2) < 60)
    share = dark.mean(axis=0) / pixels(image).shape[:2]
    assert share == pytest.approx([1 - 0.875, 0.375], abs=0.02)  # the second of the upper row

    text = download(figure, "Data (CSV)", tmp_path / "data.csv")
    rows = [line.split(",") for line in text.splitlines() if ",heatmap 1," in line]
    cells = {(picture, float(x), float(y)) for picture, _, _, x, y, _, _, z in rows if z == "1"}
    for n, pair in enumerate(PAIRS, 1):
        wanted = [place(kind, share) for kind, share in zip(pair, CELL, strict=True)]
        assert [list(at) for name, *at in cells if name == str(n)] == [pytest.approx(wanted)]


def pixels(image: bytes) -> np.ndarray:
    """The colours of a screenshot, 0 to 255."""
    return np.round(255 * matplotlib.image.imread(io.BytesIO(image), format="png")[..., :3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("declare", [stability, marks])
def test_the_picture_stands_by_itself(open_figure, visit, tmp_path, declare, scheme):
    explorer = declare()
    figure = open_figure(explorer, color_scheme=scheme)
    path = tmp_path / "picture.svg"
    text = download(figure, "Picture (SVG)", path)
    assert "var(" not in text
    assert "currentColor" not in text
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [node.tag for node in root.iter() if "class" in node.attrib]
    words = " ".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text"))
    spec = explorer.specification
    wanted = [p["title"] for p in spec["pictures"] if p["title"]]
    wanted += [m["label"] for p in spec["pictures"] for m in p["marks"] if m.get("label")]
    wanted += [p[axis]["label"] for p in spec["pictures"] for axis in ("x", "y")]
    wanted += [r["label"] for r in spec["readouts"]]
    wanted += {"stability": ["η = 1, μ = 0.90, k = 40"], "marks": ["scale = 1"]}[explorer.name]
    assert [word for word in wanted if word not in words] == []
    assert len(root.findall(".//{*}circle[@r='8']")) == (explorer is stability())

    (tmp_path / "page.html").write_text("<body style='margin: 0'><img src='picture.svg'>")
    tab = visit("page.html", tmp_path.as_uri() + "/", viewport={"width": 1400, "height": 900})
    image = tab.locator("img")
    size = image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert size == [int(float(root.get(key))) for key in ("width", "height")]
    assert min(size) > 200
    picture = pixels(image.screenshot())
    color = {"light": (0, 114, 178), "dark": (74, 168, 224)}[scheme]
    if explorer is marks():
        color = {"light": (0, 143, 104), "dark": (44, 194, 149)}[scheme]
    assert (np.abs(picture - color).max(-1) < 8).sum() > 100, "no curve in its colour"
    assert (picture[2, 2].mean() > 128) == (scheme == "light")

    tab = visit("picture.svg", tmp_path.as_uri() + "/")
    outside = """(svg) => [...svg.querySelectorAll("text")].filter((text) => {
      const [box, all] = [text.getBoundingClientRect(), svg.getBoundingClientRect()];
      return box.left < all.left || box.right > all.right || box.bottom > all.bottom;
    }).map((text) => text.textContent)"""
    assert tab.locator("svg").first.evaluate(outside) == []


# ---- Long computations -----------------------------------------------------------------------

# Notes how long the page's tasks take, and what the slow figure draws and says.
WATCH = """(figure) => {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({entryTypes: ["longtask"]});
  figure.rates = [];
  figure.addEventListener("geometry-explorer:drawn", ({detail}) =>
    figure.rates.push(detail.settings.rate));
  figure.said = [];
  const [status, pictures] = [".gx-status", ".gx-pictures"].map((s) => figure.querySelector(s));
  new MutationObserver(() => figure.said.push([status.textContent, pictures.ariaBusy]))
    .observe(status, {childList: true});
}"""

# Moves the slow figure's slider, a step in each frame.
STEP_UP = """async (slider, steps) => {
  for (let i = 0; i < steps; i += 1) {
    slider.stepUp();
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""

# Moves it to and fro, never resting for as long as the function takes, until there is a drawing.
MOVE_UNTIL_DRAWN = """async (slider, limit) => {
  const figure = slider.closest("geometry-explorer");
  const [count, start] = [figure.drawings, performance.now()];
  for (let i = 0; figure.drawings === count && performance.now() < start + limit; i += 1) {
    slider[i % 20 < 10 ? "stepUp" : "stepDown"]();
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise((done) => setTimeout(done, 30));
  }
  return figure.drawings > count;
}"""


def test_a_slow_function_leaves_the_page_free_and_the_newest_setting_wins(open_figure):
    figure = open_figure(slow())
    tab = figure.page
    expect(figure.locator(".gx-status")).to_have_text("")
    eventually(lambda: len(tab.workers), 1)
    figure.evaluate(WATCH)
    presses = 12
    slider(figure, "rate").evaluate(STEP_UP, presses)
    newest = settings_of(figure)["rate"]
    assert newest == pytest.approx(0.5 + presses / 200)
    expect(figure.locator(".gx-status")).to_have_text("")
    expect(figure.locator(".gx-pictures")).to_have_attribute("aria-busy", "false")
    assert ["Computing …", "true"] in figure.evaluate("(figure) => figure.said")
    drawn = figure.evaluate("(figure) => figure.rates")
    assert drawn[-1] == newest
    assert len(drawn) <= presses / 3, "requests out of date were computed to the end"
    took = figure.evaluate("(figure) => figure.computation.took")
    assert took > 4 * FREEZING, "too quick to show anything"
    # A busy machine may hold up any task, but then it holds up the function as well.
    assert max(tab.evaluate("longTasks"), default=0) < took / 2
    expect(figure.locator(".gx-spoken")).to_have_text(words_at(newest))


def test_a_long_drag_over_a_slow_function_is_drawn_on_the_way(open_figure):
    figure = open_figure(slow())
    expect(figure.locator(".gx-status")).to_have_text("")
    drawn = slider(figure, "rate").evaluate(MOVE_UNTIL_DRAWN, 1000 * PATIENCE)
    assert drawn, "the slider moved for long, and nothing was drawn"
    # What was drawn on the way is out of date: a screen reader hears of the newest setting.
    expect(figure.locator(".gx-spoken")).to_have_text(words_at(settings_of(figure)["rate"]))


def test_a_quick_function_runs_in_the_page(open_figure):
    for _ in range(5):  # a busy machine may hold up the first run, from which the page concludes
        figure = open_figure(descent())
        settings_of(figure)
        if figure.evaluate("(figure) => figure.computation.took") < 8:
            break
    eventually(lambda: figure.page.workers, [])
    slider(figure, "learning_rate").press("PageUp")
    wait_for_drawing(figure)
    assert page_error(figure, descent()) <= TOLERANCE
    assert figure.page.workers == []


def test_a_page_that_forbids_workers_computes_all_the_same(browser, folder):
    text = (folder / write(folder, descent())).read_text("utf-8")
    policy = "<meta http-equiv='Content-Security-Policy' content=\"worker-src 'none'\">"
    page = folder / "without-workers.html"
    page.write_text(text.replace("<meta", f"{policy}<meta", 1), encoding="utf-8")
    tab = browser.new_page()
    refused = []
    tab.on("console", lambda message: refused.append(message.text))
    tab.goto(page.as_uri())
    figure = show(tab, "explorer-descent")
    slider(figure, "learning_rate").press("PageUp")
    wait_for_drawing(figure)
    assert page_error(figure, descent()) <= TOLERANCE
    expect(figure.locator(".gx-status")).to_have_text("")
    eventually(lambda: refused, lambda texts: any("worker-src" in text for text in texts))
    tab.close()


# ---- Words, paper, night and phone -------------------------------------------------------------


# Where the controls and pictures of a figure stand, and where the axes of its first picture end.
PLACES = """(figure) => [...figure.querySelectorAll(".gx-control, .gx-plot, .gx-readouts")]
  .map((node) => node.getBoundingClientRect().top - figure.getBoundingClientRect().top)"""
DOMAINS = """(figure) => ["x", "y"].map((key) =>
  [...figure.querySelector(".gx-drawing > .gx-plot").scale(key).domain])"""


def test_a_run_that_diverges_is_said_in_words(open_figure):
    figure = open_figure(exploding())
    status = figure.locator(".gx-status")
    expect(status).to_have_text("")
    settings_of(figure)
    places, ends = figure.evaluate(PLACES), figure.evaluate(DOMAINS)
    slider(figure, "learning_rate").press("End")
    expect(status).to_have_text("This run diverges at these settings. Move “learning rate” back.")
    expect(figure.locator("dd")).to_have_text("−∞")
    assert figure.evaluate(PLACES) == places, "the words move the figure under the finger"
    type_in(figure, "learning rate", "0.2")  # the default, by hand
    expect(status).to_have_text("")
    settings_of(figure)
    assert figure.evaluate(DOMAINS) != ends, "an axis that has grown stays"
    figure.get_by_role("button", name="Reset").click()
    eventually(lambda: figure.evaluate(DOMAINS), ends)


def test_the_readouts_are_spoken_once_the_slider_rests(open_figure):
    figure = open_figure(stability())
    spoken = figure.locator(".gx-spoken")
    expect(spoken).to_have_attribute("aria-live", "polite")
    figure.page.wait_for_timeout(REST + 200)
    expect(spoken).to_have_text("")  # nothing has been moved
    spoken.evaluate(
        """(node) => {
          node.said = [];
          new MutationObserver(() => node.said.push(node.textContent))
            .observe(node, {childList: true});
        }"""
    )
    slider(figure, "momentum").evaluate(
        """async (slider) => {
          for (let i = 0; i < 6; i += 1) {
            slider.stepDown();
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            await new Promise((done) => requestAnimationFrame(done));
          }
        }"""
    )
    expect(spoken).not_to_have_text("")
    number = figure.locator("dd").inner_text()
    assert spoken.evaluate("(node) => node.said") == [f"last x: {number}"]
    figure.get_by_role("button", name="Reset").click()
    expect(spoken).not_to_have_text(f"last x: {number}")
    expect(spoken).to_have_text(f"last x: {figure.locator('dd').inner_text()}")


def test_paper_shows_the_settings_in_place_of_the_controls(open_figure):
    figure = open_figure(stability())
    slider(figure, "step").press("Home")
    wait_for_drawing(figure)
    settings = figure.locator(".gx-settings")
    expect(settings).to_be_hidden()
    figure.page.emulate_media(media="print")
    expect(settings).to_be_visible()
    expect(settings).to_have_text("η = 1, μ = 0.90, k = 0")
    for control in figure.locator("input, button, summary, .gx-handle, .gx-code").all():
        expect(control).to_be_hidden()
    for drawing in figure.locator(".gx-drawing svg").all():
        expect(drawing).to_be_visible()
    expect(figure.locator("figcaption")).to_be_visible()
    expect(figure.locator("figure")).to_have_css("break-inside", "avoid")


@pytest.mark.parametrize("declare", [stability, marks])
def test_a_figure_keeps_the_guidelines_and_the_width_of_a_phone(open_figure, declare):
    figure = open_figure(declare(), viewport=PHONE, color_scheme="light")
    tab = figure.page
    across = "document.documentElement.scrollWidth"
    eventually(lambda: tab.evaluate(across), lambda width: width <= PHONE["width"])
    ground = "(figure) => getComputedStyle(figure.querySelector('figure')).backgroundColor"
    grounds = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        assert violations(tab) == []
        grounds.append(figure.evaluate(ground))
    assert grounds[0] != grounds[1]
    handle = figure.locator(".gx-handle")
    if handle.count():
        box = handle.bounding_box()
        assert min(box["width"], box["height"]) >= 24


# ---- A site that shows anywidgets ---------------------------------------------------------------

# As MyST's directive does it: a model of the values in its body, and a shadow root only where the
# directive has a style sheet of its own.
SITE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title>
<style>body { color: %s; background: %s; } div { border: 7px solid; }</style>
<main><div id="plain"></div><div id="shaded"></div></main>
<script type="module">
const show = async (file, root, state) => {
  const el = root.appendChild(document.createElement("div"));
  const {default: widget} = await import(file);
  const model = {get: (name) => state[name], set() {}, on() {}, off() {}, save_changes() {}};
  await widget.initialize?.({model});
  return widget.render({model, el});
};
const [plain, shaded] = ["plain", "shaded"].map((id) => document.getElementById(id));
const other = shaded.attachShadow({mode: "open"});
globalThis.end = await show("./stability.mjs", plain, {learning_rate: 0.5, caption: "no control"});
await show("./descent.mjs", other, {});
</script></html>"""
INK = "(figure) => getComputedStyle(figure).getPropertyValue('--gx-ink').trim()"


def test_a_module_shows_a_figure_on_a_site_of_anywidgets(visit, tmp_path):
    for explorer in (stability(), descent()):
        explorer.save(tmp_path / f"{explorer.name}.mjs")
    (tmp_path / "favicon.ico").touch()
    for name, colors in {"light": ("#222", "#fff"), "dark": ("rgb(230 230 230)", "#111")}.items():
        (tmp_path / f"{name}.html").write_text(SITE % colors)
    with served(tmp_path) as root:
        tab = visit("light.html", root, viewport={"width": 1000, "height": 900})
        first = show(tab, "explorer-stability")
        second = show(tab, "explorer-descent")
        given = stability().defaults | {"learning_rate": 0.5}
        eventually(lambda: settings_of(first), given)  # by the module's model,
        eventually(lambda: settings_of(second), {"learning_rate": 0.5})  # and shared with the other
        slider(second, "learning_rate").press("PageUp")
        eventually(lambda: settings_of(first)["learning_rate"], lambda rate: rate > 0.5)
        assert page_error(first, stability()) <= TOLERANCE
        assert page_error(second, descent()) <= TOLERANCE
        x, y = middle(centre(first.locator(".gx-handle")))
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x, y + 40, steps=3)
        tab.mouse.up()
        settings = eventually(lambda: settings_of(first), lambda at: at["momentum"] < 0.9)
        first.get_by_role("button", name="Copy link").click()
        link = eventually(lambda: tab.evaluate("location.href"), lambda href: "momentum" in href)
        border = "(figure) => getComputedStyle(figure.querySelector('div')).borderLeftWidth"
        assert first.evaluate(border) == "0px"  # the site's style stays outside
        light = first.evaluate(INK)
        tab.evaluate("document.body.style.color = 'white'")
        dark = eventually(lambda: first.evaluate(INK), lambda ink: ink != light)
        tab.evaluate("end()")
        expect(first).to_have_count(0)

        at_night = visit("dark.html" + link.removeprefix(f"{root}light.html"), root)
        restored = show(at_night, "explorer-stability")
        eventually(lambda: settings_of(restored), settings)
        assert restored.evaluate(INK) == dark


# ---- A book of the reader's own ----------------------------------------------------------------

OWN_NOTEBOOK = """\
import jax, jax.numpy as jnp
from lib.figures import Explorer, Line, Picture, number
t = jnp.linspace(0.0, 5.0, 40)
bell = lambda width: jax.vmap(jax.grad(lambda x: jnp.exp(-((x - 2.5) / width) ** 2)))(t)
picture = lambda y: Picture(Line(t, y), x="t", y="slope")
controls = [number("width", 0.1, 2, 1)]
words = {"alt": "A slope.", "caption": "It bends.", "name": "bell"}
figure = Explorer(bell, controls=controls, picture=picture, **words)
figure"""


def test_a_readers_own_function_moves_in_a_book_of_their_own(browser, tmp_path):
    kernel = {"name": "python3", "display_name": "Python 3"}
    words = "# My page\n\nSee {numref}`explorer-bell`."
    cells = [new_markdown_cell(words), new_code_cell(OWN_NOTEBOOK)]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "page.ipynb")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (tmp_path / "_config.yml").write_text(
        "title: Mine\nsphinx:\n  extra_extensions: [lib.figures.sphinx]\n"
    )
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    built = subprocess.run(
        [jupyter_book, "build", tmp_path], capture_output=True, text=True, timeout=300
    )
    assert built.returncode == 0, built.stdout + built.stderr

    names = {}
    exec(OWN_NOTEBOOK, names)
    tab = browser.new_page()
    # The theme's own scripts come from other hosts, which a reader may not reach.
    tab.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    tab.goto((tmp_path / "_build" / "html" / "page.html").as_uri())
    figure = show(tab, "explorer-bell")
    expect(figure.locator("figcaption")).to_have_text("Figure 1. It bends.")
    link = tab.get_by_role("link", name="Figure 1", exact=True)
    assert link.get_attribute("href").endswith("#explorer-bell")
    assert page_error(figure, names["figure"]) <= TOLERANCE
    before = leaves_of(figure)
    slider(figure, "width").press("PageDown")
    wait_for_drawing(figure)
    assert leaves_of(figure) != before
    assert page_error(figure, names["figure"]) <= TOLERANCE
    tab.close()
