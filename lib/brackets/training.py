"""Training runs of the residual network with Adam, with all that a swap needs at checkpoints."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike, Bool, Float, PyTree

from lib import checks
from lib.classifiers import binary_cross_entropy
from lib.residual import ResidualNetwork, batch_moments, group_moments
from lib.simulate import simulate


class Checkpoints(NamedTuple):
    """What training leaves behind; each leaf has a leading axis of checkpoints, from the start."""

    params: PyTree
    """The parameters, as {func}`lib.residual.residual_network` makes them."""
    statistics: PyTree
    """The running moments of batch normalization."""
    adam: optax.ScaleByAdamState
    """Adam's memory, `optax.ScaleByAdamState(count, mu, nu)`."""


def or_group(
    own: Callable[[int, Array], PyTree], group: Bool[ArrayLike, ""]
) -> Callable[[int, Array], PyTree]:
    """The moments `own`, or those of group normalization where `group` is true.

    Args:
      own: a function `moments(unit, values)`, as {func}`lib.residual.residual_network` takes it.
      group: one truth value; it may be traced, so that one compiled run serves both.

    Returns:
      A function `moments(unit, values)`.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import or_group
    >>> from lib.residual import batch_moments
    >>> moments = or_group(lambda unit, values: batch_moments(values), False)
    >>> print(moments(0, jnp.arange(4.0).reshape(2, 1, 1, 2))["mean"].ravel())
    [1. 2. 1. 2.]
    """

    def moments(unit: int, values: Array) -> PyTree:
        pairs = own(unit, values), group_moments(values)
        return jax.tree.map(lambda o, g: jnp.where(group, g, o), *pairs)

    return moments


def train_residual(
    network: ResidualNetwork,
    images: Float[Array, "n height width"],
    targets: Float[Array, "n classes"],
    key: Array,
    *,
    loss: Callable[[Array, Array], ArrayLike] = binary_cross_entropy,
    group: Bool[ArrayLike, ""] = False,
    overlay: Bool[ArrayLike, ""] = False,
    learning_rate: float = 5e-3,
    b1: float = 0.8,
    b2: float = 0.999,
    batch_size: int = 16,
    steps: int = 400,
    every: int = 50,
) -> Checkpoints:
    r"""Train a residual network with Adam on random batches of images.

    Args:
      network: from {func}`lib.residual.residual_network` with `norm="batch"`.
      images: shape (n, height, width), both lengths as the network needs them. Batches are drawn
        from them with replacement.
      targets: of the images, with a first axis of length n; for the default loss shape
        (n, classes), each from 0 to 1.
      key: one key of `jax.random`.
      loss: a function `loss(logits, targets)` of one image; a step descends its mean over a batch.
      group: whether group normalization takes the place of batch normalization; may be traced.
      overlay: whether each image of a batch is two, one laid over the other by the larger of each
        pixel and of each target; may be traced.
      learning_rate, b1, b2: $\varepsilon$, $\beta_1$ and $\beta_2$ of Adam.
      batch_size, steps, every: images in a batch, steps, and steps from one checkpoint to the next.

    Returns:
      `Checkpoints(params, statistics, adam)` with steps/every + 1 checkpoints.

    Raises:
      ValueError: `batch_size`, `steps` or `every` is not a positive integer, or `every` does not
        divide `steps`; images and targets do not fit the network and the loss.

    The setting is that of {cite:t}`bement2026fields` on a smaller scale. Used in
    {ref}`a-real-network`.

    >>> import jax
    >>> from lib.brackets import train_residual
    >>> from lib.residual import residual_network
    >>> network = residual_network(channels=2, classes=3, blocks=1)
    >>> images, targets = jax.numpy.ones((5, 4, 4)), jax.numpy.zeros((5, 3))
    >>> run = train_residual(network, images, targets, jax.random.key(0), steps=4, every=2)
    >>> run.adam.count
    Array([0, 2, 4], dtype=int32)
    """
    for name, number in (("batch_size", batch_size), ("steps", steps)):
        checks.whole_number(name, number, remedy="Pass a Python int such as 16.")
    init_key, data_key = jax.random.split(key)
    adam = optax.adam(learning_rate, b1=b1, b2=b2)

    def drawn(values: Array, numbers: Array) -> Array:
        return jnp.where(overlay, jnp.maximum(*values[numbers]), values[numbers[0]])

    def step(state: tuple[PyTree, PyTree, Any], numbers: Array) -> tuple[PyTree, PyTree, Any]:
        params, statistics, memory = state
        batch, wanted = drawn(images, numbers), drawn(targets, numbers)

        def mean_loss(p: PyTree) -> tuple[Array, PyTree]:
            logits, found = network.forward(p, batch, or_group(_of_batch, group))
            return jnp.mean(jax.vmap(loss)(logits, wanted)), found

        slope, found = jax.grad(mean_loss, has_aux=True)(params)
        with jax.numpy_dtype_promotion("standard"):  # optax raises floats to integer powers
            update, memory = adam.update(slope, memory, params)
        statistics = jax.tree.map(lambda s, b: 0.9 * s + 0.1 * b, statistics, found)
        return optax.apply_updates(params, update), statistics, memory

    params, statistics = network.init(init_key)
    numbers = jax.random.randint(data_key, (steps, 2, batch_size), 0, len(images))
    path = simulate(step, (params, statistics, adam.init(params)), numbers, every=every).trajectory
    return Checkpoints(path[0], path[1], path[2][0])


def _of_batch(unit: int, values: Array) -> PyTree:
    del unit
    return batch_moments(values)
