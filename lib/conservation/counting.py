r"""How many conservation laws a network has: from below and from above until both meet.

Training moves the parameters along the fields of the examples and, by their order, along the
brackets of these. All of them together span $\operatorname{Lie}(W)(\theta)$ at $\theta$, and there
are exactly $D - \dim\operatorname{Lie}(W)(\theta)$ independent laws around a point where that
dimension does not change. The rank of sampled brackets is at most the dimension, the rank of the
gradients of known laws at most the number of laws; when the two add up to $D$, both are settled.

Momentum flow is a flow of $2D + 1$ numbers, the time, the parameters and their velocities; its
laws may depend on all of them. There the vectors come from {mod}`lib.conservation.transport`.

A flow that does more with the gradient than scale it, as those of signs and of Muon, does not add
up the fields of examples. There $W$ is spanned by the fields of all data sets.
"""

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

from lib import checks
from lib.conservation import momentum, networks
from lib.conservation.brackets import Sample, brackets, draw_samples, law_gradients, law_values
from lib.conservation.directions import Direction
from lib.conservation.momentum import Generator, State
from lib.conservation.networks import FunctionNetwork, Network, Padded
from lib.conservation.rank import (
    EXACT,
    NewDirections,
    new_directions,
    rank_modulo_prime,
    rounding_floor,
)
from lib.conservation.transport import carried_back
from lib.fields import lie_bracket

FLOWS = ("gradient", "momentum")
DEEPEST = 9
SPARE = 16  # samples beyond the number of parameters
DENSE = 8  # samples for each parameter of a function, whose regions may be small
FEWEST = 2_000  # samples for a function
DATA_SET = 16  # examples in one, or as many as the widest matrix has rows or columns
BATCH = 500_000  # numbers in the fields of a function that are computed at once
NEARBY = 1e-4  # how far from the parameters a law, and a count without laws, is tried once more
CLOSE = 1e-9  # how far from the parameters fields have to be the same
JUMP = 1e-3  # a change of a field over so small a distance, against its length: a kink
ORTHOGONAL = 1e-8  # the largest cosine between a field and the gradient of a law
LARGEST = 4_000  # parameters or variables; the samples then take 130 MB and their rank a minute


class Count(NamedTuple):
    """How many conservation laws a network has, and how sure that is."""

    laws: int
    """The number of independent laws; an upper bound unless `certified`."""
    dimension: int
    """The dimension of Lie(W) at the parameters that was reached."""
    parameters: int
    """D, or 2D + 1 for momentum flow: time, parameters and velocities; `laws` and `dimension` add
    up to it."""
    certified: bool
    """Whether as many laws are known as are left."""
    gap: float
    """The smallest singular value that was counted over the largest that was not; infinite for a
    proof by integers, where nothing is rounded."""
    history: tuple[int, ...]
    """The dimension reached with brackets of depth 1, 2, …, or for momentum flow with walks of
    length 1, 2, …"""
    flow: str = "gradient"
    """Which flow was counted: "gradient", "momentum", or "direction" for a given one."""

    def __str__(self) -> str:
        """In words."""
        how = "exactly" if self.certified else "at most"
        laws = "1 law" if self.laws == 1 else f"{self.laws} laws"
        of = "variables" if self.flow == "momentum" else "parameters"
        return f"{how} {laws} of {self.parameters} {of}"


