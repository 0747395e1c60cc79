"""Lanczos against the whole Hessian."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from lib.classifiers import cross_entropy, mlp
from lib.spectra import spectral_measure

NETWORK = mlp([3, 4, 2])
PARAMS = NETWORK.init(jax.random.key(0))
FLAT, UNRAVEL = ravel_pytree(PARAMS)
INPUTS = jax.random.normal(jax.random.key(1), (6, 3))
LABELS = jnp.arange(6) % 2


def loss(params):
    each = jax.vmap(lambda x, y: cross_entropy(NETWORK.apply)(params, (x, y)))
    return jnp.mean(each(INPUTS, LABELS))


def flat_loss(flat):
    return loss(UNRAVEL(flat))


@pytest.fixture(scope="module")
def dense():
    """Eigenvalues and eigenvectors of the whole matrix, by NumPy."""
    return np.linalg.eigh(np.asarray(jax.jit(jax.hessian(flat_loss))(FLAT)))


def test_quadrature_is_exact_up_to_its_degree_and_not_beyond(dense):
    values, vectors = dense
    gradient = jax.grad(loss)(PARAMS)
    seen = spectral_measure(loss, PARAMS, gradient, steps=4)
    shares = (vectors.T @ ravel_pytree(gradient)[0]) ** 2
    shares = shares / shares.sum()
    scale = np.abs(values).max()
    gaps = [
        float(seen.weights @ (seen.values / scale) ** p - shares @ (values / scale) ** p)
        for p in range(9)
    ]
    np.testing.assert_allclose(gaps[:8], 0, atol=1e-13)
    assert abs(gaps[8]) > 1e-9


def test_outermost_values_are_eigenvalues_long_before_the_last_step(dense):
    direction = jax.random.normal(jax.random.key(2), FLAT.shape)
    run = jax.jit(jax.vmap(lambda v: spectral_measure(flat_loss, FLAT, v, steps=16)))
    seen = run(jnp.stack([direction, 3 * direction]))
    np.testing.assert_allclose(seen.values[0, [0, -1]], dense[0][[0, -1]], atol=1e-8)
    assert len(dense[0]) == 26
    np.testing.assert_allclose(seen.values[0], seen.values[1], atol=1e-9)  # its length is no matter
    np.testing.assert_allclose(seen.weights.sum(1), 1, atol=1e-12)


def test_exhausted_direction_is_nan_inside_jit():
    """Two of three eigenvalues: the third value would be rounding divided by rounding."""

    def bowl(x):
        return x @ (jnp.array([0.5, 1.0, 1.7]) * x)

    direction = jnp.array([1.0, 1.0, 0.0])
    seen = jax.jit(lambda v: spectral_measure(bowl, jnp.ones(3), v, steps=3))(direction)
    assert np.isnan(seen.values).all()
    assert np.isnan(seen.weights).all()
    two = spectral_measure(bowl, jnp.ones(3), direction, steps=2)
    np.testing.assert_allclose(two.values, [1, 2])
    np.testing.assert_allclose(two.weights, [0.5, 0.5])
