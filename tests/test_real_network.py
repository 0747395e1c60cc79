"""What the section on a real network relies on: `forward`, and the gap of running statistics."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lib.residual import batch_moments, group_moments, residual_network

NETWORK = residual_network(channels=2, classes=3, blocks=1)
IMAGES = jax.random.uniform(jax.random.key(1), (4, 4, 4))
PARAMS, STATISTICS = NETWORK.init(jax.random.key(0))


def test_one_block_has_three_units():
    assert len(PARAMS["units"]) == len(STATISTICS) == 3


def test_forward_with_the_moments_of_the_batch_is_the_train_mode():
    logits, found = NETWORK.forward(PARAMS, IMAGES, lambda _, values: batch_moments(values))
    expected, statistics = NETWORK.train(PARAMS, STATISTICS, IMAGES)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)
    np.testing.assert_allclose(
        statistics[2]["mean"], 0.9 * STATISTICS[2]["mean"] + 0.1 * found[2]["mean"], rtol=1e-12
    )


def test_forward_with_stored_statistics_evaluates_each_image_alone():
    logits, _ = NETWORK.forward(PARAMS, IMAGES, lambda unit, _: STATISTICS[unit])
    alone = [NETWORK.evaluate(PARAMS, STATISTICS, image) for image in IMAGES]
    np.testing.assert_allclose(logits, jnp.stack(alone), rtol=1e-12)


def test_forward_with_the_moments_of_groups_is_group_normalization():
    grouped = residual_network(channels=2, classes=3, blocks=1, norm="group")
    logits, _ = NETWORK.forward(PARAMS, IMAGES, lambda _, values: group_moments(values))
    np.testing.assert_allclose(logits, grouped.train(PARAMS, [], IMAGES)[0], rtol=1e-12)


def test_two_batches_in_both_orders_leave_a_gap_of_the_statistics():
    def after(order):
        statistics = STATISTICS
        for part in order:
            _, statistics = NETWORK.train(PARAMS, statistics, part)
        return statistics

    a, b = IMAGES[:2], IMAGES[2:]
    found = [NETWORK.train(PARAMS, STATISTICS, part)[1] for part in (a, b)]
    gap = jax.tree.map(jnp.subtract, after([a, b]), after([b, a]))
    for came, of_a, of_b in zip(*map(jax.tree.leaves, (gap, *found)), strict=True):
        # One step gives 0.9 s + 0.1 b, so the difference of the two is 0.1 (b_A - b_B).
        np.testing.assert_allclose(came, -(0.1**2) * (of_a - of_b) / 0.1, rtol=1e-9, atol=1e-15)


def test_blocks_and_images_that_do_not_fit_are_named():
    words = "`blocks` must be a positive integer, but it is 0. Pass 2."
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        residual_network(blocks=0)
    words = (
        "The images must be float64 of shape (n, height, width) with sides that are multiples of "
        "2, but came as float64[4,3,4]. Use jax.vmap(evaluate, (None, None, 0)) for many images, and "
        "train for a batch."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        NETWORK.train(PARAMS, STATISTICS, IMAGES[:, :3])