def count_laws(
    network: Network | FunctionNetwork,
    key: Array,
    flow: str = "gradient",
    *,
    metric: str | Sequence[str] = "euclidean",
    params: PyTree | None = None,
    samples: int | None = None,
    exact: bool = False,
    direction: Direction | None = None,
) -> Count:
    r"""The number of independent conservation laws of a network under a training flow.

    $$\text{laws} = D - \dim\operatorname{Lie}(W)(\theta), \qquad
      W_\theta = \operatorname{span}\{\text{fields of the examples at }\theta\}$$

    The dimension is the rank of random nested brackets at $\theta$, depth by depth. It stops when
    the rank and the number of known laws add up to $D$ (then `certified`), or when a depth adds
    nothing.

    Momentum flow is $\ddot\theta + \gamma\dot\theta = -\nabla L$, here with $\gamma = 0.7$. Its
    laws are functions of $t$, $\theta$ and $\dot\theta$, and $2D + 1$ takes the place of $D$. The
    dimension is the rank of fields that are carried back along random walks, which ends the same
    way; every walk is checked to return to its start within 1e-10. At the kinks of a function it
    does not. Such a function is counted by brackets at the point if these leave no law.

    Args:
      network: from {func}`linear_network`, {func}`relu_network` or {func}`function_network`.
      key: a key of `jax.random`, for the parameters, the velocities and the examples.
      flow: "gradient" or "momentum".
      metric: "euclidean" for gradient flow, "mirror" for $\dot\theta = -\operatorname{diag}(\theta)
        \nabla L$; or one of these words for each layer, as `("mirror", "euclidean")`. With
        momentum the mirror metric is $\operatorname{diag}(\gamma\theta + \dot\theta)$.
      params: where to count; by default a random point, and for a function its own parameters.
      samples: how many random examples of a function are drawn at each depth. The default, eight a
        parameter and at least 2000, meets small regions of a function with kinks. For a smooth
        function $D + 16$ will do.
      exact: whether to prove the count by integers instead of measuring a rank: parameters and
        examples are drawn from ±1, ±2, ±3, every bracket is then an integer, and ranks are taken
        modulo a prime, which can only lower them. For networks of matrices and gradient flow only.
      direction: for another flow, $\dot\theta = d(\nabla L, \theta)$, the function
        `direction(gradient, params)` to the velocity, differentiable as often as brackets are
        nested. The fields are then those of the gradients of random data sets. No laws are known
        for it, so the count is certified only where it is zero.

    Returns:
      A `Count`.

    Raises:
      ValueError: `flow` is not one of the two words; `metric` is not one of the two words or one a
        layer; `params` has other shapes than the network's, or is not finite, or is passed with
        `exact`; the network has more parameters than fit; a function does not return a float64
        array; a field or a bracket is not finite; a function has a kink at the point; gradient flow
        reaches other dimensions close to the point than at it, as at zero weights; a walk is not
        resolved; `samples` is
        below $D + 16$, or is passed for something else than the gradient flow of a function; a
        number that the function's `laws` return is no law, or its gradient is not finite; `exact`
        is asked for a function or for momentum flow, or an integer could exceed $2^{53}$;
        `direction` is not a function, or it returns another layout than that of the parameters, or
        it is passed with another `flow`, `metric`, `samples` or `exact`.

    Derived in {ref}`counting-laws`, {ref}`laws-with-momentum` and {ref}`laws-in-other-geometries`,
    after {cite:t}`marcotte2023abide` and {cite:t}`marcotte2024keep`.

    >>> import jax
    >>> from lib.conservation import count_laws, linear_network
    >>> count = count_laws(linear_network((2, 2, 2)), jax.random.key(0))
    >>> print(count)
    exactly 3 laws of 8 parameters
    >>> print(count.history)
    (4, 5)
    >>> print(count_laws(linear_network((2, 2, 2)), jax.random.key(0), exact=True).gap)
    inf
    >>> print(count_laws(linear_network((2, 2, 2)), jax.random.key(0), "momentum"))
    exactly 1 law of 17 variables
    >>> signs = lambda gradient, params: jax.tree.map(jax.numpy.sign, gradient)
    >>> print(count_laws(linear_network((2, 2, 2)), jax.random.key(0), direction=signs))
    exactly 0 laws of 8 parameters
    """
    if flow not in FLOWS:
        raise ValueError(f"`flow` must be {FLOWS[0]!r} or {FLOWS[1]!r}, but it is {flow!r}.")
    metrics = networks.checked_metrics(network, metric)
    size = networks.size_of(network)
    if flow == "gradient":
        _check_size("The network has", "parameters", size)
    else:
        _check_size("Momentum flow of the network has", "variables", 2 * size + 1)
    if flow == "momentum" and exact:
        raise ValueError(
            "`exact` needs fields whose brackets are integers, but momentum flow is counted along "
            "walks. Leave `exact` out."
        )
    if direction is not None:
        checks.callable_argument("direction", direction, "direction(gradient, params)")
        if flow != "gradient" or exact or samples is not None or "mirror" in metrics:
            raise ValueError(
                "`direction` says everything about a flow. Leave `flow`, `metric`, `samples` and "
                "`exact` out, and put a metric into `direction`."
            )
        return _counted(_along(network, params, direction, key))._replace(flow="direction")
    if samples is not None:
        if flow == "momentum" or not isinstance(network, FunctionNetwork):
            raise ValueError(
                "`samples` is for the gradient flow of a function; the examples of other networks "
                "have no regions that could be missed. Leave `samples` out."
            )
        remedy = f"The network has {size} parameters; with {SPARE} more samples than that its rank "
        checks.whole_number(
            "samples", samples, least=size + SPARE, remedy=f"{remedy}cannot be cut off."
        )
    if isinstance(network, FunctionNetwork):
        if exact:
            raise ValueError(
                "`exact` needs a network of matrices, whose brackets are polynomials with integer "
                "coefficients, but the network is a function. Leave `exact` out."
            )
        at = network.params if params is None else networks.checked_leaves(network, params)
        _check_differentiable(network, at, metrics, key, samples)
        if flow == "momentum":
            return _of_function_with_momentum(network, at, metrics, key)._replace(flow=flow)
        return _generic(lambda at: _of_function(network, at, metrics, key, samples), at, key)
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    if exact:
        if params is not None:
            raise ValueError("`exact` draws integer parameters itself. Leave `params` out.")
        return _counted(_of_matrices(network, None, metrics, _whole(generator), exact), exact)
    draw = partial(normal, generator)
    if params is not None:
        params = networks.checked_params(network, params)
    if flow == "momentum":
        point = _matrices_with_momentum(network, params, metrics, draw)
        return _counted(point)._replace(flow=flow)
    if params is None:
        return _counted(_of_matrices(network, None, metrics, draw))
    return _generic(lambda at: _of_matrices(network, at, metrics, draw), params, key)


