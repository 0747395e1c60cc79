"""No parameter of a primitive is skipped without a reason, and those that matter are right."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree
from examples import EXAMPLES
from jax import lax
from jaxprs import equations

from lib.figures import UntranslatableError, to_javascript
from lib.figures.rules import NOT_READ, RULES

# Parameters that only one of the versions of JAX has.
OF_A_VERSION = {("scan", "ft_out"), ("eval_jaxpr", "subfuns"), ("empty2", "memory_space")}


def test_what_is_listed_as_not_read_occurs():
    found = set()
    for function, *values in EXAMPLES.values():
        for equation in equations(jax.make_jaxpr(function)(*values)):
            found |= {(equation.primitive.name, name) for name in equation.params}
    general = {name for _, name in found}
    listed = {(p, name) for p, names in NOT_READ.items() if p in RULES for name in names}
    present = {p for p, _ in found}
    assert {(p, n) for p, n in listed - found if p in present} <= OF_A_VERSION
    assert set(NOT_READ["every primitive"]) <= general
    assert set(NOT_READ) - {"every primitive"} <= set(RULES)


def test_a_function_applied_to_chosen_elements(node):
    x = np.array([1.0, -2.0, 3.0])

    def chosen(x):
        scaled = x * jnp.arange(1.0, 4.0)
        return (
            scaled.at[1].apply(jnp.negative),
            scaled.at[jnp.array([1, 1])].apply(lambda v: v * 3 + 1),
            scaled.at[jnp.array([0, 9])].apply(jnp.exp),
            lax.fori_loop(0, 3, lambda i, c: c.at[i].apply(jnp.sin), scaled),
        )

    agree(node, chosen, x)


def test_a_product_in_another_dtype(node):
    n, x = np.array([2**31 - 1, -5], np.int32), np.array([1 / 3, 2.0], np.float32)
    agree(node, lambda n: lax.mul(n, jnp.int32(1000003), out_dtype=jnp.int64), n)
    agree(node, lambda n: lax.mul(n, n, out_dtype=jnp.float64), n)
    agree(node, lambda x: lax.mul(x, x, out_dtype=jnp.float64), x)


STABLE = (
    "an unstable sort that carries other operands along leaves equal elements in an order that JAX "
    "doesn't promise; leave out stable=False or is_stable=False (the primitive 'sort'"
)
PLACES = (
    "gives the places of equal elements in an order that JAX doesn't promise; use jax.lax.top_k, "
    "which is stable (the primitive"
)
PRECISION = (
    "a product with precision=BF16_BF16_F32; leave it out: a page computes in "
    "the precision of the operands (the primitive 'dot_general'"
)
REFUSED = {
    "an unstable sort": (lambda x: jnp.argsort(x, stable=False), STABLE),
    "an approximate maximum": (lambda x: lax.approx_max_k(x, 2)[1], PLACES),
    "a precision": (lambda x: jnp.dot(x, x, precision="BF16_BF16_F32"), PRECISION),
}
if jax.__version_info__ >= (0, 12):
    REFUSED["an unstable top k"] = (lambda x: lax.top_k(x, 2, is_stable=False)[1], PLACES)


@pytest.mark.parametrize("name", REFUSED)
def test_what_jax_leaves_open_is_refused(name):
    function, words = REFUSED[name]
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(function, np.ones(4, np.float32))
    assert words in str(caught.value)
    assert "test_parameters.py" in str(caught.value)


def test_an_unstable_sort_of_the_keys_alone_is_as_good(node):
    agree(node, lambda x: jnp.sort(x, stable=False), np.array([2.0, 1.0, 2.0, -1.0]))
    agree(node, lambda x: lax.approx_max_k(x, 2)[0], np.array([2.0, 1.0, 2.0, -1.0]))
