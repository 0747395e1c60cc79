"""Collective operations over an axis that vmap names are reductions."""

import jax
import jax.numpy as jnp
import numpy as np
from agreement import agree
from jax import lax


def test_reductions_over_named_axes(node):
    x = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.25]])

    def row(v):
        total, mean = lax.psum(v, "rows"), lax.pmean(v, "rows")
        scale = lax.pmax(jnp.abs(v), "rows") - lax.pmin(v, "rows")
        count = float(lax.psum(1, "rows") + lax.axis_size("rows"))
        number = lax.axis_index("rows").astype(float)
        return (v - mean) / scale + total * number + count, lax.psum(v, "rows")

    def both(v):
        number = lax.axis_index("columns").astype(float)
        return lax.psum(v, ("rows", "columns")) + lax.pmax(v, "columns") - number

    def reductions(x):
        inner = jax.vmap(both, axis_name="columns")
        gathered = jax.vmap(lambda v: lax.all_gather(v, "rows") * v[None], axis_name="rows")
        return (
            jax.vmap(row, axis_name="rows")(x),
            jax.vmap(inner, axis_name="rows")(x),
            jax.vmap(jax.grad(lambda v: lax.pmean(jnp.sin(v), "rows").sum()), axis_name="rows")(x),
            gathered(x),
        )

    agree(node, reductions, x)


def test_batch_normalization(node):
    """As Flax and Equinox write it, in training mode and differentiated."""

    def normalized(v):
        mean = lax.pmean(v, "batch")
        return (v - mean) * lax.rsqrt(lax.pmean((v - mean) ** 2, "batch") + 1e-5)

    def loss(x):
        return jnp.sum(jnp.tanh(jax.vmap(normalized, axis_name="batch")(x)) * x)

    x = np.arange(12.0).reshape(4, 3) % 5
    agree(node, lambda x: (loss(x), jax.grad(loss)(x)), x, rtol=1e-11, atol=1e-13)
