"""The figure gate: what a page computes is what JAX computes, for every Explorer of the book.

At the corners of the controls' ranges and at random settings between them, the JavaScript of each
figure runs under Node, and each of its numbers is compared with JAX's. Then a reader's hands move
the controls of the built page, and the numbers in the page are compared.
"""

import functools
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

RANDOM = 20
CHAOTIC = 0.2  # of a figure's settings, at most; never the defaults


@pytest.fixture(scope="module")
def node():
    process = Node()
    yield process
    process.close()


def settings_to_try(explorer: Explorer) -> list[dict[str, float]]:
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
