"""The polar factor and its derivative, and what Newton-Schulz steps make of singular values."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from lib.polar import newton_schulz, polar_factor

SHAPES = [(4, 4), (5, 3), (3, 5), (1, 4), (1, 1)]


def draw(seed, shape):
    return jax.random.normal(jax.random.key(seed), shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_factor_is_scipys(shape):
    matrix = draw(0, shape)
    expected, _ = scipy.linalg.polar(np.asarray(matrix))
    np.testing.assert_allclose(polar_factor(matrix), expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_derivative_is_that_of_finite_differences(shape):
    matrix, direction = draw(1, shape), draw(2, shape)
    _, change = jax.jvp(polar_factor, (matrix,), (direction,))
    step = 1e-5
    difference = polar_factor(matrix + step * direction) - polar_factor(matrix - step * direction)
    np.testing.assert_allclose(change, difference / (2 * step), atol=1e-8)


def test_the_derivative_holds_where_singular_values_coincide():
    orthogonal = polar_factor(draw(3, (4, 4)))
    direction = draw(4, (4, 4))
    _, change = jax.jvp(polar_factor, (2 * orthogonal,), (direction,))
    skew = (direction - orthogonal @ direction.T @ orthogonal) / 4
    np.testing.assert_allclose(change, skew, atol=1e-12)


def test_the_derivative_is_tangent_to_the_orthogonal_matrices():
    matrix, direction = draw(5, (4, 4)), draw(6, (4, 4))
    factor, change = jax.jvp(polar_factor, (matrix,), (direction,))
    np.testing.assert_allclose(factor.T @ change + change.T @ factor, np.zeros((4, 4)), atol=1e-12)


def test_newton_schulz_keeps_the_vectors_and_brings_the_values_near_one():
    u, _, vt = jnp.linalg.svd(draw(7, (6, 6)))
    sizes = jnp.geomspace(1.0, 0.02, 6)
    image = u.T @ newton_schulz(u @ jnp.diag(sizes) @ vt) @ vt.T
    np.testing.assert_allclose(image, jnp.diag(jnp.diag(image)), atol=1e-12)
    assert 0.68 < float(jnp.diag(image).min()) <= float(jnp.diag(image).max()) < 1.14


def test_a_rank_one_gradient_lets_newton_schulz_amplify_what_is_off_its_range():
    left, right = draw(8, (16,)), draw(9, (16,))
    matrix = jnp.outer(left, right)
    other_left = draw(10, (16,))
    other_left -= left * (left @ other_left) / (left @ left)
    other_right = draw(11, (16,))
    other_right -= right * (right @ other_right) / (right @ right)
    off = jnp.outer(other_left, other_right)
    off /= jnp.linalg.norm(off)
    _, change = jax.jvp(newton_schulz, (matrix,), (off,))
    amplified = jnp.linalg.norm(change) * jnp.linalg.norm(matrix)
    assert float(amplified) == pytest.approx(3.4445**5, rel=1e-9)
