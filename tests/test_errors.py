"""What bad input is told: for every clause of every `Raises`, a call and the whole message."""

import contextlib
import importlib
import inspect
import math
import re
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import optax.contrib
import pytest
import sympy
from jax import random

from lib import (
    adam,
    brackets,
    checks,
    classifiers,
    conservation,
    fields,
    figures,
    mirror,
    noise,
    polar,
    quasistatic,
    residual,
    simulate,
    valleys,
)
from lib.convergence import convergence_order
from lib.datasets import intensity_and_symmetry, standardize
from lib.fields import gradient_field
from lib.quasistatic import Factors, Setting
from lib.spectra import spectral_measure
from lib.sweep import read, sweep
from lib.valleys import Valley

# `lib.minima` is left out: its messages are those of the functions below.
MODULES = (
    "adam",
    "brackets",
    "checks",
    "classifiers",
    "conservation",
    "convergence",
    "datasets",
    "experiments",
    "fields",
    "figures",
    "figures.coverage",
    "mirror",
    "noise",
    "polar",
    "quasistatic",
    "residual",
    "simulate",
    "spectra",
    "sweep",
    "valleys",
)

KEY = random.key(0)
KEYS = random.split(KEY, 4)
TWO, THREE = jnp.ones(2), jnp.ones(3)
NAN = jnp.array([jnp.nan, 1.0])
PAIR = Factors(jnp.ones((2, 1)), jnp.ones((3, 1)))
UNLIKE = Factors(jnp.ones((2, 1)), jnp.ones((3, 2)))
FLOOR, SADDLE = jnp.array([1.0, 0.0]), jnp.zeros(2)
MOMENTS = optax.ScaleByAdamState(count=1, mu=TWO, nu=TWO)
SGD = optax.sgd(0.1)
NESTED = optax.chain(optax.contrib.sam(SGD, SGD), optax.scale(1.0))
RATES = {"learning_rate": 0.1, "momentum": 0.5}
SCALES = {"sigma": 0.1, "eps": 0.1}
IMAGES = jnp.ones((2, 8, 8))
LAYERS, ONE = jnp.array([[0.0, 0.0], [1.0, 1.0]]), jnp.ones(1)
MOMENTS_OF_FLOW = jnp.array([0.0, 1.0])
DECAYED = {"q": 1.5, "depth": 2, "weight_decay": 0.5}
RATE = figures.learning_rate(1e-3, 1.0, 0.1)
KIND = figures.choice("kind", ["slow", "fast"])

NET = conservation.linear_network((2, 2, 2))
TWO_BY_TWO = [jnp.ones((2, 2))] * 2
SUM_OF_TWO = conservation.function_network(
    lambda p, x: jnp.sum(p) * x, TWO, random.normal, laws=jnp.sum
)
NO_KEY = (
    "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use jax.vmap for "
    "many."
)


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


def drift(loss=valley, point=FLOOR, noise_covariance=None, setting=Setting(0.1), **named):  # noqa: B008
    covariance = jnp.eye(2) if noise_covariance is None else noise_covariance
    return quasistatic.manifold_drift(loss, point, covariance, setting, **named)


def flow(**named):
    given = {"start": FLOOR, "iterations": 10} | named
    return quasistatic.manifold_flow(
        valley,
        given.pop("start"),
        jnp.eye(2),
        Setting(0.1),
        iterations=given.pop("iterations"),
        **given,
    )


def adam_drift(loss=valley, point=FLOOR, dimension=1, **named):
    return adam.manifold_drift(loss, point, dimension=dimension, **(SCALES | named))


def velocity(x=1.0, h=profile, **named):
    return adam.manifold_velocity(Valley(h, 0.0), x, **SCALES | named)


def run_valley(optimizer=SGD, h=profile, angle=0.0, start=1.0, **named):
    given = {"sigma": 1.0, "steps": 4} | named
    return valleys.run_in_valley(optimizer, Valley(h, angle), start, KEY, **given)


def diffusion(loss=bowl, **named):
    return adam.adam_diffusion(loss, jnp.eye(2), **({"learning_rate": 0.1} | named))


def network(**named):
    return residual.residual_network(channels=2, blocks=1, **named)


def root_of(key, width, height=1.0):
    """A run that refuses a width that is not positive."""
    return {"x": jnp.sqrt(checks.positive("width", width)) * height * jnp.ones(3)}


def swept(function=root_of, settings=None, seeds=2, key=KEY, **named):
    given = {"width": [1.0, 2.0]} if settings is None else settings
    return sweep(function, given, seeds, key, progress=False, **named)


def if_wide(key, width):
    return {"x": width if width > 1 else -width}


def as_wide(key, width):
    return {"x": jnp.zeros(int(width))}


def in_numpy(key, width):
    return {"x": math.sqrt(width)}


