"""Reductions, products and sorting give what JAX gives."""

import jax
import jax.numpy as jnp
from agreement import agree_in_each, arrays, examples
from jax import lax

matrices = arrays("float64", (3, 4))


def mild(x):
    """Only numbers of moderate size, whose sums are finite."""
    return jnp.nan_to_num(x, posinf=2.5, neginf=-2.5)


def test_sums_and_products(node):
    def reduced(x):
        x = mild(x)
        small = x / 1e5
        return (
            *(x.sum(0), x.sum(), jnp.prod(x, 1)),
            *(jnp.cumsum(x, 1), lax.cumsum(x, 0, reverse=True)),
            *(lax.cumprod(small, 0), lax.cumlogsumexp(small, 1)),
        )

    # XLA folds in an order of its own, on which the sign of a zero depends.
    agree_in_each(node, reduced, examples(matrices), rtol=1e-9, zeros=False)


def test_extremes_and_their_places(node):
    def extremes(x):
        return (
            *(x.max(0), x.min(1), x.max()),
            *(lax.cummax(x, 1), lax.cummin(x, 0, reverse=True)),
            *(jnp.argmax(x, 0), jnp.argmin(x, 1), jnp.argmax(x)),
        )

    agree_in_each(node, extremes, examples(matrices), zeros=False)


def test_reductions_of_integers_and_bools(node):
    def reduced(n, p):
        return (
            *(n.sum(0), n.max(1), jnp.prod(n), jnp.argmin(n, 0), lax.reduce_xor(n, (0,))),
            *(jnp.bitwise_and.reduce(n, 0), jnp.bitwise_or.reduce(n, 1)),
            *(p.all(0), p.any(1), p.any(), lax.reduce_xor(p, (1,))),
        )

    for dtype in ("int32", "int64"):
        agree_in_each(node, reduced, examples(arrays(dtype, (3, 4)), arrays("bool", (3, 4))))


def test_products_of_every_form(node):
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

    shapes = ((3, 4), (4, 3), (4,))
    drawn = [arrays("float64", shape, low=-10, high=10, special=()) for shape in shapes]
    agree_in_each(node, products, examples(*drawn), rtol=1e-11, atol=1e-9, zeros=False)


def test_sorting(node):
    def sorted_(x, n):
        rows = jnp.nan_to_num(x)
        return (
            *(jnp.sort(x, 0), jnp.argsort(x, 1), jnp.sort(n), jnp.argsort(n)),
            lax.sort((jnp.sign(rows[0]), rows[1], rows[2]), num_keys=2),
            *(lax.top_k(x, 4), lax.top_k(x, 2, axis=0), lax.top_k(n, 3)),
        )

    agree_in_each(node, sorted_, examples(arrays("float64", (3, 7)), arrays("int64", (6,))))


def test_folds_and_approximate_selections(node):
    def last_largest(a, b):
        later = b[0] >= a[0]
        return jnp.where(later, b[0], a[0]), jnp.where(later, b[1], a[1])

    def function(x):
        x = mild(x)
        some, places = jnp.sort(x, 1), lax.broadcasted_iota(jnp.int32, x.shape, 1)
        size = jnp.abs(x)
        return (
            lax.reduce((some, places), (-jnp.inf, jnp.int32(-1)), last_largest, (1,)),
            *(lax.approx_max_k(size, 1)[0], lax.approx_min_k(size, 1)[0]),
        )

    agree_in_each(node, function, examples(arrays("float64", (3, 7))), zeros=False)
