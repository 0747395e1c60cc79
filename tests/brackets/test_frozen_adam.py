"""Adam with a frozen divisor: its settled gap against both orders, run with NumPy."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from trees import assert_close

from lib.brackets import adam_divisor, frozen_adam_gap
from lib.fields import gradient_field, lie_bracket

X, Y = np.array([1.0, -2.0]), np.array([0.5, 3.0])
START = jnp.array([0.3, -0.7])
MOMENTS = optax.ScaleByAdamState(
    count=jnp.array(7), mu=jnp.array([0.2, -0.1]), nu=jnp.array([0.04, 0.01])
)
B1, B2, EPS, RATE = 0.8, 0.99, 1e-3, 0.1


def quadratic(params, example):
    return 0.5 * (params @ example) ** 2 + example[0] * params[1]


FIELD = gradient_field(quadratic)


def test_the_divisor_is_that_of_optax():
    # A step on a zero gradient with learning rate 1 is minus the mean over the divisor.
    adam = optax.adam(1.0, b1=B1, b2=B2, eps=EPS)
    with jax.numpy_dtype_promotion("standard"):
        step, state = adam.update(jnp.zeros(2), (MOMENTS, optax.EmptyState()))
    mean = state[0].mu / (1 - B1**8)
    np.testing.assert_allclose(adam_divisor(state[0], b2=B2, eps=EPS), -mean / step, rtol=1e-12)


def test_the_settled_gap_of_quadratic_losses_is_exact():
    divisor = np.sqrt(np.array([0.04, 0.01]) / (1 - B2**7)) + EPS

    def settled(order):
        theta, mean = np.array([0.3, -0.7]), np.array([0.2, -0.1])
        for x in order:
            gradient = (theta @ x) * x + np.array([0.0, x[0]])
            mean = B1 * mean + (1 - B1) * gradient
            theta = theta - RATE * mean / divisor
        return theta - RATE * B1 / (1 - B1) * mean / divisor

    gap = frozen_adam_gap(FIELD, START, MOMENTS, X, Y, learning_rate=RATE, b1=B1, b2=B2, eps=EPS)
    np.testing.assert_allclose(gap, settled([X, Y]) - settled([Y, X]), rtol=1e-10)


def test_without_momentum_it_is_the_bracket_of_the_preconditioned_fields():
    def wavy(params, example):
        return jnp.sum(jnp.sin(params * example)) + params[0] * params[1] ** 2

    field, divisor = gradient_field(wavy), adam_divisor(MOMENTS, b2=B2, eps=EPS)
    bracket = lie_bracket(lambda p: field(p, X) / divisor, lambda p: field(p, Y) / divisor)(START)
    gap = frozen_adam_gap(field, START, MOMENTS, X, Y, learning_rate=1.0, b1=0.0, b2=B2, eps=EPS)
    assert_close(gap, bracket, 1e-12)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"b1": 1.0}, "`b1` must lie in [0, 1), but it is 1.0."),
        ({"b2": 1.0}, "`b2` must lie in [0, 1), but it is 1.0."),
        ({"eps": 0.0}, "`eps` must be above 0, but it is 0.0."),
        ({"field": 3}, "`field` must be a function field(params, example), but it is the int 3. "),
        ({"moments": MOMENTS._replace(count=0)}, "`moments.count` must be above 0, but it is 0."),
    ],
)
def test_errors_name_the_argument(wrong, message):
    given = {"field": FIELD, "params": START, "moments": MOMENTS, "x": X, "y": Y}
    with pytest.raises(ValueError, match=re.escape(message)):
        frozen_adam_gap(**given | {"learning_rate": RATE} | wrong)
