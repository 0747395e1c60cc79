"""Every rule of the translation gives what JAX gives: over shapes, dtypes and special values."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import FLOATS, INTEGERS, agree, arrays, run
from hypothesis import given
from hypothesis import strategies as st
from jax import lax
from node import Node, compare

from lib.figures import UntranslatableError, to_javascript
from lib.figures.rules import RULES


@pytest.fixture(scope="module")
def node():
    process = Node()
    yield process
    process.close()


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
@given(data=st.data())
def test_real_functions(node, name, data):
    function, low, high = REAL_FUNCTIONS[name]
    x = data.draw(arrays("float64", (24,), low=low, high=high))
    # The inverse error function is steep at its ends: two rounding errors of x are seen there.
    agree(node, function, x, rtol=1e-9 if name == "erf_inv" else 1e-11)


@given(x=arrays("float64", (8,), low=-1e3, high=1e3))
def test_rounding_half_to_even_and_away(node, x):
    halves = np.round(x * 2) / 2
    for method in lax.RoundingMethod:
        agree(node, lambda v, m=method: lax.round(v, m), halves)


DIVISIONS = {"div": lax.div, "rem": lax.rem}
BINARY = {
    "add": lax.add,
    "sub": lax.sub,
    "mul": lax.mul,
    "max": lax.max,
    "min": lax.min,
    "eq": lax.eq,
    "ne": lax.ne,
    "lt": lax.lt,
    "le": lax.le,
    "gt": lax.gt,
    "ge": lax.ge,
}


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@given(data=st.data())
def test_arithmetic_and_comparisons(node, dtype, data):
    a, b = (data.draw(arrays(dtype, (24,))) for _ in range(2))
    agree(node, lambda a, b: [f(a, b) for f in BINARY.values()], a, b)
    if dtype.endswith("int64"):
        # Division by zero, and the one quotient that doesn't fit, are undefined in XLA.
        b = np.where((b == 0) | (a == np.iinfo(dtype).min), np.dtype(dtype).type(1), b)
    agree(node, lambda a, b: [f(a, b) for f in DIVISIONS.values()], a, b)


@given(
    x=arrays("float64", (24,), low=-30, high=30),
    y=arrays("float64", (24,), low=-30, high=30),
)
def test_powers_and_angles(node, x, y):
    agree(node, lax.pow, x, y, rtol=1e-11)
    agree(node, lax.atan2, x, y)
    for n in (-3, -1, 2, 3, 5):
        agree(node, lambda v, n=n: lax.integer_pow(v, n), x, rtol=1e-11)
    agree(node, lambda v, w: lax.pow(v, jnp.int64(3) + 0 * w.astype(int)), x, np.zeros(24))


BITWISE = {
    "and": lax.bitwise_and,
    "or": lax.bitwise_or,
    "xor": lax.bitwise_xor,
}


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
@given(data=st.data())
def test_bits(node, dtype, data):
    a, b = (data.draw(arrays(dtype, (24,))) for _ in range(2))
    for function in BITWISE.values():
        agree(node, function, a, b)
    agree(node, lax.bitwise_not, a)


@pytest.mark.parametrize("dtype", INTEGERS)
@given(data=st.data())
def test_shifts_also_beyond_the_width(node, dtype, data):
    bits = np.dtype(dtype).itemsize * 8
    a = data.draw(arrays(dtype, (24,)))
    by = (np.arange(24) * data.draw(st.integers(1, 9)) % (bits + 3)).astype(dtype)
    for function in (lax.shift_left, lax.shift_right_logical, lax.shift_right_arithmetic):
        agree(node, function, a, by)
        agree(node, lambda v, f=function: f(v, v.dtype.type(bits // 2)), a)


@pytest.mark.parametrize("dtype", INTEGERS)
@given(data=st.data())
def test_integer_sign_and_size(node, dtype, data):
    a = data.draw(arrays(dtype, (24,)))
    agree(node, lambda v: (lax.neg(v), lax.sign(v), jnp.abs(v), v * v), a)


@pytest.mark.parametrize("source", ["bool", *FLOATS, *INTEGERS])
@given(data=st.data())
def test_conversions(node, source, data):
    for target in ("bool", *FLOATS, *INTEGERS):
        limits = {}
        if source in FLOATS and target in INTEGERS:
            # XLA leaves conversions out of range undefined.
            ends = np.iinfo(target)
            limits = {"low": max(ends.min, -(2**24)), "high": min(ends.max, 2**24), "special": ()}
        x = data.draw(arrays(source, (24,), **limits))
        agree(node, lambda v, t=target: lax.convert_element_type(v, t), x)


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@given(data=st.data())
def test_64_bit_integers_as_two_words(node, dtype, data):
    a, b = (data.draw(arrays(dtype, (6,))) for _ in range(2))
    n = np.dtype(dtype).type(data.draw(st.integers(0, 63)))

    def words(v, w):
        bits = lax.shift_right_logical(v, n) ^ w | v.dtype.type(2**61 + 5)
        shifted = lax.shift_right_logical(w.reshape(2, 3).T, v.dtype.type(7))
        scanned = lax.scan(lambda c, x: (lax.shift_right_logical(c, n) ^ x, c & x), v[0], w)
        return bits, bits[:2] & v[1], shifted, scanned

    agree(node, words, a, b)


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


def test_random_floats_need_no_big_integers():
    words = jnp.array([1, 2], jnp.uint32)
    for shape in ((), (50,)):
        source = to_javascript(
            lambda s=shape: jax.random.normal(jax.random.wrap_key_data(words), s)
        ).source
        assert "threefry" in source
        assert not re.search(r"BigInt\b|\dn\b", source)


@given(x=arrays("float64", (4,)), y=arrays("float32", (4,)), i=arrays("int64", (4,)))
def test_bitcasts(node, x, y, i):
    x, y = np.nan_to_num(x), np.nan_to_num(y)
    agree(node, lambda v: lax.bitcast_convert_type(v, jnp.int64), x)
    agree(node, lambda v: lax.bitcast_convert_type(v, jnp.uint32), y)
    agree(node, lambda v: lax.bitcast_convert_type(v, jnp.uint64), i)


@given(
    p=arrays("bool", (5,)),
    a=arrays("float64", (5,)),
    b=arrays("float64", (5,)),
    n=st.integers(0, 3**5).map(lambda k: (k // 3 ** np.arange(5) % 3).astype(np.int32)),
)
def test_choices(node, p, a, b, n):
    agree(node, lambda p, a, b: lax.select(p, a, b), p, a, b)
    agree(node, lambda n, a, b: lax.select_n(n, a, b, a * b), n, a, b)
    agree(node, lambda a: lax.clamp(-1.0, a, 2.0), a)


def matrix(rows=3, columns=4):
    return arrays("float64", (rows, columns), low=-10, high=10, special=())


@given(x=matrix())
def test_moving_elements(node, x):
    agree(
        node,
        lambda v: (
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
        ),
        x,
    )


@given(x=matrix(), i=st.integers(-6, 6), j=st.integers(-6, 6))
def test_computed_places(node, x, i, j):
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

    agree(node, places, x, np.int32(i), np.int32(j))


@given(x=arrays("float64", (3, 4)), n=arrays("int32", (3, 4)), p=arrays("bool", (3, 4)))
def test_reductions(node, x, n, p):
    # XLA folds in an order of its own, on which the sign of a zero depends.
    mild = np.where(np.isfinite(x), x, 1.5)
    agree(node, lambda v: (v.sum(0), v.sum(), jnp.prod(v, 1)), mild, rtol=1e-9, zeros=False)
    agree(node, lambda v: (v.max(0), v.min(1), v.max()), x, zeros=False)
    agree(node, lambda v: (jnp.argmax(v, 0), jnp.argmin(v, 1), jnp.argmax(v)), x)
    agree(node, lambda v: (v.sum(0), v.max(1), jnp.prod(v), jnp.argmin(v, 0)), n)
    agree(node, lambda v: (v.all(0), v.any(1), v.any()), p)
    agree(node, lambda v: (jnp.bitwise_and.reduce(v, 0), jnp.bitwise_or.reduce(v, 1)), n)
    agree(
        node,
        lambda v: (jnp.cumsum(v, 1), lax.cumsum(v, 0, reverse=True)),
        mild,
        rtol=1e-9,
        zeros=False,
    )
    agree(node, lambda v: (lax.cummax(v, 1), lax.cummin(v, 0, reverse=True)), x, zeros=False)
    agree(
        node,
        lambda v: (lax.cumprod(v, 0), lax.cumlogsumexp(v, 1)),
        mild / 1e5,
        rtol=1e-9,
        zeros=False,
    )


@given(a=matrix(3, 4), b=matrix(4, 3), v=arrays("float64", (4,), low=-10, high=10, special=()))
def test_products_of_every_form(node, a, b, v):
    def products(a, b, v):
        return (
            a @ b,
            a @ v,
            v @ v,
            jnp.outer(v, v),
            jnp.einsum("ij,ji->i", a, b),
            jnp.einsum("ij,jk->ki", a, b),
            jnp.einsum("ij,jk,lk->il", a, b, b),
            jax.vmap(lambda r, c: jnp.outer(r, c))(a, b.T),
            jax.vmap(jnp.dot)(a, b.T),
            (v * 2) @ (b + 1),
        )

    for want, got in zip(*run(node, products, a, b, v), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-9)


@given(x=arrays("float64", (3, 5)), n=arrays("int64", (5,)))
def test_sorting(node, x, n):
    agree(node, lambda v: (jnp.sort(v, 0), jnp.argsort(v, 1)), x)
    agree(node, lambda m: (jnp.sort(m), jnp.argsort(m)), n)
    agree(node, lambda v: lax.sort((jnp.sign(v[0]), v[1], v[2]), num_keys=2), np.nan_to_num(x))


@given(a=arrays("float64", (2, 4, 4), low=-3, high=3, special=()))
def test_linear_algebra(node, a):
    spd = a @ np.swapaxes(a, 1, 2) + 4 * np.eye(4)
    well = a + 14 * np.eye(4)

    def solve(spd, well):
        right = jnp.arange(8.0).reshape(4, 2)
        triangle = jax.scipy.linalg.solve_triangular
        factor = jnp.linalg.cholesky(spd)
        return (
            factor,
            jnp.linalg.solve(well[0], right),
            jnp.linalg.inv(well),
            jnp.linalg.det(well),
            jax.grad(lambda m: jnp.linalg.solve(m, right).sum())(well[0]),
            *(
                triangle(factor[0], right, lower=lower, trans=trans, unit_diagonal=unit)
                for lower in (False, True)
                for trans in (0, 1)
                for unit in (False, True)
            ),
            lax.linalg.triangular_solve(factor[0], right.T, left_side=False, lower=True),
        )

    for want, got in zip(*run(node, solve, spd, well), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_cholesky_of_an_indefinite_matrix_is_nan_as_in_jax(node):
    agree(node, jnp.linalg.cholesky, np.array([[1.0, 2.0], [2.0, 1.0]]))


@given(number=st.integers(-(2**31), 2**31 - 1))
def test_random_numbers_are_the_very_ones_of_jax(node, number):
    def draw(s):
        key = jax.random.key(s)
        keys = jax.random.split(key, 3)
        shuffled = jax.random.split(jax.random.fold_in(keys[1], 7), (2, 2))
        return (
            jax.random.bits(key, (3,), jnp.uint32),
            jax.random.bits(keys[2], (2,), jnp.uint64),
            jax.random.bits(key, (5,), jnp.uint8),
            jax.random.key_data(shuffled.T),
            jax.vmap(lambda k: jax.random.uniform(k, (2,)))(keys),
            jax.random.uniform(key, (4,), jnp.float32),
            jax.random.bernoulli(key, 0.3, (9,)),
            jax.random.randint(key, (9,), -3, 12),
            jax.random.permutation(key, 7),
            jax.random.choice(key, 9, (3,)),
            jax.random.key_data(jax.random.PRNGKey(s)),
        )

    for want, got in zip(*run(node, draw, np.int32(number)), strict=True):
        np.testing.assert_array_equal(got, want)


@given(number=st.integers(0, 2**31 - 1))
def test_normal_and_categorical_draws(node, number):
    def draw(s):
        key = jax.random.key(s)
        return (
            jax.random.normal(key, (50,)),
            jax.random.normal(key),
            jax.random.categorical(key, jnp.arange(4.0), shape=(24,)),
        )

    agree(node, draw, np.int32(number), rtol=1e-11)


def test_key_from_a_64_bit_seed(node):
    agree(node, lambda s: jax.random.key_data(jax.random.key(s)), np.int64(-(2**40) - 3))


@given(x=st.floats(-2, 2), n=st.integers(-3, 9))
def test_control_flow(node, x, n):
    def flow(x, n):
        up = lax.scan(lambda c, v: ((c[1], c[0] + v), c[0]), (x, 2 * x), jnp.arange(5.0))
        down = lax.scan(lambda c, v: (c * v, c), x, jnp.arange(4.0), reverse=True)
        matrix = lax.scan(lambda c, _: (c.T @ c / 4, c[0]), jnp.eye(5) + x, None, length=3)
        loop = lax.fori_loop(0, n, lambda i, c: (c[1], c[0] + i), (x, 1.0))
        grown = lax.while_loop(lambda c: c[0] < 50, lambda c: (c[0] * 1.5 + 1, c[1] + 1), (x, 0))
        branch = lax.cond(x > 0, lambda v: (jnp.sin(v), v), lambda v: (v, jnp.cos(v)), x)
        switch = lax.switch(n, [jnp.sin, jnp.cos, jnp.exp], x)
        nested = lax.scan(
            lambda c, _: (lax.cond(c > 1, lambda v: v / 2, lambda v: v * 3, c), c), x, None, 6
        )
        return up, down, matrix, loop, grown, branch, switch, nested

    agree(node, flow, x, np.int32(n), rtol=1e-11)


def test_a_single_branch(node):
    agree(node, lambda n, x: lax.switch(n, [jnp.sin], x), np.int32(4), 0.3)


def test_random_keys_through_control_flow(node):
    def walk(s):
        def step(carry, key):
            x, old = carry
            new, sub = jax.random.split(old)
            pick = lax.cond(x > 0, lambda: key, lambda: sub)
            return (x + jax.random.normal(pick), new), x

        keys = jax.random.split(jax.random.key(s), 20)
        return lax.scan(step, (0.1, jax.random.key(s + 1)), keys)[1]

    agree(node, walk, np.int32(5), rtol=1e-10)


@given(x=arrays("float64", (3,), low=-3, high=3, special=()))
def test_derivatives_and_custom_rules(node, x):
    def energy(v):
        return jnp.sum(jax.nn.silu(jax.nn.relu(v)) + jax.nn.gelu(v)) + jax.nn.logsumexp(v)

    def all_orders(v):
        return (
            jax.grad(energy)(v),
            jax.jvp(jax.grad(energy), (v,), (v,))[1],
            jax.hessian(energy)(v),
            jax.checkpoint(energy)(v),
            jax.jit(lax.stop_gradient)(v),
        )

    agree(node, all_orders, x, rtol=1e-10)


def test_arguments_of_every_kind(node):
    def function(scalar, array, count, flag):
        return scalar * array + count.astype(float), jnp.where(flag, array, -array)

    calls = [
        (0.5, np.arange(4.0).reshape(2, 2), np.int32(3), np.bool_(True)),
        (-2.5, np.ones((2, 2)), np.int32(-7), np.bool_(False)),
    ]
    assert compare(node, function, *calls) == 0


def test_results_are_fresh_in_every_call(node):
    translated = to_javascript(lambda x: x * jnp.arange(3.0), 1.0)
    first, second = node.run(translated, [(1.0,), (2.0,)])
    np.testing.assert_array_equal(first[0] * 2, second[0])


def test_repeated_work_is_emitted_once():
    source = to_javascript(lambda x: (jnp.sin(x) + 1, jnp.sin(x) * 2), 1.0).source
    assert source.count("Math.sin") == 1


def test_a_primitive_without_a_rule_is_named_with_its_line():
    assert "hessenberg" not in RULES
    with pytest.raises(UntranslatableError, match=r"'hessenberg'.*test_javascript\.py:\d+"):
        to_javascript(lambda x: lax.linalg.hessenberg(x), np.eye(3))


def test_a_dtype_without_a_translation_is_named():
    with pytest.raises(UntranslatableError, match="complex128"):
        to_javascript(lambda: jnp.array([1j]))


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.complex128])
def test_a_dtype_in_the_middle_is_named_with_its_line(dtype):
    with pytest.raises(UntranslatableError, match=rf"{dtype.__name__}.*test_javascript\.py:\d+"):
        to_javascript(lambda x: jnp.abs(x.astype(dtype)).astype(float), np.float64(1.0))


@pytest.mark.usefixtures("as_for_readers")
def test_something_that_is_no_function():
    with pytest.raises(ValueError, match=r"function: expected a JAX function, got float"):
        to_javascript(1.0)


def test_a_random_key_as_result():
    with pytest.raises(UntranslatableError, match="key_data"):
        to_javascript(jax.random.key, 0)


def test_the_source_stands_alone():
    """No name is used that neither JavaScript nor the source itself defines."""
    source = to_javascript(lambda s: jax.random.normal(jax.random.key(s)), np.int32(0)).source
    for name in ("threefry", "erfInv", "horner", "quantile"):
        assert re.search(rf"(function|const) {name}\b", source)
