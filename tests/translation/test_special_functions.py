"""Functions of mathematical physics, bits, and neighbours, against JAX."""

import jax.numpy as jnp
import numpy as np
import pytest
from agreement import FLOATS, INTEGERS, agree, arrays
from examples import total_order
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

ENDS = (0.0, 1.0, np.inf, np.nan, 0.5)
GAMMAS = {
    "igamma": lax.igamma,
    "igammac": lax.igammac,
    "igamma_grad_a": lax.igamma_grad_a,
}


@pytest.mark.parametrize("name", GAMMAS)
@given(data=st.data())
def test_incomplete_gamma(node, name, data):
    a = data.draw(arrays("float64", (16,), low=-1, high=20, special=ENDS))
    x = data.draw(arrays("float64", (16,), low=-1, high=40, special=ENDS))
    agree(node, GAMMAS[name], a, x, rtol=1e-10, zeros=False)


@given(
    a=arrays("float64", (16,), low=-0.1, high=20, special=ENDS),
    b=arrays("float64", (16,), low=-0.1, high=20, special=ENDS),
    x=arrays("float64", (16,), low=0, high=1, special=ENDS),
)
def test_incomplete_beta(node, a, b, x):
    agree(node, lax.betainc, a, b, x, rtol=1e-9, zeros=False)


@given(
    x=arrays("float64", (24,), low=-3, high=30, special=(1.0, 2.0, 3.0, np.nan)),
    q=arrays("float64", (24,), low=-6, high=60, special=(0.0, -0.0, -1.0, -2.0, -1.5, np.nan)),
)
def test_zeta_and_polygamma(node, x, q):
    agree(node, lax.zeta, np.where(x > 9, np.floor(x), x), q, rtol=1e-11)
    agree(node, lax.polygamma, np.floor(np.abs(x) / 3), q, rtol=1e-11)
    agree(node, lax.polygamma, x, np.abs(q) + 0.1, rtol=1e-11)


@given(x=arrays("float64", (24,), low=-30, high=30))
def test_gamma_functions_left_of_zero(node, x):
    # Close to a pole, and to a zero between two poles, an error of x is seen enlarged.
    whole = np.round(x)
    x = np.where(np.isclose(x, whole, rtol=0, atol=1e-2), whole, x)
    agree(node, lambda v: jnp.exp(-lax.lgamma(v) / 8), x, rtol=1e-11)
    agree(node, lambda v: jnp.arctan(lax.digamma(v)), x, rtol=1e-9, zeros=False)


@pytest.mark.parametrize("dtype", INTEGERS)
@given(data=st.data())
def test_counts_of_bits_and_upper_halves(node, dtype, data):
    a, b = (data.draw(arrays(dtype, (24,))) for _ in range(2))
    agree(node, lambda v: (lax.clz(v), lax.population_count(v)), a)
    if np.dtype(dtype).itemsize >= 4:
        agree(node, lax.mulhi, a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_neighbours_and_fewer_bits(node, dtype, data):
    x, y = (data.draw(arrays(dtype, (24,), low=-1e5, high=1e5)) for _ in range(2))
    # A power of two changes exponents without rounding: overflow and underflow of short formats.
    x = x * np.exp2(np.arange(-24, 24, 2)).astype(dtype)
    agree(node, lax.nextafter, x, y)
    for exponent, mantissa in ((5, 10), (8, 7), (4, 3), (8, 23)):
        agree(node, lambda v, e=exponent, m=mantissa: lax.reduce_precision(v, e, m), x)


@pytest.mark.parametrize("dtype", ["float64", "int32", "bool"])
@given(data=st.data())
def test_total_order(node, dtype, data):
    a, b = (data.draw(arrays(dtype, (24,))) for _ in range(2))
    for name in ("eq_to", "lt_to", "le_to"):
        agree(node, total_order(name), a, b)


@given(x=arrays("float64", (3, 7)), n=arrays("int64", (6,)), p=arrays("bool", (3, 4)))
def test_selections_and_folds(node, x, n, p):
    mild = np.nan_to_num(x, posinf=2.5, neginf=-2.5)
    agree(node, lambda v: (lax.top_k(v, 4), lax.top_k(v, 2, axis=0)), x)
    agree(node, lambda v: lax.top_k(v, 3), n)
    agree(node, lambda v: (lax.approx_max_k(v, 1)[0], lax.approx_min_k(v, 1)[0]), np.abs(mild))
    agree(node, lambda v: (lax.reduce_xor(v, (0,)), lax.reduce_xor(p, (1,))), n)

    def last_largest(a, b):
        later = b[0] >= a[0]
        return jnp.where(later, b[0], a[0]), jnp.where(later, b[1], a[1])

    def fold(v):
        places = lax.broadcasted_iota(jnp.int32, v.shape, 1)
        return lax.reduce((v, places), (-jnp.inf, jnp.int32(-1)), last_largest, (1,))

    agree(node, fold, np.sort(mild, 1), zeros=False)
