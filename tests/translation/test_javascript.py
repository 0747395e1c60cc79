"""What a translation is: its arguments, its results, its source, and what it refuses."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import FLOATS, INTEGERS, agree_in_each, every_pair, pairs, run
from jax import lax

from lib.figures import UntranslatableError, to_javascript
from lib.figures.rules import RULES


def test_arguments_of_every_kind(node):
    def function(scalar, array, count, flag):
        return scalar * array + count.astype(float), jnp.where(flag, array, -array)

    calls = [
        (0.5, np.arange(4.0).reshape(2, 2), np.int32(3), np.bool_(True)),
        (-2.5, np.ones((2, 2)), np.int32(-7), np.bool_(False)),
    ]
    agree_in_each(node, function, calls, rtol=0, atol=0)


def test_constants_of_every_dtype(node):
    dtypes = [np.dtype(name) for name in ("bool", *FLOATS, *INTEGERS)]
    arrays = [every_pair(dtype, 81) for dtype in dtypes]
    numbers = [dtype.type(x) for dtype, (x, _) in zip(dtypes, arrays, strict=True) for x in x[:9]]

    def function(*values):
        arrays, numbers = values[: 2 * len(dtypes)], values[2 * len(dtypes) :]
        add = {np.dtype(bool): jnp.logical_or}
        sums = [
            add.get(x.dtype, jnp.add)(x, y) for x, y in zip(arrays[::2], arrays[1::2], strict=True)
        ]
        return values, sums, [x == x for x in numbers]

    agree_in_each(node, function, [(*sum(arrays, ()), *numbers)], constant=True)


def test_constants_are_written_shortly_and_read_back_to_the_last_bit(node):
    even = [
        np.arange(0, 20_000, 10),
        np.arange(40, dtype="uint64"),
        np.arange(-20, 20, dtype="int32")[::-1],
        np.linspace(0, 1.5, 301),
        -0.1 * np.arange(40),  # whose first is −0
        np.arange(40, dtype="float32") * np.float32(0.1),
        np.full(40, 2.5),
    ]
    single = np.round(np.geomspace(1e-9, 1e9, 40), 2).astype("float32")
    others = [
        -0.0 * np.arange(40),
        0 - 0.1 * np.arange(40),
        2**60 + np.arange(40),
        np.linspace(0, 1, 50) ** 2,
    ]
    values = (*even, single, *others)
    for want, got in pairs(*run(node, lambda *arrays: arrays, [values], constant=True)):
        np.testing.assert_array_equal(got, want.astype(got.dtype))
        np.testing.assert_array_equal(np.signbit(got), np.signbit(want))

    def source(x):
        return to_javascript(lambda i: jnp.asarray(x)[i], jnp.int32(0)).source

    assert all("=> BigInt(" in source(x) or "* i)" in source(x) for x in even)
    assert "[0.01, 0.02]" in source(np.array([0.01, 0.02], "float32"))


def test_results_are_fresh_in_every_call(node):
    translated = to_javascript(lambda x: x * jnp.arange(3.0), 1.0)
    first, second = node.run(translated, [(1.0,), (2.0,)])
    np.testing.assert_array_equal(first[0] * 2, second[0])


def test_repeated_work_is_emitted_once():
    source = to_javascript(lambda x: (jnp.sin(x) + 1, jnp.sin(x) * 2), 1.0).source
    assert source.count("Math.sin") == 1


HERE = r"used at \S*test_javascript\.py:\d+ \(.*\)\)"


def test_a_primitive_without_a_rule_is_named_with_its_line():
    assert "hessenberg" not in RULES
    words = (
        r"^'hessenberg' \(other decompositions\) has no JavaScript rule; "
        rf"use cholesky, eigh, lu, qr or svd \(the primitive 'hessenberg', {HERE}$"
    )
    with pytest.raises(UntranslatableError, match=words):
        to_javascript(lambda x: lax.linalg.hessenberg(x), np.eye(3))


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_a_dtype_in_the_middle_is_named_with_its_line(dtype):
    words = (
        rf"^the dtype {dtype.__name__} has no JavaScript translation; "
        r"convert to one of float64, float32, int64, uint64, .*, bool "
        rf"\(the primitive 'convert_element_type', {HERE}$"
    )
    with pytest.raises(UntranslatableError, match=words):
        to_javascript(lambda x: jnp.abs(x.astype(dtype)).astype(float), np.float64(1.0))


@pytest.mark.usefixtures("as_for_readers")
def test_something_that_is_no_function():
    words = (
        "`function` must be a JAX function, but it is the float 1.0. Pass the function itself, not "
        "the value it returns."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        to_javascript(1.0)


def test_a_random_key_as_result():
    words = "^a random key can't be returned; return jax.random.key_data of it$"
    with pytest.raises(UntranslatableError, match=words):
        to_javascript(jax.random.key, 0)


def test_the_source_stands_alone():
    """No name is used that neither JavaScript nor the source itself defines."""
    source = to_javascript(lambda s: jax.random.normal(jax.random.key(s)), np.int32(0)).source
    for name in ("threefry", "erfInv", "horner", "quantile"):
        assert re.search(rf"(function|const) {name}\b", source)
