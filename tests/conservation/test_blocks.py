"""Blocks of modern networks: each row of the section's table, counted and certified.

Counts belong to a point: a neuron or an expert that never switches frees parameters. So ReLU rows
have two inputs or more, normalized pre-activations are shifted by less than they are scaled, and
the drawn points are such that every neuron is on for some inputs and off for others.
"""

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lib.conservation import (
    attention_network,
    convolutional_network,
    count_laws,
    feedforward_network,
    function_network,
    mixture_network,
    normalized_network,
    residual_relu_network,
    transformer_network,
)
from lib.fields import gradient_field
from lib.simulate import gradient_step

KEY = jax.random.key(0)

layer = partial(feedforward_network, KEY, inputs=3, hidden=3, outputs=2)
small_layer = partial(feedforward_network, KEY, inputs=2, hidden=3, outputs=2)
attention = partial(attention_network, KEY, width=3, head_width=2)
normalized = partial(normalized_network, KEY, inputs=3, hidden=4, outputs=2)
over_a_batch = partial(normalized_network, KEY, inputs=2, hidden=2, outputs=2, norm="batch")
mixture = partial(mixture_network, KEY, inputs=2, experts=3, hidden=1, outputs=1)

ROWS = {
    "ReLU": (lambda: small_layer(), 3),
    "leaky ReLU": (lambda: small_layer(activation="leaky relu"), 3),
    "absolute value": (lambda: small_layer(activation="abs"), 3),
    "squared ReLU": (lambda: small_layer(activation="relu²"), 3),
    "square": (lambda: layer(activation="square"), 3),
    "GELU": (lambda: small_layer(activation="gelu"), 0),
    "SiLU": (lambda: small_layer(activation="silu"), 0),
    "tanh": (lambda: small_layer(activation="tanh"), 0),
    "identity": (lambda: small_layer(activation="identity"), 6),
    "SwiGLU": (lambda: small_layer(activation="silu", gated=True), 3),
    "GEGLU": (lambda: small_layer(activation="gelu", gated=True), 3),
    "GLU": (lambda: small_layer(activation="sigmoid", gated=True), 3),
    "ReGLU": (lambda: small_layer(activation="relu", gated=True), 6),
    "bilinear": (lambda: layer(activation="identity", gated=True), 6),
    "attention": (lambda: attention(), 6),
    "two heads, causal": (lambda: attention(heads=2, causal=True), 12),
    "rotary, two pairs": (lambda: attention(head_width=4, rotary=True), 12),
    "grouped queries": (lambda: attention(heads=2, key_heads=1), 6),
    "query and key biases": (lambda: attention(biases=True), 8),
    "layer norm": (lambda: normalized(), 8),
    "layer norm with eps": (lambda: normalized(eps=1e-2), 7),
    "RMS norm": (lambda: normalized(norm="rms"), 5),
    "RMS norm with eps": (lambda: normalized(norm="rms", eps=1e-2), 4),
    "batch norm": (lambda: over_a_batch(hidden=3), 6),
    "batch norm with eps": (lambda: over_a_batch(hidden=3, eps=1e-2), 3),
    "two batch norms": (lambda: over_a_batch(normalized_outputs=True), 6),
    "ReLU convolution": (lambda: convolutional_network(KEY, channels=(1, 3, 1)), 3),
    "linear convolution": (
        lambda: convolutional_network(KEY, channels=(2, 2, 2), activation="identity"),
        3,
    ),
    "residual blocks": (lambda: residual_relu_network(KEY, width=2, hidden=(2, 1)), 3),
    "softmax gate": (lambda: mixture(), 5),
    "softmax gate, two experts": (lambda: mixture(experts=2), 4),
    "softmax gate, three inputs": (lambda: mixture(experts=2, inputs=3, outputs=2), 5),
    "softmax gate, two neurons each": (lambda: mixture(experts=2, hidden=2), 6),
    "softmax gate with bias": (lambda: mixture(experts=2, bias=True), 5),
    "top two": (lambda: mixture(active=2), 5),
    "top two of the softmax": (lambda: mixture(active=2, renormalized=False), 5),
    "sigmoid gate": (lambda: mixture(gate="sigmoid"), 3),
    "normalized sigmoid gate": (lambda: mixture(gate="normalized sigmoid"), 3),
    "two largest sigmoids": (lambda: mixture(gate="sigmoid", active=2), 3),
}

