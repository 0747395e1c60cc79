"""Brackets of all pairs, their sizes, and what they do to predictions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from trees import assert_close, size

from lib.brackets import bracket_matrix, order_gap, prediction_change, tensor_rms
from lib.classifiers import cross_entropy, mlp
from lib.fields import gradient_field, lie_bracket
from lib.simulate import gradient_step

NETWORK = mlp([4, 5, 3])
LOSS = cross_entropy(NETWORK.apply)
PARAMS = NETWORK.init(jax.random.key(0))
EXAMPLES = (jax.random.normal(jax.random.key(1), (5, 4)), jnp.array([0, 1, 2, 0, 1]))


def pick(tree, *index):
    return jax.tree.map(lambda leaf: leaf[index], tree)


@pytest.fixture(scope="module")
def matrix():
    return jax.jit(lambda params: bracket_matrix(gradient_field(LOSS), params, EXAMPLES))(PARAMS)


def test_every_entry_is_the_bracket_of_its_pair(matrix):
    field = gradient_field(LOSS)
    for i, j in ((0, 1), (3, 2), (4, 0)):
        bracket = lie_bracket(
            lambda p, i=i: field(p, pick(EXAMPLES, i)), lambda p, j=j: field(p, pick(EXAMPLES, j))
        )
        assert_close(pick(matrix, i, j), bracket(PARAMS), 1e-12)


def test_the_matrix_is_antisymmetric_with_a_zero_diagonal(matrix):
    for leaf in jax.tree.leaves(matrix):
        np.testing.assert_allclose(leaf, -jnp.swapaxes(leaf, 0, 1), atol=1e-15)
    assert size(matrix) > 0.1


def test_the_mean_of_a_block_is_the_bracket_of_the_mean_fields(matrix):
    field = gradient_field(LOSS)

    def mean_field(numbers):
        def mean(params):
            fields = [field(params, pick(EXAMPLES, n)) for n in numbers]
            return jax.tree.map(lambda *leaves: sum(leaves) / len(leaves), *fields)

        return mean

    bracket = lie_bracket(mean_field((0, 1)), mean_field((2, 3, 4)))(PARAMS)
    block = jax.tree.map(lambda leaf: leaf[:2, 2:].mean((0, 1)), matrix)
    assert_close(block, bracket, 1e-12)


def test_a_swap_changes_predictions_as_the_bracket_says(matrix):
    held_out = jnp.array([0.3, -1.0, 0.5, 2.0])
    rate = 1e-3
    gaps = []
    for order in ((0, 1), (1, 0)):
        params = PARAMS
        for n in order:
            params = gradient_step(gradient_field(LOSS), learning_rate=rate)(
                params, pick(EXAMPLES, n)
            )
        gaps.append(NETWORK.apply(params, held_out))
    predicted = prediction_change(lambda p: NETWORK.apply(p, held_out), PARAMS, pick(matrix, 0, 1))
    np.testing.assert_allclose((gaps[0] - gaps[1]) / rate**2, predicted, rtol=0.02)


def test_the_size_of_each_tensor():
    tangent = {"weight": jnp.array([[3.0, -4.0], [0.0, 2.0]]), "bias": jnp.array([1.0, -5.0])}
    whole = tensor_rms(tangent)
    assert float(whole["weight"]) == pytest.approx((29 / 4) ** 0.5)
    rows = tensor_rms(tangent, batch_axes=1)
    np.testing.assert_allclose(rows["bias"], [1.0, 5.0])
    np.testing.assert_allclose(rows["weight"], [12.5**0.5, 2**0.5])


def test_order_gap_takes_states_with_booleans_and_keys():
    def step(state, example):
        count, seen, key = state
        return count + 1, seen | example, jax.random.fold_in(key, example)

    gap = order_gap(step, (jnp.int32(0), jnp.bool_(False), jax.random.key(0)), True, False)
    assert [leaf.dtype for leaf in gap] == [jnp.int32, jnp.int32, jnp.uint32]
    assert (int(gap[0]), int(gap[1])) == (0, 0)
    assert bool(gap[2].any())
