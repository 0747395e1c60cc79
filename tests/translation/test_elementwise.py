"""Elementwise functions of real numbers give what JAX gives: over dtypes and special values."""

import jax.numpy as jnp
import numpy as np
import pytest
from agreement import (
    FLOATS,
    INTEGERS,
    agree_in_each,
    arrays,
    every_pair,
    examples,
    stored_and_inside,
    whole_numbers,
)
from examples import total_order
from jax import lax

REAL_FUNCTIONS = {
    "abs": (lax.abs, -1e6, 1e6),
    "acos": (lax.acos, -1, 1),
    "acosh": (lax.acosh, 1, 1e6),
    "asin": (lax.asin, -1, 1),
    "asinh": (lax.asinh, -1e6, 1e6),
    "atan": (lax.atan, -1e6, 1e6),
    "atanh": (lax.atanh, -0.999, 0.999),
    "bessel_i0e": (lax.bessel_i0e, -1e3, 1e3),
    "bessel_i1e": (lax.bessel_i1e, -1e3, 1e3),
    "cbrt": (lax.cbrt, -1e6, 1e6),
    "ceil": (lax.ceil, -1e6, 1e6),
    "cos": (lax.cos, -1e3, 1e3),
    "cosh": (lax.cosh, -700, 700),
    "digamma": (lax.digamma, 1e-3, 1e3),
    "erf": (lax.erf, -7, 7),
    "erf_inv": (lax.erf_inv, -1, 1),
    "erfc": (lax.erfc, -7, 7),
    "exp": (lax.exp, -700, 700),
    "exp2": (lax.exp2, -1000, 1000),
    "expm1": (lax.expm1, -700, 700),
    "floor": (lax.floor, -1e6, 1e6),
    "is_finite": (lax.is_finite, -1e6, 1e6),
    "lgamma": (lax.lgamma, -0.5, 1e3),
    "log": (lax.log, 0, 1e6),
    "log1p": (lax.log1p, -0.999, 1e6),
    "logistic": (lax.logistic, -700, 700),
    "neg": (lax.neg, -1e6, 1e6),
    "round": (lax.round, -1e6, 1e6),
    "rsqrt": (lax.rsqrt, 1e-6, 1e6),
    "sign": (lax.sign, -1e6, 1e6),
    "sin": (lax.sin, -1e3, 1e3),
    "sinh": (lax.sinh, -700, 700),
    "sqrt": (lax.sqrt, 0, 1e6),
    "square": (lax.square, -1e6, 1e6),
    "tan": (lax.tan, -1.5, 1.5),
    "tanh": (lax.tanh, -1e3, 1e3),
}


@pytest.mark.parametrize("name", REAL_FUNCTIONS)
def test_real_functions(node, name):
    function, low, high = REAL_FUNCTIONS[name]
    each = examples(arrays("float64", (24,), low=low, high=high))
    # The inverse error function is steep at its ends: two rounding errors of x are seen there.
    agree_in_each(node, function, each, rtol=1e-9 if name == "erf_inv" else 1e-11)


def test_rounding_half_to_even_and_away(node):
    def rounded(x):
        return [lax.round(jnp.round(x * 2) / 2, method) for method in lax.RoundingMethod]

    agree_in_each(node, rounded, examples(arrays("float64", (8,), low=-1e3, high=1e3)))


BINARY = (
    *(lax.add, lax.sub, lax.mul, lax.max, lax.min),
    *(lax.eq, lax.ne, lax.lt, lax.le, lax.gt, lax.ge),
)


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
def test_arithmetic_and_comparisons(node, dtype):
    drawn = arrays(dtype, (81,))
    each = [every_pair(dtype, 81), *examples(drawn, drawn, count=4)]
    agree_in_each(node, stored_and_inside(*BINARY), each)
    divisions = stored_and_inside(lax.div, lax.rem)
    if dtype.endswith("int64"):
        # Division by zero, and the one quotient that doesn't fit, are undefined in XLA.
        one, least = np.dtype(dtype).type(1), np.iinfo(dtype).min
        each = [(a, np.where((b == 0) | (a == least), one, b)) for a, b in each]
        divisions = lambda a, b: (lax.div(a, b), lax.rem(a, b))  # noqa: E731
    agree_in_each(node, divisions, each)


def test_powers_and_angles(node):
    drawn = arrays("float64", (81,), low=-30, high=30)
    each = [every_pair("float64", 81), *examples(drawn, drawn, count=4)]
    exponents = (-3, -1, 2, 3, 5)
    agree_in_each(
        node,
        lambda x, y: (lax.pow(x, y), [lax.integer_pow(x, n) for n in exponents]),
        each,
        rtol=1e-11,
    )
    agree_in_each(node, lambda x, y: (lax.atan2(x, y), lax.pow(x, jnp.int64(3))), each)
    by_integers = examples(drawn, whole_numbers(-5, 5, 81, np.int64))
    agree_in_each(node, lax.pow, by_integers, rtol=1e-11)


@pytest.mark.parametrize("dtype", FLOATS)
def test_neighbours_and_fewer_bits(node, dtype):
    # A power of two changes exponents without rounding: overflow and underflow of short formats.
    scales = np.exp2(np.arange(-24, 24, 2)).astype(dtype)
    formats = ((5, 10), (8, 7), (4, 3), (8, 23))

    def function(x, y):
        x = x * scales
        return lax.nextafter(x, y), [lax.reduce_precision(x, *bits) for bits in formats]

    drawn = arrays(dtype, (24,), low=-1e5, high=1e5)
    agree_in_each(node, function, examples(drawn, drawn))


@pytest.mark.parametrize("dtype", ["float64", "int32", "bool"])
def test_total_order(node, dtype):
    def compared(a, b):
        return [total_order(name)(a, b) for name in ("eq_to", "lt_to", "le_to")]

    drawn = arrays(dtype, (81,))
    agree_in_each(node, compared, [every_pair(dtype, 81), *examples(drawn, drawn, count=4)])


def test_choices(node):
    def choose(p, a, b, n):
        return lax.select(p, a, b), lax.select_n(n, a, b, a * b), lax.clamp(-1.0, a, 2.0)

    drawn = arrays("float64", (24,))
    each = examples(arrays("bool", (24,)), drawn, drawn, whole_numbers(0, 2, 24))
    agree_in_each(node, choose, each)
