r"""Whether a network's outputs follow a flow of their own, without the weights behind them.

What a network computes is given by outputs $z = \phi(\theta)$: the entries of a product of
matrices, the products along paths, the values of a function at inputs. Under gradient flow of
$\ell(\phi(\theta))$ they obey

$$\dot z = -M(\theta)\,\nabla\ell(z), \qquad M = \partial\phi\,\partial\phi^\top .$$

As outputs we take $z_i = f_{c_i}(\theta)$ for random examples $c_i$, as many as are independent:
all other outputs are functions of them. The rows of $\partial\phi$ are then the fields $F_{c_i}$ of
these examples, and $M_{ij} = \langle F_{c_i}, F_{c_j}\rangle$. So nothing but fields is needed, and
products, paths and functions are treated alike.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree
from scipy.linalg import qr

from lib import checks
from lib.conservation import networks
from lib.conservation.brackets import Sample, draw_samples, field
from lib.conservation.counting import (
    examples_of_function,
    flattened,
    lie_algebra,
    normal,
    sample_keys,
)
from lib.conservation.networks import FunctionNetwork, Layout, Network, Padded

BATCH = 16  # samples and directions are filled up to multiples, so that networks share programs


class IntrinsicDefect(NamedTuple):
    """How far a network's outputs are from a flow of their own; zero if they follow one."""

    kernel: int
    """In how many directions training can go, at second order, without moving an output."""
    residual: float
    r"""$\|\partial M\,K\|/\|\partial M\,N\|$, from 0 to 1: how much of the change of $M$ that
    training can bring about happens where no output moves. Only zero or not matters."""
    dimension: int
    r"""The dimension of $\operatorname{Lie}(W)(\theta)$."""
    rank: int
    r"""The rank of $\partial\phi(\theta)$: how many outputs are independent."""


class _Outputs(NamedTuple):
    """Outputs of a network at a point."""

    slopes: np.ndarray
    """The rows of their derivatives, (outputs, D)."""
    changes: Callable[[np.ndarray, np.ndarray], Array]
    """From the numbers of some outputs and from directions, (n, D), to the squared size of the
    derivative of their M along each direction, (n,)."""


def intrinsic_defect(
    network: Network | FunctionNetwork, params: PyTree, key: Array
) -> IntrinsicDefect:
    r"""Whether the outputs $z = \phi(\theta)$ follow a flow of their own near a point.

    Under gradient flow $\dot z = -M(\theta)\nabla\ell(z)$ with $M = \partial\phi\,
    \partial\phi^\top$. Among all points that training can reach from $\theta$, whatever the losses
    and their order, $M$ is locally a function of $z$ exactly if

    $$\ker\partial\phi\,\cap\,\operatorname{Lie}(W) \subseteq \ker\partial M$$

    at each of them, where the rank of $\partial\phi$ is constant. This tests it at $\theta$. With
    an orthonormal basis $N$ of $\operatorname{Lie}(W)(\theta)$ and one, $K$, of the intersection on
    the left, the residual is $\|\partial M\,K\|/\|\partial M\,N\|$.

    Args:
      network: from {func}`linear_network`, {func}`relu_network` (the outputs are the products along
        its paths) or {func}`function_network`.
      params: $\theta$, with the layout of the network's parameters. At a point with a symmetry that
        its neighbours lack the residual may be zero by accident: choose one without.
      key: a key of `jax.random`, for the examples.

    Returns:
      An `IntrinsicDefect`. The residual is below 1e-10 where the outputs follow a flow of their
      own; it is 0 where the kernel is.

    Raises:
      ValueError: `params` has other shapes than the network's, or is not finite; a field is not
        finite; or as {func}`count_laws`.

    Derived in {ref}`intrinsic-dynamics`, after {cite:t}`marcotte2026intrinsic`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.conservation import intrinsic_defect, linear_network
    >>> inner = jnp.array([[0.5], [1.0]])
    >>> defect = intrinsic_defect(
    ...     linear_network((2, 2, 1)), [jnp.diag(jnp.array([2.0, 1.0])), inner], jax.random.key(0)
    ... )
    >>> print(defect.kernel, defect.residual > 0.1)
    1 True
    """
    count, basis = lie_algebra(network, params, key)
    rank = count.history[0]
    kernel = count.dimension - rank
    if kernel == 0:
        return IntrinsicDefect(0, 0.0, count.dimension, rank)
    slopes, changes = (
        _of_function(network, params, key)
        if isinstance(network, FunctionNetwork)
        else _of_matrices(network, params, key)
    )
    chosen = qr(slopes.T, mode="r", pivoting=True)[1][:rank]
    # Another basis of Lie(W): the last directions are those that move none of the outputs.
    _, _, turned = np.linalg.svd(slopes[chosen] @ basis.T)
    squares = np.asarray(changes(chosen, turned @ basis))
    residual = np.sqrt(squares[rank:].sum() / squares.sum())
    return IntrinsicDefect(kernel, float(residual), count.dimension, rank)


