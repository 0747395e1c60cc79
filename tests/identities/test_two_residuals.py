"""With labels 0 and 1 a bracket is bounded by both examples' residuals, as the book proves."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from lib.classifiers import binary_cross_entropy, mlp
from lib.fields import gradient_field, lie_bracket

NETWORK = mlp([2, 3, 2])
INPUTS = jnp.array([[0.5, -1.0], [1.5, 0.3]])
TARGETS = jnp.array([[1.0, 0.0], [0.0, 0.0]])
_, UNRAVEL = ravel_pytree(NETWORK.init(jax.random.key(0)))


def logits(flat, n):
    return NETWORK.apply(UNRAVEL(flat), INPUTS[n])


@jax.jit
@jax.vmap
def both_sides(key):
    flat = 2.0 * ravel_pytree(NETWORK.init(key))[0]
    field = gradient_field(lambda p, n: binary_cross_entropy(logits(p, n), TARGETS[n]))
    bracket = lie_bracket(lambda p: field(p, 0), lambda p: field(p, 1))(flat)
    found, residuals, slopes, bends = [], [], [], []
    for n in (0, 1):
        p = jax.nn.sigmoid(logits(flat, n))
        r, slope = p - TARGETS[n], jax.jacfwd(logits)(flat, n)
        bend = jax.hessian(logits)(flat, n)
        hessian = jnp.einsum("k,ka,kb->ab", p * (1 - p), slope, slope)
        hessian = hessian + jnp.einsum("k,kab->ab", r, bend)
        found.append((r @ slope, hessian))
        residuals.append(jnp.sum(jnp.abs(r)))
        slopes.append(jnp.linalg.norm(slope, axis=1))
        bends.append(jnp.linalg.norm(bend, ord=2, axis=(1, 2)))
    (g_0, h_0), (g_1, h_1) = found
    steepest, bent = jnp.max(jnp.stack(slopes)), jnp.max(jnp.stack(bends))
    bound = 2 * steepest * (steepest**2 + bent) * residuals[0] * residuals[1]
    gradients = jnp.stack([jnp.linalg.norm(g_0), jnp.linalg.norm(g_1)])
    return bracket, h_1 @ g_0 - h_0 @ g_1, bound, gradients, steepest * jnp.stack(residuals)


def test_the_bracket_is_bounded_by_the_product_of_the_residuals():
    bracket, by_logits, bound, gradients, bounds = both_sides(
        jax.random.split(jax.random.key(1), 50)
    )
    np.testing.assert_allclose(bracket, by_logits, atol=1e-12)
    share = np.linalg.norm(bracket, axis=1) / bound
    assert share.max() < 1
    assert share.max() > 0.02  # the bound is no more than fifty times too generous at its best
    assert (gradients <= bounds).all()
