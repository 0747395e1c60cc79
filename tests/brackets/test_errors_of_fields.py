"""What bad input is told, by every function that measures what an order changes."""

import re

import jax
import jax.numpy as jnp
import optax
import pytest

from lib.brackets import (
    adam_gap,
    bracket_matrix,
    gap_expansion,
    gap_series,
    momentum_gap,
    order_gap,
    settled_gap,
)
from lib.fields import gradient_field, lie_bracket
from lib.simulate import HeavyBall, gradient_step, heavy_ball_step, init_state, optimizer_step

pytestmark = pytest.mark.usefixtures("as_for_readers")

X, Y = jnp.array([1.0, 2.0]), jnp.array([-1.0, 0.5])
ZERO = jnp.zeros(2)
SGD = optax.sgd(0.1, momentum=0.9)
RATES = {"learning_rate": 0.1, "momentum": 0.9}


def good_loss(params, example):
    return jnp.sum((params - example) ** 2)


def of_fields(field, params):
    """The functions that take a field `field(params, example)`."""
    zero = jax.tree.map(jnp.zeros_like, params)
    moments = optax.ScaleByAdamState(count=0, mu=zero, nu=zero)
    return {
        "lie_bracket": lambda: lie_bracket(lambda p: field(p, X), lambda p: field(p, Y))(params),
        "order_gap": lambda: order_gap(gradient_step(field, learning_rate=0.1), params, X, Y),
        "order_gap, momentum": lambda: order_gap(
            heavy_ball_step(field, learning_rate=0.1, momentum=0.9), HeavyBall(params, zero), X, Y
        ),
        "gap_expansion": lambda: gap_expansion(field, params, X, Y, learning_rate=0.1),
        "gap_series": lambda: gap_series(
            lambda rate: gradient_step(field, learning_rate=rate), params, X, Y
        ),
        "momentum_gap": lambda: momentum_gap(field, params, zero, X, Y, **RATES),
        "adam_gap": lambda: adam_gap(field, params, moments, X, Y, learning_rate=0.1),
    }


def of_losses(loss, params):
    """The functions that take a loss, and those that take its field."""
    zero = jax.tree.map(jnp.zeros_like, params)
    step = optimizer_step(SGD, loss)
    return of_fields(gradient_field(loss), params) | {
        "optimizer_step": lambda: step(init_state(SGD, params), X),
        "order_gap, optax": lambda: order_gap(step, init_state(SGD, params), X, Y),
        "gap_series, optax": lambda: gap_series(
            lambda rate: optimizer_step(optax.sgd(rate), loss),
            init_state(optax.sgd(0.1), params),
            X,
            Y,
        ),
        "settled_gap": lambda: settled_gap(gradient_field(loss), params, zero, X, Y, **RATES),
        "bracket_matrix": lambda: bracket_matrix(gradient_field(loss), params, jnp.stack([X, Y])),
    }


FIELD_NAMES = list(of_fields(gradient_field(good_loss), ZERO))
LOSS_NAMES = list(of_losses(good_loss, ZERO))


NOT_FINITE = (
    "must be finite, but it holds NaN or infinity at finite parameters. A root, a norm and a "
    "quotient have no slope at zero: keep away from it, or smooth it there."
)


def whole(words):
    """A pattern for a whole message; JAX adds a note on its frames below some."""
    return rf"^{re.escape(words)}(\n|$)"


def field_of(name):
    """What a function calls the field, in its messages: the bracket takes two."""
    return "The field `u`" if name == "lie_bracket" else "`field`"


@pytest.mark.parametrize("name", LOSS_NAMES)
@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (
            lambda p, x: p - x,
            "`loss` must return one number, but it returned float64[2]. Average or sum over what "
            "is left, or return only the loss.",
        ),
        (
            lambda p, x: (good_loss(p, x), p),
            "`loss` must return one number, but it returned (float64[], float64[2]). Average or "
            "sum over what is left, or return only the loss.",
        ),
        (
            lambda p, x: 3,
            "`loss` must return a real floating-point number, but it returned int64[]. Compute "
            "the loss in floats; a count has no gradient.",
        ),
        # Finite at zero, where its slope is 0/0.
        (
            lambda p, x: jnp.linalg.norm(p) + good_loss(p, x),
            f"The gradient of `loss` {NOT_FINITE}",
        ),
    ],
    ids=["vector", "pair", "integer", "no slope"],
)
def test_a_bad_loss_is_named(name, loss, words):
    if name in ("momentum_gap", "bracket_matrix"):  # no number is known inside of a derivative
        words = words.replace("The gradient of `loss`", "`field`")
    with pytest.raises(ValueError, match=whole(words)):
        of_losses(loss, ZERO)[name]()


@pytest.mark.parametrize("name", LOSS_NAMES)
@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            jnp.arange(2),
            "`params` must be a real floating-point array, but it is int64[2]. Convert it with "
            "jnp.asarray(..., float), or keep what is not trained out of `params`.",
        ),
        (
            X * jnp.nan,
            "`params` must be finite, but it holds NaN or infinity. The run may have diverged: "
            "try a smaller learning rate.",
        ),
        (
            [],
            "`params` must hold at least one array, but [] holds none. Pass an array or a list, "
            "tuple or dict of arrays.",
        ),
    ],
    ids=["integers", "nan", "empty"],
)
def test_bad_parameters_are_named(name, params, words):
    with pytest.raises(ValueError, match=whole(words)):
        of_losses(good_loss, params)[name]()


@pytest.mark.parametrize("name", FIELD_NAMES)
@pytest.mark.parametrize(
    ("field", "came"),
    [
        (lambda p, x: p[:1], "float64[1]"),
        (lambda p, x: [p], "[float64[2]]"),
        (lambda p, x: p.astype(jnp.float32), "float32[2]"),
    ],
    ids=["shape", "tree", "dtype"],
)
def test_a_field_of_another_layout_is_named(name, field, came):
    words = (
        f"{field_of(name)} must return float64[2], like its argument, but returned {came}. A field "
        "gives every parameter one rate of change."
    )
    with pytest.raises(ValueError, match=whole(words)):
        of_fields(field, X)[name]()


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_a_field_with_nan_is_named(name):
    with pytest.raises(ValueError, match=whole(f"{field_of(name)} {NOT_FINITE}")):
        of_fields(lambda p, x: p / jnp.linalg.norm(p) - x, ZERO)[name]()


@pytest.mark.parametrize("function", [momentum_gap, settled_gap])
def test_a_velocity_of_another_layout_is_named(function):
    what = good_loss if function is settled_gap else gradient_field(good_loss)
    words = (
        "`velocity` must have the layout of `params`, float64[2], but it is float64[1]. Start from "
        "zeros like the parameters."
    )
    with pytest.raises(ValueError, match=whole(words)):
        function(what, X, X[:1], X, Y, **RATES)


def test_under_jit_nan_passes_since_no_number_is_known():
    field = gradient_field(lambda p, x: jnp.linalg.norm(p))
    assert jnp.isnan(jax.jit(field)(ZERO, X)).all()
