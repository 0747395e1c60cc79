"""The losses the chapters use: logistic regression, small networks and matrix factorization.

Every loss of data is a pure function of one example; use `jax.vmap` for a batch. Only batch
normalization needs the examples of a batch together, see `ResidualNetwork.train`.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks


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
    >>> from lib.landscapes import logistic_loss
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
    """A network as two pure functions."""

    init: Callable[[Array], PyTree]
    """`init(key)`: random parameters, a list of `{"weight", "bias"}`, one for each layer."""
    apply: Callable[[PyTree, ArrayLike], Array]
    """`apply(params, x)`: the output (logits) for one input."""


def mlp(widths: Sequence[int], activation: Callable[[Array], Array] = jnp.tanh) -> Network:
    r"""A fully connected network, $a_0 = x$, $a_l = \sigma(W_l a_{l-1} + b_l)$, linear at the end.

    Args:
      widths: numbers of inputs, hidden units and outputs, at least two positive integers.
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
    >>> from lib.landscapes import mlp
    >>> network = mlp([4, 5, 3])
    >>> params = network.init(jax.random.key(0))
    >>> network.apply(params, jax.numpy.ones(4)).shape
    (3,)
    """
    widths = _widths(widths)
    checks.callable_argument("activation", activation, "of an array")

    def init(key: Array) -> list[dict[str, Array]]:
        _check_key(key)
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
    >>> from lib.landscapes import cross_entropy
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
    >>> from lib.landscapes import binary_cross_entropy
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


class ResidualNetwork(NamedTuple):
    """A residual network as three pure functions; what normalization remembers is an argument."""

    init: Callable[[Array], tuple[PyTree, PyTree]]
    """`init(key)`: random parameters, and the running statistics before any batch."""
    evaluate: Callable[[PyTree, PyTree, ArrayLike], Array]
    """`evaluate(params, statistics, image)`: the logits of one image; statistics are constants."""
    train: Callable[[PyTree, PyTree, ArrayLike], tuple[Array, PyTree]]
    """`train(params, statistics, images)`: the logits of a batch, and the new statistics."""
    forward: Callable[[PyTree, ArrayLike, Callable[[int, Array], PyTree]], tuple[Array, PyTree]]
    """`forward(params, images, moments)`: the logits of a batch that `moments` normalizes, and the
    batch's own moments."""


