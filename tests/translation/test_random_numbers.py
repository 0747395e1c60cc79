"""Random keys and numbers are the very ones of JAX."""

import jax
import jax.numpy as jnp
import numpy as np
from agreement import agree, agree_in_each, examples, whole_numbers
from jax import lax

seeds = examples(whole_numbers(-(2**31), 2**31 - 1))


def test_random_numbers_are_the_very_ones_of_jax(node):
    def draw(s):
        key = jax.random.key(s)
        keys = jax.random.split(key, 3)
        shuffled = jax.random.split(jax.random.fold_in(keys[1], 7), (2, 2))
        return (
            jax.random.bits(key, (3,), jnp.uint32),
            jax.random.bits(keys[2], (2,), jnp.uint64),
            jax.random.bits(key, (5,), jnp.uint8),
            jax.random.key_data(shuffled.T),
            jax.vmap(lambda k: jax.random.uniform(k, (2,)))(keys),
            jax.random.uniform(key, (4,), jnp.float32),
            jax.random.bernoulli(key, 0.3, (9,)),
            jax.random.randint(key, (9,), -3, 12),
            jax.random.permutation(key, 7),
            jax.random.choice(key, 9, (3,)),
            jax.random.key_data(jax.random.PRNGKey(s)),
        )

    agree_in_each(node, draw, seeds, rtol=0, atol=0, constant=True)


def test_keys_that_are_constants(node):
    key = jax.random.key(3)
    keys = jax.random.split(key, 3)

    def draw(x):
        return x + jax.random.normal(key), jax.vmap(jax.random.normal)(keys)

    agree(node, draw, 0.5, rtol=1e-11)


def test_normal_and_categorical_draws(node):
    def draw(s):
        key = jax.random.key(s)
        return (
            jax.random.normal(key, (50,)),
            jax.random.normal(key),
            jax.random.categorical(key, jnp.arange(4.0), shape=(24,)),
        )

    agree_in_each(node, draw, seeds, rtol=1e-11)


def test_key_from_a_64_bit_seed(node):
    seeds = [(np.int64(s),) for s in (-(2**40) - 3, -1, 2**63 - 1, 5)]
    agree_in_each(node, lambda s: jax.random.key_data(jax.random.key(s)), seeds, constant=True)


def test_random_keys_through_control_flow(node):
    def walk(s):
        def step(carry, key):
            x, old = carry
            new, sub = jax.random.split(old)
            pick = lax.cond(x > 0, lambda: key, lambda: sub)
            return (x + jax.random.normal(pick), new), x

        keys = jax.random.split(jax.random.key(s), 20)
        return lax.scan(step, (0.1, jax.random.key(s + 1)), keys)[1]

    agree(node, walk, np.int32(5), rtol=1e-10)