SMOOTH = {
    "square",
    "GELU",
    "SiLU",
    "tanh",
    "identity",
    "SwiGLU",
    "GEGLU",
    "GLU",
    "bilinear",
    "attention",
    "two heads, causal",
    "rotary, two pairs",
    "grouped queries",
    "query and key biases",
    "linear convolution",
}


@pytest.mark.parametrize("name", ROWS)
def test_each_row_of_the_table(name):
    build, laws = ROWS[name]
    network = build()
    # Without kinks there is no small region of inputs that many examples would have to find.
    count = count_laws(network, KEY, samples=80 if name in SMOOTH else None)
    assert (count.laws, count.certified) == (laws, True), count
    assert count.gap > 1e6 or count.laws == 0


def test_a_transformer_block_has_the_laws_of_its_parts():
    """Two rotary heads of width 2, three gates, and one law for each coordinate of each norm."""
    network = transformer_network(KEY, width=4, heads=2, hidden=3, tokens=3)
    count = count_laws(network, KEY, samples=150)
    assert (count.laws, count.certified, count.parameters) == (2 * (1 + 3) + 3 + 8, True, 108)
    assert count.gap > 1e5


def one_input(draw, hidden):
    """Two ReLU layers of one input, which reach one output."""
    out, first = draw.normal(size=(1, hidden)), draw.normal(size=(hidden, 1))
    return function_network(
        lambda p, x: p[0] @ jax.nn.relu(p[1] @ x),
        [out, first],
        partial(jax.random.normal, shape=(1,)),
    )


def test_relu_neurons_of_one_input_have_more_laws_where_they_share_a_sign():
    """2r − s, with s signs among the r input weights; r needs two inputs or a bias."""
    network = one_input(np.random.default_rng(0), 3)
    for signs, laws in (([1.0, 1.0, -1.0], 4), ([1.0, 1.0, 1.0], 5)):
        params = [network.params[0], np.abs(network.params[1]) * np.array([signs]).T]
        assert count_laws(network, KEY, params=params).laws == laws


@pytest.mark.parametrize(("signs", "laws"), [((1, 1, 1, 1), 3), ((1, -1, 1, 1), 2)])
def test_residual_blocks_of_one_coordinate_have_a_law_more_in_one_region(signs, laws):
    """Two blocks of one neuron; three laws of four parameters where all see the same sign."""
    network = residual_relu_network(KEY, width=1, hidden=(1, 1))
    sizes = iter((0.7, 1.1, 0.4, 0.9))
    params = [
        {"out": np.full((1, 1), next(sizes) * a), "in": np.full((1, 1), next(sizes) * b)}
        for a, b in (signs[:2], signs[2:])
    ]
    assert count_laws(network, KEY, params=params).laws == laws


def test_one_expert_leaves_the_gate_alone_or_almost():
    """Experts that never fire in their region free some more, so these are lower bounds."""
    one = count_laws(mixture(active=1), KEY)
    assert one.laws >= 3 * 2 + 3
    weighted = count_laws(mixture(active=1, renormalized=False), KEY)
    assert weighted.laws >= 2 + 3


def test_only_differences_of_logits_matter_to_the_cross_entropy():
    """Its slopes sum to zero, as those of the centred logits do: one law a column of the output."""
    network = layer(outputs=3)

    def centred(params, x):
        logits = network.apply(params, x)
        return logits - jnp.mean(logits)

    def laws(params):
        return network.laws(params), jnp.sum(params["out"], axis=0)

    count = count_laws(function_network(centred, network.params, network.draw_input, laws), KEY)
    assert (count.laws, count.certified) == (6, True)


def test_a_layer_with_softmax_keeps_its_column_sums():
    theta = jax.random.normal(KEY, (3, 4))
    network = function_network(
        lambda p, x: jax.nn.softmax(p @ x),
        theta,
        lambda key: jax.random.normal(key, (4,)),
        lambda p: jnp.sum(p, axis=0),
    )
    count = count_laws(network, KEY)
    assert (count.laws, count.certified) == (4, True)


def pair_loss(params, example):
    """The squared loss of an example and of its mirror image."""
    x, y = example
    both = jnp.stack([x, x[::-1]], axis=1)
    return 0.5 * jnp.sum((params @ both - y[:, None]) ** 2)


