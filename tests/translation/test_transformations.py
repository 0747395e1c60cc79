"""Loops, branches and functions under JAX's transformations."""

import jax
import jax.numpy as jnp
import numpy as np
from agreement import agree, arrays
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

vectors = arrays("float64", (5,), low=-3, high=3, special=(0.0,))
counts = st.lists(st.integers(-2, 6), min_size=5, max_size=5).map(np.int32)


@settings(max_examples=6)
@given(x=vectors, n=counts)
def test_batches_of_loops_and_branches(node, x, n):
    def power(x, n):
        return lax.fori_loop(0, n, lambda i, c: c * x + i.astype(float), 1.0)

    def grown(x):
        return lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] * 1.5 + 5, -c[0]), (x, x))

    def collatz(n):
        def step(carry):
            m, count = carry
            return lax.cond(m % 2 == 1, lambda m: 3 * m + 1, lambda m: m // 2, m), count + 1

        return lax.while_loop(lambda c: c[0] > 1, step, (n, jnp.int32(0)))

    def batches(x, n):
        return (
            jax.vmap(power)(x, n),
            jax.vmap(jax.vmap(power, (None, 0)), (0, None))(x, n),
            jax.vmap(grown)(x),
            jax.vmap(collatz)(n),
            jax.vmap(lambda v: lax.cond(v > 0, jnp.sin, jnp.cos, v))(x),
            jax.vmap(lambda v, k: lax.switch(k, [jnp.sin, jnp.cos, jnp.exp], v))(x, n),
            lax.map(lambda v: power(v, n[0]), x),
        )

    agree(node, batches, x, n, rtol=1e-11)


def test_a_batch_of_loops_with_keys(node):
    def first_above(key, bound):
        def step(carry):
            key, new = jax.random.split(carry[0])
            return key, jax.random.normal(new)

        return lax.while_loop(lambda c: c[1] < bound, step, (key, jnp.float64(-9)))[1]

    def batch(seed):
        return jax.vmap(first_above)(jax.random.split(jax.random.key(seed), 4), jnp.arange(4.0) / 2)

    agree(node, batch, np.int32(3), rtol=1e-10)


@settings(max_examples=6)
@given(x=vectors, n=st.integers(-1, 6))
def test_loops_in_loops(node, x, n):
    def inner(carry, row):
        total, rows = lax.scan(lambda c, v: (c + v * carry[0], c), carry, x)
        return total, rows[:, 0] * row

    def loops(x, n):
        return (
            lax.scan(inner, x, x),
            lax.fori_loop(n, 7, lambda i, c: jnp.sin(c) + i, x),
            lax.associative_scan(jnp.multiply, x),
            lax.scan(lambda c, _: (lax.fori_loop(0, n, lambda i, d: d / 2 + i, c), c), x, None, 3),
        )

    agree(node, loops, x, np.int32(n), rtol=1e-11)


@settings(max_examples=4)
@given(x=vectors)
def test_derivatives_through_control_flow(node, x):
    def scanned(x, step=lambda c, v: (jnp.sin(c * v), c)):
        return lax.scan(step, x[0] + 1, x)[1]

    def remembered(x):
        return scanned(x, jax.checkpoint(lambda c, v: (jnp.sin(c * v), c)))

    def branched(x):
        return lax.cond(x[0] > 0, lambda v: v.sum(), lambda v: (v**2).sum(), x)

    def doubled(x):
        return lax.while_loop(lambda c: c[0] < 9, lambda c: 2 * c + 1, x)

    def derivatives(x):
        return (
            jax.jacrev(scanned)(x),
            jax.jacfwd(remembered)(x),
            jax.hessian(lambda v: remembered(v).sum())(x),
            jax.grad(branched)(x),
            jax.grad(lambda v: lax.fori_loop(0, 4, lambda i, c: jnp.sin(c) * v[i], 1.0))(x),
            jax.vmap(jax.grad(lambda v: lax.cond(v > 0, jnp.sin, jnp.exp, v)))(x),
            jax.jvp(
                lambda v: lax.while_loop(lambda c: c[0] < 9, lambda c: 2 * c + 1, v), (x,), (x,)
            ),
        )

    agree(node, derivatives, abs(x), rtol=1e-10, zeros=False)


@settings(max_examples=4)
@given(x=vectors)
def test_solvers_of_jax(node, x):
    def solve(x):
        def matvec(v):
            return 3 * v + v.sum() * 0.1

        return (
            jax.scipy.sparse.linalg.cg(matvec, x)[0],
            lax.custom_root(
                lambda v: v**3 + v - x[0],
                0.0,
                lambda f, v: lax.fori_loop(0, 30, lambda i, v: v - f(v) / jax.grad(f)(v), v),
                lambda g, y: y / g(1.0),
            ),
            jnp.interp(0.3, jnp.sort(x), jnp.arange(5.0)),
            jnp.searchsorted(jnp.sort(x), x),
            jnp.quantile(x, 0.3),
            jnp.histogram(x, 4)[0],
        )

    agree(node, solve, x, rtol=1e-8, zeros=False)
