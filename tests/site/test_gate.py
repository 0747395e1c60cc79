"""The figure gate: what a page computes is what JAX computes, for every Explorer of the book.

At the corners of the controls' ranges and at random settings between them, each number that the
JavaScript of a figure gives under Node was compared with JAX's when the notebook ran
(tools/gate.py); here that is judged. Then a reader's hands move the controls of the built page, and
the numbers in the page are compared with Node's.
"""

import re
import zlib

import book
import gate
import jax
import jax.numpy as jnp
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
from gate import TOLERANCE, Figure, is_wrong, rounding_error
from node import Node
from playwright.sync_api import Locator

from lib.figures import Explorer, Line, Picture, choice, learning_rate, number

CHAOTIC = 0.2  # of a figure's settings, at most; never the defaults


@pytest.fixture(scope="module")
def node():
    process = Node()
    yield process
    process.close()


def figures_of(page: str) -> dict[str, Figure]:
    """The figures of the notebook behind a page, as noted when it ran, or those it copies."""
    source = book.ROOT / page
    if source.with_suffix(".ipynb").exists():
        run = book.find_run(source.with_suffix(".ipynb"))
        assert run is not None, "the notebook has not been run as it is now: run make book"
        return gate.read(run.figures)
    copies = re.findall(r"\{explorer\} (\S+) (\S+)", source.with_suffix(".md").read_text("utf-8"))
    return {name: figures_of(f"{other}.html")[name] for other, name in copies}


def test_a_figure_computes_what_jax_computes(page_with_figures, record_property):
    too_far = []
    for figure in figures_of(page_with_figures).values():
        compared = figure.errors
        large = [
            (error, rounding, settings)
            for error, rounding, settings in zip(
                compared, figure.rounding, figure.settings, strict=True
            )
            if not error <= TOLERANCE
        ]
        wrong = [
            f"{figure.name}: error {error:.1e} at {settings}"
            for error, rounding, settings in large
            if settings == figure.settings[0] or is_wrong(error, rounding)
        ]
        worst = max(error for error in compared if error <= TOLERANCE)
        counts = f"{len(compared)} | {len(large) - len(wrong)}"
        record_property("gate", f"| {figure.name} | {counts} | {worst:.1e} |")
        assert len(compared) > gate.RANDOM
        assert len(large) <= CHAOTIC * len(compared), f"{figure.name} is chaotic too often"
        too_far += wrong
    assert not too_far, "\n".join([f"the page is more than {TOLERANCE} off JAX:", *too_far])


class InNode:
    """A figure of the book, computed by its JavaScript in Node."""

    def __init__(self, node: Node, figure: Figure):
        self.node, self.figure, self.declared = node, figure, figure.whole

    def leaves(self, settings: dict[str, float]) -> list[np.ndarray]:
        """The numbers that the page should show."""
        return self.node.run(self.figure.javascript, [tuple(settings.values())])[0]

    def is_wrong(self, settings: dict[str, float], error: float) -> bool:
        """Whether an error of the page there is more than the chaos of the figure."""
        expected = self.leaves(settings)
        return is_wrong(error, rounding_error(expected, self.leaves, settings, self.declared))


def drive(figure: Locator, random: np.random.Generator) -> None:
    """Set every control at random: menus chosen, sliders clicked, or values and seeds typed."""
    moved = sliders(figure)
    fields = figure.locator(".gx-control:has(input[type=range]) input[type=text]").all()
    for seed in figure.locator(".gx-seed input").all():
        seed.fill(str(random.integers(100)))
        seed.press("Enter")
    for menu in figure.locator("select").all():
        menu.select_option(index=int(random.integers(menu.locator("option").count())))
    for slider, field in zip(moved, fields, strict=True):
        box = centre(slider)
        slider.click(position={"x": random.uniform(0, box["width"]), "y": box["height"] / 2})
        if random.random() < 0.5:
            value = settings_of(figure)[slider.get_attribute("id").split("-", 2)[2]]
            field.fill(str(value * random.uniform(0.9, 1.1)))
            field.press("Enter")


def test_the_page_shows_the_numbers_of_its_function(node, reopen, page_with_figures):
    tab = reopen(page_with_figures)
    known = {f"explorer-{name}": noted for name, noted in figures_of(page_with_figures).items()}
    ids = tab.locator("geometry-explorer").evaluate_all("nodes => nodes.map((node) => node.id)")
    assert ids
    for id in ids:
        figure, expected = show(tab, id), InNode(node, known[id])
        source = figure.evaluate("(figure) => figure.computation.source")
        assert source == known[id].javascript.source
        random = np.random.default_rng(zlib.crc32(id.encode()))
        for _ in range(3):
            before, count = settings_of(figure), count_drawings(figure)
            drive(figure, random)
            settings = settings_of(figure)
            if settings != before:  # a click may hit the place where a slider stands
                wait_for_drawing(figure, count)
            error = page_error(figure, expected)
            assert not expected.is_wrong(settings, error), f"{id}: {error:.1e} at {settings}"


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
    settings = gate.settings_to_try(right)
    leaves = [right.leaves(one) for one in settings]
    assert max(gate.note(right, node).errors) <= TOLERANCE
    assert min(gate.errors(node, wrong.javascript, settings, leaves)) > TOLERANCE


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

    def rounding(growth):
        settings = {"growth": growth}
        return rounding_error(
            explorer.leaves(settings), explorer.leaves, settings, {"growth": False}
        )

    for growth in (2.0, 3.5):  # a fixed point and a cycle of four
        assert rounding(growth) < 1e-12
        assert is_wrong(1e-8, rounding(growth))
    assert rounding(3.99) > 0.1
    assert not is_wrong(0.5, rounding(3.99))
