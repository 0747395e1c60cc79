"""Training the residual network: its batches, its steps and what it keeps."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lib.brackets import or_group, tangent_lengths, tangent_vectors, train_residual
from lib.classifiers import binary_cross_entropy
from lib.residual import batch_moments, group_moments, residual_network

NETWORK = residual_network(channels=2, classes=3, blocks=1)
IMAGES = jax.random.uniform(jax.random.key(1), (6, 4, 4))
TARGETS = jnp.eye(3)[jnp.array([0, 1, 2, 0, 1, 2])]
SMALL = {"batch_size": 3, "steps": 2, "every": 1}


def test_steps_are_those_of_optax_on_overlaid_batches():
    run = jax.jit(lambda key: train_residual(NETWORK, IMAGES, TARGETS, key, overlay=True, **SMALL))(
        jax.random.key(0)
    )
    init_key, data_key = jax.random.split(jax.random.key(0))
    numbers = jax.random.randint(data_key, (2, 2, 3), 0, 6)
    params, statistics = NETWORK.init(init_key)
    adam = optax.adam(5e-3, b1=0.8, b2=0.999)
    memory = adam.init(params)
    for first, second in numbers:
        batch = np.maximum(IMAGES[first], IMAGES[second])
        wanted = np.maximum(TARGETS[first], TARGETS[second])

        def mean_loss(p, batch=batch, wanted=wanted, before=statistics):
            logits, after = NETWORK.train(p, before, batch)
            return jnp.mean(jax.vmap(binary_cross_entropy)(logits, wanted)), after

        slope, statistics = jax.grad(mean_loss, has_aux=True)(params)
        with jax.numpy_dtype_promotion("standard"):
            update, memory = adam.update(slope, memory)
        params = optax.apply_updates(params, update)
    for came, expected in (
        (run.params, params),
        (run.statistics, statistics),
        (run.adam, memory[0]),
    ):
        jax.tree.map(
            lambda c, e: np.testing.assert_allclose(c[-1], e, rtol=1e-9, atol=1e-12), came, expected
        )
    assert len(run.adam.count) == 3


def test_or_group_chooses_the_moments():
    values = jax.random.normal(jax.random.key(2), (3, 2, 2, 4))
    either = [or_group(lambda _, v: batch_moments(v), group)(0, values) for group in (False, True)]
    for name in ("mean", "variance"):
        np.testing.assert_array_equal(
            either[0][name], np.broadcast_to(batch_moments(values)[name], (3, 1, 1, 4))
        )
        np.testing.assert_array_equal(either[1][name], group_moments(values)[name])


def test_tangents_as_vectors_keep_the_order_of_the_leaves():
    tangents = [jnp.arange(12.0).reshape(2, 3, 2), 10 * jnp.ones((2, 3))]
    vectors = tangent_vectors(tangents, batch_axes=2)
    np.testing.assert_array_equal(vectors[1, 0], [6.0, 7.0, 10.0])
    np.testing.assert_allclose(tangent_lengths(tangents, batch_axes=2)[1, 0], 185**0.5)
    assert tangent_vectors(tangents).shape == (18,)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be a positive integer, but it is 0."),
        ({"steps": 2.5}, "`steps` must be a positive integer, but it is 2.5."),
        ({"every": 0}, "`every` must be a positive integer, but it is 0."),
        ({"steps": 3, "every": 2}, "`every` must divide the 3 steps, but it is 2."),
    ],
)
def test_numbers_that_do_not_fit_are_named(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train_residual(NETWORK, IMAGES, TARGETS, jax.random.key(0), **SMALL | wrong)


def test_leaves_that_share_no_axes_are_named():
    with pytest.raises(
        ValueError, match=r"`tangents` must share 1 leading axes in every leaf, but it is .*Pass"
    ):
        tangent_lengths([jnp.ones((2, 3)), jnp.ones((3, 2))], batch_axes=1)
    with pytest.raises(ValueError, match=r"`batch_axes` must be .*, but it is -1"):
        tangent_vectors([jnp.ones(2)], batch_axes=-1)
