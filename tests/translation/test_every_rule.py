"""Each primitive by itself: one small function in which it occurs.

Its values are arguments of a translation, and constants in another.
"""

from collections.abc import Iterator
from typing import Any

import jax
import pytest
from agreement import agree
from examples import EXAMPLES

from lib.figures.rules import RULES


def test_every_rule_has_an_example():
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_rule(node, name):
    function, *values = EXAMPLES[name]
    assert name in occurring(jax.make_jaxpr(function)(*values).jaxpr)
    agree(node, function, *values, rtol=1e-11, constant=True)


def occurring(jaxpr: Any) -> set[str]:
    """The names of the primitives in a jaxpr and in those inside it."""
    names = set()
    for equation in getattr(jaxpr, "jaxpr", jaxpr).eqns:
        names.add(equation.primitive.name)
        for inner in inner_jaxprs(equation.params.values()):
            names |= occurring(inner)
    return names


def inner_jaxprs(values: Any) -> Iterator[Any]:
    """The jaxprs among an equation's parameters."""
    for value in values:
        if hasattr(value, "eqns") or hasattr(value, "jaxpr"):
            yield value
        elif isinstance(value, tuple):
            yield from inner_jaxprs(value)
