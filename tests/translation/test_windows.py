"""Convolutions and pooling, over strides, paddings and dilations, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, arrays, run
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

pairs = st.tuples(st.integers(1, 2), st.integers(1, 3))
paddings = st.tuples(*[st.tuples(st.integers(-1, 2), st.integers(-1, 2))] * 2)
LAYOUTS = [("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC"), ("CNHW", "IHWO", "HWNC")]


def images(*shape):
    return arrays("float64", shape, low=-3, high=3, special=(0.0,))


def close(node, function, *values):
    """Sums of products, which cancel: the error counts against the largest."""
    for want, got in zip(*run(node, function, *values), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * (1 + np.abs(want).max()))


def arranged(x, from_, to):
    return jnp.transpose(x, [from_.index(c) for c in to])


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=4)
@given(
    x=images(2, 4, 5, 6),
    kernel=images(6, 4, 2, 3),
    strides=pairs,
    padding=paddings,
    dilations=st.tuples(pairs, pairs),
)
def test_convolutions_and_their_gradients(node, layout, x, kernel, strides, padding, dilations):
    padding = [(low + 2, high + 2) for low, high in padding]

    def convolved(x, kernel):
        return lax.conv_general_dilated(
            arranged(x, "NCHW", layout[0]),
            arranged(kernel, "OIHW", layout[1]),
            strides,
            padding,
            *dilations,
            dimension_numbers=layout,
        )

    def energy(x, kernel):
        return jnp.sum(convolved(x, kernel) ** 2)

    close(node, lambda x, k: (convolved(x, k), jax.grad(energy, (0, 1))(x, k)), x, kernel)


@pytest.mark.parametrize("groups", [{"feature_group_count": 2}, {"batch_group_count": 2}])
@settings(max_examples=4)
@given(x=images(2, 4, 3, 4), kernel=images(6, 4, 2, 2))
def test_grouped_and_batched_convolutions(node, groups, x, kernel):
    kernel = kernel[:, : 2 if "feature_group_count" in groups else 4]

    def convolved(x, kernel):
        return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", **groups)

    def energy(x, kernel):
        return jnp.sum(jnp.sin(convolved(x, kernel)))

    close(node, lambda x, k: (convolved(x, k), jax.grad(energy, (0, 1))(x, k)), x, kernel)
    close(node, jax.vmap(convolved), np.stack([x, -x]), np.stack([kernel, kernel + 1]))


@given(n=arrays("int32", (1, 1, 7)), k=arrays("int32", (1, 1, 3)))
def test_convolutions_of_integers_wrap_around(node, n, k):
    agree(node, lambda n, k: lax.conv(n, k, (2,), "SAME"), n, k)


POOLS = {
    "max": (-np.inf, lax.max),
    "min": (np.inf, lax.min),
    "sum": (0.0, lax.add),
    "general": (1.0, lambda a, b: a * b),
}


@pytest.mark.parametrize("name", POOLS)
@given(
    x=images(7, 8),
    strides=pairs,
    padding=st.tuples(*[st.tuples(st.integers(0, 1), st.integers(0, 1))] * 2),
    dilations=st.tuples(pairs, pairs),
)
def test_pooling(node, name, x, strides, padding, dilations):
    start, combine = POOLS[name]
    agree(
        node,
        lambda v: lax.reduce_window(v, start, combine, (2, 3), strides, padding, *dilations),
        x,
        rtol=1e-10,
        zeros=False,
    )


@pytest.mark.parametrize("name", ["max", "min", "sum"])
@settings(max_examples=4)
@given(x=images(7, 8), strides=pairs, same=st.booleans())
def test_derivatives_of_pooling(node, name, x, strides, same):
    start, combine = POOLS[name]
    x = np.round(x, 1)  # so that some elements under a window are equal

    def pooled(v):
        padding = "SAME" if same else "VALID"
        return lax.reduce_window(v, start, combine, (2, 3), strides, padding)

    def energy(v):
        return jnp.sum(pooled(v) ** 3)

    close(node, lambda v: (jax.grad(energy)(v), jax.jvp(pooled, (v,), (v * v,))), x)


@given(x=arrays("int32", (9,)))
def test_pooling_of_integers(node, x):
    def pooled(v):
        largest = lax.reduce_window(v, np.int32(-(2**31)), lax.max, (3,), (1,), "SAME")
        return largest, lax.reduce_window(v, np.int32(0), lax.add, (3,), (2,), "VALID")

    agree(node, pooled, x)


def test_several_arrays_under_a_window(node):
    def pooled(v):
        def later(a, b):
            more = b[0] > a[0]
            return jnp.where(more, b[0], a[0]), jnp.where(more, b[1], a[1])

        places = lax.iota(jnp.int32, v.size)
        starts = (jnp.float64(-jnp.inf), jnp.int32(-1))
        return lax.reduce_window((v, places), starts, later, (3,), (2,), "VALID")

    agree(node, pooled, np.array([1.0, 5.0, 2.0, 3.0, 3.5, -1.0, 0.0]))