def _changes(
    fields_at: Callable[[PyTree], Float[Array, "outputs D"]], at: PyTree, directions: PyTree
) -> Float[Array, " directions"]:
    """The squared size of the derivative of M along each direction."""

    def inner_products(at: PyTree) -> Array:
        rows = fields_at(at)
        return rows @ rows.T

    def along(direction: PyTree) -> Array:
        return jnp.sum(jax.jvp(inner_products, (at,), (direction,))[1] ** 2)

    return jax.lax.map(along, directions)


def _of_function(network: FunctionNetwork, params: PyTree, key: Array) -> _Outputs:
    params = checks.parameters("params", params)
    metrics = networks.checked_metrics(network, "euclidean")
    point, _, slope = flattened(network, params, metrics)
    # The examples whose fields are counted: so the rank of their fields is that of the count.
    keys = sample_keys(key, 1, point.size).reshape(-1)
    keys = jax.vmap(partial(jax.random.split, num=1))(keys)[:, 0]
    samples = examples_of_function(network, keys)
    fields = jax.jit(jax.vmap(slope, (None, 0)))

    def changes(chosen: np.ndarray, directions: np.ndarray) -> Array:
        some = jax.tree.map(lambda leaf: leaf[chosen], samples)
        return _changes(lambda theta: fields(theta, some), point, jnp.asarray(directions))

    return _Outputs(np.asarray(fields(point, samples)), changes)


def _of_matrices(network: Network, params: PyTree, key: Array) -> _Outputs:
    layout = networks.layout(network, ["euclidean"] * (len(network.widths) - 1))
    at = networks.padded(network, networks.checked_params(network, params))
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    count = networks.size_of(network) + BATCH
    samples = draw_samples(
        partial(normal, generator), count, 1, networks.padded_shape(network), network.relu
    )
    samples = jax.tree.map(lambda leaf: _filled(leaf[:, 0]), samples)
    fields = networks.rows_of(network, _fields(at, samples, layout), layout.used)[:count]

    def changes(chosen: np.ndarray, directions: np.ndarray) -> Array:
        # An example of zeros has the field zero, and along the direction zero nothing changes.
        some = jax.tree.map(lambda leaf: _filled(leaf[chosen]), samples)
        padded = networks.padded_tangents(_filled(directions), layout.used)
        return _changes_in_matrices(at, some, padded, layout)[: len(directions)]

    return _Outputs(fields, changes)


@jax.jit
def _fields(at: Padded, samples: Sample, layout: Layout) -> Padded:
    return jax.vmap(field, (None, 0, None))(at, samples, layout)


@jax.jit
def _changes_in_matrices(
    at: Padded, samples: Sample, directions: Padded, layout: Layout
) -> Float[Array, " directions"]:
    def fields_at(at: Padded) -> Array:
        fields = jax.vmap(field, (None, 0, None))(at, samples, layout)
        flat = [leaf.reshape(leaf.shape[0], -1) for leaf in fields]
        return jnp.concatenate(flat, axis=1)

    return _changes(fields_at, at, directions)


def _filled(rows: Any) -> np.ndarray:
    """Rows of zeros appended, up to a multiple of the batch."""
    missing = -len(rows) % BATCH
    return np.concatenate([rows, np.zeros((missing, *rows.shape[1:]))])
