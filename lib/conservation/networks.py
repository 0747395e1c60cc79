r"""Networks whose conservation laws are counted: products of matrices, and any JAX function.

Linear and ReLU networks are written as in the theory, the output on the left: the weights are
matrices $W_0, \dots, W_{L-1}$ of shapes $w_i\times w_{i+1}$, where $w_0$ counts the outputs and
$w_L$ the inputs. The output is $W_0\,\sigma(W_1\,\sigma(\cdots W_{L-1}x + b_{L-2})\cdots + b_0)$,
with the hidden biases $b_i$ of length $w_{i+1}$.

Networks of all sizes share one program. Each is laid into arrays of one padded shape, whose unused
entries are zeros and whose unused layers are identities.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, ArrayLike, PyTree

from lib import checks

METRICS = ("euclidean", "mirror")
BUCKETS = (5, 9)  # widths that are padded to one of these share a compiled program
LAYERS = 4  # networks of up to as many layers share one, too


class Network(NamedTuple):
    """A product of matrices with linear or ReLU hidden layers, by its widths.

    Make one with {func}`linear_network` or {func}`relu_network`. `network.symbols` are SymPy's
    symbols of its parameters, in their shapes: `W0_12` is row 1, column 2 of the first matrix, and
    `b0_1` the first bias of the first hidden layer.
    """

    widths: tuple[int, ...]
    """Outputs, hidden layers, inputs."""
    relu: bool
    """Whether the hidden layers are ReLU: each path through them then counts by itself."""
    bias: bool
    """Whether the hidden layers have biases."""

    @property
    def symbols(self) -> list[np.ndarray]:
        """SymPy's symbols of the parameters: `W0_12` is row 1, column 2 of the first matrix."""
        layers = len(self.widths) - 1
        between = "" if max(self.widths) < 10 else "_"
        named = []
        for i, shape in enumerate(shapes(self)):
            name = f"W{i}" if i < layers else f"b{i - layers}"
            leaf = np.empty(shape, object)
            for place in np.ndindex(shape):
                leaf[place] = sympy.Symbol(f"{name}_{between.join(str(k + 1) for k in place)}")
            named.append(leaf)
        return named


@dataclass(frozen=True, eq=False)
class FunctionNetwork:
    """A network that is known as a function only; make one with {func}`function_network`.

    It is compared by identity: counts at other parameters of one network share its program.
    """

    apply: Callable[[PyTree, Any], Array]
    params: PyTree
    draw_input: Callable[[Array], Any]
    laws: Callable[[PyTree], PyTree] | None = None


def linear_network(widths: Sequence[int], *, bias: bool = False) -> Network:
    r"""The network $W_0W_1\cdots W_{L-1}x$, with hidden biases if you want them.

    Args:
      widths: $(w_0, \dots, w_L)$, the outputs first and the inputs last: at least three whole
        numbers from 1.
      bias: whether each hidden layer adds a bias.

    Returns:
      A `Network`. Its parameters are a list: the matrices $w_i\times w_{i+1}$ in the order of the
      product, then the hidden biases.

    Raises:
      ValueError: there are fewer than two layers, or a width is not a whole number from 1.

    Used in {ref}`counting-laws`.

    >>> from lib.conservation import linear_network
    >>> linear_network((2, 3, 2))
    Network(widths=(2, 3, 2), relu=False, bias=False)
    """
    return Network(_checked_widths(widths), False, bool(bias))


def relu_network(widths: Sequence[int], *, bias: bool = False) -> Network:
    r"""The network $W_0\,\sigma(W_1\,\sigma(\cdots x))$ with $\sigma(z) = \max(z, 0)$.

    Its laws are counted on all paths from an input, or from a bias, to an output: each path through
    active neurons contributes the product of its weights. Training can move every such product by
    itself, at the most, so these are laws whatever the data. A deep network has more of them at
    some parameters, where neurons are always on or always off.

    Args:
      widths: as {func}`linear_network`.
      bias: whether each hidden layer adds a bias.

    Returns:
      A `Network` with parameters as those of {func}`linear_network`.

    Raises:
      ValueError: as {func}`linear_network`.

    Used in {ref}`counting-laws`.

    >>> from lib.conservation import relu_network
    >>> relu_network((2, 3, 2), bias=True)
    Network(widths=(2, 3, 2), relu=True, bias=True)
    """
    return Network(_checked_widths(widths), True, bool(bias))


