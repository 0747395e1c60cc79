"""Compares a translation with JAX: drawn arguments, and agreement of every element."""

import jax
import jax.numpy as jnp
import numpy as np

from lib.figures import to_javascript

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOATS = ("float64", "float32")


def examples(*draws, count=12):
    """Tuples of arguments, each of which is drawn by one of some functions.

    A draw is called with a random generator and the number of the example.
    """
    return [
        tuple(draw(np.random.default_rng((k, place)), k) for place, draw in enumerate(draws))
        for k in range(count)
    ]


def arrays(dtype, shape, low=-1e6, high=1e6, special=SPECIAL):
    """Draws arrays: a third each special values (for integers the ends), small, and any numbers.

    The special values come in turn, from one example to the next, so that none is left out.
    """
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return lambda random, example: random.random(shape) < 0.5

    def draw(random, example):
        x = np.empty(shape, dtype)
        places = np.array_split(random.permutation(x.size), 3)
        count = len(places[0])
        chosen = special_values(dtype, low, high, special)
        x.flat[places[0]] = chosen[(example * count + np.arange(count)) % len(chosen)]
        small, wide = (len(p) for p in places[1:])
        if dtype.kind == "f":
            x.flat[places[1]] = np.clip(random.normal(size=small), low, high)
            x.flat[places[2]] = random.uniform(low, high, wide)
        else:
            ends = np.iinfo(dtype)
            x.flat[places[1]] = random.integers(max(ends.min, -6), 7, small, dtype)
            x.flat[places[2]] = random.integers(ends.min, ends.max, wide, dtype, endpoint=True)
        return x

    return draw


def special_values(dtype, low=-1e6, high=1e6, special=SPECIAL):
    """The special values of a dtype inside some bounds; the bounds themselves if there are none."""
    if dtype.kind != "f":
        ends = np.iinfo(dtype)
        return np.array([ends.min, ends.max, 0, 1, 2, 3], dtype)
    inside = [x for x in special if not np.isfinite(x) or low <= x <= high]
    return np.array(inside or [low, high], dtype)


def every_pair(dtype, size):
    """Two arrays in which every special value of a dtype meets every other."""
    dtype = np.dtype(dtype)
    values = np.array([False, True]) if dtype.kind == "b" else special_values(dtype)
    assert size >= len(values) ** 2
    return tuple(np.resize(x, size) for x in np.meshgrid(values, values))


def whole_numbers(low, high, shape=(), dtype=np.int32):
    """Draws 32-bit integers from low to high, both included."""
    return lambda random, example: dtype(random.integers(low, high, shape, endpoint=True))


def stored_and_inside(*functions):
    """The results of functions of two arrays, and those with the arrays swapped, as floats.

    A result is stored in an array of its dtype, which wraps what doesn't fit; inside of a longer
    expression, where the second lot stands, the expression itself has to.
    """

    def both(a, b):
        return [f(a, b) for f in functions], [f(b, a).astype(float) for f in functions]

    return both


def is_long(x):
    """Whether an array holds 64-bit integers, which no double can hold."""
    return x.dtype.kind in "iu" and x.dtype.itemsize == 8


def exact(x):
    """A 64-bit integer as two halves, which a double holds; other arrays as they are."""
    if is_long(x):
        low = (x & x.dtype.type(0xFFFFFFFF)).astype(jnp.uint32)
        return low, (x >> x.dtype.type(32)).astype(jnp.int32)
    return x


def joined(argument, dtype):
    """The array of which `exact` made an argument."""
    if isinstance(argument, tuple):
        low, high = (half.astype(dtype) for half in argument)
        return (high << dtype.type(32)) | low
    return argument


def run(node, function, each, constant=False):
    """The leaves that JAX and the translation return for each of some tuples of arguments.

    One compilation and one translation serve all of them, which are of the same shapes and dtypes.
    With `constant`, as many translations follow in which the values are constants instead.
    """
    each = [tuple(map(np.asarray, values)) for values in each]
    dtypes = [x.dtype for x in each[0]]

    def by_halves(*arguments):
        return jax.tree.map(exact, function(*map(joined, arguments, dtypes)))

    def fixed(values):
        return lambda: jax.tree.map(exact, function(*map(jnp.asarray, values)))

    calls = [tuple(map(exact, values)) for values in each]
    compiled = jax.jit(by_halves)
    wanted = [[np.asarray(x) for x in jax.tree.leaves(compiled(*call))] for call in calls]
    translated = to_javascript(by_halves, *calls[0])
    found = node.run(translated, [tuple(jax.tree.leaves(call)) for call in calls])
    if constant:
        wanted *= 2
        found += [node.run(to_javascript(fixed(values)), [()])[0] for values in each]
    return wanted, found


def agree(node, function, *values, **how):
    """The translation gives what JAX gives for some arguments, as `agree_in_each` says."""
    agree_in_each(node, function, [values], **how)


def agree_in_each(node, function, each, rtol=1e-12, atol=1e-300, zeros=True, constant=False):
    """The same numbers for each of some tuples of arguments; integers to the last bit.

    NaN and (with `zeros`) signs of zero included; with `constant`, of constants as well.
    """
    for want, got in pairs(*run(node, function, each, constant)):
        single = want.dtype == np.float32
        np.testing.assert_allclose(
            got, want.astype(np.float64), rtol=1e-6 if single else rtol, atol=atol
        )
        if zeros and want.dtype.kind == "f":
            zero = want == 0
            np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(want[zero]))


def pairs(wanted, found):
    """Each leaf that was wanted and the one that was found."""
    for want, got in zip(wanted, found, strict=True):
        yield from zip(want, got, strict=True)
