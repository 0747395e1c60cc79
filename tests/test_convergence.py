"""The fitted order of convergence, and what bad input is told."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lib.convergence import convergence_order


@pytest.mark.parametrize("order", [-1.0, 0.5, 2.0, 7.0])
def test_a_pure_power_is_found_exactly(order):
    rates = jnp.geomspace(1e-3, 1e-1, 5)
    assert float(convergence_order(rates, 3.7 * rates**order)) == pytest.approx(order, abs=1e-12)


def test_it_is_the_least_squares_line_of_numpy():
    random = np.random.default_rng(0)
    rates, errors = np.exp(random.normal(size=(2, 9)))
    slope, _ = np.polyfit(np.log(rates), np.log(errors), 1)
    assert float(convergence_order(rates, errors)) == pytest.approx(slope, rel=1e-12)


def test_it_runs_in_traced_functions_beside_concrete_numbers():
    rates = jnp.array([0.1, 0.2])
    order = jax.jit(lambda errors: convergence_order(rates, errors))(rates**3)
    assert float(order) == pytest.approx(3.0)


SHAPES = (
    "`step_sizes` and `errors` must be two vectors of one length of at least 2, but their shapes "
    "are {}. Pass one error for each step size."
)
POSITIVE = (
    "`{}` must be positive and finite to have logarithms, but they are {}. Leave out the points "
    "that are zero, negative or not finite."
)
ALIKE = (
    "`step_sizes` must not all be alike, but all are 0.1. Measure the error at two step sizes or "
    "more."
)


@pytest.mark.parametrize(
    ("rates", "errors", "words"),
    [
        ([0.1, 0.2], [1.0], SHAPES.format("(2,) and (1,)")),
        ([0.1], [1.0], SHAPES.format("(1,) and (1,)")),
        (0.1, 1.0, SHAPES.format("() and ()")),
        ([0.1, 0.2], [1.0, 0.0], POSITIVE.format("errors", "[1. 0.]")),
        ([0.1, 0.2], [1.0, np.nan], POSITIVE.format("errors", "[ 1. nan]")),
        ([-0.1, 0.2], [1.0, 2.0], POSITIVE.format("step_sizes", "[-0.1  0.2]")),
        ([0.1, 0.1], [1.0, 2.0], ALIKE),
    ],
)
@pytest.mark.usefixtures("as_for_readers")
def test_bad_input_is_named(rates, errors, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        convergence_order(rates, errors)
