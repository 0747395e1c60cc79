"""Order gaps and their expansion: exact cases, convergence, and what bad input is told."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from trees import SHAPES, assert_close, combine, random_field, random_point, size

from lib.brackets import gap_expansion, order_gap, second_derivative_along
from lib.classifiers import logistic_loss
from lib.convergence import convergence_order
from lib.fields import flow, gradient_field, lie_bracket
from lib.simulate import gradient_step


def two_fields(tree, seed):
    """A field that depends on an example, 0 or 1."""
    pair = random_field(tree, seed), random_field(tree, seed + 1)
    return lambda params, example: pair[example](params)


@pytest.mark.parametrize("tree", SHAPES)
def test_the_gap_and_its_remainders_fall_with_orders_two_three_four(tree):
    field, start = two_fields(tree, 3), random_point(tree, 5)
    rates = jnp.geomspace(1e-3, 1e-2, 4)
    gaps, thirds, fourths = [], [], []
    for rate in rates:
        gap = order_gap(gradient_step(field, learning_rate=rate), start, 0, 1)
        law = gap_expansion(field, start, 0, 1, learning_rate=rate)
        rest = combine(1.0, gap, -1.0, law.second_order)
        gaps.append(size(gap))
        thirds.append(size(rest))
        fourths.append(size(combine(1.0, rest, -1.0, law.third_order)))
    for errors, order in ((gaps, 2), (thirds, 3), (fourths, 4)):
        assert float(convergence_order(rates, jnp.array(errors))) == pytest.approx(order, abs=0.1)


def test_linear_fields_have_the_commutator_as_their_exact_gap():
    first, second = jax.random.normal(jax.random.key(0), (2, 4, 4))
    start = jnp.arange(4.0)
    gap = order_gap(gradient_step(lambda p, m: m @ p, learning_rate=0.3), start, first, second)
    np.testing.assert_allclose(gap, 0.09 * (second @ first - first @ second) @ start, rtol=1e-12)


def test_targets_of_quadratic_losses_the_last_one_wins():
    field = gradient_field(lambda p, c: 0.5 * jnp.sum((p - c) ** 2))
    first, second = jnp.array([1.0, 2.0]), jnp.array([-3.0, 0.5])
    gap = order_gap(gradient_step(field, learning_rate=0.2), jnp.zeros(2), first, second)
    np.testing.assert_allclose(gap, 0.04 * (second - first), rtol=1e-12)


def test_logistic_regression_has_the_closed_form_of_the_chapter():
    random = np.random.default_rng(1)
    x1, x2, theta = jnp.asarray(random.normal(size=(3, 4)))
    p1, p2 = jax.nn.sigmoid(theta @ x1), jax.nn.sigmoid(theta @ x2)
    r1, r2, s1, s2 = 1 - p1, 0 - p2, p1 * (1 - p1), p2 * (1 - p2)
    formula = (x1 @ x2) * (s1 * r2 * x1 - s2 * r1 * x2)
    field = gradient_field(logistic_loss)
    law = gap_expansion(field, theta, (x1, 1), (x2, 0), learning_rate=1.0)
    np.testing.assert_allclose(law.second_order, formula, rtol=1e-12)


def test_orthogonal_inputs_commute_exactly():
    field = gradient_field(logistic_loss)
    a, b = (jnp.array([2.0, 0.0]), 1), (jnp.array([0.0, -3.0]), 0)
    gap = order_gap(gradient_step(field, learning_rate=5.0), jnp.array([0.3, 0.1]), a, b)
    np.testing.assert_allclose(gap, 0, atol=1e-15)


def test_flows_of_the_two_fields_show_the_same_bracket():
    """Independent of gradient steps: the exact flows for a short time, in both orders."""
    field = two_fields(SHAPES[1], 7)
    start, time = random_point(SHAPES[1], 8), 1e-4

    def along(params, example):
        return flow(lambda p: field(p, example), params, time=time)

    gap = order_gap(along, start, 0, 1)
    bracket = lie_bracket(lambda p: field(p, 0), lambda p: field(p, 1))(start)
    assert_close(combine(1 / time**2, gap, 0.0, gap), bracket, tolerance=2e-2)


def test_the_second_derivative_is_that_of_the_hessian():
    def cubic(p):
        return jnp.sum(p**3) * p

    point, direction = jnp.array([0.3, -1.0, 2.0]), jnp.array([1.0, 0.5, -0.2])
    tensor = jax.jacfwd(jax.jacfwd(cubic))(point)
    np.testing.assert_allclose(
        second_derivative_along(cubic, point, direction),
        jnp.einsum("ijk,j,k->i", tensor, direction, direction),
        rtol=1e-12,
    )


def test_a_state_with_integers_gives_integer_differences():
    def step(state, factor):
        return {"x": state["x"] * factor, "count": state["count"] + 1}

    gap = order_gap(step, {"x": jnp.asarray(1.5), "count": jnp.asarray(0)}, 2.0, 3.0)
    assert gap == {"x": 0.0, "count": 0}
    assert jnp.issubdtype(gap["count"].dtype, jnp.integer)


def test_it_all_works_under_jit_and_vmap():
    field, start = two_fields(SHAPES[0], 1), random_point(SHAPES[0], 2)

    def missed(rate):
        gap = order_gap(gradient_step(field, learning_rate=rate), start, 0, 1)
        return gap - gap_expansion(field, start, 0, 1, learning_rate=rate).second_order

    rates = jnp.array([0.01, 0.02])
    batched = jax.jit(jax.vmap(missed))(rates)
    np.testing.assert_allclose(batched, jnp.stack([missed(r) for r in rates]), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: order_gap(3.0, 1.0, 0, 1),
            (
                "`step` must be a function step(state, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        (
            lambda: order_gap(lambda s, x: (s, s), jnp.ones(2), 0, 1),
            (
                "`step` must return float64[2], like its argument, but returned (float64[2], "
                "float64[2]). A step must keep the state's layout."
            ),
        ),
        (
            lambda: order_gap(lambda s, x: s[:1], jnp.ones(2), 0, 1),
            (
                "`step` must return float64[2], like its argument, but returned float64[1]. A "
                "step must keep the state's layout."
            ),
        ),
        (
            lambda: gap_expansion(3.0, jnp.ones(2), 0, 1, learning_rate=0.1),
            (
                "`field` must be a function field(params, example), but it is the float 3.0. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        (
            lambda: gap_expansion(lambda p, x: p[:1], jnp.ones(2), 0, 1, learning_rate=0.1),
            (
                "`field` must return float64[2], like its argument, but returned float64[1]. A "
                "field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: gap_expansion(lambda p, x: p, jnp.ones(2), 0, 1, learning_rate=jnp.ones(3)),
            (
                "`learning_rate` must be one real number, but it has shape (3,). Use jax.vmap to "
                "try several values at once."
            ),
        ),
        (
            lambda: gap_expansion(lambda p, x: p, jnp.ones(2), 0, 1, learning_rate=np.nan),
            "`learning_rate` must be finite, but it is nan. Pass a number, not NaN.",
        ),
        (
            lambda: gap_expansion(lambda p, x: p, jnp.ones(2, int), 0, 1, learning_rate=0.1),
            (
                "`params` must be a real floating-point array, but it is int64[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: gap_expansion(lambda p, x: p, jnp.array([np.inf]), 0, 1, learning_rate=0.1),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        (
            lambda: second_derivative_along(lambda p: p, jnp.ones(2), jnp.ones(3)),
            (
                "`direction` must have the layout of `params`, float64[2], but it is float64[3]. "
                "Pass a tangent at these parameters."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("as_for_readers")
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()