def lie_algebra_dimension(network: Network | FunctionNetwork, params: PyTree, key: Array) -> int:
    r"""The dimension of $\operatorname{Lie}(W)(\theta)$: in how many directions training can go.

    At special weights, as zero, it is smaller than all around; {func}`count_laws` refuses those.

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
    return lie_algebra(network, params, key)[0].dimension


def lie_algebra(
    network: Network | FunctionNetwork, params: PyTree, key: Array
) -> tuple[Count, Float[np.ndarray, "dimension D"]]:
    r"""The count of {func}`count_laws` at a point, and an orthonormal basis of Lie(W) there.

    The rows of the basis have the order of `ravel_pytree(params)`.
    """
    _check_size("The network has", "parameters", networks.size_of(network))
    metrics = networks.checked_metrics(network, "euclidean")
    if isinstance(network, FunctionNetwork):
        at = networks.checked_leaves(network, params)
        _check_differentiable(network, at, metrics, key)
        point = _of_function(network, at, metrics, key, None)
    else:
        generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        params = networks.checked_params(network, params)
        point = _of_matrices(network, params, metrics, partial(normal, generator))
    count, projector = _measured(point)
    values, vectors = np.linalg.eigh(np.asarray(projector))
    return count, vectors[:, values > 0.5].T


def known_laws(
    network: Network, params: PyTree, *, metric: str | Sequence[str] = "euclidean"
) -> list[Array]:
    r"""The values of the laws that are known in closed form, one array for each hidden layer.

    For a linear network the symmetric matrices $W_i^\top W_i - W_{i+1}W_{i+1}^\top - b_ib_i^\top$,
    for a ReLU network their diagonals. Where a layer has a mirror metric, twice the sum of its
    entries takes the place of the sum of their squares, and only the diagonals remain.

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
    layout = networks.layout(network, metrics)
    values = law_values(networks.padded(network, leaves), layout)
    hidden = zip(values, layout.square, network.widths[1:-1], strict=False)
    return [law[:r, :r] if square else jnp.diagonal(law)[:r] for law, square, r in hidden]


