"""Vector fields: flows against SciPy, JAX's transformations, and what bad input is told."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from lib.fields import flow, gradient_field, lie_bracket, rk4_step


def pendulum(state):
    return {"angle": state["speed"], "speed": -jnp.sin(state["angle"])}


START = {"angle": jnp.asarray(1.0), "speed": jnp.asarray(0.5)}
MATRIX = np.array([[0.1, -1.0, 0.0], [1.0, 0.0, 0.3], [0.2, 0.0, -0.5]])


def test_the_gradient_field_of_a_quadratic_points_to_its_minimum():
    field = gradient_field(lambda p, target: 0.5 * jnp.sum((p["w"] - target) ** 2))
    came = field({"w": jnp.asarray([1.0, 2.0])}, jnp.asarray([4.0, 0.0]))
    np.testing.assert_array_equal(came["w"], [3.0, -2.0])


def test_float32_parameters_stay_float32():
    params = {"w": jnp.ones(2, jnp.float32)}
    field = gradient_field(lambda p, x: jnp.sum(p["w"] ** 3))
    shrink = lambda p: jax.tree.map(jnp.negative, p)  # noqa: E731
    for tangent in (
        field(params, None),
        lie_bracket(shrink, lambda p: field(p, None))(params),
        flow(shrink, params, time=0.5),
    ):
        assert tangent["w"].dtype == jnp.float32


def test_the_flow_of_a_linear_field_is_the_matrix_exponential():
    start = np.array([1.0, -1.0, 2.0])
    came = flow(lambda x: jnp.asarray(MATRIX) @ x, jnp.asarray(start), time=1.7, steps=400)
    np.testing.assert_allclose(came, expm(1.7 * MATRIX) @ start, rtol=1e-10)


@pytest.mark.parametrize("time", [2.0, -2.0])
def test_the_flow_of_a_pendulum_agrees_with_scipy(time):
    came = flow(pendulum, START, time=time, steps=400)
    expected = solve_ivp(
        lambda _, y: [y[1], -np.sin(y[0])], (0, time), [1.0, 0.5], rtol=1e-12, atol=1e-12
    ).y[:, -1]
    np.testing.assert_allclose([came["angle"], came["speed"]], expected, rtol=1e-8)


def test_the_error_of_a_flow_is_of_fourth_order():
    steps = np.array([8, 16, 32, 64])
    errors = [float(abs(flow(lambda x: x, 1.0, time=1.0, steps=int(n)) - np.e)) for n in steps]
    assert np.polyfit(np.log(1 / steps), np.log(errors), 1)[0] == pytest.approx(4, abs=0.1)


def test_a_step_has_the_first_four_derivatives_of_the_flow():
    """Those of the flow by the time are (u·∇)ᵏ⁻¹u: each tree of the order conditions is in them."""

    def field(p):
        return jnp.stack([p[1] + 0.3 * p[0] ** 2, jnp.sin(p[0]) - 0.2 * p[0] * p[1]])

    def along(function):
        return lambda p: jax.jvp(function, (p,), (field(p),))[1]

    start = jnp.array([0.7, -0.4])
    exact, by_time = lambda p: p, lambda time: rk4_step(field, start, time)
    for order in range(1, 6):
        exact, by_time = along(exact), jax.jacfwd(by_time)
        missed = jnp.abs(by_time(0.0) - exact(start)).max()
        assert (float(missed) < 1e-14) == (order <= 4), order


def test_a_flow_and_its_reverse_meet_and_a_flow_for_no_time_stays():
    end = flow(pendulum, START, time=1.5)
    back = flow(pendulum, end, time=-1.5)
    assert float(back["angle"]) == pytest.approx(1.0, abs=1e-8)
    assert flow(pendulum, START, time=0.0) == START


def test_everything_works_under_jit_vmap_and_grad():
    shear = lambda x: jnp.stack([x[1] ** 2, jnp.asarray(0.0)])  # noqa: E731
    turn = lambda x: jnp.stack([-x[1], x[0]])  # noqa: E731
    bracket = lie_bracket(shear, turn)
    points = jnp.asarray([[1.0, 2.0], [0.5, -1.0]])
    # (D turn) shear - (D shear) turn = (-2 x1 x0, x1^2), by hand.
    by_hand = [[-2 * x[1] * x[0], x[1] ** 2] for x in np.asarray(points)]
    np.testing.assert_allclose(jax.jit(jax.vmap(bracket))(points), by_hand, rtol=1e-13)
    # d/dt exp(t) = exp(t); the time is traced.
    slope = jax.jit(jax.grad(lambda t: flow(lambda x: x, 1.0, time=t)))(0.7)
    assert float(slope) == pytest.approx(np.exp(0.7), rel=1e-7)
    times = jnp.asarray([-0.5, 0.0, 0.5])
    ends = jax.vmap(lambda t: flow(lambda x: x, 1.0, time=t))(times)
    np.testing.assert_allclose(ends, np.exp(times), rtol=1e-8)


def test_a_flow_is_one_loop_whatever_the_number_of_steps():
    def primitives(steps):
        traced = jax.make_jaxpr(lambda p, t: flow(pendulum, p, time=t, steps=steps))(START, 1.0)
        return [equation.primitive.name for equation in traced.jaxpr.eqns]

    assert primitives(5) == primitives(500)
    assert primitives(5).count("scan") == 1


def good_loss(params, _):
    return jnp.sum(params**2)


def keep(params):
    return params


ONE = jnp.ones(2)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: gradient_field(3.0),
            (
                "`loss` must be a function loss(params, example), but it is the float 3.0. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        (
            lambda: gradient_field(lambda p, x: p)(ONE, 0),
            (
                "`loss` must return one number, but it returned float64[2]. Average or sum over "
                "what is left, or return only the loss."
            ),
        ),
        (
            lambda: gradient_field(lambda p, x: (p[0], p[1]))(ONE, 0),
            (
                "`loss` must return one number, but it returned (float64[], float64[]). Average "
                "or sum over what is left, or return only the loss."
            ),
        ),
        (
            lambda: gradient_field(lambda p, x: None)(ONE, 0),
            (
                "`loss` must return one number, but it returned None. Average or sum over what "
                "is left, or return only the loss."
            ),
        ),
        (
            lambda: gradient_field(lambda p, x: 3)(ONE, 0),
            (
                "`loss` must return a real floating-point number, but it returned int64[]. "
                "Compute the loss in floats; a count has no gradient."
            ),
        ),
        (
            lambda: gradient_field(lambda p, x: 1j)(ONE, 0),
            (
                "`loss` must return a real floating-point number, but it returned complex128[]. "
                "Compute the loss in floats; a count has no gradient."
            ),
        ),
        (
            lambda: gradient_field(good_loss)({"layer": [ONE, jnp.arange(3)]}, 0),
            (
                "`params['layer'][1]` must be a real floating-point array, but it is int64[3]. "
                "Convert it with jnp.asarray(..., float), or keep what is not trained out of "
                "`params`."
            ),
        ),
        (
            lambda: gradient_field(good_loss)(jnp.ones(2, bool), 0),
            (
                "`params` must be a real floating-point array, but it is bool[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: gradient_field(good_loss)(jnp.ones(2, complex), 0),
            (
                "`params` must be a real floating-point array, but it is complex128[2]. Convert "
                "it with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: gradient_field(good_loss)({"w": "text"}, 0),
            (
                "`params['w']` must be a real floating-point array, but it is the str 'text'. "
                "Convert it with jnp.asarray(..., float), or keep what is not trained out of "
                "`params`."
            ),
        ),
        (
            lambda: gradient_field(good_loss)([], 0),
            (
                "`params` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        (
            lambda: gradient_field(good_loss)(ONE * jnp.nan, 0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        (
            lambda: lie_bracket(ONE, keep),
            (
                "`u` must be a function of the parameters alone, but it is the ArrayImpl "
                "Array([1., 1.], dtype=float64). Pass the function itself, not the value it "
                "returns."
            ),
        ),
        (
            lambda: lie_bracket(keep, None),
            (
                "`v` must be a function of the parameters alone, but it is the NoneType None. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        (
            lambda: lie_bracket(keep, lambda p: [p])(ONE),
            (
                "The field `v` must return float64[2], like its argument, but returned "
                "[float64[2]]. A field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: lie_bracket(lambda p: p[0], keep)(ONE),
            (
                "The field `u` must return float64[2], like its argument, but returned "
                "float64[]. A field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: lie_bracket(keep, lambda p: p.astype(jnp.float32))(ONE),
            (
                "The field `v` must return float64[2], like its argument, but returned "
                "float32[2]. A field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: lie_bracket(keep, keep)({}),
            (
                "`params` must hold at least one array, but {} holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        (
            lambda: lie_bracket(keep, keep)(jnp.arange(2)),
            (
                "`params` must be a real floating-point array, but it is int64[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: lie_bracket(keep, keep)(ONE / 0),
            (
                "`params` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        (
            lambda: flow(1, ONE, time=1.0),
            (
                "`field` must be a function of the parameters alone, but it is the int 1. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        (
            lambda: flow(lambda p: p[:1], ONE, time=1.0),
            (
                "The field `field` must return float64[2], like its argument, but returned "
                "float64[1]. A field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: flow(keep, [], time=1.0),
            (
                "`start` must hold at least one array, but [] holds none. Pass an array or a "
                "list, tuple or dict of arrays."
            ),
        ),
        (
            lambda: flow(keep, jnp.arange(2), time=1.0),
            (
                "`start` must be a real floating-point array, but it is int64[2]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `start`."
            ),
        ),
        (
            lambda: flow(keep, ONE * jnp.inf, time=1.0),
            "`start` must be finite, but it holds NaN or infinity. Pass finite numbers.",
        ),
        (
            lambda: flow(keep, ONE, time=jnp.nan),
            "`time` must be finite, but it is nan. Pass a number, not NaN.",
        ),
        (
            lambda: flow(keep, ONE, time=ONE),
            (
                "`time` must be one real number, but it has shape (2,). Use jax.vmap to try "
                "several values at once."
            ),
        ),
        (
            lambda: flow(keep, ONE, time="long"),
            (
                "`time` must be one real number, but it is the str 'long'. Pass a float, for "
                "example 0.1."
            ),
        ),
        (
            lambda: flow(keep, ONE, time=1j),
            (
                "`time` must be one real number, but it is complex128[]. Pass a float, for "
                "example 0.1."
            ),
        ),
        (
            lambda: flow(keep, ONE, time=True),
            "`time` must be one real number, but it is bool[]. Pass a float, for example 0.1.",
        ),
        (
            lambda: flow(keep, ONE, time=1.0, steps=0),
            (
                "`steps` must be a positive integer, but it is 0. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
        (
            lambda: flow(keep, ONE, time=1.0, steps=-3),
            (
                "`steps` must be a positive integer, but it is -3. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
        (
            lambda: flow(keep, ONE, time=1.0, steps=2.0),
            (
                "`steps` must be a positive integer, but it is 2.0. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
        (
            lambda: flow(keep, ONE, time=1.0, steps=True),
            (
                "`steps` must be a positive integer, but it is True. It fixes the length of the "
                "loop, so pass a Python int such as 64."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()


def by_row(function):
    """A function of one row, for each row."""
    return jax.vmap(function)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize("transform", [jax.jit, jax.make_jaxpr, by_row])
def test_shapes_and_types_are_checked_while_jax_traces(transform):
    batch = jnp.ones((3, 2))
    whole, cut = "float64[3,2]", "float64[1,2]"
    if transform is by_row:
        whole, cut = "float64[2]", "float64[1]"
    layout = (
        f"must return {whole}, like its argument, but returned {cut}. A field gives every "
        "parameter one rate of change."
    )
    for function, words in [
        (
            lambda p: gradient_field(lambda q, x: q)(p, 0),
            f"`loss` must return one number, but it returned {whole}. Average or sum over what is "
            "left, or return only the loss.",
        ),
        (lie_bracket(keep, lambda p: p[:1]), f"The field `v` {layout}"),
        (lambda p: flow(lambda q: q[:1], p, time=1.0), f"The field `field` {layout}"),
        (
            lambda p: flow(keep, p.astype(int), time=1.0),
            "`start` must be a real floating-point array, but it is "
            f"{whole.replace('float', 'int')}. Convert it with jnp.asarray(..., float), or keep "
            "what is not trained out of `start`.",
        ),
    ]:
        with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
            transform(function)(batch)
