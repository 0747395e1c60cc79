"""Classifiers and their losses: logistic regression and fully connected networks.

Every loss is a pure function of one example; use `jax.vmap` for a batch.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks

__all__ = [
    "Network",
    "binary_cross_entropy",
    "cross_entropy",
    "logistic_loss",
    "mlp",
]


def logistic_loss(
    params: Float[ArrayLike, " d"], example: tuple[Float[ArrayLike, " d"], Any]
) -> Float[Array, ""]:
    r"""Minus the log-probability that logistic regression gives the right label.

    $$L(w, (x, y)) = -\log p(y \mid x) = \log\big(1 + e^{-(2y-1)\,w\cdot x}\big)$$

    It does not overflow for any finite score $w\cdot x$ and keeps its relative precision for tiny
    losses.

    Args:
      params: the weights $w$, shape (d,). Append a 1 to the features for a bias.
      example: `(features, label)`: $x$ of shape (d,) and $y$, an integer 0 or 1.

    Returns:
      The loss in nats, positive; a scalar.

    Raises:
      ValueError: `params` or the features are not floating-point vectors of one length and dtype;
        the label is not one integer or, outside `jit`, not 0 or 1; `example` is not a pair.

    Used in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.classifiers import logistic_loss
    >>> print(f"{logistic_loss(jnp.zeros(2), (jnp.ones(2), 1)):.4f}")
    0.6931
    """
    features, label = _pair(example)
    if checks.dtype_of(params) is None or jnp.ndim(params) != 1:
        raise ValueError(
            f"`params` must be a vector of weights, but it is {checks.layout(params)}. "
            f"Pass an array of shape (d,)."
        )
    weights = checks.parameters("params", params)
    _check_vector("the features in `example`", features, weights.shape[0], weights.dtype)
    label = _label(label, classes=2)
    sign = 2 * label.astype(weights.dtype) - 1
    return jax.nn.softplus(-sign * jnp.dot(weights, jnp.asarray(features)))


class Network(NamedTuple):
    """A network as two pure functions; {func}`mlp` makes one."""

    init: Callable[[Array], PyTree]
    """`init(key)`: random parameters, a list of `{"weight", "bias"}`, one for each layer."""
    apply: Callable[[PyTree, ArrayLike], Array]
    """`apply(params, x)`: the output (logits) for one input."""


def mlp(widths: Sequence[int], activation: Callable[[Array], Array] = jnp.tanh) -> Network:
    r"""A fully connected network, $a_0 = x$, $a_l = \sigma(W_l a_{l-1} + b_l)$, linear at the end.

    Args:
      widths: numbers of inputs, hidden neurons and outputs, at least two positive integers.
      activation: $\sigma$, applied to each entry of a hidden layer.

    Returns:
      `Network(init, apply)`. `init(key)` draws $W_l$, shape (outputs, inputs), and $b_l$, shape
      (outputs,), from normals of standard deviation $1/\sqrt{\text{inputs}}$, in float64.
      `apply(params, x)` maps $x$ of shape (widths[0],) to logits of shape (widths[-1],).

    Raises:
      ValueError: `widths` or `activation` is not as said. `init` raises if `key` is not one key of
        `jax.random`; `apply` if `params` or `x` do not fit the widths.

    Used in {ref}`two-examples`.

    >>> import jax
    >>> from lib.classifiers import mlp
    >>> network = mlp([4, 5, 3])
    >>> params = network.init(jax.random.key(0))
    >>> network.apply(params, jax.numpy.ones(4)).shape
    (3,)
    """
    widths = _widths(widths)
    checks.callable_argument("activation", activation, "of an array")

    def init(key: Array) -> list[dict[str, Array]]:
        check_key(key)
        params = []
        for layer_key, inputs, outputs in zip(
            jax.random.split(key, len(widths) - 1), widths[:-1], widths[1:], strict=True
        ):
            weight_key, bias_key = jax.random.split(layer_key)
            params.append(
                {
                    "weight": jax.random.normal(weight_key, (outputs, inputs)) / inputs**0.5,
                    "bias": jax.random.normal(bias_key, (outputs,)) / inputs**0.5,
                }
            )
        return params

    def apply(params: PyTree, x: ArrayLike) -> Array:
        dtype = _check_layers(params, widths)
        _check_vector("the input `x`", x, widths[0], dtype)
        value = jnp.asarray(x)
        for layer in params[:-1]:
            value = activation(layer["weight"] @ value + layer["bias"])
        return params[-1]["weight"] @ value + params[-1]["bias"]

    return Network(init, apply)


def cross_entropy(
    apply: Callable[[PyTree, Any], Array],
) -> Callable[[PyTree, tuple[Any, Any]], Float[Array, ""]]:
    r"""The cross-entropy loss of a network on one labelled example.

    $$L(\theta, (x, y)) = \log\sum_k e^{z_k} - z_y, \qquad z = \mathrm{apply}(\theta, x)$$

    Args:
      apply: a function `apply(params, x)` to logits $z$ of shape (classes,).

    Returns:
      A function `loss(params, (x, label))` to a scalar in nats; `label` is an integer from 0 to
      classes - 1.

    Raises:
      ValueError: `apply` is not a function. When the loss is evaluated: the logits are not a
        floating-point vector; the label is not one integer or, outside `jit`, names no class.

    Used in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.classifiers import cross_entropy
    >>> loss = cross_entropy(lambda weights, x: weights * x)
    >>> print(f"{loss(jnp.ones(4), (2.0, 3)):.4f}")
    1.3863
    """
    checks.callable_argument("apply", apply, "apply(params, x)")

    def loss(params: PyTree, example: tuple[Any, Any]) -> Float[Array, ""]:
        x, label = _pair(example)
        logits = apply(params, x)
        dtype = checks.dtype_of(logits)
        if dtype is None or not jnp.issubdtype(dtype, jnp.floating) or jnp.ndim(logits) != 1:
            raise ValueError(
                f"`apply` must return a floating-point vector of logits for one example, but it "
                f"returned {checks.layout(logits)}. Use jax.vmap for a batch."
            )
        label = _label(label, classes=logits.shape[0])
        return -jax.nn.log_softmax(logits)[label]

    return loss


def binary_cross_entropy(
    logits: Float[ArrayLike, " classes"], targets: Float[ArrayLike, " classes"]
) -> Float[Array, ""]:
    r"""The loss of independent yes-or-no labels, each with a sigmoid of its own.

    $$L(z, y) = \sum_k \big(\log(1 + e^{z_k}) - y_k z_k\big)
      = -\sum_k \log p_k^{y_k}(1 - p_k)^{1 - y_k}, \qquad p_k = \frac{1}{1 + e^{-z_k}}$$

    Nothing tells the model that labels exclude each other, as a softmax does.

    Args:
      logits: $z$, shape (classes,).
      targets: $y$, shape (classes,), the dtype of the logits, each from 0 to 1. For a class,
        `jax.nn.one_hot(label, classes)`.

    Returns:
      The sum over the labels in nats, not negative; a scalar.

    Raises:
      ValueError: the logits are not a floating-point vector, or the targets not one of the same
        length and dtype; outside `jit`, a target is not in [0, 1].

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.classifiers import binary_cross_entropy
    >>> print(f"{binary_cross_entropy(jnp.zeros(10), jnp.ones(10)):.4f}")
    6.9315
    """
    dtype = checks.dtype_of(logits)
    if dtype is None or not jnp.issubdtype(dtype, jnp.floating) or jnp.ndim(logits) != 1:
        raise ValueError(
            f"`logits` must be a floating-point vector, but it is {checks.layout(logits)}. "
            f"Use jax.vmap for a batch."
        )
    if checks.dtype_of(targets) != dtype or jnp.shape(targets) != jnp.shape(logits):
        raise ValueError(
            f"`targets` must be {checks.layout(logits)} like the logits, but it is "
            f"{checks.layout(targets)}. For a class use jax.nn.one_hot(label, classes)."
        )
    logits, targets = jnp.asarray(logits), jnp.asarray(targets)
    if not checks.is_traced(targets) and not _within_unit(np.asarray(targets)):
        raise ValueError(
            f"`targets` must lie in [0, 1], but they are from {float(targets.min()):.3g} to "
            f"{float(targets.max()):.3g}. A target is a probability."
        )
    return jnp.sum(jax.nn.softplus(logits) - targets * logits)


def _within_unit(values: np.ndarray) -> bool:
    """Whether all numbers lie in [0, 1]; NaN does not."""
    return bool(((values >= 0) & (values <= 1)).all())


def _pair(example: Any) -> tuple[Any, Any]:
    if not isinstance(example, tuple) or len(example) != 2:
        raise ValueError(
            f"`example` must be a pair (features, label), but it is {checks.layout(example)}. "
            f"Pass a tuple of the input and an integer."
        )
    return example


def _label(label: Any, *, classes: int) -> Array:
    dtype = checks.dtype_of(label)
    if dtype is None or not jnp.issubdtype(dtype, jnp.integer) or jnp.shape(label) != ():
        raise ValueError(
            f"The label in `example` must be one integer, but it is {checks.layout(label)}. "
            f"Convert it with jnp.asarray(..., int); use jax.vmap for a batch."
        )
    if not checks.is_traced(label) and not 0 <= int(label) < classes:
        raise ValueError(
            f"The label in `example` must be from 0 to {classes - 1}, but it is {label}. "
            f"Number the classes from 0."
        )
    return jnp.asarray(label)


def _check_vector(name: str, value: Any, length: int, dtype: Any) -> None:
    came = checks.dtype_of(value)
    if came is None or came != dtype or jnp.shape(value) != (length,):
        raise ValueError(
            f"{name[0].upper()}{name[1:]} must be a vector like the weights, {dtype}[{length}], "
            f"but it is {checks.layout(value)}. Flatten it, or convert it with "
            f"jnp.asarray(..., {dtype})."
        )


def _widths(widths: Any) -> tuple[int, ...]:
    remedy = "Pass the numbers of inputs, hidden neurons and outputs, such as [4, 5, 3]."
    if not isinstance(widths, Sequence) or isinstance(widths, str) or len(widths) < 2:
        raise ValueError(
            f"`widths` must be at least two positive integers, but it is {widths!r}. {remedy}"
        )
    return tuple(
        checks.whole_number(f"widths[{n}]", width, remedy=remedy) for n, width in enumerate(widths)
    )


def check_key(key: Any) -> None:
    """Check that `key` is one key of `jax.random`.

    >>> check_key(jax.random.key(0))
    """
    is_key = isinstance(key, jax.Array) and (
        (jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.shape == ())
        or (key.dtype == jnp.uint32 and key.shape == (2,))
    )
    if not is_key:
        raise ValueError(
            f"`key` must be one random key, but it is {checks.layout(key)}. "
            f"Pass jax.random.key(0); use jax.vmap for many."
        )


def _check_layers(params: Any, widths: tuple[int, ...]) -> Any:
    """Check that the parameters fit the widths; return their dtype."""
    shapes = [
        {"weight": (outputs, inputs), "bias": (outputs,)} for inputs, outputs in pairwise(widths)
    ]
    if jax.tree.map(jnp.shape, params) != shapes:
        raise ValueError(
            f"`params` must be the layers of widths {list(widths)}, with shapes {shapes}, but it "
            f"is {checks.layout(params)}. Take them from init(key) of the same network."
        )
    return jax.tree.leaves(checks.parameters("params", params))[0].dtype
