"""Escape times against closed forms, quadrature and flows; the window against runs."""

from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.integrate import quad
from scipy.special import gamma, hyp2f1

from lib.mirror import escape_time, learning_rate_window, steepest_flow
from lib.simulate import run_optimizer

# (q, L, w_0): the 36 settings, depths that are not in the table, and m = 1
GRID = np.array(
    [
        *product((1.0, 1.5, 2.0), (2.0, 3.0, 4.0, 5.0), (0.1, 0.03, 0.01)),
        *product((1.0, 1.2, 1.25), (1.0, 5.0, 8.0), (0.02,)),
    ]
).T
LAYERS = jnp.arange(5)
CLOSED = (4, 0.03), (5, 0.1)  # where gradient descent has no learning rate for a thousand steps


@partial(jax.jit, static_argnums=0)
def times(setting, targets, q, depth, start):
    one = partial(escape_time, **dict(setting))
    return jax.vmap(lambda x, q, depth, w: one(x, w, q=q, depth=depth))(targets, q, depth, start)


def test_both_starts_have_their_closed_forms():
    q, depth, start = GRID
    e, m = (depth - 1) * (q - 1), q * (depth - 1) / depth
    first = 0.7  # the first weight at the end
    targets = first * (start**q + first**q) ** ((depth - 1) / q)
    rest = np.where(m == 1, 1, 1 - m)
    powers = (targets**rest - start ** (depth * rest)) / depth / rest
    balanced = np.where(m == 1, np.log(targets / start**depth) / depth, powers)
    np.testing.assert_allclose(times((), targets, q, depth, start), balanced, rtol=1e-12)
    series = hyp2f1(e / q, 1 / q, 1 + 1 / q, -((first / start) ** q))
    zero = times((("balanced", False),), targets, q, depth, start)
    np.testing.assert_allclose(zero, first * start**-e * series, rtol=1e-12)


def test_from_beyond_the_target_the_time_is_negative():
    there = escape_time(0.5, 0.1, q=1.5, depth=3)
    back = escape_time(0.1**3, 0.5 ** (1 / 3), q=1.5, depth=3)
    assert float(back) == pytest.approx(-float(there), rel=1e-12)


@pytest.mark.parametrize(("q", "depth", "start"), [(2.0, 3, 0.1), (2.0, 5, 0.2), (1.75, 4, 0.1)])
def test_the_plateau_has_its_gamma_functions(q, depth, start):
    e = (depth - 1) * (q - 1)
    limit = start ** (1 - e) * gamma(1 / q) * gamma((e - 1) / q) / gamma(e / q) / q
    found = escape_time(1e40, start, q=q, depth=depth, balanced=False)
    assert found == pytest.approx(limit, rel=1e-12)


def test_the_quadratic_loss_has_the_known_table():
    q, depth, start = GRID[:, :36]
    found = times((("minimum", 1.0),), np.full(36, 0.5), q, depth, start)
    known = """.607 .677 .697 .694 .764 .784 .741 .811 .831 .771 .841 .861
        1.158 1.445 1.591 2.177 3.381 4.480 4.241 9.463 17.92 8.940 32.27 98.94
        2.298 3.506 4.605 9.145 32.48 99.15 49.73 555.3 5000 333.3 1.235e4 3.333e5"""
    np.testing.assert_allclose(found, [float(time) for time in known.split()], rtol=8e-4)


def test_one_zero_layer_under_the_quadratic_loss_is_its_quadrature():
    q, depth, start = GRID[:, :36]
    found = times((("minimum", 1.0), ("balanced", False)), np.full(36, 0.5), q, depth, start)
    for n in range(0, 36, 5):

        def effective(w, n=n):
            return w * (start[n] ** q[n] + w ** q[n]) ** ((depth[n] - 1) / q[n])

        def pace(log, n=n):
            w = np.exp(log)
            slope = effective(w) / w * (1 - effective(w))
            return w * slope ** (1 - q[n])

        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if effective(middle) > 0.5 else (middle, high)
        edges = np.log(start[n]) - 40, np.log(start[n]), np.log(high)
        known = sum(quad(pace, *edges[k : k + 2], epsabs=0, limit=200)[0] for k in (0, 1))
        assert found[n] == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize("balanced", [True, False])