class _Point(NamedTuple):
    """A network at a point, as its count needs it."""

    parameters: int
    rows: Callable[[int], np.ndarray]
    """The random brackets of a depth, one a row."""
    floor: Callable[[np.ndarray, int], Any]
    """The length up to which brackets are rounding errors, from the fields and the depth."""
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
    floor = partial(_floor, theta)
    return _Point(size, rows, floor, gradients[np.any(gradients != 0, axis=1)], one_field)


def sample_keys(key: Array, depth: int, size: int, samples: int | None = None) -> Array:
    """The keys of the examples that a function is counted with, (batches, keys in each)."""
    count = max(DENSE * size, FEWEST) if samples is None else samples
    batches = -(-count * size // BATCH)
    return jax.random.split(jax.random.fold_in(key, depth), (batches, -(-count // batches)))


class FlatFunction(NamedTuple):
    """A function network whose parameters are one vector."""

    point: Array
    mirror: Array
    slope: Callable[[Array, tuple[Any, Array]], Array]


def flattened(network: FunctionNetwork, params: PyTree, metrics: Sequence[str]) -> FlatFunction:
    """A function network at `params` as a function of one vector."""
    point, unravel = ravel_pytree(params)
    leaves = jax.tree.leaves(params)
    mirror = np.concatenate(
        [np.full(leaf.size, word == "mirror") for leaf, word in zip(leaves, metrics, strict=True)]
    )

    def slope(theta: Array, sample: tuple[Any, Array]) -> Array:
        _, pull = jax.vjp(lambda p: network.apply(unravel(p), sample[0]), theta)
        return pull(sample[1])[0]

    return FlatFunction(point, jnp.asarray(mirror), slope)


def examples_of_function(network: FunctionNetwork, keys: Array) -> tuple[Any, Array]:
    """Random inputs of a function, and random vectors like its outputs, one for each key.

    Drawing takes longer to compile than to run, so networks with like inputs or outputs share the
    programs for these.
    """
    of_inputs, of_vectors = _two_keys(keys)
    # The call of a function is compared by identity and has a hash, whatever the function is.
    inputs = _inputs(of_inputs, network.draw_input.__call__)
    one = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), inputs)
    out = jax.eval_shape(network.apply, network.params, one)
    if not isinstance(out, jax.ShapeDtypeStruct) or out.dtype != float:
        raise ValueError(
            f"`apply` must return one float64 array, but it returned {checks.layout(out)}. "
            f"Return the outputs alone, computed in float64."
        )
    return inputs, _vectors(of_vectors, out.shape)


@jax.jit
def _two_keys(keys: Array) -> tuple[Array, Array]:
    fold = jax.vmap(jax.random.fold_in, (0, None))
    return fold(keys, 0), fold(keys, 1)


@partial(jax.jit, static_argnames="draw")
def _inputs(keys: Array, draw: Callable[[Array], Any]) -> Any:
    return jax.vmap(draw)(keys)


@partial(jax.jit, static_argnames="shape")
def _vectors(keys: Array, shape: tuple[int, ...]) -> Array:
    return jax.vmap(partial(jax.random.normal, shape=shape))(keys)


def _drawn(network: FunctionNetwork, keys: Array, depth: int) -> list[list[tuple[Any, Array]]]:
    """As many examples as a bracket needs, for each key in each batch of keys."""
    split = jax.vmap(jax.vmap(partial(jax.random.split, num=depth)))(keys)
    return [[examples_of_function(network, each[:, k]) for k in range(depth)] for each in split]


def _fields_of_function(
    network: FunctionNetwork, params: PyTree, drawn: list, metrics: Sequence[str]
) -> np.ndarray:
    """Brackets of the fields of random examples, one a row."""
    of = partial(_brackets_of_function, network, params, metrics=tuple(metrics))
    return np.concatenate([np.asarray(of(samples)) for samples in drawn])


@partial(jax.jit, static_argnames=("network", "metrics"))
def _brackets_of_function(
    network: FunctionNetwork,
    params: PyTree,
    samples: Sequence[tuple[Any, Array]],
    *,
    metrics: tuple[str, ...],
) -> Array:
    """Brackets of the fields of examples, as deep as there are samples for each."""
    function = flattened(network, params, metrics)

    def field(theta: Array, sample: tuple[Any, Array]) -> Array:
        slope = function.slope(theta, sample)
        return jnp.where(function.mirror, theta * slope, slope)

    return jax.vmap(partial(_nested, field, function.point))(samples)


@partial(jax.jit, static_argnames="network")
def _law_gradients_of_function(network: FunctionNetwork, params: PyTree) -> Array:
    """The gradients of the laws that a function knows, (laws, D)."""
    point, unravel = ravel_pytree(params)
    return jax.jacrev(lambda theta: ravel_pytree(network.laws(unravel(theta)))[0])(point)


def _of_function(
    network: FunctionNetwork,
    params: PyTree,
    metrics: list[str],
    key: Array,
    samples: int | None,
) -> _Point:
    theta = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(params)])

    single = _drawn(network, sample_keys(key, 1, theta.size, samples), 1)

    def rows(depth: int, at: PyTree = params) -> np.ndarray:
        keys = sample_keys(key, depth, theta.size, samples)
        drawn = single if depth == 1 else _drawn(network, keys, depth)
        return _fields_of_function(network, at, drawn, metrics)

    gradients = np.zeros((0, theta.size))
    if network.laws is not None:
        # A function could be level along all fields at one point by chance.
        for at in (_nearby(params, key), params):
            gradients = np.asarray(_law_gradients_of_function(network, at))
            checks.finite("The gradient of `laws`", gradients)
            _check_laws(gradients, _finite(rows(1, at), 1))
    known = gradients[np.any(gradients != 0, axis=1)]
    return _Point(theta.size, rows, partial(_floor, theta), known, False)


