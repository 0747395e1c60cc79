"""Steepest directions: what they are smallest for, and three clocks on one path."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from lib.mirror import steepest_direction

EXPONENTS = (1.0, 1.25, 1.5, 2.0)
GRADIENT = {"a": jnp.array([3.0, -4.0]), "b": jnp.array([[0.5], [0.0]])}


def entries(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def dual(q):
    return np.inf if q == 1 else q / (q - 1)


@pytest.mark.parametrize("q", EXPONENTS)
def test_the_unit_direction_has_length_one_and_the_smallest_slope(q):
    g, v = entries(GRADIENT), entries(steepest_direction(GRADIENT, q, clock="unit"))
    assert np.linalg.norm(v, dual(q)) == pytest.approx(1)
    assert g @ v == pytest.approx(-np.linalg.norm(g, q))
    others = np.random.default_rng(0).normal(size=(2000, g.size))
    others /= np.linalg.norm(others, dual(q), axis=1)[:, None]
    assert (others @ g).min() >= g @ v


@pytest.mark.parametrize("q", EXPONENTS[1:])
def test_the_steepest_direction_minimizes_the_slope_plus_half_the_square(q):
    g, v = entries(GRADIENT), entries(steepest_direction(GRADIENT, q, clock="steepest"))

    def model(u):
        return g @ u + np.linalg.norm(u, dual(q)) ** 2 / 2

    assert model(v) == pytest.approx(-(np.linalg.norm(g, q) ** 2) / 2)
    assert minimize(model, v + 0.1).fun == pytest.approx(model(v), abs=1e-6)


@pytest.mark.parametrize("q", EXPONENTS)
@pytest.mark.parametrize("scale", [1.0, 1e-200])
def test_the_three_clocks_differ_by_one_factor_each(q, scale):
    tree = jax.tree.map(lambda g: scale * g, GRADIENT)
    flow, unit, steepest = (
        entries(steepest_direction(tree, q, clock=c)) for c in ("flow", "unit", "steepest")
    )
    norm = scale * np.linalg.norm(entries(GRADIENT), q)
    np.testing.assert_allclose(flow, unit * norm ** (q - 1), rtol=1e-12)
    np.testing.assert_allclose(steepest, unit * norm, rtol=1e-12)


def test_the_ends_of_the_family_are_signs_and_the_gradient():
    g = entries(GRADIENT)
    np.testing.assert_array_equal(entries(steepest_direction(GRADIENT, 1.0)), -np.sign(g))
    for clock in ("flow", "steepest"):
        found = entries(steepest_direction(GRADIENT, 2.0, clock=clock))
        np.testing.assert_allclose(found, -g, rtol=1e-15)


def test_zero_stays_zero_with_a_zero_derivative():
    zero = jnp.zeros(2)
    for clock in ("flow", "unit", "steepest"):
        assert not steepest_direction(zero, 1.0, clock=clock).any()
    slope = jax.jacobian(lambda g: steepest_direction(g, 1.5))(zero)
    assert not slope.any()
