"""Steepest flows: what they keep, where they end, and the sign flow through its kinks."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lib.mirror import balance, mirror_map, steepest_direction, steepest_flow

TIMES = jnp.linspace(0.0, 2.0, 9)
DESIGN = jax.random.normal(jax.random.key(1), (3, 4))
TARGETS = jnp.array([1.0, -0.5, 0.3])
BOWL, LOWEST = jnp.array([[2.0, 0.5], [0.5, 1.0]]), jnp.array([1.0, 0.2])


def regression(x):
    return jnp.sum((DESIGN @ x - TARGETS) ** 2) / 2


def bowl(x):
    return (x - LOWEST) @ BOWL @ (x - LOWEST) / 2


def start(depth):
    return 0.5 * jax.random.normal(jax.random.key(depth), (depth, 4))


@pytest.mark.parametrize(
    ("q", "depth"), [*product((1.0, 1.5, 2.0), (2, 3)), (1.0, 6), (1.25, 5), (1.75, 4)]
)
def test_the_flow_keeps_the_balance_and_decay_multiplies_it(q, depth):
    first = np.asarray(balance(start(depth), q))
    for decay in (0.0, 0.3):
        run = steepest_flow(regression, start(depth), TIMES, q=q, weight_decay=decay)
        kept = np.stack([balance(w, q) for w in run.weights])
        expected = np.exp(-q * decay * np.asarray(TIMES))[:, None, None] * first
        np.testing.assert_allclose(kept, expected, atol=1e-8)
        np.testing.assert_allclose(run.effective, run.weights.prod(1), rtol=1e-12)


@pytest.mark.parametrize("q", [1.0, 1.5, 2.0])
def test_the_mirror_coordinate_moves_by_the_integral_of_the_direction(q):
    w = start(3)
    late = 0.5 if q > 1 else 0.15  # before the first sign changes
    run = steepest_flow(regression, w, jnp.array([0.0, late]), q=q)
    moved = mirror_map(run.effective[-1], w, q) - mirror_map(run.effective[0], w, q)

    @jax.jit
    def both(state):
        weights = state[:-4].reshape(w.shape)
        direction = steepest_direction(jax.grad(regression)(weights.prod(0)), q)
        slope = jax.grad(lambda v: regression(v.prod(0)))(weights)
        return jnp.concatenate([steepest_direction(slope, q).ravel(), direction])

    state = np.concatenate([np.ravel(w), np.zeros(4)])
    known = solve_ivp(lambda _, s: both(s), (0, late), state, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(moved, known.y[-4:, -1], atol=1e-7)


def test_sign_flow_slides_and_leaves_at_the_known_times():
    times = jnp.array([0.0, 0.5494045, 0.705683, 0.8391073, 0.8610851, 0.8619620, 1.0])
    run = steepest_flow(bowl, jnp.array([[0.0, 0.0], [0.3, 0.3]]), times, q=1.0)
    slopes = jax.vmap(jax.grad(bowl))(run.effective)
    np.testing.assert_allclose(run.effective[1], [0.466667, 0.466667], atol=1e-6)
    np.testing.assert_allclose(run.effective[2], [0.709694, 0.345153], atol=1e-6)
    np.testing.assert_allclose(run.effective[5:], [LOWEST, LOWEST], atol=1e-6)
    np.testing.assert_allclose(slopes[1:4, 1], 0, atol=1e-6)  # the second coordinate slides
    np.testing.assert_allclose(slopes[4:, 0], 0, atol=1e-6)  # and then the first
    assert slopes[4, 1] > 1e-4


def test_sign_flow_is_the_limit_of_sign_descent(optimized):
    rate, late = 1e-5, 1.2
    w = start(2)
    gradient = jax.grad(lambda v: regression(v.prod(0)))

    def step(weights, _):
        return weights - rate * jnp.sign(gradient(weights)), None

    known = jax.lax.scan(step, w, None, length=round(late / rate))[0]
    found = steepest_flow(regression, w, jnp.array([0.0, late]), q=1.0).weights[-1]
    np.testing.assert_allclose(found, known, atol=20 * rate)


def test_a_saddle_stays():
    w = jnp.array([[0.0], [0.0], [1.0]])
    for q in (1.0, 2.0):
        run = steepest_flow(lambda x: (x[0] - 1) ** 2, w, TIMES, q=q)
        np.testing.assert_array_equal(run.weights[-1], w)


@pytest.mark.parametrize(("q", "depth"), [(1.25, 2), (1.25, 3), (1.5, 2), (1.5, 3), (2.0, 2)])
def test_decoupled_decay_ends_where_the_norm_of_exponent_p_over_depth_says(q, depth):
    # f' + α^(p-1) x^(p/L-1) = 0; the exponent 2 - m of the dual equation would be another law
    run = steepest_flow(
        lambda x: (x[0] - 1) ** 2 / 2,
        jnp.full((depth, 1), 0.8),
        jnp.array([0.0, 80.0]),
        q=q,
        weight_decay=0.5,
    )
    x, p = float(run.effective[-1, 0]), q / (q - 1)
    assert x - 1 + 0.5 ** (p - 1) * x ** (p / depth - 1) == pytest.approx(0, abs=1e-8)


def test_sign_flow_with_decay_has_no_bias_inside_of_its_box():
    run = steepest_flow(
        lambda x: (x[0] - 1) ** 2 / 2,
        jnp.full((2, 1), 0.5),
        jnp.array([0.0, 5.0]),
        q=1.0,
        weight_decay=0.5,
    )
    assert run.effective[-1, 0] == pytest.approx(1, abs=1e-9)
