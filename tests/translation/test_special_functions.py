"""Functions of mathematical physics against JAX."""

import jax.numpy as jnp
import numpy as np
from agreement import agree_in_each, arrays, examples
from jax import lax

ENDS = (0.0, 1.0, np.inf, np.nan, 0.5)


def test_incomplete_gamma(node):
    def function(a, x):
        return lax.igamma(a, x), lax.igammac(a, x), lax.igamma_grad_a(a, x)

    a = arrays("float64", (25,), low=-1, high=20, special=ENDS)
    x = arrays("float64", (25,), low=-1, high=40, special=ENDS)
    each = [tuple(np.resize(ends, 25) for ends in np.meshgrid(ENDS, ENDS)), *examples(a, x)]
    agree_in_each(node, function, each, rtol=1e-10, zeros=False)


def test_incomplete_beta(node):
    positive = arrays("float64", (16,), low=-0.1, high=20, special=ENDS)
    each = examples(positive, positive, arrays("float64", (16,), low=0, high=1, special=ENDS))
    agree_in_each(node, lax.betainc, each, rtol=1e-9, zeros=False)


def test_zeta_and_polygamma(node):
    def function(x, q):
        return (
            lax.zeta(jnp.where(x > 9, jnp.floor(x), x), q),
            lax.polygamma(jnp.floor(jnp.abs(x) / 3), q),
            lax.polygamma(x, jnp.abs(q) + 0.1),
        )

    x = arrays("float64", (24,), low=-3, high=30, special=(1.0, 2.0, 3.0, np.nan))
    poles = (0.0, -0.0, -1.0, -2.0, -1.5, np.nan)
    q = arrays("float64", (24,), low=-6, high=60, special=poles)
    agree_in_each(node, function, examples(x, q), rtol=1e-11)


def test_gamma_functions_left_of_zero(node):
    def function(x):
        # Close to a pole, and to a zero between two poles, an error of x is seen enlarged.
        whole = jnp.round(x)
        x = jnp.where(jnp.isclose(x, whole, rtol=0, atol=1e-2), whole, x)
        return jnp.exp(-lax.lgamma(x) / 8), jnp.arctan(lax.digamma(x))

    each = examples(arrays("float64", (24,), low=-30, high=30))
    agree_in_each(node, function, each, rtol=1e-9, zeros=False)
