"""Derivatives where eigenvalues coincide: against differences, and against formulas without eigh.

`jnp.linalg.eigh` has no derivative there, and every manifold of two or more dimensions is such a
place: the Hessian has two zeros.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from node import Node

from lib import adam, quasistatic
from lib.figures import to_javascript
from lib.noise import gaussian_noise
from lib.quasistatic import (
    Factors,
    Setting,
    factorization_drift,
    onto_manifold,
    stationary_covariance,
    tangent_part,
)
from lib.spectra import matrix_root, projector, spectrum

RANDOM = np.random.default_rng(0)
TURN = jnp.asarray(np.linalg.qr(RANDOM.normal(size=(4, 4)))[0])
EQUAL = TURN @ jnp.diag(jnp.array([1.0, 1.0, 1.0, 3.0])) @ TURN.T
SINGULAR = TURN @ jnp.diag(jnp.array([0.0, 0.0, 2.0, 2.0])) @ TURN.T


def symmetric(seed):
    """A random symmetric matrix."""
    root = np.random.default_rng(seed).normal(size=(4, 4))
    return jnp.asarray(root + root.T)


NOISE = symmetric(1) @ symmetric(1)
SLOPE, OTHER, GENERATOR = symmetric(2), symmetric(3), symmetric(2) * jnp.tri(4, k=-1, dtype=float)
GENERATOR = GENERATOR - GENERATOR.T


def turned(matrix, t):
    """The matrix in a frame that turns: of the same eigenvalues."""
    frame = jax.scipy.linalg.expm(t * GENERATOR)
    return frame @ matrix @ frame.T


# ---- Points of manifolds of two and three dimensions ---------------------------------------------

SPHERE = jnp.array([0.6, 0.0, 0.8])


def sphere_loss(p):
    return (2 + p[0] + p[1] * p[2]) * (jnp.dot(p, p) - 1) ** 2


def on_sphere(t):
    """A great circle."""
    return jnp.cos(t) * SPHERE + jnp.sin(t) * jnp.array([0.0, 1.0, 0.0])


def network_loss(w):
    """A deep linear network 1-2-1 on one example: w₀w₂ + w₁w₃ = 1, three dimensions of minima."""
    return (w[0] * w[2] + w[1] * w[3] - 1) ** 2


def on_network(t):
    return jnp.array([1.0, 0.5 + t, 1.0 - (0.5 + t) * 0.4, 0.4])


def sgd_drift(loss, dimension):
    def drift(p):
        noise = NOISE[: p.size, : p.size]
        motion = quasistatic.manifold_drift(loss, p, noise, Setting(0.05, 0.5), dimension=dimension)
        return jnp.concatenate([motion.drift, (motion.diffusion @ motion.diffusion).ravel()])

    return drift


def adam_drift(loss, dimension):
    def drift(p):
        return adam.manifold_drift(loss, p, sigma=0.5, eps=0.1, dimension=dimension).drift

    return drift


def left_pull(t):
    """A curve of minima UVᵀ = 2I, where both UUᵀ and VVᵀ have equal eigenvalues at t = 0."""
    left = 2 * jnp.eye(2) + t * jnp.array([[0.3, 1.0], [0.2, -0.5]])
    return Factors(left, 2 * jnp.linalg.inv(left).T)


def flat(factors):
    return jnp.concatenate([factors.left.ravel(), factors.right.ravel()])


def covariance(continuous):
    def at(t):
        hessian = EQUAL + t * SLOPE
        rate = 0.1 + 0.02 * t
        return stationary_covariance(hessian, NOISE, Setting(rate, 0.5, 2), continuous=continuous)

    return at


CURVES = {
    "covariance": covariance(True),
    "covariance of the iteration": covariance(False),
    "drift on a sphere": lambda t: sgd_drift(sphere_loss, 2)(on_sphere(t)),
    "drift of a network": lambda t: sgd_drift(network_loss, 3)(on_network(t)),
    "Adam on a sphere": lambda t: adam_drift(sphere_loss, 2)(on_sphere(t + 0.3)),
    "Adam and a network": lambda t: adam_drift(network_loss, 3)(on_network(t)),
    "back to a sphere": lambda t: onto_manifold(sphere_loss, 1.1 * on_sphere(t), dimension=2),
    "root": lambda t: matrix_root(EQUAL + t * SLOPE),
    "root of one rank": lambda t: matrix_root(turned((1 + t) * SINGULAR, t)),
    "root of an indefinite matrix": lambda t: matrix_root(EQUAL - 2 * jnp.eye(4) + t * SLOPE),
    "draw of noise": lambda t: gaussian_noise(EQUAL + t * SLOPE)(jnp.ones(4), jax.random.key(0)),
    "projector": lambda t: projector(spectrum(EQUAL + t * SLOPE), jnp.arange(4) < 3),
    "factorization": lambda t: flat(factorization_drift(left_pull(t), sigma=1.0)),
    "factorization, finite steps": lambda t: flat(
        factorization_drift(left_pull(t), sigma=1.0, finite_step=0.05 + 0.01 * t)
    ),
    "tangent part": lambda t: flat(
        tangent_part(left_pull(t), Factors(jnp.eye(2), jnp.ones((2, 2))))
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_both_modes_and_the_second_derivative_are_those_of_differences(name):
    curve = CURVES[name]
    value = jax.jit(curve)(0.0)
    weights = jnp.asarray(RANDOM.normal(size=value.shape))

    @jax.jit
    def derivatives(t):
        """Forward, reverse, and forward over reverse, of the curve and of one number of it."""

        def number(s):
            return jnp.sum(weights * curve(s))

        return jax.jacfwd(curve)(t), jax.grad(number)(t), jax.jacfwd(jax.grad(number))(t)

    forward, backward, second = derivatives(0.0)
    step = 1e-4
    after, before = jax.jit(jax.vmap(curve))(jnp.array([step, -step]))
    differences = (after - before) / (2 * step)
    size = np.abs(differences).max()
    assert size > 1e-4, "nothing changes"
    np.testing.assert_allclose(forward, differences, atol=3e-6 * max(size, np.abs(value).max()))
    np.testing.assert_allclose(backward, jnp.sum(weights * forward), rtol=1e-9, atol=1e-12)
    slopes = jax.jit(jax.vmap(lambda t: derivatives(t)[1]))(jnp.array([step, -step]))
    bend = float(slopes[0] - slopes[1]) / (2 * step)
    np.testing.assert_allclose(second, bend, rtol=1e-4, atol=1e-5 * np.abs(value).max())


def test_the_second_derivative_through_a_loop_goes_reverse_over_forward():
    """In a scan JAX forgets custom derivatives of forward over reverse mode."""
    start = jnp.zeros((4, 4))

    def once(t, x):
        root = matrix_root(EQUAL + t * SLOPE + 0.1 * x)
        return root + projector(spectrum(EQUAL + t * SLOPE + 0.1 * x), jnp.arange(4) < 3)

    def loop(t):
        return jnp.sum(OTHER * jax.lax.scan(lambda x, _: (once(t, x), None), start, length=2)[0])

    def unrolled(t):
        return jnp.sum(OTHER * once(t, once(t, start)))

    @jax.jit
    def seconds(t):
        return jax.hessian(unrolled)(t), jax.jacrev(jax.jacfwd(loop))(t), jax.hessian(loop)(t)

    wanted, found, other = seconds(0.1)  # where eigenvalues differ
    np.testing.assert_allclose([found, other], [wanted] * 2, rtol=1e-7)
    wanted, found, _ = seconds(0.0)  # and where they coincide
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_the_derivative_of_the_covariance_solves_the_derived_equation():
    """By SciPy's Kronecker-sized solve of the equation itself, not by eigenvectors."""
    rate, mu = 0.1, 0.5
    h, c, e = (np.asarray(each) for each in (EQUAL, NOISE, SLOPE))
    one = np.eye(4)

    def operator(h):
        double = np.kron(one, h @ h) + np.kron(h @ h, one) - 2 * np.kron(h, h)
        return np.kron(one, h) + np.kron(h, one) + rate / (2 * (1 - mu) ** 2) * double

    v = np.linalg.solve(operator(h), rate / (1 - mu) * c.ravel())
    change = (operator(h + 1e-3 * e) - operator(h - 1e-3 * e)) / 2e-3  # exact: it is quadratic
    expected = np.linalg.solve(operator(h), -change @ v).reshape(4, 4)
    found = jax.jacfwd(
        lambda t: stationary_covariance(EQUAL + t * SLOPE, NOISE, Setting(rate, mu))
    )(0.0)
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_the_derivative_of_a_root_solves_a_sylvester_equation():
    found = jax.jacfwd(lambda t: matrix_root(EQUAL + t * SLOPE))(0.0)
    root = scipy.linalg.sqrtm(np.asarray(EQUAL))
    np.testing.assert_allclose(found, scipy.linalg.solve_sylvester(root, root, SLOPE), atol=1e-12)


