"""The residual network: its three normalizations by hand, and the gap of running statistics."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate2d

from lib.residual import batch_moments, group_moments, residual_network

NETWORK = residual_network(channels=2, classes=3, blocks=1)
SMALL = jax.random.uniform(jax.random.key(1), (4, 4, 4))
PARAMS, STATISTICS = NETWORK.init(jax.random.key(0))


def test_one_block_has_three_units():
    assert len(PARAMS["units"]) == len(STATISTICS) == 3


def test_forward_with_the_moments_of_the_batch_is_the_train_mode():
    logits, found = NETWORK.forward(PARAMS, SMALL, lambda _, values: batch_moments(values))
    expected, statistics = NETWORK.train(PARAMS, STATISTICS, SMALL)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)
    np.testing.assert_allclose(
        statistics[2]["mean"], 0.9 * STATISTICS[2]["mean"] + 0.1 * found[2]["mean"], rtol=1e-12
    )


def test_forward_with_stored_statistics_evaluates_each_image_alone():
    logits, _ = NETWORK.forward(PARAMS, SMALL, lambda unit, _: STATISTICS[unit])
    alone = [NETWORK.evaluate(PARAMS, STATISTICS, image) for image in SMALL]
    np.testing.assert_allclose(logits, jnp.stack(alone), rtol=1e-12)


def test_forward_with_the_moments_of_groups_is_group_normalization():
    grouped = residual_network(channels=2, classes=3, blocks=1, norm="group")
    logits, _ = NETWORK.forward(PARAMS, SMALL, lambda _, values: group_moments(values))
    np.testing.assert_allclose(logits, grouped.train(PARAMS, [], SMALL)[0], rtol=1e-12)


def test_two_batches_in_both_orders_leave_a_gap_of_the_statistics():
    def after(order):
        statistics = STATISTICS
        for part in order:
            _, statistics = NETWORK.train(PARAMS, statistics, part)
        return statistics

    a, b = SMALL[:2], SMALL[2:]
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
        "2, but came as float64[4,3,4]. Use jax.vmap(evaluate, (None, None, 0)) for many images, "
        "and train for a batch."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        NETWORK.train(PARAMS, STATISTICS, SMALL[:, :3])


RESIDUAL = {norm: residual_network(channels=4, classes=3, norm=norm) for norm in ("batch", "group")}


IMAGES = jax.random.uniform(jax.random.key(5), (3, 8, 8))


def drawn(norm):
    """Parameters and statistics without the symmetries of the start."""
    start = RESIDUAL[norm].init(jax.random.key(2))
    leaves, tree = jax.tree.flatten(start)
    keys = jax.random.split(jax.random.key(3), len(leaves))
    return jax.tree.unflatten(
        tree,
        [
            leaf + 0.3 * jax.random.uniform(k, leaf.shape)
            for k, leaf in zip(keys, leaves, strict=True)
        ],
    )


def mish(values):
    return values * np.tanh(np.log1p(np.exp(values)))


def by_hand(params, images, moments_of):
    """The network from its definition, with SciPy's correlation and loops over channels."""
    params = jax.tree.map(np.asarray, params)
    count = iter(range(5))

    def unit(values):
        n = next(count)
        weight, scale, shift = (params["units"][n][name] for name in ("weight", "scale", "shift"))
        summed = np.array(
            [
                [
                    sum(
                        correlate2d(image[..., i], weight[:, :, i, o], mode="same")
                        for i in range(weight.shape[2])
                    )
                    for o in range(weight.shape[3])
                ]
                for image in values
            ]
        ).transpose(0, 2, 3, 1)
        mean, variance = moments_of(n, summed)
        return scale * (summed - mean) / np.sqrt(variance + 1e-5) + shift

    values = mish(unit(np.asarray(images)[..., None]))
    for _ in range(2):
        values = sum(values[:, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
        inner = mish(unit(values))
        values = mish(values + unit(inner))
    return values.mean((1, 2)) @ params["head"]["weight"].T + params["head"]["bias"]


def test_batch_norm_in_training_uses_the_moments_of_the_batch_and_remembers_them():
    params, statistics = drawn("batch")
    found = []

    def moments(n, values):
        flat = values.reshape(-1, values.shape[-1])
        found.append((flat.mean(0), flat.var(0)))
        return found[-1]

    expected = by_hand(params, IMAGES, moments)
    logits, new = RESIDUAL["batch"].train(params, statistics, IMAGES)
    np.testing.assert_allclose(logits, expected, rtol=1e-10)
    for before, after, (mean, variance) in zip(statistics, new, found, strict=True):
        np.testing.assert_allclose(after["mean"], 0.9 * before["mean"] + 0.1 * mean, rtol=1e-10)
        np.testing.assert_allclose(
            after["variance"], 0.9 * before["variance"] + 0.1 * variance, rtol=1e-10
        )


def test_batch_norm_in_evaluation_uses_the_statistics_as_constants():
    params, statistics = drawn("batch")
    expected = by_hand(
        params,
        IMAGES,
        lambda n, _: tuple(np.asarray(statistics[n][m]) for m in ("mean", "variance")),
    )
    came = jax.vmap(RESIDUAL["batch"].evaluate, (None, None, 0))(params, statistics, IMAGES)
    np.testing.assert_allclose(came, expected, rtol=1e-10)


def test_group_norm_uses_the_moments_of_one_image_in_both_modes():
    params, statistics = drawn("group")

    def moments(_, values):
        halves = values.reshape(3, 64 if values.shape[1] == 8 else -1, 2, 2)
        mean = np.repeat(halves.mean((1, 3)), 2, axis=1)[:, None, None, :]
        return mean, np.repeat(halves.var((1, 3)), 2, axis=1)[:, None, None, :]

    expected = by_hand(params, IMAGES, moments)
    logits, new = RESIDUAL["group"].train(params, statistics, IMAGES)
    single = jax.vmap(RESIDUAL["group"].evaluate, (None, None, 0))(params, statistics, IMAGES)
    assert new == []
    np.testing.assert_allclose(logits, expected, rtol=1e-10)
    np.testing.assert_allclose(single, expected, rtol=1e-10)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: residual_network(channels=3), "`channels` must be even, but it is 3. Pass 8."),
        (
            lambda: residual_network(classes=0),
            "`classes` must be a positive integer, but it is 0. Pass 10.",
        ),
        (
            lambda: residual_network(norm="layer"),
            '`norm` must be "batch" or "group", but it is \'layer\'.',
        ),
        (
            lambda: RESIDUAL["batch"].init(0),
            (
                "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use "
                "jax.vmap for many."
            ),
        ),
        (
            lambda: RESIDUAL["batch"].evaluate({}, [], IMAGES[0]),
            (
                "`params` must be {head: {bias: float64[3], weight: float64[3,4]}, units: "
                "[{scale: float64[4], shift: float64[4], weight: float64[3,3,1,4]}, {scale: "
                "float64[4], shift: float64[4], weight: float64[3,3,4,4]}, {scale: float64[4], "
                "shift: float64[4], weight: floa …, but it is {}. Take them from init(key) of "
                "the same network."
            ),
        ),
        (
            lambda: RESIDUAL["batch"].train(*RESIDUAL["group"].init(jax.random.key(0)), IMAGES),
            (
                "`statistics` must be [{mean: float64[4], variance: float64[4]}, {mean: "
                "float64[4], variance: float64[4]}, {mean: float64[4], variance: float64[4]}, "
                "{mean: float64[4], variance: float64[4]}, {mean: float64[4], variance: "
                "float64[4]}], but it is []. Take them from init(key) of the same network."
            ),
        ),
        (
            lambda: RESIDUAL["batch"].evaluate(*drawn("batch"), IMAGES),
            (
                "The image must be float64 of shape (height, width) with sides that are "
                "multiples of 4, but came as float64[3,8,8]. Use jax.vmap(evaluate, (None, None, "
                "0)) for many images, and train for a batch."
            ),
        ),
        (
            lambda: RESIDUAL["batch"].train(*drawn("batch"), IMAGES[0]),
            (
                "The images must be float64 of shape (n, height, width) with sides that are "
                "multiples of 4, but came as float64[8,8]. Use jax.vmap(evaluate, (None, None, "
                "0)) for many images, and train for a batch."
            ),
        ),
        (
            lambda: RESIDUAL["group"].train(*drawn("group"), IMAGES[:, :6]),
            (
                "The images must be float64 of shape (n, height, width) with sides that are "
                "multiples of 4, but came as float64[3,6,8]. Use jax.vmap(evaluate, (None, None, "
                "0)) for many images, and train for a batch."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()
