"""The runner: a scan that agrees with a Python loop, and what bad input is told."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lib.fields import gradient_field
from lib.simulate import (
    HeavyBall,
    Setting,
    ensemble,
    gradient_step,
    heavy_ball_step,
    init_state,
    optimizer_step,
    run_optimizer,
    simulate,
)


def quadratic(params, target):
    return 0.5 * jnp.sum((params["w"] - target) ** 2)


def test_a_step_moves_along_the_field_in_the_dtype_of_each_leaf():
    params = {"w": jnp.asarray([1.0, 2.0]), "b": jnp.asarray(1.0, jnp.float32)}
    step = gradient_step(lambda p, x: jax.tree.map(jnp.ones_like, p), learning_rate=0.25)
    came = step(params, None)
    np.testing.assert_array_equal(came["w"], [1.25, 2.25])
    assert came["b"].dtype == jnp.float32
    assert float(came["b"]) == 1.25


def test_a_walk_with_inertia_spreads_as_chapter_2_says():
    """The mean square of a linear function of independent numbers, from its coefficients."""
    mu, size, steps = 0.8, 4.0, 25
    step = heavy_ball_step(lambda x, kick: kick, learning_rate=1.0, momentum=mu)

    def walk(velocity, kicks):
        return simulate(step, HeavyBall(0.0, velocity), kicks).trajectory.params

    first, rest = jax.jit(jax.jacobian(walk, (0, 1)))(0.0, jnp.zeros(steps))
    spread = first**2 / ((1 - mu**2) * size) + jnp.sum(rest**2, axis=1) / size
    k = np.arange(steps + 1.0)
    memory = 2 * mu * (1 - mu**k) / (1 - mu**2)
    np.testing.assert_allclose(spread, (k - memory) / (size * (1 - mu) ** 2), atol=1e-12)


def test_gradient_descent_on_a_quadratic_is_a_geometric_sequence():
    step = gradient_step(gradient_field(quadratic), learning_rate=0.1)
    run = simulate(step, {"w": jnp.asarray([1.0, -2.0])}, jnp.zeros((20, 2)))
    powers = 0.9 ** np.arange(21)
    np.testing.assert_allclose(run.trajectory["w"], np.outer(powers, [1.0, -2.0]), rtol=1e-13)
    np.testing.assert_array_equal(run.final["w"], run.trajectory["w"][-1])


def test_it_agrees_with_a_python_loop_on_a_mixed_state():
    def step(state, key):
        count, position, chain = state
        noise = jax.random.normal(jax.random.fold_in(chain, count)) + jax.random.normal(key)
        return count + 1, position + 0.1 * noise, jax.random.split(chain)[0]

    start = (jnp.asarray(0), jnp.asarray(1.0), jax.random.key(3))
    keys = jax.random.split(jax.random.key(1), 6)
    run = simulate(step, start, keys)
    state, positions = start, [1.0]
    for key in keys:
        state = step(state, key)
        positions.append(float(state[1]))
    assert run.trajectory[0].tolist() == list(range(7))
    np.testing.assert_allclose(run.trajectory[1], positions, rtol=1e-14)
    assert run.trajectory[2].shape == (7,)
    assert bool(jnp.all(jax.random.key_data(run.final[2]) == jax.random.key_data(state[2])))


@pytest.mark.parametrize("every", [1, 3, 12])
def test_keeping_every_so_many_states_changes_nothing_else(every):
    step = gradient_step(gradient_field(quadratic), learning_rate=0.1)
    targets = jax.random.normal(jax.random.key(0), (12, 2))
    start = {"w": jnp.asarray([1.0, -2.0])}
    whole, thin = simulate(step, start, targets), simulate(step, start, targets, every=every)
    np.testing.assert_allclose(
        thin.trajectory["w"], whole.trajectory["w"][::every], rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(thin.final["w"], whole.final["w"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("every", [0, 5, 24])
def test_states_can_only_be_kept_at_a_divisor_of_the_steps(every):
    words = f"`every` must divide the 12 steps, but it is {every}. Pass a divisor, or 1 to keep"
    if not every:
        words = "`every` must be a positive integer, but it is 0. Pass 1 to keep"
    with pytest.raises(ValueError, match=f"^{words} all states\\.(\n|$)"):
        simulate(lambda s, x: s, 0.0, jnp.zeros(12), every=every)


def test_no_inputs_leave_the_start():
    run = simulate(lambda s, x: s + x, 2.0, jnp.zeros(0))
    assert run.trajectory.tolist() == [2.0]
    assert float(run.final) == 2.0


def test_the_learning_rate_may_be_traced_and_batched():
    def end(rate):
        step = gradient_step(gradient_field(quadratic), learning_rate=rate)
        return simulate(step, {"w": jnp.ones(1)}, jnp.zeros((3, 1))).final["w"][0]

    rates = jnp.asarray([0.1, 0.5])
    np.testing.assert_allclose(jax.jit(jax.vmap(end))(rates), (1 - rates) ** 3, rtol=1e-14)
    assert float(jax.grad(end)(0.5)) == pytest.approx(-3 * 0.25)


FALL = gradient_field(quadratic)
GOOD = {"w": jnp.ones(2)}


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: gradient_step("sgd", learning_rate=0.1),
            (
                "`field` must be a function field(params, example), but it is the str 'sgd'. "
                "Pass the function itself, not the value it returns."
            ),
        ),
        (
            lambda: gradient_step(FALL, learning_rate="fast"),
            (
                "`learning_rate` must be one real number, but it is the str 'fast'. Pass a "
                "float, for example 0.1."
            ),
        ),
        (
            lambda: gradient_step(FALL, learning_rate=jnp.ones(3)),
            (
                "`learning_rate` must be one real number, but it has shape (3,). Use jax.vmap to "
                "try several values at once."
            ),
        ),
        (
            lambda: gradient_step(FALL, learning_rate=jnp.inf),
            "`learning_rate` must be finite, but it is inf. Pass a number, not NaN.",
        ),
        (
            lambda: gradient_step(lambda p, x: p["w"], learning_rate=0.1)(GOOD, 0),
            (
                "`field` must return {w: float64[2]}, like its argument, but returned "
                "float64[2]. A field gives every parameter one rate of change."
            ),
        ),
        (
            lambda: gradient_step(FALL, learning_rate=0.1)({"w": jnp.arange(2)}, 0),
            (
                "`params['w']` must be a real floating-point array, but it is int64[2]. Convert "
                "it with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: gradient_step(FALL, learning_rate=0.1)({"w": jnp.ones(2) * jnp.nan}, 0),
            (
                "`params['w']` must be finite, but it holds NaN or infinity. The run may have "
                "diverged: try a smaller learning rate."
            ),
        ),
        (
            lambda: simulate(None, GOOD, jnp.zeros(3)),
            (
                "`step` must be a function step(state, input), but it is the NoneType None. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, {}, jnp.zeros(3)),
            (
                "`state` must be one or more arrays, but it is {}. Pass the parameters to start "
                "from."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, "start", jnp.zeros(3)),
            (
                "`state` must be one or more arrays, but it is 'start'. Pass the parameters to "
                "start from."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, GOOD, None),
            (
                "`inputs` must be arrays whose first axis counts the steps, but they are None. "
                "Stack the inputs of the steps along the first axis; if a step needs none, pass "
                "jnp.arange(n)."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, GOOD, 3),
            (
                "`inputs` must be arrays whose first axis counts the steps, but they are "
                "int64[]. Stack the inputs of the steps along the first axis; if a step needs "
                "none, pass jnp.arange(n)."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, GOOD, [1.0, "a"]),
            (
                "`inputs` must be arrays whose first axis counts the steps, but they are "
                "[float64[], str]. Stack the inputs of the steps along the first axis; if a step "
                "needs none, pass jnp.arange(n)."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s, GOOD, (jnp.zeros(3), jnp.zeros(4))),
            (
                "`inputs` must be arrays whose first axis counts the steps, but they are "
                "(float64[3], float64[4]). Stack the inputs of the steps along the first axis; "
                "if a step needs none, pass jnp.arange(n)."
            ),
        ),
        (
            lambda: simulate(lambda s, x: s["w"], GOOD, jnp.zeros(3)),
            (
                "`step` must return {w: float64[2]}, like its argument, but returned float64[2]. "
                "A step must keep the state's layout."
            ),
        ),
        (
            lambda: simulate(lambda s, x: jnp.asarray(0.5), 1, jnp.zeros(3)),
            (
                "`step` must return int64[], like its argument, but returned float64[]. A step "
                "must keep the state's layout."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()


def test_an_ensemble_has_the_mean_and_its_standard_error():
    """Of normal draws; the error of the error is known, too."""
    settings = Setting(jnp.array([0.1, 0.2]), jnp.zeros(2), jnp.ones(2))

    def run(setting, key):
        return {"x": setting.learning_rate * (3 + jax.random.normal(key, (5,)))}

    keys = jax.random.split(jax.random.key(0), 400)
    runs, mean, error = jax.jit(lambda s, k: ensemble(run, k, s))(settings, keys)
    assert runs["x"].shape == (2, 400, 5)
    np.testing.assert_allclose(mean["x"], runs["x"].mean(1), rtol=1e-12)
    expected = np.std(runs["x"], axis=1, ddof=1) / 20
    np.testing.assert_allclose(error["x"], expected, rtol=1e-12)
    missed = (mean["x"] - 3 * settings.learning_rate[:, None]) / error["x"]
    assert np.abs(missed).max() < 4
    alone = ensemble(lambda key: run(Setting(0.2), key), keys)
    np.testing.assert_allclose(alone.mean["x"], mean["x"][1], rtol=1e-12)


def test_value_and_gradient_of_an_optimizers_step_come_from_one_evaluation():
    calls = []

    def loss(p, x):
        calls.append(p)
        return jnp.sum((p - x) ** 2)

    optimizer = optax.polyak_sgd()
    optimizer_step(optimizer, loss)(init_state(optimizer, jnp.ones(2)), 0.0)
    assert len(calls) == 1


def test_an_optimizer_on_a_field_is_the_same_as_on_its_loss():
    def loss(p, x):
        return jnp.sum((p - x) ** 4)

    examples, start = jnp.arange(6.0), jnp.array([1.0, -2.0])
    optimizer = optax.adam(0.1)
    step = optimizer_step(optimizer, loss)
    by_loss = simulate(step, init_state(optimizer, start), examples).trajectory.params
    by_field = run_optimizer(optimizer, gradient_field(loss), start, examples).trajectory
    np.testing.assert_allclose(by_field, by_loss, rtol=1e-14)
