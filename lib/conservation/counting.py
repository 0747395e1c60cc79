r"""How many conservation laws a network has: from below and from above until both meet.

Training moves the parameters along the fields of the examples and, by their order, along the
brackets of these. All of them together span $\operatorname{Lie}(W)(\theta)$ at $\theta$, and there
are exactly $D - \dim\operatorname{Lie}(W)(\theta)$ independent laws around a point where that
dimension does not change. The rank of sampled brackets is at most the dimension, the rank of the
gradients of known laws at most the number of laws; when the two add up to $D$, both are settled.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree

from lib import checks
from lib.conservation import networks
from lib.conservation.brackets import brackets, draw_samples, law_gradients
from lib.conservation.networks import FunctionNetwork, Network, Padded
from lib.conservation.rank import (
    EXACT,
    NewDirections,
    new_directions,
    rank_modulo_prime,
    rounding_floor,
)
from lib.fields import lie_bracket

DEEPEST = 9
SPARE = 16  # samples beyond the number of parameters
DENSE = 8  # samples for each parameter of a function, whose regions may be small
FEWEST = 2_000  # samples for a function
LARGEST = 4_000  # parameters; the samples then take 130 MB and their rank a minute


class Count(NamedTuple):
    """How many conservation laws a network has, and how sure that is."""

    laws: int
    """The number of independent laws; an upper bound unless `certified`."""
    dimension: int
    """The dimension of Lie(W) at the parameters that was reached."""
    parameters: int
    """D; `laws` and `dimension` add up to it."""
    certified: bool
    """Whether as many laws are known as are left."""
    gap: float
    """The smallest singular value that was counted over the largest that was not; infinite for a
    proof by integers, where nothing is rounded."""
    history: tuple[int, ...]
    """The dimension reached with brackets of depth 1, 2, …"""

    def __str__(self) -> str:
        """In words."""
        how = "exactly" if self.certified else "at most"
        return f"{how} {self.laws} laws of {self.parameters} parameters"


def count_laws(
    network: Network | FunctionNetwork,
    key: Array,
    *,
    metric: str | Sequence[str] = "euclidean",
    params: PyTree | None = None,
    exact: bool = False,
) -> Count:
    r"""The number of independent conservation laws of a network under gradient flow.

    $$\text{laws} = D - \dim\operatorname{Lie}(W)(\theta), \qquad
      W_\theta = \operatorname{span}\{\text{fields of the examples at }\theta\}$$

    The dimension is the rank of random nested brackets at $\theta$, depth by depth. It stops when
    the rank and the number of known laws add up to $D$ (then `certified`), or when a depth adds
    nothing.

    Args:
      network: from {func}`linear_network`, {func}`relu_network` or {func}`function_network`.
      key: a key of `jax.random`, for the parameters and the examples.
      metric: "euclidean" for gradient flow, "mirror" for $\dot\theta = -\operatorname{diag}(\theta)
        \nabla L$; or one of these words for each layer, as `("mirror", "euclidean")`.
      params: where to count; by default a random point, and for a function its own parameters.
      exact: whether to prove the count by integers instead of measuring a rank: parameters and
        examples are drawn from ±1, ±2, ±3, every bracket is then an integer, and ranks are taken
        modulo a prime, which can only lower them. For networks of matrices only.

    Returns:
      A `Count`.

    Raises:
      ValueError: `metric` is not one of the two words or one a layer; `params` has other shapes
        than the network's, or is not finite, or is passed with `exact`; the network has more
        parameters than fit; a field or a bracket is not finite; `exact` is asked for a function, or
        an integer could exceed $2^{53}$.

    Derived in {ref}`counting-laws`, after {cite:t}`marcotte2023abide`.

    >>> import jax
    >>> from lib.conservation import count_laws, linear_network
    >>> count = count_laws(linear_network((2, 2, 2)), jax.random.key(0))
    >>> print(count)
    exactly 3 laws of 8 parameters
    >>> print(count.history)
    (4, 5)
    >>> print(count_laws(linear_network((2, 2, 2)), jax.random.key(0), exact=True).gap)
    inf
    """
    metrics = networks.checked_metrics(network, metric)
    _check_size(networks.size_of(network))
    if isinstance(network, FunctionNetwork):
        if exact:
            raise ValueError(
                "`exact` needs a network of matrices, whose brackets are polynomials with integer "
                "coefficients, but the network is a function. Leave `exact` out."
            )
        at = network.params if params is None else checks.parameters("params", params)
        return _counted(_of_function(network, at, metrics, key))
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    if exact:
        if params is not None:
            raise ValueError("`exact` draws integer parameters itself. Leave `params` out.")
        return _counted(_of_matrices(network, None, metrics, _whole(generator), exact), exact)
    draw = partial(_normal, generator)
    if params is not None:
        params = networks.checked_params(network, params)
    return _counted(_of_matrices(network, params, metrics, draw))


def lie_algebra_dimension(network: Network | FunctionNetwork, params: PyTree, key: Array) -> int:
    r"""The dimension of $\operatorname{Lie}(W)(\theta)$: in how many directions training can go.

    Args:
      network: as {func}`count_laws`.
      params: $\theta$, with the layout of the network's parameters.
      key: a key of `jax.random`, for the examples.

    Returns:
      A whole number from 0 to $D$.

    Raises:
      ValueError: as {func}`count_laws`.

    Derived in {ref}`counting-laws`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.conservation import lie_algebra_dimension, linear_network
    >>> point = [jnp.array([[1.0, 2.0], [0.5, -1.0]]), jnp.array([[0.3, 1.0], [-2.0, 0.7]])]
    >>> print(lie_algebra_dimension(linear_network((2, 2, 2)), point, jax.random.key(0)))
    5
    """
    return count_laws(network, key, params=params).dimension


def known_laws(
    network: Network, params: PyTree, *, metric: str | Sequence[str] = "euclidean"
) -> list[Array]:
    r"""The values of the laws that are known in closed form, one array for each hidden layer.

    For a linear network the symmetric matrices $W_i^\top W_i - W_{i+1}W_{i+1}^\top - b_ib_i^\top$,
    for a ReLU network their diagonals. Where a layer has a mirror metric, sums of its entries take
    the place of half the sums of squares; the laws are scaled by 2 and only the diagonals remain.

    Args:
      network: from {func}`linear_network` or {func}`relu_network`.
      params: $\theta$.
      metric: as {func}`count_laws`.

    Returns:
      For each hidden layer of width r an array of shape (r, r), or (r,) where only the diagonal is
      conserved.

    Raises:
      ValueError: `metric` is not one of the two words or one a layer; `params` has other shapes
        than the network's, or is not finite.

    Derived in {ref}`conserved-quantities`.

    >>> import jax.numpy as jnp
    >>> from lib.conservation import known_laws, relu_network
    >>> params = [jnp.array([[3.0, 1.0]]), jnp.array([[1.0, 2.0], [0.0, 1.0]])]
    >>> print(known_laws(relu_network((1, 2, 2)), params))
    [Array([4., 0.], dtype=float64)]
    """
    metrics = networks.checked_metrics(network, metric)
    leaves = networks.checked_params(network, params)
    layers = len(network.widths) - 1
    weights, biases = leaves[:layers], leaves[layers:] or [None] * (layers - 1)
    found = []
    for i, bias in enumerate(biases):
        left, right = weights[i], weights[i + 1]
        if network.relu or "mirror" in metrics[i : i + 2]:
            own = 2 * left.sum(0) if metrics[i] == "mirror" else (left**2).sum(0)
            next_curved = metrics[i + 1] == "mirror"
            other = 2 * right.sum(1) if next_curved else (right**2).sum(1)
            offset = 0.0 if bias is None else (2 * bias if next_curved else bias**2)
        else:
            own, other = left.T @ left, right @ right.T
            offset = 0.0 if bias is None else jnp.outer(bias, bias)
        found.append(own - other - offset)
    return found


class _Point(NamedTuple):
    """A network at a point, as its count needs it."""

    parameters: int
    theta: np.ndarray
    rows: Callable[[int], np.ndarray]
    """The random brackets of a depth, one a row."""
    laws: np.ndarray
    """The gradients of the known laws, one a row."""
    one_field: bool
    """Whether all fields are multiples of one: then its line of flow is all there is."""


def _of_matrices(
    network: Network,
    params: Sequence[Array] | None,
    metrics: list[str],
    draw: Callable,
    exact: bool = False,
) -> _Point:
    size, layout = networks.size_of(network), networks.layout(network, metrics)
    if params is None:
        params = [draw(shape) for shape in networks.shapes(network)]
    at = networks.padded(network, params)
    count = next((n for n in (128, 384) if n >= size + SPARE), -(-(size + SPARE) // 256) * 256)
    shape = networks.padded_shape(network)

    def of(tangents: Padded) -> np.ndarray:
        return networks.rows_of(network, tangents, layout.used)

    def rows(depth: int) -> np.ndarray:
        # A number of samples and a shape that many networks share, so that they share a program.
        samples = draw_samples(draw, count, depth, shape, network.relu)
        if exact:
            magnitudes = jax.tree.map(np.abs, (at, samples))
            bound = brackets(*magnitudes, layout, jnp.asarray(1.0))
            if max(float(jnp.max(leaf)) for leaf in jax.tree.leaves(bound)) >= EXACT:
                raise ValueError(
                    f"An integer could exceed 2⁵³ in brackets of depth {depth}, where float64 "
                    f"rounds. Leave `exact` out."
                )
        return of(brackets(at, samples, layout, jnp.asarray(-1.0)))[: size + SPARE]

    theta = of(jax.tree.map(lambda leaf: leaf[None], at))[0]
    gradients = of(law_gradients(at, layout))
    ends = {network.widths[0], network.widths[-1]}
    one_field = not network.relu and not network.bias and ends == {1}
    return _Point(size, theta, rows, gradients[np.any(gradients != 0, axis=1)], one_field)


def _of_function(
    network: FunctionNetwork, params: PyTree, metrics: list[str], key: Array
) -> _Point:
    point, unravel = ravel_pytree(params)
    leaves = jax.tree.leaves(params)
    mirror = np.concatenate(
        [np.full(leaf.size, word == "mirror") for leaf, word in zip(leaves, metrics, strict=True)]
    )

    def field(theta: Array, sample: tuple[Any, Array]) -> Array:
        _, pull = jax.vjp(lambda p: network.apply(unravel(p), sample[0]), theta)
        slope = pull(sample[1])[0]
        return jnp.where(mirror, theta * slope, slope)

    def nested(theta: Array, samples: Sequence[tuple[Any, Array]]) -> Array:
        inner = partial(field, sample=samples[-1])
        for sample in reversed(samples[:-1]):
            inner = lie_bracket(partial(field, sample=sample), inner)
        return inner(theta)

    def rows(depth: int) -> np.ndarray:
        def one(key: Array) -> Array:
            def drawn(key: Array) -> tuple[Any, Array]:
                x = network.draw_input(jax.random.fold_in(key, 0))
                shape = jax.eval_shape(network.apply, params, x).shape
                return x, jax.random.normal(jax.random.fold_in(key, 1), shape)

            return nested(point, [drawn(k) for k in jax.random.split(key, depth)])

        keys = jax.random.split(jax.random.fold_in(key, depth), max(DENSE * point.size, FEWEST))
        return np.asarray(jax.jit(jax.vmap(one))(keys))

    return _Point(point.size, np.asarray(point), rows, np.zeros((0, point.size)), False)


def _counted(point: _Point, exact: bool = False) -> Count:
    """Go deeper until the certificate closes or a depth adds nothing."""
    size, known = point.parameters, point.laws
    if exact:
        above = max(rank_modulo_prime(known), size - 1 if point.one_field else 0)
    else:
        above = int(new_directions(known, np.zeros((size, size))).count) if len(known) else 0
        above = size - 1 if point.one_field else above
    projector, history, kept, dropped = np.zeros((size, size)), [], np.inf, 1e-17
    fields = collected = np.zeros((0, size))
    for depth in range(1, DEEPEST + 1):
        rows = point.rows(depth)
        if not np.all(np.isfinite(rows)):
            raise ValueError(
                f"A field or a bracket of depth {depth} is not finite at this point. Pass `params` "
                f"at which the network can be differentiated {depth} times."
            )
        if exact:
            collected = np.concatenate([collected, rows])
            history.append(rank_modulo_prime(collected))
        else:
            fields = rows if depth == 1 else fields
            floor = rounding_floor(fields, point.theta, depth)
            found: NewDirections = new_directions(rows, projector, floor)
            projector, before = found.projector, history[-1] if history else 0
            kept, dropped = min(kept, float(found.kept)), max(dropped, float(found.dropped))
            history.append(before + int(found.count))
        settled = history[-1] + above == size
        if settled or history[-1] == size or history[-2:-1] == history[-1:]:
            break
    return Count(
        laws=size - history[-1],
        dimension=history[-1],
        parameters=size,
        certified=history[-1] + above == size,
        gap=np.inf if exact else kept / dropped,
        history=tuple(history),
    )


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.normal(size=shape)


def _whole(generator: np.random.Generator) -> Callable[[tuple[int, ...]], np.ndarray]:
    return lambda shape: generator.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], shape)


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise ValueError(
            f"The network has {size} parameters; counting needs several {size} × {size} matrices "
            f"({8 * size**2 / 1e9:.1f} GB each) and allows {LARGEST} parameters. Count a smaller "
            f"network of the same kind."
        )
