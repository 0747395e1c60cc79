"""The figure gate: what a page computes is what JAX computes, for every Explorer of the book.

At the corners of the controls' ranges and at random settings between them, the JavaScript of each
figure runs under Node, and each of its numbers is compared with JAX's. Then a reader's hands move
the controls of the built page, and the numbers in the page are compared.
"""

import functools
import math
import zlib
from pathlib import Path

import jax
import jax.numpy as jnp
import notebooks
import numpy as np
import pytest
from browser import (
    centre,
    count_drawings,
    page_error,
    settings_of,
    show,
    sliders,
    wait_for_drawing,
)
from explorers import TOLERANCE, explorers, figure_error, is_wrong, rounding_error
from node import Node
from playwright.sync_api import Locator

from lib.figures import Explorer, Line, Picture, choice, learning_rate, number
from lib.figures.explorer import Control

RANDOM = 20
CHAOTIC = 0.2  # of a figure's settings, at most; never the defaults


@pytest.fixture(scope="module")
def node():
    process = Node()
    yield process
    process.close()


def random_setting(control: Control, random: np.random.Generator) -> float:
    """A value that the page can send, spread over the control's own scale."""
    low, high = control.minimum, control.maximum
    if control.scale == "log2":
        return int(2 ** random.integers(int(math.log2(low)), int(math.log2(high)), endpoint=True))
    if control.whole:
        return int(random.integers(low, high, endpoint=True))
    if control.scale == "log":
        return float(np.clip(math.exp(random.uniform(math.log(low), math.log(high))), low, high))
    return float(random.uniform(low, high))


def settings_to_try(explorer: Explorer) -> list[dict[str, float]]:
    """The defaults, both ends of each control, all at once and one by one, and random ones."""
    random = np.random.default_rng(zlib.crc32(explorer.name.encode()))
    declared = explorer.declared.values()
    ends = [{c.name: getattr(c, end) for c in declared} for end in ("minimum", "maximum")]
    single = [explorer.defaults | {name: end[name]} for end in ends for name in end]
    drawn = [{c.name: random_setting(c, random) for c in declared} for _ in range(RANDOM)]
    return [explorer.defaults, *ends, *single, *drawn]


def errors(node: Node, explorer: Explorer) -> list[tuple[float, dict[str, float]]]:
    """The worst relative error at each setting."""
    tried = settings_to_try(explorer)
    calls = [tuple(settings.values()) for settings in tried]
    found = node.run(explorer.javascript, calls)
    return [
        (figure_error(explorer.leaves(settings), leaves), settings)
        for settings, leaves in zip(tried, found, strict=True)
    ]


@functools.lru_cache(maxsize=1)
def explorers_of(page: str) -> list[Explorer]:
    """The Explorers of the notebook behind a page; running it takes longer than the tests."""
    return explorers(notebooks.ROOT / Path(page).with_suffix(".ipynb"))


def test_a_figure_computes_what_jax_computes(node, page_with_figures, record_property):
    too_far = []
    for explorer in explorers_of(page_with_figures):
        compared = errors(node, explorer)
        large = [(error, settings) for error, settings in compared if not error <= TOLERANCE]
        wrong = [
            f"{explorer.name}: error {error:.1e} at {settings}"
            for error, settings in large
            if settings == explorer.defaults or is_wrong(explorer, settings, error)
        ]
        worst = max(error for error, _ in compared if error <= TOLERANCE)
        counts = f"{len(compared)} | {len(large) - len(wrong)}"
        record_property("gate", f"| {explorer.name} | {counts} | {worst:.1e} |")
        assert len(large) <= CHAOTIC * len(compared), f"{explorer.name} is chaotic too often"
        too_far += wrong
    assert not too_far, "\n".join([f"the page is more than {TOLERANCE} off JAX:", *too_far])


