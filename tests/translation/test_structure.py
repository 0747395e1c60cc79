"""Moving elements: views, joins, and places that are computed."""

import jax
import jax.numpy as jnp
import numpy as np
from agreement import FLOATS, INTEGERS, agree, agree_in_each, arrays, examples
from jax import lax

matrices = arrays("float64", (3, 4), low=-10, high=10, special=())


def test_moving_elements(node):
    def moved(v):
        return (
            v.T,
            v[::-1, ::2],
            v[1:, 1],
            jnp.broadcast_to(v[:, None], (3, 2, 4)),
            v.reshape(2, 6),
            (v + 1).reshape(12),
            jnp.concatenate([v, v[:1]], 0),
            jnp.stack([v, -v], 1),
            jnp.split(v, 2, axis=1),
            lax.pad(v, 0.5, ((1, -1, 0), (-1, 2, 1))),
            lax.expand_dims(v, (0, 2)),
            jnp.tile(v, (2, 1)),
            jnp.roll(v, 1, 1),
            lax.broadcasted_iota(jnp.int64, (2, 3), 1),
            jnp.arange(5).astype(float),
        )

    agree_in_each(node, moved, examples(matrices))


def places(v, i, j):
    row = jnp.stack([i, j])
    return (
        lax.dynamic_slice(v, (i, j), (2, 3)),
        lax.dynamic_update_slice(v, v[:2, :2] * 7, (i, j)),
        v.at[i, j].get(mode="fill"),
        v.at[row].get(mode="fill", fill_value=3.0),
        v.at[row].get(mode="clip"),
        v[:, jnp.array([0, 2, 2])],
        v.at[row].set(5.0),
        v.at[row, 1].add(2.0),
        v.at[row, 1].subtract(2.0),
        v.at[:, row].multiply(2.0),
        v.at[row].max(0.5),
        v.at[row].min(0.5),
        jnp.take_along_axis(v, jnp.array([[0], [1], [2]]), 1),
        jax.vmap(lambda r, k: r[k])(v, jnp.array([0, 3, 1])),
    )


def test_computed_places(node):
    drawn = iter(examples(matrices, count=13 * 13))
    every = [(*next(drawn), np.int32(i), np.int32(j)) for i in range(-6, 7) for j in range(-6, 7)]
    agree_in_each(node, places, every)


def test_what_is_read_outside_of_an_array(node):
    def outside(n, *each):
        return [x.at[n].get(mode="fill") for x in each]

    dtypes = ("bool", *FLOATS, *INTEGERS)
    (values,) = examples(*[arrays(dtype, (4,)) for dtype in dtypes], count=1)
    agree(node, outside, np.array([0, 9, -2, 4], np.int32), *values)


def test_places_that_are_constants(node):
    (x,) = examples(matrices, count=1)[0]
    some = [(x, np.int32(i), np.int32(j)) for i, j in ((0, 2), (-1, 5), (2, -6))]
    agree_in_each(node, places, some, constant=True)
