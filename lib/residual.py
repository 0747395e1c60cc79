r"""A small residual network whose normalization is an argument: what it remembers, or of whom.

Only batch normalization needs the examples of a batch together, see `ResidualNetwork.train`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks
from lib.classifiers import check_key


class NetworkState(NamedTuple):
    """What is trained of a network with normalization, and what it remembers of batches.

    {func}`residual_network` says what both hold.
    """

    params: PyTree
    statistics: PyTree


class TrainedBatch(NamedTuple):
    """What `train` of {func}`residual_network` gives: logits (n, classes), and new statistics."""

    logits: Array
    statistics: PyTree


class NormalizedBatch(NamedTuple):
    """What `forward` of {func}`residual_network` gives: logits (n, classes), moments of units."""

    logits: Array
    moments: PyTree


class ResidualNetwork(NamedTuple):
    """A residual network as three pure functions; what normalization remembers is an argument."""

    init: Callable[[Array], NetworkState]
    """`init(key)`: random parameters, and the running statistics before any batch."""
    evaluate: Callable[[PyTree, PyTree, ArrayLike], Array]
    """`evaluate(params, statistics, image)`: the logits of one image; statistics are constants."""
    train: Callable[[PyTree, PyTree, ArrayLike], TrainedBatch]
    """`train(params, statistics, images)`: the logits of a batch, and the new statistics."""
    forward: Callable[[PyTree, ArrayLike, Callable[[int, Array], PyTree]], NormalizedBatch]
    """`forward(params, images, moments)`: the logits of a batch that `moments` normalizes, and the
    batch's own moments."""


def residual_network(
    *, channels: int = 8, classes: int = 10, norm: str = "batch", blocks: int = 2
) -> ResidualNetwork:
    r"""A small convolutional network with residual blocks, for grey images such as the digits.

    A unit $N$ is a 3 by 3 convolution, normalized in each channel, $u \mapsto
    \gamma\,(u - m)/\sqrt{s + 10^{-5}} + \beta$. With $\sigma$ the function mish,

    $$a_0 = \sigma(N_0 x), \qquad a_b = \sigma\big(a_{b-1} + N_{2b}\,\sigma(N_{2b-1}\,a_{b-1})\big),
      \quad b = 1, \dots, K, \qquad z = W\,\bar a_K + c$$

    where $a_0, \dots, a_{K-1}$ are halved in both directions by means over 2 by 2 pixels, and
    $\bar a_K$ is the mean over all pixels. Mish is smooth, so the fields of examples have brackets
    everywhere.

    The moments $m$ and $s$, mean and variance, are

    * `norm="batch"`: in `train` those of the batch, over all its images and pixels; each running
      statistic $r$ becomes $0.9\,r + 0.1$ times that of the batch. In `evaluate` they are the
      running statistics, as constants.
    * `norm="group"`: those of one image, over all pixels of half of the channels. There are no
      statistics to remember: `[]`.
    * In `forward` whatever the function `moments(unit, values)` returns for the values of a unit,
      shape (n, height, width, channels): {func}`batch_moments`, {func}`group_moments`, stored
      statistics, or a choice between them that is made while the network runs.

    Args:
      channels: an even number of channels, the same in all blocks.
      classes: number of logits.
      norm: "batch" or "group".
      blocks: $K$, how many residual blocks, at least 1.

    Returns:
      `ResidualNetwork(init, evaluate, train, forward)`. `init(key)` gives
      `NetworkState(params, statistics)`:
      `params["units"]` is a list of 2K + 1 `{"weight", "scale", "shift"}` with weights of shape
      (3, 3, inputs, channels) and standard deviation $\sqrt{2/(9\,\text{inputs})}$;
      `params["head"]` is `{"weight", "bias"}`; statistics are a list of `{"mean", "variance"}`,
      all float64. `evaluate` takes an image of shape (height, width), both multiples of $2^K$, and
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
    >>> from lib.residual import residual_network
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

    def init(key: Array) -> NetworkState:
        check_key(key)
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
        return NetworkState(params, len(inputs) * [moments] if norm == "batch" else [])

    layout = jax.eval_shape(init, jax.ShapeDtypeStruct((2,), jnp.uint32))

    def forward(
        params: PyTree, images: ArrayLike, moments: Callable[[int, Array], PyTree]
    ) -> NormalizedBatch:
        _check_state(("params", params, layout.params))
        _check_images("the images", images, axes=3, multiple=2**blocks)

        def unit(n: int, values: Array) -> tuple[Array, dict[str, Array]]:
            """The output of the unit with a number, and the moments of its batch."""
            own = params["units"][n]
            values = _convolve(values, own["weight"])
            normal = _normalize(values, moments(n, values))
            return normal * _along(own["scale"]) + _along(own["shift"]), batch_moments(values)

        values, first = unit(0, jnp.asarray(images)[..., None])
        values, found = jax.nn.mish(values), [first]
        for block in range(blocks):
            values = _halve(values)
            inner, one = unit(2 * block + 1, values)
            outer, other = unit(2 * block + 2, jax.nn.mish(inner))
            values, found = jax.nn.mish(values + outer), [*found, one, other]
        head = params["head"]
        logits = values.mean((1, 2)) @ head["weight"].T + head["bias"][None, :]
        return NormalizedBatch(logits, found)

    def evaluate(params: PyTree, statistics: PyTree, image: ArrayLike) -> Array:
        _check_state(
            ("params", params, layout.params), ("statistics", statistics, layout.statistics)
        )
        _check_images("the image", image, axes=2, multiple=2**blocks)

        def moments(n: int, values: Array) -> dict[str, Array]:
            return statistics[n] if norm == "batch" else group_moments(values)

        return forward(params, jnp.asarray(image)[None], moments).logits[0]

    def train(params: PyTree, statistics: PyTree, images: ArrayLike) -> TrainedBatch:
        _check_state(
            ("params", params, layout.params), ("statistics", statistics, layout.statistics)
        )
        own = batch_moments if norm == "batch" else group_moments
        logits, found = forward(params, images, lambda _, values: own(values))
        if norm == "batch":
            statistics = jax.tree.map(lambda s, b: 0.9 * s + 0.1 * b, statistics, found)
        return TrainedBatch(logits, statistics)

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
    >>> from lib.residual import batch_moments
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
    >>> from lib.residual import group_moments
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
