"""Two dense layers: what their steepest flows keep, and the starts that make them diagonal."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.linalg import fractional_matrix_power

from lib.conservation import count_laws, function_network
from lib.fields import flow, rk4_step
from lib.mirror import (
    DenseFactors,
    aligned_factors,
    balance,
    dense_flow,
    dense_laws,
    dense_velocity,
    hidden_volume,
    schatten_direction,
    steepest_direction,
    steepest_flow,
)
from lib.polar import polar_factor
from lib.simulate import run_optimizer

U, V, MU = jnp.array([0.9, 0.5, 0.3]), jnp.array([0.2, 0.6, 0.7]), jnp.array([2.0, 1.2, 0.8])


def orthogonal(number, size=3):
    return jnp.linalg.qr(jax.random.normal(jax.random.key(number), (size, size)))[0]


def normal(number, *shape):
    return jax.random.normal(jax.random.key(number), shape)


def product(params):
    return params.left @ params.right.T


def test_the_schatten_direction_is_a_power_of_the_gram_matrix_and_turns_along():
    g, a, c = normal(0, 3, 4), orthogonal(1), orthogonal(2, 4)
    for q in (1.0, 1.5, 2.0):
        known = fractional_matrix_power(np.asarray(g @ g.T), (q - 2) / 2) @ g
        np.testing.assert_allclose(schatten_direction(g, q), -known, atol=1e-12)
        turned = schatten_direction(a @ g @ c.T, q)
        np.testing.assert_allclose(turned, -a @ known @ c.T, atol=1e-12)
    np.testing.assert_allclose(schatten_direction(g, 1.0), -polar_factor(g), atol=1e-12)


def test_the_schatten_direction_has_derivatives_where_singular_values_are_exactly_zero():
    u, v, du, dv = map(jnp.array, ([1.0, 0.0], [2.0, 0.0, 0.0], [0.3, -0.5], [0.2, 0.7, -0.4]))

    def found(t):
        return schatten_direction(jnp.outer(u + t * du, v + t * dv), 1.5)

    def known(t):
        left, right = u + t * du, v + t * dv
        size = jnp.linalg.norm(left) * jnp.linalg.norm(right)
        return -jnp.outer(left, right) / jnp.sqrt(size)

    for _ in range(3):
        found, known = jax.jacfwd(found), jax.jacfwd(known)
        np.testing.assert_allclose(found(0.0), known(0.0), atol=1e-14)


def test_singular_values_that_are_zero_stay_zero():
    flat = jnp.outer(jnp.array([0.6, 0.8]), jnp.array([1.0, 2.0, 2.0]) / 3)
    np.testing.assert_allclose(schatten_direction(7 * flat, 1.0), -flat, atol=1e-12)
    np.testing.assert_array_equal(schatten_direction(0 * flat, 1.0), 0 * flat)


@pytest.mark.parametrize("q", [1.0, 1.5, 2.0])
def test_from_an_aligned_start_the_schatten_flow_is_the_diagonal_network(q):
    a, b, c = (orthogonal(n) for n in (3, 4, 5))
    target = a @ jnp.diag(MU) @ c.T
    basis, _, other = jnp.linalg.svd(target)
    start = aligned_factors(target, U, V, b)
    times = jnp.array([0.0, 0.2, 0.35])  # before the first singular value has arrived

    def loss(w):
        return jnp.sum((w - target) ** 2) / 2

    run = dense_flow(loss, *start, times, q=q, norm="schatten")
    small = steepest_flow(lambda x: jnp.sum((x - MU) ** 2) / 2, jnp.stack([U, V]), times, q=q)
    for left, right, weights in zip(run.left, run.right, small.weights, strict=True):
        found = jnp.stack([basis.T @ left @ b, other @ right @ b])
        expected = jnp.stack([jnp.diag(w) for w in weights])
        np.testing.assert_allclose(found, expected, atol=1e-8)
        np.testing.assert_allclose(balance(weights, q), balance(jnp.stack([U, V]), q), atol=1e-8)
    np.testing.assert_allclose(run.product, run.left @ run.right.mT, atol=1e-12)


def test_the_entrywise_flow_needs_the_axes_of_the_network_instead():
    target, times = jnp.diag(MU), jnp.array([0.0, 0.3])

    def drift(target, start):
        run = dense_flow(lambda w: jnp.sum((w - target) ** 2) / 2, *start, times, q=1.5)
        a, _, ct = jnp.linalg.svd(target)
        cores = (a.T @ run.left[-1], ct @ run.right[-1])
        return max(float(jnp.abs(c - jnp.diag(jnp.diag(c))).max()) for c in cores)

    assert drift(target, DenseFactors(jnp.diag(U), jnp.diag(V))) < 1e-9
    turned = orthogonal(3) @ target @ orthogonal(5).T
    assert drift(turned, aligned_factors(turned, U, V)) > 0.03


@pytest.mark.parametrize("norm", ["entrywise", "schatten"])
def test_the_flow_is_that_of_small_steps(norm, optimized):
    left, right, target = 0.5 * normal(1, 2, 3), 0.5 * normal(2, 2, 3), normal(3, 2, 2)

    def loss(w):
        return jnp.sum((w - target) ** 2) / 2

    late = 0.3
    for q, accuracy in ((1.0, 2e-4), (1.5, 1e-6), (2.0, 1e-9)):

        def field(params, q=q):
            return dense_velocity(jax.grad(loss)(product(params)), *params, q=q, norm=norm)

        known = flow(field, DenseFactors(left, right), time=late, steps=3000)
        found = dense_flow(loss, left, right, jnp.array([0.0, late]), q=q, norm=norm)
        for w, end in zip(known, (found.left[-1], found.right[-1]), strict=True):
            np.testing.assert_allclose(end, w, atol=accuracy)


def test_a_sign_flow_that_slides_is_followed_to_its_end():
    stacked, target = normal(3, 4, 5), jnp.array([[2.0, 0.0], [-1.0, 1.0]])
    for norm in ("entrywise", "schatten"):
        run = dense_flow(
            lambda w: jnp.sum((w - target) ** 2) / 2,
            stacked[:2],
            stacked[2:],
            jnp.array([0.0, 2.0]),
            q=1.0,
            norm=norm,
        )
        np.testing.assert_allclose(run.product[-1], target, atol=1e-6)


def counted(network, point, inputs, act, q):
    """The laws of a flow by brackets at a point, from {func}`count_laws`."""
    function = function_network(network, point, partial(jax.random.normal, shape=(inputs,)))
    count = count_laws(function, jax.random.key(0), direction=lambda g, _: act(g, q))
    assert count.gap > 1e8
    return count.laws


def dense(params, x):
    return params.left @ (params.right.T @ x)


def random_point(n, r, m):
    return DenseFactors(normal(1, n, r), normal(2, m, r))


@pytest.mark.parametrize("widths", [(1, 2, 2), (1, 3, 1), (2, 3, 2)])
def test_dense_layers_keep_by_entries_what_one_number_drives_and_nothing_else(widths):
    found = counted(dense, random_point(*widths), widths[2], steepest_direction, 1.5)
    assert found == dense_laws(*widths, q=1.5)


@pytest.mark.parametrize(("q", "widths"), [(1.5, (1, 3, 1)), (1.0, (1, 3, 2)), (1.0, (2, 5, 2))])
def test_dense_layers_keep_by_singular_values_what_the_special_linear_group_leaves(q, widths):
    found = counted(dense, random_point(*widths), widths[2], schatten_direction, q)
    assert found == dense_laws(*widths, q=q, norm="schatten")


def test_relu_networks_keep_laws_only_where_one_number_drives_each_neuron():
    weights = jnp.array([[0.8, -0.9, 0.7], [0.2, 0.1, -0.4]])  # all switch, also with a bias

    def relu(params, x):
        return params.left @ jnp.maximum(params.right.T @ x, 0.0)

    def with_bias(params, x):
        return relu(params, jnp.append(x, 1.0))

    for network, n, m, inputs, known in (
        (relu, 2, 2, 2, 0),
        (with_bias, 1, 2, 1, 0),
        (relu, 1, 1, 1, 4),  # 2r - 2: input weights of both signs
    ):
        point = DenseFactors(normal(1, n, 3), weights[:m])
        assert counted(network, point, inputs, steepest_direction, 1.5) == known
        if n == 2:
            assert counted(network, point, inputs, schatten_direction, 1.5) == known


def test_at_two_the_laws_are_those_of_linear_networks():
    for widths in ((2, 2, 2), (2, 5, 2), (1, 1, 1), (1, 4, 2)):
        n, r, m = widths
        left, right = normal(1, n, r), normal(2, m, r)

        def law(params):
            return params[0].T @ params[0] - params[1].T @ params[1]

        slopes = jax.jacobian(law)((left, right))
        rows = jnp.concatenate([s.reshape(r * r, -1) for s in slopes], axis=1)
        assert np.linalg.matrix_rank(rows) == dense_laws(*widths, q=2.0)


@pytest.mark.parametrize("q", [1.0, 1.5])
def test_a_schatten_flow_keeps_the_volume_and_the_row_space_and_the_entrywise_flow_does_not(q):
    left, right, target = normal(1, 2, 5), normal(2, 2, 5), normal(3, 2, 2)
    moments = jnp.array([0.0, 0.4])
    stacked = jnp.concatenate([left, right])
    outside = jnp.eye(5) - jnp.linalg.pinv(stacked) @ stacked
    volume = hidden_volume(left, right)

    def imbalance_values(left, right):
        values = jnp.linalg.eigvalsh(left.T @ left - right.T @ right)
        return values[jnp.argsort(-jnp.abs(values))][:4]

    known = jnp.sqrt(jnp.abs(jnp.prod(imbalance_values(left, right))))
    np.testing.assert_allclose(volume, known, rtol=1e-9)
    for norm in ("entrywise", "schatten"):
        run = dense_flow(
            lambda w: jnp.sum((w - target) ** 2) / 2, left, right, moments, q=q, norm=norm
        )
        moved = jnp.concatenate([run.left[-1], run.right[-1]])
        left_out = float(jnp.abs(moved @ outside).max())
        change = abs(float(hidden_volume(run.left[-1], run.right[-1]) / volume) - 1)
        gone = jnp.abs(
            imbalance_values(run.left[-1], run.right[-1]) - imbalance_values(left, right)
        )
        if norm == "schatten":
            assert left_out < 1e-8
            assert change < 1e-7
            assert gone.max() > 0.03  # the imbalance itself is not kept
        else:
            assert left_out > 0.01
            assert change > 0.01
    assert hidden_volume(left[:, :2], right[:, :2]) == 0


def test_steps_of_muon_change_the_volume_by_the_square_of_the_learning_rate_and_no_row_space():
    stacked, target = normal(1, 4, 6), normal(2, 2, 2)
    start = DenseFactors(stacked[:2], stacked[2:])
    basis = jnp.linalg.svd(stacked, full_matrices=False)[2]

    def descent(params, _):
        force = product(params) - target
        return DenseFactors(-force @ params.right, -force.T @ params.left)

    def after(rate, steps, **options):
        muon = optax.contrib.muon(rate, **options)
        run = run_optimizer(muon, descent, start, jnp.arange(steps), every=steps)
        return jnp.concatenate(run.final), hidden_volume(*run.final) / hidden_volume(*start)

    changes = [after(rate, 1, beta=0.0)[1] - 1 for rate in (1e-2, 5e-3)]
    np.testing.assert_allclose(changes[0] / changes[1], 4.0, rtol=1e-2)
    weights, _ = after(1e-2, 50, weight_decay=0.5)
    assert jnp.abs(weights - weights @ basis.T @ basis).max() < 1e-12
    assert jnp.abs(weights - stacked).max() > 0.1


def test_how_far_the_flows_leave_the_law_of_gradient_flow(optimized):
    # Until a tenth of the loss is left, by small steps: ranges over five draws of the changes of
    # the imbalance and of the sums of powers, relative.
    ranges = {
        (1.5, "schatten"): (0.12, 0.29),
        (1.5, "entrywise"): (0.16, 0.28, 0.06, 0.48),
        (1.1, "entrywise"): (0.30, 0.71, 0.06, 1.00),
        (1.0, "entrywise"): (0.33, 0.90, 0.10, 1.15),
        (1.0, "schatten"): (0.25, 0.67),
    }
    keys = jax.vmap(lambda s: jax.random.split(jax.random.key(s), 3))(jnp.arange(5))

    def relative(after, before):
        return jnp.linalg.norm(after - before) / jnp.linalg.norm(before)

    def powers(params, q):
        return jnp.sum(jnp.abs(params.left) ** q, 0) - jnp.sum(jnp.abs(params.right) ** q, 0)

    def imbalance(params):
        return params.left.T @ params.left - params.right.T @ params.right

    @partial(jax.jit, static_argnames="norm")
    @partial(jax.vmap, in_axes=(0, None, None))
    def changes(keys, q, norm):
        left, right = (0.5 * jax.random.normal(k, (3, 4)) for k in keys[:2])
        target = jax.random.normal(keys[2], (3, 3))

        def value(params):
            return jnp.sum((product(params) - target) ** 2) / 2

        def field(at):
            return dense_velocity(product(at) - target, *at, q=q, norm=norm)

        first = DenseFactors(left, right)
        until = value(first) / 10
        last = jax.lax.while_loop(
            lambda params: value(params) > until,
            lambda params: rk4_step(field, params, jnp.asarray(2e-3)),
            first,
        )
        return jnp.stack(
            [
                relative(imbalance(last), imbalance(first)),
                relative(powers(last, q), powers(first, q)),
            ]
        )

    assert changes(keys, 2.0, "entrywise").max() < 1e-10
    for (q, norm), known in ranges.items():
        found = changes(keys, q, norm)
        ends = jnp.stack([found.min(0), found.max(0)], 1).ravel()[: len(known)]
        np.testing.assert_allclose(ends, known, atol=8e-3)
