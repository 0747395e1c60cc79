"""The search for polynomial laws: as many as are counted, and each of them right."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from published import drawn_for_polynomials

from lib.conservation import (
    conserved_along,
    count_laws,
    known_laws,
    law_function,
    linear_network,
    polynomial_laws,
    relu_network,
)

KEY = jax.random.key(0)


@pytest.mark.parametrize("make", [linear_network, relu_network])
def test_the_ten_published_networks_have_as_many_quadratic_laws_as_are_counted(make):
    for widths in drawn_for_polynomials():
        network = make(widths)
        count = count_laws(network, KEY)
        assert count.certified
        assert len(polynomial_laws(network, 2, KEY)) == count.laws, network


@pytest.mark.parametrize(
    ("network", "metric"),
    [
        (linear_network((1, 2, 2), bias=True), "euclidean"),
        (relu_network((2, 2, 2), bias=True), "euclidean"),
        (relu_network((2, 2, 1), bias=True), ("mirror", "euclidean")),
        (linear_network((2, 2, 1)), "mirror"),
    ],
)
def test_the_laws_found_are_the_known_ones(network, metric):
    """Each is a combination of the known laws: at random points, by least squares."""
    laws = [law_function(network, law) for law in polynomial_laws(network, 2, KEY, metric=metric)]
    shapes = [leaf.shape for leaf in network.symbols]
    draw = np.random.default_rng(3)
    points = [[jnp.asarray(draw.normal(size=shape)) for shape in shapes] for _ in range(12)]
    found = np.array([[law(point) for law in laws] for point in points])
    known = np.array(
        [np.concatenate([q.ravel() for q in known_laws(network, p, metric=metric)]) for p in points]
    )
    assert found.shape[1] == np.linalg.matrix_rank(known)
    combination = np.linalg.lstsq(known, found, rcond=None)[0]
    np.testing.assert_allclose(known @ combination, found, atol=1e-9)


def test_a_higher_degree_adds_no_powers_and_no_logarithms():
    assert len(polynomial_laws(linear_network((1, 1, 1)), 4, KEY)) == 1
    positive = linear_network((1, 2, 1))
    assert len(polynomial_laws(positive, 3, KEY, metric="mirror")) == 2
    assert count_laws(positive, KEY, metric="mirror").laws == 3


def test_a_law_is_followed_along_a_trajectory():
    network = linear_network((1, 1, 1))
    (u,), (v,) = (leaf.ravel() for leaf in network.symbols)
    law = law_function(network, u**2 - sympy.Rational(1, 2) * v)
    trajectory = [
        jnp.array([1.0, 2.0, 3.0])[:, None, None],
        jnp.array([0.0, 2.0, 4.0])[:, None, None],
    ]
    np.testing.assert_allclose(conserved_along(law, trajectory), [0.0, 2.0, 6.0])
