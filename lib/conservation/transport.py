r"""Fields carried back along flows: what nested brackets span, without nesting.

Follow a word of fields from a point, take the value of another field at the end, and carry it back
by the derivative of the way home. By the orbit theorem such vectors span
$\operatorname{Lie}(W)$ at the start, if the fields are analytic. Each costs one derivative along a
direction, however deep the brackets would have to be.

The ways are followed at unit speed: a field times a positive function has the same orbits, and the
walk cannot run away in finite time. The scheme is that of Dormand and Prince of order 8, with
SciPy's coefficients. A walk there and back has to end where it began; that is how a walk that
the steps do not resolve is found out.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int, PyTree
from scipy.integrate import DOP853

FieldOf = Callable[[PyTree, Any], PyTree]
"""The field of a generator: a function of a state and the generator to a tangent."""


def carried_back(
    field_of: FieldOf,
    start: PyTree,
    words: PyTree,
    *,
    length: Float[ArrayLike, ""],
    steps: Int[ArrayLike, ""],
) -> tuple[PyTree, Float[Array, " words"]]:
    """Fields at the ends of walks, carried back to the start, and how far each walk misses it.

    Args:
      field_of: see {data}`FieldOf`.
      start: the state at which all walks begin.
      words: generators, whose leaves lead with (words, segments + 1). A walk follows all but the
        last of its word, and the field of the last one is carried back.
      length: how far a walk follows each.
      steps: how many steps that takes. Both may be traced.

    Returns:
      Tangents at the start with a leading axis, and for each walk the largest error of an entry
      after the way there and back.
    """

    def unit(state: PyTree, generator: Any) -> PyTree:
        return _unit_speed(field_of(state, generator))

    def walk(state: PyTree, segments: PyTree, time: Array) -> PyTree:
        def along(state: PyTree, generator: Any) -> tuple[PyTree, None]:
            def step(_: Array, state: PyTree) -> PyTree:
                return _step(lambda at: unit(at, generator), state, time)

            return jax.lax.fori_loop(0, steps, step, state), None

        return jax.lax.scan(along, state, segments)[0]

    def one(word: PyTree) -> tuple[PyTree, Array]:
        there = jax.tree.map(lambda leaf: leaf[:-1], word)
        home = jax.tree.map(lambda leaf: leaf[::-1], there)
        time = jnp.asarray(length) / steps
        end = walk(start, there, time)
        tangent = unit(end, jax.tree.map(lambda leaf: leaf[-1], word))
        back, carried = jax.jvp(lambda state: walk(state, home, -time), (end,), (tangent,))
        missed = jax.tree.map(lambda a, b: jnp.max(jnp.abs(a - b)), back, start)
        return carried, jnp.max(jnp.stack(jax.tree.leaves(missed)))

    return jax.vmap(one)(words)


def _unit_speed(tangent: PyTree) -> PyTree:
    """The same direction at a speed below one, smooth where the tangent vanishes."""
    square = sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tangent))
    return jax.tree.map(lambda leaf: leaf / jnp.sqrt(square + 0.01), tangent)


def _step(field: Callable[[PyTree], PyTree], state: PyTree, time: Array) -> PyTree:
    """One step of order 8."""

    def moved(weights: Array, slopes: PyTree) -> PyTree:
        def along(leaf: Array, slope: Array) -> Array:
            # A product and a sum, which XLA runs twice as fast as its matrix product here.
            share = weights.reshape(-1, *(1,) * leaf.ndim)
            return leaf + time * jnp.sum(share * slope, axis=0)

        return jax.tree.map(along, state, slopes)

    def stage(slopes: PyTree, row: tuple[Array, Array]) -> tuple[PyTree, None]:
        number, weights = row
        slope = field(moved(weights, slopes))
        return jax.tree.map(lambda all_, one: all_.at[number].set(one), slopes, slope), None

    zeros = jax.tree.map(lambda leaf: jnp.zeros((DOP853.n_stages, *jnp.shape(leaf))), state)
    rows = jnp.arange(DOP853.n_stages), jnp.asarray(DOP853.A)
    slopes, _ = jax.lax.scan(stage, zeros, rows)
    return moved(jnp.asarray(DOP853.B), slopes)
