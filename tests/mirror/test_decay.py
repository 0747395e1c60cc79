"""Weight decay: what it does to the balance, and what its limits solve."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import lsq_linear, minimize
from sklearn.linear_model import Lasso

from lib.mirror import (
    balance,
    decay_exponent,
    decay_penalty,
    diagonal_descent,
    metric_exponent,
    steepest_descent,
    steepest_direction,
    steepest_flow,
)

DECAY = 0.5
KEYS = jax.random.split(jax.random.key(5), 10)


def regression(key):
    """Eight equations for three coordinates, whose best solution is neither small nor sparse."""
    a, b = jax.random.split(key)
    design = jax.random.normal(a, (8, 3)) / 2
    return design, design @ jnp.array([2.0, -1.5, 0.3]) + 0.3 * jax.random.normal(b, (8,))


def squares(design, targets):
    return lambda x: jnp.sum((design @ x - targets) ** 2) / 2


def start(depth):
    """One layer at zero: the sign of x is free."""
    return jnp.full((depth, 3), 0.7).at[0].set(0.0)


@pytest.mark.parametrize("q", [1.0, 1.3, 2.0])
@pytest.mark.parametrize("depth", [2, 4])
def test_the_balance_decays_at_the_rate_q_times_alpha(q, depth):
    w = 0.3 + jax.random.uniform(KEYS[0], (depth, 3))
    times = jnp.array([0.0, 0.2, 0.5])
    run = steepest_flow(squares(*regression(KEYS[0])), w, times, q=q, weight_decay=0.3)
    first = balance(w, q)
    for t, weights in zip(times[1:], run.weights[1:], strict=True):
        rates = -jnp.log(balance(weights, q) / first) / (0.3 * t)
        np.testing.assert_allclose(rates, q, atol=1e-6)


def test_the_exponents_of_the_two_decays():
    assert [float(decay_exponent(q, n)) for q, n in ((2, 2), (1.5, 2), (1.25, 2))] == [1, 1.5, 2.5]
    assert decay_exponent(1.0, 7) == jnp.inf
    assert decay_exponent(1.0, 4, decoupled=False) == decay_exponent(2.0, 4) == 0.5
    for depth in range(2, 6):  # an L1 norm where the metric exponent is 1, and only there 2 - m
        q = depth / (depth - 1)
        assert decay_exponent(q, depth) == pytest.approx(1)
        assert metric_exponent(q, depth) == pytest.approx(1)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("decoupled", [True, False])
def test_balanced_weights_rest_where_loss_and_penalty_are_stationary(depth, decoupled):
    x = jnp.array([0.3, -1.7])
    w = jnp.tile(jnp.abs(x) ** (1 / depth), (depth, 1)).at[0].multiply(jnp.sign(x))

    @jax.jit
    def at(q):
        settings = {"q": q, "weight_decay": DECAY, "decoupled": decoupled}
        force = -jax.grad(lambda v: decay_penalty(v, depth=depth, **settings))(x)
        pull = jax.grad(lambda v: force @ v.prod(0))(w)
        step = steepest_descent(1.0, **settings)
        return step.update(pull, step.init(w), w)[0], steepest_direction(pull, q)

    for q in (1.25, 1.5, 2.0):
        update, direction = at(q)
        # With coupled decay it is a power of a rounding error.
        np.testing.assert_allclose(update, 0, atol=1e-14 ** (1 if decoupled else q - 1))
        assert np.abs(direction).min() > 0.1  # not for want of a force


def test_the_penalty_of_sign_descent_is_a_box():
    settings = {"q": 1.0, "depth": 2, "weight_decay": DECAY}
    assert decay_penalty(jnp.array([4.0, -0.1]), **settings) == 0
    assert decay_penalty(jnp.array([4.01, 0.0]), **settings) == jnp.inf
    near = decay_penalty(jnp.array([3.9]), **settings | {"q": 1.001})
    far = decay_penalty(jnp.array([4.1]), **settings | {"q": 1.001})
    assert near < 1e-4
    assert far > 100


def lasso(design, targets, strength):
    """The minimum of half the squares plus the strength times the L1 norm, by scikit-learn."""
    model = Lasso(strength / len(targets), fit_intercept=False, tol=1e-14, max_iter=100_000)
    return model.fit(design, targets).coef_


CONVEX = [(2.0, 2), (1.5, 3), (1.5, 2), (1.25, 2), (1.25, 3), (1.0, 2), (1.0, 3)]


@pytest.mark.parametrize("number", range(10))
def test_the_flow_ends_at_an_independent_minimum(number):
    q, depth = CONVEX[number % len(CONVEX)]
    design, targets = (np.asarray(part) for part in regression(KEYS[number]))
    late = jnp.array([0.0, 300.0])
    run = steepest_flow(squares(design, targets), start(depth), late, q=q, weight_decay=DECAY)
    if q == 1:
        box = (-(DECAY**-depth), DECAY**-depth)
        known = lsq_linear(design, targets, box, tol=1e-14).x
    elif decay_exponent(q, depth) == 1:
        known = lasso(design, targets, DECAY ** (depth - 1))
    else:
        power, strength = q / (q - 1) / depth, DECAY ** (1 / (q - 1))

        def value(x):
            return (
                np.sum((design @ x - targets) ** 2) / 2
                + strength * np.sum(np.abs(x) ** power) / power
            )

        def slope(x):
            return design.T @ (design @ x - targets) + strength * np.sign(x) * np.abs(x) ** (
                power - 1
            )

        known = minimize(value, np.ones(3), jac=slope, options={"gtol": 1e-12}).x
    np.testing.assert_allclose(run.effective[-1], known, atol=1e-6)


def test_coupled_decay_ends_at_the_lasso_for_every_q():
    design, targets = regression(KEYS[3])
    known = lasso(np.asarray(design), np.asarray(targets), DECAY)
    for q, tolerance in ((2.0, 1e-8), (1.25, 2e-3), (1.0, 1e-2)):  # below 2 steps jump at the end
        optimizer = steepest_descent(2e-3, q=q, weight_decay=DECAY, decoupled=False)
        run = diagonal_descent(
            squares(design, targets), start(2), optimizer, steps=40_000, every=40_000
        )
        np.testing.assert_allclose(run.effective[-1], known, atol=tolerance)


def test_sign_descent_shrinks_the_balance_by_one_factor_a_step():
    rate, steps = 1e-3, 500
    w = 0.5 + jax.random.uniform(KEYS[1], (3, 3))
    loss = squares(*regression(KEYS[1]))
    optimizer = steepest_descent(rate, q=1.0, weight_decay=DECAY)
    run = diagonal_descent(loss, w, optimizer, steps=steps)
    assert (run.weights > 0).all()
    expected = (1 - rate * DECAY) ** np.arange(steps + 1) * np.asarray(balance(w, 1.0))[..., None]
    found = jax.vmap(lambda v: balance(v, 1.0))(run.weights)
    np.testing.assert_allclose(np.moveaxis(found, 0, -1), expected, atol=3e-14)


def test_small_steps_follow_the_flow():
    loss, w = squares(*regression(KEYS[2])), start(3)
    known = steepest_flow(loss, w, jnp.array([0.0, 2.0]), q=1.5, weight_decay=0.3).weights[-1]
    errors = []
    for steps in (1000, 2000):
        optimizer = steepest_descent(2.0 / steps, q=1.5, weight_decay=0.3)
        run = diagonal_descent(loss, w, optimizer, steps=steps, every=steps)
        errors.append(jnp.abs(run.weights[-1] - known).max())
    assert errors[0] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_any_optimizer_of_optax_runs_and_also_in_jit():
    def end(rate):
        adamw = optax.adamw(rate, b2=0.9, weight_decay=DECAY)
        return diagonal_descent(
            lambda x: jnp.sum((x - 1) ** 2), jnp.full((2, 1), 0.5), adamw, steps=3000, every=3000
        ).effective[-1, 0]

    assert jax.jit(end)(1e-3) == pytest.approx(1, abs=1e-3)  # 1 lies in the box
