"""Translates a JAX function to JavaScript, so that a page without a kernel runs the same function.

The function is traced to its jaxpr, and each equation is emitted by the rule of its primitive
(`lib.figures.rules`) into the code of `lib.figures.code`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import jax
import numpy as np

from lib.figures.code import (
    Code,
    Key,
    UntranslatableError,
    Value,
    check_dtype,
    emit,
    from_number,
    is_key,
)
from lib.figures.rules import LEFT_OUT, NOT_READ, RULES, STRUCTURAL

LARGE = 1_000_000  # characters of a source, of which a reader is glad to be spared


class JavaScript(NamedTuple):
    """A translated function: its source, and the shape and dtype of each leaf it returns."""

    source: str
    leaves: list[jax.ShapeDtypeStruct]


@cache
def runtime() -> dict[str, str]:
    """The routines of runtime.js by name."""
    text = resources.files("lib.figures").joinpath("runtime.js").read_text(encoding="utf-8")
    chunks = re.split(
        r"^(?=(?:/\*\*|//).*\n(?:(?: \*|//).*\n)*(?:function|const) )", text, flags=re.M
    )
    routines = {}
    for chunk in chunks:
        found = re.search(r"^(?:function|const) (\w+)", chunk, flags=re.M)
        if found:
            routines[found.group(1)] = chunk.strip()
    return routines


def required(names: set[str]) -> list[str]:
    """The sources of the named routines and of those they call, in the file's order."""
    routines = runtime()
    wanted, queue = set(), list(names)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            body = re.sub(r"/\*\*.*?\*/|//.*", "", routines[name])
            queue += [r for r in routines if r not in wanted and re.search(rf"\b{r}\b", body)]
    return [source for name, source in routines.items() if name in wanted]


def to_javascript(function: Callable, *example_args: Any) -> JavaScript:
    """Translate a JAX function to one self-contained JavaScript expression.

    Args:
      function: a pure JAX function of pytrees of arrays.
      *example_args: arguments, or `jax.ShapeDtypeStruct`s, with the shapes and dtypes to
        translate for.

    Returns:
      `source`: a JavaScript expression that evaluates to a function
      `(…args) => [leaf, …]`; it takes a number for a scalar and a row-major Float64Array for an
      array, in `jax.tree.leaves` order, and returns the leaves of the result likewise.
      `leaves`: the shape and dtype of each returned leaf.

    The numbers are JAX's to the last few digits, random numbers to the last bit, with one
    exception: the signs of eigenvectors and singular vectors, and the vectors of equal eigenvalues,
    are a choice, and not always the same. What depends on it differs, such as
    `jax.random.multivariate_normal` with `method="svd"` or `"eigh"`; its default, Cholesky's
    decomposition, doesn't.

    Raises:
      UntranslatableError: a primitive of the function has no rule, or is asked for something that
        its rule can't do: the message names it, its source line and what to do instead; an
        argument or a result isn't numbers.
      ValueError: the function isn't callable.

    Warns:
      UserWarning: the source has more than a million characters; the message says why.

    Explained in {ref}`how-the-figures-work`.

    >>> import jax.numpy as jnp
    >>> from lib.figures import to_javascript
    >>> print(to_javascript(lambda x: 2 * jnp.sin(x), 1.0).source)
    (() => {
      return (x0) => {
        const s1 = Math.sin(x0);
        const s2 = (2 * s1);
        return [s2];
      };
    })()
    """
    if not callable(function):
        raise ValueError(
            f"`function` must be a JAX function, but it is the {type(function).__name__} "
            f"{function!r}. Pass the function itself, not the value it returns."
        )
    closed, out = jax.make_jaxpr(function, return_shape=True)(*example_args)
    code = Code(RULES, STRUCTURAL, NOT_READ, LEFT_OUT, depth=2)
    arguments, names = [], []
    paths = jax.tree_util.tree_flatten_with_path(example_args)[0]
    for position, (aval, (path, _)) in enumerate(zip(closed.in_avals, paths, strict=True)):
        check_argument(f"example_args{jax.tree_util.keystr(path)}", aval.dtype)
        name = f"x{position}"
        names.append(name)
        arguments.append(argument(code, name, aval))
    results = emit(code, closed.jaxpr, closed.consts, arguments)
    leaves = [result(code, value) for value in results]
    body = [
        *("  " + line for source in required(code.helpers) for line in source.splitlines()),
        *("  " + line for line in code.declarations),
        f"  return ({', '.join(names)}) => {{",
        *code.lines,
        f"    return [{', '.join(leaves)}];",
        "  };",
    ]
    source = "\n".join(["(() => {", *body, "})()"])
    if len(source) > LARGE:
        warnings.warn(reason_for_size(code, source), stacklevel=2)
    return JavaScript(source, jax.tree.leaves(out))


def check_argument(name: str, dtype: Any) -> None:
    """Raise where an argument is something that a page has no slider or number for."""
    if is_key(dtype):
        raise UntranslatableError(
            f"`{name}` must be a number or an array of numbers, but it is a random key. Pass a "
            f"whole number, the seed, and make the key inside of the function, "
            f"jax.random.key(seed)."
        )
    try:
        check_dtype(dtype)
    except UntranslatableError as error:
        raise UntranslatableError(f"{name}: {error}") from None


def reason_for_size(code: Code, source: str) -> str:
    """Why a source is large, and what to do about it."""
    millions = f"{len(source) / 1e6:.1f}"
    if 2 * code.largest.characters > len(source):
        return (
            f"the function's JavaScript has {millions} million characters, which every reader of "
            f"the page loads; {code.largest.characters / 1e6:.1f} million of them are its constant "
            f"of dtype {code.largest.dtype} and shape {code.largest.shape}: use fewer numbers, or "
            "compute them in the function"
        )
    return (
        f"the function's JavaScript has {millions} million characters, which every reader of the "
        f"page loads, in {len(code.lines)} lines: write a loop of Python's as jax.lax.fori_loop or "
        "jax.lax.scan"
    )


def argument(code: Code, name: str, aval: Any) -> Value:
    """A parameter of the emitted function, in the type that its dtype needs."""
    dtype = np.dtype(aval.dtype)
    if aval.shape:
        value = code.stored(name, aval.shape, np.dtype("float64"))
        if dtype == "float64":
            return value
        read = Value(aval.shape, dtype, lambda i: from_number(value.at(i), dtype), cheap=False)
        return code.store(read)
    text = from_number(name, dtype)
    return Value((), dtype, lambda _: name) if text == name else code.scalar(dtype, text)


def result(code: Code, value: Value | Key) -> str:
    """A leaf of the result: a number, or a fresh Float64Array."""
    if isinstance(value, Key):
        raise UntranslatableError(
            "a random key can't be returned; return jax.random.key_data of it"
        )
    if not value.shape:
        text = value.at(())
        return f"Number({text})" if value.is_big or value.dtype.kind == "b" else text
    array = code.store(value)
    if array.dtype == "float64":
        return f"{array.buffer}.slice()"
    return f"Float64Array.from({array.buffer}{', Number' if array.is_big else ''})"
