"""Flows in other geometries: which laws survive, counted and followed."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from lib.conservation import (
    count_laws,
    function_network,
    known_laws,
    linear_network,
    natural_direction,
    relu_network,
)
from lib.fields import flow
from lib.mirror import balance, steepest_direction
from lib.polar import polar_factor

KEY = jax.random.key(0)


def steepest(q):
    return lambda gradient, params: steepest_direction(gradient, q)


def muon(gradient, params):
    return jax.tree.map(lambda g: -polar_factor(g), gradient)


def normal_params(widths, key):
    pairs = list(itertools.pairwise(widths))
    keys = jax.random.split(key, len(pairs))
    return [jax.random.normal(k, pair) for k, pair in zip(keys, pairs, strict=True)]


def test_the_gradient_as_a_direction_is_gradient_flow():
    """Data sets instead of examples, and the same dimensions depth by depth."""
    for network in (linear_network((2, 2, 2)), relu_network((2, 3, 1), bias=True)):
        own = count_laws(network, KEY)
        given = count_laws(network, KEY, direction=lambda gradient, params: gradient)
        assert given.history[: len(own.history)] == own.history
        assert (given.laws, given.certified, given.flow) == (own.laws, False, "direction")
        assert str(given) == f"at most {own.laws} laws of {own.parameters} parameters"


@pytest.mark.parametrize(
    "direction", [steepest(1.5), steepest(1.0), muon], ids=["1.5", "1", "Muon"]
)
def test_dense_networks_lose_every_law_but_between_one_output_and_one_input(direction):
    for widths in ((2, 1, 2), (2, 2, 2)):
        count = count_laws(linear_network(widths), KEY, direction=direction)
        assert (count.laws, count.certified) == (0, True), widths
    count = count_laws(linear_network((1, 3, 1)), KEY, direction=direction)
    assert (count.laws, count.history) == (5, (1, 1))
    assert count.gap > 1e9


def test_muon_keeps_a_volume_where_the_hidden_layer_is_as_wide_as_both_ends():
    """U above Vᵀ is a square matrix that moves by matrices of trace 0: a law that nobody told."""
    widths = (2, 4, 2)
    count = count_laws(linear_network(widths), KEY, direction=muon)
    assert (count.laws, count.history) == (1, (8, 15, 15))

    def field(params):
        return muon(jax.grad(lambda p: jnp.sum((p[0] @ p[1] - 1.0) ** 4))(params), params)

    start = normal_params(widths, KEY)
    end = jax.jit(lambda p: flow(field, p, time=0.2, steps=400))(start)
    stacks = [jnp.concatenate([u, v.T]) for u, v in (start, end)]
    before, after = map(jnp.linalg.det, stacks)
    np.testing.assert_allclose(after, before, rtol=1e-10)
    assert jnp.max(jnp.abs(stacks[1] - stacks[0])) > 0.1


def test_neurons_of_one_input_and_of_one_sign_share_a_law_more():
    """2r − s: s of the two signs occur among the r input weights."""
    for signs, laws in (([1.0, 1.0, -1.0], 4), ([1.0, 1.0, 1.0], 5)):
        params = [jnp.array([[0.7, -1.1, 0.4]]), jnp.array([signs]).T]
        network = function_network(
            lambda p, x: p[0] @ jax.nn.relu(p[1] @ x), params, lambda k: jax.random.normal(k, (1,))
        )
        assert count_laws(network, KEY, direction=steepest(1.5)).laws == laws


@pytest.mark.parametrize("q", [1.0, 1.5, 2.0])
def test_a_deep_diagonal_network_has_its_balances_and_no_other_law(q):
    layers, width = 3, 2
    network = function_network(
        lambda w, x: jnp.prod(w, axis=0) * x,
        jax.random.normal(KEY, (layers, width)),
        lambda key: jax.random.normal(key, (width,)),
    )
    count = count_laws(network, KEY, direction=steepest(q))
    slopes = jax.jacobian(lambda w: balance(w, q).ravel())(network.params)
    known = np.linalg.matrix_rank(slopes.reshape(-1, layers * width))
    assert known == width * (layers - 1)
    assert count.dimension + known == count.parameters


def factored_direction(gradient, params):
    """K-FAC for two linear layers and inputs of unit covariance: each layer for itself."""
    (outer, inner), (u, v) = gradient, params
    return [-outer @ jnp.linalg.inv(v @ v.T), -jnp.linalg.inv(u.T @ u) @ inner]


def test_the_natural_gradient_keeps_every_law_and_layer_by_layer_one():
    widths = (2, 2, 2)
    network = linear_network(widths)
    inputs = jax.random.normal(jax.random.key(1), (3, 2))
    natural = natural_direction(lambda p, x: p[0] @ (p[1] @ x), inputs, damping=0.1)
    gradient = count_laws(network, KEY)
    count = count_laws(network, KEY, direction=natural)
    assert (count.laws, count.history) == (gradient.laws, (*gradient.history, 5))

    def ratio(params):
        u, v = params
        return jnp.linalg.det(u.T @ u) / jnp.linalg.det(v @ v.T)

    labels, start = jnp.array([[1.0, -0.5], [0.3, 2.0]]), normal_params(widths, jax.random.key(9))

    def end(direction):
        def field(params):
            slope = jax.grad(lambda p: jnp.sum((p[0] @ p[1] - labels) ** 2) / 2)(params)
            return direction(slope, params)

        return jax.jit(lambda p: flow(field, p, time=0.3, steps=1_000))(start)

    def law(params):
        return known_laws(network, params)[0]

    by_natural, by_layers = end(natural), end(factored_direction)
    np.testing.assert_allclose(law(by_natural), law(start), atol=1e-10)
    np.testing.assert_allclose(ratio(by_layers), ratio(start), rtol=1e-10)
    assert jnp.max(jnp.abs(law(by_layers) - law(start))) > 1e-2
    assert abs(ratio(by_natural) / ratio(start) - 1) > 1e-2
    assert count_laws(network, KEY, direction=factored_direction).laws == 1


def test_the_natural_direction_solves_with_the_fisher_matrix():
    """Of a network that is no linear function of its parameters, by the definition."""
    params = {"in": jnp.array([[0.3, 0.8]]), "out": jnp.array([0.5, -1.2])}
    inputs = jax.random.normal(KEY, (5, 2))

    def apply(p, x):
        return p["out"] * jnp.tanh(p["in"] @ x)

    gradient = jax.tree.map(jnp.ones_like, params)
    step = natural_direction(apply, inputs, damping=0.3)(gradient, params)
    point, unravel = ravel_pytree(params)
    fisher = 0.3 * np.eye(4)
    for x in inputs:
        slopes = jax.jacfwd(lambda theta, x=x: apply(unravel(theta), x))(point)
        fisher += slopes.T @ slopes / 5
    np.testing.assert_allclose(fisher @ ravel_pytree(step)[0], -jnp.ones(4), atol=1e-12)


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize(("q", "a"), [(2.0, 1.0), (1.5, 0.5), (1.5, 1.5), (1.25, 2.0)])
def test_a_chain_of_weights_keeps_differences_of_one_power(q, a, depth):
    """The power q − a, and logarithms where that is zero; here while no weight changes its sign."""
    start = jnp.array([0.8, -1.1, 0.6])[:depth]
    p = q - a

    def height(w):
        return jnp.log(jnp.abs(w)) if p == 0 else jnp.abs(w) ** p / p

    def field(w):
        slope = jax.grad(lambda w: (jnp.prod(w) + 2.0) ** 2 / 2)(w)
        return jnp.abs(w) ** a * steepest_direction(slope, q)

    end = jax.jit(lambda w: flow(field, w, time=0.2, steps=400))(start)
    np.testing.assert_allclose(jnp.diff(height(end)), jnp.diff(height(start)), atol=1e-10)
    assert jnp.min(jnp.abs(end - start)) > 1e-2
