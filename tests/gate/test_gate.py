"""The figure gate: what a page computes is what JAX computes, for every Explorer of the book.

At the corners of the controls' ranges and at random settings between them, the JavaScript of each
figure runs under Node, and each of its numbers is compared with JAX's.
"""

import math
import zlib

import jax.numpy as jnp
import notebooks
import numpy as np
import pytest
from explorers import explorers, figure_error
from node import Node

from lib.figures import Explorer, Line, Picture, choice, learning_rate, number
from lib.figures.explorer import Control

RANDOM = 20
TOLERANCE = 1e-9


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


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_the_page_computes_what_jax_computes(node, path, record_property):
    too_far = []
    for explorer in explorers(path):
        compared = errors(node, explorer)
        worst = max(error for error, _ in compared)
        record_property("gate", f"| {explorer.name} | {len(compared)} | {worst:.1e} |")
        too_far += [
            f"{explorer.name}: error {error:.1e} at {settings}"
            for error, settings in compared
            if not error <= TOLERANCE
        ]
    assert not too_far, "\n".join([f"the page is more than {TOLERANCE} off JAX:", *too_far])


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