def test_isotropic_noise_on_a_sphere_drifts_as_known_by_hand():
    """On |p| = 1 with f = k(p)(|p|² - 1)²: the drift along is -(η/4)σ²P∇log k, by hand."""
    rate, direction = 0.05, jnp.array([0.0, 1.0, 0.0])

    def drift(p):
        return quasistatic.manifold_drift(
            sphere_loss, p, jnp.eye(3), Setting(rate), dimension=2
        ).drift

    def by_hand(p):
        slope = jax.grad(lambda q: jnp.log(2 + q[0] + q[1] * q[2]))(p)
        return -rate / 4 * (slope - p * jnp.dot(p, slope)) - rate * p

    np.testing.assert_allclose(drift(SPHERE), by_hand(SPHERE), rtol=1e-10, atol=1e-13)
    found = jax.jvp(drift, (SPHERE,), (direction,))[1]
    expected = jax.jvp(by_hand, (SPHERE,), (direction,))[1]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", ["covariance", "drift on a sphere", "Adam on a sphere"])
def test_values_and_derivatives_run_on_a_page(name):
    curve = CURVES[name]

    def both(t):
        return curve(t), jax.jacfwd(curve)(t)

    node = Node()
    (came,) = node.run(to_javascript(both, 0.0), [(0.0,)])
    node.close()
    for found, expected in zip(came, jax.jit(both)(0.0), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)
