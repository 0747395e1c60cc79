"""Mirror maps against quadrature and closed forms; projections against KKT and the flow."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import hyp2f1

from lib.mirror import (
    bregman_divergence,
    bregman_projection,
    inverse_metric,
    metric_exponent,
    mirror_map,
    mirror_potential,
    steepest_flow,
)

PLACES = jnp.array([-5.0, -0.1, 0.3, 1.0])
# Of three layers: all alike, the two smallest alike, one smallest, one tiny, one zero, two zero.
LEAVES = (
    [0.5, 0.5, 0.5],
    [0.5, 0.5, 0.9],
    [0.2, 0.7, 0.9],
    [1e-3, 1.0, 1.0],
    [0.0, 1.0, 0.4],
    [0.0, 0.0, 1.0],
)


def repeated(layers):
    return jnp.repeat(jnp.array(layers)[:, None], PLACES.size, axis=1)


def metric(x, layers, q):
    """The inverse metric by a root in s, with NumPy."""
    powers = np.abs(layers) ** q
    excess = powers - powers.min()
    low, high = 0.0, abs(x) ** (q / len(layers))
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.prod(excess + middle) < abs(x) ** q else (low, middle)
    return sum(np.prod(np.delete(excess + high, i)) for i in range(len(layers)))


@pytest.mark.parametrize("q", [1.0, 1.25, 1.5, 1.9, 2.0])
def test_two_layers_have_the_hypergeometric_map(q):
    balance = 0.3
    weights = repeated([balance ** (1 / q), 0.0])
    x = np.asarray(PLACES)
    series = hyp2f1(1 / 2, 1 / q, 1 + 1 / q, -4 * np.abs(x) ** q / balance**2)
    np.testing.assert_allclose(mirror_map(PLACES, weights, q), x / balance * series, rtol=1e-12)


@pytest.mark.parametrize("layers", LEAVES)
@pytest.mark.parametrize("q", [1.0, 1.5, 2.0])
def test_the_map_is_the_integral_of_the_metric_and_the_potential_that_of_the_map(layers, q):
    weights, x = repeated(layers), np.asarray(PLACES)
    speeds = [metric(one, layers, q) for one in x]
    np.testing.assert_allclose(inverse_metric(PLACES, weights, q), speeds, rtol=1e-10)
    found = mirror_map(PLACES, weights, q)
    way = quad(lambda z: 1 / metric(z, layers, q), 0.3, 1.0, epsabs=1e-12)[0]
    assert found[3] - found[2] == pytest.approx(way, rel=1e-9)
    step = 1e-5
    slope = mirror_potential(PLACES + step, weights, q) - mirror_potential(
        PLACES - step, weights, q
    )
    np.testing.assert_allclose(slope / (2 * step), found, rtol=1e-5, atol=1e-8)
    assert not mirror_potential(0 * PLACES, weights, q).any()


def test_the_map_is_zero_at_zero_where_it_is_finite():
    zero = jnp.zeros(3)
    weights = jnp.array([[0.5, 0.5, 0.2], [0.5, 0.5, 0.7]])
    assert (mirror_map(zero, weights, 1.5) == 0).all()
    np.testing.assert_array_equal(mirror_map(zero, weights, 2.0), [-np.inf, -np.inf, 0.0])


@pytest.mark.parametrize(("q", "depth"), [(1.0, 4), (1.25, 5), (1.5, 2), (2.0, 3)])
def test_a_balanced_start_has_the_powers_of_the_metric_exponent(q, depth):
    m = float(metric_exponent(q, depth))
    weights = jnp.full((depth, 1), 0.7)
    x = jnp.array([0.4])
    np.testing.assert_allclose(inverse_metric(x, weights, q), depth * x**m, rtol=1e-12)
    expected = np.log(x) / depth if m == 1 else x ** (1 - m) / depth / (1 - m)
    np.testing.assert_allclose(mirror_map(x, weights, q), expected, rtol=1e-12)


def test_potentials_in_closed_form():
    x, balance = 0.8, 0.3
    two = mirror_potential(jnp.array([x]), jnp.array([[balance**0.5], [0.0]]), 2.0)[0]
    root = np.sqrt(4 * x**2 + balance**2)
    assert two == pytest.approx(x / 2 * np.arcsinh(2 * x / balance) - root / 4 + balance / 4)
    one = mirror_potential(jnp.array([x]), jnp.array([[balance], [0.0]]), 1.0)[0]
    cubes = (4 * x + balance**2) ** 1.5 - balance**3
    assert one == pytest.approx(cubes / 12 - balance * x / 2)


@pytest.mark.parametrize("q", [1.0, 1.5, 2.0])
def test_the_divergence_is_positive_and_zero_only_at_its_base(q):
    weights = repeated([0.2, 0.7, 0.9])
    base = jnp.array([0.5, -1.0, 0.0, 2.0])
    assert bregman_divergence(base, base, weights, q) == pytest.approx(0, abs=1e-12)
    assert bregman_divergence(PLACES, base, weights, q) > 0.1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_gradient_flow_ends_at_the_projection(seed, depth):
    keys = jax.random.split(jax.random.key(seed), 3)
    design = jax.random.normal(keys[0], (2, 4))
    targets = 0.3 * jax.random.normal(keys[1], (2,))
    weights = jax.random.uniform(keys[2], (depth, 4), minval=0.4, maxval=1.2)
    x = bregman_projection(design, targets, weights)
    np.testing.assert_allclose(design @ x, targets, atol=1e-10)
    moved = mirror_map(x, weights, 2.0) - mirror_map(jnp.prod(weights, axis=0), weights, 2.0)
    multipliers = np.linalg.lstsq(design.T, moved, rcond=None)[0]
    np.testing.assert_allclose(design.T @ multipliers, moved, atol=1e-9)  # of Lagrange
    start = jnp.prod(weights, axis=0)
    solved = minimize(  # by a solver that knows of no mirror
        jax.jit(jax.value_and_grad(lambda x: bregman_divergence(x, start, weights, 2.0))),
        start,
        jac=True,
        method="SLSQP",
        constraints={"type": "eq", "fun": lambda x: design @ x - targets, "jac": lambda x: design},
        options={"ftol": 1e-14, "maxiter": 300},
    )
    np.testing.assert_allclose(solved.x, x, atol=1e-6)
    run = steepest_flow(
        lambda x: jnp.sum((design @ x - targets) ** 2) / 2,
        weights,
        jnp.array([0.0, 300.0]),
        q=2.0,
    )
    np.testing.assert_allclose(run.effective[-1], x, atol=1e-8)


@pytest.mark.parametrize(
    ("q", "depth", "ends", "projected"),
    [
        (1.5, 2, [-0.061345, -0.080063, -0.108893], -0.095163),
        (1.5, 3, [0.003118, -0.009795, -0.011866], -0.024452),
        (2.0, 2, [-0.065258] * 3, -0.065258),
        (2.0, 3, [-0.011894] * 3, -0.011894),
    ],
)
def test_below_two_the_end_depends_on_the_loss(q, depth, ends, projected):
    design, targets = jnp.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]]), jnp.array([1.0, 2.0])
    weights = jnp.full((depth, 3), 0.5).at[0].set(0.0)
    found = bregman_projection(design, targets, weights, q=q)[0]
    assert found == pytest.approx(projected, abs=2e-6)
    for rows, end in zip(([1.0, 1.0], [1.0, 10.0], [10.0, 1.0]), ends, strict=True):
        share = jnp.array(rows)
        run = steepest_flow(
            lambda x, share=share: jnp.sum(share * (design @ x - targets) ** 2) / 2,
            weights,
            jnp.array([0.0, 150.0]),
            q=q,
        )
        assert run.effective[-1, 0] == pytest.approx(end, abs=2e-6)
