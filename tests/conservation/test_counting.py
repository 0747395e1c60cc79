"""The counts: all networks of the published lists, laws in closed form, and any function."""

import itertools

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from node import Node
from published import drawn_for_convex_networks, drawn_for_factorization, drawn_for_flows

from lib.conservation import (
    count_laws,
    function_network,
    known_laws,
    lie_algebra_dimension,
    linear_network,
    masked_count,
    relu_network,
)
from lib.conservation.counting import examples_of_function
from lib.fields import flow, gradient_field
from lib.figures import to_javascript

KEY = jax.random.key(0)


def deep_linear_laws(widths):
    """How many entries of all Q are independent, by their gradients and NumPy alone."""
    draw = np.random.default_rng(7)
    weights = [draw.normal(size=pair) for pair in itertools.pairwise(widths)]
    gradients = []
    for layer, size in enumerate(widths[1:-1]):
        for i, j in itertools.combinations_with_replacement(range(size), 2):
            symmetric = np.zeros((size, size))
            symmetric[i, j] = symmetric[j, i] = 1.0
            parts = [np.zeros_like(w) for w in weights]
            parts[layer] = weights[layer] @ symmetric
            parts[layer + 1] = -symmetric @ weights[layer + 1]
            gradients.append(np.concatenate([part.ravel() for part in parts]))
    return np.linalg.matrix_rank(np.array(gradients))


@pytest.mark.parametrize("exact", [False, True], ids=["numerically", "proved"])
def test_the_hundred_published_networks_have_their_known_laws_and_no_others(exact):
    linear, relu = drawn_for_flows()
    for network in linear:
        count = count_laws(network, KEY, exact=exact)
        assert count.certified, network
        assert count.laws == deep_linear_laws(network.widths), network
        assert count.gap > 1e10
    for network in relu:
        count = count_laws(network, KEY, exact=exact)
        assert count.certified, network
        assert count.laws == sum(network.widths[1:-1]), network
        assert count.gap > 1e10


def test_the_published_factorizations_and_convex_networks_have_one_law_a_hidden_neuron():
    """But between one output and one input, where all fields of a factorization have one line."""
    for network in drawn_for_factorization():
        outputs, hidden, inputs = network.widths
        count = count_laws(network, KEY, metric="mirror")
        alone = outputs == inputs == 1
        assert (count.laws, count.certified) == (2 * hidden - 1 if alone else hidden, True), network
    for network in drawn_for_convex_networks():
        count = count_laws(network, KEY, metric=("mirror", "euclidean"))
        assert (count.laws, count.certified) == (network.widths[1], True), network


@pytest.mark.parametrize(
    ("widths", "laws"),
    [
        ((2, 2, 2), 3),
        ((2, 3, 2), 6),
        ((2, 4, 2), 10),
        ((3, 2, 3), 3),
        ((2, 4, 1), 9),
        ((1, 3, 1), 5),
        ((1, 1, 1, 1, 1), 3),
        ((2, 2, 2, 2), 6),
        ((2, 3, 2, 2), 9),
        ((3, 3, 3, 3), 12),
        ((2, 2, 2, 2, 2), 9),
    ],
)
def test_linear_networks(widths, laws):
    count = count_laws(linear_network(widths), KEY)
    assert (count.laws, count.certified) == (laws, True)
    assert count.laws + count.dimension == count.parameters


def test_a_wide_network_moves_in_no_more_directions():
    for hidden in (3, 4, 5):  # N = 3: N (N − 1)/2 = 3
        assert count_laws(linear_network((2, hidden, 1)), KEY).dimension == 3