def test_the_flow_arrives_at_that_time(balanced):
    for q in (1.0, 1.5, 2.0):
        time = escape_time(0.5, 0.1, q=q, depth=3, balanced=balanced)
        weights = jnp.full((3, 1), 0.1).at[0].set(0.1 * balanced)
        run = steepest_flow(lambda x: -x.sum(), weights, jnp.array([0.0, time]), q=q)
        assert run.effective[-1, 0] == pytest.approx(0.5, rel=1e-6)


def loss(depth, w):
    """(x - 1)²/2 of the first `depth` of five weights."""
    return (jnp.where(depth > LAYERS, w, 1.0).prod() - 1) ** 2 / 2


def downhill(depth, w, _=None):
    return -jax.grad(partial(loss, depth))(w)


@partial(jax.jit, static_argnums=0)
def losses_of(optimizer, steps, rates, depth, weights):
    """The losses of runs with several learning rates."""

    def one(rate):
        run = run_optimizer(optimizer(rate), partial(downhill, depth), weights, steps)
        return jax.vmap(partial(loss, depth))(run.trajectory)

    return jax.vmap(one)(rates)


def from_zero_layer(start):
    return jnp.full(5, start).at[0].set(0.0)


@pytest.mark.parametrize(
    ("depth", "start", "gradient", "sign"),
    [
        (2, 0.1, 0.0030, 6.61e-4),
        (3, 0.1, 0.0150, 7.33e-4),
        (3, 0.01, 0.158, 7.90e-4),
        (4, 0.1, 0.101, 7.72e-4),
        (4, 0.03, 1.12, 8.22e-4),
        (5, 0.1, 0.79, 7.94e-4),
    ],
)
def test_the_window_opens_where_runs_of_a_thousand_steps_arrive(depth, start, gradient, sign):
    for optimizer, q, known in ((optax.sgd, 2.0, gradient), (optax.sign_sgd, 1.0, sign)):
        smallest, largest = learning_rate_window(depth, start, steps=1000, q=q)
        assert smallest == pytest.approx(known, rel=0.02)
        assert (smallest > largest) == (q == 2 and (depth, start) in CLOSED)
        rates = smallest * jnp.array([0.98, 1.02])
        losses = losses_of(optimizer, jnp.arange(1000), rates, depth, from_zero_layer(start))
        assert ((losses < 0.125).any(1) == jnp.array([False, True])).all()


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_gradient_descent_is_unstable_above_the_window_and_not_below(depth):
    rates = learning_rate_window(depth, 0.1, steps=1000).largest * jnp.array([0.985, 1.015])
    losses = losses_of(optax.sgd, jnp.arange(4000), rates, depth, jnp.full(5, 0.9))
    assert losses[0, -1] < 1e-12
    assert not losses[1, -1] < 1e-6


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_sign_descent_keeps_its_loss_up_to_half_of_the_limit_and_not_beyond_it(depth):
    limit = learning_rate_window(depth, 0.1, steps=1000, q=1.0).largest
    rates = limit * jnp.array([0.25, 0.45, 1.1, 1.5])
    losses = losses_of(optax.sign_sgd, jnp.arange(1000), rates, depth, from_zero_layer(0.1))
    worst = losses[:, -10:].max(1)
    assert ((worst < 1e-3) == jnp.array([True, True, False, False])).all()


def test_between_the_two_the_steps_swing_as_far_as_the_window_says():
    q, depth = 1.5, 3
    window = learning_rate_window(depth, 0.1, steps=1000, q=q, tolerance=1e-4)

    def step(w, _):
        tangent = downhill(depth, w)
        return w + window.largest * jnp.sign(tangent) * jnp.abs(tangent) ** (q - 1), None

    end = jax.lax.scan(step, jnp.full(5, 0.9), None, length=2000)[0]
    assert (end[:depth].prod() - 1) ** 2 / 2 == pytest.approx(1e-4, rel=0.05)
