"""Order gaps of optimizers with a memory: expansions against brute force, and every optax alias."""

import functools
import inspect
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree
from optax import contrib
from trees import SHAPES, assert_close, combine, random_field, random_point, size

from lib.brackets import (
    adam_gap,
    gap_series,
    momentum_gap,
    order_gap,
    settled_gap,
    settled_position,
)
from lib.classifiers import cross_entropy, mlp
from lib.convergence import convergence_order
from lib.fields import gradient_field, lie_bracket
from lib.simulate import HeavyBall, heavy_ball_step, init_state, optimizer_step

NETWORK = mlp([4, 5, 3])
LOSS = cross_entropy(NETWORK.apply)
START = NETWORK.init(jax.random.key(0))
INPUTS = jax.random.normal(jax.random.key(1), (60, 4))
LABELS = jnp.arange(60) % 3
X, Y = (INPUTS[0], LABELS[0]), (INPUTS[1], LABELS[1])
RATES = jnp.geomspace(1e-4, 1e-2, 4)


@pytest.fixture(autouse=True)
def standard_promotion():
    """Optax relies on it."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def warm(optimizer):
    """A state with a history: sixty steps on other examples."""
    step = optimizer_step(optimizer, LOSS)

    @jax.jit
    def run(state):
        return jax.lax.scan(lambda s, e: (step(s, e), None), state, (INPUTS, LABELS))[0]

    return run(init_state(optimizer, START))


def minus(left, right):
    return combine(1.0, left, -1.0, right)


def assert_orders(*pairs, rates=RATES):
    """Sizes at some rates fall with the given orders."""
    for sizes, order in pairs:
        found = float(convergence_order(rates, jnp.array(sizes)))
        assert found == pytest.approx(order, abs=0.1)


# ---- Heavy ball ----------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", SHAPES)
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 1.0])
def test_the_parts_of_the_momentum_gap_miss_one_order_more(tree, momentum):
    pair = random_field(tree, 3), random_field(tree, 4)
    start, velocity = random_point(tree, 5), random_point(tree, 6)

    def field(params, example):
        return pair[example](params)

    missed = []
    for rate in RATES:
        moving = jax.tree.map(lambda leaf, r=rate: r * leaf, velocity)
        step = heavy_ball_step(field, learning_rate=rate, momentum=momentum)
        gap = order_gap(step, HeavyBall(start, moving), 0, 1)
        parts = momentum_gap(field, start, moving, 0, 1, learning_rate=rate, momentum=momentum)
        force = combine(1.0, parts.bracket, 1.0, parts.transport)
        of_params = combine(momentum, parts.recency, 1.0, force)
        of_velocity = combine(-(1 - momentum), parts.recency, 1.0, force)
        missed.append(size(minus(gap.params, of_params)) + size(minus(gap.velocity, of_velocity)))
    assert_orders((missed, 3))


def test_the_parts_are_exact_for_quadratic_losses():
    first, second = jax.random.normal(jax.random.key(2), (2, 3, 3))
    first, second = first @ first.T, second @ second.T
    field = gradient_field(lambda p, matrix: 0.5 * p @ matrix @ p)
    start, velocity = jax.random.normal(jax.random.key(3), (2, 3))
    gap = order_gap(
        heavy_ball_step(field, learning_rate=0.1, momentum=0.7),
        HeavyBall(start, velocity),
        first,
        second,
    )
    parts = momentum_gap(field, start, velocity, first, second, learning_rate=0.1, momentum=0.7)
    force = parts.bracket + parts.transport
    np.testing.assert_allclose(gap.params, 0.7 * parts.recency + force, atol=1e-12)
    np.testing.assert_allclose(gap.velocity, -0.3 * parts.recency + force, atol=1e-12)


def test_transport_is_a_bracket_with_the_velocity_as_a_constant_field():
    tree = SHAPES[1]
    pair = random_field(tree, 3), random_field(tree, 4)
    start, velocity = random_point(tree, 5), random_point(tree, 6)
    parts = momentum_gap(
        lambda p, e: pair[e](p), start, velocity, 0, 1, learning_rate=0.1, momentum=0.5
    )
    drift = jax.tree.map(lambda leaf: 0.5 * leaf, velocity)
    bracket = lie_bracket(lambda p: drift, lambda p: minus(pair[1](p), pair[0](p)))(start)
    assert_close(parts.transport, jax.tree.map(lambda leaf: 0.1 * leaf, bracket))


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.95])
def test_the_settled_gap_is_second_order_and_known(momentum):
    gaps, missed = [], []
    for rate in RATES:
        velocity = jax.tree.map(lambda leaf, r=rate: -r * leaf, START)
        arguments = {"learning_rate": rate, "momentum": momentum}
        gap = settled_gap(gradient_field(LOSS), START, velocity, X, Y, **arguments)
        parts = momentum_gap(gradient_field(LOSS), START, velocity, X, Y, **arguments)
        scale = 1 / (1 - momentum)
        gaps.append(size(gap))
        missed.append(size(minus(gap, combine(scale, parts.bracket, scale, parts.transport))))
    assert_orders((gaps, 2), (missed, 3))


def test_the_settled_position_is_where_coasting_ends():
    still = heavy_ball_step(lambda p, e: jnp.zeros_like(p), learning_rate=0.1, momentum=0.8)
    state = HeavyBall(jnp.array([1.0, -2.0]), jnp.array([0.5, 0.25]))
    goal = settled_position(*state, momentum=0.8)
    for _ in range(200):
        state = still(state, None)
    np.testing.assert_allclose(state.params, goal, rtol=1e-12)


def test_optax_with_momentum_is_heavy_ball():
    optimizer = optax.sgd(0.05, momentum=0.9)
    state = warm(optimizer)
    velocity = jax.tree.map(lambda leaf: -0.05 * leaf, state.opt_state[0].trace)
    ours = heavy_ball_step(gradient_field(LOSS), learning_rate=0.05, momentum=0.9)(
        HeavyBall(state.params, velocity), X
    )
    assert_close(ours.params, optimizer_step(optimizer, LOSS)(state, X).params)


# ---- Adam ----------------------------------------------------------------------------------------


def adam_state(b1):
    state = warm(optax.adam(5e-3, b1=b1, b2=0.999))
    memory = state.opt_state[0]
    return state, optax.ScaleByAdamState(count=memory.count, mu=memory.mu, nu=memory.nu)


@pytest.mark.parametrize("b1", [0.0, 0.8])
def test_the_adam_expansion_misses_one_order_more_each_time(b1):
    (state, moments), betas = adam_state(b1), {"b1": b1, "b2": 0.999}
    field, rates = gradient_field(LOSS), jnp.geomspace(1e-4, 1e-3, 4)
    gaps, seconds, thirds = [], [], []
    for rate in rates:
        step = optimizer_step(optax.adam(rate, **betas), LOSS)
        gap = order_gap(step, state, X, Y).params
        law = adam_gap(field, state.params, moments, X, Y, learning_rate=rate, **betas)
        rest = minus(gap, law.first_order)
        gaps.append(size(gap))
        seconds.append(size(rest))
        thirds.append(size(minus(rest, law.second_order)))
    assert_orders((gaps, 1), (seconds, 2), (thirds, 3), rates=rates)


def test_the_series_of_adam_is_its_expansion():
    (state, moments), betas = adam_state(0.8), {"b1": 0.8, "b2": 0.999}
    series = gap_series(
        lambda rate: optimizer_step(optax.adam(rate, **betas), LOSS), state, X, Y, orders=2
    )
    field = gradient_field(LOSS)
    law = adam_gap(field, state.params, moments, X, Y, learning_rate=1.0, **betas)
    assert size(series[0].params) == 0
    assert size(minus(series[1].params, law.first_order)) < 1e-12 * size(law.first_order)
    assert size(minus(series[2].params, law.second_order)) < 1e-12 * size(law.second_order)


def test_a_fixed_preconditioner_gives_the_bracket_of_the_preconditioned_fields():
    scale = jnp.array([1.0, 10.0, 0.1])

    def optimizer(rate):
        return optax.chain(optax.stateless(lambda g, _: g / scale), optax.sgd(rate))

    def loss(params, target):
        return jnp.sum(jnp.cos(params - target)) * jnp.sum(params)

    start, x, y = jnp.array([0.3, -0.2, 0.9]), jnp.zeros(3), jnp.array([1.0, 2.0, 3.0])
    field = gradient_field(loss)
    bracket = lie_bracket(lambda p: field(p, x) / scale, lambda p: field(p, y) / scale)(start)
    series = gap_series(
        lambda rate: optimizer_step(optimizer(rate), loss),
        init_state(optimizer(1.0), start),
        x,
        y,
        orders=2,
    )
    assert size(series[1].params) == 0
    assert_close(series[2].params, bracket)


def test_sign_descent_does_not_care_about_the_order_between_flips():
    series = gap_series(
        lambda rate: optimizer_step(optax.sign_sgd(rate), LOSS),
        init_state(optax.sign_sgd(1.0), START),
        X,
        Y,
    )
    assert [size(term.params) for term in series] == [0, 0, 0, 0]


# ---- Every optimizer of optax --------------------------------------------------------------------

MADE = {  # those that want more than a learning rate
    "differentially_private_aggregate": lambda rate: contrib.differentially_private_aggregate(
        1.0, 1.0, key=0
    ),
    "dpsgd": lambda rate: contrib.dpsgd(rate, 1.0, 1.0, 0),
    "hutchinson_estimator_diag_hessian": lambda rate: optax.chain(
        contrib.hutchinson_estimator_diag_hessian(), optax.scale(-rate)
    ),
    "mechanize": lambda rate: contrib.mechanize(optax.sgd(rate)),
    "noisy_sgd": lambda rate: optax.noisy_sgd(rate, key=0),
    "normalize": lambda rate: optax.chain(contrib.normalize(), optax.sgd(rate)),
    "reduce_on_plateau": lambda rate: optax.chain(optax.sgd(rate), contrib.reduce_on_plateau()),
    "sam": lambda rate: contrib.sam(optax.sgd(rate), optax.sgd(rate)),
    "schedule_free": lambda rate: contrib.schedule_free(optax.sgd(rate), rate),
}
BATCH = (
    "`optimizer` asks for the gradient of each example of a batch, as dpsgd does, but a step has "
    "one example. Pass an optimizer that takes one gradient, such as optax.sgd."
)
REFUSED = {"differentially_private_aggregate": BATCH, "dpsgd": BATCH}
EXTRAS = {  # what these take of the extra arguments; the others take the first three
    "hutchinson_estimator_diag_hessian": ["obj_fn"],
    "sam": [],
    "sophia": ["obj_fn"],
}


def factories():
    """Every function of optax and optax.contrib that makes an optimizer, by name."""
    found = {}
    for module in (optax, contrib):
        for name, factory in vars(module).items():
            makes = inspect.isfunction(factory) and (
                module is contrib or "alias" in factory.__module__
            )
            if makes and not name.startswith(("scale_by", "split_", "schedule_free_eval")):
                found[name] = factory
    return found


OPTIMIZERS = {
    name: MADE.get(name, lambda rate, factory=factory: factory(rate))
    for name, factory in factories().items()
}


def by_hand(name, optimizer, state, first, second):
    """The parameters after two steps, written out."""
    params, memory = state
    for example in (first, second):
        value, gradient = jax.value_and_grad(LOSS)(params, example)
        of_example = functools.partial(LOSS, example=example)
        more = {"value": value, "grad": gradient, "value_fn": of_example, "obj_fn": of_example}
        if isinstance(optimizer, optax.GradientTransformationExtraArgs):
            more = {key: more[key] for key in EXTRAS.get(name, ["value", "grad", "value_fn"])}
        else:
            more = {}
        updates, memory = optimizer.update(gradient, memory, params, **more)
        params = optax.apply_updates(params, updates)
    return ravel_pytree(params)[0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_gap_of_an_optimizer_is_that_of_running_it_by_hand(name, as_for_readers):
    optimizer = OPTIMIZERS[name](1e-3)
    if name in REFUSED:
        with pytest.raises(ValueError, match=f"^{re.escape(REFUSED[name])}$"):
            init_state(optimizer, START)
        return
    state = warm(optimizer)
    gap = order_gap(optimizer_step(optimizer, LOSS), state, X, Y).params
    expected = by_hand(name, optimizer, state, X, Y) - by_hand(name, optimizer, state, Y, X)
    np.testing.assert_allclose(ravel_pytree(gap)[0], expected, rtol=1e-9, atol=1e-13)


def test_lookahead_runs_on_a_pair_of_parameters():
    optimizer = optax.lookahead(optax.sgd(0.1), sync_period=2, slow_step_size=0.5)
    state = init_state(optimizer, optax.LookaheadParams.init_synced(START))
    step = jax.jit(optimizer_step(optimizer, LOSS))
    after = step(step(state, X), Y).params
    fast = optimizer_step(optax.sgd(0.1), LOSS)
    ahead = fast(fast(init_state(optax.sgd(0.1), START), X), Y).params
    assert_close(after.slow, combine(0.5, START, 0.5, ahead))
    assert_close(after.fast, after.slow)


def test_steps_that_are_gathered_move_by_the_mean_gradient():
    optimizer = optax.MultiSteps(optax.sgd(0.1), 2).gradient_transformation()
    step = jax.jit(optimizer_step(optimizer, LOSS))
    after = step(step(init_state(optimizer, START), X), Y).params
    mean = combine(*(each for e in (X, Y) for each in (0.5, gradient_field(LOSS)(START, e))))
    # Optax gathers gradients in float32, whatever they are.
    assert_close(after, combine(1.0, START, 0.1, mean), tolerance=1e-8)


def test_sam_asks_for_gradients_elsewhere_in_its_opaque_mode():
    rate, radius = 0.1, 0.05
    optimizer = contrib.sam(optax.sgd(rate), optax.sgd(radius), opaque_mode=True, sync_period=2)
    after = jax.jit(optimizer_step(optimizer, LOSS))(init_state(optimizer, START), X).params
    uphill = jax.tree.map(lambda p, g: p + radius * g, START, jax.grad(LOSS)(START, X))
    assert_close(after, jax.tree.map(lambda p, g: p - rate * g, START, jax.grad(LOSS)(uphill, X)))


def test_single_precision_stays_under_a_learning_rate_in_double():
    start = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), START)
    inputs = X[0].astype(jnp.float32), X[1]
    optimizer = optax.adam(jnp.asarray(0.1), b1=jnp.asarray(0.9))
    state = init_state(optimizer, start)
    after = jax.jit(optimizer_step(optimizer, LOSS))(state, inputs)
    assert jax.tree.map(lambda x: x.dtype, after) == jax.tree.map(lambda x: x.dtype, state)