def residual_network(
    channels: int = 8, classes: int = 10, norm: str = "batch", blocks: int = 2
) -> ResidualNetwork:
    r"""A small convolutional network with residual blocks, for grey images such as the digits.

    A unit $N$ is a 3 by 3 convolution, normalized in each channel, $u \mapsto
    \gamma\,(u - m)/\sqrt{s + 10^{-5}} + \beta$. With $\sigma$ the function mish,

    $$a_0 = \sigma(N_0 x), \qquad a_b = \sigma\big(a_{b-1} + N_{2b}\,\sigma(N_{2b-1}\,a_{b-1})\big),
      \quad b = 1, \dots, n, \qquad z = W\,\bar a_n + c$$

    where $a_0, \dots, a_{n-1}$ are halved in both directions by means over 2 by 2 pixels, and
    $\bar a_n$ is the mean over all pixels. Mish is smooth, so the fields of examples have brackets
    everywhere.

    The moments $m$ and $s$, mean and variance, are

    * `norm="batch"`: in `train` those of the batch and of all pixels, $b$; the running statistics
      become $0.9\,s + 0.1\,b$. In `evaluate` they are the running statistics, as constants.
    * `norm="group"`: those of one image, over all pixels of half of the channels. There are no
      statistics to remember: `[]`.
    * In `forward` whatever the function `moments(unit, values)` returns for the values of a unit,
      shape (n, height, width, channels): {func}`batch_moments`, {func}`group_moments`, stored
      statistics, or a choice between them that is made while the network runs.

    Args:
      channels: an even number of channels, the same in all blocks.
      classes: number of logits.
      norm: "batch" or "group".
      blocks: $n$, how many residual blocks, at least 1.

    Returns:
      `ResidualNetwork(init, evaluate, train, forward)`. `init(key)` gives `(params, statistics)`:
      `params["units"]` is a list of 2n + 1 `{"weight", "scale", "shift"}` with weights of shape
      (3, 3, inputs, channels) and standard deviation $\sqrt{2/(9\,\text{inputs})}$;
      `params["head"]` is `{"weight", "bias"}`; statistics are a list of `{"mean", "variance"}`,
      all float64. `evaluate` takes an image of shape (height, width), both multiples of $2^n$, and
      gives logits of shape (classes,); `train` takes (n, height, width) and gives the logits,
      shape (n, classes), with the new statistics. `forward` takes such images and gives the logits
      with a list of `{"mean", "variance"}`, each of shape (channels,).

    Raises:
      ValueError: an argument is not as said. `init` raises if `key` is not one key of
        `jax.random`; the others if parameters, statistics or images do not fit.

    Residual blocks are from {cite:t}`he2016deep`, batch normalization from
    {cite:t}`ioffe2015batch`, group normalization from {cite:t}`wu2018group`, and mish from
    {cite:t}`misra2020mish`. Used in {ref}`a-real-network`.

    >>> import jax
    >>> from lib.landscapes import residual_network
    >>> network = residual_network(channels=4)
    >>> params, statistics = network.init(jax.random.key(0))
    >>> logits, statistics = network.train(params, statistics, jax.numpy.ones((3, 8, 8)))
    >>> logits.shape, network.evaluate(params, statistics, jax.numpy.ones((8, 8))).shape
    ((3, 10), (10,))
    """
    if checks.whole_number("channels", channels, remedy="Pass 8.") % 2:
        raise ValueError(f"`channels` must be even, but it is {channels}. Pass 8.")
    checks.whole_number("classes", classes, remedy="Pass 10.")
    if norm not in ("batch", "group"):
        raise ValueError(f'`norm` must be "batch" or "group", but it is {norm!r}.')
    checks.whole_number("blocks", blocks, remedy="Pass 2.")
    inputs = [1] + 2 * blocks * [channels]

    def init(key: Array) -> tuple[PyTree, PyTree]:
        _check_key(key)
        head_key, *keys = jax.random.split(key, 1 + len(inputs))
        units = [
            {
                "weight": jax.random.normal(unit_key, (3, 3, n, channels)) * (2 / (9 * n)) ** 0.5,
                "scale": jnp.ones(channels),
                "shift": jnp.zeros(channels),
            }
            for unit_key, n in zip(keys, inputs, strict=True)
        ]
        weight = jax.random.normal(head_key, (classes, channels)) / channels**0.5
        params = {"units": units, "head": {"weight": weight, "bias": jnp.zeros(classes)}}
        moments = {"mean": jnp.zeros(channels), "variance": jnp.ones(channels)}
        return params, len(inputs) * [moments] if norm == "batch" else []

    layout = jax.eval_shape(init, jax.ShapeDtypeStruct((2,), jnp.uint32))

    def forward(
        params: PyTree, images: ArrayLike, moments: Callable[[int, Array], PyTree]
    ) -> tuple[Array, PyTree]:
        _check_state(("params", params, layout[0]))
        _check_images("the images", images, axes=3, multiple=2**blocks)
        found = []

        def unit(values: Array) -> Array:
            n = len(found)
            values = _convolve(values, params["units"][n]["weight"])
            found.append(batch_moments(values))
            values = _normalize(values, moments(n, values))
            return values * _along(params["units"][n]["scale"]) + _along(
                params["units"][n]["shift"]
            )

        values = jax.nn.mish(unit(jnp.asarray(images)[..., None]))
        for _ in range(blocks):
            values = _halve(values)
            values = jax.nn.mish(values + unit(jax.nn.mish(unit(values))))
        head = params["head"]
        return values.mean((1, 2)) @ head["weight"].T + head["bias"][None, :], found

    def evaluate(params: PyTree, statistics: PyTree, image: ArrayLike) -> Array:
        _check_state(("params", params, layout[0]), ("statistics", statistics, layout[1]))
        _check_images("the image", image, axes=2, multiple=2**blocks)

        def moments(n: int, values: Array) -> dict[str, Array]:
            return statistics[n] if norm == "batch" else group_moments(values)

        return forward(params, jnp.asarray(image)[None], moments)[0][0]

    def train(params: PyTree, statistics: PyTree, images: ArrayLike) -> tuple[Array, PyTree]:
        _check_state(("params", params, layout[0]), ("statistics", statistics, layout[1]))
        own = batch_moments if norm == "batch" else group_moments
        logits, found = forward(params, images, lambda _, values: own(values))
        if norm == "batch":
            statistics = jax.tree.map(lambda s, b: 0.9 * s + 0.1 * b, statistics, found)
        return logits, statistics

    return ResidualNetwork(init, evaluate, train, forward)


