"""Momentum flow: counts of every regime, laws along accurate flows, and walks there and back."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from published import drawn_for_momentum

from lib.conservation import (
    count_laws,
    feedforward_network,
    function_network,
    linear_network,
    momentum_laws,
    relu_network,
)
from lib.conservation.momentum import State, mixed_rotations
from lib.conservation.networks import padded
from lib.conservation.transport import carried_back
from lib.fields import flow, gradient_field

KEY = jax.random.key(0)


def test_the_published_linear_networks():
    """Marcotte et al. (2024) draw 20; the laws of each are known here, so all are certified."""
    found = []
    for network in drawn_for_momentum():
        count = count_laws(network, KEY, "momentum")
        assert count.certified, network
        assert count.gap > 1e9, network
        found.append(count.laws)
    assert found == [0, 3, 0, 3, 1, 1, 6, 3, 6, 3, 0, 0, 4, 2, 6, 0, 0, 0, 6, 2]


@pytest.mark.parametrize(
    ("network", "metric", "laws"),
    [
        (linear_network((1, 4, 1)), "euclidean", 10),
        (linear_network((2, 8, 1)), "euclidean", 27),  # more than the 21 of gradient flow
        (linear_network((1, 2, 1), bias=True), "euclidean", 1),
        (relu_network((2, 3, 2), bias=True), "euclidean", 0),
        (relu_network((1, 2, 2, 1)), "euclidean", 0),
        (linear_network((2, 3, 2)), "mirror", 0),
        (relu_network((2, 2, 1), bias=True), ("mirror", "euclidean"), 0),
    ],
)
def test_other_regimes(network, metric, laws):
    count = count_laws(network, KEY, "momentum", metric=metric)
    assert (count.laws, count.certified) == (laws, True)
    assert count.laws + count.dimension == count.parameters


def test_a_function_is_counted_like_its_matrices():
    u, v = jnp.array([[0.7, -1.1], [0.4, 0.9]]), jnp.array([[0.3, 1.2], [-0.8, 0.5]])
    network = function_network(
        lambda p, x: p[0] @ (p[1] @ x), [u, v], lambda key: jax.random.normal(key, (2,))
    )
    count = count_laws(network, KEY, "momentum")
    assert (count.laws, count.certified, count.flow) == (1, False, "momentum")
    assert count.gap > 1e9
    assert str(count) == "at most 1 law of 17 variables"


def test_a_function_with_relu_has_no_law():
    """Its walks meet kinks; brackets at the point settle it."""
    network = feedforward_network(KEY, inputs=2, hidden=2, outputs=1)
    count = count_laws(network, KEY, "momentum")
    assert (count.laws, count.certified, count.history) == (0, True, (5, 9, 13))
    assert count.gap > 1e9


def linear_outputs(params, inputs):
    w0, w1, w2, b0, b1 = params
    return w0 @ (w1 @ (w2 @ inputs + b1[:, None]) + b0[:, None])


@pytest.mark.parametrize("damping", [0.0, 0.7])
def test_the_laws_are_constant_along_the_flow(damping):
    network = linear_network((2, 3, 2, 2), bias=True)
    shapes = [(2, 3), (3, 2), (2, 2), (3,), (2,)]
    keys = jax.random.split(jax.random.key(4), 12)
    start = [jax.random.normal(k, s) for k, s in zip(keys, shapes, strict=False)]
    moving = [jax.random.normal(k, s) for k, s in zip(keys[5:], shapes, strict=False)]
    inputs, labels = jax.random.normal(keys[10], (2, 3)), jax.random.normal(keys[11], (2, 3))
    force = gradient_field(lambda p, _: jnp.mean((linear_outputs(p, inputs) - labels) ** 2))

    def field(state):
        params, velocity = state
        pulled = jax.tree.map(lambda f, v: f - damping * v, force(params, None), velocity)
        return velocity, pulled

    end = flow(field, (start, moving), time=1.0, steps=1000)
    before = momentum_laws(network, start, moving, damping=damping)
    after = momentum_laws(network, *end, time=1.0, damping=damping)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(new, old, atol=1e-10)
        np.testing.assert_allclose(old, -old.T)
        assert jnp.max(jnp.abs(old)) > 0.5
    assert jnp.max(jnp.abs(end[0][0] - start[0])) > 0.5


def test_one_output_and_one_input_have_a_second_rotation():
    network = linear_network((1, 3, 1))
    keys = jax.random.split(jax.random.key(5), 4)
    start = [jax.random.normal(keys[0], (1, 3)), jax.random.normal(keys[1], (3, 1))]
    moving = [jax.random.normal(keys[2], (1, 3)), jax.random.normal(keys[3], (3, 1))]
    force = gradient_field(lambda p, _: jnp.sum((p[0] @ p[1] - 2.0) ** 2))
    end = flow(lambda s: (s[1], force(s[0], None)), (start, moving), time=1.0, steps=1000)

    def law(params, velocity):
        return mixed_rotations(State(0.0, padded(network, params), padded(network, velocity)))[0]

    np.testing.assert_allclose(law(*end), law(start, moving), atol=1e-10)
    assert jnp.max(jnp.abs(law(start, moving))) > 0.5


def pendulum(state, generator):
    angle, speed = state
    return jnp.stack([speed, generator - jnp.sin(angle)])


def test_a_field_carried_along_its_own_flow_is_itself():
    start, words = jnp.array([0.4, 1.3]), jnp.full((1, 4), 2.0)
    carried, missed = carried_back(pendulum, start, words, length=2.0, steps=24)
    tangent = pendulum(start, 2.0)
    unit = tangent / jnp.sqrt(jnp.sum(tangent**2) + 0.01)
    np.testing.assert_allclose(carried[0], unit, atol=1e-12)
    assert missed[0] < 1e-12


def test_a_walk_returns_with_order_eight():
    start, words = jnp.array([0.4, 1.3]), jnp.array([[2.0, -0.7, 1.1, 1.0]])
    walk = jax.jit(lambda n: carried_back(pendulum, start, words, length=6.0, steps=n)[1][0])
    errors = [float(walk(n)) for n in (4, 8)]
    for coarse, fine in itertools.pairwise(errors):
        assert 2**7 < coarse / fine < 2**11
