"""Convolutions and pooling, over strides, paddings and dilations, and their derivatives."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, agree_in_each, arrays, examples, pairs, run
from jax import lax

LAYOUTS = [("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC"), ("CNHW", "IHWO", "HWNC")]


def images(*shape):
    return arrays("float64", shape, low=-3, high=3, special=(0.0,))


def settings(count, least_padding, most_padding):
    """Different strides, paddings and dilations (of the image and of the window), drawn once."""
    random = np.random.default_rng(0)

    def two(low, high):
        return tuple(int(n) for n in random.integers(low, high, 2, endpoint=True))

    def steps():
        return two(1, 2)[0], two(1, 3)[0]

    def padding():
        return tuple(two(least_padding, most_padding) for _ in range(2))

    return [(steps(), padding(), steps(), steps()) for _ in range(count)]


def close(node, function, each):
    """Sums of products, which cancel: the error counts against the largest."""
    for want, got in pairs(*run(node, function, each)):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * (1 + np.abs(want).max()))


def arranged(x, from_, to):
    return jnp.transpose(x, [from_.index(c) for c in to])


@pytest.mark.parametrize(
    ("layout", "setting"),
    [(LAYOUTS[k % 3], setting) for k, setting in enumerate(settings(12, 1, 4))],
)
def test_convolutions_and_their_gradients(node, layout, setting):
    def convolved(x, kernel):
        return lax.conv_general_dilated(
            arranged(x, "NCHW", layout[0]),
            arranged(kernel, "OIHW", layout[1]),
            *setting,
            dimension_numbers=layout,
        )

    def energy(x, kernel):
        return jnp.sum(convolved(x, kernel) ** 2)

    def both(x, kernel):
        return convolved(x, kernel), jax.grad(energy, (0, 1))(x, kernel)

    close(node, both, examples(images(2, 4, 5, 6), images(6, 4, 2, 3), count=2))


@pytest.mark.parametrize("groups", [{"feature_group_count": 2}, {"batch_group_count": 2}])
def test_grouped_and_batched_convolutions(node, groups):
    def convolved(x, kernel):
        return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", **groups)

    def energy(x, kernel):
        return jnp.sum(jnp.sin(convolved(x, kernel)))

    def all_forms(x, kernel):
        return (
            convolved(x, kernel),
            jax.grad(energy, (0, 1))(x, kernel),
            jax.vmap(convolved)(jnp.stack([x, -x]), jnp.stack([kernel, kernel + 1])),
        )

    channels = 2 if "feature_group_count" in groups else 4
    close(node, all_forms, examples(images(2, 4, 3, 4), images(6, channels, 2, 2), count=4))


def test_convolutions_of_integers_wrap_around(node):
    each = examples(arrays("int32", (1, 1, 7)), arrays("int32", (1, 1, 3)))
    agree_in_each(node, lambda n, k: lax.conv(n, k, (2,), "SAME"), each)


POOLS = {
    "max": (-np.inf, lax.max),
    "min": (np.inf, lax.min),
    "sum": (0.0, lax.add),
    "general": (1.0, lambda a, b: a * b),
}


@pytest.mark.parametrize("name", POOLS)
def test_pooling(node, name):
    start, combine = POOLS[name]

    def pooled(x):
        return [
            lax.reduce_window(x, start, combine, (2, 3), *setting) for setting in settings(12, 0, 1)
        ]

    agree_in_each(node, pooled, examples(images(7, 8), count=4), rtol=1e-10, zeros=False)


@pytest.mark.parametrize("name", ["max", "min", "sum"])
def test_derivatives_of_pooling(node, name):
    start, combine = POOLS[name]
    choices = list(itertools.product([(1, 1), (2, 3)], ["SAME", "VALID"]))

    def derivatives(x):
        x = jnp.round(x, 1)  # so that some elements under a window are equal

        def pooled(v, strides, padding):
            return lax.reduce_window(v, start, combine, (2, 3), strides, padding)

        results = []
        for choice in choices:
            gradient = jax.grad(lambda v, choice=choice: jnp.sum(pooled(v, *choice) ** 3))(x)
            forward = jax.jvp(lambda v, choice=choice: pooled(v, *choice), (x,), (x * x,))
            results.append((gradient, forward))
        return results

    close(node, derivatives, examples(images(7, 8), count=4))


def test_pooling_of_integers(node):
    def pooled(v):
        largest = lax.reduce_window(v, np.int32(-(2**31)), lax.max, (3,), (1,), "SAME")
        return largest, lax.reduce_window(v, np.int32(0), lax.add, (3,), (2,), "VALID")

    agree_in_each(node, pooled, examples(arrays("int32", (9,))))


def test_several_arrays_under_a_window(node):
    def pooled(v):
        def later(a, b):
            more = b[0] > a[0]
            return jnp.where(more, b[0], a[0]), jnp.where(more, b[1], a[1])

        places = lax.iota(jnp.int32, v.size)
        starts = (jnp.float64(-jnp.inf), jnp.int32(-1))
        return lax.reduce_window((v, places), starts, later, (3,), (2,), "VALID")

    agree(node, pooled, np.array([1.0, 5.0, 2.0, 3.0, 3.5, -1.0, 0.0]))
