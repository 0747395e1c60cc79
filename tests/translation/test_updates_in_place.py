"""Loops that fill an array: it is updated where it stands, and no old element is read too late."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree
from jax import lax

from lib.figures import to_javascript

LENGTH = 50


def trajectory(x):
    """A run that writes its positions into an array, row by row."""

    def step(i, carry):
        y, rows = carry
        return 0.9 * y, rows.at[i].set(jnp.stack([y, -y]))

    return lax.fori_loop(0, LENGTH, step, (x, jnp.zeros((LENGTH, 2))))[1]


def in_nested_loops(x):
    """Two loops that write into one array, the inner one from the outer one's."""

    def row(i, table):
        return lax.fori_loop(0, 7, lambda j, t: t.at[i, j].set(x * i + j), table)

    return lax.fori_loop(0, LENGTH, row, jnp.zeros((LENGTH, 7)))


def in_branches(x):
    """Updates that only some rounds make."""

    def step(i, carry):
        y, rows = carry
        write = jax.jit(lambda r: lax.dynamic_update_slice(r, y[None], (i,)))
        return 1.1 * y, lax.cond(i % 2 == 0, write, lambda r: r, rows)

    return lax.fori_loop(0, LENGTH, step, (x, jnp.zeros(LENGTH)))[1]


def until_large(x):
    """Updates in a loop with a condition."""

    def grow(carry):
        i, y, rows = carry
        return i + 1, 1.5 * y, rows.at[i].add(y)

    return lax.while_loop(lambda c: c[1] < 50, grow, (0, x, jnp.ones(LENGTH)))


@pytest.mark.parametrize("function", [trajectory, in_nested_loops, in_branches, until_large])
def test_an_array_that_is_only_updated_is_not_copied(node, function):
    agree(node, function, np.float64(1.3))
    source = to_javascript(function, 1.0).source
    assert ".set(" not in source
    assert "slice(0" not in source
    # No loop over the whole array but the one that makes it, before the loop of the rounds.
    whole = [m.start() for m in re.finditer(rf"let i\d+ = 0; i\d+ < {LENGTH};", source)]
    rounds = re.search(r"let k\d+ = 0|while \(true\)", source).start()
    assert all(place < rounds for place in whole)


def hazards(x):
    """Loops in which something reads the array as it was before an update."""
    start = jnp.arange(6.0) + x
    turned = jnp.array([1, 2, 3, 4, 5, 0])

    def before(i, carry):
        array, _, _ = carry
        flipped, half = array[::-1] * 2, jax.jit(lambda a: a[1:] / 2)(array)
        return array.at[i].set(0.5), flipped, half

    def rounds(step, *state):
        return lax.fori_loop(0, 4, step, state)

    return (
        # the old array is carried on beside the new one
        rounds(lambda i, c: (c[0].at[i].set(7.0), c[0]), start, start),
        # the two change places
        rounds(lambda i, c: (c[1].at[i].set(c[0][i]), c[0].at[i].mul(2.0)), start, -start),
        # a reversal and a slice are taken before the update and carried on after it
        rounds(before, start, start, start[1:]),
        rounds(lambda i, c: (c[0].at[i].set(0.5), c[0][::-1] * 2, c[0].sum()), start, start, x),
        # what is written is read from the array itself, shifted
        rounds(lambda i, c: (lax.dynamic_update_slice(c[0], c[0][:5] * 0.9, (1,)),), start),
        rounds(lambda i, c: (c[0].at[1:].set(c[0][:-1]),), start),
        rounds(lambda i, c: (c[0].at[turned].set(c[0], unique_indices=True),), start),
        # two updates, and one that reads between them
        rounds(lambda i, c: (c[0].at[i].set(1.0).at[i + 1].add(c[0][0]),), start),
        # the array before the update is kept for each round
        lax.scan(lambda c, i: (c.at[i].set(9.0), c), start, jnp.arange(4)),
        lax.scan(lambda c, i: (c.at[i].set(9.0), c.at[i].set(9.0) + c), start, jnp.arange(4)),
        # a branch keeps it, a branch replaces it, a branch reads it
        rounds(lambda i, c: (lax.cond(i > 1, lambda a: a.at[i].set(3.0), jnp.flip, c[0]),), start),
        rounds(
            lambda i, c: lax.cond(i > 1, lambda a: (a.at[i].set(3.0), a), lambda a: (a, a), c[0]),
            start,
            start,
        ),
        # an inner loop starts from it, and it is needed afterwards
        rounds(
            lambda i, c: (lax.fori_loop(0, 3, lambda j, a: a.at[j].add(1.0), c[0]), c[0] * 2),
            start,
            start,
        ),
        # a function inside writes into it, and it is needed afterwards
        rounds(lambda i, c: (jax.jit(lambda a: a.at[i].set(5.0))(c[0]) + c[0],), start),
        # it is its own row, as an argument twice
        rounds(lambda i, c: (jax.jit(lambda a, b: a.at[i].set(5.0) - b)(c[0], c[0]),), start),
        # members of a batch stop at different rounds
        jax.vmap(
            lambda n: lax.while_loop(
                lambda c: c[0] < n, lambda c: (c[0] + 1, c[1].at[c[0]].set(8.0)), (0, start)
            )
        )(jnp.array([0, 2, 5])),
        # a reshaped view and a transposed one
        rounds(
            lambda i, c: (c[0].at[i].set(4.0), c[0].reshape(2, 3).T * 1.0),
            start,
            jnp.zeros((3, 2)),
        ),
    )


def test_what_reads_the_array_before_an_update_sees_the_old_elements(node):
    agree(node, hazards, np.float64(0.25))


def test_keys_that_are_carried_in_an_array(node):
    def draws(seed):
        keys = jax.random.split(jax.random.key(seed), 4)

        def step(i, carry):
            keys, total = carry
            new = jax.random.fold_in(keys[i], i)
            return keys.at[3 - i].set(new), total + jax.random.normal(keys[i])

        keys, total = lax.fori_loop(0, 4, step, (keys, 0.0))
        return jax.random.key_data(keys), total

    agree(node, draws, np.int32(3), rtol=1e-11)


def chain(x):
    """400 operations on an array, each of which is read once."""
    y = x * jnp.ones(3)
    for _ in range(200):
        y = 0.99 * y + 0.01
    return y


def views(x):
    """A thousand turns of a matrix."""
    y = x * jnp.arange(6.0).reshape(2, 3)
    for _ in range(500):
        y = y.T[::-1]
    return y


def calls(x):
    """Functions inside functions, as deep as JAX itself goes with some room."""

    def wrapped(function):
        return jax.jit(lambda x: 0.9 * function(x) + 0.1)

    function = jnp.sin
    for _ in range(60):
        function = wrapped(function)
    return function(x * jnp.ones(2))


@pytest.mark.parametrize("function", [chain, views, calls])
def test_a_long_program_is_no_deep_recursion(node, function):
    # Not as one program of XLA, whose own recursion breaks on the thousand turns.
    (found,) = node.run(to_javascript(function, 1.0), [(1.0,)])
    np.testing.assert_allclose(found[0], function(jnp.float64(1.0)), rtol=1e-12)