@pytest.mark.parametrize(
    ("augmented", "laws"), [(True, {1: 0, 2: 1, 3: 2}), (False, {3: 0})], ids=["pairs", "single"]
)
def test_mirrored_examples_add_laws_to_one_linear_layer(augmented, laws):
    found = {}
    for outputs in laws:

        def loss(params, example):
            x, y = example
            return pair_loss(params, example) if augmented else 0.5 * jnp.sum((params @ x - y) ** 2)

        def draw(key, outputs=outputs):
            a, b = jax.random.split(key)
            return jax.random.normal(a, (2,)), jax.random.normal(b, (outputs,))

        network = function_network(loss, jax.random.normal(KEY, (outputs, 2)), draw)
        found[outputs] = count_laws(network, KEY, samples=40).laws
    assert found == laws


def test_mirrored_examples_add_no_law_to_two_linear_layers():
    def loss(params, example):
        return pair_loss(params["out"] @ params["in"], example)

    def draw(key):
        return tuple(jax.random.normal(each, (2,)) for each in jax.random.split(key))

    theta = small_layer(hidden=2, activation="identity").params
    count = count_laws(function_network(loss, theta, draw), KEY, samples=40)
    assert (count.laws, count.history) == (3, (3, 5, 5))


def test_the_difference_of_mirrored_columns_keeps_its_direction_exactly():
    keys = jax.random.split(KEY, 3)
    theta = jax.random.normal(keys[0], (2, 2))
    examples = tuple(jax.random.normal(key, (5, 2)) for key in keys[1:])

    def loss(params, _):
        return jnp.mean(jax.vmap(pair_loss, (None, 0))(params, examples))

    step = gradient_step(gradient_field(loss), learning_rate=0.05)
    end = jax.jit(lambda start: jax.lax.fori_loop(0, 50, lambda _, w: step(w, None), start))(theta)
    before, after = (np.asarray(w)[:, 0] - np.asarray(w)[:, 1] for w in (theta, end))
    turned = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
    assert abs(turned) < 1e-13
    assert np.linalg.norm(after) < 0.5 * np.linalg.norm(before)


@pytest.mark.parametrize(
    ("gate", "order"), [("softmax", None), ("sigmoid", 1), ("normalized sigmoid", 1)]
)
def test_one_step_tells_laws_from_what_is_none(gate, order):
    network = mixture_network(KEY, inputs=2, experts=3, hidden=2, outputs=1, gate=gate)
    inputs = jax.random.normal(jax.random.key(1), (20, 2))
    labels = jax.random.normal(jax.random.key(2), (20, 1))

    def loss(params, _):
        outputs = jax.vmap(network.apply, (None, 0))(params, inputs)
        return 0.5 * jnp.mean(jnp.sum((outputs - labels) ** 2, axis=1))

    field = gradient_field(loss)

    @jax.jit
    def changes(rate):
        after = gradient_step(field, learning_rate=rate)(network.params, None)
        old, new = network.params, after
        neurons = network.laws(new)[0] - network.laws(old)[0]
        gates = jnp.sum(new["gate"], axis=0) - jnp.sum(old["gate"], axis=0)
        return jnp.linalg.norm(neurons), jnp.linalg.norm(gates)

    coarse, fine = changes(1e-2), changes(1e-3)
    np.testing.assert_allclose(coarse[0] / fine[0], 100.0, rtol=1e-6)
    if order is None:
        assert coarse[1] < 1e-15
    else:
        np.testing.assert_allclose(coarse[1] / fine[1], 10.0, rtol=1e-6)


def test_a_deep_relu_network_has_at_least_one_law_a_neuron():
    widths = (2, 3, 3, 2)

    def apply(params, x):
        return params[0] @ jax.nn.relu(params[1] @ jax.nn.relu(params[2] @ x))

    def draw(key):
        keys = jax.random.split(key, 3)
        pairs = pairwise(widths)
        return [jax.random.normal(k, s) for k, s in zip(keys, pairs, strict=True)]

    def laws(params):
        squares = [p**2 for p in params]
        return [jnp.sum(a, axis=0) - jnp.sum(b, axis=1) for a, b in pairwise(squares)]

    network = function_network(apply, draw(KEY), lambda key: jax.random.normal(key, (2,)), laws)
    counts = [count_laws(network, KEY, params=draw(jax.random.key(s))) for s in range(2)]
    assert [(count.laws, count.certified) for count in counts] == [(6, True), (7, False)]


def test_what_is_no_law_is_found_out():
    network = layer()
    claimed = function_network(
        network.apply, network.params, network.draw_input, lambda p: jnp.sum(p["out"])
    )
    with pytest.raises(ValueError, match=r"^Number 1 of the 1 numbers that `laws` returns is no "):
        count_laws(claimed, KEY)
