"""What bad input is told: for every clause of every `Raises`, a call and the whole message."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import optax.contrib
import pytest
from jax import random

from lib import (
    adam,
    brackets,
    checks,
    fields,
    figures,
    landscapes,
    noise,
    polar,
    quasistatic,
    simulate,
    valleys,
)
from lib.convergence import convergence_order
from lib.datasets import intensity_and_symmetry, standardize
from lib.landscapes import Factors

# `lib.minima` is left out: its messages are those of the functions below.
MODULES = (
    "adam",
    "brackets",
    "checks",
    "convergence",
    "datasets",
    "fields",
    "figures",
    "figures.coverage",
    "landscapes",
    "noise",
    "polar",
    "quasistatic",
    "simulate",
    "spectra",
    "valleys",
)

KEY = random.key(0)
KEYS = random.split(KEY, 4)
TWO, THREE = jnp.ones(2), jnp.ones(3)
NAN = jnp.array([jnp.nan, 1.0])
PAIR = Factors(jnp.ones((2, 1)), jnp.ones((3, 1)))
UNLIKE = Factors(jnp.ones((2, 1)), jnp.ones((3, 2)))
FLOOR, SADDLE = jnp.array([1.0, 0.0]), jnp.zeros(2)
MOMENTS = brackets.AdamMoments(TWO, TWO, 1)
SGD = optax.sgd(0.1)
NESTED = optax.chain(optax.contrib.sam(SGD, SGD), optax.scale(1.0))
RATES = {"learning_rate": 0.1, "momentum": 0.5}
SCALES = {"sigma0": 0.1, "epsilon0": 0.1}
IMAGES = jnp.ones((2, 8, 8))
RATE = figures.learning_rate(1e-3, 1.0, 0.1)
KIND = figures.choice("kind", ["slow", "fast"])


def valley(p):
    """h(x) y² with h = 1 + x²."""
    return (1 + p[0] ** 2) * p[1] ** 2


def saddle(p):
    return p[0] ** 2 - p[1] ** 2


def bowl(p):
    return jnp.dot(p, p)


def loss(p, x):
    """Of one example."""
    return jnp.sum((p - x) ** 2)


def cone(p, x):
    """Without a slope at zero."""
    return jnp.linalg.norm(p)


def field(p, x):
    return x - p


def profile(x):
    return 1 + x**2


def still(p, key):
    """No noise."""
    return jnp.zeros_like(p)


def drift(loss=valley, point=FLOOR, noise_covariance=None, learning_rate=0.1, *rest, **named):
    covariance = jnp.eye(2) if noise_covariance is None else noise_covariance
    return quasistatic.manifold_drift(loss, point, covariance, learning_rate, *rest, **named)


def flow(**named):
    given = {"start": FLOOR, "iterations": 10} | named
    return quasistatic.manifold_flow(
        valley, given.pop("start"), jnp.eye(2), 0.1, given.pop("iterations"), **given
    )


def adam_drift(loss=valley, point=FLOOR, dimension=1, **named):
    return adam.manifold_drift(loss, point, dimension=dimension, **(SCALES | named))


def velocity(x=1.0, h=profile, **named):
    return adam.manifold_velocity(x, 0.0, h, **(SCALES | named))


def run_valley(optimizer=SGD, h=profile, angle=0.0, start=1.0, **named):
    given = {"sigma": 1.0, "steps": 4} | named
    return adam.run_in_valley(optimizer, h, angle, start, KEY, **given)


def diffusion(loss=bowl, **named):
    return adam.adam_diffusion(loss, jnp.eye(2), **({"learning_rate": 0.1} | named))


def network(**named):
    return landscapes.residual_network(channels=2, blocks=1, **named)


def picture(*marks, **named):
    return figures.Picture(*marks, **({"x": "x", "y": "y"} | named))


def curve(y):
    return picture(figures.Line(TWO, y))


def explorer(function=lambda learning_rate: learning_rate * TWO, **named):
    given = {"controls": [RATE], "picture": curve, "alt": "A line.", "name": "first"} | named
    return figures.Explorer(function, **given)


class Case(NamedTuple):
    """One way to be refused."""

    clause: str
    """Words of the clause of `Raises` that it shows."""
    call: Any
    message: str
    """All of it."""
    error: type = ValueError


CASES = {
    "adam.adam_diffusion": [
        Case(
            "loss` is not a function",
            lambda: diffusion(loss=3.0),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "a number is not as said",
            lambda: diffusion(b1=1.0),
            "`b1` must lie in [0, 1), but it is 1.0.",
        ),
        Case(
            "a number is not as said",
            lambda: diffusion(learning_rate=0.0),
            "`learning_rate` must be above 0, but it is 0.0.",
        ),
        Case(
            "a number is not as said",
            lambda: diffusion(time_power=3),
            "`time_power` must be 1 or 2, but it is 3.",
        ),
        Case(
            "has another layout",
            lambda: diffusion()[0](adam.AdamDiffusion(TWO, THREE, TWO), 1.0),
            (
                "`mean` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "does not have shape",
            lambda: adam.adam_diffusion(bowl, jnp.eye(3), learning_rate=0.1)[1](
                adam.AdamDiffusion(TWO, TWO, TWO)
            ),
            (
                "The covariance of the noise must be a matrix of shape (2, 2), one row for each "
                "parameter, but it is float64[3,3]."
            ),
        ),
        Case(
            "or the time is not positive",
            lambda: diffusion()[0](adam.AdamDiffusion(TWO, TWO, TWO), 0.0),
            "`time` must be above 0, but it is 0.0.",
        ),
        Case(
            "or the time is not positive",
            lambda: diffusion()[0](adam.AdamDiffusion(TWO, TWO, NAN), 1.0),
            "`square` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
    ],
    "adam.manifold_drift": [
        Case(
            "loss` is not a function of",
            lambda: adam_drift(3.0),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function of",
            lambda: adam_drift(lambda p: p),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left."
            ),
        ),
        Case(
            "dimension` is not in range",
            lambda: adam_drift(dimension=2),
            (
                "`dimension` must be a whole number from 0 to 1, but it is 2. It is below the "
                "number of parameters."
            ),
        ),
        Case(
            "is not one real number",
            lambda: adam_drift(sigma0="large"),
            (
                "`sigma0` must be one real number, but it is the str 'large'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "one of them is not positive",
            lambda: adam_drift(epsilon0=0.0),
            "`epsilon0` must be above 0, but it is 0.0.",
        ),
        Case(
            "the point is not a minimum",
            lambda: adam_drift(point=TWO),
            (
                "`point` must be a minimum, but it lies about 6.2e-01 away from the nearest. "
                "Move it there with lib.quasistatic.onto_manifold(loss, point, dimension)."
            ),
        ),
        Case(
            "has a negative eigenvalue",
            lambda: adam_drift(saddle, SADDLE),
            (
                "`point` must be a minimum, but the Hessian has the eigenvalue -2 there: the "
                "loss falls in that direction. Move the point down to the minima."
            ),
        ),
        Case(
            "eigenvalues say another dimension",
            lambda: adam_drift(bowl, SADDLE),
            (
                "The loss must be flat in `dimension` = 1 directions, but the eigenvalues of "
                "its Hessian are [2. 2.]. Pass a smaller dimension."
            ),
        ),
        Case(
            "eigenvalues say another dimension",
            lambda: adam_drift(dimension=0),
            (
                "The loss must rise in all but `dimension` = 0 directions, but the eigenvalues "
                "of its Hessian are [0. 4.]. Pass a larger dimension."
            ),
        ),
    ],
    "adam.manifold_velocity": [
        Case(
            "h` is not a function",
            lambda: velocity(h=2.0),
            (
                "`h` must be a function h(x), but it is the float 2.0. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "a number is not one real number",
            lambda: velocity(x=TWO),
            (
                "`x` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "a number is not finite",
            lambda: velocity(x=jnp.nan),
            "`x` must be finite, but it is nan. Pass a number, not NaN.",
        ),
        Case(
            "epsilon0` is not positive",
            lambda: velocity(sigma0=0.0),
            "`sigma0` must be above 0, but it is 0.0.",
        ),
        Case(
            "$h(x)$ is not positive",
            lambda: velocity(h=lambda x: x - 3),
            (
                "`h` must be positive, but h(1) is -2. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
    ],
    "adam.momentum_motion": [
        Case(
            "rate` is not positive",
            lambda: adam.momentum_motion(
                adam.MeanMotion(1.0, 1.0), 0.0, profile, rate=0.0, **SCALES
            ),
            "`rate` must be above 0, but it is 0.0.",
        ),
    ],
    "adam.run_adam": [
        Case(
            "a number is not as said",
            lambda: adam.run_adam(valley, still, TWO, KEYS, learning_rate=-1.0),
            "`learning_rate` must be above 0, but it is -1.0.",
        ),
        Case(
            "a number is not as said",
            lambda: adam.run_adam(valley, still, TWO, KEYS, learning_rate=0.1, b2=1.0),
            "`b2` must lie in [0, 1), but it is 1.0.",
        ),
    ],
    "adam.run_in_valley": [
        Case(
            "is not one of optax",
            lambda: run_valley(optimizer=0.1),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is the float 0.1. "
                "Call the factory, for example optax.adam(1e-3)."
            ),
        ),
        Case(
            "h` is not a function",
            lambda: run_valley(h=2.0),
            (
                "`h` must be a function h(x), but it is the float 2.0. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "is not one real number",
            lambda: run_valley(start="left"),
            (
                "`start` must be one real number, but it is the str 'left'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "or `every` does not divide it",
            lambda: run_valley(steps=2.5),
            ("`steps` must be a positive integer, but it is 2.5. Pass a Python int such as 1000."),
        ),
        Case(
            "or `every` does not divide it",
            lambda: run_valley(every=3),
            (
                "`every` must divide the 4 steps, but it is 3. Pass a divisor, or 1 to keep all "
                "states."
            ),
        ),
        Case(
            "sigma` is not positive",
            lambda: run_valley(sigma=0.0),
            "`sigma` must be above 0, but it is 0.0.",
        ),
        Case(
            "not positive at the start",
            lambda: run_valley(h=lambda x: -x),
            (
                "`h` must be positive, but h(1) is -1. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
    ],
    "brackets.adam_gap": [
        Case(
            "field` is not a function",
            lambda: brackets.adam_gap(3.0, TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "a number is not one real number",
            lambda: brackets.adam_gap(field, TWO, MOMENTS, 0.0, 1.0, learning_rate="fast"),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
        Case(
            "have another layout",
            lambda: brackets.adam_gap(
                field, TWO, MOMENTS._replace(mean=THREE), 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`moments.mean` must have the layout of `params`, float64[2], but it is "
                "float64[3]. Take the moments from the same parameters."
            ),
        ),
        Case(
            "have another layout",
            lambda: brackets.adam_gap(
                lambda p, x: p[:1], TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: brackets.adam_gap(
                field, TWO, MOMENTS._replace(square=NAN), 0.0, 1.0, learning_rate=0.1
            ),
            ("`moments.square` must be finite, but it holds NaN or infinity. Pass finite numbers."),
        ),
        Case(
            "not in its range",
            lambda: brackets.adam_gap(field, TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1, b1=1.0),
            "`b1` must lie in [0, 1), but it is 1.0.",
        ),
        Case(
            "not in its range",
            lambda: brackets.adam_gap(field, TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1, eps=-1.0),
            "`eps` must be above 0, but it is -1.0.",
        ),
        Case(
            "not in its range",
            lambda: brackets.adam_gap(
                field, TWO, MOMENTS._replace(count=-1), 0.0, 1.0, learning_rate=0.1
            ),
            "`moments.count` must not be negative, but it is -1.",
        ),
        Case(
            "a square is negative",
            lambda: brackets.adam_gap(
                field, TWO, MOMENTS._replace(square=-TWO), 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`moments.square` must not be negative, but it goes down to -1. It is a mean of "
                "squares."
            ),
        ),
    ],
    "brackets.bracket_matrix": [
        Case(
            "has no leaf",
            lambda: brackets.bracket_matrix(loss, TWO, []),
            (
                "`examples` must be a batch with one leading axis, but it is []. Stack the "
                "examples along a first axis."
            ),
        ),
        Case(
            "has no leaf",
            lambda: brackets.bracket_matrix(loss, TWO, (TWO, THREE)),
            (
                "`examples` must be a batch with one leading axis, but it is (float64[2], "
                "float64[3]). Stack the examples along a first axis."
            ),
        ),
    ],
    "brackets.gap_expansion": [
        Case(
            "field` is not a function",
            lambda: brackets.gap_expansion(3.0, TWO, 0.0, 1.0, 0.1),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not one real number",
            lambda: brackets.gap_expansion(field, TWO, 0.0, 1.0, TWO),
            (
                "`learning_rate` must be one real number, but it has shape (2,). Use jax.vmap "
                "to try several values at once."
            ),
        ),
    ],
    "brackets.gap_series": [
        Case(
            "is not a function",
            lambda: brackets.gap_series(0.1, TWO, 0.0, 1.0),
            (
                "`make_step` must be a function make_step(learning_rate), but it is the float "
                "0.1. Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "orders` is not",
            lambda: brackets.gap_series(
                lambda rate: simulate.gradient_step(field, rate), TWO, 0.0, 1.0, orders=-1
            ),
            ("`orders` must be a whole number from 0, but it is -1. Pass a Python int such as 3."),
        ),
    ],
    "brackets.momentum_gap": [
        Case(
            "field` is not a function",
            lambda: brackets.momentum_gap(3.0, TWO, TWO, 0.0, 1.0, **RATES),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.momentum_gap(field, TWO, THREE, 0.0, 1.0, **RATES),
            (
                "`velocity` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.momentum_gap(lambda p, x: p[:1], TWO, TWO, 0.0, 1.0, **RATES),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.momentum_gap(field, TWO, NAN, 0.0, 1.0, **RATES),
            "`velocity` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        Case(
            "is not one real number",
            lambda: brackets.momentum_gap(
                field, TWO, TWO, 0.0, 1.0, learning_rate="fast", momentum=0.5
            ),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
    ],
    "brackets.order_gap": [
        Case(
            "is not a function",
            lambda: brackets.order_gap(3.0, TWO, 0.0, 1.0),
            (
                "`step` must be a function step(state, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "changes the layout",
            lambda: brackets.order_gap(lambda s, x: s[:1], TWO, 0.0, 1.0),
            (
                "`step` must return float64[2], like its argument, but returned float64[1]. A "
                "step must keep the state's layout."
            ),
        ),
    ],
    "brackets.prediction_change": [
        Case(
            "predict` is not a function",
            lambda: brackets.prediction_change(3.0, TWO, TWO),
            (
                "`predict` must be a function of the parameters alone, but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is empty or has",
            lambda: brackets.prediction_change(bowl, jnp.arange(2), TWO),
            (
                "`params` must be a real floating-point array, but it is int64[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.prediction_change(bowl, TWO, THREE),
            (
                "`tangent` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Pass a tangent at these parameters."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: brackets.prediction_change(bowl, TWO, NAN),
            "`tangent` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
    ],
    "brackets.second_derivative_along": [
        Case(
            "is not a function",
            lambda: brackets.second_derivative_along(3.0, TWO, TWO),
            (
                "`field` must be a function of the parameters alone, but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not a function",
            lambda: brackets.second_derivative_along(lambda p: p[:1], TWO, TWO),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty or has",
            lambda: brackets.second_derivative_along(bowl, [], TWO),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.second_derivative_along(lambda p: p**2, TWO, THREE),
            (
                "`direction` must have the layout of `params`, float64[2], but it is "
                "float64[3]. Pass a tangent at these parameters."
            ),
        ),
        Case(
            "has another layout",
            lambda: brackets.second_derivative_along(lambda p: p**2, TWO, jnp.arange(2)),
            (
                "`direction` must be a real floating-point array, but it is int64[2]. Convert "
                "it with jnp.asarray(..., float), or keep what is not trained out of "
                "`direction`."
            ),
        ),
        Case(
            "the field is not finite",
            lambda: brackets.second_derivative_along(lambda p: p**2, TWO, NAN),
            "`direction` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
    ],
    "brackets.settled_position": [
        Case(
            "has another layout",
            lambda: brackets.settled_position(TWO, THREE, 0.5),
            (
                "`velocity` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "is not in [0, 1)",
            lambda: brackets.settled_position(TWO, TWO, 1.0),
            "`momentum` must lie in [0, 1), but it is 1.0. At 1 the velocity never settles.",
        ),
    ],
    "brackets.tensor_rms": [
        Case(
            "is not a whole number",
            lambda: brackets.tensor_rms(TWO, batch_axes=-1),
            (
                "`batch_axes` must be a whole number from 0, but it is -1. Pass a Python int "
                "such as 1."
            ),
        ),
        Case(
            "has fewer axes",
            lambda: brackets.tensor_rms(TWO, batch_axes=2),
            (
                "`tangent` must have at least 2 axes in every leaf, but one has shape (2,). "
                "Pass the number of leading axes that count tangents."
            ),
        ),
    ],
    "checks.callable_argument": [
        Case(
            "not callable",
            lambda: checks.callable_argument("loss", 3.0, "loss(params)"),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
    ],
    "checks.decay": [
        Case(
            "not in [0, 1)",
            lambda: checks.decay("b1", -0.1),
            "`b1` must lie in [0, 1), but it is -0.1.",
        ),
        Case(
            "not in [0, 1)",
            lambda: checks.decay("b1", 1.0, "It forgets nothing at 1."),
            "`b1` must lie in [0, 1), but it is 1.0. It forgets nothing at 1.",
        ),
    ],
    "checks.finite": [
        Case(
            "holds NaN",
            lambda: checks.finite("`field`", {"w": NAN}),
            (
                "`field` must be finite, but it holds NaN or infinity at finite parameters. A "
                "root, a norm and a quotient have no slope at zero: keep away from it, or smooth "
                "it there."
            ),
        ),
    ],
    "checks.manifold_dimension": [
        Case(
            "from 0 to size",
            lambda: checks.manifold_dimension(2, 2),
            (
                "`dimension` must be a whole number from 0 to 1, but it is 2. It is below the "
                "number of parameters."
            ),
        ),
        Case(
            "from 0 to size",
            lambda: checks.manifold_dimension(-1, 2),
            (
                "`dimension` must be a whole number from 0 to 1, but it is -1. It is below the "
                "number of parameters."
            ),
        ),
    ],
    "checks.matrix": [
        Case(
            "has not two axes",
            lambda: checks.matrix("target", TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "has not two axes",
            lambda: checks.matrix("target", jnp.eye(2, dtype=int), "Pass floats."),
            ("`target` must be a real floating-point matrix, but it is int64[2,2]. Pass floats."),
        ),
    ],
    "checks.not_negative": [
        Case(
            "is negative",
            lambda: checks.not_negative("iterations", -1),
            "`iterations` must not be negative, but it is -1.",
        ),
    ],
    "checks.parameters": [
        Case(
            "holds NaN",
            lambda: checks.parameters("params", []),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "holds NaN",
            lambda: checks.parameters("start", {"w": jnp.arange(2)}),
            (
                "`start['w']` must be a real floating-point array, but it is int64[2]. Convert "
                "it with jnp.asarray(..., float), or keep what is not trained out of `start`."
            ),
        ),
        Case(
            "holds NaN",
            lambda: checks.parameters("start", {"w": NAN}),
            "`start['w']` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        Case(
            "holds NaN",
            lambda: checks.parameters("params", jnp.asarray([jnp.nan], jnp.float16)),
            (
                "`params` must be finite, but it holds NaN or infinity. In float16 the 1e-8 of "
                "Adam is 0, and a gradient of 0 gives 0/0: use float32 or a larger `eps`. "
                "Otherwise the run may have diverged."
            ),
        ),
    ],
    "checks.positive": [
        Case(
            "zero or negative",
            lambda: checks.positive("batch_size", 0),
            "`batch_size` must be above 0, but it is 0.",
        ),
    ],
    "checks.real_scalar": [
        Case(
            "is not finite",
            lambda: checks.real_scalar("time", TWO),
            (
                "`time` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "is not finite",
            lambda: checks.real_scalar("time", 1j),
            (
                "`time` must be one real number, but it is complex128[]. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "is not finite",
            lambda: checks.real_scalar("time", -jnp.inf),
            "`time` must be finite, but it is -inf. Pass a number, not NaN.",
        ),
    ],
    "checks.returned_layout": [
        Case(
            "they differ",
            lambda: checks.returned_layout("`step`", TWO, THREE, "A step keeps it."),
            (
                "`step` must return float64[3], like its argument, but returned float64[2]. A "
                "step keeps it."
            ),
        ),
    ],
    "checks.returned_tangent": [
        Case(
            "layouts differ",
            lambda: checks.returned_tangent("`field`", [TWO], TWO),
            (
                "`field` must return float64[2], like its argument, but returned [float64[2]]. A "
                "field gives every parameter one rate of change."
            ),
        ),
    ],
    "checks.semidefinite": [
        Case(
            "an eigenvalue is negative",
            lambda: checks.semidefinite("noise_covariance", jnp.diag(-TWO)),
            (
                "`noise_covariance` must be positive semidefinite, but it has the eigenvalue -1. "
                "A covariance has none below 0."
            ),
        ),
    ],
    "checks.symmetric": [
        Case(
            "not a square matrix",
            lambda: checks.symmetric("hessian", jnp.ones((2, 3))),
            (
                "`hessian` must be a square matrix, but it is of shape (2, 3). Pass an array of "
                "shape (n, n)."
            ),
        ),
        Case(
            "not a square matrix",
            lambda: checks.symmetric("hessian", "round"),
            (
                "`hessian` must be a square matrix, but it is the str 'round'. Pass an array of "
                "shape (n, n)."
            ),
        ),
        Case(
            "not a square matrix",
            lambda: checks.symmetric("hessian", jnp.triu(jnp.ones((2, 2)))),
            (
                "`hessian` must be finite and symmetric, but it is not. Pass (A + A.T)/2 if the "
                "difference is rounding."
            ),
        ),
    ],
    "checks.tangent_argument": [
        Case(
            "layouts differ",
            lambda: checks.tangent_argument("velocity", TWO, THREE, like="start"),
            "`velocity` must have the layout of `start`, float64[3], but it is float64[2].",
        ),
    ],
    "checks.whole_number": [
        Case(
            "not an integer",
            lambda: checks.whole_number("steps", 0, remedy="Pass 1."),
            "`steps` must be a positive integer, but it is 0. Pass 1.",
        ),
        Case(
            "not an integer",
            lambda: checks.whole_number("steps", True),
            "`steps` must be a positive integer, but it is True.",
        ),
        Case(
            "not an integer",
            lambda: checks.whole_number("order", 9, least=2, most=8),
            "`order` must be a whole number from 2 to 8, but it is 9.",
        ),
        Case(
            "not an integer",
            lambda: checks.whole_number("order", 1.5, least=0),
            "`order` must be a whole number from 0, but it is 1.5.",
        ),
    ],
    "convergence.convergence_order": [
        Case(
            "the shapes differ",
            lambda: convergence_order([0.1], [0.1]),
            (
                "`step_sizes` and `errors` must be two vectors of one length of at least 2, but "
                "their shapes are (1,) and (1,). Pass one error for each step size."
            ),
        ),
        Case(
            "or all step sizes are alike",
            lambda: convergence_order([0.1, 0.2], [0.1, 0.0]),
            (
                "`errors` must be positive and finite to have logarithms, but they are [0.1 0. "
                "]. Leave out the points that are zero, negative or not finite."
            ),
        ),
        Case(
            "or all step sizes are alike",
            lambda: convergence_order([0.1, 0.1], [0.1, 0.2]),
            (
                "`step_sizes` must not all be alike, but all are 0.1. Measure the error at two "
                "step sizes or more."
            ),
        ),
    ],
    "datasets.intensity_and_symmetry": [
        Case(
            "images` is not",
            lambda: intensity_and_symmetry(TWO),
            (
                "`images` must be a floating-point array of shape (n, height, width) with at "
                "least one entry, but it is float64[2]. Reshape it, or convert it with "
                "jnp.asarray(..., float)."
            ),
        ),
    ],
    "datasets.standardize": [
        Case(
            "features` is not",
            lambda: standardize(TWO),
            (
                "`features` must be a floating-point array of shape (n, d) with at least one "
                "entry, but it is float64[2]. Reshape it, or convert it with jnp.asarray(..., "
                "float)."
            ),
        ),
        Case(
            "a column is constant",
            lambda: standardize(jnp.ones((3, 2))),
            (
                "`features` must vary in every column and be finite, but columns [0, 1] are "
                "constant or hold NaN or infinity. Drop them."
            ),
        ),
    ],
    "fields.flow": [
        Case(
            "is not a function or returns",
            lambda: fields.flow(3.0, TWO, 1.0),
            (
                "`field` must be a function of the parameters alone, but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not a function or returns",
            lambda: fields.flow(lambda p: p[:1], TWO, 1.0),
            (
                "The field `field` must return float64[2], like its argument, but returned "
                "float64[1]. A field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty or has",
            lambda: fields.flow(jnp.negative, [], 1.0),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "time` is not one",
            lambda: fields.flow(jnp.negative, TWO, TWO),
            (
                "`time` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "steps` is not a positive",
            lambda: fields.flow(jnp.negative, TWO, 1.0, steps=2.5),
            (
                "`steps` must be a positive integer, but it is 2.5. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
        Case(
            "params` or `time` is not finite",
            lambda: fields.flow(jnp.negative, NAN, 1.0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        Case(
            "params` or `time` is not finite",
            lambda: fields.flow(jnp.negative, TWO, jnp.inf),
            "`time` must be finite, but it is inf. Pass a number, not NaN.",
        ),
    ],
    "fields.gradient_field": [
        Case(
            "loss` is not a function",
            lambda: fields.gradient_field(3.0),
            (
                "`loss` must be a function loss(params, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "does not return a real",
            lambda: fields.gradient_field(field)(TWO, 0.0),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left, or return only the loss."
            ),
        ),
        Case(
            "does not return a real",
            lambda: fields.gradient_field(lambda p, x: 3)(TWO, 0.0),
            (
                "`loss` must return a real floating-point number, but it returned int64[]. "
                "Compute the loss in floats; a count has no gradient."
            ),
        ),
        Case(
            "is empty or has",
            lambda: fields.gradient_field(loss)({"w": jnp.arange(2)}, 0.0),
            (
                "`params['w']` must be a real floating-point array, but it is int64[2]. Convert "
                "it with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        Case(
            "or the gradient is not finite",
            lambda: fields.gradient_field(loss)(NAN, 0.0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        Case(
            "or the gradient is not finite",
            lambda: fields.gradient_field(loss)(NAN.astype(jnp.float16), 0.0),
            (
                "`params` must be finite, but it holds NaN or infinity. In float16 the 1e-8 of "
                "Adam is 0, and a gradient of 0 gives 0/0: use float32 or a larger `eps`. "
                "Otherwise the run may have diverged."
            ),
        ),
        Case(
            "or the gradient is not finite",
            lambda: fields.gradient_field(cone)(SADDLE, 0.0),
            (
                "The gradient of `loss` must be finite, but it holds NaN or infinity at finite "
                "parameters. A root, a norm and a quotient have no slope at zero: keep away "
                "from it, or smooth it there."
            ),
        ),
    ],
    "fields.lie_bracket": [
        Case(
            "u` or `v` is not",
            lambda: fields.lie_bracket(jnp.negative, 3.0),
            (
                "`v` must be a function of the parameters alone, but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "another tree, shapes or dtypes",
            lambda: fields.lie_bracket(jnp.negative, lambda p: p[:1])(TWO),
            (
                "The field `v` must return float64[2], like its argument, but returned "
                "float64[1]. A field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty or has",
            lambda: fields.lie_bracket(jnp.negative, jnp.negative)([]),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "or a field is not finite",
            lambda: fields.lie_bracket(jnp.negative, lambda p: p / 0)(TWO),
            (
                "The field `v` must be finite, but it holds NaN or infinity at finite "
                "parameters. A root, a norm and a quotient have no slope at zero: keep away "
                "from it, or smooth it there."
            ),
        ),
    ],
    "figures.Arrows": [
        Case(
            "no colour",
            lambda: figures.Arrows(0.0, 0.0, TWO, TWO, color="pink"),
            (
                "Arrows(color=…): expected one of ink, muted, blue, vermillion, green, purple, "
                "orange, sky; got 'pink'"
            ),
        ),
    ],
    "figures.Axis": [
        Case(
            "scale is none",
            lambda: figures.Axis("x", scale="sqrt"),
            "Axis(scale=…): expected one of linear, log; got 'sqrt'",
        ),
        Case(
            "two ends",
            lambda: figures.Axis("x", domain=(1,)),
            "Axis(domain=…): expected two ends, got (1,)",
        ),
    ],
    "figures.Control": [
        Case(
            "scale is none",
            lambda: figures.Control("a", "", "a", 0, 1, 0, scale="cubic"),
            "a(scale=…): expected one of linear, log, log2; got 'cubic'",
        ),
        Case(
            "below the maximum",
            lambda: figures.Control("a", "", "a", 2, 1, 1),
            "a: expected minimum < maximum, got 2 and 1",
        ),
        Case(
            "the default lies",
            lambda: figures.Control("a", "", "a", 0, 1, 2),
            "a: the default 2 lies outside of [0, 1]; move the default or widen the range",
        ),
        Case(
            "above 0",
            lambda: figures.learning_rate(0, 1, 0.5),
            "learning_rate: a log scale needs a minimum above 0, got 0",
        ),
        Case(
            "powers of two",
            lambda: figures.batch_size(1, 100, 8),
            ("batch_size: a log2 scale needs powers of two, got minimum 1, maximum 100, default 8"),
        ),
    ],
    "figures.Control.check": [
        Case(
            "kind and range",
            lambda: figures.batch_size().check(3),
            "batch_size: expected a power of two from 1 to 256, got 3",
        ),
        Case(
            "kind and range",
            lambda: RATE.check(99),
            "learning_rate: expected a number from 0.001 to 1, got 99",
        ),
        Case(
            "kind and range",
            lambda: figures.momentum().check("fast"),
            "momentum: expected a number from 0 to 0.99, got 'fast'",
        ),
        Case(
            "kind and range",
            lambda: figures.seed().check(2.5),
            "seed: expected a whole number from 0 to 99, got 2.5",
        ),
        Case(
            "kind and range",
            lambda: KIND.check(2),
            "kind: expected a whole number from 0 to 1, got 2",
        ),
    ],
    "figures.Explorer": [
        Case(
            "callable",
            lambda: explorer(3),
            "function: expected a JAX function, got int",
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[]),
            (
                "controls: expected one for each of learning_rate; missing: learning_rate; "
                "unknown: none"
            ),
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[RATE, KIND]),
            "controls: expected one for each of learning_rate; missing: none; unknown: kind",
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[RATE, RATE]),
            "controls: learning_rate appear(s) twice; give each one control",
        ),
        Case(
            "`alt` is",
            lambda: explorer(alt="  "),
            "alt: expected a description of the default picture, got none",
        ),
        Case(
            "a Picture or Readout",
            lambda: explorer(picture=lambda y: y),
            ("picture: part 0 is an array; return a Picture, or a list of Pictures and Readouts"),
        ),
        Case(
            "fit together",
            lambda: explorer(picture=lambda y: picture(figures.Line(TWO, y[:1]))),
            "Line: expected x of shape (n,) and y of shape (n,) or (m, n); got x (2,), y (1,)",
        ),
        Case(
            "two of the sliders",
            lambda: explorer(picture=lambda y: picture(drag=("learning_rate", "speed"))),
            "Picture(drag=…): expected two of the sliders learning_rate; got 'speed'",
        ),
        Case(
            "two of the sliders",
            lambda: explorer(
                lambda learning_rate, kind: TWO,
                controls=[RATE, KIND],
                picture=lambda y: picture(drag=("kind", "learning_rate")),
            ),
            "Picture(drag=…): expected two of the sliders learning_rate; got 'kind'",
        ),
        Case(
            "finite",
            lambda: explorer(picture=lambda y: curve(jnp.log(-y))),
            (
                "picture: not all numbers are finite at the default settings "
                "(learning_rate=0.1); choose defaults at which the function converges"
            ),
        ),
        Case(
            "in common",
            lambda: explorer(
                lambda kind: kind * jnp.ones(2, jnp.int32), controls=[KIND], linked_to=explorer()
            ),
            (
                "linked_to: expected a control in common with 'first', which has learning_rate; "
                "got kind"
            ),
        ),
        Case(
            "in common",
            lambda: explorer(
                controls=[figures.learning_rate(1e-3, 1.0, 0.2)], linked_to=explorer()
            ),
            (
                "linked_to: 'learning_rate' differs from that of 'first'; declare it once, and "
                "give the same control to both figures"
            ),
        ),
    ],
    "figures.Explorer.move": [
        Case(
            "name or value",
            lambda: explorer().move({"speed": 1}),
            "settings: expected some of learning_rate; got a value for 'speed'",
        ),
        Case(
            "name or value",
            lambda: explorer().move({"learning_rate": jnp.nan}),
            "learning_rate: expected a number from 0.001 to 1, got nan",
        ),
    ],
    "figures.Heatmap": [
        Case(
            "palette",
            lambda: figures.Heatmap(jnp.eye(2), palette="jet"),
            "Heatmap(palette=…): expected one of ink, sequential, diverging; got 'jet'",
        ),
    ],
    "figures.Line": [
        Case(
            "colour",
            lambda: figures.Line(TWO, TWO, color="pink"),
            (
                "Line(color=…): expected one of ink, muted, blue, vermillion, green, purple, "
                "orange, sky; got 'pink'"
            ),
        ),
    ],
    "figures.Picture": [
        Case(
            "a mark",
            lambda: picture(TWO),
            (
                "Picture: argument 0 is an array; expected marks (Line, Points, Arrows, Heatmap, "
                "Rule, Text)"
            ),
        ),
        Case(
            "aspect",
            lambda: picture(aspect="wide"),
            "Picture(aspect=…): expected None or 'equal', got 'wide'",
        ),
        Case(
            "two names",
            lambda: picture(drag="rate"),
            "Picture(drag=…): expected the names of two controls, got 'rate'",
        ),
        Case(
            "two names",
            lambda: picture(drag=("rate",)),
            "Picture(drag=…): expected the names of two controls, got ('rate',)",
        ),
    ],
    "figures.Points": [
        Case(
            "colour or no symbol",
            lambda: figures.Points(TWO, TWO, color="pink"),
            (
                "Points(color=…): expected one of ink, muted, blue, vermillion, green, purple, "
                "orange, sky; got 'pink'"
            ),
        ),
        Case(
            "colour or no symbol",
            lambda: figures.Points(TWO, TWO, symbol="star"),
            (
                "Points(symbol=…): expected one of circle, square, triangle, diamond, cross; got "
                "'star'"
            ),
        ),
    ],
    "figures.Readout": [
        Case(
            "format",
            lambda: figures.Readout(1.0, format="nice"),
            "Readout(format=…): expected a format such as '.3g', '.2e' or 'd'; got 'nice'",
        ),
    ],
    "figures.Rule": [
        Case(
            "colour",
            lambda: figures.Rule(x=1.0, color="pink"),
            (
                "Rule(color=…): expected one of ink, muted, blue, vermillion, green, purple, "
                "orange, sky; got 'pink'"
            ),
        ),
    ],
    "figures.Text": [
        Case(
            "colour",
            lambda: figures.Text(0.0, 0.0, text="a", color="pink"),
            (
                "Text(color=…): expected one of ink, muted, blue, vermillion, green, purple, "
                "orange, sky; got 'pink'"
            ),
        ),
    ],
    "figures.choice": [
        Case(
            "a list of names",
            lambda: figures.choice("a", []),
            "a(options=…): expected a list of names, got []",
        ),
        Case(
            "a list of names",
            lambda: figures.choice("a", "text"),
            "a(options=…): expected a list of names, got 'text'",
        ),
        Case(
            "default",
            lambda: figures.choice("a", ["slow", "fast"], 2),
            "a: the default 2 lies outside of [0, 1]; move the default or widen the range",
        ),
    ],
    "figures.draw": [
        Case(
            "something else",
            lambda: figures.draw([picture(), 3]),
            "picture: part 1 is int; return a Picture, or a list of Pictures and Readouts",
        ),
        Case(
            "no Picture",
            lambda: figures.draw([]),
            "picture: expected at least one Picture, got none",
        ),
        Case(
            "no Picture",
            lambda: figures.draw(figures.Readout(1.0)),
            "picture: expected at least one Picture, got none",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Line(TWO, THREE))),
            "Line: expected x of shape (n,) and y of shape (n,) or (m, n); got x (2,), y (3,)",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Points(TWO, THREE))),
            "Points: expected scalars and arrays of one shape (n,); got x (2,), y (3,)",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Arrows(TWO, TWO, 0.0, jnp.eye(2)))),
            (
                "Arrows: expected scalars and arrays of one shape (n,); got x (2,), y (2,), dx "
                "(), dy (2, 2)"
            ),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Heatmap(TWO))),
            "Heatmap: expected z of shape (rows, columns); got z (2,)",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Rule())),
            "Rule: expected either x or y, a scalar; got neither",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Rule(x=1.0, y=2.0))),
            "Rule: expected either x or y, a scalar; got x (), y ()",
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Text(TWO, 0.0, text="a"))),
            "Text: expected scalars; got x (2,), y ()",
        ),
        Case(
            "fit",
            lambda: figures.draw([picture(), figures.Readout(TWO)]),
            "Readout: expected scalars; got value (2,)",
        ),
    ],
    "figures.to_javascript": [
        Case(
            "isn't numbers",
            lambda: figures.to_javascript(random.normal, KEY),
            (
                "example_args[0]: expected a number or an array of numbers, got a random key; "
                "pass a whole number, the seed, and make the key inside of the function, "
                "jax.random.key(seed)"
            ),
            figures.UntranslatableError,
        ),
        Case(
            "isn't numbers",
            lambda: figures.to_javascript(random.key, 0),
            "a random key can't be returned; return jax.random.key_data of it",
            figures.UntranslatableError,
        ),
        Case(
            "isn't callable",
            lambda: figures.to_javascript(3.0),
            (
                "function: expected a JAX function, got float; pass the function itself, not its "
                "value"
            ),
        ),
    ],
    "landscapes.batch_moments": [
        Case(
            "values` is not",
            lambda: landscapes.batch_moments(TWO),
            (
                "`values` must be a floating-point array of shape (n, height, width, channels), "
                "but it is float64[2]. Pass what a unit normalizes."
            ),
        ),
    ],
    "landscapes.binary_cross_entropy": [
        Case(
            "the logits are not",
            lambda: landscapes.binary_cross_entropy(jnp.arange(2), TWO),
            (
                "`logits` must be a floating-point vector, but it is int64[2]. Use jax.vmap for "
                "a batch."
            ),
        ),
        Case(
            "the logits are not",
            lambda: landscapes.binary_cross_entropy(TWO, THREE),
            (
                "`targets` must be float64[2] like the logits, but it is float64[3]. For a "
                "class use jax.nn.one_hot(label, classes)."
            ),
        ),
        Case(
            "a target is not in [0, 1]",
            lambda: landscapes.binary_cross_entropy(TWO, 2 * TWO),
            ("`targets` must lie in [0, 1], but they are from 2 to 2. A target is a probability."),
        ),
    ],
    "landscapes.cross_entropy": [
        Case(
            "apply` is not a function",
            lambda: landscapes.cross_entropy(3.0),
            (
                "`apply` must be a function apply(params, x), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "the logits are not",
            lambda: landscapes.cross_entropy(lambda p, x: jnp.arange(2))(TWO, (0.0, 1)),
            (
                "`apply` must return a floating-point vector of logits for one example, but it "
                "returned int64[2]. Use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: landscapes.cross_entropy(lambda p, x: p)(TWO, (0.0, 0.5)),
            (
                "The label in `example` must be one integer, but it is float64[]. Convert it "
                "with jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: landscapes.cross_entropy(lambda p, x: p)(TWO, (0.0, 2)),
            ("The label in `example` must be from 0 to 1, but it is 2. Number the classes from 0."),
        ),
    ],
    "landscapes.factorization_loss": [
        Case(
            "target` is not",
            lambda: landscapes.factorization_loss(TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "the factors are not",
            lambda: landscapes.factorization_loss(jnp.ones((2, 3)))(UNLIKE),
            (
                "`factors` must be two matrices of shapes (2, p) and (3, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
    ],
    "landscapes.group_moments": [
        Case(
            "values` is not",
            lambda: landscapes.group_moments(jnp.ones((1, 2, 2, 3))),
            (
                "`values` must be a floating-point array of shape (n, height, width, channels) "
                "with an even number of channels, but it is float64[1,2,2,3]. Pass what a unit "
                "normalizes."
            ),
        ),
    ],
    "landscapes.logistic_loss": [
        Case(
            "or the features are not",
            lambda: landscapes.logistic_loss(1.0, (TWO, 1)),
            (
                "`params` must be a vector of weights, but it is float64[]. Pass an array of "
                "shape (d,)."
            ),
        ),
        Case(
            "or the features are not",
            lambda: landscapes.logistic_loss(TWO, (THREE, 1)),
            (
                "The features in `example` must be a vector like the weights, float64[2], but "
                "it is float64[3]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        Case(
            "the label is not",
            lambda: landscapes.logistic_loss(TWO, (TWO, 1.0)),
            (
                "The label in `example` must be one integer, but it is float64[]. Convert it "
                "with jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: landscapes.logistic_loss(TWO, (TWO, 2)),
            ("The label in `example` must be from 0 to 1, but it is 2. Number the classes from 0."),
        ),
        Case(
            "is not a pair",
            lambda: landscapes.logistic_loss(TWO, [TWO, 1]),
            (
                "`example` must be a pair (features, label), but it is [float64[2], int64[]]. "
                "Pass a tuple of the input and an integer."
            ),
        ),
    ],
    "landscapes.mlp": [
        Case(
            "is not as said",
            lambda: landscapes.mlp([4]),
            (
                "`widths` must be at least two positive integers, but it is [4]. Pass the "
                "numbers of inputs, hidden units and outputs, such as [4, 5, 3]."
            ),
        ),
        Case(
            "is not as said",
            lambda: landscapes.mlp([4, 0]),
            (
                "`widths[1]` must be a positive integer, but it is 0. Pass the numbers of "
                "inputs, hidden units and outputs, such as [4, 5, 3]."
            ),
        ),
        Case(
            "is not as said",
            lambda: landscapes.mlp([4, 2], activation="tanh"),
            (
                "`activation` must be a function of an array, but it is the str 'tanh'. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "init` raises if",
            lambda: landscapes.mlp([4, 2]).init(0),
            (
                "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use "
                "jax.vmap for many."
            ),
        ),
        Case(
            "do not fit the widths",
            lambda: landscapes.mlp([2, 1]).apply([], TWO),
            (
                "`params` must be the layers of widths [2, 1], with shapes [{'weight': (1, 2), "
                "'bias': (1,)}], but it is []. Take them from init(key) of the same network."
            ),
        ),
        Case(
            "do not fit the widths",
            lambda: landscapes.mlp([2, 1]).apply(landscapes.mlp([2, 1]).init(KEY), THREE),
            (
                "The input `x` must be a vector like the weights, float64[2], but it is "
                "float64[3]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
    ],
    "landscapes.residual_network": [
        Case(
            "an argument is not as said",
            lambda: landscapes.residual_network(channels=3),
            "`channels` must be even, but it is 3. Pass 8.",
        ),
        Case(
            "an argument is not as said",
            lambda: landscapes.residual_network(classes=0),
            "`classes` must be a positive integer, but it is 0. Pass 10.",
        ),
        Case(
            "an argument is not as said",
            lambda: landscapes.residual_network(norm="layer"),
            '`norm` must be "batch" or "group", but it is \'layer\'.',
        ),
        Case(
            "an argument is not as said",
            lambda: landscapes.residual_network(blocks=1.5),
            "`blocks` must be a positive integer, but it is 1.5. Pass 2.",
        ),
        Case(
            "init` raises if",
            lambda: network().init(0),
            (
                "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use "
                "jax.vmap for many."
            ),
        ),
        Case(
            "do not fit",
            lambda: network(classes=1).evaluate(
                *network(classes=1, norm="group").init(KEY), IMAGES[0]
            ),
            (
                "`statistics` must be [{mean: float64[2], variance: float64[2]}, {mean: "
                "float64[2], variance: float64[2]}, {mean: float64[2], variance: float64[2]}], "
                "but it is []. Take them from init(key) of the same network."
            ),
        ),
        Case(
            "do not fit",
            lambda: network(norm="group").evaluate(
                *network(norm="group").init(KEY), jnp.ones((3, 3))
            ),
            (
                "The image must be float64 of shape (height, width) with sides that are "
                "multiples of 2, but came as float64[3,3]. Use jax.vmap(evaluate, (None, None, "
                "0)) for many images, and train for a batch."
            ),
        ),
    ],
    "noise.gaussian_noise": [
        Case(
            "does not have the shape",
            lambda: noise.gaussian_noise(jnp.eye(3))(TWO, KEY),
            (
                "The covariance of the noise must be a matrix of shape (2, 2), one row for each "
                "parameter, but it is float64[3,3]."
            ),
        ),
    ],
    "noise.hessian_covariance": [
        Case(
            "loss` is not a function",
            lambda: noise.hessian_covariance(3.0, 1.0),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "scale` is not one",
            lambda: noise.hessian_covariance(bowl, TWO),
            (
                "`scale` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
    ],
    "noise.isotropic_noise": [
        Case(
            "scale` is not one",
            lambda: noise.isotropic_noise(TWO),
            (
                "`scale` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
    ],
    "noise.noisy_field": [
        Case(
            "is not a function",
            lambda: noise.noisy_field(bowl, 0.1),
            (
                "`noise` must be a function noise(params, key), but it is the float 0.1. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not one positive number",
            lambda: noise.noisy_field(bowl, still, 0),
            "`batch_size` must be above 0, but it is 0.",
        ),
        Case(
            "returns another layout",
            lambda: noise.noisy_field(bowl, lambda p, key: p[:1])(TWO, KEY),
            (
                "`noise` must return float64[2], like its argument, but returned float64[1]. "
                "Noise is a tangent: one entry a parameter."
            ),
        ),
    ],
    "polar.newton_schulz": [
        Case(
            "is not a real floating-point",
            lambda: polar.newton_schulz(TWO),
            (
                "`matrix` must be a real floating-point matrix, but it is float64[2]. Reshape a "
                "kernel or a bias to two axes."
            ),
        ),
        Case(
            "is not a real floating-point",
            lambda: polar.newton_schulz(jnp.zeros((2, 2))),
            "`matrix` must not be zero: no direction can be read from it.",
        ),
        Case(
            "steps` is not a positive",
            lambda: polar.newton_schulz(jnp.eye(2), steps=True),
            "`steps` must be a positive integer, but it is True. Muon takes 5.",
        ),
    ],
    "polar.polar_factor": [
        Case(
            "matrix` is not",
            lambda: polar.polar_factor(TWO),
            (
                "`matrix` must be a real floating-point matrix, but it is float64[2]. Reshape a "
                "kernel or a bias to two axes."
            ),
        ),
    ],
    "quasistatic.factorization_drift": [
        Case(
            "the factors are not",
            lambda: quasistatic.factorization_drift(UNLIKE, 1.0),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
        Case(
            "is not one real number",
            lambda: quasistatic.factorization_drift(PAIR, "large"),
            (
                "`scale` must be one real number, but it is the str 'large'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "is not in its range",
            lambda: quasistatic.factorization_drift(PAIR, 1.0, -0.1),
            "`finite_step` must not be negative, but it is -0.1.",
        ),
        Case(
            "is not in its range",
            lambda: quasistatic.factorization_drift(PAIR, 1.0, 0.2),
            (
                "`finite_step` must be below one over the largest eigenvalue of H, 0.2, or "
                "heavy ball diverges, but it is 0.2. Lower the learning rate."
            ),
        ),
    ],
    "quasistatic.factorization_noise": [
        Case(
            "scale` is not one",
            lambda: quasistatic.factorization_noise(TWO),
            (
                "`scale` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "the factors are not",
            lambda: quasistatic.factorization_noise(1.0)(UNLIKE, KEY),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
    ],
    "quasistatic.factorization_trace": [
        Case(
            "the factors are not",
            lambda: quasistatic.factorization_trace(TWO),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are float64[2]. Pass Factors(left, right)."
            ),
        ),
    ],
    "quasistatic.flattest_factors": [
        Case(
            "target` is not",
            lambda: quasistatic.flattest_factors(TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
    ],
    "quasistatic.imbalance": [
        Case(
            "the factors are not",
            lambda: quasistatic.imbalance(UNLIKE),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
    ],
    "quasistatic.in_chart": [
        Case(
            "chart` is not a function or",
            lambda: quasistatic.in_chart(drift(), None, jnp.zeros(1)),
            (
                "`chart` must be a function chart(coordinates), but it is the NoneType None. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "chart` is not a function or",
            lambda: quasistatic.in_chart(drift(), lambda u: u, jnp.zeros(1)),
            (
                "`chart` must take coordinates of shape (d,) to a point with 2 numbers, but "
                "from shape (1,) it gives float64[1]."
            ),
        ),
        Case(
            "leaves the image",
            lambda: quasistatic.in_chart(
                drift(), lambda u: jnp.concatenate([5 + u, u]), jnp.zeros(1)
            ),
            (
                "The motion leaves the image of `chart`: it is not the manifold of minima at "
                "these coordinates. Take the motion at the point chart(coordinates), and a "
                "chart of all of the manifold's dimensions."
            ),
        ),
    ],
    "quasistatic.largest_learning_rate": [
        Case(
            "not in its range",
            lambda: quasistatic.largest_learning_rate(-1.0),
            "`curvature` must be above 0, but it is -1.0.",
        ),
        Case(
            "not in its range",
            lambda: quasistatic.largest_learning_rate(TWO),
            (
                "`curvature` must be one real number, but it has shape (2,). Use jax.vmap to "
                "try several values at once."
            ),
        ),
    ],
    "quasistatic.manifold_drift": [
        Case(
            "loss` is not a function of",
            lambda: drift(3.0),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function of",
            lambda: drift(lambda p: p),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left."
            ),
        ),
        Case(
            "the covariance does not have",
            lambda: drift(noise_covariance=jnp.eye(3)),
            (
                "The covariance of the noise must be a matrix of shape (2, 2), one row for each "
                "parameter, but it is float64[3,3]."
            ),
        ),
        Case(
            "a number is not one real number",
            lambda: drift(learning_rate="fast"),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
        Case(
            "dimension` is not in range",
            lambda: drift(dimension=1.0),
            (
                "`dimension` must be a whole number from 0 to 1, but it is 1.0. It is below the "
                "number of parameters."
            ),
        ),
        Case(
            "the point is not a minimum",
            lambda: drift(
                point=jnp.array([1.0, 0.2]), noise_covariance=noise.hessian_covariance(valley, 1.0)
            ),
            (
                "`point` must be a minimum, but it lies about 1.9e-01 away from the nearest. "
                "Move it there with lib.quasistatic.onto_manifold(loss, point, dimension)."
            ),
        ),
        Case(
            "the point is not a minimum",
            lambda: drift(point=NAN),
            "`point` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        Case(
            "the point is not a minimum",
            lambda: drift(lambda p: jnp.sqrt(p[1] ** 2)),
            (
                "`point` must be a minimum, but `loss` has derivatives that are not finite "
                "there. A root, a norm and a quotient have no slope at zero: smooth the loss "
                "there."
            ),
        ),
        Case(
            "has a negative eigenvalue",
            lambda: drift(saddle, SADDLE),
            (
                "`point` must be a minimum, but the Hessian has the eigenvalue -2 there: the "
                "loss falls in that direction. Move the point down to the minima."
            ),
        ),
        Case(
            "do not say the dimension",
            lambda: drift(lambda p: p[0] ** 2 + 1e-6 * p[1] ** 2, SADDLE),
            (
                "The dimension of the manifold cannot be read off the eigenvalues of the "
                "Hessian, [2.e-06 2.e+00]: there is no clear gap. Pass `dimension`."
            ),
        ),
        Case(
            "do not say the dimension",
            lambda: drift(bowl, SADDLE, dimension=1),
            (
                "The loss must be flat in `dimension` = 1 directions, but the eigenvalues of "
                "its Hessian are [2. 2.]. Pass a smaller dimension."
            ),
        ),
        Case(
            "do not say the dimension",
            lambda: drift(dimension=0),
            (
                "The loss must rise in all but `dimension` = 0 directions, but the eigenvalues "
                "of its Hessian are [0. 4.]. Pass a larger dimension."
            ),
        ),
        Case(
            "the covariance is not symmetric",
            lambda: drift(noise_covariance=jnp.array([[1.0, 2.0], [0.0, 1.0]])),
            (
                "`noise_covariance` must be finite and symmetric, but it is not. Pass (A + "
                "A.T)/2 if the difference is rounding."
            ),
        ),
        Case(
            "the covariance is not symmetric",
            lambda: drift(noise_covariance=-jnp.eye(2)),
            (
                "`noise_covariance` must be positive semidefinite, but it has the eigenvalue "
                "-1. A covariance has none below 0."
            ),
        ),
        Case(
            "a number is out of range",
            lambda: drift(valley, FLOOR, jnp.eye(2), 0.1, 1.0),
            "`momentum` must lie in [0, 1), but it is 1.0. At 1 the velocity never settles.",
        ),
        Case(
            "heavy ball diverges",
            lambda: drift(learning_rate=0.6),
            (
                "`learning_rate` must be below 2(1 + momentum)/λ = 0.5, or heavy ball diverges, "
                "but it is 0.6; λ = 4 is the largest eigenvalue of the Hessian. Lower the "
                "learning rate."
            ),
        ),
    ],
    "quasistatic.manifold_flow": [
        Case(
            "steps` is not a positive",
            lambda: flow(steps=0),
            "`steps` must be a positive integer, but it is 0. Pass a Python int such as 100.",
        ),
        Case(
            "every` does not divide",
            lambda: flow(steps=10, every=3),
            (
                "`every` must divide the 10 steps, but it is 3. Pass a divisor, or 1 to keep "
                "all states."
            ),
        ),
        Case(
            "iterations` is not one",
            lambda: flow(iterations="many"),
            (
                "`iterations` must be one real number, but it is the str 'many'. Pass a float, "
                "for example 0.1."
            ),
        ),
        Case(
            "no `dimension` is given",
            lambda: jax.jit(lambda p: flow(start=p).final)(FLOOR),
            (
                "`dimension` must be given under `jit` and `vmap`, where the eigenvalues of the "
                "Hessian are not known yet."
            ),
        ),
        Case(
            "iterations` is negative",
            lambda: flow(iterations=-1),
            "`iterations` must not be negative, but it is -1.",
        ),
    ],
    "quasistatic.nearest_minimum": [
        Case(
            "the factors are not",
            lambda: quasistatic.nearest_minimum(PAIR, jnp.ones((3, 3))),
            (
                "`factors` must be two matrices of shapes (3, p) and (3, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,1]). Pass "
                "Factors(left, right)."
            ),
        ),
        Case(
            "the factors are not",
            lambda: quasistatic.nearest_minimum(PAIR, TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "steps` is not a whole",
            lambda: quasistatic.nearest_minimum(PAIR, jnp.ones((2, 3)), steps=-1),
            ("`steps` must be a whole number from 0, but it is -1. Pass a Python int such as 2."),
        ),
    ],
    "quasistatic.onto_manifold": [
        Case(
            "loss` is not a function of",
            lambda: quasistatic.onto_manifold(3.0, TWO, 1),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function of",
            lambda: quasistatic.onto_manifold(lambda p: p, TWO, 1),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left."
            ),
        ),
        Case(
            "dimension` is not in range",
            lambda: quasistatic.onto_manifold(valley, TWO, 2),
            (
                "`dimension` must be a whole number from 0 to 1, but it is 2. It is below the "
                "number of parameters."
            ),
        ),
        Case(
            "steps` is not a whole",
            lambda: quasistatic.onto_manifold(valley, TWO, 1, steps=2.5),
            ("`steps` must be a whole number from 0, but it is 2.5. Pass a Python int such as 8."),
        ),
        Case(
            "the point is not finite",
            lambda: quasistatic.onto_manifold(valley, NAN, 1),
            "`point` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
    ],
    "quasistatic.range_factor": [
        Case(
            "not in its range",
            lambda: quasistatic.range_factor(0.1, 0.5, 0),
            "`batch_size` must be above 0, but it is 0.",
        ),
    ],
    "quasistatic.scaled_setting": [
        Case(
            "not in its range",
            lambda: quasistatic.scaled_setting(quasistatic.Setting(0.1, 0.0, 1), 0.0),
            "`factor` must be above 0, but it is 0.0.",
        ),
    ],
    "quasistatic.speed_factor": [
        Case(
            "not in its range",
            lambda: quasistatic.speed_factor(0.1, 1.0),
            "`momentum` must lie in [0, 1), but it is 1.0. At 1 the velocity never settles.",
        ),
    ],
    "quasistatic.square_factorization": [
        Case(
            "target` is not a square",
            lambda: quasistatic.square_factorization(jnp.ones((2, 3)), 1.0, 1.0),
            (
                "`target` must be square, but it has shape (2, 3). For other shapes use "
                "factorization_flow."
            ),
        ),
        Case(
            "target` is not a square",
            lambda: quasistatic.square_factorization(TWO, 1.0, 1.0),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "is not one real number",
            lambda: quasistatic.square_factorization(jnp.eye(2), 1.0, "long"),
            (
                "`time` must be one real number, but it is the str 'long'. Pass a float, for "
                "example 0.1."
            ),
        ),
    ],
    "quasistatic.stationary_covariance": [
        Case(
            "not square and of one shape",
            lambda: quasistatic.stationary_covariance(jnp.ones((2, 3)), jnp.eye(2), 0.1),
            (
                "`hessian` must be a square matrix, but it is of shape (2, 3). Pass an array of "
                "shape (n, n)."
            ),
        ),
        Case(
            "not square and of one shape",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(3), 0.1),
            (
                "`hessian` and `noise_covariance` must have one shape, but they have (2, 2) and "
                "(3, 3). Restrict both to the same directions."
            ),
        ),
        Case(
            "a number is not one real number",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(2), "fast"),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(jnp.triu(jnp.ones((2, 2))), jnp.eye(2), 0.1),
            (
                "`hessian` must be finite and symmetric, but it is not. Pass (A + A.T)/2 if the "
                "difference is rounding."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(
                jnp.diag(jnp.array([1.0, 0.0])), jnp.eye(2), 0.1
            ),
            (
                "`hessian` must be positive definite, but its smallest eigenvalue is 0. "
                "Restrict it to the directions in which the loss rises."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), -jnp.eye(2), 0.1),
            (
                "`noise_covariance` must be positive semidefinite, but it has the eigenvalue "
                "-1. A covariance has none below 0."
            ),
        ),
        Case(
            "a number is out of range",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(2), 0.1, 0.0, 0),
            "`batch_size` must be above 0, but it is 0.",
        ),
        Case(
            "the iteration diverges",
            lambda: quasistatic.stationary_covariance(
                4 * jnp.eye(2), jnp.eye(2), 0.8, 0.5, continuous=False
            ),
            (
                "`learning_rate` must be below 2(1 + momentum)/λ = 0.75, or heavy ball "
                "diverges, but it is 0.8; λ = 4 is the largest eigenvalue of the Hessian. Lower "
                "the learning rate."
            ),
        ),
    ],
    "quasistatic.tangent_part": [
        Case(
            "the factors are not",
            lambda: quasistatic.tangent_part(UNLIKE, UNLIKE),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
        Case(
            "or the direction does not",
            lambda: quasistatic.tangent_part(PAIR, UNLIKE),
            (
                "`direction` must have the layout of `factors`, Factors(left=float64[2,1], "
                "right=float64[3,1]), but it is Factors(left=float64[2,1], right=float64[3,2]). "
                "Pass a tangent at these factors."
            ),
        ),
    ],
    "simulate.gradient_step": [
        Case(
            "field` is not a function",
            lambda: simulate.gradient_step("sgd", 0.1),
            (
                "`field` must be a function field(params, example), but it is the str 'sgd'. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "learning_rate` is not one",
            lambda: simulate.gradient_step(field, TWO),
            (
                "`learning_rate` must be one real number, but it has shape (2,). Use jax.vmap "
                "to try several values at once."
            ),
        ),
        Case(
            "learning_rate` is not one",
            lambda: simulate.gradient_step(field, jnp.inf),
            "`learning_rate` must be finite, but it is inf. Pass a number, not NaN.",
        ),
        Case(
            "another tree, shapes or dtypes",
            lambda: simulate.gradient_step(lambda p, x: [p], 0.1)(TWO, 0.0),
            (
                "`field` must return float64[2], like its argument, but returned [float64[2]]. "
                "A field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty, has a leaf",
            lambda: simulate.gradient_step(field, 0.1)(NAN, 0.0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
    ],
    "simulate.heavy_ball_step": [
        Case(
            "field` is not a function",
            lambda: simulate.heavy_ball_step(3.0, 0.1, 0.5),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not one real number",
            lambda: simulate.heavy_ball_step(field, 0.1, "large"),
            (
                "`momentum` must be one real number, but it is the str 'large'. Pass a float, "
                "for example 0.1."
            ),
        ),
        Case(
            "has another layout",
            lambda: simulate.heavy_ball_step(field, 0.1, 0.5)(simulate.HeavyBall(TWO, THREE), 0.0),
            (
                "`velocity` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: simulate.heavy_ball_step(field, 0.1, 0.5)(simulate.HeavyBall(TWO, NAN), 0.0),
            "`velocity` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
    ],
    "simulate.init_state": [
        Case(
            "is not one of optax",
            lambda: simulate.init_state(optax.adam, TWO),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is the function "
                "adam. Call the factory, for example optax.adam(1e-3)."
            ),
        ),
        Case(
            "another kind of parameters",
            lambda: simulate.init_state(optax.MultiSteps(SGD, 2), TWO),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is "
                "optax.MultiSteps, which only holds one. Pass "
                "optax.MultiSteps(...).gradient_transformation()."
            ),
        ),
        Case(
            "another kind of parameters",
            lambda: simulate.init_state(optax.lookahead(SGD, 5, 0.5), TWO),
            (
                "`params` must be an optax.LookaheadParams for optax.lookahead, which keeps "
                "fast and slow ones. Pass optax.LookaheadParams.init_synced(params) to "
                "init_state."
            ),
        ),
        Case(
            "is empty, has a leaf",
            lambda: simulate.init_state(SGD, {}),
            (
                "`params` must hold at least one array, but {} holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
    ],
    "simulate.optimizer_step": [
        Case(
            "is not one of optax",
            lambda: simulate.optimizer_step(0.1, loss),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is the float 0.1. "
                "Call the factory, for example optax.adam(1e-3)."
            ),
        ),
        Case(
            "is not one of optax",
            lambda: simulate.optimizer_step(SGD, 3.0),
            (
                "`loss` must be a function loss(params, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "asks for something else",
            lambda: simulate.optimizer_step(NESTED, loss)(simulate.init_state(NESTED, TWO), 0.0),
            (
                "`optimizer` stopped in its own update: TypeError: "
                "sam.<locals>.transparent_update_fn() got an unexpected keyword argument "
                "'value' It is given the gradient of one example, params, value, grad, "
                "value_fn, obj_fn and grad_fn. Write a function step(state, example) that calls "
                "it with what it asks for."
            ),
        ),
    ],
    "simulate.simulate": [
        Case(
            "is not a function or changes",
            lambda: simulate.simulate(None, TWO, THREE),
            (
                "`step` must be a function step(state, input), but it is the NoneType None. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not a function or changes",
            lambda: simulate.simulate(lambda s, x: s[:1], TWO, THREE),
            (
                "`step` must return float64[2], like its argument, but returned float64[1]. A "
                "step must keep the state's layout."
            ),
        ),
        Case(
            "holds no array",
            lambda: simulate.simulate(field, {}, THREE),
            (
                "`state` must be one or more arrays, but it is {}. Pass the parameters to start "
                "from."
            ),
        ),
        Case(
            "holds no array",
            lambda: simulate.simulate(field, "start", THREE),
            (
                "`state` must be one or more arrays, but it is 'start'. Pass the parameters to "
                "start from."
            ),
        ),
        Case(
            "the leaves of `inputs`",
            lambda: simulate.simulate(field, TWO, (TWO, THREE)),
            (
                "`inputs` must be arrays whose first axis counts the steps, but they are "
                "(float64[2], float64[3]). Stack the inputs of the steps along the first axis; "
                "if a step needs none, pass jnp.arange(n)."
            ),
        ),
        Case(
            "every` does not divide",
            lambda: simulate.simulate(field, TWO, THREE, every=2),
            (
                "`every` must divide the 3 steps, but it is 2. Pass a divisor, or 1 to keep all "
                "states."
            ),
        ),
        Case(
            "every` does not divide",
            lambda: simulate.simulate(field, TWO, THREE, every=0),
            "`every` must be a positive integer, but it is 0. Pass 1 to keep all states.",
        ),
    ],
    "valleys.curved_valley": [
        Case(
            "is not a function",
            lambda: valleys.curved_valley(3.0, bowl),
            (
                "`constraint` must be a function constraint(params), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not a function",
            lambda: valleys.curved_valley(bowl, 3.0),
            (
                "`stiffness` must be a function stiffness(params), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
    ],
    "valleys.straight_valley": [
        Case(
            "height` is not a function",
            lambda: valleys.straight_valley(3.0),
            (
                "`height` must be a function height(x), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "angle` is not one",
            lambda: valleys.straight_valley(profile, TWO),
            (
                "`angle` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "params` is not a vector",
            lambda: valleys.straight_valley(profile)(THREE),
            (
                "`params` must be a point of the plane, of shape (2,), but it is float64[3]. "
                "Use jax.vmap for many points."
            ),
        ),
    ],
    "valleys.valley_noise": [
        Case(
            "angle` is not one",
            lambda: valleys.valley_noise(angle="left"),
            (
                "`angle` must be one real number, but it is the str 'left'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "params` is not a vector",
            lambda: valleys.valley_noise()(THREE, KEY),
            (
                "`params` must be a point of the plane, of shape (2,), but it is float64[3]. "
                "Use jax.vmap for many points."
            ),
        ),
    ],
}


TESTS = Path(__file__).parent
NOT_TRANSLATED = ("test_explorer.py", "test_a_function_without_translation_names_the_figure")

# Clauses whose messages name lines of a source or need a setting: the file and the test of each.
ELSEWHERE = {
    "figures.Explorer": {"shown or saved": NOT_TRANSLATED},
    "figures.Explorer.save": {"can't be translated": NOT_TRANSLATED},
    "figures.coverage.primitives": {
        "nothing is known": ("translation/test_coverage.py", "test_a_new_primitive_is_noticed")
    },
    "figures.to_javascript": {"no rule": ("translation/test_messages.py", "test_an_operation")},
}


def public():
    """The public callables by name, `module.function`, and the methods of public classes."""
    found = {}
    for module in MODULES:
        inside = importlib.import_module(f"lib.{module}")
        for name in getattr(inside, "__all__", vars(inside)):
            value = getattr(inside, name)
            ours = getattr(value, "__module__", "").startswith(inside.__name__)
            if callable(value) and ours and not name.startswith("_"):
                found[f"{module}.{name}"] = value
                methods = vars(value) if inspect.isclass(value) else {}
                for method, inner in methods.items():
                    if inspect.isfunction(inner) and not method.startswith("_"):
                        found[f"{module}.{name}.{method}"] = inner
    return found


def clauses(function):
    """What its docstring says under `Raises`, split at semicolons and full stops, by clause.

    The value is the name of the error.
    """
    said = re.search(r"^Raises:\n((?:  .*\n?|\n(?=  ))+)", inspect.getdoc(function) or "", re.M)
    _, *parts = re.split(r"(?:^| )(\w+Error): ", " ".join(said[1].split()) if said else "")
    return {
        clause: error
        for error, text in zip(parts[::2], parts[1::2], strict=True)
        for clause in re.split(r"[;.](?:\s|$)", text)
        if clause
    }


RAISING = {name: function for name, function in public().items() if clauses(function)}


@pytest.mark.parametrize("name", RAISING)
def test_every_clause_of_raises_has_a_case(name):
    said, cases, elsewhere = clauses(RAISING[name]), CASES.get(name, []), ELSEWHERE.get(name, {})
    for clause in said:
        refers = re.findall(r"\bas \{(?:func|class)\}", clause)
        shown = any(words in clause for words in [*(case.clause for case in cases), *elsewhere])
        assert shown or refers, f"no case shows that {name} raises where {clause}"
    for words in [*(case.clause for case in cases), *elsewhere]:
        found = [clause for clause in said if words in clause]
        assert len(found) == 1, f"{words!r} is in {len(found)} clauses of {name}"
    for case in cases:
        error = next(error for clause, error in said.items() if case.clause in clause)
        assert error == case.error.__name__, f"{name} says {error} where {case.clause}"
    for file, test in elsewhere.values():
        assert f"\ndef {test}(" in (TESTS / file).read_text(encoding="utf-8"), (
            f"no {test} in {file}"
        )


def test_every_case_is_of_a_function_that_says_so():
    assert set(CASES) | set(ELSEWHERE) <= set(RAISING)


@pytest.mark.parametrize(
    ("call", "message", "error"),
    [
        pytest.param(case.call, case.message, case.error, id=f"{name}: {case.clause}")
        for name, cases in CASES.items()
        for case in cases
    ],
)
def test_the_whole_message(call, message, error, as_for_readers):
    # JAX adds a note on its frames below some messages.
    with pytest.raises(error, match=rf"^{re.escape(message)}(\n|$)"):
        call()
