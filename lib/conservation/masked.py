r"""The count of a small network whose widths may be traced: what a slider of a figure can set.

The network sits in arrays of one shape, three layers of width four. The widths only decide which
entries are used, so one compiled or translated program counts them all.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Int

from lib import checks
from lib.conservation.brackets import Sample, brackets, law_gradients
from lib.conservation.networks import Layout, Padded
from lib.conservation.rank import new_directions, rounding_floor

LAYERS, WIDEST = 3, 4
ENTRIES = LAYERS * WIDEST**2


class MaskedCount(NamedTuple):
    """A count whose numbers may be traced."""

    history: Int[Array, " depth"]
    """The dimension reached with brackets of depth 1, 2, …"""
    known: Int[Array, ""]
    """How many independent laws are known: with the last dimension they add up to `parameters`
    where the count is certified."""
    parameters: Int[Array, ""]
    """$D$."""


def masked_count(
    widths: Int[ArrayLike, "4"], key: Array, *, relu: bool = False, depth: int = 3
) -> MaskedCount:
    r"""The count of {func}`count_laws` for a network of two or three layers up to 4 wide.

    Args:
      widths: outputs, first hidden layer, second hidden layer, inputs, each from 1 to 4; a second
        hidden layer of width 0 means that there is none. They may be traced.
      key: a key of `jax.random`, for the parameters and the examples.
      relu: whether the hidden layers are ReLU, counted by paths as {func}`relu_network`.
      depth: up to how deep brackets are nested, from 1. Depth 3 settles all networks of this size
        but those of two hidden layers of at least 3 between one output and two inputs or the
        reverse, which need 4 or 5.

    Returns:
      A `MaskedCount`. The number of laws is `parameters - history[-1]`, certified where
      `history[-1] + known == parameters`.

    Raises:
      ValueError: `widths` are not four whole numbers; `depth` is not a whole number from 1.

    Used in {ref}`counting-laws`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.conservation import masked_count
    >>> count = masked_count(jnp.array([2, 3, 0, 2]), jax.random.key(0))
    >>> print(count.history, count.known, count.parameters)
    [4 6 6] 6 12
    """
    widths = jnp.asarray(widths)
    if widths.shape != (4,) or not jnp.issubdtype(widths.dtype, jnp.integer):
        raise ValueError(
            f"`widths` must be four whole numbers, outputs, two hidden layers and inputs, but it "
            f"is {checks.described(widths)}. Write a missing second hidden layer as 0."
        )
    widths = widths.astype(int)
    depth = checks.whole_number("depth", depth, remedy="Pass a Python int such as 3.")
    layout = _layout(widths, relu)
    of_params, of_samples = jax.random.split(key)
    normal = jax.random.normal(of_params, (LAYERS, WIDEST, WIDEST))
    unused = jnp.where(_in_use(widths)[:, None, None], 0.0, jnp.eye(WIDEST)[None])
    weights = jnp.where(layout.used.weights, normal, unused)
    theta = Padded(weights, jnp.zeros((LAYERS, WIDEST)))

    gradients = law_gradients(theta, layout).weights.reshape(-1, ENTRIES)
    used = layout.used.weights.reshape(1, ENTRIES)
    nothing = jnp.zeros((ENTRIES, ENTRIES))
    known = new_directions(jnp.where(used, gradients, 0.0), nothing).count
    parameters = jnp.sum(used)
    if not relu:  # one output and one input: all fields are multiples of one
        one_field = (widths[0] == 1) & (widths[3] == 1)
        known = jnp.where(one_field, parameters - 1, known)

    projector, reached, history, fields = nothing, jnp.zeros_like(known), [], None
    for level, key_of_level in enumerate(jax.random.split(of_samples, depth), start=1):
        samples = _samples(key_of_level, level, relu)
        found = brackets(theta, samples, layout, jnp.asarray(-1.0)).weights.reshape(-1, ENTRIES)
        fields = found if level == 1 else fields
        floor = rounding_floor(fields, jnp.where(layout.used.weights, weights, 0.0), level)
        more = new_directions(found, projector, floor=floor)
        projector, reached = more.projector, reached + more.count
        history.append(reached)
    return MaskedCount(jnp.stack(history), known, parameters)


def _in_use(widths: Array) -> Array:
    """Which of the three layers there are."""
    return jnp.stack([jnp.array(True), jnp.array(True), widths[2] > 0])


def _layout(widths: Array, relu: bool) -> Layout:
    outputs, first, second, inputs = widths
    ends = jnp.stack([outputs, first, jnp.where(second > 0, second, inputs), inputs])
    inside = jnp.arange(WIDEST)[None, :] < ends[:, None]
    both = inside[:-1, :, None] & inside[1:, None, :]
    weights = both & _in_use(widths)[:, None, None]
    biases = jnp.zeros((LAYERS, WIDEST), bool)
    hidden = jnp.stack([jnp.array(True), widths[2] > 0, jnp.array(False)])
    no_mirror = Padded(jnp.zeros_like(weights), biases)
    return Layout(Padded(weights, biases), no_mirror, hidden, hidden & (not relu))


def _samples(key: Array, depth: int, relu: bool) -> Sample:
    """Enough for every size: a few more than there are entries."""
    leading = (ENTRIES + 16, depth)
    keys = jax.random.split(key, 3)
    active = (*leading, LAYERS, WIDEST)
    return Sample(
        output=jax.random.normal(keys[0], (*leading, WIDEST)),
        input=jax.random.normal(keys[1], (*leading, WIDEST)),
        active=jax.random.normal(keys[2], active) if relu else jnp.ones(active),
        bias=jnp.zeros((*leading, LAYERS)),
    )
