"""The manifold of factorizations: its Hessian, the slow motion along it, and simulations."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lib.noise import hessian_covariance, noisy_field
from lib.quasistatic import (
    Factors,
    Setting,
    factorization_drift,
    factorization_flow,
    factorization_loss,
    factorization_noise,
    factorization_trace,
    flattest_factors,
    imbalance,
    manifold_drift,
    nearest_minimum,
    speed_factor,
    square_factorization,
    tangent_part,
)
from lib.simulate import HeavyBall, heavy_ball_step, simulate

SHAPES = [(5, 5, 5), (3, 6, 4), (2, 5, 3)]  # (m, n, p)
SIGMA = 0.5


def random_factors(m, n, p, seed=0):
    rng = np.random.default_rng(seed)
    return Factors(jnp.asarray(rng.normal(size=(m, p))), jnp.asarray(rng.normal(size=(n, p))))


def product(factors):
    return factors.left @ factors.right.T


def flat(factors):
    return np.concatenate([np.ravel(factors.left), np.ravel(factors.right)])


def squares(factors):
    return jnp.sum(factors.left**2) + jnp.sum(factors.right**2)


def hessian(factors):
    loss = factorization_loss(product(factors))
    ravelled, unravel = jax.flatten_util.ravel_pytree(factors)
    return np.asarray(jax.jit(jax.hessian(lambda p: loss(unravel(p))))(ravelled))


def square_start():
    """The setting of the source, with a matrix of this size: U = M, V = I."""
    target = np.random.default_rng(0).normal(size=(5, 5))
    target *= np.sqrt(13.673 / np.sum(target**2))
    return jnp.asarray(target), Factors(jnp.asarray(target), jnp.eye(5))


def ends(target, start, rate, momentum, steps, runs, sigma=SIGMA):
    """Where independent runs of noisy heavy ball are after some steps."""
    field = noisy_field(factorization_loss(target), factorization_noise(sigma=sigma))
    step = heavy_ball_step(field, learning_rate=rate, momentum=momentum)
    at_rest = HeavyBall(start, jax.tree.map(jnp.zeros_like, start))

    def run(key):
        return simulate(step, at_rest, jax.random.split(key, steps), every=steps).final.params

    return jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(1), runs))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_trace_of_the_hessian_weighs_each_factor_by_the_rows_of_the_other(shape):
    factors = random_factors(*shape)
    trace = np.trace(hessian(factors))
    assert float(factorization_trace(factors)) == pytest.approx(trace, rel=1e-13)
    m, n, _ = shape
    left, right = (float(jnp.sum(f**2)) for f in factors)
    assert trace == pytest.approx(2 * (n * left + m * right), rel=1e-13)
    # The sum of squares alone, as the source has it, is proportional to it only for m = n.
    other = Factors(2 * factors.left, factors.right / 2)
    ratios = [np.trace(hessian(f)) / float(squares(f)) for f in (factors, other)]
    assert (abs(ratios[0] / ratios[1] - 1) < 1e-12) == (m == n)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_noise_has_half_the_hessian_as_its_covariance(shape):
    factors = random_factors(*shape)
    key, jacobian = jax.random.key(3), jax.jacobian(product)(factors)
    matrix = np.concatenate(
        [np.reshape(part, (shape[0] * shape[1], -1)) for part in jacobian], axis=1
    )
    np.testing.assert_allclose(matrix.T @ matrix, hessian(factors) / 2, atol=1e-12)
    draw = np.ravel(jax.random.normal(key, shape[:2]))
    noise = factorization_noise(sigma=SIGMA)(factors, key)
    np.testing.assert_allclose(flat(noise), SIGMA * matrix.T @ draw, atol=1e-13)


@pytest.mark.parametrize(("shape", "momentum"), list(zip(SHAPES, [0.8, 0.0, 0.8], strict=True)))
def test_the_drift_is_that_of_any_manifold(shape, momentum):
    factors, rate, size = random_factors(*shape), 0.004, 2
    loss = factorization_loss(product(factors))
    m, n, p = shape
    dimension = (m + n) * p - m * n
    for continuous, finite_step in ((True, 0.0), (False, rate / (1 + momentum))):
        motion = manifold_drift(
            loss,
            factors,
            hessian_covariance(loss, sigma=SIGMA),
            Setting(rate, momentum, size),
            dimension=dimension,
            continuous=continuous,
        )
        drift = factorization_drift(factors, sigma=SIGMA, finite_step=finite_step)
        clock = float(speed_factor(Setting(rate, momentum, size))) / rate  # dT/dt
        np.testing.assert_allclose(
            clock * flat(drift), flat(motion.drift), atol=1e-9 * np.abs(flat(motion.drift)).max()
        )


@pytest.mark.parametrize("shape", [*SHAPES, (3, 6, 3)])
def test_the_drift_solves_a_sylvester_equation(shape):
    (left, right), (m, n, _) = random_factors(*shape), shape
    u, v = np.asarray(left), np.asarray(right)
    gram_u, gram_v = u.T @ u, v.T @ v
    drift = factorization_drift(Factors(left, right), sigma=SIGMA)
    # U, V of fewer rows than columns leave S open by what neither side sees; lstsq takes any.
    identity = np.eye(len(gram_u))
    operator = np.kron(gram_u, identity) + np.kron(identity, gram_v)
    s = np.linalg.lstsq(operator, np.ravel(n * gram_u - m * gram_v), rcond=None)[0]
    s = s.reshape(gram_u.shape)
    np.testing.assert_allclose(drift.left, -(SIGMA**2) / 2 * u @ s, atol=1e-12)
    np.testing.assert_allclose(drift.right, SIGMA**2 / 2 * v @ s.T, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_tangent_part_is_an_orthogonal_projection_that_leaves_the_product(shape):
    factors, a, b = (random_factors(*shape, seed=s) for s in range(3))
    once = tangent_part(factors, a)
    moved = jax.jvp(product, (factors,), (once,))[1]
    assert float(jnp.abs(moved).max()) < 1e-12
    np.testing.assert_allclose(flat(tangent_part(factors, once)), flat(once), atol=1e-12)
    assert flat(once) @ flat(b) == pytest.approx(flat(a) @ flat(tangent_part(factors, b)))
    # Nothing tangential is left out: the dimensions add up.
    columns = [tangent_part(factors, unit) for unit in units(factors)]
    m, n, p = shape
    assert sum(flat(c)[i] for i, c in enumerate(columns)) == pytest.approx((m + n) * p - m * n)


def units(factors):
    ravelled, unravel = jax.flatten_util.ravel_pytree(factors)
    return [unravel(row) for row in jnp.eye(ravelled.size)]


def test_gauss_newton_steps_square_the_distance_to_the_minima():
    target, start = square_start()
    kick = random_factors(5, 5, 5)
    off = jax.tree.map(lambda a, b: a + 0.05 * b, start, kick)
    misses = [
        float(jnp.linalg.norm(product(nearest_minimum(off, target, steps=k)) - target))
        for k in range(4)
    ]
    assert misses[1] < 0.1 * misses[0]
    assert misses[2] < misses[1] ** 2
    assert misses[3] < 1e-9


def test_the_flow_from_the_identity_is_the_closed_form():
    target, start = square_start()
    for time in (0.3, 2.0):
        flowed = factorization_flow(start, sigma=SIGMA, time=time, steps=128)
        closed = square_factorization(target, sigma=SIGMA, time=time)
        np.testing.assert_allclose(flat(flowed), flat(closed), atol=1e-8)
        np.testing.assert_allclose(product(closed), target, atol=1e-13)
        decay = np.exp(-5 * SIGMA**2 * time)
        np.testing.assert_allclose(imbalance(closed), decay * imbalance(start), atol=1e-12)
        values = np.linalg.svd(target, compute_uv=False)
        whole = np.sqrt(((values**2 - 1) * decay) ** 2 + 4 * values**2).sum()
        assert float(squares(closed)) == pytest.approx(whole)
    np.testing.assert_allclose(
        flat(square_factorization(target, sigma=SIGMA, time=0.0)), flat(start), atol=1e-13
    )


@pytest.mark.parametrize("shape", [(5, 5, 5), (3, 6, 3), (2, 5, 3)])
def test_the_flow_keeps_the_product_and_ends_at_the_flattest_minimum(shape):
    start = random_factors(*shape)
    target, (m, n, _) = product(start), shape
    middle = factorization_flow(start, sigma=1.0, time=0.2)
    end = factorization_flow(start, sigma=1.0, time=8.0, steps=400)
    np.testing.assert_allclose(product(end), target, atol=1e-6)
    traces = [float(factorization_trace(f)) for f in (start, middle, end, flattest_factors(target))]
    assert traces[0] > traces[1] > traces[2]
    assert traces[2] == pytest.approx(traces[3], rel=1e-6)
    nuclear = np.linalg.svd(target, compute_uv=False).sum()
    assert traces[3] == pytest.approx(4 * np.sqrt(m * n) * nuclear, rel=1e-12)
    gap = n * end.left.T @ end.left - m * end.right.T @ end.right
    assert float(jnp.abs(gap).max()) < 1e-4


def test_no_other_minimum_is_flatter_than_the_balanced_one():
    target = product(random_factors(3, 6, 3))
    best = flattest_factors(target)
    np.testing.assert_allclose(product(best), target, atol=1e-13)
    for seed in range(20):
        mix = np.eye(3) + 0.3 * np.random.default_rng(seed).normal(size=(3, 3))
        other = Factors(best.left @ mix, best.right @ np.linalg.inv(mix).T)
        np.testing.assert_allclose(product(other), target, atol=1e-12)
        assert float(factorization_trace(other)) > float(factorization_trace(best))


def test_one_step_changes_the_imbalance_only_in_second_order():
    target, start = square_start()
    rate, key = 0.01, jax.random.key(5)
    field = noisy_field(factorization_loss(target), factorization_noise(sigma=SIGMA))
    v = field(start, key)
    after = Factors(*(f + rate * d for f, d in zip(start, v, strict=True)))
    g = SIGMA * jax.random.normal(key, (5, 5))  # the residual is zero at the start
    u, w = start
    change = rate**2 * (w.T @ g.T @ g @ w - u.T @ g @ g.T @ u)
    np.testing.assert_allclose(imbalance(after) - imbalance(start), change, atol=1e-15)


@pytest.mark.parametrize(
    ("rate", "momentum", "steps", "plain", "tolerance"),
    [
        (0.005, 0.0, 40_000, 0.9636, 0.004),
        (0.02, 0.0, 2_500, 0.8535, 0.01),
        (0.01, 0.5, 2_500, 0.944, 0.012),
    ],
)
@pytest.mark.usefixtures("optimized")
def test_the_conserved_quantity_decays_as_predicted(rate, momentum, steps, plain, tolerance):
    target, start = square_start()
    runs = ends(target, start, rate, momentum, steps, runs=40)
    time = steps * float(speed_factor(Setting(rate, momentum)))  # 1 in all three
    left = np.mean(jax.vmap(imbalance)(runs), axis=0)
    law = np.exp(-5 * SIGMA**2 * time) * np.asarray(imbalance(start))
    assert np.linalg.norm(left) / np.linalg.norm(law) == pytest.approx(plain, abs=tolerance)
    finite = factorization_flow(start, sigma=SIGMA, time=time, finite_step=rate / (1 + momentum))
    corrected = np.asarray(imbalance(finite))
    assert np.linalg.norm(left) / np.linalg.norm(corrected) == pytest.approx(1, abs=tolerance)
    closed = square_factorization(target, sigma=SIGMA, time=time)
    assert float(squares(closed)) == pytest.approx(14.3814, abs=1e-3)  # from 18.673 down to 13.919
    assert float(jnp.mean(jax.vmap(squares)(runs))) == pytest.approx(
        float(squares(finite)), rel=0.005
    )


@pytest.mark.usefixtures("optimized")
def test_for_other_shapes_the_simulation_follows_the_weighted_trace():
    start = random_factors(3, 6, 3, seed=4)
    start = Factors(start.left, 0.4 * start.right)
    target = product(start)
    rate, steps, sigma = 0.004, 15_000, 1.0
    time = steps * float(speed_factor(Setting(rate)))
    runs = ends(target, start, rate, 0.0, steps, runs=40, sigma=sigma)
    flowed = factorization_flow(start, sigma=sigma, time=time, finite_step=rate)
    simulated = float(jnp.mean(jax.vmap(factorization_trace)(runs)))
    whole, rest = float(factorization_trace(start)), float(factorization_trace(flowed))
    assert whole - rest > 0.25 * whole
    assert simulated == pytest.approx(rest, rel=0.005)
    # Descent on the sum of squares alone, the source's claim, ends in other places.
    u, v = flowed
    assert not np.allclose(u.T @ u, v.T @ v, atol=0.3)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: factorization_loss(jnp.ones(3)),
            (
                "`target` must be a real floating-point matrix, but it is float64[3]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        (
            lambda: factorization_loss(jnp.ones((2, 2), int)),
            (
                "`target` must be a real floating-point matrix, but it is int64[2,2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        (
            lambda: factorization_loss(jnp.ones((2, 3)))(
                Factors(jnp.ones((3, 1)), jnp.ones((2, 1)))
            ),
            (
                "`factors` must be two matrices of shapes (2, p) and (3, p) and of one dtype, "
                "but they are Factors(left=float64[3,1], right=float64[2,1]). Pass Factors(left, "
                "right)."
            ),
        ),
        (
            lambda: imbalance(Factors(jnp.ones((3, 1)), jnp.ones((3, 2)))),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[3,1], right=float64[3,2]). Pass Factors(left, "
                "right)."
            ),
        ),
        (
            lambda: imbalance(jnp.ones((3, 1))),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are float64[3,1]. Pass Factors(left, right)."
            ),
        ),
        (
            lambda: factorization_trace((jnp.ones(3), jnp.ones(3))),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are (float64[3], float64[3]). Pass Factors(left, right)."
            ),
        ),
        (
            lambda: factorization_noise(sigma="loud"),
            (
                "`sigma` must be one real number, but it is the str 'loud'. Pass a float, for "
                "example 0.1."
            ),
        ),
        (
            lambda: flattest_factors(jnp.ones(2)),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        (
            lambda: square_factorization(jnp.ones((2, 3)), sigma=1.0, time=1.0),
            (
                "`target` must be square, but it has shape (2, 3). For other shapes use "
                "factorization_flow."
            ),
        ),
        (
            lambda: nearest_minimum(Factors(jnp.ones((2, 1)), jnp.ones((2, 1))), jnp.ones((2, 3))),
            (
                "`factors` must be two matrices of shapes (2, p) and (3, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[2,1]). Pass Factors(left, "
                "right)."
            ),
        ),
        (
            lambda: tangent_part(random_factors(2, 2, 2), random_factors(2, 2, 3)),
            (
                "`direction` must have the layout of `factors`, Factors(left=float64[2,2], "
                "right=float64[2,2]), but it is Factors(left=float64[2,3], right=float64[2,3]). "
                "Pass a tangent at these factors."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()
