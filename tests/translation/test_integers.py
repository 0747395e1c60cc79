"""Integers, bits and conversions give what JAX gives, to the last bit."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import (
    FLOATS,
    INTEGERS,
    SPECIAL,
    agree,
    agree_in_each,
    arrays,
    every_pair,
    examples,
    stored_and_inside,
)
from jax import lax

from lib.figures import to_javascript


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_bits(node, dtype):
    functions = (lax.bitwise_and, lax.bitwise_or, lax.bitwise_xor, lambda a, b: ~a)
    drawn = arrays(dtype, (36,))
    each = [every_pair(dtype, 36), *examples(drawn, drawn, count=8)]
    agree_in_each(node, stored_and_inside(*functions), each)


def test_products_and_extremes_of_bools(node):
    agree(node, lambda p, q: (p * q, lax.max(p, q), lax.min(p, q)), *every_pair("bool", 4))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_whole_powers(node, dtype):
    exponents = (0, 1, 2, 5) if dtype.endswith("int64") else (0, 1, 2)
    each = examples(arrays(dtype, (24,)), count=4)
    agree_in_each(node, lambda x: [lax.integer_pow(x, n) for n in exponents], each)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shifts_also_beyond_the_width(node, dtype):
    width = np.dtype(dtype).itemsize * 8

    def by_half(function):
        return lambda a, by: function(a, a.dtype.type(width // 2))

    functions = (lax.shift_left, lax.shift_right_logical, lax.shift_right_arithmetic)
    shifts = stored_and_inside(*functions, *map(by_half, functions))

    def amounts(random, example):
        return (np.arange(24) * (1 + example % 9) % (width + 3)).astype(dtype)

    agree_in_each(node, shifts, examples(arrays(dtype, (24,)), amounts))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_sign_size_and_counts_of_bits(node, dtype):
    functions = [lax.neg, lax.sign, jnp.abs, lax.clz, lax.population_count]
    both = [lambda a, b, f=f: f(a) for f in functions]
    if np.dtype(dtype).itemsize >= 4:
        both.append(lax.mulhi)
    drawn = arrays(dtype, (36,))
    agree_in_each(
        node, stored_and_inside(*both), [every_pair(dtype, 36), *examples(drawn, drawn, count=8)]
    )


@pytest.mark.parametrize("source", ["bool", *FLOATS, *INTEGERS])
def test_conversions(node, source):
    targets = ("bool", *FLOATS, *INTEGERS)

    def drawn(target):
        if source not in FLOATS or target not in INTEGERS:
            return arrays(source, (24,))
        # XLA leaves conversions out of range undefined.
        ends = np.iinfo(target)
        low, high = max(ends.min, -(2**24)), min(ends.max, 2**24)
        return arrays(source, (24,), low=low, high=high, special=())

    def converted(*each):
        return [lax.convert_element_type(x, t) for x, t in zip(each, targets, strict=True)]

    agree_in_each(node, converted, examples(*map(drawn, targets)))


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_64_bit_integers_as_two_words(node, dtype):
    def words(v, w):
        shifted = lax.shift_right_logical(w.reshape(2, 3).T, v.dtype.type(7))
        results = [shifted]
        for n in map(v.dtype.type, (0, 1, 17, 31, 32, 33, 63)):
            bits = lax.shift_right_logical(v, n) ^ w | v.dtype.type(2**61 + 5)
            scanned = lax.scan(
                lambda c, x, n=n: (lax.shift_right_logical(c, n) ^ x, c & x), v[0], w
            )
            results.append((bits, bits[:2] & v[1], scanned))
        return results

    agree_in_each(node, words, examples(arrays(dtype, (6,)), arrays(dtype, (6,))))


def test_a_bitcast_of_a_carry_is_a_copy(node):
    def swap(carry, _):
        x, n = carry
        return (
            lax.bitcast_convert_type(n, jnp.float64),
            lax.bitcast_convert_type(x, jnp.int64),
        ), None

    def swapped(x, n):
        return lax.scan(swap, (x, n), None, length=3)[0]

    agree(node, swapped, np.array([1.5, -2.0]), np.array([2**62 + 1, -(2**61)]))


def test_bitcasts(node):
    def bits(x, y, i):
        return (
            lax.bitcast_convert_type(x, jnp.int64),
            lax.bitcast_convert_type(y, jnp.uint32),
            lax.bitcast_convert_type(i, jnp.uint64),
        )

    def numbers(dtype):
        special = [x for x in SPECIAL if not np.isnan(x)]  # of which there are several in bits
        return arrays(dtype, (24,), special=special)

    each = examples(numbers("float64"), numbers("float32"), arrays("int64", (24,)))
    agree_in_each(node, bits, each)


def test_random_floats_need_no_big_integers():
    words = jnp.array([1, 2], jnp.uint32)
    for shape in ((), (50,)):
        source = to_javascript(
            lambda s=shape: jax.random.normal(jax.random.wrap_key_data(words), s)
        ).source
        assert "threefry" in source
        assert not re.search(r"BigInt\b|\dn\b", source)
