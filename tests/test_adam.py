"""Adam along a valley: the closed form for any angle, against published cases and Adam itself."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.special import lambertw

from lib.adam import (
    AdamDiffusion,
    MeanMotion,
    adam_diffusion,
    manifold_drift,
    manifold_velocity,
    momentum_motion,
    refined_velocity,
)
from lib.fields import flow
from lib.noise import gaussian_noise, hessian_covariance, noisy_field
from lib.simulate import run_optimizer, simulate
from lib.valleys import Valley, curved_valley, run_in_valley

HEIGHTS = (lambda x: 1 + x**2, lambda x: jnp.exp(x / 2), lambda x: 2 + jnp.cos(x))
SLOPES = (lambda x: 2 * x, lambda x: math.exp(x / 2) / 2, lambda x: -math.sin(x))


def parabola(x):
    return 1 + x**2


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("x", [-1.3, 0.4, 2.0])
def test_the_published_cases_are_two_ends_of_one_formula(which, x):
    h, slope = float(HEIGHTS[which](x)), SLOPES[which](x)
    numbers = {"sigma": 3e-3, "eps": 1e-4}
    aligned = manifold_velocity(Valley(HEIGHTS[which], 0.0), x, **numbers)
    exact = -(3e-3**2) * slope / (4 * 1e-4 * (3e-3 * math.sqrt(h) + 1e-4))
    assert float(aligned) == pytest.approx(exact, rel=1e-13)
    tiny = {"sigma": 3e-3, "eps": 1e-14}
    aligned = manifold_velocity(Valley(HEIGHTS[which], 0.0), x, **tiny)
    assert float(aligned) == pytest.approx(-3e-3 * slope / (4 * 1e-14 * math.sqrt(h)), rel=1e-10)
    diagonal = manifold_velocity(Valley(HEIGHTS[which], math.pi / 4), x, **tiny)
    assert float(diagonal) == pytest.approx(-slope / (2 * h), rel=1e-10)


@pytest.mark.parametrize("angle", [0.1, 0.6, 1.2, 2.5])
def test_with_small_epsilon_only_the_angle_is_left(angle):
    for sigma0 in (1e-4, 1e-2):
        speed = manifold_velocity(Valley(parabola, angle), 1.5, sigma=sigma0, eps=1e-16)
        expected = -3.0 / (2 * 3.25 * abs(math.sin(2 * angle)))
        assert float(speed) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7])
def test_reflections_that_exchange_or_flip_the_axes_change_nothing(angle):
    numbers = {"sigma": 2e-3, "eps": 5e-4}
    speed = float(manifold_velocity(Valley(parabola, angle), 1.5, **numbers))
    for same in (-angle, math.pi / 2 - angle, math.pi + angle):
        assert float(manifold_velocity(Valley(parabola, same), 1.5, **numbers)) == pytest.approx(
            speed, rel=1e-12
        )


def test_the_motion_with_memory_settles_to_the_motion_without():
    numbers = {"sigma": 1.0, "eps": 0.1}
    adam = {"learning_rate": 1e-3, "b1": 0.9, **numbers}

    def fast(state):
        return momentum_motion(Valley(parabola, 0.4), state, **adam)

    end = flow(fast, MeanMotion(2.0, 0.0), time=0.5, steps=100_000)
    settled = flow(
        lambda x: manifold_velocity(Valley(parabola, 0.4), x, **numbers), 2.0, time=0.5, steps=500
    )
    assert float(end.position) == pytest.approx(float(settled), abs=2e-5)
    rest = momentum_motion(Valley(parabola, 0.4), end, **adam)
    speed = manifold_velocity(Valley(parabola, 0.4), end.position, **numbers)
    assert float(rest.position) == pytest.approx(float(speed), rel=1e-4)


@pytest.mark.parametrize(
    ("degrees", "plain", "refined"),
    [
        (45, 129_187, 130_480),
        (30, 111_879, 112_967),
        (20, 83_040, 83_805),
        (10, 44_185, 44_560),
        (5, 22_433, 22_615),
        (2, 9_012, 9_086),
        (1, 4_509, 4_552),
        (0.5, 2_255, 2_290),
    ],
)
def test_the_times_to_fall_from_2_to_one_and_a_half(degrees, plain, refined):
    """Numbers from an independent quadrature; steps of learning rate 0.003."""
    angle = math.radians(degrees)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    points = jnp.asarray(1.75 + nodes / 4)

    def steps(speed):
        return float(-jnp.sum(weights / 4 / jax.vmap(speed)(points))) / 3e-3**2

    closed = steps(
        lambda x: manifold_velocity(Valley(parabola, angle), x, sigma=3e-3, eps=3e-3 * 1e-12)
    )
    fine = steps(
        lambda x: refined_velocity(
            Valley(parabola, angle), x, learning_rate=3e-3, sigma=1.0, eps=1e-8
        )
    )
    by_hand = abs(math.sin(2 * angle)) * (math.log(2 / 1.5) + (4 - 2.25) / 2) / 3e-3**2
    assert closed == pytest.approx(by_hand, rel=1e-6)
    assert closed == pytest.approx(plain, rel=1e-3)
    assert fine == pytest.approx(refined, rel=3e-3)


@pytest.mark.parametrize(
    ("eps", "expected"),
    [(1, 0.0009), (0.1, 0.0125), (0.03, 0.0409), (0.01, 0.108), (0.001, 0.403), (1e-8, 0.577)],
)
def test_an_aligned_valley_is_followed_at_a_bounded_speed(eps, expected):
    speed = refined_velocity(Valley(parabola, 0.0), 2.0, learning_rate=3e-3, sigma=1.0, eps=eps)
    assert float(-3e-3 * speed) == pytest.approx(expected, rel=0.02, abs=6e-5)


def test_the_refinement_vanishes_with_the_learning_rate():
    rates = (1e-3, 1e-4, 1e-5)
    plain = [manifold_velocity(Valley(parabola, 0.4), 1.5, sigma=r, eps=1e-3 * r) for r in rates]
    fine = [
        refined_velocity(Valley(parabola, 0.4), 1.5, learning_rate=r, sigma=1.0, eps=1e-3)
        for r in rates
    ]
    misses = [abs(float(f / p) - 1) for f, p in zip(fine, plain, strict=True)]
    assert misses[0] < 1e-2
    assert misses[0] / misses[1] == pytest.approx(10, rel=0.05)
    assert misses[1] / misses[2] == pytest.approx(10, rel=0.05)


def test_at_small_noise_memory_slows_adam_down_and_without_it_nothing_does():
    """σ = 0.1 at 45°: the gradient in the squares slows Adam down, the wider swing speeds it up."""
    numbers, steps, turn = {"learning_rate": 6e-3, "sigma": 0.1, "eps": 1e-8}, 6_000, math.pi / 4

    def end(b1, key):
        adam = optax.adam(6e-3, b1=b1)
        run = run_in_valley(
            adam, Valley(parabola, turn), 2.0, key, sigma=0.1, steps=steps, every=steps
        )
        return run.along[-1]

    @jax.jit
    def ways(b1s, keys):
        def fine(b1):
            def speed(x):
                return refined_velocity(Valley(parabola, turn), x, b1=b1, **numbers)

            return flow(speed, 2.0, time=steps * 6e-3**2, steps=20)

        ends = jax.vmap(jax.vmap(end, (None, 0)), (0, None))(b1s, keys)
        return 2 - ends.mean(1), 2 - jax.vmap(fine)(b1s)

    measured, fine = ways(jnp.array([0.0, 0.9]), jax.random.split(jax.random.key(0), 32))
    time, first = steps * 6e-3**2, math.log(2.0) + 2.0  # ln x + x²/2 falls by t at 45°, ε = 0
    plain = 2 - float(lambertw(math.exp(2 * (first - time))).real) ** 0.5
    assert fine / plain == pytest.approx([1.0, 0.86], abs=0.01)
    assert measured / fine == pytest.approx([1.0, 1.0], abs=0.04)


ANGLES = jnp.radians(jnp.array([5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 75.0, 85.0]))
SETTINGS = jnp.array([[6e-3, 1.0, 1e-8], [6e-3, 3.0, 0.3], [6e-3, 0.5, 0.02]])
STEPS, SEEDS = 11_000, 64


def reached(which, angle, setting, key):
    """Where Adam stands on a turned valley after STEPS steps from x = 2."""
    rate, sigma, eps = setting

    def height(x):
        return jax.lax.switch(which, HEIGHTS, x)

    draw = Valley(height, angle).hessian_noise(sigma=sigma)
    run = run_optimizer(
        optax.adam(rate, eps=eps),
        noisy_field(
            Valley(height, angle).loss,
            lambda params, n: draw(params, jax.random.fold_in(key, n)),
        ),
        2 * jnp.stack([jnp.cos(angle), jnp.sin(angle)]),
        jnp.arange(STEPS),
        every=STEPS,
    )
    return run.final[0] * jnp.cos(angle) + run.final[1] * jnp.sin(angle)


def predicted(which, angle, setting, refined):
    rate, sigma, eps = setting

    def speed(x):
        def height(z):
            return jax.lax.switch(which, HEIGHTS, z)

        if refined:
            return refined_velocity(
                Valley(height, angle), x, learning_rate=rate, sigma=sigma, eps=eps
            )
        return manifold_velocity(Valley(height, angle), x, sigma=sigma * rate, eps=eps * rate)

    return flow(speed, 2.0, time=STEPS * rate**2, steps=200)


def study(one, seeds=False):
    """`one(which, angle, setting[, key])` for all heights, angles and settings at once."""
    keys = (jax.random.split(jax.random.key(0), SEEDS),) if seeds else ()
    for axis in reversed(range(3 + len(keys))):
        one = jax.vmap(one, [0 if n == axis else None for n in range(3 + len(keys))])
    return jax.jit(one)(jnp.arange(3), ANGLES, SETTINGS, *keys)


@pytest.mark.usefixtures("optimized")
def test_adam_moves_as_the_formula_says_at_every_angle():
    ends = study(reached, seeds=True)
    mean, error = ends.mean(-1), ends.std(-1) / SEEDS**0.5
    for refined, share in ((False, 0.12), (True, 0.05)):
        theory = study(lambda w, a, s, refined=refined: predicted(w, a, s, refined))
        allowed = share * jnp.abs(theory - 2.0) + 4 * error
        missed = jnp.abs(mean - theory)
        assert bool(jnp.all(missed < allowed)), (refined, (missed / allowed).max(), missed)
    moved = jnp.abs(mean - 2.0)
    # A factor of 1.3 in the formula would be seen in each of them.
    assert bool(jnp.all(moved > 8 * error))


def test_in_the_plane_the_general_drift_is_the_closed_form():
    for angle in (0.2, 0.8, 2.0):
        valley = Valley(parabola, angle).loss
        along = jnp.array([math.cos(angle), math.sin(angle)])
        numbers = {"sigma": 2e-3, "eps": 3e-4}
        motion = manifold_drift(valley, 1.5 * along, **numbers)
        speed = manifold_velocity(Valley(parabola, angle), 1.5, **numbers)
        np.testing.assert_allclose(motion.drift, speed * along, rtol=1e-9)
        np.testing.assert_array_equal(motion.diffusion, np.zeros((2, 2)))


@pytest.mark.parametrize("degrees", [10, 30, 40, 60, 80])
def test_on_a_round_valley_adam_leaves_the_diagonal_where_gradient_descent_rests(degrees):
    phi = math.radians(degrees)
    cos, sin = math.cos(phi), math.sin(phi)
    for stiffness, sigma0 in ((1.0, 1e-3), (4.0, 1e-2)):
        ring = curved_valley(lambda p: jnp.dot(p, p) - 1, lambda p, k=stiffness: k / 4)
        drift = manifold_drift(
            ring, jnp.array([cos, sin]), sigma=sigma0, eps=1e-13, dimension=1
        ).drift
        turning = float(jnp.dot(drift, jnp.array([-sin, cos])))
        expected = -0.5 * (cos - sin) / (sin * cos * (sin + cos))
        assert turning == pytest.approx(expected, rel=1e-6)


def test_with_one_noisy_direction_the_mobility_is_a_sum_over_planes():
    """The sum of (t_i n_j - t_j n_i)² / |n_i n_j|, which is at least 2."""
    n, t = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 2)))[0].T

    def loss(z):
        return parabola(z @ t) * (z @ n) ** 2

    drift = manifold_drift(loss, jnp.asarray(2 * t), sigma=1e-3, eps=1e-13, dimension=4).drift
    planes = [(i, j) for i in range(5) for j in range(i)]
    mobility = sum((t[i] * n[j] - t[j] * n[i]) ** 2 / abs(n[i] * n[j]) for i, j in planes)
    assert float(drift @ t) == pytest.approx(-4 / (4 * 5) * mobility, rel=1e-6)
    assert mobility > 2


@pytest.mark.usefixtures("optimized")
def test_the_general_drift_is_right_in_six_dimensions():
    keys = jax.random.split(jax.random.key(4), 2)
    frame = jnp.linalg.qr(jax.random.normal(keys[0], (6, 6)))[0]
    along, across = frame[:, 0], frame[:, 1]

    def loss(p):
        return (1 + jnp.dot(p, along) ** 2) * jnp.dot(p, across) ** 2 + 0.5 * jnp.sum(
            (frame[:, 2:].T @ p) ** 2
        )

    # Noise across the one valley, as its Hessian noise; the other directions have their own.
    noise = gaussian_noise(hessian_covariance(loss, sigma=1.0))
    rate, steps = 4e-3, 8_000

    def end(key):
        field = noisy_field(loss, lambda p, n: noise(p, jax.random.fold_in(key, n)))
        adam = optax.adam(rate)
        run = run_optimizer(adam, field, 2 * along, jnp.arange(steps), every=steps)
        return jnp.dot(run.final, along)

    ends = jax.jit(jax.vmap(end))(jax.random.split(keys[1], 24))

    def speed(x):
        drift = manifold_drift(loss, x * along, sigma=rate, eps=1e-10, dimension=1).drift
        return jnp.dot(drift, along)

    theory = float(jax.jit(lambda: flow(speed, 2.0, time=steps * rate**2, steps=50))())
    error = float(ends.std()) / len(ends) ** 0.5
    assert abs(float(ends.mean()) - theory) < 0.08 * (2 - theory) + 3 * error
    assert 2 - theory > 10 * error


def test_the_diffusion_says_the_same_in_both_units_of_time():
    loss = Valley(parabola, 0.3).loss
    covariance = hessian_covariance(loss, sigma=2.0)
    state = AdamDiffusion(jnp.array([1.0, 0.2]), jnp.array([0.3, -0.1]), jnp.array([0.5, 2.0]))
    rate, steps = 0.01, 37.0
    slow, slow_noise = adam_diffusion(loss, covariance, learning_rate=rate, time_power=2)
    fast, fast_noise = adam_diffusion(loss, covariance, learning_rate=rate, time_power=1)
    for a, b in zip(slow(state, steps * rate**2), fast(state, steps * rate), strict=True):
        np.testing.assert_allclose(rate * a, b, rtol=1e-12)
    np.testing.assert_allclose(rate**0.5 * slow_noise(state), fast_noise(state), rtol=1e-12)


@pytest.mark.usefixtures("optimized")
def test_the_diffusion_follows_adam():
    angle, rate, steps = 0.4, 5e-3, 10_000
    loss = Valley(parabola, angle).loss
    covariance = hessian_covariance(loss, sigma=1.0)
    drift, diffusion = adam_diffusion(loss, covariance, learning_rate=rate, eps=1e-6)
    along = jnp.array([math.cos(angle), math.sin(angle)])
    start = 2 * along

    def of_diffusion(key):
        def step(state, n):
            change = drift(state, (n.astype(float) + 1) * rate**2)
            kick = diffusion(state) @ jax.random.normal(jax.random.fold_in(key, n), (2,))
            moved = jax.tree.map(lambda s, c: s + rate**2 * c, state, change)
            return moved._replace(mean=moved.mean + rate * kick)

        square = jnp.diagonal(covariance(start))
        first = AdamDiffusion(start, jnp.zeros(2), square)
        return simulate(step, first, jnp.arange(steps), every=steps).final.params @ along

    def of_adam(key):
        noise = gaussian_noise(covariance)
        field = noisy_field(loss, lambda p, n: noise(p, jax.random.fold_in(key, n)))
        adam = optax.adam(rate, eps=1e-6)
        run = run_optimizer(adam, field, start, jnp.arange(steps), every=steps)
        return run.final @ along

    keys = jax.random.split(jax.random.key(1), 48)
    ends = [jax.jit(jax.vmap(run))(keys) for run in (of_diffusion, of_adam)]
    error = sum(float(end.var()) for end in ends) ** 0.5 / 48**0.5
    moved = 2 - float(ends[1].mean())
    assert moved > 20 * error
    assert abs(float(ends[0].mean() - ends[1].mean())) < 3 * error + 0.04 * moved


@pytest.mark.parametrize(
    ("optimizer", "equivariant"),
    [
        (optax.sgd(0.05), True),
        (optax.sgd(0.05, momentum=0.9), True),
        (optax.sgd(0.05, momentum=0.9, nesterov=True), True),
        (optax.adam(0.05), False),
        (optax.rmsprop(0.05), False),
        (optax.sign_sgd(0.05), False),
    ],
)
def test_gradient_descent_turns_with_the_axes_and_adam_does_not(optimizer, equivariant):
    turn = jnp.linalg.qr(jax.random.normal(jax.random.key(0), (5, 5)))[0]
    bend = jnp.diag(jnp.arange(1.0, 6.0))
    noise = gaussian_noise(jnp.diag(jnp.array([1.0, 0.0, 2.0, 0.5, 1.0])))
    keys = jax.random.split(jax.random.key(1), 200)

    def loss(p):
        return p @ bend @ p / 2 + jnp.sum(jnp.cos(p))

    def turned_noise(p, key):
        return turn @ noise(turn.T @ p, key)

    plain = run_optimizer(optimizer, noisy_field(loss, noise), jnp.ones(5), keys).trajectory
    turned = run_optimizer(
        optimizer, noisy_field(lambda p: loss(turn.T @ p), turned_noise), turn @ jnp.ones(5), keys
    ).trajectory
    missed = float(jnp.abs(turned @ turn - plain).max())
    assert missed < 1e-12 if equivariant else missed > 1e-2


def test_a_run_in_the_valley_is_the_run_of_its_loss_and_noise():
    angle, key, adam = 0.4, jax.random.key(5), optax.adam(0.01)
    path = run_in_valley(adam, Valley(parabola, angle), 1.5, key, sigma=2.0, steps=60, every=20)
    t, n = (jnp.array(v) for v in ((math.cos(0.4), math.sin(0.4)), (-math.sin(0.4), math.cos(0.4))))
    params, state, kept = 1.5 * t, adam.init(jnp.zeros(2)), []
    for k in range(60):
        x, y = params @ t, params @ n
        kick = 2.0 * jnp.sqrt(parabola(x)) * jax.random.normal(jax.random.fold_in(key, k), (2,))[1]
        slope = 2 * x * y**2 * t + (2 * parabola(x) * y + kick) * n
        with jax.numpy_dtype_promotion("standard"):  # optax raises floats to integer powers
            updates, state = adam.update(slope, state)
        params = params + updates
        if k % 20 == 19:
            kept.append((params @ t, params @ n))
    np.testing.assert_allclose(jnp.stack([path.along, path.across], 1)[1:], kept, rtol=1e-9)
    np.testing.assert_allclose(path.params[0], 1.5 * t, rtol=1e-15)


def test_a_valley_needs_noise_to_run_in():
    with pytest.raises(ValueError, match=r"^`sigma` must be above 0, but it is 0\.0\.$"):
        run_in_valley(optax.sgd(0.1), Valley(parabola), 1.0, jax.random.key(0), sigma=0.0, steps=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"angle": math.nan}, "`angle` must be finite, but it is nan. Pass a number, not NaN."),
        ({"eps": 0.0}, "`eps` must be above 0, but it is 0.0."),
        ({"eps": -1e-8}, "`eps` must be above 0, but it is -1e-08."),
        ({"sigma": 0.0}, "`sigma` must be above 0, but it is 0.0."),
        (
            {"height": lambda x: x - 5},
            (
                "`height` must be positive, but h(2) is -3. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
        (
            {"height": lambda x: x * math.nan},
            (
                "`height` must be positive, but h(2) is nan. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
    ],
)
def test_what_the_velocity_cannot_use_is_named(change, message):
    numbers = {"angle": 0.3, "height": parabola, "sigma": 1e-3, "eps": 1e-4} | change
    valley = Valley(numbers.pop("height"), numbers.pop("angle"))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        manifold_velocity(valley, 2.0, **numbers)


def test_the_refinement_needs_noise_and_a_small_number():
    for name in ("sigma", "eps", "learning_rate"):
        numbers = {"learning_rate": 1e-3, "sigma": 1.0, "eps": 1e-8, name: 0.0}
        with pytest.raises(ValueError, match=rf"^`{name}` must be above 0, but it is 0\.0\.$"):
            refined_velocity(Valley(parabola, 0.1), 2.0, **numbers)
    words = "`b1` must lie in [0, 1), but it is 1.0."
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        refined_velocity(
            Valley(parabola, 0.1), 2.0, learning_rate=1e-3, sigma=1.0, eps=1e-8, b1=1.0
        )