def batch_moments(values: Float[Array, "n height width channels"]) -> dict[str, Array]:
    r"""The moments of batch normalization: of each channel, over all images and pixels.

    Args:
      values: what a unit normalizes, shape (n, height, width, channels).

    Returns:
      `{"mean", "variance"}`, each of shape (channels,).

    Raises:
      ValueError: `values` is not a floating-point array of four axes.

    Source: {cite:t}`ioffe2015batch`. Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.landscapes import batch_moments
    >>> print(batch_moments(jnp.arange(8.0).reshape(2, 2, 2, 1))["mean"])
    [3.5]
    """
    _check_values(values)
    return {"mean": values.mean((0, 1, 2)), "variance": values.var((0, 1, 2))}


def group_moments(values: Float[Array, "n height width channels"]) -> dict[str, Array]:
    r"""The moments of group normalization: of each image, over pixels and half of the channels.

    Args:
      values: what a unit normalizes, shape (n, height, width, channels), an even number of
        channels.

    Returns:
      `{"mean", "variance"}`, each of shape (n, 1, 1, channels), the same within a half.

    Raises:
      ValueError: `values` is not a floating-point array of four axes with an even number of
        channels.

    Source: {cite:t}`wu2018group`, with two groups. Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.landscapes import group_moments
    >>> print(group_moments(jnp.arange(8.0).reshape(2, 2, 1, 2))["mean"].ravel())
    [1. 2. 5. 6.]
    """
    _check_values(values, multiple=2)
    n, height, width, channels = values.shape
    halves = values.reshape(n, height, width, 2, channels // 2)

    def per_channel(moment: Array) -> Array:
        return jnp.repeat(moment, channels // 2, axis=1)[:, None, None, :]

    return {
        "mean": per_channel(halves.mean((1, 2, 4))),
        "variance": per_channel(halves.var((1, 2, 4))),
    }


class Factors(NamedTuple):
    r"""The two factors of $UV^\top$."""

    left: Float[ArrayLike, "m p"]
    """$U$, shape (m, p)."""
    right: Float[ArrayLike, "n p"]
    """$V$, shape (n, p)."""


def factorization_loss(
    target: Float[ArrayLike, "m n"],
) -> Callable[[Factors], Float[Array, ""]]:
    r"""How far the product of two factors is from a matrix, $f(U, V) = \|UV^\top - M\|_F^2$.

    Without a factor 1/2: the Hessian at a minimum is twice the square of the product's derivative.

    Args:
      target: $M$, shape (m, n), floating-point.

    Returns:
      A function `loss(factors)` of `Factors(left, right)` alone, to a scalar that is not negative.

    Raises:
      ValueError: `target` is not a floating-point matrix. When the loss is evaluated: the factors
        are not two floating-point matrices of the shapes (m, p) and (n, p).

    Used in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.landscapes import Factors, factorization_loss
    >>> loss = factorization_loss(jnp.array([[3.0]]))
    >>> print(loss(Factors(jnp.array([[2.0]]), jnp.array([[1.0]]))))
    1.0
    """
    target = checks.matrix("target", target)

    def loss(factors: Factors) -> Float[Array, ""]:
        left, right = factor_pair(factors, target.shape)
        return jnp.sum((left @ right.T - target.astype(left.dtype)) ** 2)

    return loss


def factor_pair(factors: Any, product: tuple[int, ...] | None = None) -> Factors:
    """The two factors, checked; the shape of their product as well where it is given."""
    pair = checks.parameters("factors", factors)
    shapes = [leaf.shape for leaf in jax.tree.leaves(pair)]
    if not isinstance(pair, tuple) or len(pair) != 2 or [len(s) for s in shapes] != [2, 2]:
        fits = False
    else:
        (m, p), (n, q) = shapes
        fits = p == q and product in (None, (m, n)) and pair[0].dtype == pair[1].dtype
    if not fits:
        m, n = product or ("m", "n")
        raise ValueError(
            f"`factors` must be two matrices of shapes ({m}, p) and ({n}, p) and of one dtype, but "
            f"they are "
            f"{checks.layout(factors)}. Pass Factors(left, right)."
        )
    return Factors(*pair)


def _along(channels: Array) -> Array:
    """One number per channel, for arrays of shape (n, height, width, channels)."""
    return channels[None, None, None, :]


def _convolve(images: Array, weight: Array) -> Array:
    """Convolve (n, height, width, inputs) with 3 by 3 pixels, zeros outside of the image."""
    height, width = images.shape[1:3]
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    # One matrix product of nine shifted copies: on a CPU, XLA's convolution is slow in float64.
    shifted = [padded[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return jnp.concatenate(shifted, axis=3) @ weight.reshape(-1, weight.shape[3])


def _halve(images: Array) -> Array:
    """Means over squares of 2 by 2 pixels."""
    n, height, width, channels = images.shape
    return images.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4))


def _normalize(values: Array, moments: dict[str, Array]) -> Array:
    mean, variance = moments["mean"], moments["variance"]
    if mean.ndim == 1:
        mean, variance = _along(mean), _along(variance)
    return (values - mean) * jax.lax.rsqrt(variance + 1e-5)


def _check_values(values: Any, multiple: int = 1) -> None:
    dtype = checks.dtype_of(values)
    fits = dtype is not None and jnp.issubdtype(dtype, jnp.floating) and jnp.ndim(values) == 4
    if not fits or jnp.shape(values)[3] % multiple:
        even = " with an even number of channels" if multiple == 2 else ""
        raise ValueError(
            f"`values` must be a floating-point array of shape (n, height, width, channels){even}, "
            f"but it is {checks.layout(values)}. Pass what a unit normalizes."
        )


def _check_state(*parts: tuple[str, Any, PyTree]) -> None:
    for name, came, wanted in parts:
        if checks.layout(came) != checks.layout(wanted):
            raise ValueError(
                f"`{name}` must be {checks.layout(wanted)}, but it is {checks.layout(came)}. "
                f"Take them from init(key) of the same network."
            )


def _check_images(name: str, images: Any, *, axes: int, multiple: int) -> None:
    if (
        checks.dtype_of(images) != jnp.float64
        or jnp.ndim(images) != axes
        or jnp.size(images) == 0
        or any(side % multiple for side in jnp.shape(images)[-2:])
    ):
        shape = "(height, width)" if axes == 2 else "(n, height, width)"
        raise ValueError(
            f"{name[0].upper()}{name[1:]} must be float64 of shape {shape} with sides that are "
            f"multiples of {multiple}, but came as {checks.layout(images)}. Use "
            f"jax.vmap(evaluate, (None, None, 0)) for many images, and train for a batch."
        )


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
    remedy = "Pass the numbers of inputs, hidden units and outputs, such as [4, 5, 3]."
    if not isinstance(widths, Sequence) or isinstance(widths, str) or len(widths) < 2:
        raise ValueError(
            f"`widths` must be at least two positive integers, but it is {widths!r}. {remedy}"
        )
    return tuple(
        checks.whole_number(f"widths[{n}]", width, remedy=remedy) for n, width in enumerate(widths)
    )


def _check_key(key: Any) -> None:
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