def _nearby(params: PyTree, key: Array, move: float = NEARBY) -> PyTree:
    """Parameters a little away, in a random direction or in its opposite."""
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    return jax.tree.map(lambda leaf: np.asarray(leaf) + move * draw.normal(size=leaf.shape), params)


def _check_differentiable(
    network: FunctionNetwork,
    params: PyTree,
    metrics: list[str],
    key: Array,
    samples: int | None = None,
) -> None:
    """Check that fields don't jump at a point: there JAX takes one of the slopes, or their mean.

    A change that is as large from a tenth of the distance is a jump. A kink whose place depends on
    the example, as of a ReLU behind weights, is met by no example.
    """
    drawn = _drawn(network, sample_keys(key, 1, networks.size_of(network), samples), 1)

    def fields(move: float) -> np.ndarray:
        at = _nearby(params, key, move) if move else params
        return _fields_of_function(network, at, drawn, metrics)

    here = _finite(fields(0.0), 1)
    for side in (CLOSE, -CLOSE):
        close = fields(0.1 * side)
        lengths = np.linalg.norm(here, axis=1) + np.linalg.norm(close, axis=1)
        changes = np.linalg.norm(close - here, axis=1)
        jumps = changes > JUMP * lengths
        if np.any(jumps):
            jumps &= changes > 0.5 * np.linalg.norm(fields(side) - here, axis=1)
        count = np.count_nonzero(jumps)
        if count > 1:
            raise ValueError(
                f"The network has a kink at this point: very close to it, {count} of {len(here)} "
                f"random examples have other gradients. Pass other `params`, at which no maximum "
                f"has a tie and no ReLU and no absolute value stands at zero for many inputs."
            )


