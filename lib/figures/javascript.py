"""Translates a JAX function to JavaScript, so that a page without a kernel runs the same function.

The function is traced to its jaxpr, and each equation is emitted by the rule of its primitive
(`lib.figures.rules`) into the code of `lib.figures.code`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import jax
import numpy as np

from lib.figures.code import Code, Key, UntranslatableError, Value, emit, from_number
from lib.figures.rules import LEFT_OUT, NOT_READ, RULES, STRUCTURAL


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

    Raises:
      UntranslatableError: a primitive of the function has no rule; its name and source line
        are in the message.
      ValueError: the function isn't callable.

    Explained in {ref}`how-the-figures-work`.

    >>> import jax.numpy as jnp
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
            f"function: expected a JAX function, got {type(function).__name__}; "
            "pass the function itself, not its value"
        )
    closed, out = jax.make_jaxpr(function, return_shape=True)(*example_args)
    code = Code(RULES, STRUCTURAL, NOT_READ, LEFT_OUT, depth=2)
    arguments, names = [], []
    for position, aval in enumerate(closed.in_avals):
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
    return JavaScript(source, jax.tree.leaves(out))


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