def function_network(
    apply: Callable[[PyTree, Any], ArrayLike],
    params: PyTree,
    draw_input: Callable[[Array], Any],
    laws: Callable[[PyTree], PyTree] | None = None,
) -> FunctionNetwork:
    r"""Any JAX function as a network whose laws are counted at its parameters.

    The fields of the examples are $(\partial_\theta\,\mathtt{apply}(\theta, x))^\top w$ for random
    inputs $x$ and random $w$: those of the squared loss, or of any loss whose slopes $w$ point
    everywhere. Nothing about the inside of the function is needed.

    Args:
      apply: a function `apply(params, x)` to an array of real numbers.
      params: any pytree of real floating-point arrays: the parameters at which laws are counted.
      draw_input: a function of a key to one random input `x`.
      laws: the laws that you know, as a function of the parameters to an array or a tree of arrays,
        each entry one law. With as many as are left the count is certified. They need not be
        independent.

    Returns:
      A `FunctionNetwork`.

    Raises:
      ValueError: `apply`, `draw_input` or `laws` is not a function; `params` is empty or has a leaf
        that is not real floating-point, or not finite.

    Used in {ref}`counting-laws`.

    Models of Equinox and Flax as they are:

    >>> import equinox, jax
    >>> from flax import nnx
    >>> from lib.conservation import count_laws, function_network
    >>> key, draw = jax.random.key(0), lambda key: jax.random.normal(key, (2,))

    >>> model = equinox.nn.MLP(2, 2, width_size=3, depth=1, key=key)
    >>> params, rest = equinox.partition(model, equinox.is_array)
    >>> network = function_network(lambda p, x: equinox.combine(p, rest)(x), params, draw)
    >>> print(count_laws(network, key))
    at most 3 laws of 17 parameters

    >>> rngs = nnx.Rngs(0)
    >>> model = nnx.Sequential(nnx.Linear(2, 3, rngs=rngs), nnx.relu, nnx.Linear(3, 2, rngs=rngs))
    >>> rest, params = nnx.split(model)
    >>> network = function_network(lambda p, x: nnx.merge(rest, p)(x), params, draw)
    >>> print(count_laws(network, key))
    at most 3 laws of 17 parameters
    """
    checks.callable_argument("apply", apply, "apply(params, x)")
    checks.callable_argument("draw_input", draw_input, "draw_input(key)")
    if laws is not None:
        checks.callable_argument("laws", laws, "laws(params)")
    return FunctionNetwork(apply, _in_float64(params), draw_input, laws)


class Padded(NamedTuple):
    """Parameters of a network of matrices, or tangents at them, in arrays of a common shape."""

    weights: Any
    """(layers, width, width)."""
    biases: Any
    """(layers, width); layer i holds the biases behind the weights i."""


class Layout(NamedTuple):
    """Which entries of the padded arrays a network uses, and which of them have a mirror metric."""

    used: Padded
    mirror: Padded
    hidden: Any
    """(layers,): whether there is a hidden layer behind these weights."""
    square: Any
    """(layers,): whether all entries of that layer's law are conserved, not its diagonal only."""


def padded_shape(network: Network, least: int = LAYERS) -> tuple[int, int]:
    """The number of layers, at least `least`, and the width of the arrays it is laid into."""
    widest, layers = max(network.widths), len(network.widths) - 1
    return max(least, layers), next((size for size in BUCKETS if size >= widest), widest)


def layout(network: Network, metrics: Sequence[str], least: int = LAYERS) -> Layout:
    """The padded entries that a network uses."""
    layers, width = padded_shape(network, least)
    used = Padded(np.zeros((layers, width, width), bool), np.zeros((layers, width), bool))
    mirror = Padded(np.zeros_like(used.weights), np.zeros_like(used.biases))
    last = len(network.widths) - 2
    for i, (rows, columns) in enumerate(zip(network.widths, network.widths[1:], strict=False)):
        used.weights[i, :rows, :columns] = True
        mirror.weights[i] = metrics[i] == "mirror"
        if i < last:
            used.biases[i, :columns] = network.bias
            mirror.biases[i] = metrics[i + 1] == "mirror"
    hidden = np.arange(layers) < last
    curved = np.array([name == "mirror" for name in metrics] + [False] * (layers - last))
    square = hidden & ~curved[:layers] & ~curved[1:] & (not network.relu)
    return Layout(used, mirror, hidden, square)