def _check_laws(gradients: np.ndarray, fields: np.ndarray) -> None:
    """Check that laws don't change along fields."""
    lengths = np.linalg.norm(fields, axis=1)[:, None] * np.linalg.norm(gradients, axis=1)
    rates = np.max(np.abs(fields @ gradients.T) / np.maximum(lengths, 1e-300), axis=0)
    worst = int(np.argmax(rates))
    if rates[worst] > ORTHOGONAL:
        raise ValueError(
            f"Number {worst + 1} of the {len(rates)} numbers that `laws` returns is no law: the "
            f"cosine between its gradient and the field of some example is {rates[worst]:.0e}. "
            f"Leave out what examples change."
        )


def _finite(rows: np.ndarray, depth: int) -> np.ndarray:
    if not np.all(np.isfinite(rows)):
        raise ValueError(
            f"A field or a bracket of depth {depth} is not finite at this point. Pass `params` at "
            f"which the network can be differentiated "
            f"{'once' if depth == 1 else f'{depth} times'}."
        )
    return rows


def _nested(field: Callable[[Array, Any], Array], theta: Array, samples: Sequence[Any]) -> Array:
    """The bracket [F₁, [F₂, … F_d]] of the fields of samples."""
    inner = partial(field, sample=samples[-1])
    for sample in reversed(samples[:-1]):
        inner = lie_bracket(partial(field, sample=sample), inner)
    return inner(theta)


