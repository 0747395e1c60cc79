"""The motion along a manifold of minima: covariances, drifts and flows against simulation."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special

from lib.convergence import convergence_order
from lib.noise import hessian_covariance, noisy_field
from lib.quasistatic import (
    Setting,
    in_chart,
    manifold_drift,
    manifold_flow,
    onto_manifold,
    stationary_covariance,
)
from lib.simulate import HeavyBall, heavy_ball_step, simulate
from lib.spectra import matrix_root
from lib.valleys import Valley, curved_valley


def random_covariance(seed, size, least=0.3):
    """A random positive definite matrix."""
    root = np.random.default_rng(seed).normal(size=(size, size))
    return jnp.asarray(root @ root.T / size + least * np.eye(size))


def ensemble(field, start, learning_rate, momentum, steps, chains, every=None, seed=0):
    """Many runs from one start: the states kept, of shape (kept, chains, ...)."""
    step = heavy_ball_step(field, learning_rate=learning_rate, momentum=momentum)

    def step_all(states, key):
        return jax.vmap(step)(states, jax.random.split(key, chains))

    first = jnp.broadcast_to(start, (chains, *start.shape))
    keys = jax.random.split(jax.random.key(seed), steps)
    state = HeavyBall(first, jnp.zeros_like(first))
    return simulate(step_all, state, keys, every=every or steps).trajectory


# ---- The stationary covariance -------------------------------------------------------------------

SETTINGS = [(0.05, 0.0, 1), (0.01, 0.9, 4), (0.05, 0.9, 1.5), (0.02, 0.5, 8)]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_equation_39_holds(setting, size):
    rate, mu, batch = setting
    hessian, noise = 3 * random_covariance(1, size), random_covariance(2, size)
    v = np.asarray(stationary_covariance(hessian, noise, Setting(rate, mu, batch)))
    h, c = np.asarray(hessian), np.asarray(noise)
    right = rate / ((1 - mu) * batch) * c
    commutator = v @ h @ h + h @ h @ v - 2 * h @ v @ h
    residual = h @ v + v @ h + rate / (2 * (1 - mu) ** 2) * commutator - right
    assert np.abs(residual).max() < 2e-14 * np.abs(right).max()
    assert np.linalg.eigvalsh(v)[0] > 0


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_discrete_covariance_is_that_of_the_iteration(setting):
    rate, mu, batch = setting
    hessian, noise = 3 * random_covariance(1, 4), random_covariance(2, 4)
    h, c, one = np.asarray(hessian), np.asarray(noise), np.eye(4)
    step = np.block([[one - rate * h, mu * one], [-rate * h, mu * one]])
    kick = rate**2 / batch * np.block([[c, c], [c, c]])
    expected = scipy.linalg.solve_discrete_lyapunov(step, kick)[:4, :4]
    found = stationary_covariance(hessian, noise, Setting(rate, mu, batch), continuous=False)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize(("mu", "a", "rate"), [(0.0, 2.0, 0.3), (0.9, 5.0, 0.2)])
def test_one_direction_has_the_known_variance(mu, a, rate):
    found = stationary_covariance(
        jnp.array([[a]]), jnp.array([[0.7]]), Setting(rate, mu), continuous=False
    )
    expected = rate * 0.7 * (1 + mu) / ((1 - mu) * a * (2 * (1 + mu) - rate * a))
    np.testing.assert_allclose(found, [[expected]], rtol=1e-14)


@pytest.mark.parametrize("mu", [0.0, 0.8])
def test_hessian_and_isotropic_noise_have_simple_covariances(mu):
    rate, sigma, batch = 0.01, 0.7, 4
    half = random_covariance(3, 3)
    scale = rate * sigma**2 / (4 * (1 - mu) * batch)
    flat = stationary_covariance(2 * half, sigma**2 * half, Setting(rate, mu, batch))
    np.testing.assert_allclose(flat, scale * np.eye(3), atol=1e-15)
    isotropic = stationary_covariance(2 * half, sigma**2 * jnp.eye(3), Setting(rate, mu, batch))
    np.testing.assert_allclose(isotropic, scale * np.linalg.inv(half), rtol=1e-12)


def test_continuous_and_discrete_time_agree_as_the_learning_rate_vanishes():
    hessian, noise = random_covariance(1, 3), random_covariance(2, 3)
    rates, errors = jnp.geomspace(1e-6, 1e-4, 4), []
    for rate in rates:
        mu = 1 - jnp.sqrt(rate)  # the term with the commutator keeps its size
        both = [
            stationary_covariance(hessian, noise, Setting(rate, mu), continuous=each)
            for each in (True, False)
        ]
        errors.append(float(jnp.abs(both[1] / both[0] - 1).max()))
    assert float(convergence_order(rates, errors)) > 0.45
    lyapunov = scipy.linalg.solve_continuous_lyapunov(np.asarray(hessian), rate * np.asarray(noise))
    dropped = np.abs(np.asarray(both[0]) * np.sqrt(rate) / lyapunov - 1).max()
    assert dropped > 0.05, "without the commutator it would be off"


def test_the_covariance_of_a_simulation_tells_the_two_apart():
    hessian = jnp.array([[6.0, 2.0], [2.0, 1.0]])
    noise = jnp.array([[1.0, -0.9], [-0.9, 1.0]])
    rate, mu = 0.02, 0.93
    root = jnp.linalg.cholesky(noise)

    def field(z, key):
        return -(hessian @ z + root @ jax.random.normal(key, (2,)))

    states = ensemble(field, jnp.zeros(2), rate, mu, 2000, 400, every=10)
    z = np.asarray(states.params)[20:].reshape(-1, 2)
    measured = z.T @ z / len(z)
    exact, eq39 = (
        np.asarray(stationary_covariance(hessian, noise, Setting(rate, mu), continuous=each))
        for each in (False, True)
    )
    np.testing.assert_allclose(measured, exact, rtol=0.03)
    plain = scipy.linalg.solve_continuous_lyapunov(
        np.asarray(hessian), rate / (1 - mu) * np.asarray(noise)
    )
    assert np.abs(eq39 / exact - 1).max() < 0.04
    assert np.abs(plain / exact - 1).max() > 0.15, "the term with the commutator is seen"


# ---- The valley h(x) y² --------------------------------------------------------------------------


def height(x):
    return 1 + x**2


VALLEY = Valley(height).loss
START = jnp.array([5.0, 0.0])
ACROSS = jnp.diag(jnp.array([0.0, 1.0]))


def valley_runs(noise, rate, steps, mu=0.0, batch=1, chains=200, every=None):
    return ensemble(
        noisy_field(VALLEY, noise, batch_size=batch), START, rate, mu, steps, chains, every
    )


HESSIAN_NOISE = Valley(height).hessian_noise(sigma=1.0)


def predicted_end(noise, rate, steps, mu=0.0, batch=1, continuous=True):
    run = manifold_flow(
        VALLEY,
        START,
        noise,
        Setting(rate, mu, batch),
        iterations=steps,
        steps=40,
        continuous=continuous,
    )
    return float(run.final[0])


@pytest.mark.parametrize(
    ("rate", "steps", "chains", "target"),
    [(0.01, 20_000, 100, 1.6302), (0.005, 40_000, 50, 2.9032), (0.0025, 80_000, 30, 3.8429)],
)
@pytest.mark.usefixtures("optimized")
def test_sgd_slides_as_predicted_and_the_finite_step_shows(rate, steps, chains, target):
    x = np.asarray(valley_runs(HESSIAN_NOISE, rate, steps, chains=chains).params)[-1, :, 0]
    noise = hessian_covariance(VALLEY, sigma=1.0)
    plain = predicted_end(noise, rate, steps)
    corrected = predicted_end(noise, rate, steps, continuous=False)
    assert plain == pytest.approx(5 * np.exp(-(rate**2) * steps / 2), rel=1e-6)
    error = 3 * x.std() / np.sqrt(chains)
    assert x.mean() == pytest.approx(target, abs=error + 0.005)
    assert x.mean() == pytest.approx(corrected, abs=error + 0.002)
    assert abs(x.mean() - plain) > 5 * abs(x.mean() - corrected), "the correction is seen"


@pytest.mark.usefixtures("optimized")
def test_noise_that_is_the_same_everywhere_lowers_the_logarithm():
    x = np.asarray(valley_runs(Valley(height).noise(across=1.0), 0.01, 60_000, chains=30).params)[
        -1, :, 0
    ]
    plain = predicted_end(ACROSS, 0.01, 60_000)
    corrected = predicted_end(ACROSS, 0.01, 60_000, continuous=False)
    # x^2 exp(x^2) decays exponentially: Lambert's function.
    lambert = scipy.special.lambertw(25 * np.exp(25 - 0.01**2 * 60_000)).real ** 0.5
    assert plain == pytest.approx(lambert, rel=1e-6)
    assert x.mean() == pytest.approx(4.1984, abs=0.005)
    assert x.mean() == pytest.approx(corrected, abs=0.005)
    assert abs(x.mean() - plain) > 0.1, "the correction is seen"


# ---- The drift on curved manifolds ---------------------------------------------------------------


def ellipse(p):
    return p[:1] ** 2 / 4 + p[1:] ** 2 - 1


def ring_torus(p):
    return (jnp.linalg.norm(p[:2], keepdims=True) - 2) ** 2 + p[2:] ** 2 - 1


def flat_torus(p):
    first = jnp.dot(p[:2], p[:2]) - 1
    return jnp.stack([first, jnp.dot(p[2:], p[2:]) - 1 + 0.5 * p[2] * first])


def sphere(p):
    return jnp.dot(p, p)[None] - 1


# Each: the constraint g, the stiffness k, a point close to the manifold, the dimension.
MANIFOLDS = {
    "straight valley": (lambda p: p[1:], lambda p: height(p[:1]), [1.2, 0.0], 1),
    "ellipse": (ellipse, lambda p: 1 + 0.3 * p[:1], [1.2, 0.8], 1),
    "torus in three dimensions": (ring_torus, lambda p: 1 + 0.3 * p[:1], [1.5, 2.0, 0.7], 2),
    "torus in four dimensions": (
        flat_torus,
        lambda p: jnp.stack([1 + 0.3 * p[2], 2 + 0.5 * p[0] * p[3]]),
        [0.8, 0.6, -0.5, 0.8],
        2,
    ),
    "sphere in four dimensions": (
        sphere,
        lambda p: 1 + 0.4 * p[:1] * p[1:2] + 0.3 * p[2:3],
        [0.5, 0.4, -0.3, 0.6],
        3,
    ),
}


@functools.cache  # the same loss is compiled once
def made(name):
    """The loss, a minimum and the dimension of one of the manifolds."""
    constraint, stiffness, near, dimension = MANIFOLDS[name]
    loss = curved_valley(constraint, stiffness)
    return loss, onto_manifold(loss, jnp.array(near), dimension=dimension), dimension


def root_at(name, p):
    """A root of the covariance of Hessian noise near the minima, with a column for each g."""
    constraint, stiffness = MANIFOLDS[name][:2]
    return jax.jacobian(constraint)(p).T @ jnp.diag(jnp.sqrt(stiffness(p)))


@functools.cache
def hessian_of(loss):
    return jax.jit(jax.hessian(loss))


def eigenvectors(loss, point):
    """Those of the Hessian, the tangent vectors of the minima first."""
    return np.linalg.eigh(np.asarray(hessian_of(loss)(point)))[1]


def tangent_projection(loss, point, dimension):
    vectors = eigenvectors(loss, point)[:, :dimension]
    return vectors @ vectors.T


def slanted_covariance(loss, point, dimension):
    """Random noise that moves the runs along the manifold whenever it moves them across."""
    along = np.asarray(tangent_projection(loss, point, dimension))
    mix = np.random.default_rng(7).normal(size=(len(along), len(along) - dimension))
    root = (1.5 * np.eye(len(along)) - 0.8 * along) @ mix
    return jnp.asarray(root @ root.T + 0.01 * np.eye(len(root)))


@pytest.mark.parametrize("mu", [0.0, 0.8])
@pytest.mark.parametrize("name", MANIFOLDS)
@pytest.mark.usefixtures("optimized")
def test_the_drift_is_that_of_simulated_runs(name, mu):
    loss, point, dimension = made(name)
    size, chains, burn = point.size, 12_000, 20 if mu == 0 else 60
    # Large steps, so that the runs forget soon; small noise, so that they stay near the point.
    rate, sigma = 0.08 * (1 - mu), 0.02
    project = jnp.asarray(tangent_projection(loss, point, dimension))
    constant = {
        "hessian": jnp.zeros((size, size)),
        "isotropic": jnp.eye(size),
        "anisotropic": slanted_covariance(loss, point, dimension),
    }

    # Runs in pairs, the second with its noise along the manifold turned around: this cancels most
    # of what a mean over runs would have to cancel. Only isotropic noise allows it.
    mirrored = jnp.arange(chains) % 2 == 1

    @jax.jit
    def mean_force(root, hessian_scale, mirror):
        def noise(p, draw):
            key, turned = draw
            one, two = jax.random.split(key)
            normal = root_at(name, p) @ jax.random.normal(one, (size - dimension,))
            rest = jax.random.normal(two, (size,))
            return sigma * (hessian_scale * normal + root @ jnp.where(turned, mirror @ rest, rest))

        step = heavy_ball_step(noisy_field(loss, noise), learning_rate=rate, momentum=mu)

        def step_all(state, key):
            ball, total = state
            slope = jax.vmap(lambda p: project @ jax.grad(loss)(p))(ball.params)
            keys = jnp.repeat(jax.random.split(key, chains // 2), 2)
            return jax.vmap(step)(ball, (keys, mirrored)), total + slope

        first = jnp.broadcast_to(point, (chains, size))
        start = HeavyBall(first, jnp.zeros_like(first)), jnp.zeros_like(first)
        keys = jax.random.split(jax.random.key(1), 2 * burn)
        totals = simulate(step_all, start, keys, every=burn).trajectory[1]
        return ((totals[2] - totals[1]) / burn).reshape(-1, 2, size).mean(1)

    for kind, matrix in constant.items():
        mirror = jnp.eye(size) - 2 * project * float(kind == "isotropic")
        found = mean_force(matrix_root(matrix), float(kind == "hessian"), mirror)
        force = np.asarray(found) / (1 - mu)
        half = hessian_of(loss)(point) / 2
        covariance = sigma**2 * (half if kind == "hessian" else matrix)
        motion = manifold_drift(loss, point, covariance, Setting(rate, mu), continuous=False)
        drift = np.asarray(project) @ np.asarray(motion.drift)
        error = np.linalg.norm(force.std(axis=0)) / np.sqrt(chains / 2)
        missed = np.linalg.norm(-force.mean(axis=0) - drift)
        assert missed < 4 * error + 0.01 * np.linalg.norm(drift), kind
        assert error < 0.12 * np.linalg.norm(drift), f"{kind}: a wrong factor would pass"


@pytest.mark.parametrize("name", MANIFOLDS)
def test_without_momentum_small_steps_give_the_formula_of_li_wang_and_arora(name):
    loss, point, dimension = made(name)
    rate = 1e-7
    covariance = np.asarray(random_covariance(7, point.size, 0.1))
    third = np.asarray(jax.jit(jax.jacfwd(jax.jacfwd(jax.grad(loss))))(point))
    hessian = np.asarray(hessian_of(loss)(point))
    inverse, tangent = np.linalg.pinv(hessian, 1e-6), tangent_projection(loss, point, dimension)
    normal = np.eye(point.size) - tangent
    along = tangent @ covariance @ tangent
    # On the tangent space the equation says 0 = 0; a small number there picks the solution 0.
    across = scipy.linalg.solve_continuous_lyapunov(
        hessian + 1e-3 * tangent, normal @ covariance @ normal
    )
    mixed = inverse @ covariance @ tangent
    expected = -inverse @ np.einsum("kij,ij", third, along) / 2
    expected -= tangent @ np.einsum("kij,ij", third, 2 * mixed + across) / 2
    motion = manifold_drift(loss, point, jnp.asarray(covariance), Setting(rate))
    np.testing.assert_allclose(motion.drift / rate, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(motion.diffusion @ motion.diffusion / rate, along, atol=1e-12)


@pytest.mark.parametrize("name", MANIFOLDS)
@pytest.mark.parametrize("mu", [0.0, 0.9])
def test_small_steps_with_momentum_rescale_the_motion(name, mu):
    loss, point, _ = made(name)
    covariance, rate = random_covariance(7, point.size), 1e-7
    plain = manifold_drift(loss, point, covariance, Setting(rate))
    heavy = manifold_drift(loss, point, covariance, Setting(rate, mu, 4))
    scale = 1 / (4 * (1 - mu) ** 2)
    np.testing.assert_allclose(heavy.drift, scale * plain.drift, rtol=1e-3, atol=1e-12)
    np.testing.assert_allclose(
        heavy.diffusion @ heavy.diffusion, scale * plain.diffusion @ plain.diffusion, atol=1e-12
    )


def circle(u):
    return jnp.concatenate([jnp.cos(u), jnp.sin(u)])


def flat_torus_chart(u):
    return jnp.concatenate([circle(u[:1]), circle(u[1:])])


def ring_torus_chart(u):
    (a, b), out = u, 2 + jnp.cos(u[1])
    return jnp.stack([out * jnp.cos(a), out * jnp.sin(a), jnp.sin(b)])


CHARTS = {
    "ellipse": (lambda u: circle(u) * jnp.array([2.0, 1.0]), jnp.array([0.9])),
    "torus in three dimensions": (ring_torus_chart, jnp.array([0.7, 1.9])),
    "torus in four dimensions": (flat_torus_chart, jnp.array([0.7, 1.9])),
}


@pytest.mark.parametrize("name", CHARTS)
def test_hessian_noise_lowers_the_trace_and_normal_noise_the_logarithm(name):
    loss = made(name)[0]
    chart, u = CHARTS[name]
    rate, sigma, mu, batch = 1e-3, 0.7, 0.9, 2
    point, dimension = chart(u), u.size
    normal = jnp.eye(point.size) - jnp.asarray(tangent_projection(loss, point, dimension))

    def sharpness(v):
        """The trace of half the Hessian, and the logarithm of its determinant."""
        half = hessian_of(loss)(chart(v)) / 2
        values = jnp.linalg.eigvalsh(half)[dimension:]
        return jnp.stack([jnp.trace(half), jnp.sum(jnp.log(values))])

    jacobian = jax.jacobian(chart)(u)
    inverse_metric = jnp.linalg.inv(jacobian.T @ jacobian)
    scale = rate * sigma**2 / (4 * batch * (1 - mu) ** 2)
    slopes = jax.jit(jax.jacfwd(sharpness))(u)
    for noise, slope in zip((hessian_of(loss)(point) / 2, normal), slopes, strict=True):
        motion = manifold_drift(
            loss, point, sigma**2 * noise, Setting(rate, mu, batch), dimension=dimension
        )
        found = in_chart(motion, chart, u)
        np.testing.assert_allclose(
            found.drift, -scale * inverse_metric @ slope, rtol=1e-6, atol=1e-9
        )
        np.testing.assert_allclose(found.diffusion, 0, atol=1e-8)


def test_isotropic_noise_on_an_even_sphere_is_brownian_motion():
    loss = curved_valley(sphere, lambda p: 2.0 + 0 * p[:1])
    rate, mu, batch = 0.01, 0.5, 3

    def chart(u):
        polar, turn = u
        out = jnp.sin(polar)
        return jnp.stack([out * jnp.cos(turn), out * jnp.sin(turn), jnp.cos(polar)])

    u = jnp.array([0.8, 2.0])
    motion = in_chart(
        manifold_drift(loss, chart(u), jnp.eye(3), Setting(rate, mu, batch)), chart, u
    )
    scale = rate / ((1 - mu) ** 2 * batch)  # variance per unit of time
    np.testing.assert_allclose(motion.drift, [scale / 2 / np.tan(0.8), 0.0], atol=1e-12)
    covariance = motion.diffusion @ motion.diffusion.T
    np.testing.assert_allclose(covariance, scale * np.diag([1, 1 / np.sin(0.8) ** 2]), atol=1e-12)


def test_the_covariance_of_the_displacement_is_that_of_simulated_runs():
    name = "torus in four dimensions"
    loss, point, dimension = made(name)
    rate, mu, batch, steps = 0.004, 0.8, 4, 400
    matrix = 1e-4 * random_covariance(7, 4)
    root = matrix_root(matrix)

    def noise(p, key):
        return root @ jax.random.normal(key, (4,))

    runs = ensemble(
        noisy_field(loss, noise, batch_size=batch), point, rate, mu, steps, 3000, every=200
    )
    project = tangent_projection(loss, point, dimension)
    moved = (np.asarray(runs.params[2]) - np.asarray(runs.params[1])) @ project
    motion = manifold_drift(loss, point, matrix, Setting(rate, mu, batch))
    expected = np.asarray(motion.diffusion @ motion.diffusion.T) * rate * 200
    np.testing.assert_allclose(moved.T @ moved / 3000, expected, atol=0.1 * expected.max())


def test_parameters_may_be_a_tree():
    tree, covariance = {"along": 2.0, "across": jnp.zeros(1)}, random_covariance(7, 2)

    def tree_loss(p):
        return height(p["along"]) * jnp.sum(p["across"] ** 2)

    # Trees list their keys in alphabetical order: across comes first.
    flat = manifold_drift(VALLEY, jnp.array([2.0, 0.0]), covariance[::-1, ::-1], Setting(0.01, 0.5))
    found = manifold_drift(tree_loss, tree, covariance, Setting(0.01, 0.5))
    assert jax.tree.structure(found.drift) == jax.tree.structure(tree)
    np.testing.assert_allclose(found.drift["along"], flat.drift[0], rtol=1e-12)
    assert abs(flat.drift[0]) > 1e-4
    run = manifold_flow(tree_loss, tree, covariance, Setting(0.01), iterations=50, steps=4)
    assert run.trajectory["across"].shape == (5, 1)
    assert run.final["along"] < 2.0


def test_the_drift_can_be_compiled_and_mapped():
    loss, point, dimension = made("ellipse")
    rates = jnp.array([0.01, 0.05])

    def drift(rate):
        return manifold_drift(
            loss, point, jnp.eye(2), Setting(rate, 0.5, 2), dimension=dimension, continuous=False
        ).drift

    mapped = jax.jit(jax.vmap(drift))(rates)
    for rate, row in zip([0.01, 0.05], mapped, strict=True):
        np.testing.assert_allclose(row, drift(rate), rtol=1e-12)


# ---- The flow ------------------------------------------------------------------------------------


def test_the_flow_in_the_valley_has_the_closed_forms():
    sigma, rate, steps = 0.7, 0.01, 60_000
    hessian = predicted_end(hessian_covariance(VALLEY, sigma=sigma), rate, steps)
    assert hessian == pytest.approx(5 * np.exp(-(rate**2) * sigma**2 * steps / 2), rel=1e-6)
    normal = predicted_end(sigma**2 * ACROSS, rate, steps)
    inside = 25 * np.exp(25 - rate**2 * sigma**2 * steps)
    assert normal == pytest.approx(np.sqrt(scipy.special.lambertw(inside).real), rel=1e-6)
    heavy = predicted_end(hessian_covariance(VALLEY, sigma=sigma), rate, steps, 0.5, 8)
    assert heavy == pytest.approx(5 * np.exp(-(rate**2) * sigma**2 * steps / 2 / 2), rel=1e-6)


def test_the_flow_stays_on_the_manifold():
    name = "torus in three dimensions"
    loss, point, _ = made(name)
    run = manifold_flow(
        loss, point, hessian_covariance(loss, sigma=1.0), Setting(0.05), iterations=1600, steps=16
    )
    np.testing.assert_allclose(jax.vmap(MANIFOLDS[name][0])(run.trajectory), 0, atol=1e-10)
    assert np.linalg.norm(run.final - point) > 0.3


def test_the_flow_converges_with_order_four():
    loss, point, _ = made("ellipse")
    noise = hessian_covariance(loss, sigma=1.0)
    ends = [
        np.asarray(
            manifold_flow(loss, point, noise, Setting(0.05), iterations=1600, steps=steps).final
        )
        for steps in (8, 16, 64)
    ]
    errors = [float(np.linalg.norm(end - ends[-1])) for end in ends[:-1]]
    assert np.linalg.norm(ends[-1] - point) > 0.3
    assert float(convergence_order([1 / 8, 1 / 16], errors)) > 3.7


@pytest.mark.usefixtures("optimized")
def test_the_flow_with_noise_has_the_law_of_sgd():
    """Isotropic noise in the valley: SGD spreads to 0.71, while the drift moves it by 0.04."""
    rate, steps, chains = 0.005, 20_000, 150
    x = valley_runs(Valley(height).noise(along=1.0, across=1.0), rate, steps, chains=chains)
    x = np.asarray(x.params)[-1, :, 0]

    @jax.jit
    @jax.vmap
    def flow(key):
        run = manifold_flow(
            VALLEY,
            START,
            jnp.eye(2),
            Setting(rate),
            iterations=steps,
            steps=100,
            key=key,
            dimension=1,
        )
        return run.final[0]

    y = np.asarray(flow(jax.random.split(jax.random.key(5), 1000)))
    error = 0.71 / np.sqrt(chains)
    assert x.mean() == pytest.approx(4.931, abs=3 * error)
    assert y.mean() == pytest.approx(4.961, abs=3 * 0.71 / np.sqrt(1000))
    assert x.std() == pytest.approx(0.709, abs=3 * error / np.sqrt(2))
    assert y.std() == pytest.approx(0.709, abs=3 * 0.71 / np.sqrt(2000))


@pytest.mark.usefixtures("optimized")
def test_noise_along_a_ring_makes_it_wander_as_sgd_does():
    """A ring whose stiffness varies: both spread and drift to the soft side."""
    ring = curved_valley(lambda p: jnp.dot(p, p)[None] - 1, lambda p: 1 + 0.6 * p[:1])
    start, rate, mu, steps, sigma = jnp.array([0.0, 1.0]), 0.01, 0.5, 4000, 0.7
    noise = sigma**2 * jnp.eye(2)

    def draw(p, key):
        return sigma * jax.random.normal(key, (2,))

    sgd = np.asarray(ensemble(noisy_field(ring, draw), start, rate, mu, steps, 2000).params)[-1]

    @jax.jit
    @jax.vmap
    def flow(key):
        return manifold_flow(
            ring, start, noise, Setting(rate, mu), iterations=steps, steps=50, key=key, dimension=1
        ).final

    sde = np.asarray(flow(jax.random.split(jax.random.key(5), 2000)))
    for moment in (lambda p: p[:, 0], lambda p: p[:, 1], lambda p: p[:, 0] ** 2):
        error = np.hypot(moment(sgd).std(), moment(sde).std()) / np.sqrt(2000)
        assert abs(moment(sgd).mean() - moment(sde).mean()) < 4 * error + 0.01
    assert sde[:, 0].mean() < -0.05, "it drifts to the soft side"
    np.testing.assert_allclose(np.linalg.norm(sde, axis=1), 1, atol=1e-8)


@pytest.mark.parametrize(("mu", "end"), [(0.5, 4.069), (0.9, 4.098)])
@pytest.mark.usefixtures("optimized")
def test_momentum_speeds_sgd_up_by_the_square(mu, end):
    rate, chains = 0.002, 100
    steps = round(1e5 * (1 - mu) ** 2)
    states = valley_runs(HESSIAN_NOISE, rate, steps, mu, chains=chains, every=steps // 20)
    x, y = np.moveaxis(np.asarray(states.params)[3:], 2, 0)
    noise = hessian_covariance(VALLEY, sigma=1.0)
    predicted = predicted_end(noise, rate, steps, mu, continuous=False)
    error = 3 * x[-1].std() / np.sqrt(chains)
    assert x[-1].mean() == pytest.approx(end, abs=error + 0.01)
    assert x[-1].mean() == pytest.approx(predicted, abs=error + 0.012)
    variance = rate / (4 * (1 - mu) * (1 - rate * height(x) / (1 + mu))).mean()
    assert (y**2).mean() == pytest.approx(variance, rel=0.1)


def test_newton_steps_find_the_next_minimum():
    loss = made("torus in three dimensions")[0]
    point = onto_manifold(loss, jnp.array([2.0, 2.4, 0.3]), dimension=2)
    np.testing.assert_allclose(ring_torus(point), 0, atol=1e-14)
    np.testing.assert_allclose(point[0] / point[1], 2.0 / 2.4, rtol=0.05)


def test_the_iteration_has_a_covariance_up_to_the_threshold():
    hessian = jnp.diag(jnp.array([1.0, 4.0]))
    found = stationary_covariance(hessian, jnp.eye(2), Setting(0.749, 0.5), continuous=False)
    assert float(found[1, 1]) > 50 * float(found[0, 0])