@pytest.mark.parametrize(
    ("network", "metric", "laws", "certified"),
    [
        (linear_network((2, 3, 2)), "mirror", 3, True),
        (linear_network((1, 3, 1)), "mirror", 5, True),
        (relu_network((2, 3, 2)), ("mirror", "euclidean"), 3, True),
        (relu_network((2, 3, 2), bias=True), ("mirror", "euclidean"), 3, True),
        (linear_network((2, 2, 2), bias=True), "euclidean", 3, True),
    ],
)
def test_other_metrics_and_biases(network, metric, laws, certified):
    count = count_laws(network, KEY, metric=metric)
    assert (count.laws, count.certified) == (laws, certified)
    assert count.gap > 1e6


@pytest.mark.parametrize("metric", ["euclidean", "mirror", ("mirror", "euclidean")])
@pytest.mark.parametrize("relu", [False, True], ids=["linear", "ReLU"])
def test_the_known_laws_are_constant_along_the_flow(metric, relu):
    """Of the squared loss of two examples, with biases, by Runge-Kutta."""
    network = (relu_network if relu else linear_network)((2, 3, 2), bias=True)
    words = [metric] * 2 if isinstance(metric, str) else metric
    curved = [word == "mirror" for word in (*words, words[1])]
    keys = jax.random.split(jax.random.key(4), 4)
    shapes = [(2, 3), (3, 2), (3,)]
    # Away from the kinks: all neurons are on for positive weights and inputs.
    params = [0.5 + jax.random.uniform(k, shape) for k, shape in zip(keys[:3], shapes, strict=True)]
    inputs = jnp.array([[0.3, 0.8], [1.0, 0.2]])
    labels = jax.random.normal(keys[3], (2, 2))

    def loss(params, _):
        w0, w1, b = params
        hidden = inputs @ w1.T + b[None]
        hidden = jax.nn.relu(hidden) if relu else hidden
        return jnp.sum((hidden @ w0.T - labels) ** 2)

    euclidean = gradient_field(loss)

    def field(params):
        slopes = euclidean(params, None)
        return [p * s if c else s for p, s, c in zip(params, slopes, curved, strict=True)]

    end = flow(field, params, time=0.1, steps=200)
    before = known_laws(network, params, metric=metric)[0]
    after = known_laws(network, end, metric=metric)[0]
    np.testing.assert_allclose(after, before, atol=1e-10)
    moved = max(float(jnp.max(jnp.abs(a - b))) for a, b in zip(end, params, strict=True))
    assert moved > 0.1


def test_small_networks_are_counted_with_traced_widths():
    sizes = range(1, 5)
    widths = jnp.array(
        [(a, b, c, d) for a in sizes for b in sizes for c in (0, *sizes) for d in sizes]
    )
    counts = jax.jit(jax.vmap(lambda w: masked_count(w, KEY)))(widths)
    closed = counts.history[:, -1] + counts.known == counts.parameters
    ends = {(1, 2), (2, 1)}
    deeper = [(a, d) in ends and min(b, c) > 2 for a, b, c, d in widths.tolist()]
    np.testing.assert_array_equal(closed, ~np.array(deeper))
    relu = jax.jit(jax.vmap(lambda w: masked_count(w, KEY, relu=True, depth=1)))(widths)
    np.testing.assert_array_equal(relu.history[:, -1] + relu.known, relu.parameters)
    np.testing.assert_array_equal(relu.known, widths[:, 1] + widths[:, 2])
    for row in ((2, 3, 0, 2), (1, 2, 2, 2), (4, 4, 4, 4), (3, 1, 2, 2)):
        network = linear_network([w for w in row if w])
        where = int(np.flatnonzero((np.asarray(widths) == row).all(axis=1))[0])
        found = counts.parameters[where] - counts.history[where, -1]
        assert found == count_laws(network, KEY).laws, row


