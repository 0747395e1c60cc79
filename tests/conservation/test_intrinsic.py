"""Outputs with a flow of their own: every row of the table, closed forms, and two histories."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from lib.conservation import (
    function_network,
    intrinsic_defect,
    known_laws,
    linear_network,
    relu_network,
)
from lib.fields import flow, gradient_field

KEY = jax.random.key(0)


def root(matrix):
    """The square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = jnp.linalg.eigh(matrix)
    return vectors @ jnp.diag(jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T


def frame(draw, rows, columns):
    """Orthonormal columns."""
    return np.linalg.qr(draw.normal(size=(rows, columns)))[0]


def generic(widths):
    draw = np.random.default_rng(3)
    return [draw.normal(size=pair) for pair in itertools.pairwise(widths)]


def relaxed(widths, *shifts):
    """Every W_iᵀW_i − W_{i+1}W_{i+1}ᵀ a multiple of the identity, for widths that do not grow."""
    draw = np.random.default_rng(4)
    weights = [draw.normal(size=widths[-2:])]
    for shape, shift in zip(reversed([*itertools.pairwise(widths[:-1])]), shifts, strict=True):
        stretched = root(shift * np.eye(shape[1]) + weights[0] @ weights[0].T)
        weights.insert(0, frame(draw, *shape) @ stretched)
    return [np.asarray(w) for w in weights]


def strict(widths):
    """Every W_iᵀW_i = W_{i+1}W_{i+1}ᵀ, of the largest rank."""
    draw = np.random.default_rng(5)
    rank = min(widths)
    frames = [frame(draw, width, rank) for width in widths]
    scale = np.diag(1 + draw.uniform(size=rank))
    return [left @ scale @ right.T for left, right in itertools.pairwise(frames)]


def transposed(weights):
    return [w.T for w in reversed(weights)]


@pytest.mark.parametrize(
    ("weights", "dimension", "rank", "own_flow"),
    [
        (generic((2, 1, 2)), 3, 3, True),
        (generic((3, 1, 2)), 4, 4, True),
        (generic((1, 2, 1)), 1, 1, True),
        (generic((1, 3, 1)), 1, 1, True),
        (strict((1, 3, 1)), 1, 1, True),
        (generic((2, 2, 2)), 5, 4, False),
        (relaxed((2, 2, 2), 0.7), 5, 4, True),
        (strict((2, 2, 2)), 5, 4, True),
        (generic((3, 2, 2)), 7, 6, False),
        (relaxed((3, 2, 2), 0.7), 7, 6, True),
        (strict((3, 2, 2)), 7, 6, True),
        (generic((3, 2, 3)), 9, 8, False),
        (relaxed((3, 2, 3), 0.7), 9, 8, True),
        (strict((3, 2, 3)), 9, 8, True),
        (generic((3, 3, 2)), 9, 6, False),
        (relaxed((3, 3, 2), 0.7), 9, 6, True),
        (strict((3, 3, 2)), 7, 6, True),
        (generic((2, 3, 2)), 6, 4, False),
        (generic((2, 4, 2)), 6, 4, False),
        (generic((2, 5, 2)), 6, 4, False),
        (strict((2, 3, 2)), 5, 4, True),
        (strict((2, 4, 2)), 5, 4, True),
        (strict((2, 5, 2)), 5, 4, True),
        (generic((2, 2, 1)), 3, 2, False),
        (relaxed((2, 2, 1), 0.7), 3, 2, True),
        (strict((2, 2, 1)), 2, 2, True),
        (generic((1, 2, 2)), 3, 2, False),
        (transposed(relaxed((2, 2, 1), 0.7)), 3, 2, True),
        (strict((1, 2, 2)), 2, 2, True),
        (generic((3, 3, 3)), 12, 9, False),
        (relaxed((3, 3, 3), 0.7), 12, 9, True),
        (strict((3, 3, 3)), 12, 9, True),
        (generic((2, 2, 2, 2)), 6, 4, False),
        (relaxed((2, 2, 2, 2), 0.7, 1.3), 6, 4, True),
        (strict((2, 2, 2, 2)), 6, 4, True),
        (generic((3, 3, 3, 3)), 15, 9, False),
        (relaxed((3, 3, 3, 3), 0.7, 1.3), 15, 9, True),
        (strict((3, 3, 3, 3)), 15, 9, True),
    ],
)
def test_the_table_of_linear_networks(weights, dimension, rank, own_flow):
    widths = (weights[0].shape[0], *(w.shape[1] for w in weights))
    defect = intrinsic_defect(linear_network(widths), weights, KEY)
    assert (defect.dimension, defect.rank, defect.kernel) == (dimension, rank, dimension - rank)
    if own_flow:
        assert defect.residual < 1e-12
    else:
        assert 0.01 < defect.residual <= 1


@pytest.mark.parametrize("shift", [0.7, 0.0])
def test_relaxed_balance_is_not_enough_for_a_product_of_lower_rank(shift):
    """Three outputs, two hidden neurons and one input: training turns what z does not show.

    Training with the gradients g, h, -g, -h across z, over and over, for shorter and shorter times,
    leads to W₀ turned about z, by 1 radian, with the same z and the same law. For λ > 0 that moves
    W₀W₀ᵀ, so the same gradient then moves z with another velocity; for λ = 0 it does not. Nothing
    of `lib` takes part in it: for a fixed gradient the flow is linear in the weights.
    """
    outer, inner = relaxed((3, 2, 1), shift) if shift else strict((3, 2, 1))
    across = np.linalg.svd((outer @ inner).T)[2][1:]
    turned = expm(np.outer(across[1], across[0]) - np.outer(*across)) @ outer
    np.testing.assert_allclose(turned @ inner, outer @ inner)
    moved = np.linalg.norm(turned @ turned.T - outer @ outer.T)
    assert moved == pytest.approx(2**0.5 * shift * np.sin(1.0), abs=1e-12)

    def training(gradient, time):
        speeds = np.zeros((8, 8))
        for output, hidden in itertools.product(range(3), range(2)):
            speeds[2 * output + hidden, 6 + hidden] = gradient[output]
        return expm(-time * (speeds + speeds.T))

    missed = []
    for time in (0.05, 0.025):
        loop = np.eye(8)
        for gradient in (*across, *-across):
            loop = training(gradient, time) @ loop
        start = np.concatenate([outer.ravel(), inner.ravel()])
        end = np.linalg.matrix_power(loop, round(1 / time**2)) @ start
        missed.append(np.linalg.norm(end - np.concatenate([turned.ravel(), inner.ravel()])))
    assert missed[1] < 0.03
    assert missed[1] == pytest.approx(missed[0] / 2, rel=0.05)

    defect = intrinsic_defect(linear_network((3, 2, 1)), [outer, inner], KEY)
    if shift:
        assert defect.residual > 0.01
    else:
        assert defect.residual < 1e-12


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("widths", [(2, 3, 2), (2, 2, 2, 1)])
def test_paths_of_relu_networks_follow_their_own_flow(widths, bias):
    draw = np.random.default_rng(6)
    weights = generic(widths)
    biases = [draw.normal(size=width) for width in widths[1:-1]] if bias else []
    defect = intrinsic_defect(relu_network(widths, bias=bias), [*weights, *biases], KEY)
    parameters = sum(leaf.size for leaf in [*weights, *biases])
    assert defect.dimension == defect.rank == parameters - sum(widths[1:-1])
    assert (defect.kernel, defect.residual) == (0, 0.0)


def test_a_function_is_tested_like_its_matrices():
    network = function_network(
        lambda p, x: p[0] @ (p[1] @ x),
        generic((2, 2, 1)),
        lambda key: jax.random.normal(key, (1,)),
    )
    defect = intrinsic_defect(network, network.params, KEY)
    assert (defect.dimension, defect.rank, defect.kernel) == (3, 2, 1)
    assert defect.residual > 0.01


def metric(weights):
    """W₀W₀ᵀ and W₁ᵀW₁, of which ż = −(W₀W₀ᵀG + GW₁ᵀW₁) is made."""
    return weights[0] @ weights[0].T, weights[1].T @ weights[1]


def test_two_histories_one_output():
    """The section's example: z and Q agree, and the speeds do not; both are on one orbit."""
    first = [jnp.diag(jnp.sqrt(jnp.array([6.0, 1.0]))), jnp.array([[2.0**0.5], [0.0]])]
    second = [jnp.array([[0.0, 2.0], [-2.0, 0.0]]), jnp.array([[0.0], [3.0**0.5]])]
    network = linear_network((2, 2, 1))
    np.testing.assert_allclose(first[0] @ first[1], second[0] @ second[1])
    for weights, speeds in [(first, [8.0, 3.0]), (second, [7.0, 7.0])]:
        np.testing.assert_allclose(
            known_laws(network, weights)[0], jnp.diag(jnp.array([4.0, 1.0])), atol=1e-14
        )
        left, right = metric(weights)
        np.testing.assert_allclose(left + right * jnp.eye(2), jnp.diag(jnp.array(speeds)))
        defect = intrinsic_defect(network, weights, KEY)
        assert defect.kernel == 1
        assert defect.residual > 0.1


@pytest.mark.parametrize("widths", [(2, 2, 2), (3, 3, 2)])
def test_the_closed_form_of_relaxed_balance(widths):
    """The product of trained weights against the flow of the product alone."""
    shift = 0.7
    start = [jnp.asarray(w) for w in relaxed(widths, shift)]
    uneven = [start[0] @ jnp.diag(1 + 0.2 * jnp.arange(float(widths[1]))), start[1]]
    target = jnp.asarray(generic((widths[0], widths[2]))[0])
    pull = gradient_field(lambda weights, _: 0.5 * jnp.sum((weights[0] @ weights[1] - target) ** 2))

    def own(z):
        slope, room = z - target, shift**2 / 4
        left = root(z @ z.T + room * jnp.eye(widths[0]))
        return -(left @ slope + slope @ root(z.T @ z + room * jnp.eye(widths[2])))

    def trained(weights):
        end = flow(lambda w: pull(w, None), weights, time=0.7, steps=400)
        return end[0] @ end[1]

    def alone(weights):
        return flow(own, weights[0] @ weights[1], time=0.7, steps=400)

    np.testing.assert_allclose(trained(start), alone(start), atol=1e-9)
    assert jnp.max(jnp.abs(trained(start) - start[0] @ start[1])) > 0.3
    assert jnp.max(jnp.abs(trained(uneven) - alone(uneven))) > 0.01
