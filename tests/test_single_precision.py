"""Numeric functions, each called in float32, the default of other libraries, and inside of jit."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lib import (
    adam,
    brackets,
    classifiers,
    fields,
    mirror,
    noise,
    polar,
    quasistatic,
    simulate,
    valleys,
)
from lib.quasistatic import Factors, Setting, factorization_loss

KEYS = jax.random.split(jax.random.key(0), 4)
SCALES = {"sigma": 0.1, "eps": 0.1}
FLOOR, OFF = jnp.array([2.0, 0.0]), jnp.array([2.0, 0.3])
PAIR = Factors(jnp.array([[2.0], [1.0]]), jnp.array([[1.0]]))
TARGET = jnp.array([[2.0], [1.0]])


def valley(p):
    return (1 + p[0] ** 2) * p[1] ** 2


def loss(p, x):
    return valley(p) * jnp.asarray(x, p.dtype)


FIELD = fields.gradient_field(loss)
HESSIAN_NOISE = noise.hessian_covariance(valley, sigma=0.5)
TURNED = valleys.Valley(lambda x: 1 + x**2, 0.3)
VALLEY_NOISE = TURNED.hessian_noise(sigma=1.0)

CALLS = {  # each takes a point of two numbers
    "flow": lambda p: fields.flow(lambda q: -q, p, time=1.0),
    "gap_expansion": lambda p: brackets.gap_expansion(FIELD, p, 1.0, 2.0, learning_rate=0.1),
    "momentum_gap": lambda p: brackets.momentum_gap(
        FIELD, p, p, 1.0, 2.0, learning_rate=0.1, momentum=0.5
    ),
    "settled_gap": lambda p: brackets.settled_gap(
        FIELD, p, p, 1.0, 2.0, learning_rate=0.1, momentum=0.5
    ),
    "adam_gap": lambda p: brackets.adam_gap(
        FIELD, p, optax.ScaleByAdamState(count=3, mu=p, nu=p**2), 1.0, 2.0, learning_rate=0.1
    ),
    "bracket_matrix": lambda p: brackets.bracket_matrix(FIELD, p, jnp.ones(2, p.dtype)),
    "steepest_direction": lambda p: mirror.steepest_direction(p, 1.5, clock="unit"),
    "noisy_field": lambda p: noise.noisy_field(valley, VALLEY_NOISE)(p, KEYS[0]),
    "gaussian_noise": lambda p: noise.gaussian_noise(HESSIAN_NOISE)(p, KEYS[0]),
    "Valley": TURNED.loss,
    "run_optimizer": lambda p: simulate.run_optimizer(
        optax.adam(0.1), noise.noisy_field(valley, VALLEY_NOISE), p, KEYS
    ),
    "simulate": lambda p: simulate.simulate(
        simulate.heavy_ball_step(FIELD, learning_rate=0.01, momentum=0.5),
        simulate.HeavyBall(p, 0 * p),
        jnp.ones(3, p.dtype),
    ),
    "adam_diffusion": lambda p: adam.adam_diffusion(valley, HESSIAN_NOISE, learning_rate=0.1)[0](
        adam.AdamDiffusion(p, p, p**2), 1.0
    ),
    "onto_manifold": lambda p: quasistatic.onto_manifold(valley, p, dimension=1),
}
DRIFTS = {  # each takes a minimum
    "manifold_drift": lambda p: quasistatic.manifold_drift(valley, p, HESSIAN_NOISE, Setting(0.1)),
    "a covariance in the same dtype": lambda p: quasistatic.manifold_drift(
        valley, p, jnp.array([[0.3, 0.1], [0.1, 1 / 30]], p.dtype), Setting(0.1)
    ),
    "manifold_flow": lambda p: quasistatic.manifold_flow(
        valley, p, HESSIAN_NOISE, Setting(0.1), iterations=5, steps=5, dimension=1
    ),
    "adam.manifold_drift": lambda p: adam.manifold_drift(valley, p, dimension=1, **SCALES),
}
FACTORS = {
    "factorization_noise": lambda f: quasistatic.factorization_noise(sigma=0.5)(f, KEYS[0]),
    "factorization_loss": factorization_loss(TARGET),
    "factorization_drift": lambda f: quasistatic.factorization_drift(
        f, sigma=0.5, finite_step=0.01
    ),
    "factorization_flow": lambda f: quasistatic.factorization_flow(f, sigma=0.5, time=1.0, steps=2),
    "nearest_minimum": lambda f: quasistatic.nearest_minimum(f, TARGET),
    "flattest_factors": lambda f: quasistatic.flattest_factors(f.left),
    "square_factorization": lambda f: quasistatic.square_factorization(
        f.left @ f.left.T + jnp.eye(2, dtype=f.left.dtype), sigma=0.5, time=1.0
    ),
}
CASES = [
    pytest.param(call, point, id=name)
    for calls, point in ((CALLS, OFF), (DRIFTS, FLOOR), (FACTORS, PAIR))
    for name, call in calls.items()
]


@pytest.mark.parametrize(("call", "point"), CASES)
def test_the_result_is_that_of_double_precision_in_single(call, point):
    narrow = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), point)
    with jax.numpy_dtype_promotion("standard"):  # as users of float32 run it
        found, expected = call(narrow), call(point)
    for single, double in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert single.dtype == jnp.float32
        size = np.abs(double).max()
        np.testing.assert_allclose(single, double, rtol=0, atol=1e-4 * size + 1e-7)


# Arrays made outside, whose values are known inside.
MATRIX, ODDS, MOMENTS = (
    jnp.eye(2),
    jnp.array([0.0, 1.0]),
    optax.ScaleByAdamState(count=3, mu=OFF, nu=OFF**2),
)
OTHERS = {
    "binary_cross_entropy": lambda p: classifiers.binary_cross_entropy(p, ODDS),
    "newton_schulz": lambda p: polar.newton_schulz(MATRIX),
    "stationary_covariance": lambda p: quasistatic.stationary_covariance(
        MATRIX, MATRIX, Setting(0.1, 0.5)
    ),
    "moments": lambda p: brackets.adam_gap(FIELD, p, MOMENTS, 1.0, 2.0, learning_rate=0.1),
}


@pytest.mark.parametrize(
    ("call", "point"), CASES + [pytest.param(call, OFF, id=name) for name, call in OTHERS.items()]
)
def test_arguments_whose_values_are_known_are_checked_inside_of_jit(call, point):
    # There every operation of JAX is traced, so what checks a value must not be one.
    jax.eval_shape(lambda: call(point))
