"""Each primitive by itself: one small function in which it occurs.

Its values are arguments of a translation, and constants in another.
"""

import jax
import pytest
from agreement import agree
from examples import EXAMPLES
from jaxprs import equations

from lib.figures import jax_inside
from lib.figures.rules import RULES


def test_every_rule_has_an_example():
    assert set(EXAMPLES) == set(RULES) & jax_inside.names_of_primitives()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_rule(node, name):
    function, *values = EXAMPLES[name]
    jaxpr = jax.make_jaxpr(function)(*values)
    assert name in {equation.primitive.name for equation in equations(jaxpr)}
    agree(node, function, *values, rtol=1e-11, constant=True)