def drive(figure: Locator, random: np.random.Generator) -> None:
    """Set every control at random: menus chosen, sliders clicked, or values typed."""
    for menu in figure.locator("select").all():
        menu.select_option(index=int(random.integers(menu.locator("option").count())))
    for slider, field in zip(
        sliders(figure), figure.locator("input[type=text]").all(), strict=True
    ):
        box = centre(slider)
        slider.click(position={"x": random.uniform(0, box["width"]), "y": box["height"] / 2})
        if random.random() < 0.5:
            value = float(field.input_value().replace("−", "-"))
            field.fill(str(value * random.uniform(0.9, 1.1)))
            field.press("Enter")


def test_the_page_shows_the_numbers_of_jax(reopen, page_with_figures):
    tab = reopen(page_with_figures)
    known = {f"explorer-{explorer.name}": explorer for explorer in explorers_of(page_with_figures)}
    ids = tab.locator("geometry-explorer").evaluate_all("nodes => nodes.map((node) => node.id)")
    assert ids
    for id in ids:
        figure, explorer = show(tab, id), known[id]
        random = np.random.default_rng(zlib.crc32(id.encode()))
        for _ in range(3):
            before, count = settings_of(figure), count_drawings(figure)
            drive(figure, random)
            settings = settings_of(figure)
            if settings != before:  # a click may hit the place where a slider stands
                wait_for_drawing(figure, count)
            error = page_error(figure, explorer)
            assert not is_wrong(explorer, settings, error), f"{id}: {error:.1e} at {settings}"


def test_the_gate_sees_an_error_in_one_number(node):
    def wave(rate, which):
        return jnp.sin(rate * jnp.arange(5.0) + which)

    def figure(function):
        return Explorer(
            function,
            controls=[learning_rate(0.1, 10, 1, name="rate"), choice("which", ["a", "b", "c"])],
            picture=lambda y: Picture(Line(jnp.arange(5.0), y), x="x", y="y"),
            alt="A wave.",
            name="wave",
        )

    right, wrong = figure(wave), figure(lambda rate, which: wave(rate, which) * (1 + 1e-8))
    assert max(error for error, _ in errors(node, right)) <= TOLERANCE
    right.javascript = wrong.javascript
    assert min(error for error, _ in errors(node, right)) > TOLERANCE


def test_chaos_is_told_from_a_wrong_number():
    def logistic_map(growth):
        steps = jnp.arange(100)
        return jax.lax.scan(lambda x, _: (growth * x * (1 - x),) * 2, 0.3, steps)[1]

    explorer = Explorer(
        logistic_map,
        controls=[number("growth", 1, 4, 2)],
        picture=lambda x: Picture(Line(jnp.arange(100.0), x), x="step", y="x"),
        alt="Iterates of the logistic map.",
    )
    for growth in (2.0, 3.5):  # a fixed point and a cycle of four
        assert rounding_error(explorer, {"growth": growth}) < 1e-12
        assert is_wrong(explorer, {"growth": growth}, 1e-8)
    assert rounding_error(explorer, {"growth": 3.99}) > 0.1
    assert not is_wrong(explorer, {"growth": 3.99}, 0.5)


def test_random_settings_are_those_a_page_can_send():
    random = np.random.default_rng(0)
    powers = Control("b", "B", "b", 1, 256, 8, scale="log2", whole=True)
    whole = Control("k", "k", "k", 0, 3, 1, whole=True)
    assert {random_setting(powers, random) for _ in range(200)} == {2**p for p in range(9)}
    assert {random_setting(whole, random) for _ in range(200)} == {0, 1, 2, 3}
    drawn = [random_setting(learning_rate(1e-4, 1, 0.1), random) for _ in range(400)]
    assert 1e-4 <= min(drawn) < 1e-3
    assert 0.1 < max(drawn) <= 1
    assert np.median(drawn) == pytest.approx(1e-2, rel=0.5)
    linear = [random_setting(number("x", -1, 3, 0), random) for _ in range(400)]
    assert np.mean(linear) == pytest.approx(1, abs=0.2)
