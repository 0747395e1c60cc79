"""What can't be translated is said in words that name the cause, the line and the remedy."""

import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lib.figures import UntranslatableError, javascript, to_javascript

COMPLEX = (
    "complex numbers (complex128) have no JavaScript translation; compute with the real and the "
    "imaginary parts as two arrays"
)
KEY = (
    "must be a number or an array of numbers, but it is a random key. Pass a whole number, the "
    "seed, and make the key inside of the function, jax.random.key(seed)."
)
NO_CONSOLE = "has no JavaScript rule; remove it: a page has no console and no Python"


def printed(x):
    jax.debug.print("x is {}", x)
    return x


def called(x):
    jax.debug.callback(print, x)
    return x


def computed_by_numpy(x):
    return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((), float), x)


HERE = "(the primitive '{}', used at …/test_messages.py:0 ({}))"
CASES = {
    "complex": (
        lambda x: jnp.abs(lax.complex(x, x)),
        f"{COMPLEX} {HERE.format('complex', '<lambda>')}",
    ),
    "printed": (
        printed,
        f"'debug_print' (printing and calling Python) {NO_CONSOLE} "
        f"{HERE.format('debug_print', 'printed')}",
    ),
    "called": (
        called,
        f"'debug_callback' (printing and calling Python) {NO_CONSOLE} "
        f"{HERE.format('debug_callback', 'called')}",
    ),
    "computed by NumPy": (
        computed_by_numpy,
        "a callback to the Python function 'sin'; remove it, or compute with JAX what it returns: "
        f"a page has no Python {HERE.format('pure_callback', 'computed_by_numpy')}",
    ),
}


def message(function, *values):
    """The words of an error, without the folder and the number of the line."""
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(function, *values)
    return re.sub(r"used at \S*/(\w+\.py):\d+", r"used at …/\1:0", str(caught.value))


@pytest.mark.parametrize("name", CASES)
def test_an_operation(name):
    function, words = CASES[name]
    assert message(function, 1.0) == words


def test_constants_and_arguments():
    assert COMPLEX in message(lambda: jnp.array([1j]))
    assert message(jnp.abs, 1j) == f"example_args[0]: {COMPLEX}"
    assert message(lambda p: p["key"], {"key": jax.random.key(0)}) == (
        f"`example_args[0]['key']` {KEY}"
    )


def test_a_large_source_says_why(monkeypatch):
    monkeypatch.setattr(javascript, "LARGE", 5000)
    table = np.random.default_rng(0).normal(size=(30, 40))

    def unrolled(x):
        for n in range(200):
            x = jnp.sin(x) + float(n)
        return x

    assert warning(lambda x: (jnp.asarray(table) * x).sum()) == (
        "the function's JavaScript has 0.0 million characters, which every reader of the page "
        "loads; 0.0 million of them are its constant of dtype float64 and shape (30, 40): use "
        "fewer numbers, or compute them in the function"
    )
    assert warning(unrolled) == (
        "the function's JavaScript has 0.0 million characters, which every reader of the page "
        "loads, in 400 lines: write a loop of Python's as jax.lax.fori_loop or jax.lax.scan"
    )


def warning(function):
    """The words with which a translation warns."""
    with pytest.warns(UserWarning, match="characters, which every reader") as caught:
        to_javascript(function, 1.0)
    return str(caught[0].message)


def test_an_ordinary_source_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_javascript(jnp.sin, 1.0)