def _along(
    network: Network | FunctionNetwork, params: PyTree | None, direction: Direction, key: Array
) -> _Point:
    """The flow that follows a function of the gradient of a data set."""
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    of_function = isinstance(network, FunctionNetwork)
    if of_function:
        at = network.params if params is None else networks.checked_leaves(network, params)
        _check_differentiable(network, at, networks.checked_metrics(network, "euclidean"), key)
        pairing = partial(_pairing_of_function, network)
    else:
        drawn = [normal(generator, shape) for shape in networks.shapes(network)]
        at = drawn if params is None else networks.checked_params(network, params)
        pairing = partial(_pairing_of_matrices, network)
    point, unravel = ravel_pytree(jax.tree.map(jnp.asarray, at))
    sides = [side for leaf in jax.tree.leaves(at) for side in leaf.shape if leaf.ndim > 1]
    examples = max([DATA_SET, *sides])
    few = max(point.size + SPARE, FEWEST // DATA_SET)
    many = max(few, FEWEST)  # some signs occur together only in small regions
    if of_function:
        keys = jax.random.split(key, (many, examples))
        columns = [examples_of_function(network, keys[:, k]) for k in range(examples)]
        data_sets = jax.tree.map(lambda *leaves: jnp.stack(leaves, axis=1), *columns)
    else:
        draw, shape = partial(normal, generator), networks.padded_shape(network)
        data_sets = draw_samples(draw, many, examples, shape, network.relu)

    def flowing(theta: Array, sample: Any) -> Array:
        slope = jax.grad(pairing)(unravel(theta), sample)
        velocity = direction(slope, unravel(theta))
        checks.returned_layout("`direction`", velocity, at, "Each parameter has one velocity.")
        return ravel_pytree(velocity)[0]

    def rows(depth: int) -> np.ndarray:
        picked = generator.integers(many, size=(few, depth))
        picked = np.arange(many)[:, None] if depth == 1 else picked
        samples = [jax.tree.map(lambda leaf, k=k: leaf[k], data_sets) for k in picked.T]
        nested = jax.jit(jax.vmap(partial(_nested, flowing, point)))
        return np.asarray(nested(samples))

    floor = partial(_floor, np.asarray(point))
    return _Point(point.size, rows, floor, np.zeros((0, point.size)), False)


def _pairing_of_function(
    network: FunctionNetwork, params: PyTree, data_set: tuple[PyTree, Array]
) -> Array:
    """The sum over a data set of ⟨w, g(θ, x)⟩, whose gradient is the sum of its fields."""
    inputs, vectors = data_set
    return jnp.sum(vectors * jax.vmap(partial(network.apply, params))(inputs))


def _pairing_of_matrices(network: Network, params: Sequence[Array], data_set: Sample) -> Array:
    """The sum over a data set of what {mod}`lib.conservation.brackets` has the gradient of."""
    inner = network.widths[1:-1]
    left, total = data_set.output[:, : network.widths[0]], jnp.zeros(())
    for i, matrix in enumerate(params[: len(inner) + 1]):
        left = left @ matrix
        if i < len(inner):
            left = left * data_set.active[:, i, : inner[i]]
            if network.bias:
                bias = params[len(inner) + 1 + i]
                total = total + jnp.sum(data_set.bias[:, i] * (left @ bias))
    return total + jnp.sum(left * data_set.input[:, : network.widths[-1]])


def _floor(theta: np.ndarray, fields: np.ndarray, depth: int) -> Any:
    return rounding_floor(fields, theta, depth)


def _no_floor(fields: np.ndarray, depth: int) -> float:
    """Fields that are carried back keep about their lengths."""
    return 0.0


def _matrices_with_momentum(
    network: Network, params: Sequence[Array] | None, metrics: list[str], draw: Callable
) -> _Point:
    # Walks cost more than programs, so layers that are not there are not walked through.
    size, layout = 2 * networks.size_of(network) + 1, networks.layout(network, metrics, least=2)
    shapes, shape = networks.shapes(network), networks.padded_shape(network, least=2)
    start = [draw(s) for s in shapes] if params is None else params
    at = networks.padded(network, start, least=2)
    moving = networks.padded(network, [draw(s) for s in shapes], least=2)
    velocity = jax.tree.map(lambda used, leaf: np.where(used, leaf, 0.0), layout.used, moving)
    start = jax.tree.map(jnp.asarray, State(0.0, at, velocity))
    needed = size + SPARE
    count = 64 if needed <= 64 else -(-needed // 96) * 96  # so that networks share programs
    leading = (count, momentum.SEGMENTS + 1)

    def of(tangents: State) -> np.ndarray:
        both = [networks.rows_of(network, part, layout.used) for part in tangents[1:]]
        return np.concatenate([np.asarray(tangents.time)[:, None], *both], axis=1)

    def rows(length: int) -> np.ndarray:
        words = Generator(draw(leading), draw_samples(draw, *leading, shape, network.relu))
        carried = partial(momentum.carried_back_in_matrices, start, words, layout)
        return of(momentum.resolved(carried, length))[:needed]

    gradients = of(momentum.momentum_law_gradients(start, layout))
    return _Point(size, rows, _no_floor, gradients[np.any(gradients != 0, axis=1)], False)


def _of_function_with_momentum(
    network: FunctionNetwork, params: PyTree, metrics: list[str], key: Array
) -> Count:
    """The count by walks; where they meet kinks, by brackets at the point if these leave no law."""
    by_walks, by_brackets = _function_with_momentum(network, params, metrics, key)
    try:
        return _counted(by_walks)
    except momentum.UnresolvedWalkError:
        count = _counted(by_brackets)
        if count.laws:
            raise
        return count


def _function_with_momentum(
    network: FunctionNetwork, params: PyTree, metrics: list[str], key: Array
) -> tuple[_Point, _Point]:
    function = flattened(network, params, metrics)
    size = 2 * function.point.size + 1
    of_velocity, of_words = jax.random.split(key)
    velocity = jax.random.normal(of_velocity, function.point.shape)
    start = State(jnp.asarray(0.0), function.point, velocity)
    field = partial(
        momentum.momentum_field,
        force=function.slope,
        mirror=function.mirror,
        damping=jnp.asarray(momentum.DAMPING),
    )
    carried = jax.jit(partial(carried_back, field, start))

    def generators(number: int, *leading: int) -> Generator:
        drift, samples = jax.random.split(jax.random.fold_in(of_words, number))
        drawn = examples_of_function(network, jax.random.split(samples, leading).reshape(-1))
        examples = jax.tree.map(lambda leaf: leaf.reshape(*leading, *leaf.shape[1:]), drawn)
        return Generator(jax.random.normal(drift, leading), examples)

    def walks(length: int) -> np.ndarray:
        words = generators(length, size + SPARE, momentum.SEGMENTS + 1)
        tangents = momentum.resolved(
            lambda length, steps: carried(words, length=length, steps=steps), length
        )
        return np.concatenate([tangents.time[:, None], *tangents[1:]], axis=1)

    state, unravel = ravel_pytree(start)

    def flat_field(state: Array, sample: Generator) -> Array:
        return ravel_pytree(field(unravel(state), sample))[0]

    def brackets(depth: int) -> np.ndarray:
        tuples = generators(depth, DENSE * size, depth)
        samples = [jax.tree.map(itemgetter((slice(None), k)), tuples) for k in range(depth)]
        return np.asarray(jax.jit(jax.vmap(partial(_nested, flat_field, state)))(samples))

    no_laws, floor = np.zeros((0, size)), partial(_floor, np.asarray(state))
    return (
        _Point(size, walks, _no_floor, no_laws, False),
        _Point(size, brackets, floor, no_laws, False),
    )


def _generic(point_at: Callable[[PyTree], _Point], params: PyTree, key: Array) -> Count:
    """The count at a point, around which the dimension must be the same.

    A certificate says so already: neither rank can fall nearby, and their sum cannot exceed D.
    """
    count = _counted(point_at(params))
    for move in (NEARBY, -NEARBY):
        if count.certified:
            break
        near = _counted(point_at(_nearby(params, key, move))).dimension
        if near != count.dimension:
            raise ValueError(
                f"Training can go in {count.dimension} directions at this point and in {near} "
                f"close to it, so the number of laws is not what is left of {count.parameters}. "
                f"Pass other `params`, away from kinks, zeros and weights that are equal; for this "
                f"very point there is `lie_algebra_dimension`."
            )
    return count


def _counted(point: _Point, exact: bool = False) -> Count:
    """Go deeper until the certificate closes or a depth adds nothing."""
    return _measured(point, exact)[0]


def _measured(point: _Point, exact: bool = False) -> tuple[Count, np.ndarray]:
    """The count, and the projection onto what the brackets span (zero if `exact`)."""
    size, known = point.parameters, point.laws
    if exact:
        above = max(rank_modulo_prime(known), size - 1 if point.one_field else 0)
    else:
        above = int(new_directions(known, np.zeros((size, size))).count) if len(known) else 0
        above = size - 1 if point.one_field else above
    projector, history, kept, dropped = np.zeros((size, size)), [], np.inf, 1e-17
    fields = collected = np.zeros((0, size))
    for depth in range(1, DEEPEST + 1):
        rows = _finite(point.rows(depth), depth)
        if exact:
            collected = np.concatenate([collected, rows])
            history.append(rank_modulo_prime(collected))
        else:
            fields = rows if depth == 1 else fields
            found: NewDirections = new_directions(rows, projector, floor=point.floor(fields, depth))
            projector, before = found.projector, history[-1] if history else 0
            kept, dropped = min(kept, float(found.kept)), max(dropped, float(found.dropped))
            history.append(before + int(found.count))
        settled = history[-1] + above == size
        if settled or history[-1] == size or history[-2:-1] == history[-1:]:
            break
    count = Count(
        laws=size - history[-1],
        dimension=history[-1],
        parameters=size,
        certified=history[-1] + above == size,
        gap=np.inf if exact else kept / dropped,
        history=tuple(history),
    )
    return count, projector


def normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """An array of normal numbers."""
    return generator.normal(size=shape)


def _whole(generator: np.random.Generator) -> Callable[[tuple[int, ...]], np.ndarray]:
    return lambda shape: generator.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], shape)


def _check_size(subject: str, what: str, size: int) -> None:
    if size > LARGEST:
        raise ValueError(
            f"{subject} {size} {what}; counting needs several {size} × {size} matrices "
            f"({8 * size**2 / 1e9:.1f} GB each) and allows {LARGEST} {what}. Count a smaller "
            f"network of the same kind."
        )
