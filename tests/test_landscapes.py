"""The losses, against scikit-learn and SciPy, and what bad input is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import expit, log_softmax
from sklearn.metrics import log_loss

from lib.fields import gradient_field, lie_bracket
from lib.figures import to_javascript
from lib.landscapes import (
    binary_cross_entropy,
    cross_entropy,
    logistic_loss,
    mlp,
    residual_network,
)

NETWORK = mlp([4, 5, 3])
PARAMS = NETWORK.init(jax.random.key(0))


def test_the_logistic_loss_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    weights, features, labels = (
        rng.normal(size=3),
        rng.normal(size=(20, 3)),
        rng.integers(2, size=20),
    )
    batched = jax.vmap(logistic_loss, (None, 0))
    came = batched(jnp.asarray(weights), (jnp.asarray(features), jnp.asarray(labels)))
    probability = 1 / (1 + np.exp(-features @ weights))
    assert float(came.mean()) == pytest.approx(log_loss(labels, probability), rel=1e-12)


@pytest.mark.parametrize(
    ("score", "label", "expected"),
    [(800.0, 0, 800.0), (-800.0, 1, 800.0), (40.0, 1, np.exp(-40.0)), (-40.0, 0, np.exp(-40.0))],
)
def test_the_logistic_loss_is_stable_at_large_scores(score, label, expected):
    example = (jnp.ones(1), label)
    assert float(logistic_loss(jnp.asarray([score]), example)) == pytest.approx(expected, rel=1e-12)
    assert bool(jnp.isfinite(jax.grad(logistic_loss)(jnp.asarray([score]), example)[0]))


def test_the_gradient_of_the_logistic_loss_is_the_residual_times_the_features():
    weights, features = jnp.asarray([0.3, -0.2]), jnp.asarray([1.5, 2.0])
    came = jax.grad(logistic_loss)(weights, (features, 1))
    probability = 1 / (1 + np.exp(-0.05))
    np.testing.assert_allclose(came, (probability - 1) * np.asarray(features), rtol=1e-12)


def test_the_network_computes_what_its_definition_says():
    x = np.array([0.1, -0.4, 2.0, 1.0])
    hidden = np.tanh(np.asarray(PARAMS[0]["weight"]) @ x + np.asarray(PARAMS[0]["bias"]))
    logits = np.asarray(PARAMS[1]["weight"]) @ hidden + np.asarray(PARAMS[1]["bias"])
    np.testing.assert_allclose(NETWORK.apply(PARAMS, jnp.asarray(x)), logits, rtol=1e-12)
    loss = cross_entropy(NETWORK.apply)(PARAMS, (jnp.asarray(x), 2))
    assert float(loss) == pytest.approx(-log_softmax(logits)[2], rel=1e-12)


def test_another_activation_is_used_in_the_hidden_layers_only():
    network = mlp([1, 1, 1], jax.nn.relu)
    layer = {"weight": -jnp.ones((1, 1)), "bias": jnp.zeros(1)}
    assert network.apply([layer, layer], jnp.asarray([-3.0])).tolist() == [-3.0]
    assert network.apply([layer, layer], jnp.asarray([3.0])).tolist() == [0.0]


def test_the_start_is_scaled_to_the_number_of_inputs_and_fixed_by_the_key():
    wide = mlp([400, 100, 2]).init(jax.random.key(1))
    assert float(jnp.std(wide[0]["weight"])) == pytest.approx(1 / 20, rel=0.02)
    assert float(jnp.std(wide[1]["weight"])) == pytest.approx(1 / 10, rel=0.2)
    assert float(jnp.std(wide[0]["bias"])) == pytest.approx(1 / 20, rel=0.25)
    again, other = NETWORK.init(jax.random.key(0)), NETWORK.init(jax.random.key(1))
    assert bool(jnp.all(again[0]["weight"] == PARAMS[0]["weight"]))
    assert not bool(jnp.any(other[0]["weight"] == PARAMS[0]["weight"]))
    assert not bool(jnp.any(PARAMS[0]["weight"][:3, :3] == PARAMS[1]["weight"][:3, :3]))


def test_the_cross_entropy_is_stable_at_large_logits():
    loss = cross_entropy(lambda logits, _: logits)
    logits = jnp.asarray([1e4, 0.0, -1e4])
    assert [float(loss(logits, (0, label))) for label in range(3)] == [0.0, 1e4, 2e4]


def test_brackets_of_both_losses_can_be_translated_to_javascript():
    logistic, network = gradient_field(logistic_loss), gradient_field(cross_entropy(NETWORK.apply))

    def brackets(weights, params, x, label):
        return (
            lie_bracket(lambda p: logistic(p, (x, 0)), lambda p: logistic(p, (-x, label)))(weights),
            lie_bracket(lambda p: network(p, (x, 2)), lambda p: network(p, (-x, label)))(params),
        )

    source = to_javascript(brackets, jnp.ones(4), PARAMS, jnp.ones(4), jnp.asarray(1)).source
    assert "=>" in source or "function" in source


RESIDUAL = {norm: residual_network(channels=4, classes=3, norm=norm) for norm in ("batch", "group")}
IMAGES = jax.random.uniform(jax.random.key(5), (3, 8, 8))


def drawn(norm):
    """Parameters and statistics without the symmetries of the start."""
    start = RESIDUAL[norm].init(jax.random.key(2))
    leaves, tree = jax.tree.flatten(start)
    keys = jax.random.split(jax.random.key(3), len(leaves))
    return jax.tree.unflatten(
        tree,
        [
            leaf + 0.3 * jax.random.uniform(k, leaf.shape)
            for k, leaf in zip(keys, leaves, strict=True)
        ],
    )


def mish(values):
    return values * np.tanh(np.log1p(np.exp(values)))


def by_hand(params, images, moments_of):
    """The network from its definition, with SciPy's correlation and loops over channels."""
    params = jax.tree.map(np.asarray, params)
    count = iter(range(5))

    def unit(values):
        n = next(count)
        weight, scale, shift = (params["units"][n][name] for name in ("weight", "scale", "shift"))
        summed = np.array(
            [
                [
                    sum(
                        correlate2d(image[..., i], weight[:, :, i, o], mode="same")
                        for i in range(weight.shape[2])
                    )
                    for o in range(weight.shape[3])
                ]
                for image in values
            ]
        ).transpose(0, 2, 3, 1)
        mean, variance = moments_of(n, summed)
        return scale * (summed - mean) / np.sqrt(variance + 1e-5) + shift

    values = mish(unit(np.asarray(images)[..., None]))
    for _ in range(2):
        values = sum(values[:, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
        inner = mish(unit(values))
        values = mish(values + unit(inner))
    return values.mean((1, 2)) @ params["head"]["weight"].T + params["head"]["bias"]


def test_batch_norm_in_training_uses_the_moments_of_the_batch_and_remembers_them():
    params, statistics = drawn("batch")
    found = []

    def moments(n, values):
        flat = values.reshape(-1, values.shape[-1])
        found.append((flat.mean(0), flat.var(0)))
        return found[-1]

    expected = by_hand(params, IMAGES, moments)
    logits, new = RESIDUAL["batch"].train(params, statistics, IMAGES)
    np.testing.assert_allclose(logits, expected, rtol=1e-10)
    for before, after, (mean, variance) in zip(statistics, new, found, strict=True):
        np.testing.assert_allclose(after["mean"], 0.9 * before["mean"] + 0.1 * mean, rtol=1e-10)
        np.testing.assert_allclose(
            after["variance"], 0.9 * before["variance"] + 0.1 * variance, rtol=1e-10
        )


def test_batch_norm_in_evaluation_uses_the_statistics_as_constants():
    params, statistics = drawn("batch")
    expected = by_hand(
        params,
        IMAGES,
        lambda n, _: tuple(np.asarray(statistics[n][m]) for m in ("mean", "variance")),
    )
    came = jax.vmap(RESIDUAL["batch"].evaluate, (None, None, 0))(params, statistics, IMAGES)
    np.testing.assert_allclose(came, expected, rtol=1e-10)


def test_group_norm_uses_the_moments_of_one_image_in_both_modes():
    params, statistics = drawn("group")

    def moments(_, values):
        halves = values.reshape(3, 64 if values.shape[1] == 8 else -1, 2, 2)
        mean = np.repeat(halves.mean((1, 3)), 2, axis=1)[:, None, None, :]
        return mean, np.repeat(halves.var((1, 3)), 2, axis=1)[:, None, None, :]

    expected = by_hand(params, IMAGES, moments)
    logits, new = RESIDUAL["group"].train(params, statistics, IMAGES)
    single = jax.vmap(RESIDUAL["group"].evaluate, (None, None, 0))(params, statistics, IMAGES)
    assert new == []
    np.testing.assert_allclose(logits, expected, rtol=1e-10)
    np.testing.assert_allclose(single, expected, rtol=1e-10)


def test_the_binary_cross_entropy_is_the_sum_of_the_labels_own_losses():
    logits, targets = np.array([0.3, -2.0, 1.5]), np.array([1.0, 0.0, 0.0])
    p = expit(logits)
    expected = -np.sum(targets * np.log(p) + (1 - targets) * np.log(1 - p))
    came = binary_cross_entropy(jnp.asarray(logits), jnp.asarray(targets))
    assert float(came) == pytest.approx(expected, rel=1e-12)
    far = binary_cross_entropy(jnp.asarray([800.0, -800.0]), jnp.asarray([0.0, 0.0]))
    assert float(far) == pytest.approx(800.0)


X = jnp.ones(4)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: logistic_loss(jnp.ones((2, 2)), (X, 1)), r"`params` must be a vector.*\[2,2\]"),
        (
            lambda: logistic_loss({"w": X}, (X, 1)),
            r"`params` must be a vector.*\{w: float64\[4\]\}",
        ),
        (lambda: logistic_loss(jnp.arange(4), (X, 1)), "`params`.*int64"),
        (lambda: logistic_loss(X, X), r"`example` must be a pair.*float64\[4\]"),
        (lambda: logistic_loss(X, (X, 1, 2)), "`example` must be a pair"),
        (lambda: logistic_loss(X, (jnp.ones(3), 1)), r"features.*float64\[4\].*float64\[3\]"),
        (lambda: logistic_loss(X, (X.astype(jnp.float32), 1)), r"features.*float32\[4\]"),
        (lambda: logistic_loss(X, (X, 2)), "label.*from 0 to 1, but it is 2"),
        (lambda: logistic_loss(X, (X, -1)), "label.*from 0 to 1, but it is -1"),
        (lambda: logistic_loss(X, (X, 1.0)), "label.*one integer.*float64"),
        (lambda: logistic_loss(X, (X, jnp.ones(2, int))), r"label.*one integer.*int64\[2\]"),
        (lambda: mlp([4]), r"`widths`.*at least two positive integers.*\[4\]"),
        (
            lambda: mlp([4, 0, 2]),
            r"`widths\[1\]` must be a positive integer, but it is 0. Pass the",
        ),
        (lambda: mlp([4, 2.0]), r"`widths\[1\]` must be a positive integer, but it is 2.0. Pass"),
        (lambda: mlp(4), "`widths`.*positive integers"),
        (lambda: mlp([4, 2], "relu"), "`activation` must be a function.*'relu'"),
        (lambda: NETWORK.init(0), "`key` must be one random key.*jax.random.key"),
        (lambda: NETWORK.init(jax.random.split(jax.random.key(0))), "`key` must be one random key"),
        (
            lambda: NETWORK.apply(PARAMS[:1], X),
            r"`params` must be the layers of widths \[4, 5, 3\]",
        ),
        (lambda: NETWORK.apply(PARAMS, jnp.ones((4, 1))), r"input `x`.*float64\[4\].*\[4,1\]"),
        (lambda: NETWORK.apply(PARAMS, jnp.arange(4)), "input `x`.*int64"),
        (lambda: cross_entropy(None), "`apply` must be a function"),
        (lambda: cross_entropy(NETWORK.apply)(PARAMS, (X, 3)), "label.*from 0 to 2, but it is 3"),
        (lambda: cross_entropy(NETWORK.apply)(PARAMS, X), "`example` must be a pair"),
        (lambda: cross_entropy(lambda p, x: 1.0)(PARAMS, (X, 1)), "vector of logits.*float64"),
        (lambda: cross_entropy(lambda p, x: jnp.arange(3))(PARAMS, (X, 1)), "logits.*int64"),
        (lambda: binary_cross_entropy(1.0, 1.0), "`logits` must be a floating-point vector"),
        (lambda: binary_cross_entropy(X, jnp.ones(3)), r"`targets` must be float64\[4\]"),
        (lambda: binary_cross_entropy(X, jnp.ones(4, int)), "`targets`.*int64.*one_hot"),
        (lambda: residual_network(channels=3), "`channels` must be even, but it is 3. Pass 8."),
        (lambda: residual_network(classes=0), "`classes` must be a positive integer"),
        (lambda: residual_network(norm="layer"), '`norm` must be "batch" or "group"'),
        (lambda: RESIDUAL["batch"].init(0), "`key` must be one random key"),
        (lambda: RESIDUAL["batch"].evaluate({}, [], IMAGES[0]), "`params` must be.*init"),
        (
            lambda: RESIDUAL["batch"].train(*RESIDUAL["group"].init(jax.random.key(0)), IMAGES),
            "`statistics` must be.*init",
        ),
        (lambda: RESIDUAL["batch"].evaluate(*drawn("batch"), IMAGES), r"image must.*\[3,8,8\]"),
        (lambda: RESIDUAL["batch"].train(*drawn("batch"), IMAGES[0]), r"images must.*\[8,8\]"),
        (lambda: RESIDUAL["group"].train(*drawn("group"), IMAGES[:, :6]), "multiples of 4"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
