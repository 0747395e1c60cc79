"""Valleys and the noise of their gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from lib.noise import box_muller, gaussian_noise, hessian_covariance, isotropic_noise, noisy_field
from lib.valleys import Valley, curved_valley


def height(x):
    return 1 + x**2


def draws(noise, params, number=20_000):
    return jax.vmap(lambda key: noise(params, key))(jax.random.split(jax.random.key(0), number))


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2])
def test_a_turned_valley_is_the_valley_in_turned_coordinates(angle):
    turned, plain = Valley(height, angle).loss, Valley(height).loss
    for x, y in ((0.3, -0.2), (2.0, 0.5)):
        point = jnp.asarray(rotation(angle) @ np.array([x, y]))
        np.testing.assert_allclose(turned(point), (1 + x**2) * y**2, rtol=1e-12)
        slope = rotation(angle) @ np.asarray(jax.grad(plain)(jnp.array([x, y])))
        np.testing.assert_allclose(jax.grad(turned)(point), slope, atol=1e-12)


def test_the_hessian_on_the_floor_is_twice_the_height_across_it():
    angle, x = 0.7, 1.5
    normal = rotation(angle)[:, 1]
    hessian = jax.hessian(Valley(height, angle).loss)(jnp.asarray(rotation(angle)[:, 0] * x))
    np.testing.assert_allclose(hessian, 2 * height(x) * np.outer(normal, normal), atol=1e-12)


def test_hessian_noise_has_the_covariance_of_the_hessian():
    sigma, angle = 0.8, 0.7
    loss = Valley(height, angle).loss
    point = jnp.asarray(rotation(angle) @ np.array([1.5, 0.0]))
    noise = Valley(height, angle).hessian_noise(sigma=sigma)
    expected = hessian_covariance(loss, sigma=sigma)(point)
    normal = rotation(angle)[:, 1]
    np.testing.assert_allclose(
        expected, sigma**2 * height(1.5) * np.outer(normal, normal), atol=1e-12
    )
    for drawn in (draws(noise, point), draws(gaussian_noise(expected), point)):
        np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.03 * float(expected.max()))


def test_noise_along_and_across_is_independent():
    drawn = draws(Valley(height).noise(along=0.5, across=2.0), jnp.array([1.0, 0.0]))
    np.testing.assert_allclose(np.cov(drawn.T), np.diag([0.25, 4.0]), atol=0.1)


def test_a_covariance_that_changes_with_the_point_is_followed():
    noise = gaussian_noise(lambda p: jnp.diag(p**2))
    drawn = draws(noise, jnp.array([0.0, 3.0]))
    np.testing.assert_allclose(np.std(drawn, axis=0), [0.0, 3.0], atol=0.06)


def test_an_indefinite_hessian_makes_no_noise_where_it_is_negative():
    drawn = draws(gaussian_noise(jnp.diag(jnp.array([-1.0, 4.0]))), jnp.zeros(2))
    np.testing.assert_allclose(np.std(drawn, axis=0), [0.0, 2.0], atol=0.06)


@pytest.mark.parametrize("batch_size", [1, 16])
def test_a_batch_averages_the_noise(batch_size):
    params = {"a": jnp.array([1.0, 2.0]), "b": jnp.array(3.0)}

    def loss(p):
        return jnp.sum(p["a"] ** 2) + p["b"] ** 2

    field = noisy_field(loss, isotropic_noise(sigma=0.6), batch_size=batch_size)
    drawn = draws(field, params)
    np.testing.assert_allclose(np.mean(drawn["a"], axis=0), [-2.0, -4.0], atol=0.02)
    np.testing.assert_allclose(np.mean(drawn["b"]), -6.0, atol=0.02)
    for leaf in (drawn["a"][:, 0], drawn["b"]):
        np.testing.assert_allclose(np.std(leaf), 0.6 / np.sqrt(batch_size), rtol=0.03)


def test_the_leaves_get_noise_of_their_own():
    drawn = draws(isotropic_noise(sigma=1.0), {"a": jnp.zeros(2), "b": jnp.zeros(2)})
    both = jnp.concatenate([drawn["a"], drawn["b"]], axis=1)
    np.testing.assert_allclose(np.cov(both.T), np.eye(4), atol=0.03)


def test_box_muller_turns_random_bits_into_pairs_of_normal_numbers():
    key, count = jax.random.key(3), 100_001  # odd: one of the last pair is left out
    drawn = np.asarray(box_muller(key, (count,)))
    bits = np.asarray(jax.random.bits(key, (count // 2 + 1,), jnp.uint64))
    radius = np.sqrt(-2 * np.log(((bits >> 32) + 0.5) / 2**32))
    angle = 2 * np.pi * (bits % 2**32) / 2**32
    pairs = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
    error = abs(drawn - pairs)
    assert error.mean() < 1e-7
    assert error.max() < 4e-4
    assert scipy.stats.kstest(drawn, "norm").pvalue > 0.01
    assert box_muller(key, ()).shape == ()
    assert box_muller(key, (0, 3)).shape == (0, 3)
    two = jax.vmap(lambda key: box_muller(key, (2, 3)))(jax.random.split(key))
    np.testing.assert_allclose(two[1], box_muller(jax.random.split(key)[1], (2, 3)), atol=1e-6)


def test_a_curved_valley_is_zero_on_the_manifold_and_stiff_across_it():
    ring = curved_valley(lambda p: jnp.sqrt(jnp.dot(p, p)) - 2, lambda p: 3 + p[0])
    for turn in (0.0, 1.0, 4.0):
        normal = np.array([np.cos(turn), np.sin(turn)])
        point = jnp.asarray(2 * normal)
        np.testing.assert_allclose(ring(point), 0.0, atol=1e-30)
        expected = 2 * (3 + 2 * np.cos(turn)) * np.outer(normal, normal)
        np.testing.assert_allclose(jax.hessian(ring)(point), expected, atol=1e-12)


def test_a_point_and_its_coordinates_are_inverse_on_paths_too():
    valley = Valley(height, 0.7)
    path = jnp.stack([valley.point(x, y) for x, y in ((1.5, 0.2), (-0.3, -2.0))])
    np.testing.assert_allclose(valley.along(path), [1.5, -0.3], rtol=1e-12)
    np.testing.assert_allclose(valley.across(path), [0.2, -2.0], rtol=1e-12)