def swept_again(**named):
    """The same sweep but for something, into the folder of one that is there."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        swept(out="runs.zarr")
        swept(**{"out": "runs.zarr", "resume": True} | named)


def started_with(what):
    """What a sweep is told that would go on with another."""
    return (
        f"`resume` needs the same sweep again, but runs.zarr was started with {what}. Pass what it "
        f"was started with, or another `out`."
    )


NOT_TRACED = (
    "`function` must be one program for all settings, but it asks for the value of one, in a "
    "Python `if`, a shape or NumPy. Use jnp.where, jax.lax.cond and jax.numpy."
)

LOG = figures.Axis("x", scale="log")


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
            "no `dimension` is given",
            lambda: jax.jit(lambda p: adam_drift(point=p, dimension=None))(FLOOR),
            (
                "`dimension` must be given under `jit` and `vmap`, where the eigenvalues of the "
                "Hessian are not known yet."
            ),
        ),
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
            lambda: adam_drift(sigma="large"),
            (
                "`sigma` must be one real number, but it is the str 'large'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "one of them is not positive",
            lambda: adam_drift(eps=0.0),
            "`eps` must be above 0, but it is 0.0.",
        ),
        Case(
            "the point is not a minimum",
            lambda: adam_drift(point=TWO),
            (
                "`params` must be a minimum, but it lies about 6.2e-01 away from the nearest. "
                "Move it there with lib.quasistatic.onto_manifold(loss, params, dimension=…)."
            ),
        ),
        Case(
            "has a negative eigenvalue",
            lambda: adam_drift(saddle, SADDLE),
            (
                "`params` must be a minimum, but the Hessian has the eigenvalue -2 there: the "
                "loss falls in that direction. Move the point down to the minima."
            ),
        ),
        Case(
            "eigenvalues do not say the dimension",
            lambda: adam_drift(bowl, SADDLE),
            (
                "The loss must be flat in `dimension` = 1 directions, but the eigenvalues of "
                "its Hessian are [2. 2.]. Pass a smaller dimension."
            ),
        ),
        Case(
            "eigenvalues do not say the dimension",
            lambda: adam_drift(dimension=0),
            (
                "The loss must rise in all but `dimension` = 0 directions, but the eigenvalues "
                "of its Hessian are [0. 4.]. Pass a larger dimension."
            ),
        ),
    ],
    "adam.manifold_velocity": [
        Case(
            "height is not a function",
            lambda: velocity(h=2.0),
            (
                "`height` must be a function height(x), but it is the float 2.0. Pass the function "
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
            "eps` is not positive",
            lambda: velocity(sigma=0.0),
            "`sigma` must be above 0, but it is 0.0.",
        ),
        Case(
            "$h(x)$ is not positive",
            lambda: velocity(h=lambda x: x - 3),
            (
                "`height` must be positive, but h(1) is -2. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
    ],
    "adam.refined_velocity": [
        Case(
            "b1` is not in",
            lambda: adam.refined_velocity(
                Valley(profile), 1.0, learning_rate=0.1, sigma=1.0, eps=0.1, b1=1.0
            ),
            "`b1` must lie in [0, 1), but it is 1.0.",
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
                field, TWO, MOMENTS._replace(mu=THREE), 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`moments.mu` must have the layout of `params`, float64[2], but it is "
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
                field, TWO, MOMENTS._replace(nu=NAN), 0.0, 1.0, learning_rate=0.1
            ),
            ("`moments.nu` must be finite, but it holds NaN or infinity. Pass finite numbers."),
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
                field, TWO, MOMENTS._replace(nu=-TWO), 0.0, 1.0, learning_rate=0.1
            ),
            ("`moments.nu` must not be negative, but it goes down to -1. It is a mean of squares."),
        ),
    ],
    "brackets.adam_divisor": [
        Case(
            "a number is not one real number",
            lambda: brackets.adam_divisor(MOMENTS, eps=TWO),
            (
                "`eps` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "not in its range",
            lambda: brackets.adam_divisor(MOMENTS._replace(count=0)),
            ("`moments.count` must be above 0, but it is 0."),
        ),
        Case(
            "square is negative",
            lambda: brackets.adam_divisor(MOMENTS._replace(nu=-TWO)),
            "`moments.nu` must not be negative, but it goes down to -1. It is a mean of squares.",
        ),
    ],
    "brackets.bracket_matrix": [
        Case(
            "field` is not a function, or",
            lambda: brackets.bracket_matrix(3.0, TWO, TWO),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "field` is not a function, or",
            lambda: brackets.bracket_matrix(lambda p, x: p[:1], TWO, TWO),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty or has",
            lambda: brackets.bracket_matrix(field, [], TWO),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: brackets.bracket_matrix(lambda p, x: x * p / p, SADDLE, TWO),
            (
                "`field` must be finite, but it holds NaN or infinity at finite parameters. A "
                "root, a norm and a quotient have no slope at zero: keep away from it, or smooth "
                "it there."
            ),
        ),
        Case(
            "has no leaf",
            lambda: brackets.bracket_matrix(gradient_field(loss), TWO, []),
            (
                "`examples` must be arrays whose first axis counts the examples, but they are []. "
                "Stack them along a first axis."
            ),
        ),
        Case(
            "has no leaf",
            lambda: brackets.bracket_matrix(gradient_field(loss), TWO, (TWO, THREE)),
            (
                "`examples` must be arrays whose first axis counts the examples, but they are "
                "(float64[2], float64[3]). Stack them along a first axis."
            ),
        ),
    ],
    "brackets.frozen_adam_gap": [
        Case(
            "is not in [0, 1)",
            lambda: brackets.frozen_adam_gap(
                field, TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1, b1=1.0
            ),
            ("`b1` must lie in [0, 1), but it is 1.0."),
        ),
        Case(
            "as {func}`adam_divisor` and {func}`momentum_gap`",
            lambda: brackets.frozen_adam_gap(
                lambda p, x: p[:1], TWO, MOMENTS, 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "moments have another layout",
            lambda: brackets.frozen_adam_gap(
                field, TWO, MOMENTS._replace(nu=THREE), 0.0, 1.0, learning_rate=0.1
            ),
            (
                "`moments.nu` must have the layout of `params`, float64[2], but it is "
                "float64[3]. Take the moments from the same parameters."
            ),
        ),
    ],
    "brackets.gap_expansion": [
        Case(
            "field` is not a function",
            lambda: brackets.gap_expansion(3.0, TWO, 0.0, 1.0, learning_rate=0.1),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not one real number",
            lambda: brackets.gap_expansion(field, TWO, 0.0, 1.0, learning_rate=TWO),
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
                lambda rate: simulate.gradient_step(field, learning_rate=rate),
                TWO,
                0.0,
                1.0,
                orders=-1,
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
            lambda: brackets.settled_position(TWO, THREE, momentum=0.5),
            (
                "`velocity` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "is not in [0, 1)",
            lambda: brackets.settled_position(TWO, TWO, momentum=1.0),
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
    "brackets.tangent_vectors": [
        Case(
            "is not a whole number",
            lambda: brackets.tangent_vectors(TWO, batch_axes=-1),
            (
                "`batch_axes` must be a whole number from 0, but it is -1. Pass a Python int "
                "such as 1."
            ),
        ),
        Case(
            "do not share",
            lambda: brackets.tangent_vectors((TWO, THREE), batch_axes=1),
            (
                "`tangents` must share 1 leading axes in every leaf, but it is (float64[2], "
                "float64[3]). Pass the number of leading axes that count tangents."
            ),
        ),
    ],
    "brackets.train_residual": [
        Case(
            "is not a positive integer",
            lambda: brackets.train_residual(network(), IMAGES, jnp.ones((2, 10)), KEY, steps=0),
            ("`steps` must be a positive integer, but it is 0. Pass a Python int such as 16."),
        ),
        Case(
            "is not a positive integer",
            lambda: brackets.train_residual(
                network(), IMAGES, jnp.ones((2, 10)), KEY, steps=4, every=3
            ),
            (
                "`every` must divide the 4 steps, but it is 3. Pass a divisor, or 1 to keep "
                "all states."
            ),
        ),
        Case(
            "do not fit the network",
            lambda: brackets.train_residual(
                network(), IMAGES[:, :3], jnp.ones((2, 10)), KEY, steps=2, every=1
            ),
            (
                "The images must be float64 of shape (n, height, width) with sides that are "
                "multiples of 2, but came as float64[16,3,8]. Use jax.vmap(evaluate, (None, "
                "None, 0)) for many images, and train for a batch."
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
    "checks.leading_axis": [
        Case(
            "or the lengths differ",
            lambda: checks.leading_axis("keys", (TWO, THREE), "runs", "Stack them."),
            (
                "`keys` must be arrays whose first axis counts the runs, but they are "
                "(float64[2], float64[3]). Stack them."
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
    "conservation.conserved_along": [
        Case(
            "`law` is not a function",
            lambda: conservation.conserved_along(3.0, TWO),
            (
                "`law` must be a function law(params), but it is the float 3.0. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "have no leading axis",
            lambda: conservation.conserved_along(jnp.sum, [TWO, THREE]),
            (
                "`trajectory` must be arrays whose first axis counts the places, but they are "
                "[float64[2], float64[3]]. Pass what `simulate` returns."
            ),
        ),
    ],
    "conservation.count_laws": [
        Case(
            "`metric` is not one of the two words",
            lambda: conservation.count_laws(NET, KEY, metric="round"),
            (
                "`metric` must be 'euclidean' or 'mirror', or one of these words for each layer "
                "(there are 2), but it is 'round'."
            ),
        ),
        Case(
            "`params` has other shapes",
            lambda: conservation.count_laws(NET, KEY, params=[jnp.ones((2, 2))]),
            (
                "`params` of the linear network 2-2-2 must have the shapes [(2, 2), (2, 2)], but "
                "they have [(2, 2)]. Pass a list: the matrices in the order of the product, then "
                "the hidden biases."
            ),
        ),
        Case(
            "`params` has other shapes",
            lambda: conservation.count_laws(NET, KEY, params=TWO_BY_TWO, exact=True),
            "`exact` draws integer parameters itself. Leave `params` out.",
        ),
        Case(
            "more parameters than fit",
            lambda: conservation.count_laws(conservation.relu_network((50, 50, 50)), KEY),
            (
                "The network has 5000 parameters; counting needs several 5000 × 5000 matrices "
                "(0.2 GB each) and allows 4000 parameters. Count a smaller network of the same "
                "kind."
            ),
        ),
        Case(
            "more parameters than fit",
            lambda: conservation.count_laws(
                conservation.relu_network((40, 40, 40)), KEY, "momentum"
            ),
            (
                "Momentum flow of the network has 6401 variables; counting needs several 6401 × "
                "6401 matrices (0.3 GB each) and allows 4000 variables. Count a smaller network of "
                "the same kind."
            ),
        ),
        Case(
            "a bracket is not finite",
            lambda: conservation.count_laws(
                conservation.function_network(
                    lambda p, x: jnp.sqrt(p[0]) * x, jnp.zeros(1), random.normal
                ),
                KEY,
            ),
            (
                "A field or a bracket of depth 1 is not finite at this point. Pass `params` at "
                "which the network can be differentiated once."
            ),
        ),
        Case(
            "`exact` is asked for a function",
            lambda: conservation.count_laws(
                conservation.function_network(lambda p, x: p * x, TWO, random.normal),
                KEY,
                exact=True,
            ),
            (
                "`exact` needs a network of matrices, whose brackets are polynomials with integer "
                "coefficients, but the network is a function. Leave `exact` out."
            ),
        ),
        Case(
            "could exceed",
            lambda: conservation.count_laws(
                conservation.linear_network((5,) * 19), KEY, exact=True
            ),
            (
                "An integer could exceed 2⁵³ in brackets of depth 1, where float64 rounds. Leave "
                "`exact` out."
            ),
        ),
        Case(
            "`params` has other shapes",
            lambda: conservation.count_laws(SUM_OF_TWO, KEY, params=jnp.ones(3)),
            (
                "`params` must have the layout of `network.params`, float64[2], but it is "
                "float64[3]."
            ),
        ),
        Case(
            "or is not finite",
            lambda: conservation.count_laws(SUM_OF_TWO, KEY, params=jnp.full(2, jnp.nan)),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have diverged: "
                "try a smaller learning rate."
            ),
        ),
        Case(
            "does not return a float64 array",
            lambda: conservation.count_laws(
                conservation.function_network(lambda p, x: (p * x, 0), TWO, random.normal), KEY
            ),
            (
                "`apply` must return one float64 array, but it returned (float64[2], int64[]). "
                "Return the outputs alone, computed in float64."
            ),
        ),
        Case(
            "a function has a kink at the point",
            lambda: conservation.count_laws(
                conservation.function_network(
                    lambda p, x: jnp.maximum(p, 0) * x, jnp.zeros(1), random.normal
                ),
                KEY,
            ),
            (
                "The network has a kink at this point: very close to it, 2000 of 2000 random "
                "examples have other gradients. Pass other `params`, at which no maximum has a tie "
                "and no ReLU and no absolute value stands at zero for many inputs."
            ),
        ),
        Case(
            "at zero weights",
            lambda: conservation.count_laws(NET, KEY, params=[jnp.zeros((2, 2))] * 2),
            (
                "Training can go in 0 directions at this point and in 5 close to it, so the number "
                "of laws is not what is left of 8. Pass other `params`, away from kinks, zeros and "
                "weights that are equal; for this very point there is `lie_algebra_dimension`."
            ),
        ),
        Case(
            "its gradient is not finite",
            lambda: conservation.count_laws(
                conservation.function_network(
                    lambda p, x: p * x, TWO, random.normal, lambda p: jnp.linalg.norm(p - p)
                ),
                KEY,
            ),
            (
                "The gradient of `laws` must be finite, but it holds NaN or infinity at finite "
                "parameters. A root, a norm and a quotient have no slope at zero: keep away from "
                "it, or smooth it there."
            ),
        ),
        Case(
            "`samples` is below",
            lambda: conservation.count_laws(SUM_OF_TWO, KEY, samples=10),
            (
                "`samples` must be a whole number from 18, but it is 10. The network has 2 "
                "parameters; with 16 more samples than that its rank cannot be cut off."
            ),
        ),
        Case(
            "`samples` is below",
            lambda: conservation.count_laws(NET, KEY, samples=100),
            (
                "`samples` is for the gradient flow of a function; the examples of other networks "
                "have no regions that could be missed. Leave `samples` out."
            ),
        ),
        Case(
            "is no law",
            lambda: conservation.count_laws(SUM_OF_TWO, KEY),
            (
                "Number 1 of the 1 numbers that `laws` returns is no law: the cosine between its "
                "gradient and the field of some example is 1e+00. Leave out what examples change."
            ),
        ),
        Case(
            "`flow` is not one of the two words",
            lambda: conservation.count_laws(NET, KEY, "heavy ball"),
            "`flow` must be 'gradient' or 'momentum', but it is 'heavy ball'.",
        ),
        Case(
            "for momentum flow",
            lambda: conservation.count_laws(NET, KEY, "momentum", exact=True),
            (
                "`exact` needs fields whose brackets are integers, but momentum flow is counted "
                "along walks. Leave `exact` out."
            ),
        ),
        Case(
            "a field or a bracket is not finite",
            lambda: conservation.count_laws(
                conservation.function_network(
                    lambda p, x: jnp.sqrt(p[0]) * x, jnp.full(1, 0.01), random.normal
                ),
                KEY,
                "momentum",
            ),
            (
                "A field is not finite on a walk along momentum flow. Pass `params` around which "
                "the network can be differentiated."
            ),
        ),
        Case(
            "a walk is not resolved",
            lambda: conservation.count_laws(
                conservation.function_network(
                    lambda p, x: jnp.abs(p @ p - 2) * x, jnp.ones(2) / 0.9, random.normal
                ),
                KEY,
                "momentum",
            ),
            (
                "A walk along momentum flow is not resolved: with 96 steps for a length of 1, the "
                "way there and back misses its start by 3e-02 instead of 1e-10. The function has "
                "kinks or bends too sharply; pass other `params`, or count `linear_network` or "
                "`relu_network`, which have no kinks."
            ),
        ),
        Case(
            "`direction` is not a function",
            lambda: conservation.count_laws(NET, KEY, direction=3.0),
            (
                "`direction` must be a function direction(gradient, params), but it is the float "
                "3.0. Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "it returns another layout",
            lambda: conservation.count_laws(NET, KEY, direction=lambda g, p: g[0]),
            (
                "`direction` must return [float64[2,2], float64[2,2]], like its argument, but "
                "returned float64[2,2]. Each parameter has one velocity."
            ),
        ),
        Case(
            "it is passed with another `flow`",
            lambda: conservation.count_laws(NET, KEY, "momentum", direction=lambda g, p: g),
            (
                "`direction` says everything about a flow. Leave `flow`, `metric`, `samples` and "
                "`exact` out, and put a metric into `direction`."
            ),
        ),
    ],
    "conservation.attention_network": [
        Case(
            "is not a whole number from 1",
            lambda: conservation.attention_network(KEY, width=3, head_width=0),
            "`head_width` must be a positive integer, but it is 0.",
        ),
        Case(
            "does not divide `heads`",
            lambda: conservation.attention_network(
                KEY, width=3, head_width=2, heads=3, key_heads=2
            ),
            (
                "`key_heads` must divide `heads`, but 2 does not divide 3. Every key is shared by "
                "equally many heads."
            ),
        ),
        Case(
            "is odd with rotary encodings",
            lambda: conservation.attention_network(KEY, width=3, head_width=3, rotary=True),
            (
                "`head_width` must be even for rotary encodings, which turn pairs of coordinates, "
                "but it is 3."
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.attention_network(0, width=3, head_width=2),
            NO_KEY,
        ),
    ],
    "conservation.convolutional_network": [
        Case(
            "a number is not a whole number from 1",
            lambda: conservation.convolutional_network(KEY, channels=(1, 0, 1)),
            "`hidden` must be a positive integer, but it is 0.",
        ),
        Case(
            "`channels` are not three",
            lambda: conservation.convolutional_network(KEY, channels=(1, 3)),
            (
                "`channels` must be those of the inputs, the hidden layer and the outputs, but it "
                "is (1, 3). Pass a tuple such as (1, 3, 1)."
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.convolutional_network(0, channels=(1, 3, 1)),
            NO_KEY,
        ),
    ],
    "conservation.feedforward_network": [
        Case(
            "a width is not a whole number from 1",
            lambda: conservation.feedforward_network(KEY, inputs=2, hidden=0, outputs=1),
            "`hidden` must be a positive integer, but it is 0.",
        ),
        Case(
            "`activation` is none of these words",
            lambda: conservation.feedforward_network(
                KEY, inputs=2, hidden=3, outputs=1, activation="swiglu"
            ),
            (
                '`activation` must be one of "identity", "relu", "leaky relu", "abs", "relu²", '
                '"square", "gelu", "silu", "tanh", "sigmoid", but it is \'swiglu\'.'
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.feedforward_network(0, inputs=2, hidden=3, outputs=1),
            NO_KEY,
        ),
    ],
    "conservation.mixture_network": [
        Case(
            "is not a whole number from 1",
            lambda: conservation.mixture_network(KEY, inputs=2, experts=0, hidden=1, outputs=1),
            "`experts` must be a positive integer, but it is 0.",
        ),
        Case(
            "`active` is larger than `experts`",
            lambda: conservation.mixture_network(
                KEY, inputs=2, experts=2, hidden=1, outputs=1, active=3
            ),
            "`active` must be a whole number from 1 to 2, but it is 3.",
        ),
        Case(
            "`gate` is none of these words",
            lambda: conservation.mixture_network(
                KEY, inputs=2, experts=2, hidden=1, outputs=1, gate="hard"
            ),
            (
                '`gate` must be one of "softmax", "sigmoid", "normalized sigmoid", but it is '
                "'hard'."
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.mixture_network(0, inputs=2, experts=2, hidden=1, outputs=1),
            NO_KEY,
        ),
    ],
    "conservation.normalized_network": [
        Case(
            "a width is not a whole number from 1",
            lambda: conservation.normalized_network(KEY, inputs=2, hidden=3, outputs=0),
            "`outputs` must be a positive integer, but it is 0.",
        ),
        Case(
            "`batch` not one from 2",
            lambda: conservation.normalized_network(
                KEY, inputs=2, hidden=3, outputs=1, norm="batch", batch=1
            ),
            "`batch` must be a whole number from 2, but it is 1. Pass 8.",
        ),
        Case(
            "`norm` is none of these words",
            lambda: conservation.normalized_network(
                KEY, inputs=2, hidden=3, outputs=1, norm="group"
            ),
            '`norm` must be one of "layer", "rms", "batch", but it is \'group\'.',
        ),
        Case(
            "`eps` is not a number from 0",
            lambda: conservation.normalized_network(KEY, inputs=2, hidden=3, outputs=1, eps=-1.0),
            "`eps` must not be negative, but it is -1.0.",
        ),
        Case(
            "without a batch",
            lambda: conservation.normalized_network(
                KEY, inputs=2, hidden=3, outputs=1, normalized_outputs=True
            ),
            (
                "`normalized_outputs` normalizes over a batch, but `norm` is 'layer'. Pass "
                'norm="batch".'
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.normalized_network(0, inputs=2, hidden=3, outputs=1),
            NO_KEY,
        ),
    ],
    "conservation.residual_relu_network": [
        Case(
            "a width is not a whole number from 1",
            lambda: conservation.residual_relu_network(KEY, width=0, hidden=(2,)),
            "`width` must be a positive integer, but it is 0.",
        ),
        Case(
            "there is no block",
            lambda: conservation.residual_relu_network(KEY, width=2, hidden=()),
            (
                "`hidden` must name the hidden width of at least one block, but it is empty. Pass "
                "a tuple such as (2, 2)."
            ),
        ),
        Case(
            "`key` is not one key",
            lambda: conservation.residual_relu_network(0, width=2, hidden=(2,)),
            NO_KEY,
        ),
    ],
    "conservation.transformer_network": [
        Case(
            "`heads` does not divide `width`",
            lambda: conservation.transformer_network(KEY, width=4, heads=3, hidden=2),
            (
                "`heads` must divide `width`, but 3 does not divide 4. Pass a width that is a "
                "multiple of the number of heads."
            ),
        ),
    ],
    "conservation.function_network": [
        Case(
            "`apply`, `draw_input` or `laws` is not a function",
            lambda: conservation.function_network(lambda p, x: p * x, TWO, 3.0),
            (
                "`draw_input` must be a function draw_input(key), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "`apply`, `draw_input` or `laws` is not a function",
            lambda: conservation.function_network(lambda p, x: p * x, TWO, random.normal, TWO),
            (
                "`laws` must be a function laws(params), but it is the ArrayImpl Array([1., 1.], "
                "dtype=float64). Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "`params` is empty",
            lambda: conservation.function_network(lambda p, x: p * x, [], random.normal),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
    ],
    "conservation.known_laws": [
        Case(
            "`metric` is not one of the two words",
            lambda: conservation.known_laws(NET, TWO_BY_TWO, metric=("mirror",)),
            (
                "`metric` must be 'euclidean' or 'mirror', or one of these words for each layer "
                "(there are 2), but it is ('mirror',)."
            ),
        ),
        Case(
            "`params` has other shapes",
            lambda: conservation.known_laws(
                conservation.relu_network((2, 2, 2), bias=True), TWO_BY_TWO
            ),
            (
                "`params` of the ReLU network 2-2-2 with biases must have the shapes [(2, 2), "
                "(2, 2), (2,)], but they have [(2, 2), (2, 2)]. Pass a list: the matrices in the "
                "order of the product, then the hidden biases."
            ),
        ),
    ],
    "conservation.law_function": [
        Case(
            "a symbol that is none of the network's",
            lambda: conservation.law_function(NET, sympy.Symbol("u") ** 2),
            (
                "`law` has the symbols u, which are none of the linear network 2-2-2. Use those "
                "of `network.symbols`."
            ),
        ),
    ],
    "conservation.linear_network": [
        Case(
            "fewer than two layers",
            lambda: conservation.linear_network((2, 3)),
            (
                "`widths` must name the outputs, at least one hidden layer and the inputs, but it "
                "is (2, 3). Pass a tuple such as (2, 3, 2)."
            ),
        ),
        Case(
            "a width is not a whole number from 1",
            lambda: conservation.linear_network((2, 0, 3)),
            ("`widths` must be a positive integer, but it is 0. Pass a tuple such as (2, 3, 2)."),
        ),
    ],
    "conservation.masked_count": [
        Case(
            "`widths` are not four whole numbers",
            lambda: conservation.masked_count(TWO, KEY),
            (
                "`widths` must be four whole numbers, outputs, two hidden layers and inputs, but "
                "it is float64[2]. Write a missing second hidden layer as 0."
            ),
        ),
        Case(
            "`depth` is not a whole number from 1",
            lambda: conservation.masked_count(jnp.array([2, 2, 0, 2]), KEY, depth=0),
            "`depth` must be a positive integer, but it is 0. Pass a Python int such as 3.",
        ),
    ],
    "conservation.intrinsic_defect": [
        Case(
            "`params` has other shapes than the network's, or is not finite",
            lambda: conservation.intrinsic_defect(NET, TWO_BY_TWO[:1], KEY),
            (
                "`params` of the linear network 2-2-2 must have the shapes [(2, 2), (2, 2)], but "
                "they have [(2, 2)]. Pass a list: the matrices in the order of the product, then "
                "the hidden biases."
            ),
        ),
        Case(
            "a field is not finite",
            lambda: conservation.intrinsic_defect(
                conservation.function_network(
                    lambda p, x: jnp.sqrt(p) * x, jnp.zeros(1), lambda key: random.normal(key, (1,))
                ),
                jnp.zeros(1),
                KEY,
            ),
            (
                "A field or a bracket of depth 1 is not finite at this point. Pass `params` at "
                "which the network can be differentiated once."
            ),
        ),
    ],
    "conservation.momentum_laws": [
        Case(
            "`network` is a ReLU network",
            lambda: conservation.momentum_laws(
                conservation.relu_network((2, 2, 2)), TWO_BY_TWO, TWO_BY_TWO, damping=1.0
            ),
            (
                "`network` is the ReLU network 2-2-2, which has no laws under momentum flow. Pass "
                "a network from `linear_network`."
            ),
        ),
        Case(
            "`params` has other shapes",
            lambda: conservation.momentum_laws(NET, TWO_BY_TWO[:1], TWO_BY_TWO, damping=1.0),
            (
                "`params` of the linear network 2-2-2 must have the shapes [(2, 2), (2, 2)], but "
                "they have [(2, 2)]. Pass a list: the matrices in the order of the product, then "
                "the hidden biases."
            ),
        ),
        Case(
            "`velocity` has another layout",
            lambda: conservation.momentum_laws(NET, TWO_BY_TWO, TWO_BY_TWO[:1], damping=1.0),
            (
                "`velocity` must have the layout of `params`, [float64[2,2], float64[2,2]], but it "
                "is [float64[2,2]]. Pass arrays like the parameters."
            ),
        ),
        Case(
            "is not one real number",
            lambda: conservation.momentum_laws(NET, TWO_BY_TWO, TWO_BY_TWO, damping=TWO),
            (
                "`damping` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
    ],
    "conservation.natural_direction": [
        Case(
            "`apply` is not a function",
            lambda: conservation.natural_direction(3.0, TWO, damping=0.1),
            (
                "`apply` must be a function apply(params, x), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "`inputs` have no leading axis",
            lambda: conservation.natural_direction(field, jnp.ones(()), damping=0.1),
            (
                "`inputs` must be arrays whose first axis counts the inputs, but they are "
                "float64[]. Stack the inputs on a first axis."
            ),
        ),
        Case(
            "`damping` is not one real number above 0",
            lambda: conservation.natural_direction(field, TWO, damping=0.0),
            "`damping` must be above 0, but it is 0.0.",
        ),
        Case(
            "`gradient` has not the layout",
            lambda: conservation.natural_direction(field, TWO, damping=0.1)(TWO, THREE),
            ("`gradient` must have the layout of `params`, float64[3], but it is float64[2]."),
        ),
    ],
    "conservation.polynomial_laws": [
        Case(
            "`metric` is not one of the two words",
            lambda: conservation.polynomial_laws(NET, 2, KEY, metric="round"),
            (
                "`metric` must be 'euclidean' or 'mirror', or one of these words for each layer "
                "(there are 2), but it is 'round'."
            ),
        ),
        Case(
            "`degree` is not a whole number from 1",
            lambda: conservation.polynomial_laws(NET, 0, KEY),
            "`degree` must be a positive integer, but it is 0. Pass a Python int such as 2.",
        ),
        Case(
            "so high that the equations do not fit",
            lambda: conservation.polynomial_laws(NET, 8, KEY),
            (
                "Polynomials of degree 8 in 8 parameters have 12869 coefficients, whose equations "
                "take 1.3 GB. Lower `degree`, or only count the laws with `count_laws`."
            ),
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
            lambda: fields.flow(3.0, TWO, time=1.0),
            (
                "`field` must be a function of the parameters alone, but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not a function or returns",
            lambda: fields.flow(lambda p: p[:1], TWO, time=1.0),
            (
                "The field `field` must return float64[2], like its argument, but returned "
                "float64[1]. A field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty or has",
            lambda: fields.flow(jnp.negative, [], time=1.0),
            (
                "`start` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        Case(
            "time` is not one",
            lambda: fields.flow(jnp.negative, TWO, time=TWO),
            (
                "`time` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "steps` is not a positive",
            lambda: fields.flow(jnp.negative, TWO, time=1.0, steps=2.5),
            (
                "`steps` must be a positive integer, but it is 2.5. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
        Case(
            "start` or `time` is not finite",
            lambda: fields.flow(jnp.negative, NAN, time=1.0),
            "`start` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        Case(
            "start` or `time` is not finite",
            lambda: fields.flow(jnp.negative, TWO, time=jnp.inf),
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
                "`color` of `Arrows` must be one of ink, muted, blue, vermillion, green, "
                "purple, orange, sky, but it is 'pink'."
            ),
        ),
    ],
    "figures.Axis": [
        Case(
            "scale is none",
            lambda: figures.Axis("x", scale="sqrt"),
            ("`scale` of `Axis` must be one of linear, log, but it is 'sqrt'."),
        ),
        Case(
            "two ends",
            lambda: figures.Axis("x", domain=(1,)),
            ("`domain` of `Axis` must be two ends, but it is (1,)."),
        ),
        Case(
            "they don't differ",
            lambda: figures.Axis("x", domain=(1, 1)),
            ("The ends of `domain` of `Axis` must differ, but they are (1, 1)."),
        ),
        Case(
            "not above 0",
            lambda: figures.Axis("x", scale="log", domain=(0, 1)),
            ("`domain` of `Axis` must be above 0 on a logarithmic scale, but it is (0, 1)."),
        ),
        Case(
            "has `ticks`",
            lambda: figures.Axis("x", scale="log", ticks=("a", "b")),
            (
                "`scale` of `Axis` must be linear where it has `ticks`, which stand at 0, 1, 2, …, "
                "but it is log. Leave one of the two out."
            ),
        ),
    ],
    "figures.Control": [
        Case(
            "scale is none",
            lambda: figures.Control("a", "", "a", 0, 1, 0, scale="cubic"),
            ("`scale` of `a` must be one of linear, log, log2, but it is 'cubic'."),
        ),
        Case(
            "below the maximum",
            lambda: figures.Control("a", "", "a", 2, 1, 1),
            ("`a` must have its minimum below its maximum, but they are 2 and 1."),
        ),
        Case(
            "the default lies",
            lambda: figures.Control("a", "", "a", 0, 1, 2),
            (
                "The default of `a` must lie in [0, 1], but it is 2. Move the default or "
                "widen the range."
            ),
        ),
        Case(
            "above 0",
            lambda: figures.learning_rate(0, 1, 0.5),
            ("The minimum of `learning_rate` must be above 0 for a log scale, but it is 0."),
        ),
        Case(
            "powers of two",
            lambda: figures.batch_size(1, 100, 8),
            (
                "The ends and the default of `batch_size` must be powers of two for a log2 "
                "scale, but they are 1, 100 and 8."
            ),
        ),
        Case(
            "doesn't divide the range",
            lambda: figures.number("a", 0, 1, 0.5, step=0.3),
            (
                "The `step` of `a` must divide its range, but 0.3 does not divide 0 to 1. Take "
                "another step, or let the range end at 1.2."
            ),
        ),
    ],
    "figures.Control.check": [
        Case(
            "kind and range",
            lambda: figures.batch_size().check(3),
            ("`batch_size` must be a power of two from 1 to 256, but it is 3."),
        ),
        Case(
            "kind and range",
            lambda: RATE.check(99),
            ("`learning_rate` must be a number from 0.001 to 1, but it is 99."),
        ),
        Case(
            "kind and range",
            lambda: figures.momentum().check("fast"),
            ("`momentum` must be a number from 0 to 0.99, but it is 'fast'."),
        ),
        Case(
            "kind and range",
            lambda: figures.seed().check(2.5),
            ("`seed` must be a whole number from 0 to 99, but it is 2.5."),
        ),
        Case(
            "kind and range",
            lambda: KIND.check(2),
            ("`kind` must be a whole number from 0 to 1, but it is 2."),
        ),
    ],
    "figures.Explorer": [
        Case(
            "callable",
            lambda: explorer(3),
            (
                "`function` must be a JAX function, but it is the int 3. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[]),
            (
                "`controls` must be one for each of learning_rate, but missing are: "
                "learning_rate, and unknown are: none."
            ),
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[RATE, KIND]),
            (
                "`controls` must be one for each of learning_rate, but missing are: none, and"
                " unknown are: kind."
            ),
        ),
        Case(
            "no argument",
            lambda: explorer(controls=[RATE, RATE]),
            (
                "`controls` must be one for each argument, but there are two or more for "
                "learning_rate. Give each one control."
            ),
        ),
        Case(
            "`alt` is",
            lambda: explorer(alt="  "),
            ("`alt` must describe the default picture, but it is empty."),
        ),
        Case(
            "a Picture or Readout",
            lambda: explorer(picture=lambda y: y),
            (
                "`picture` must return a Picture, or a list of Pictures and Readouts, but "
                "part 0 is an array."
            ),
        ),
        Case(
            "fit together",
            lambda: explorer(picture=lambda y: picture(figures.Line(TWO, y[:1]))),
            (
                "`Line` must have x of shape (n,) and y of shape (n,) or (m, n), but it has x"
                " (2,), y (1,)."
            ),
        ),
        Case(
            "only a linear one has",
            lambda: explorer(
                picture=lambda y: picture(figures.Heatmap(jnp.eye(2)), x=LOG),
            ),
            (
                "`x` of `Heatmap` must be above 0 on a logarithmic axis, but it is (0.0, 1.0). "
                "Pass the ends that the grid covers."
            ),
        ),
        Case(
            "two of the sliders",
            lambda: explorer(picture=lambda y: picture(drag=("learning_rate", "speed"))),
            (
                "`drag` of `Picture` must name two of the sliders learning_rate, but it names"
                " 'speed'."
            ),
        ),
        Case(
            "two of the sliders",
            lambda: explorer(
                lambda learning_rate, kind: TWO,
                controls=[RATE, KIND],
                picture=lambda y: picture(drag=("kind", "learning_rate")),
            ),
            (
                "`drag` of `Picture` must name two of the sliders learning_rate, but it names"
                " 'kind'."
            ),
        ),
        Case(
            "finite",
            lambda: explorer(picture=lambda y: curve(jnp.log(-y))),
            (
                "The numbers of `picture` must be finite at the default settings "
                "(learning_rate=0.1), but not all are. Choose defaults at which the function "
                "converges."
            ),
        ),
        Case(
            "shows nothing",
            lambda: explorer(
                picture=lambda y: figures.Picture(
                    figures.Line(TWO, y), x="x", y=figures.Axis("y", domain=(5, 6))
                )
            ),
            (
                "The `domain` of the y axis of picture 1 must show the default picture, but it is "
                "5 to 6, and the numbers lie between 0.1 and 0.1. Widen it, or leave it out."
            ),
        ),
        Case(
            "in common",
            lambda: explorer(
                lambda kind: kind * jnp.ones(2, jnp.int32), controls=[KIND], linked_to=explorer()
            ),
            (
                "`linked_to` must be a figure with a control in common, but 'first' has "
                "learning_rate, and this figure kind."
            ),
        ),
        Case(
            "in common",
            lambda: explorer(
                controls=[figures.learning_rate(1e-3, 1.0, 0.2)], linked_to=explorer()
            ),
            (
                "`linked_to` must share equal controls, but 'learning_rate' is not that of "
                "'first'. Declare it once, and give the same control to both figures."
            ),
        ),
    ],
    "figures.Explorer.move": [
        Case(
            "name or value",
            lambda: explorer().move({"speed": 1}),
            ("`settings` must be values of learning_rate, but there is one for 'speed'."),
        ),
        Case(
            "name or value",
            lambda: explorer().move({"learning_rate": jnp.nan}),
            ("`learning_rate` must be a number from 0.001 to 1, but it is nan."),
        ),
    ],
    "figures.Explorer.save": [
        Case(
            "ends in neither",
            lambda: explorer().save("figure.js"),
            "`path` must end in .html for a page or in .mjs for a module, but it is 'figure.js'.",
        ),
    ],
    "figures.Heatmap": [
        Case(
            "palette",
            lambda: figures.Heatmap(jnp.eye(2), palette="jet"),
            ("`palette` of `Heatmap` must be one of ink, sequential, diverging, but it is 'jet'."),
        ),
    ],
    "figures.Line": [
        Case(
            "colour",
            lambda: figures.Line(TWO, TWO, color="pink"),
            (
                "`color` of `Line` must be one of ink, muted, blue, vermillion, green, "
                "purple, orange, sky, but it is 'pink'."
            ),
        ),
    ],
    "figures.Picture": [
        Case(
            "a mark",
            lambda: picture(TWO),
            (
                "The arguments of `Picture` must be marks (Line, Points, Arrows, Heatmap, "
                "Rule, Text), but number 0 is an array."
            ),
        ),
        Case(
            "aspect",
            lambda: picture(aspect="wide"),
            ("`aspect` of `Picture` must be None or 'equal', but it is 'wide'."),
        ),
        Case(
            "two names",
            lambda: picture(drag="rate"),
            ("`drag` of `Picture` must be the names of two controls, but it is 'rate'."),
        ),
        Case(
            "two names",
            lambda: picture(drag=("rate",)),
            ("`drag` of `Picture` must be the names of two controls, but it is ('rate',)."),
        ),
    ],
    "figures.Points": [
        Case(
            "colour or no symbol",
            lambda: figures.Points(TWO, TWO, color="pink"),
            (
                "`color` of `Points` must be one of ink, muted, blue, vermillion, green, "
                "purple, orange, sky, but it is 'pink'."
            ),
        ),
        Case(
            "colour or no symbol",
            lambda: figures.Points(TWO, TWO, symbol="star"),
            (
                "`symbol` of `Points` must be one of circle, square, triangle, diamond, "
                "cross, but it is 'star'."
            ),
        ),
    ],
    "figures.Readout": [
        Case(
            "format",
            lambda: figures.Readout(1.0, format="nice"),
            (
                "`format` of `Readout` must be a format such as '.3g', '.2e' or 'd', but it "
                "is 'nice'."
            ),
        ),
    ],
    "figures.Rule": [
        Case(
            "colour",
            lambda: figures.Rule(x=1.0, color="pink"),
            (
                "`color` of `Rule` must be one of ink, muted, blue, vermillion, green, "
                "purple, orange, sky, but it is 'pink'."
            ),
        ),
    ],
    "figures.Text": [
        Case(
            "colour",
            lambda: figures.Text(0.0, 0.0, text="a", color="pink"),
            (
                "`color` of `Text` must be one of ink, muted, blue, vermillion, green, "
                "purple, orange, sky, but it is 'pink'."
            ),
        ),
    ],
    "figures.choice": [
        Case(
            "a list of names",
            lambda: figures.choice("a", []),
            ("`options` of `a` must be a list of names, but it is []."),
        ),
        Case(
            "a list of names",
            lambda: figures.choice("a", "text"),
            ("`options` of `a` must be a list of names, but it is 'text'."),
        ),
        Case(
            "default",
            lambda: figures.choice("a", ["slow", "fast"], 2),
            (
                "The default of `a` must lie in [0, 1], but it is 2. Move the default or "
                "widen the range."
            ),
        ),
    ],
    "figures.draw": [
        Case(
            "something else",
            lambda: figures.draw([picture(), 3]),
            (
                "`picture` must return a Picture, or a list of Pictures and Readouts, but "
                "part 1 is int."
            ),
        ),
        Case(
            "no Picture",
            lambda: figures.draw([]),
            ("`picture` must return at least one Picture, but it returned none."),
        ),
        Case(
            "no Picture",
            lambda: figures.draw(figures.Readout(1.0)),
            ("`picture` must return at least one Picture, but it returned none."),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Line(TWO, THREE))),
            (
                "`Line` must have x of shape (n,) and y of shape (n,) or (m, n), but it has x"
                " (2,), y (3,)."
            ),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Points(TWO, THREE))),
            ("`Points` must have scalars and arrays of one shape (n,), but it has x (2,), y (3,)."),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Arrows(TWO, TWO, 0.0, jnp.eye(2)))),
            (
                "`Arrows` must have scalars and arrays of one shape (n,), but it has x (2,), "
                "y (2,), dx (), dy (2, 2)."
            ),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Heatmap(TWO))),
            ("`Heatmap` must have z of shape (rows, columns), but it has z (2,)."),
        ),
        Case(
            "only a linear one has",
            lambda: figures.draw(picture(figures.Heatmap(jnp.eye(2)), x=LOG)),
            (
                "`x` of `Heatmap` must be above 0 on a logarithmic axis, but it is (0.0, 1.0). "
                "Pass the ends that the grid covers."
            ),
        ),
        Case(
            "only a linear one has",
            lambda: figures.draw(picture(x=LOG, aspect="equal")),
            (
                "`aspect` of `Picture` must be None where an axis is logarithmic, as its x axis "
                "is, but it is 'equal'. Leave it out, or make the scales linear."
            ),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Rule())),
            ("`Rule` must have either x or y, a scalar, but it has neither."),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Rule(x=1.0, y=2.0))),
            ("`Rule` must have either x or y, a scalar, but it has x (), y ()."),
        ),
        Case(
            "fit",
            lambda: figures.draw(picture(figures.Text(TWO, 0.0, text="a"))),
            ("`Text` must have scalars, but it has x (2,), y ()."),
        ),
        Case(
            "fit",
            lambda: figures.draw([picture(), figures.Readout(TWO)]),
            ("`Readout` must have scalars, but it has value (2,)."),
        ),
    ],
    "figures.to_javascript": [
        Case(
            "isn't numbers",
            lambda: figures.to_javascript(random.normal, KEY),
            (
                "`example_args[0]` must be a number or an array of numbers, but it is a "
                "random key. Pass a whole number, the seed, and make the key inside of the "
                "function, jax.random.key(seed)."
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
                "`function` must be a JAX function, but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
    ],
    "residual.batch_moments": [
        Case(
            "values` is not",
            lambda: residual.batch_moments(TWO),
            (
                "`values` must be a floating-point array of shape (n, height, width, channels), "
                "but it is float64[2]. Pass what a unit normalizes."
            ),
        ),
    ],
    "classifiers.binary_cross_entropy": [
        Case(
            "the logits are not",
            lambda: classifiers.binary_cross_entropy(jnp.arange(2), TWO),
            (
                "`logits` must be a floating-point vector, but it is int64[2]. Use jax.vmap for "
                "a batch."
            ),
        ),
        Case(
            "the logits are not",
            lambda: classifiers.binary_cross_entropy(TWO, THREE),
            (
                "`targets` must be float64[2] like the logits, but it is float64[3]. For a "
                "class use jax.nn.one_hot(label, classes)."
            ),
        ),
        Case(
            "a target is not in [0, 1]",
            lambda: classifiers.binary_cross_entropy(TWO, 2 * TWO),
            ("`targets` must lie in [0, 1], but they are from 2 to 2. A target is a probability."),
        ),
    ],
    "classifiers.cross_entropy": [
        Case(
            "apply` is not a function",
            lambda: classifiers.cross_entropy(3.0),
            (
                "`apply` must be a function apply(params, x), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "the logits are not",
            lambda: classifiers.cross_entropy(lambda p, x: jnp.arange(2))(TWO, (0.0, 1)),
            (
                "`apply` must return a floating-point vector of logits for one example, but it "
                "returned int64[2]. Use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: classifiers.cross_entropy(lambda p, x: p)(TWO, (0.0, 0.5)),
            (
                "The label in `example` must be one integer, but it is float64[]. Convert it "
                "with jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: classifiers.cross_entropy(lambda p, x: p)(TWO, (0.0, 2)),
            ("The label in `example` must be from 0 to 1, but it is 2. Number the classes from 0."),
        ),
    ],
    "quasistatic.factorization_loss": [
        Case(
            "target` is not",
            lambda: quasistatic.factorization_loss(TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "the factors are not",
            lambda: quasistatic.factorization_loss(jnp.ones((2, 3)))(UNLIKE),
            (
                "`factors` must be two matrices of shapes (2, p) and (3, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
    ],
    "residual.group_moments": [
        Case(
            "values` is not",
            lambda: residual.group_moments(jnp.ones((1, 2, 2, 3))),
            (
                "`values` must be a floating-point array of shape (n, height, width, channels) "
                "with an even number of channels, but it is float64[1,2,2,3]. Pass what a unit "
                "normalizes."
            ),
        ),
    ],
    "classifiers.logistic_loss": [
        Case(
            "or the features are not",
            lambda: classifiers.logistic_loss(1.0, (TWO, 1)),
            (
                "`params` must be a vector of weights, but it is float64[]. Pass an array of "
                "shape (d,)."
            ),
        ),
        Case(
            "or the features are not",
            lambda: classifiers.logistic_loss(TWO, (THREE, 1)),
            (
                "The features in `example` must be a vector like the weights, float64[2], but "
                "it is float64[3]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        Case(
            "the label is not",
            lambda: classifiers.logistic_loss(TWO, (TWO, 1.0)),
            (
                "The label in `example` must be one integer, but it is float64[]. Convert it "
                "with jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        Case(
            "the label is not",
            lambda: classifiers.logistic_loss(TWO, (TWO, 2)),
            ("The label in `example` must be from 0 to 1, but it is 2. Number the classes from 0."),
        ),
        Case(
            "is not a pair",
            lambda: classifiers.logistic_loss(TWO, [TWO, 1]),
            (
                "`example` must be a pair (features, label), but it is [float64[2], int64[]]. "
                "Pass a tuple of the input and an integer."
            ),
        ),
    ],
    "classifiers.mlp": [
        Case(
            "is not as said",
            lambda: classifiers.mlp([4]),
            (
                "`widths` must be at least two positive integers, but it is [4]. Pass the "
                "numbers of inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        Case(
            "is not as said",
            lambda: classifiers.mlp([4, 0]),
            (
                "`widths[1]` must be a positive integer, but it is 0. Pass the numbers of "
                "inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        Case(
            "is not as said",
            lambda: classifiers.mlp([4, 2], activation="tanh"),
            (
                "`activation` must be a function of an array, but it is the str 'tanh'. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "init` raises if",
            lambda: classifiers.mlp([4, 2]).init(0),
            (
                "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use "
                "jax.vmap for many."
            ),
        ),
        Case(
            "do not fit the widths",
            lambda: classifiers.mlp([2, 1]).apply([], TWO),
            (
                "`params` must be the layers of widths [2, 1], with shapes [{'weight': (1, 2), "
                "'bias': (1,)}], but it is []. Take them from init(key) of the same network."
            ),
        ),
        Case(
            "do not fit the widths",
            lambda: classifiers.mlp([2, 1]).apply(classifiers.mlp([2, 1]).init(KEY), THREE),
            (
                "The input `x` must be a vector like the weights, float64[2], but it is "
                "float64[3]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
    ],
    "residual.residual_network": [
        Case(
            "an argument is not as said",
            lambda: residual.residual_network(channels=3),
            "`channels` must be even, but it is 3. Pass 8.",
        ),
        Case(
            "an argument is not as said",
            lambda: residual.residual_network(classes=0),
            "`classes` must be a positive integer, but it is 0. Pass 10.",
        ),
        Case(
            "an argument is not as said",
            lambda: residual.residual_network(norm="layer"),
            '`norm` must be "batch" or "group", but it is \'layer\'.',
        ),
        Case(
            "an argument is not as said",
            lambda: residual.residual_network(blocks=1.5),
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
    "mirror.aligned_factors": [
        Case(
            "target` is not a floating",
            lambda: mirror.aligned_factors(TWO, TWO, TWO),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "a real number for each of its singular",
            lambda: mirror.aligned_factors(jnp.eye(2), TWO, THREE),
            (
                "`right` must have the shape (2,), one number for each singular value of "
                "`target`, but it is float64[3]."
            ),
        ),
        Case(
            "hidden` is not a matrix of k",
            lambda: mirror.aligned_factors(jnp.eye(2), TWO, TWO, jnp.ones((3, 2))),
            (
                "`hidden` must have 2 orthonormal columns, one for each singular value of "
                "`target`, but it is float64[3,2]. Take them from jnp.linalg.qr."
            ),
        ),
    ],
    "mirror.balance": [
        Case(
            "weights` is not a finite",
            lambda: mirror.balance(TWO, 2.0),
            (
                "`weights` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.balance(LAYERS, 0.5),
            (
                "`q` must lie in [1, 2], but it is 0.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
    ],
    "mirror.bregman_projection": [
        Case(
            "not finite real arrays of fitting",
            lambda: mirror.bregman_projection(jnp.ones((1, 3)), TWO, LAYERS),
            (
                "`design`, `targets` and `weights` must be finite, of shapes (n, k), (n,) and "
                "(L, k), but their shapes are (1, 3), (2,) and (2, 2)."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.bregman_projection(jnp.ones((1, 2)), ONE, LAYERS, q=3.0),
            (
                "`q` must lie in [1, 2], but it is 3.0. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "an argument is traced",
            lambda: jax.jit(lambda y: mirror.bregman_projection(jnp.ones((1, 2)), y, LAYERS))(ONE),
            (
                "The arguments of `bregman_projection` must be numbers, but one is traced. SciPy "
                "finds the projection; call it outside of jit, vmap and grad."
            ),
        ),
        Case(
            "two layers share",
            lambda: mirror.bregman_projection(jnp.ones((1, 2)), ONE, jnp.ones((2, 2))),
            (
                "`weights` must have one smallest layer in each coordinate, but two share it. The "
                "sign of such a coordinate cannot change; start one layer smaller."
            ),
        ),
        Case(
            "rows of `design` are",
            lambda: mirror.bregman_projection(jnp.ones((2, 2)), TWO, LAYERS),
            (
                "`design` must have linearly independent rows, fewer than columns, but it has not. "
                "Leave out the rows that follow from others."
            ),
        ),
    ],
    "mirror.decay_exponent": [
        Case(
            "q` is not one real",
            lambda: mirror.decay_exponent(2.5, 3),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "depth` is not a whole",
            lambda: mirror.decay_exponent(1.5, 0),
            (
                "`depth` must be a positive integer, but it is 0. Pass the number of layers, such "
                "as 3."
            ),
        ),
    ],
    "mirror.decay_penalty": [
        Case(
            "effective` is not a finite",
            lambda: mirror.decay_penalty(NAN, **DECAYED),
            "`effective` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        Case(
            "q` is not one real",
            lambda: mirror.decay_penalty(TWO, **(DECAYED | {"q": 0.9})),
            (
                "`q` must lie in [1, 2], but it is 0.9. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "depth` is not a whole",
            lambda: mirror.decay_penalty(TWO, **(DECAYED | {"depth": 1.5})),
            (
                "`depth` must be a positive integer, but it is 1.5. Pass the number of layers, "
                "such as 3."
            ),
        ),
        Case(
            "weight_decay` is negative",
            lambda: mirror.decay_penalty(TWO, **(DECAYED | {"weight_decay": -0.5})),
            "`weight_decay` must not be negative, but it is -0.5.",
        ),
    ],
    "mirror.dense_flow": [
        Case(
            "loss` is not a function to",
            lambda: mirror.dense_flow(3.0, LAYERS, LAYERS, MOMENTS_OF_FLOW, q=2.0),
            (
                "`loss` must be a function loss(product), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function to",
            lambda: mirror.dense_flow(lambda w: w, LAYERS, LAYERS, MOMENTS_OF_FLOW, q=2.0),
            (
                "`loss` must return one number, but it returned float64[2,2]. Sum or average over "
                "what is left."
            ),
        ),
        Case(
            "the flow cannot be followed",
            lambda: mirror.dense_flow(
                lambda w: -(w**3).sum() / 3, ONE[None], ONE[None], MOMENTS_OF_FLOW, q=2.0
            ),
            (
                "The flow could not be followed beyond the time 0.25: it grows without bound "
                "there, or is too stiff for the solver. Stop earlier, or start elsewhere."
            ),
        ),
        Case(
            "loss` is not a function to",
            lambda: mirror.dense_flow(
                lambda w: jnp.log(w - 9).sum(), LAYERS, LAYERS, MOMENTS_OF_FLOW, q=2.0
            ),
            (
                "`loss` must be finite along the flow, but it is NaN or infinite. Start "
                "elsewhere, or stop earlier."
            ),
        ),
        Case(
            "are not finite real matrices",
            lambda: mirror.dense_flow(jnp.sum, LAYERS, jnp.ones((2, 3)), MOMENTS_OF_FLOW, q=2.0),
            (
                "`left` and `right` must have the shapes (n, r) and (m, r), but they have (2, 2) "
                "and (2, 3). The product is left @ right.T."
            ),
        ),
        Case(
            "times` do not increase",
            lambda: mirror.dense_flow(jnp.sum, LAYERS, LAYERS, jnp.array([1.0, 0.5]), q=2.0),
            (
                "`times` must increase from 0, but they are [1.  0.5]. Pass an array such as "
                "jnp.linspace(0, 10, 101)."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.dense_flow(jnp.sum, LAYERS, LAYERS, MOMENTS_OF_FLOW, q=2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "norm` is none",
            lambda: mirror.dense_flow(
                jnp.sum, LAYERS, LAYERS, MOMENTS_OF_FLOW, q=2.0, norm="spectral"
            ),
            (
                "`norm` must be 'entrywise' or 'schatten', but it is 'spectral'. The first acts on "
                "the entries of a gradient, the second on its singular values."
            ),
        ),
        Case(
            "an argument is traced",
            lambda: jax.jit(
                lambda w: mirror.dense_flow(jnp.sum, w, LAYERS, MOMENTS_OF_FLOW, q=2.0)
            )(LAYERS),
            (
                "The arguments of `dense_flow` must be numbers, but one is traced. SciPy "
                "integrates the flow; call it outside of jit, vmap and grad."
            ),
        ),
    ],
    "mirror.dense_laws": [
        Case(
            "a width is not a positive",
            lambda: mirror.dense_laws(2, 0, 2, q=1.5),
            (
                "`hidden` must be a positive integer, but it is 0. Pass the width of a layer, such "
                "as 3."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.dense_laws(2, 2, 2, q=0.5),
            (
                "`q` must lie in [1, 2], but it is 0.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "norm` is none",
            lambda: mirror.dense_laws(2, 2, 2, q=1.5, norm=2),
            (
                "`norm` must be 'entrywise' or 'schatten', but it is 2. The first acts on the "
                "entries of a gradient, the second on its singular values."
            ),
        ),
    ],
    "mirror.dense_velocity": [
        Case(
            "not finite real matrices of fitting",
            lambda: mirror.dense_velocity(jnp.eye(3), LAYERS, LAYERS, q=2.0),
            (
                "`gradient` must have the shape of the product, (2, 2), but it has the shape (3, "
                "3). It is the gradient with respect to left @ right.T."
            ),
        ),
        Case(
            "not finite real matrices of fitting",
            lambda: mirror.dense_velocity(jnp.eye(2), LAYERS, jnp.full((2, 2), jnp.nan), q=2.0),
            ("`right` must be finite, but it holds NaN or infinity. Pass finite numbers."),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.dense_velocity(jnp.eye(2), LAYERS, LAYERS, q=2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "norm` is none",
            lambda: mirror.dense_velocity(jnp.eye(2), LAYERS, LAYERS, q=2.0, norm="muon"),
            (
                "`norm` must be 'entrywise' or 'schatten', but it is 'muon'. The first acts on the "
                "entries of a gradient, the second on its singular values."
            ),
        ),
        Case(
            "smooth` is negative",
            lambda: mirror.dense_velocity(jnp.eye(2), LAYERS, LAYERS, q=1.0, smooth=-0.1),
            "`smooth` must not be negative, but it is -0.1.",
        ),
    ],
    "mirror.diagonal_descent": [
        Case(
            "loss` is not a function to",
            lambda: mirror.diagonal_descent(3.0, LAYERS, SGD, steps=2),
            (
                "`loss` must be a function loss(effective), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "weights` is not a finite",
            lambda: mirror.diagonal_descent(jnp.sum, TWO, SGD, steps=2),
            (
                "`weights` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "optimizer` is not one",
            lambda: mirror.diagonal_descent(jnp.sum, LAYERS, 0.1, steps=2),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is the float 0.1. "
                "Call the factory, for example optax.adam(1e-3)."
            ),
        ),
        Case(
            "steps` is not a positive",
            lambda: mirror.diagonal_descent(jnp.sum, LAYERS, SGD, steps=0),
            "`steps` must be a positive integer, but it is 0. Pass a Python int such as 1000.",
        ),
        Case(
            "every` not a divisor",
            lambda: mirror.diagonal_descent(jnp.sum, LAYERS, SGD, steps=4, every=3),
            (
                "`every` must divide the 4 steps, but it is 3. Pass a divisor, or 1 to keep all "
                "states."
            ),
        ),
        Case(
            "divides 0 by 0",
            lambda: mirror.diagonal_descent(jnp.sum, LAYERS, optax.adamw(1e-3, eps=0.0), steps=2),
            (
                "The first step must be finite, but it is NaN or infinite, and 2 of the 4 weights "
                "have the gradient 0. Adam with eps = 0 divides 0 by 0 there: pass an eps above "
                "0, such as 1e-8."
            ),
        ),
        Case(
            "a later one is not finite",
            lambda: mirror.diagonal_descent(bowl, 9 * LAYERS + 9, SGD, steps=20),
            (
                "The weights must stay finite, but after 6 steps they are NaN or infinite. Try a "
                "smaller learning rate, or a start nearer to the minimum."
            ),
        ),
    ],
    "mirror.escape_time": [
        Case(
            "as at an exact saddle",
            lambda: mirror.escape_time(0.5, 0.0, q=2.0, depth=3),
            (
                "`start` must be above 0, but it is 0.0. With all weights at 0 it is an exact "
                "saddle, which no flow leaves."
            ),
        ),
        Case(
            "`target` or `minimum` is not",
            lambda: mirror.escape_time(0.0, 0.1, q=2.0, depth=3),
            "`target` must be above 0, but it is 0.0.",
        ),
        Case(
            "q` is not one real",
            lambda: mirror.escape_time(0.5, 0.1, q=3.0, depth=3),
            (
                "`q` must lie in [1, 2], but it is 3.0. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "depth` is not a whole",
            lambda: mirror.escape_time(0.5, 0.1, q=2.0, depth=0),
            (
                "`depth` must be a positive integer, but it is 0. Pass the number of layers, such "
                "as 3."
            ),
        ),
        Case(
            "`minimum` is not above",
            lambda: mirror.escape_time(0.5, 0.1, q=2.0, depth=3, minimum=0.5),
            (
                "`minimum` must be above `target`, but they are 0.5 and 0.5. The force vanishes at "
                "the minimum; choose a target before it."
            ),
        ),
    ],
    "mirror.hidden_volume": [
        Case(
            "are not finite real matrices",
            lambda: mirror.hidden_volume(TWO, LAYERS),
            (
                "`left` must be a real floating-point matrix, but it is float64[2]. Pass an array "
                "of shape (m, n)."
            ),
        ),
    ],
    "mirror.inverse_metric": [
        Case(
            "not finite real floating-point",
            lambda: mirror.inverse_metric(THREE, LAYERS, 2.0),
            (
                "`effective` and `weights` must have the shapes (k,) and (L, k), but they have "
                "(3,) and (2, 2). Stack the layers on the first axis."
            ),
        ),
        Case(
            "not finite real floating-point",
            lambda: mirror.inverse_metric(TWO, jnp.full((2, 2), jnp.nan), 2.0),
            (
                "`weights` must be finite, but they hold NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.inverse_metric(TWO, LAYERS, 2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
    ],
    "mirror.learning_rate_window": [
        Case(
            "as at an exact saddle",
            lambda: mirror.learning_rate_window(3, 0.0, steps=10),
            (
                "`start` must be above 0, but it is 0.0. With all weights at 0 it is an exact "
                "saddle, which no flow leaves."
            ),
        ),
        Case(
            "`tolerance` is not one",
            lambda: mirror.learning_rate_window(3, 0.1, steps=0),
            "`steps` must be above 0, but it is 0.",
        ),
        Case(
            "depth` is not a whole",
            lambda: mirror.learning_rate_window(2.5, 0.1, steps=10),
            (
                "`depth` must be a positive integer, but it is 2.5. Pass the number of layers, "
                "such as 3."
            ),
        ),
        Case(
            "q` is",
            lambda: mirror.learning_rate_window(3, 0.1, steps=10, q=0.5),
            (
                "`q` must lie in [1, 2], but it is 0.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
    ],
    "mirror.metric_exponent": [
        Case(
            "q` is not one real",
            lambda: mirror.metric_exponent(0.9, 3),
            (
                "`q` must lie in [1, 2], but it is 0.9. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "depth` is not a whole",
            lambda: mirror.metric_exponent(1.5, 0),
            (
                "`depth` must be a positive integer, but it is 0. Pass the number of layers, such "
                "as 3."
            ),
        ),
    ],
    "mirror.schatten_direction": [
        Case(
            "tree of finite real floating-point matrices",
            lambda: mirror.schatten_direction(TWO, 1.5),
            (
                "`gradient` must be a real floating-point matrix, but it is float64[2]. For a "
                "vector there is steepest_direction."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.schatten_direction(LAYERS, "sign"),
            (
                "`q` must be one real number, but it is the str 'sign'. Pass a float, for example "
                "0.1."
            ),
        ),
        Case(
            "q` is not in",
            lambda: mirror.schatten_direction(LAYERS, 2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
    ],
    "mirror.steepest_descent": [
        Case(
            "learning_rate` is not above",
            lambda: mirror.steepest_descent(0.0, q=2.0),
            "`learning_rate` must be above 0, but it is 0.0.",
        ),
        Case(
            "q` is not one real",
            lambda: mirror.steepest_descent(0.1, q=3.0),
            (
                "`q` must lie in [1, 2], but it is 3.0. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "weight_decay` is negative",
            lambda: mirror.steepest_descent(0.1, q=2.0, weight_decay=-0.1),
            "`weight_decay` must not be negative, but it is -0.1.",
        ),
    ],
    "mirror.steepest_direction": [
        Case(
            "tree of finite real",
            lambda: mirror.steepest_direction(jnp.ones(2, int), 1.5),
            (
                "`gradient` must be a real floating-point array, but it is int64[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `gradient`."
            ),
        ),
        Case(
            "clock` is none",
            lambda: mirror.steepest_direction(TWO, 1.5, clock="fast"),
            (
                "`clock` must be 'flow', 'unit' or 'steepest', but it is 'fast'. They differ in "
                "speed and not in path."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.steepest_direction(TWO, "sign"),
            (
                "`q` must be one real number, but it is the str 'sign'. Pass a float, for example "
                "0.1."
            ),
        ),
        Case(
            "q` is not in",
            lambda: mirror.steepest_direction(TWO, 2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
    ],
    "mirror.steepest_flow": [
        Case(
            "loss` is not a function to",
            lambda: mirror.steepest_flow(3.0, LAYERS, MOMENTS_OF_FLOW, q=2.0),
            (
                "`loss` must be a function loss(effective), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function to",
            lambda: mirror.steepest_flow(lambda x: x, LAYERS, MOMENTS_OF_FLOW, q=2.0),
            (
                "`loss` must return one number, but it returned float64[2]. Sum or average over "
                "what is left."
            ),
        ),
        Case(
            "the flow cannot be followed",
            lambda: mirror.steepest_flow(
                lambda x: -(x**3).sum() / 3, jnp.ones((2, 1)), MOMENTS_OF_FLOW, q=1.5
            ),
            (
                "The flow could not be followed beyond the time 0.6667: it grows without bound "
                "there, or is too stiff for the solver. Stop earlier, or start elsewhere."
            ),
        ),
        Case(
            "loss` is not a function to",
            lambda: mirror.steepest_flow(
                lambda x: jnp.log(x).sum(), LAYERS, MOMENTS_OF_FLOW, q=2.0
            ),
            (
                "`loss` must be finite along the flow, but it is NaN or infinite. Start "
                "elsewhere, or stop earlier."
            ),
        ),
        Case(
            "weights` is not a finite",
            lambda: mirror.steepest_flow(jnp.sum, TWO, MOMENTS_OF_FLOW, q=2.0),
            (
                "`weights` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "times` do not increase",
            lambda: mirror.steepest_flow(jnp.sum, LAYERS, jnp.array([1.0, 0.5]), q=2.0),
            (
                "`times` must increase from 0, but they are [1.  0.5]. Pass an array such as "
                "jnp.linspace(0, 10, 101)."
            ),
        ),
        Case(
            "q` is not one real",
            lambda: mirror.steepest_flow(jnp.sum, LAYERS, MOMENTS_OF_FLOW, q=2.5),
            (
                "`q` must lie in [1, 2], but it is 2.5. At 1 it is sign descent, at 2 gradient "
                "descent."
            ),
        ),
        Case(
            "weight_decay` is negative",
            lambda: mirror.steepest_flow(
                jnp.sum, LAYERS, MOMENTS_OF_FLOW, q=2.0, weight_decay=-0.1
            ),
            "`weight_decay` must not be negative, but it is -0.1.",
        ),
        Case(
            "an argument is traced",
            lambda: jax.jit(lambda w: mirror.steepest_flow(jnp.sum, w, MOMENTS_OF_FLOW, q=2.0))(
                LAYERS
            ),
            (
                "The arguments of `steepest_flow` must be numbers, but one is traced. SciPy "
                "integrates the flow; call it outside of jit, vmap and grad."
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
    "noise.box_muller": [
        Case("is not one random key", lambda: noise.box_muller(0, (2,)), NO_KEY),
        Case(
            "is not a tuple of whole numbers",
            lambda: noise.box_muller(KEY, 50),
            (
                "`shape` must be a tuple of whole numbers, but it is int64[]. Pass a tuple such as "
                "(50,)."
            ),
        ),
        Case(
            "is not a tuple of whole numbers",
            lambda: noise.box_muller(KEY, (-1,)),
            "`shape` must be a whole number from 0, but it is -1. Pass a tuple such as (50,).",
        ),
    ],
    "noise.hessian_covariance": [
        Case(
            "loss` is not a function",
            lambda: noise.hessian_covariance(3.0, sigma=1.0),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "sigma` is not one",
            lambda: noise.hessian_covariance(bowl, sigma=TWO),
            (
                "`sigma` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
    ],
    "noise.isotropic_noise": [
        Case(
            "sigma` is not one",
            lambda: noise.isotropic_noise(sigma=TWO),
            (
                "`sigma` must be one real number, but it has shape (2,). Use jax.vmap to try "
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
            lambda: noise.noisy_field(bowl, still, batch_size=0),
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
            lambda: quasistatic.factorization_drift(UNLIKE, sigma=1.0),
            (
                "`factors` must be two matrices of shapes (m, p) and (n, p) and of one dtype, "
                "but they are Factors(left=float64[2,1], right=float64[3,2]). Pass "
                "Factors(left, right)."
            ),
        ),
        Case(
            "is not one real number",
            lambda: quasistatic.factorization_drift(PAIR, sigma="large"),
            (
                "`sigma` must be one real number, but it is the str 'large'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "is not in its range",
            lambda: quasistatic.factorization_drift(PAIR, sigma=1.0, finite_step=-0.1),
            "`finite_step` must not be negative, but it is -0.1.",
        ),
        Case(
            "is not in its range",
            lambda: quasistatic.factorization_drift(PAIR, sigma=1.0, finite_step=0.2),
            (
                "`finite_step` must be below one over the largest eigenvalue of H, 0.2, or "
                "heavy ball diverges, but it is 0.2. Lower the learning rate."
            ),
        ),
    ],
    "quasistatic.factorization_noise": [
        Case(
            "sigma` is not one",
            lambda: quasistatic.factorization_noise(sigma=TWO),
            (
                "`sigma` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "the factors are not",
            lambda: quasistatic.factorization_noise(sigma=1.0)(UNLIKE, KEY),
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
            "setting` is not a `Setting`",
            lambda: drift(setting=Setting("fast")),
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
                point=jnp.array([1.0, 0.2]),
                noise_covariance=noise.hessian_covariance(valley, sigma=1.0),
            ),
            (
                "`params` must be a minimum, but it lies about 1.9e-01 away from the nearest. "
                "Move it there with lib.quasistatic.onto_manifold(loss, params, dimension=…)."
            ),
        ),
        Case(
            "the point is not a minimum",
            lambda: drift(point=NAN),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have diverged: "
                "try a smaller learning rate."
            ),
        ),
        Case(
            "the point is not a minimum",
            lambda: drift(lambda p: jnp.sqrt(p[1] ** 2)),
            (
                "`params` must be a minimum, but `loss` has derivatives that are not finite "
                "there. A root, a norm and a quotient have no slope at zero: smooth the loss "
                "there."
            ),
        ),
        Case(
            "has a negative eigenvalue",
            lambda: drift(saddle, SADDLE),
            (
                "`params` must be a minimum, but the Hessian has the eigenvalue -2 there: the "
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
            lambda: drift(setting=Setting(0.1, 1.0)),
            "`momentum` must lie in [0, 1), but it is 1.0. At 1 the velocity never settles.",
        ),
        Case(
            "heavy ball diverges",
            lambda: drift(setting=Setting(0.6)),
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
            lambda: quasistatic.onto_manifold(3.0, TWO, dimension=1),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "loss` is not a function of",
            lambda: quasistatic.onto_manifold(lambda p: p, TWO, dimension=1),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left."
            ),
        ),
        Case(
            "dimension` is not in range",
            lambda: quasistatic.onto_manifold(valley, TWO, dimension=2),
            (
                "`dimension` must be a whole number from 0 to 1, but it is 2. It is below the "
                "number of parameters."
            ),
        ),
        Case(
            "steps` is not a whole",
            lambda: quasistatic.onto_manifold(valley, TWO, dimension=1, steps=2.5),
            ("`steps` must be a whole number from 0, but it is 2.5. Pass a Python int such as 8."),
        ),
        Case(
            "params` is not finite",
            lambda: quasistatic.onto_manifold(valley, NAN, dimension=1),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have diverged: "
                "try a smaller learning rate."
            ),
        ),
    ],
    "quasistatic.speed_factor": [
        Case(
            "not in its range",
            lambda: quasistatic.speed_factor(Setting(0.1, 1.0)),
            "`momentum` must lie in [0, 1), but it is 1.0. At 1 the velocity never settles.",
        ),
    ],
    "quasistatic.square_factorization": [
        Case(
            "target` is not a square",
            lambda: quasistatic.square_factorization(jnp.ones((2, 3)), sigma=1.0, time=1.0),
            (
                "`target` must be square, but it has shape (2, 3). For other shapes use "
                "factorization_flow."
            ),
        ),
        Case(
            "target` is not a square",
            lambda: quasistatic.square_factorization(TWO, sigma=1.0, time=1.0),
            (
                "`target` must be a real floating-point matrix, but it is float64[2]. Pass an "
                "array of shape (m, n)."
            ),
        ),
        Case(
            "is not one real number",
            lambda: quasistatic.square_factorization(jnp.eye(2), sigma=1.0, time="long"),
            (
                "`time` must be one real number, but it is the str 'long'. Pass a float, for "
                "example 0.1."
            ),
        ),
    ],
    "quasistatic.stationary_covariance": [
        Case(
            "not square and of one shape",
            lambda: quasistatic.stationary_covariance(jnp.ones((2, 3)), jnp.eye(2), Setting(0.1)),
            (
                "`hessian` must be a square matrix, but it is of shape (2, 3). Pass an array of "
                "shape (n, n)."
            ),
        ),
        Case(
            "not square and of one shape",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(3), Setting(0.1)),
            (
                "`hessian` and `noise_covariance` must have one shape, but they have (2, 2) and "
                "(3, 3). Restrict both to the same directions."
            ),
        ),
        Case(
            "setting` is not a `Setting`",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(2), Setting("fast")),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(
                jnp.triu(jnp.ones((2, 2))), jnp.eye(2), Setting(0.1)
            ),
            (
                "`hessian` must be finite and symmetric, but it is not. Pass (A + A.T)/2 if the "
                "difference is rounding."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(
                jnp.diag(jnp.array([1.0, 0.0])), jnp.eye(2), Setting(0.1)
            ),
            (
                "`hessian` must be positive definite, but its smallest eigenvalue is 0. "
                "Restrict it to the directions in which the loss rises."
            ),
        ),
        Case(
            "not symmetric and definite",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), -jnp.eye(2), Setting(0.1)),
            (
                "`noise_covariance` must be positive semidefinite, but it has the eigenvalue "
                "-1. A covariance has none below 0."
            ),
        ),
        Case(
            "a number is out of range",
            lambda: quasistatic.stationary_covariance(jnp.eye(2), jnp.eye(2), Setting(0.1, 0.0, 0)),
            "`batch_size` must be above 0, but it is 0.",
        ),
        Case(
            "the iteration diverges",
            lambda: quasistatic.stationary_covariance(
                4 * jnp.eye(2), jnp.eye(2), Setting(0.8, 0.5), continuous=False
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
    "simulate.ensemble": [
        Case(
            "run` is not a function",
            lambda: simulate.ensemble(3.0, KEYS),
            (
                "`run` must be a function run(key), or run(setting, key) with settings, but it is "
                "the float 3.0. Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "share a first axis",
            lambda: simulate.ensemble(random.normal, (TWO, THREE)),
            (
                "`keys` must be arrays whose first axis counts the runs, but they are (float64[2], "
                "float64[3]). Pass jax.random.split(key, n)."
            ),
        ),
        Case(
            "share a first axis",
            lambda: simulate.ensemble(lambda setting, key: setting, KEYS, 3.0),
            (
                "`settings` must be arrays whose first axis counts the settings, but they are "
                "float64[]. Stack them along a first axis."
            ),
        ),
        Case(
            "fewer than two keys",
            lambda: simulate.ensemble(random.normal, KEYS[:1]),
            (
                "`keys` must be at least two, for a standard error, but there is 1. Pass "
                "jax.random.split(key, n)."
            ),
        ),
    ],
    "simulate.field_step": [
        Case(
            "field` is not a function",
            lambda: simulate.field_step(SGD, 3.0),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        Case(
            "the tangent has another layout",
            lambda: simulate.field_step(SGD, lambda p, x: p[:1])(
                simulate.init_state(SGD, TWO), 1.0
            ),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: simulate.field_step(SGD, lambda p, x: x * p)(
                simulate.init_state(SGD, TWO), jnp.nan
            ),
            (
                "`field` must be finite, but it holds NaN or infinity at finite parameters. A "
                "root, a norm and a quotient have no slope at zero: keep away from it, or smooth "
                "it there."
            ),
        ),
        Case(
            "asks for something else",
            lambda: simulate.field_step(optax.polyak_sgd(), field)(
                simulate.init_state(optax.polyak_sgd(), TWO), 1.0
            ),
            (
                "`optimizer` stopped in its own update: TypeError: "
                "scale_by_polyak.<locals>.update_fn() missing 1 required keyword-only argument: "
                "'value' It is given the gradient of one example, params, grad. Write a function "
                "step(state, example) that calls it with what it asks for."
            ),
        ),
    ],
    "simulate.gradient_step": [
        Case(
            "field` is not a function",
            lambda: simulate.gradient_step("sgd", learning_rate=0.1),
            (
                "`field` must be a function field(params, example), but it is the str 'sgd'. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "learning_rate` is not one",
            lambda: simulate.gradient_step(field, learning_rate=TWO),
            (
                "`learning_rate` must be one real number, but it has shape (2,). Use jax.vmap "
                "to try several values at once."
            ),
        ),
        Case(
            "learning_rate` is not one",
            lambda: simulate.gradient_step(field, learning_rate=jnp.inf),
            "`learning_rate` must be finite, but it is inf. Pass a number, not NaN.",
        ),
        Case(
            "another tree, shapes or dtypes",
            lambda: simulate.gradient_step(lambda p, x: [p], learning_rate=0.1)(TWO, 0.0),
            (
                "`field` must return float64[2], like its argument, but returned [float64[2]]. "
                "A field gives every parameter one rate of change."
            ),
        ),
        Case(
            "is empty, has a leaf",
            lambda: simulate.gradient_step(field, learning_rate=0.1)(NAN, 0.0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
    ],
    "simulate.heavy_ball_step": [
        Case(
            "field` is not a function",
            lambda: simulate.heavy_ball_step(3.0, learning_rate=0.1, momentum=0.5),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "is not one real number",
            lambda: simulate.heavy_ball_step(field, learning_rate=0.1, momentum="large"),
            (
                "`momentum` must be one real number, but it is the str 'large'. Pass a float, "
                "for example 0.1."
            ),
        ),
        Case(
            "has another layout",
            lambda: simulate.heavy_ball_step(field, learning_rate=0.1, momentum=0.5)(
                simulate.HeavyBall(TWO, THREE), 0.0
            ),
            (
                "`velocity` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Start from zeros like the parameters."
            ),
        ),
        Case(
            "one of them is not finite",
            lambda: simulate.heavy_ball_step(field, learning_rate=0.1, momentum=0.5)(
                simulate.HeavyBall(TWO, NAN), 0.0
            ),
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
                "'grad' It is given the gradient of one example, params, grad, value, value_fn, "
                "obj_fn, grad_fn. Write a function step(state, example) that calls it with what "
                "it asks for."
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
    "spectra.spectral_measure": [
        Case(
            "loss` is not a function",
            lambda: spectral_measure(3.0, TWO, TWO, steps=1),
            (
                "`loss` must be a function loss(params), but it is the float 3.0. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        Case(
            "does not return one real number",
            lambda: spectral_measure(lambda p: p, TWO, TWO, steps=1),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left, or return only the loss."
            ),
        ),
        Case(
            "tree of finite real floating-point arrays",
            lambda: spectral_measure(saddle, NAN, TWO, steps=1),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have diverged: "
                "try a smaller learning rate."
            ),
        ),
        Case(
            "not one of its layout",
            lambda: spectral_measure(saddle, TWO, THREE, steps=1),
            (
                "`direction` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Pass the gradient, or a random tree like `params`."
            ),
        ),
        Case(
            "steps` is not a whole number from 1 to the number of parameters",
            lambda: spectral_measure(saddle, TWO, TWO, steps=3),
            (
                "`steps` must be a whole number from 1 to 2, but it is 3. Each step finds one of "
                "as many values as parameters."
            ),
        ),
        Case(
            "has a part in fewer eigenvalues than there are steps",
            lambda: spectral_measure(saddle, TWO, FLOOR, steps=2),
            (
                "`direction` must have a part in as many eigenvalues of a finite Hessian as there "
                "are `steps`, 2, but Lanczos broke down before. Take fewer steps, or a random "
                "direction."
            ),
        ),
    ],
    "sweep.read": [
        Case(
            "is not a path",
            lambda: read(None),
            (
                "`path` must be the path of a folder, but it is the NoneType None. Pass a path "
                'such as "runs.zarr".'
            ),
        ),
        Case(
            "there is no sweep",
            lambda: read("nowhere.zarr"),
            "nowhere.zarr holds no sweep. Pass the folder that `sweep` got as `out`.",
        ),
    ],
    "sweep.sweep": [
        Case(
            "is not a function",
            lambda: swept(3.0),
            (
                "`function` must be a function function(key, **setting), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        Case(
            "does not take these settings",
            lambda: swept(settings={"width_": [1.0]}),
            (
                "`function` does not take these settings: missing a required argument: 'width'. It "
                "has width, height besides the key. Did you mean `width`?"
            ),
        ),
        Case(
            "does not take these settings",
            lambda: swept(settings={"width": 1.0, "q": 1.0}),
            (
                "`function` does not take these settings: got an unexpected keyword argument 'q'. "
                "It has width, height besides the key. Change `settings`."
            ),
        ),
        Case(
            "refuses a setting's smallest or largest",
            lambda: swept(settings={"width": [1.0, -2.0, 3.0]}),
            "`width` must be above 0, but it is -2.0.",
        ),
        Case(
            "refuses a setting's smallest or largest",
            lambda: swept(settings=[{"width": 1.0}, {"width": 0.0}]),
            "`width` must be above 0, but it is 0.0.",
        ),
        Case(
            "something else than arrays of real numbers",
            lambda: swept(lambda key, width: {"x": None}),
            (
                "`function` must return an array of real numbers, or a dict or named tuple of "
                'them, but it returned {x: None}. Give each a name, {"x": …}, and a dtype that '
                "NumPy knows."
            ),
        ),
        Case(
            "something else than arrays of real numbers",
            lambda: swept(lambda key, width: {"key": key}),
            (
                "`function` must return an array of real numbers, or a dict or named tuple of "
                'them, but it returned {key: key<fry>[]}. Give each a name, {"x": …}, and a dtype '
                "that NumPy knows."
            ),
        ),
        Case(
            "with names of their own",
            lambda: swept(lambda key, width: {"width": width}),
            (
                "`function` must not return a variable called 'width'. Choose a Python name other "
                "than width, key, seed, setting, status."
            ),
        ),
        Case(
            "with names of their own",
            lambda: swept(lambda key, width: {"a/b": width}),
            (
                "`function` must not return a variable called 'a/b'. Choose a Python name other "
                "than width, key, seed, setting, status."
            ),
        ),
        Case("asks for the value of a setting", lambda: swept(if_wide), NOT_TRACED),
        Case("asks for the value of a setting", lambda: swept(as_wide), NOT_TRACED),
        Case("asks for the value of a setting", lambda: swept(in_numpy), NOT_TRACED),
        Case(
            "does not take these settings",
            lambda: swept(max),
            (
                "`function` must say what it takes, as functions written in Python do, but no "
                "signature found for builtin <built-in function max>. Wrap it: lambda key, x: …"
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings=[{}]),
            (
                "`settings` must be a dict or a list of dicts of numbers, but it is the list [{}]. "
                'Pass a dict such as {"learning_rate": [0.1, 0.2]}, or a list of such dicts.'
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings={"width": [1.0, jnp.nan]}),
            "The setting `width` must be numbers, but it holds NaN. Leave it out.",
        ),
        Case(
            "or is one of XLA's generator",
            lambda: swept(key=random.key(0, impl="rbg")),
            (
                "`key` must give a run numbers of its own, but under `vmap` those of rbg depend on "
                'the other runs. Pass jax.random.key(0, impl="threefry2x32").'
            ),
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(attributes={"x": "metres"}),
            "`attributes` of x must be a dict of text and numbers, but they are 'metres'.",
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(dimensions=["time"]),
            "`dimensions` must be a dict by name, but it is the list ['time'].",
        ),
        Case(
            "different devices of this process",
            lambda: swept(devices="cpu"),
            (
                "`devices` must be different devices of this process, but they are 'cpu'. Pass "
                "some of jax.local_devices()."
            ),
        ),
        Case(
            "`out` is not a path",
            lambda: swept(out=3),
            (
                "`out` must be the path of a folder, but it is int64[]. Pass a path such as "
                '"runs.zarr".'
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings=3.0),
            (
                "`settings` must be a dict or a list of dicts of numbers, but it is float64[]. "
                'Pass a dict such as {"learning_rate": [0.1, 0.2]}, or a list of such dicts.'
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings=[3.0]),
            (
                "`settings` must be a dict or a list of dicts of numbers, but it is the list "
                '[3.0]. Pass a dict such as {"learning_rate": [0.1, 0.2]}, or a list of such dicts.'
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings=[{"width": 1.0}, {"height": 1.0}]),
            (
                "The dicts in `settings` must have the same names, but number 0 has width, and "
                "number 1 has height. Give every setting a value in each."
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings={"width": [[1.0], [2.0, 3.0]]}),
            (
                "The setting `width` must be a number or a vector of numbers, but it is "
                "the list [[1.0], [2.0, 3.0]]."
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(settings={"seed": [1.0]}),
            (
                "A setting cannot be called 'seed'. Choose a Python name other than key, seed, "
                "setting, status."
            ),
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(seeds=0),
            "`seeds` must be a positive integer, but it is 0. Pass how many runs.",
        ),
        Case(
            "`settings` or `seeds` are not as said",
            lambda: swept(seeds=[1, 1]),
            (
                "`seeds` must be how many, or different whole numbers from 0 to 2³² − 1, but they "
                "are [1, 1]. Pass a number such as 100, or range(100, 200)."
            ),
        ),
        Case("is not one random key", lambda: swept(key=0), NO_KEY),
        Case(
            "do not fit what the function returns",
            lambda: swept(dimensions={"x": ["time", "space"]}),
            (
                "`dimensions` must name the 1 axes of x, float64[3], each differently and as "
                "nothing else, but it names time, space."
            ),
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(dimensions={"y": ["time"]}),
            "`dimensions` are given for y, but `function` returns x.",
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(
                lambda key, width: {"x": TWO, "y": THREE}, dimensions={"x": ["t"], "y": ["t"]}
            ),
            (
                "The axis t must have one length, but y has 3 and another variable 2. Name them "
                "differently in `dimensions`."
            ),
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(dimensions={"x": ["time"]}, coordinates={"time": [0, 1]}),
            (
                "`coordinates` must be the values along an axis of a variable, but time is "
                "int64[2], and the axes are width of 2, seed of 2, time of 3."
            ),
        ),
        Case(
            "do not fit what the function returns",
            lambda: swept(attributes={"width_": {"units": "1"}}),
            (
                "`attributes` are given for width_, which is no part of the results. Did you mean "
                "width?"
            ),
        ),
        Case(
            "is not a positive integer",
            lambda: swept(chunk_size=0),
            "`chunk_size` must be a positive integer, but it is 0. Pass a Python int.",
        ),
        Case(
            "`out` exists",
            lambda: swept_again(resume=False),
            (
                "`out` must be a new folder, but runs.zarr exists. Pass resume=True to go on with "
                "it, or choose another."
            ),
        ),
        Case(
            "holds something else than a sweep",
            lambda: swept(out="/", resume=True),
            "`out` must be a folder of a sweep, but / holds none. Choose another.",
        ),
        Case(
            "another call has started it",
            lambda: swept_again(settings={"width": [1.0, 3.0]}),
            started_with("other values of width"),
        ),
        Case(
            "another call has started it",
            lambda: swept_again(settings={"height": [1.0, 3.0], "width": 1.0}),
            started_with("other axes or variables: seed, status, width, x"),
        ),
        Case(
            "another call has started it",
            lambda: swept_again(key=random.key(1)),
            started_with("another `key`"),
        ),
        Case(
            "another call has started it",
            lambda: swept_again(chunk_size=2),
            started_with("another `chunk_size`: its chunks are 1 × 1"),
        ),
        Case(
            "another call has started it",
            lambda: swept_again(function=lambda key, width: {"x": 2 * jnp.sqrt(width) * THREE}),
            started_with("another `function`: it compiles to another program"),
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
    "valleys.Valley.along": [
        Case(
            "along its last axis",
            lambda: Valley(profile).along(THREE),
            (
                "`params` must be points of the plane, of shape (…, 2), but it is float64[3]. Pass "
                "both coordinates along the last axis."
            ),
        ),
        Case(
            "angle` is not one real number",
            lambda: Valley(profile, "left").along(TWO),
            (
                "`angle` must be one real number, but it is the str 'left'. Pass a float, for "
                "example 0.1."
            ),
        ),
    ],
    "valleys.Valley.height_and_slope": [
        Case(
            "height` is not a function, or not positive",
            lambda: Valley(lambda x: x).height_and_slope(-1.0),
            (
                "`height` must be positive, but h(-1) is -1. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
        Case(
            "x` is not one real number",
            lambda: Valley(profile).height_and_slope(TWO),
            (
                "`x` must be one real number, but it has shape (2,). Use jax.vmap to try several "
                "values at once."
            ),
        ),
    ],
    "valleys.Valley.hessian_noise": [
        Case(
            "height` is not a function",
            lambda: Valley(2.0).hessian_noise(sigma=1.0),
            (
                "`height` must be a function height(x), but it is the float 2.0. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "sigma` is not one real number",
            lambda: Valley(profile).hessian_noise(sigma=TWO),
            (
                "`sigma` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
    ],
    "valleys.Valley.loss": [
        Case(
            "height` is not a function",
            lambda: Valley(2.0).loss(TWO),
            (
                "`height` must be a function height(x), but it is the float 2.0. Pass the function "
                "itself, not the value it returns."
            ),
        ),
        Case(
            "angle` is not one real number",
            lambda: Valley(profile, TWO).loss(TWO),
            (
                "`angle` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        Case(
            "a vector of two real floats",
            lambda: Valley(profile).loss(THREE),
            (
                "`params` must be a point of the plane, of shape (2,), but it is float64[3]. Use "
                "jax.vmap for many points."
            ),
        ),
    ],
    "valleys.Valley.noise": [
        Case(
            "angle` is not one real number",
            lambda: Valley(profile, "left").noise()(TWO, KEY),
            (
                "`angle` must be one real number, but it is the str 'left'. Pass a float, for "
                "example 0.1."
            ),
        ),
        Case(
            "a vector of two real floats",
            lambda: Valley(profile).noise()(THREE, KEY),
            (
                "`params` must be a point of the plane, of shape (2,), but it is float64[3]. Use "
                "jax.vmap for many points."
            ),
        ),
    ],
    "valleys.Valley.point": [
        Case(
            "is not one real number",
            lambda: Valley(profile).point(TWO),
            (
                "`x` must be one real number, but it has shape (2,). Use jax.vmap to try several "
                "values at once."
            ),
        ),
    ],
    "valleys.run_in_valley": [
        Case(
            "is not one of optax",
            lambda: run_valley(optimizer=0.1),
            (
                "`optimizer` must be an optax.GradientTransformation, but it is the float 0.1. "
                "Call the factory, for example optax.adam(1e-3)."
            ),
        ),
        Case(
            "height is not a function",
            lambda: run_valley(h=2.0),
            (
                "`height` must be a function height(x), but it is the float 2.0. Pass the function "
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
                "`height` must be positive, but h(1) is -1. The valley rises on both sides only "
                "where h > 0."
            ),
        ),
    ],
}


TESTS = Path(__file__).parent
NOT_TRANSLATED = ("test_explorer.py", "test_a_function_without_translation_names_the_figure")

# Clauses whose messages name lines of a source or need a setting: the file and the test of each.
IN_WORDS = ("test_experiments.py", "test_what_is_refused_is_said_with_exit_code_2")
ELSEWHERE = {
    "experiments.experiment": {"none of that name": IN_WORDS},
    "experiments.run": {"no such setting": IN_WORDS},
    "experiments.picture": {
        "not those of an experiment": ("test_experiments.py", "test_what_is_run_can_be_drawn"),
        "more than 8 lines": ("test_experiments.py", "test_what_is_run_can_be_drawn"),
    },
    "figures.Explorer": {"shown or saved": NOT_TRANSLATED},
    "figures.Explorer.save": {"can't be translated": NOT_TRANSLATED},
    "figures.coverage.primitives": {
        "nothing is known": ("translation/test_coverage.py", "test_a_new_primitive_is_noticed")
    },
    "figures.to_javascript": {"no rule": ("translation/test_messages.py", "test_an_operation")},
    "sweep.sweep": {
        "one run takes more": ("test_sweep.py", "test_chunks_fit_into_the_memory"),
        "there are several processes": ("test_sweep.py", "test_several_processes_need_a_folder"),
        "another process": ("test_sweep.py", "test_a_killed_sweep_goes_on_with_other_devices"),
        "`out` cannot be made": ("test_sweep.py", "test_a_folder_that_cannot_be_made_is_said"),
        "cannot be written": (
            "test_sweep.py",
            "test_a_full_disk_is_said_and_nothing_half_written_counts",
        ),
    },
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
