"""The losses, against scikit-learn and SciPy, and what bad input is told."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, log_softmax
from sklearn.metrics import log_loss

from lib.classifiers import binary_cross_entropy, cross_entropy, logistic_loss, mlp
from lib.fields import gradient_field, lie_bracket
from lib.figures import to_javascript

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
        (
            lambda: logistic_loss(jnp.ones((2, 2)), (X, 1)),
            (
                "`params` must be a vector of weights, but it is float64[2,2]. Pass an array of "
                "shape (d,)."
            ),
        ),
        (
            lambda: logistic_loss({"w": X}, (X, 1)),
            (
                "`params` must be a vector of weights, but it is {w: float64[4]}. Pass an array "
                "of shape (d,)."
            ),
        ),
        (
            lambda: logistic_loss(jnp.arange(4), (X, 1)),
            (
                "`params` must be a real floating-point array, but it is int64[4]. Convert it "
                "with jnp.asarray(..., float), or keep what is not trained out of `params`."
            ),
        ),
        (
            lambda: logistic_loss(X, X),
            (
                "`example` must be a pair (features, label), but it is float64[4]. Pass a tuple "
                "of the input and an integer."
            ),
        ),
        (
            lambda: logistic_loss(X, (X, 1, 2)),
            (
                "`example` must be a pair (features, label), but it is (float64[4], int64[], "
                "int64[]). Pass a tuple of the input and an integer."
            ),
        ),
        (
            lambda: logistic_loss(X, (jnp.ones(3), 1)),
            (
                "The features in `example` must be a vector like the weights, float64[4], but it "
                "is float64[3]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        (
            lambda: logistic_loss(X, (X.astype(jnp.float32), 1)),
            (
                "The features in `example` must be a vector like the weights, float64[4], but it "
                "is float32[4]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        (
            lambda: logistic_loss(X, (X, 2)),
            ("The label in `example` must be from 0 to 1, but it is 2. Number the classes from 0."),
        ),
        (
            lambda: logistic_loss(X, (X, -1)),
            (
                "The label in `example` must be from 0 to 1, but it is -1. Number the classes "
                "from 0."
            ),
        ),
        (
            lambda: logistic_loss(X, (X, 1.0)),
            (
                "The label in `example` must be one integer, but it is float64[]. Convert it "
                "with jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        (
            lambda: logistic_loss(X, (X, jnp.ones(2, int))),
            (
                "The label in `example` must be one integer, but it is int64[2]. Convert it with "
                "jnp.asarray(..., int); use jax.vmap for a batch."
            ),
        ),
        (
            lambda: mlp([4]),
            (
                "`widths` must be at least two positive integers, but it is [4]. Pass the "
                "numbers of inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        (
            lambda: mlp([4, 0, 2]),
            (
                "`widths[1]` must be a positive integer, but it is 0. Pass the numbers of "
                "inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        (
            lambda: mlp([4, 2.0]),
            (
                "`widths[1]` must be a positive integer, but it is 2.0. Pass the numbers of "
                "inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        (
            lambda: mlp(4),
            (
                "`widths` must be at least two positive integers, but it is 4. Pass the numbers "
                "of inputs, hidden neurons and outputs, such as [4, 5, 3]."
            ),
        ),
        (
            lambda: mlp([4, 2], "relu"),
            (
                "`activation` must be a function of an array, but it is the str 'relu'. Pass the "
                "function itself, not the value it returns."
            ),
        ),
        (
            lambda: NETWORK.init(0),
            (
                "`key` must be one random key, but it is int64[]. Pass jax.random.key(0); use "
                "jax.vmap for many."
            ),
        ),
        (
            lambda: NETWORK.init(jax.random.split(jax.random.key(0))),
            (
                "`key` must be one random key, but it is key<fry>[2]. Pass jax.random.key(0); "
                "use jax.vmap for many."
            ),
        ),
        (
            lambda: NETWORK.apply(PARAMS[:1], X),
            (
                "`params` must be the layers of widths [4, 5, 3], with shapes [{'weight': (5, "
                "4), 'bias': (5,)}, {'weight': (3, 5), 'bias': (3,)}], but it is [{bias: "
                "float64[5], weight: float64[5,4]}]. Take them from init(key) of the same "
                "network."
            ),
        ),
        (
            lambda: NETWORK.apply(PARAMS, jnp.ones((4, 1))),
            (
                "The input `x` must be a vector like the weights, float64[4], but it is "
                "float64[4,1]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        (
            lambda: NETWORK.apply(PARAMS, jnp.arange(4)),
            (
                "The input `x` must be a vector like the weights, float64[4], but it is "
                "int64[4]. Flatten it, or convert it with jnp.asarray(..., float64)."
            ),
        ),
        (
            lambda: cross_entropy(None),
            (
                "`apply` must be a function apply(params, x), but it is the NoneType None. Pass "
                "the function itself, not the value it returns."
            ),
        ),
        (
            lambda: cross_entropy(NETWORK.apply)(PARAMS, (X, 3)),
            ("The label in `example` must be from 0 to 2, but it is 3. Number the classes from 0."),
        ),
        (
            lambda: cross_entropy(NETWORK.apply)(PARAMS, X),
            (
                "`example` must be a pair (features, label), but it is float64[4]. Pass a tuple "
                "of the input and an integer."
            ),
        ),
        (
            lambda: cross_entropy(lambda p, x: 1.0)(PARAMS, (X, 1)),
            (
                "`apply` must return a floating-point vector of logits for one example, but it "
                "returned float64[]. Use jax.vmap for a batch."
            ),
        ),
        (
            lambda: cross_entropy(lambda p, x: jnp.arange(3))(PARAMS, (X, 1)),
            (
                "`apply` must return a floating-point vector of logits for one example, but it "
                "returned int64[3]. Use jax.vmap for a batch."
            ),
        ),
        (
            lambda: binary_cross_entropy(1.0, 1.0),
            (
                "`logits` must be a floating-point vector, but it is float64[]. Use jax.vmap for "
                "a batch."
            ),
        ),
        (
            lambda: binary_cross_entropy(X, jnp.ones(3)),
            (
                "`targets` must be float64[4] like the logits, but it is float64[3]. For a class "
                "use jax.nn.one_hot(label, classes)."
            ),
        ),
        (
            lambda: binary_cross_entropy(X, jnp.ones(4, int)),
            (
                "`targets` must be float64[4] like the logits, but it is int64[4]. For a class "
                "use jax.nn.one_hot(label, classes)."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()
