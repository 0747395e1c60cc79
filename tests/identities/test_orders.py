"""What the order of steps and flows changes, against the expansions in the learning rate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from trees import (
    SHAPES,
    assert_close,
    assert_identity,
    combine,
    linear_field,
    random_field,
    random_point,
    size,
)

from lib.classifiers import cross_entropy, mlp
from lib.fields import flow, gradient_field, lie_bracket
from lib.simulate import gradient_step, simulate

RATES = (1e-1, 1e-2, 1e-3, 1e-4)
NETWORK = mlp([4, 5, 3])
FIELD = gradient_field(cross_entropy(NETWORK.apply))


def network_point(seed=0, network=NETWORK):
    """Normal weights (0.6) and biases (0.3)."""
    params = random_point(network.init(jax.random.key(0)), seed)
    return [{"weight": 0.6 * p["weight"], "bias": 0.3 * p["bias"]} for p in params]


def examples(count, seed=1):
    """Normal inputs; the labels go round 0, 1, 2."""
    return jax.random.normal(jax.random.key(seed), (count, 4)), jnp.arange(count) % 3


def example_field(data, i, field=FIELD):
    """The field of example i alone."""
    return lambda params: field(params, (data[0][i], data[1][i]))


def slope(x, y):
    """The fitted exponent of y ~ x^p."""
    return np.polyfit(np.log(x), np.log(y), 1)[0]


def second_derivative(v, point, direction):
    """The second derivative of v along a direction, by two forward derivatives."""
    once = lambda p: jax.jvp(v, (p,), (direction,))[1]  # noqa: E731
    return jax.jvp(once, (point,), (direction,))[1]


def test_the_gap_of_two_gradient_steps_is_the_bracket_then_the_cubic_term():
    def relative_errors(rate, seed):
        """What is left of the gap after one and after two terms, relative to the first."""
        data, point = examples(2, seed + 100), network_point(seed)
        backwards = jax.tree.map(lambda leaf: leaf[::-1], data)
        v1, v2 = example_field(data, 0), example_field(data, 1)
        bracket = lie_bracket(v1, v2)(point)
        cubic = combine(
            0.5,
            second_derivative(v2, point, v1(point)),
            -0.5,
            second_derivative(v1, point, v2(point)),
        )
        step = gradient_step(FIELD, learning_rate=rate)
        ends = [simulate(step, point, order).final for order in (data, backwards)]
        gap = combine(1.0, ends[0], -1.0, ends[1])
        after_two = combine(1.0, gap, -(rate**2), bracket)
        after_three = combine(1.0, after_two, -(rate**3), cubic)
        lengths = [jnp.linalg.norm(ravel_pytree(t)[0]) for t in (gap, after_two, after_three)]
        return jnp.stack(lengths) / (rate**2 * jnp.linalg.norm(ravel_pytree(bracket)[0]))

    of_every_rate = jax.vmap(relative_errors, (0, None))
    errors = jax.jit(jax.vmap(of_every_rate, (None, 0)))(jnp.asarray(RATES), jnp.arange(20))
    for gap, after_two, after_three in np.moveaxis(np.asarray(errors), 1, 2):
        np.testing.assert_allclose(gap[2:], 1.0, rtol=0.02)  # the gap is the bracket ...
        assert slope(RATES[1:], after_two[1:]) == pytest.approx(1, abs=0.05)  # ... up to order 3,
        assert slope(RATES[1:3], after_three[1:3]) == pytest.approx(2, abs=0.1)  # then order 4


def test_the_bracket_of_two_batches_is_the_mean_of_the_brackets_of_their_examples():
    data, point = examples(5), network_point()
    fields = [example_field(data, i) for i in range(5)]

    def mean_of(some):
        return lambda p: jax.tree.map(
            lambda *leaves: sum(leaves) / len(leaves), *[f(p) for f in some]
        )

    @jax.jit
    def sides(p):
        pairs = [lie_bracket(a, b)(p) for a in fields[:2] for b in fields[2:]]
        mean = jax.tree.map(lambda *leaves: sum(leaves) / 6, *pairs)
        return lie_bracket(mean_of(fields[:2]), mean_of(fields[2:]))(p), mean

    assert_close(*sides(point))


def test_an_epoch_in_reverse_differs_by_the_sum_of_all_brackets():
    data, point = examples(10), network_point()
    backwards = jax.tree.map(lambda leaf: leaf[::-1], data)
    first, second = (jnp.asarray(index) for index in np.triu_indices(10, 1))

    def bracket_of(i, j):
        return lie_bracket(example_field(data, i), example_field(data, j))(point)

    brackets = jax.jit(jax.vmap(bracket_of))(first, second)
    total = jax.tree.map(lambda leaf: leaf.sum(0), brackets)

    def rest(rate):
        ends = [
            simulate(gradient_step(FIELD, learning_rate=rate), point, order).final
            for order in (data, backwards)
        ]
        return combine(1.0 / rate**2, combine(1.0, ends[0], -1.0, ends[1]), -1.0, total)

    rests = jax.jit(jax.vmap(rest))(jnp.asarray(RATES[1:]))
    errors = [size(jax.tree.map(lambda leaf, i=i: leaf[i], rests)) / size(total) for i in range(3)]
    assert slope(RATES[1:], errors) == pytest.approx(1, abs=0.05)
    for came, expected in zip(errors, (7.5e-2, 8.1e-3, 8.2e-4), strict=True):
        assert expected / 3 < came < expected * 3


def test_a_pass_follows_the_modified_field_up_to_third_order():
    data, point = examples(2), network_point()
    v1, v2 = example_field(data, 0), example_field(data, 1)
    bracket = lie_bracket(v1, v2)

    def rest(rate):
        def modified(params):
            """v1 + v2 - rate/2 (sum of the fields' changes along themselves - [v1, v2])."""
            changes = [jax.jvp(v, (params,), (v(params),))[1] for v in (v1, v2)]
            own = combine(1.0, changes[0], 1.0, changes[1])
            second = combine(-rate / 2, own, rate / 2, bracket(params))
            return combine(1.0, combine(1.0, v1(params), 1.0, v2(params)), 1.0, second)

        end = simulate(gradient_step(FIELD, learning_rate=rate), point, data).final
        return combine(1.0, end, -1.0, flow(modified, point, time=rate, steps=4))

    rates = (0.2, 0.1, 0.05, 0.025)
    rests = jax.jit(jax.vmap(rest))(jnp.asarray(rates))
    errors = [size(jax.tree.map(lambda leaf, i=i: leaf[i], rests)) for i in range(4)]
    assert slope(rates, errors) == pytest.approx(3, abs=0.1)


def test_the_bracket_tells_which_order_is_better_for_a_third_example():
    network = mlp([4, 8, 3])
    field = gradient_field(cross_entropy(network.apply))

    def agrees(rate, seed):
        """Whether the sign of the loss's difference is that of <g, [v1, v2]>."""
        point = network_point(seed, network)
        x, labels = examples(3, seed + 10_000)
        data, target = (x[:2], labels[:2]), (x[2], labels[2])
        bracket = lie_bracket(example_field(data, 0, field), example_field(data, 1, field))
        predicted = -jnp.dot(ravel_pytree(field(point, target))[0], ravel_pytree(bracket(point))[0])
        step = gradient_step(field, learning_rate=rate)
        ends = jax.vmap(
            lambda order: simulate(step, point, jax.tree.map(lambda leaf: leaf[order], data)).final
        )(jnp.array([[0, 1], [1, 0]]))
        losses = jax.vmap(lambda end: cross_entropy(network.apply)(end, target))(ends)
        return jnp.sign(losses[0] - losses[1]) == jnp.sign(predicted)

    rates = jnp.array([0.3, 0.1, 0.03, 0.01])
    of_every_rate = jax.vmap(agrees, (0, None))
    right = jax.jit(jax.vmap(of_every_rate, (None, 0)))(rates, jnp.arange(2000))
    accuracy = np.asarray(right).mean(0)
    assert (np.diff(accuracy) > 0).all()
    # Measured once for 2,000 triples of a random network of this shape.
    np.testing.assert_allclose(accuracy, [0.85, 0.945, 0.98, 0.993], atol=0.025)


@pytest.mark.parametrize("tree", SHAPES)
def test_going_round_a_square_of_flows_misses_the_start_by_the_bracket(tree):
    # u, then v, then back along u and along v: t^2 [u, v] + O(t^3).
    u, v, start = random_field(tree, 0), random_field(tree, 1), random_point(tree, 2)
    bracket = lie_bracket(u, v)(start)

    @jax.jit
    @jax.vmap
    def along_u(point, time):
        return flow(u, point, time=time, steps=8)

    @jax.jit
    @jax.vmap
    def along_v(point, time):
        return flow(v, point, time=time, steps=8)

    times = (4e-3, 2e-3, 1e-3)
    t = jnp.asarray(times)
    starts = jax.tree.map(lambda leaf: jnp.stack([leaf] * 3), start)
    ends = along_v(along_u(along_v(along_u(starts, t), t), -t), -t)

    def rest(t, end):
        return combine(1 / t**2, combine(1.0, end, -1.0, start), -1.0, bracket)

    rests = jax.vmap(rest)(t, ends)
    errors = [
        size(jax.tree.map(lambda leaf, i=i: leaf[i], rests)) / size(bracket) for i in range(3)
    ]
    assert slope(times, errors) == pytest.approx(1, abs=0.1)
    assert errors[-1] < 0.05


def test_flows_of_fields_whose_bracket_is_zero_commute():
    start = jnp.asarray([1.0, -2.0, 0.5])

    def fields(seed):
        matrix = 0.3 * jax.random.normal(jax.random.key(seed), (3, 3))
        return linear_field(matrix), linear_field(matrix @ matrix)  # powers of a matrix commute

    def sides(seed):
        u, v = fields(seed)
        return flow(v, flow(u, start, time=0.5), time=0.5), flow(
            u, flow(v, start, time=0.5), time=0.5
        )

    assert size(lie_bracket(*fields(0))(start)) < 1e-14
    assert_identity(sides)
