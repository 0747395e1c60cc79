"""Random points, fields and the arithmetic of trees for the tests of identities."""

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

SHAPES = [
    jnp.zeros(3),
    {"weight": jnp.zeros((2, 2)), "bias": jnp.zeros(2)},
    [jnp.zeros(()), (jnp.zeros((1, 2)), {"deep": jnp.zeros(1)})],
]
"""Three structures of parameters: an array, a layer, a nest with a scalar."""


def random_point(tree, seed):
    """A tree like `tree` with normal entries."""
    flat, unravel = ravel_pytree(tree)
    return unravel(jax.random.normal(jax.random.key(seed), flat.shape))


def random_field(tree, seed):
    """A smooth, curved field on trees like `tree`: tanh of a linear map, plus a square."""
    flat, unravel = ravel_pytree(tree)
    first, second, third = jax.random.normal(jax.random.key(seed), (3, flat.size, flat.size))

    def field(params):
        x, _ = ravel_pytree(params)
        return unravel(jnp.tanh(first @ x) + 0.3 * (second @ x) * (third @ x))

    return field


def random_function(tree, seed):
    """A smooth function from trees like `tree` to a number."""
    flat, _ = ravel_pytree(tree)
    weights = jax.random.normal(jax.random.key(seed), flat.shape)
    return lambda params: jnp.sin(jnp.dot(weights, ravel_pytree(params)[0]))


def linear_field(matrix):
    """The field x -> matrix x."""
    return lambda x: matrix @ x


def combine(a, left, b, right):
    """a left + b right."""
    return jax.tree.map(lambda x, y: a * x + b * y, left, right)


def size(tree):
    """The Euclidean norm of all entries together."""
    return float(jnp.linalg.norm(ravel_pytree(tree)[0]))


def assert_close(left, right, tolerance=1e-10):
    """Equal structure; difference at most `tolerance` times the size, which must not be zero."""
    assert jax.tree.structure(left) == jax.tree.structure(right)
    assert size(right) > 1e-3, "the identity would hold trivially"
    assert size(combine(1.0, left, -1.0, right)) <= tolerance * max(1.0, size(right))


def assert_identity(sides, tolerance=1e-10, seeds=20):
    """Both results of `sides(seed)` are close, for many seeds; compiled once for all of them."""
    left, right = jax.jit(jax.vmap(sides))(jnp.arange(seeds))
    for i in range(seeds):
        assert_close(*jax.tree.map(lambda leaf, i=i: leaf[i], (left, right)), tolerance)
