r"""Momentum flow $\ddot\theta + \gamma\dot\theta = -\nabla L$: its fields, and its known laws.

It is a flow of the state $(t, \theta, v)$ with $v = \dot\theta$. One field, the drift
$(1, v, -\gamma v)$, is always there; each example adds a force $(0, 0, F_c)$. A layer with a mirror
metric feels the force $\operatorname{diag}(\gamma\theta + v)F_c$ of mirror flow with momentum.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks
from lib.conservation import networks
from lib.conservation.brackets import Sample, field
from lib.conservation.networks import Layout, Network, Padded
from lib.conservation.transport import carried_back

DAMPING = 0.7
SEGMENTS = 3  # flows that a walk follows
STEPS, MOST_STEPS = 12, 96  # for a length of 1
RETURNS = 1e-10  # how near to its start a walk there and back has to end


class State(NamedTuple):
    """Where momentum flow is; or a tangent there."""

    time: Any
    params: Any
    velocity: Any


class Generator(NamedTuple):
    """One field of the flow: a share of the drift, and the force of one example."""

    drift: Any
    sample: Any


Force = Callable[[Any, Any], Any]
"""The negative gradient of one sample, a function of the parameters and the sample."""


def momentum_field(
    state: State, generator: Generator, force: Force, mirror: Any, damping: Float[Array, ""]
) -> State:
    """The drift in its share, and the force of one example on the velocity."""

    def pushed(force: Array, mirror: Array, at: Array, velocity: Array) -> Array:
        metric = jnp.where(mirror, damping * at + velocity, 1.0)
        return metric * force - generator.drift * damping * velocity

    forces = force(state.params, generator.sample)
    velocity = jax.tree.map(pushed, forces, mirror, state.params, state.velocity)
    moved = jax.tree.map(lambda leaf: generator.drift * leaf, state.velocity)
    return State(generator.drift, moved, velocity)


@jax.jit
def carried_back_in_matrices(
    start: State, words: Generator, layout: Layout, length: Array, steps: Array
) -> tuple[State, Array]:
    """What {func}`carried_back` returns, for a network of matrices."""
    mirror = layout.mirror
    plain = layout._replace(mirror=jax.tree.map(jnp.zeros_like, mirror))

    def force(params: Padded, sample: Sample) -> Padded:
        return field(params, sample, plain)

    of = partial(momentum_field, force=force, mirror=mirror, damping=jnp.asarray(DAMPING))
    return carried_back(of, start, words, length=length, steps=steps)


class UnresolvedWalkError(ValueError):
    """A walk that does not come back to its start."""


def resolved(carried: Callable[[Array, Array], tuple[State, Array]], length: int) -> State:
    """The vectors carried back along walks of a length, with as many steps as it takes.

    `carried` is a function of the length and the steps of a segment to what {func}`carried_back`
    returns.
    """
    steps = STEPS
    while True:
        tangents, missed = carried(jnp.asarray(1.0 * length), jnp.asarray(steps * length))
        worst = float(jnp.max(missed))
        if not np.isfinite(worst):
            raise ValueError(
                "A field is not finite on a walk along momentum flow. Pass `params` around which "
                "the network can be differentiated."
            )
        if worst < RETURNS:
            return tangents
        if steps == MOST_STEPS:
            raise UnresolvedWalkError(
                f"A walk along momentum flow is not resolved: with {steps} steps for a length of "
                f"1, the way there and back misses its start by {worst:.0e} instead of "
                f"{RETURNS:.0e}. The function has kinks or bends too sharply; pass other `params`, "
                f"or count `linear_network` or `relu_network`, which have no kinks."
            )
        steps *= 2


def momentum_laws(
    network: Network,
    params: PyTree,
    velocity: PyTree,
    *,
    time: ArrayLike = 0.0,
    damping: ArrayLike,
) -> list[Array]:
    r"""The values of the laws of momentum flow, an antisymmetric matrix for each hidden layer.

    $$e^{\gamma t}\big(W_i^\top\dot W_i - \dot W_i^\top W_i + W_{i+1}\dot W_{i+1}^\top
      - \dot W_{i+1}W_{i+1}^\top + b_i\dot b_i^\top - \dot b_ib_i^\top\big)$$

    is constant along $\ddot\theta + \gamma\dot\theta = -\nabla L$ for a linear network, whatever
    the data. With the steps $M$ of heavy ball in place of $\dot\theta$, and `time` = 0, it is what
    heavy ball multiplies by $\mu$ in each step.

    Args:
      network: from {func}`linear_network`; a ReLU network has no such law.
      params: $\theta$.
      velocity: $\dot\theta$, with the layout of `params`.
      time: $t$, one real number.
      damping: $\gamma$, one real number.

    Returns:
      For each hidden layer of width r an antisymmetric array of shape (r, r).

    Raises:
      ValueError: `network` is a ReLU network; `params` has other shapes than the network's, or is
        not finite; `velocity` has another layout than `params`, or is not finite; `time` or
        `damping` is not one real number.

    Derived in {ref}`laws-with-momentum`, after {cite:t}`marcotte2024keep`.

    >>> import jax.numpy as jnp
    >>> from lib.conservation import linear_network, momentum_laws
    >>> params = [jnp.array([[1.0, 0.0]]), jnp.array([[0.0], [2.0]])]
    >>> velocity = [jnp.array([[0.0, 3.0]]), jnp.array([[1.0], [0.0]])]
    >>> print(momentum_laws(linear_network((1, 2, 1)), params, velocity, damping=0.5)[0])
    [[ 0.  1.]
     [-1.  0.]]
    """
    if network.relu:
        raise ValueError(
            f"`network` is {networks.described(network)}, which has no laws under momentum flow. "
            f"Pass a network from `linear_network`."
        )
    leaves = networks.checked_params(network, params)
    checks.tangent_argument("velocity", velocity, params, remedy="Pass arrays like the parameters.")
    rates = [jnp.asarray(leaf) for leaf in jax.tree.leaves(velocity)]
    growth = jnp.exp(checks.real_scalar("damping", damping) * checks.real_scalar("time", time))
    state = State(0.0, networks.padded(network, leaves), networks.padded(network, rates))
    values = growth * rotations(state)
    return [values[i, :r, :r] for i, r in enumerate(network.widths[1:-1])]


def rotations(state: State) -> Float[Array, "layers width width"]:
    r"""Without its factor $e^{\gamma t}$, what {func}`momentum_laws` returns, padded."""
    (weights, biases), (moved, moved_biases) = state.params, state.velocity
    behind = jnp.einsum("lij,lik->ljk", weights, moved)
    ahead = jnp.einsum("lji,lki->ljk", weights[1:], moved[1:])
    bias = biases[:, :, None] * moved_biases[:, None, :]
    return _skew(behind + jnp.pad(ahead, [(0, 1), (0, 0), (0, 0)]) + bias)


def mixed_rotations(state: State) -> Float[Array, "layers width width"]:
    r"""The same for the rotations that mix both sides of a hidden layer.

    Where one row u and one column v meet, the network sees $u\cdot v$ only, and $u + v$ and $u - v$
    can be rotated each by itself.
    """
    row, moved_row = state.params.weights[:-1, 0, :], state.velocity.weights[:-1, 0, :]
    column, moved_column = state.params.weights[1:, :, 0], state.velocity.weights[1:, :, 0]
    both = row[:, :, None] * moved_column[:, None, :] + column[:, :, None] * moved_row[:, None, :]
    return jnp.pad(_skew(both), [(0, 1), (0, 0), (0, 0)])


@jax.jit
def momentum_law_gradients(state: State, layout: Layout) -> State:
    """The gradients of all known laws as tangents with one leading axis, zero for no law."""
    used = layout.used.weights
    one_row, one_column = jnp.sum(used[:, :, 0], axis=1) == 1, jnp.sum(used[:, 0, :], axis=1) == 1
    alone = one_row & jnp.roll(one_column, -1) & ~layout.used.biases[:, 0]

    def values(state: State) -> Array:
        laws = jnp.stack([rotations(state), mixed_rotations(state)])
        there = jnp.stack([layout.square, layout.square & alone])
        grown = jnp.exp(DAMPING * state.time) * laws
        return jnp.where(there[:, :, None, None], grown, 0.0)

    slopes = jax.jacrev(values)(state)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[4:]), slopes)


def _skew(matrices: Array) -> Array:
    return matrices - jnp.swapaxes(matrices, -1, -2)
