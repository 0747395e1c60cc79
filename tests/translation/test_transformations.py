"""Loops, branches and functions under JAX's transformations."""

import jax
import jax.numpy as jnp
import numpy as np
from agreement import agree, agree_in_each, arrays, examples, whole_numbers
from jax import lax

vectors = arrays("float64", (5,), low=-3, high=3, special=(0.0,))


def test_control_flow(node):
    def flow(x, n):
        up = lax.scan(lambda c, v: ((c[1], c[0] + v), c[0]), (x, 2 * x), jnp.arange(5.0))
        down = lax.scan(lambda c, v: (c * v, c), x, jnp.arange(4.0), reverse=True)
        matrix = lax.scan(lambda c, _: (c.T @ c / 4, c[0]), jnp.eye(5) + x, None, length=3)
        loop = lax.fori_loop(0, n, lambda i, c: (c[1], c[0] + i.astype(float)), (x, 1.0))
        grown = lax.while_loop(lambda c: c[0] < 50, lambda c: (c[0] * 1.5 + 1, c[1] + 1), (x, 0))
        branch = lax.cond(x > 0, lambda v: (jnp.sin(v), v), lambda v: (v, jnp.cos(v)), x)
        switch = lax.switch(n, [jnp.sin, jnp.cos, jnp.exp], x)
        single = lax.switch(n, [jnp.sin], x)
        nested = lax.scan(
            lambda c, _: (lax.cond(c > 1, lambda v: v / 2, lambda v: v * 3, c), c), x, None, 6
        )
        return up, down, matrix, loop, grown, branch, switch, single, nested

    numbers = np.linspace(-1.9, 2, 13)  # one of the loops would stay at -2 forever
    each = [(x, np.int32(n)) for x, n in zip(numbers, range(-3, 10), strict=True)]
    agree_in_each(node, flow, each, rtol=1e-11, constant=True)


def test_derivatives_and_custom_rules(node):
    def energy(v):
        return jnp.sum(jax.nn.silu(jax.nn.relu(v)) + jax.nn.gelu(v)) + jax.nn.logsumexp(v)

    def all_orders(v):
        return (
            jax.grad(energy)(v),
            jax.jvp(jax.grad(energy), (v,), (v,))[1],
            jax.hessian(energy)(v),
            jax.checkpoint(energy)(v),
            jax.jit(lax.stop_gradient)(v),
        )

    drawn = arrays("float64", (3,), low=-3, high=3, special=())
    agree_in_each(node, all_orders, examples(drawn), rtol=1e-10)


def test_batches_of_loops_and_branches(node):
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

    agree_in_each(node, batches, examples(vectors, whole_numbers(-2, 6, 5)), rtol=1e-11)


def test_a_batch_of_loops_with_keys(node):
    def first_above(key, bound):
        def step(carry):
            key, new = jax.random.split(carry[0])
            return key, jax.random.normal(new)

        return lax.while_loop(lambda c: c[1] < bound, step, (key, jnp.float64(-9)))[1]

    def batch(seed):
        return jax.vmap(first_above)(jax.random.split(jax.random.key(seed), 4), jnp.arange(4.0) / 2)

    agree(node, batch, np.int32(3), rtol=1e-10)


def test_loops_in_loops(node):
    def loops(x, n):
        def inner(carry, row):
            total, rows = lax.scan(lambda c, v: (c + v * carry[0], c), carry, x)
            return total, rows[:, 0] * row

        return (
            lax.scan(inner, x, x),
            lax.fori_loop(n, 7, lambda i, c: jnp.sin(c) + i.astype(float), x),
            lax.associative_scan(jnp.multiply, x),
            lax.scan(
                lambda c, _: (lax.fori_loop(0, n, lambda i, d: d / 2 + i.astype(float), c), c),
                x,
                None,
                3,
            ),
        )

    agree_in_each(node, loops, examples(vectors, whole_numbers(-1, 6)), rtol=1e-11)


def test_derivatives_through_control_flow(node):
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

    each = [(abs(x),) for (x,) in examples(vectors)]
    agree_in_each(node, derivatives, each, rtol=1e-10, zeros=False)


def test_solvers_of_jax(node):
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

    agree_in_each(node, solve, examples(vectors), rtol=1e-8, zeros=False)