def padded(network: Network, params: Sequence[ArrayLike], least: int = LAYERS) -> Padded:
    """The parameters of a network, laid into the padded arrays; those of JAX may be traced.

    The parameters may have leading axes, which stay in front.
    """
    xp = jnp if any(isinstance(leaf, jax.Array) for leaf in params) else np
    layers, width = padded_shape(network, least)
    count, leading = len(network.widths) - 1, params[0].shape[:-2]

    def wide(leaf: ArrayLike) -> Any:
        sides = leaf.shape[len(leading) :]
        return xp.pad(leaf, [*[(0, 0)] * len(leading), *[(0, width - size) for size in sides]])

    def stacked(leaves: Sequence[ArrayLike], rest: ArrayLike) -> Any:
        missing = xp.broadcast_to(rest, (*leading, *rest.shape))
        parts = [*map(wide, leaves), *[missing] * (layers - len(leaves))]
        return xp.stack(parts, axis=len(leading))

    return Padded(stacked(params[:count], xp.eye(width)), stacked(params[count:], xp.zeros(width)))


def rows_of(network: Network, tangents: Padded, used: Padded) -> np.ndarray:
    """Padded tangents with a leading axis as rows, with the columns that the network uses."""
    batch = tangents.weights.shape[0]
    both = [
        np.asarray(leaf).reshape(batch, -1)[:, mask.ravel()]
        for leaf, mask in zip(tangents, used, strict=True)
    ]
    return np.concatenate(both, axis=1)


def padded_tangents(rows: np.ndarray, used: Padded) -> Padded:
    """The reverse of {func}`rows_of`: rows with the columns that the network uses as tangents."""
    split = int(used.weights.sum())
    parts = rows[:, :split], rows[:, split:]

    def spread(part: np.ndarray, mask: np.ndarray) -> np.ndarray:
        wide = np.zeros((len(part), *mask.shape))
        wide[:, mask] = part
        return wide

    return Padded(*(spread(part, mask) for part, mask in zip(parts, used, strict=True)))


def shapes(network: Network) -> list[tuple[int, ...]]:
    """The shapes of the parameters: the matrices, then the hidden biases."""
    pairs = zip(network.widths, network.widths[1:], strict=False)
    return [*pairs, *((width,) for width in network.widths[1:-1] if network.bias)]


def checked_params(network: Network, params: Any) -> list[Array]:
    """Parameters of a network of matrices: the right shapes, real and finite."""
    params = checks.parameters("params", params)
    came, wanted = [jnp.shape(leaf) for leaf in jax.tree.leaves(params)], shapes(network)
    if came != wanted:
        raise ValueError(
            f"`params` of {described(network)} must have the shapes {wanted}, but they have "
            f"{came}. Pass a list: the matrices in the order of the product, then the hidden "
            f"biases."
        )
    return jax.tree.leaves(params)


def checked_leaves(network: FunctionNetwork, params: Any) -> PyTree:
    """Parameters of a function: the layout of its own, real and finite, in float64."""
    params = _in_float64(params)
    return checks.tangent_argument("params", params, network.params, like="network.params")


def _in_float64(params: PyTree) -> PyTree:
    """Parameters of any real dtype: a rank in float32 is no rank."""
    checked = checks.parameters("params", params)
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, float), checked)


def described(network: Network) -> str:
    """A network of matrices in words."""
    kind = "ReLU" if network.relu else "linear"
    widths = "-".join(map(str, network.widths))
    return f"the {kind} network {widths}{' with biases' if network.bias else ''}"


def checked_metrics(network: Network | FunctionNetwork, metric: str | Sequence[str]) -> list[str]:
    """The metric of each layer, from one word or from one word a layer."""
    if isinstance(network, FunctionNetwork):
        count = len(jax.tree.leaves(network.params))
        counted = "leaf of `params`"
    else:
        count, counted = len(network.widths) - 1, "layer"
    words = [metric] * count if isinstance(metric, str) else list(metric)
    if len(words) != count or any(word not in METRICS for word in words):
        raise ValueError(
            f"`metric` must be {METRICS[0]!r} or {METRICS[1]!r}, or one of these words for each "
            f"{counted} (there are {count}), but it is {metric!r}."
        )
    return words


def size_of(network: Network | FunctionNetwork) -> int:
    """How many parameters a network has."""
    if isinstance(network, FunctionNetwork):
        return sum(leaf.size for leaf in jax.tree.leaves(network.params))
    return sum(int(np.prod(shape)) for shape in shapes(network))


def _checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    if isinstance(widths, str) or not hasattr(widths, "__len__") or len(widths) < 3:
        raise ValueError(
            f"`widths` must name the outputs, at least one hidden layer and the inputs, but it is "
            f"{widths!r}. Pass a tuple such as (2, 3, 2)."
        )
    return tuple(
        checks.whole_number("widths", width, remedy="Pass a tuple such as (2, 3, 2).")
        for width in widths
    )
