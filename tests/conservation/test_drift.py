"""How far each optimizer lets the law Q = UᵀU − VᵀV drift over a fixed time."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lib.fields import flow

U_KEY, V_KEY, TARGET_KEY, *_ = jax.random.split(jax.random.key(0), 5)
START = (
    0.6 * jax.random.normal(U_KEY, (3, 4)),
    0.6 * jax.random.normal(V_KEY, (3, 4)),
)
TARGET = jax.random.normal(TARGET_KEY, (3, 3))


def gradient(params):
    def loss(layers):
        return 0.5 * jnp.sum((layers[0] @ layers[1].T - TARGET) ** 2)

    return jax.grad(loss)(params)


def law(params):
    u, v = params
    return u.T @ u - v.T @ v


def drift(optimizer, steps):
    """How far the law is from its start after some steps."""

    def step(carry, _):
        params, state = carry
        updates, state = optimizer.update(gradient(params), state, params)
        return (optax.apply_updates(params, updates), state), None

    with jax.numpy_dtype_promotion("standard"):  # for Optax
        (end, _), _ = jax.lax.scan(step, (START, optimizer.init(START)), length=steps)
    return float(jnp.linalg.norm(law(end) - law(START)))


RATES = (0.02, 0.01, 0.005, 0.0025)


def test_gradient_descent_drifts_by_its_learning_rate_times_an_integral():
    def field(state):
        (gu, gv) = gradient(state[0])
        return (-gu, -gv), gu.T @ gu - gv.T @ gv

    _, integral = flow(field, (START, jnp.zeros((4, 4))), time=4.0, steps=400)
    size = float(jnp.linalg.norm(integral))
    np.testing.assert_allclose(size, 1.59982, atol=1e-5)
    ratios = [drift(optax.sgd(rate), round(4 / rate)) / rate for rate in RATES]
    np.testing.assert_allclose(ratios, [1.6383, 1.6185, 1.6091, 1.6044], atol=1e-4)
    off = np.array(ratios) - size
    np.testing.assert_allclose(off[:-1] / off[1:], 2, rtol=0.06)  # to first order


@pytest.mark.parametrize(
    ("nesterov", "drifts"),
    [(False, [4.99, 2.74, 1.45, 0.73]), (True, [3.57, 2.13, 1.19, 0.62])],
)
def test_momentum_drifts_in_proportion_to_the_learning_rate(nesterov, drifts):
    found = [
        drift(optax.sgd(rate, momentum=0.9, nesterov=nesterov), round(4 / rate)) for rate in RATES
    ]
    np.testing.assert_allclose(found, drifts, atol=0.006)


def test_under_adam_the_drift_does_not_vanish_with_the_learning_rate():
    found = [drift(optax.adam(rate), round(0.5 / rate)) for rate in (4e-3, 2e-3, 1e-3)]
    np.testing.assert_allclose(found, [2.30, 2.35, 2.38], atol=0.01)
