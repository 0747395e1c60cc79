"""Compares a translation with JAX: drawn arrays, and agreement of every element."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

from lib.figures import to_javascript

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOATS = ("float64", "float32")


def arrays(dtype, shape, low=-1e6, high=1e6, special=SPECIAL):
    """Arrays of one dtype: numbers over the range, small ones, and special values.

    Hypothesis draws a seed rather than each element: a hundred times as fast.
    """
    return st.integers(0, 2**32 - 1).map(
        lambda seed: random_array(np.random.default_rng(seed), dtype, shape, low, high, special)
    )


def random_array(random, dtype, shape, low, high, special):
    """A third each: over the whole range, small, and special (for integers the ends)."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return random.random(shape) < 0.5
    kind = random.integers(0, 3, shape)
    if dtype.kind == "f":
        inside = [x for x in special if not np.isfinite(x) or low <= x <= high] or [low]
        small = np.clip(random.normal(size=shape), low, high)
        cases = [random.uniform(low, high, shape), small, random.choice(inside, shape)]
    else:
        ends = np.iinfo(dtype)
        some = np.array([ends.min, ends.max, 0, 1, 2, 3], dtype)
        every = random.integers(ends.min, ends.max, shape, dtype, endpoint=True)
        cases = [every, every % dtype.type(7), random.choice(some, shape)]
    return np.choose(kind, cases).astype(dtype)


def constants(function, *values):
    """A function of no argument: integers beyond 2⁵³ can't pass through a JavaScript number."""
    fixed = [jnp.asarray(v) for v in values]
    return lambda: jax.tree.map(exact, function(*fixed))


def exact(x):
    """A 64-bit integer as two halves, which a double holds; other arrays as they are."""
    if x.dtype.kind in "iu" and x.dtype.itemsize == 8:
        low = (x & x.dtype.type(0xFFFFFFFF)).astype(jnp.uint32)
        return low, (x >> x.dtype.type(32)).astype(jnp.int32)
    return x


def run(node, function, *values):
    """The results of JAX and of the translation for the same values."""
    thunk = constants(function, *values)
    (found,) = node.run(to_javascript(thunk), [()])
    wanted = jax.tree.map(exact, function(*map(jnp.asarray, values)))
    return [np.asarray(x) for x in jax.tree.leaves(wanted)], found


def agree(node, function, *values, rtol=1e-12, zeros=True):
    """The same numbers, NaN and (with `zeros`) signs of zero included; integers to the last bit."""
    for want, got in zip(*run(node, function, *values), strict=True):
        single = want.dtype == np.float32
        np.testing.assert_allclose(
            got, want.astype(np.float64), rtol=1e-6 if single else rtol, atol=1e-300
        )
        if zeros and want.dtype.kind == "f":
            zero = want == 0
            np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(want[zero]))
