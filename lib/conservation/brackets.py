r"""Nested brackets of the fields of random examples, for networks of one padded shape.

The field of a sample is the gradient of one random combination of what the network can compute,

$$f_c(\theta) = a^\top A_0D_0A_1D_1\cdots A_{L-1}e + \sum_i s_i\,\langle\ell_i, b_i\rangle,$$

with random vectors $a$, $e$, random diagonal matrices $D_i$ for ReLU layers ($D_i = I$ for linear
ones), and the product $\ell_i = a^\top A_0D_0\cdots A_iD_i$ on the left of the bias $b_i$. With the
product $r_i$ on the right, the gradient with respect to $A_i$ is $\ell_{i-1}r_i^\top$. Both are
loops over the layers, which is what compiles quickly when brackets are nested.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lib.conservation.networks import Layout, Padded


class Sample(NamedTuple):
    """What one random field is made of."""

    output: Array
    """$a$, (width,)."""
    input: Array
    """$e$, (width,)."""
    active: Array
    """The diagonals of $D_i$, (layers, width), ones where nothing is switched."""
    bias: Array
    """$s_i$, (layers,)."""


def field(theta: Padded, sample: Sample, layout: Layout) -> Padded:
    """The field of one sample, zero in the entries that the network does not use."""

    def forward(left: Array, layer: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        weights, active = layer
        after = (left @ weights) * active
        return after, (left, after)

    def backward(right: Array, layer: tuple[Array, ...]) -> tuple[Array, Array]:
        weights, bias, active, scale = layer
        before = active * (right + scale * bias)
        return weights @ before, before

    weights, biases = theta
    _, (left, ends) = jax.lax.scan(forward, sample.output, (weights, sample.active))
    behind = (weights, biases, sample.active, sample.bias)
    _, right = jax.lax.scan(backward, sample.input, behind, reverse=True)
    slopes = Padded(left[:, :, None] * right[:, None, :], ends * sample.bias[:, None])

    def in_the_metric(slope: Array, at: Array, used: Array, mirror: Array) -> Array:
        return jnp.where(used, jnp.where(mirror, at * slope, slope), 0.0)

    return jax.tree.map(in_the_metric, slopes, theta, layout.used, layout.mirror)


def nested_bracket(theta: Padded, samples: Sample, layout: Layout, sign: Array) -> Padded:
    r"""The bracket $[F_1, [F_2, \dots F_d]]$ of the fields of samples with a leading axis.

    With `sign` = −1 it is the bracket $(Dv)u - (Du)v$. With +1, at the absolute values of all
    arguments, it bounds every sum that computing the bracket goes through.
    """
    depth = samples.output.shape[0]
    fields = [
        partial(field, sample=jax.tree.map(lambda leaf, k=k: leaf[k], samples), layout=layout)
        for k in range(depth)
    ]

    def bracket(u: Callable[[Padded], Padded], v: Callable[[Padded], Padded]) -> Callable:
        def of_both(at: Padded) -> Padded:
            along_u = jax.jvp(v, (at,), (u(at),))[1]
            along_v = jax.jvp(u, (at,), (v(at),))[1]
            return jax.tree.map(lambda a, b: a + sign * b, along_u, along_v)

        return of_both

    nested = fields[-1]
    for outer in reversed(fields[:-1]):
        nested = bracket(outer, nested)
    return nested(theta)


@jax.jit
def brackets(theta: Padded, samples: Sample, layout: Layout, sign: Float[Array, ""]) -> Padded:
    """Brackets of many tuples of samples: all leaves of `samples` lead with (tuples, depth)."""
    return jax.vmap(nested_bracket, (None, 0, None, None))(theta, samples, layout, sign)


def draw_samples(
    draw: Callable[[tuple[int, ...]], np.ndarray],
    count: int,
    depth: int,
    shape: tuple[int, int],
    relu: bool,
) -> Sample:
    """`count` tuples of `depth` random samples, their entries drawn by a function of a shape."""
    layers, width = shape
    leading = (count, depth)
    return Sample(
        output=draw((*leading, width)),
        input=draw((*leading, width)),
        active=draw((*leading, layers, width)) if relu else np.ones((*leading, layers, width)),
        bias=draw((*leading, layers)),
    )


def law_values(theta: Padded, layout: Layout) -> Array:
    r"""The known laws of a network, (layers, width, width), zero where there is none.

    For a hidden layer of a linear network it is the matrix
    $A_i^\top A_i - A_{i+1}A_{i+1}^\top - b_ib_i^\top$, for a ReLU network its diagonal. A layer
    with a mirror metric puts twice the sums of its entries in place of the sums of squares.
    """
    weights, biases = theta
    size = weights.shape[-1]
    eye = jnp.eye(size)

    def on_diagonal(rows: Array) -> Array:
        return rows[:, :, None] * eye[None]

    curved = layout.mirror.weights[:, :1, :1]
    columns = jnp.where(
        curved,
        on_diagonal(2 * jnp.sum(weights, axis=1)),
        jnp.einsum("lij,lik->ljk", weights, weights),
    )
    rows = jnp.where(
        curved,
        on_diagonal(2 * jnp.sum(weights, axis=2)),
        jnp.einsum("lji,lki->ljk", weights, weights),
    )
    of_next = jnp.concatenate([rows[1:], jnp.zeros_like(rows[:1])])
    of_biases = jnp.where(
        layout.mirror.biases[:, :1, None],
        on_diagonal(2 * biases),
        biases[:, :, None] * biases[:, None, :],
    )
    kept = layout.hidden[:, None, None] & (layout.square[:, None, None] | (eye[None] > 0))
    return jnp.where(kept, columns - of_next - of_biases, 0.0)


@jax.jit
def law_gradients(theta: Padded, layout: Layout) -> Padded:
    """The gradients of all known laws as tangents with one leading axis."""
    slopes = jax.jacrev(law_values)(theta, layout)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[3:]), slopes)