def test_a_page_counts_what_the_library_counts():
    """The translated count, with the widths as a slider sends them."""

    def live(*widths):
        whole = jnp.round(jnp.stack(widths)).astype(int)
        count = masked_count(whole, KEY)
        return count.history, count.known, count.parameters

    settings = [
        (2.0, 3.0, 0.0, 2.0),
        (1.0, 4.0, 0.0, 1.0),
        (4.0, 4.0, 4.0, 4.0),
        (3.0, 1.0, 2.0, 1.0),
    ]
    node = Node()
    found = node.run(to_javascript(live, *settings[0]), settings)
    node.close()
    expected = jax.jit(jax.vmap(live))(*jnp.array(settings).T)
    for k, leaves in enumerate(found):
        for leaf, wanted in zip(leaves, expected, strict=True):
            np.testing.assert_array_equal(leaf, wanted[k])


def test_a_model_of_equinox_is_counted_unchanged():
    model = equinox.nn.MLP(2, 1, 2, 1, activation=jnp.tanh, key=KEY)
    params, rest = equinox.partition(model, equinox.is_array)
    network = function_network(
        lambda p, x: equinox.combine(p, rest)(x), params, lambda key: jax.random.normal(key, (2,))
    )
    count = count_laws(network, KEY)
    # tanh leaves no law; the bias of the output moves by itself.
    assert (count.laws, count.certified, count.parameters) == (0, True, 9)


def test_any_function_draws_the_inputs_of_a_network():
    """Each input and each vector has a key of its own; an Equinox model of arrays has no hash."""

    class Around(equinox.Module):
        middle: jax.Array

        def __call__(self, key):
            return self.middle + jax.random.normal(key, (2,))

    draw = Around(jnp.array([1.0, 2.0]))
    network = function_network(lambda p, x: p @ x, jnp.ones((3, 2)), draw)
    keys = jax.random.split(KEY, 5)
    drawn = examples_of_function(network, keys)
    for key, x, vector in zip(keys, *drawn, strict=True):
        np.testing.assert_array_equal(x, draw(jax.random.fold_in(key, 0)))
        wanted = jax.random.normal(jax.random.fold_in(key, 1), (3,))
        np.testing.assert_array_equal(vector, wanted)
    assert count_laws(network, KEY).laws == 0


def test_functions_whose_fields_commute_or_coincide():
    line = function_network(lambda p, x: p * x, jnp.ones(()), lambda key: jax.random.normal(key))
    assert count_laws(line, KEY).laws == 0
    product = function_network(
        lambda p, x: jnp.prod(p) * x, jnp.array([1.0, 2.0, 0.5]), lambda key: jax.random.normal(key)
    )
    assert count_laws(product, KEY).history == (1, 1)  # rounding is no direction


def half_slope(p, x):
    return jnp.maximum(p[0], p[1]) * x


def test_a_kink_is_noticed_wherever_it_stands_and_only_there():
    """At a tie JAX takes half of either slope, and the count would be certified."""
    corner = jnp.array([0.0, 1.0])
    kinks = [
        (half_slope, jnp.ones(2)),
        (lambda p, x: jnp.abs(p[0]) * x * p[1], corner),
        (lambda p, x: jnp.where(x > 2.5, jnp.abs(p[0]), p[0]) * x * p[1], corner),
    ]
    for apply, params in kinks:
        with pytest.raises(ValueError, match=r"^The network has a kink at this point: very close"):
            count_laws(function_network(apply, params, jax.random.normal), KEY)
    sharp = function_network(lambda p, x: jnp.tanh(1e4 * p) * x, jnp.zeros(2), jax.random.normal)
    assert count_laws(sharp, KEY).laws == 0
    beside = function_network(half_slope, jnp.array([1.0, 1.0 + 1e-3]), jax.random.normal)
    assert count_laws(beside, KEY).laws == 1


def test_the_dimension_at_special_weights_is_smaller():
    network = linear_network((2, 2, 2))
    generic = [jnp.array([[1.0, 2.0], [0.5, -1.0]]), jnp.array([[0.3, 1.0], [-2.0, 0.7]])]
    assert lie_algebra_dimension(network, generic, KEY) == 5
    assert lie_algebra_dimension(network, [jnp.zeros((2, 2))] * 2, KEY) == 0
