r"""The laws that are polynomials, found by linear algebra.

A polynomial $h = \sum_\mu x_\mu\,\mu$ in the monomials $\mu$ is a law exactly if
$\sum_\mu x_\mu\,\langle\nabla\mu(\theta), F_c(\theta)\rangle = 0$ at every $\theta$ and for every
example $c$. Each random pair $(\theta, c)$ gives one linear equation for the coefficients. A few
more equations than unknowns leave the laws, and only them, in the null space.
"""

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, ArrayLike, Float, PyTree
from scipy.linalg import qr, solve_triangular

from lib import checks
from lib.conservation import networks
from lib.conservation.brackets import draw_samples, field
from lib.conservation.networks import Layout, Network, Padded
from lib.conservation.rank import THRESHOLD, new_directions

SPARE = 16  # equations beyond the number of unknowns
MOST_BYTES = 300e6  # of the matrix of the equations
LARGEST_DENOMINATOR = 12
POINTS = 64  # random points of integers at which a law is checked without rounding

Monomials = list[tuple[int, ...]]
"""Each by the indices of its factors; those of the highest degree first."""


def polynomial_laws(
    network: Network, degree: int, key: Array, *, metric: str | Sequence[str] = "euclidean"
) -> list[sympy.Expr]:
    r"""The independent conservation laws of a network that are polynomials up to a degree.

    The coefficients are whole numbers: what the linear algebra finds is rounded to fractions, and
    the result is checked at random points of integers, where nothing is rounded. A law whose
    gradient depends on those of simpler laws is left out. There may be laws that are no
    polynomials: compare with {func}`count_laws`.

    Args:
      network: from {func}`linear_network` or {func}`relu_network`.
      degree: the highest degree, a whole number from 1.
      key: a key of `jax.random`, for the equations.
      metric: as {func}`count_laws`.

    Returns:
      SymPy expressions in the symbols of `network.symbols`, the simplest first.

    Raises:
      ValueError: `metric` is not one of the two words or one a layer; `degree` is not a whole
        number from 1, or so high that the equations do not fit.

    Derived in {ref}`finding-laws`, after {cite:t}`marcotte2023abide`.

    >>> import jax
    >>> from lib.conservation import linear_network, polynomial_laws
    >>> print(*polynomial_laws(linear_network((1, 1, 2)), 2, jax.random.key(0)))
    W0_11**2 - W1_11**2 - W1_12**2
    """
    metrics = networks.checked_metrics(network, metric)
    degree = checks.whole_number("degree", degree, remedy="Pass a Python int such as 2.")
    size = networks.size_of(network)
    unknowns = comb(size + degree, degree) - 1
    if 8 * unknowns**2 > MOST_BYTES:
        raise ValueError(
            f"Polynomials of degree {degree} in {size} parameters have {unknowns} coefficients, "
            f"whose equations take {8 * unknowns**2 / 1e9:.1f} GB. Lower `degree`, or only count "
            f"the laws with `count_laws`."
        )
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    layout = networks.layout(network, metrics)
    monomials = [
        factors
        for power in range(degree, 0, -1)
        for factors in combinations_with_replacement(range(size), power)
    ]

    def normal(shape: tuple[int, ...]) -> np.ndarray:
        return generator.normal(size=shape)

    def whole(shape: tuple[int, ...]) -> np.ndarray:
        return generator.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], shape)

    system = _equations(*_fields(network, layout, normal, unknowns + SPARE), monomials)
    laws = _whole_rows(_null_space(system))
    check = _equations(*_fields(network, layout, whole, POINTS), monomials)
    laws = laws[~np.any(check @ laws.T, axis=0)]

    simplest = sorted(laws, key=lambda row: _complexity(row, monomials))
    kept, projector = [], np.zeros((size, size))
    point = np.broadcast_to(normal((size,)), (size, size))
    for row in simplest:
        gradient = _equations(point, np.eye(size), monomials) @ row
        found = new_directions(gradient[None, :], projector)
        if found.count:
            projector = found.projector
            kept.append(row)
    names = [entry for leaf in network.symbols for entry in leaf.ravel()]
    return [_expression(row, monomials, names) for row in kept]


def law_function(network: Network, law: sympy.Expr) -> Callable[[PyTree], Array]:
    """A law of {func}`polynomial_laws`, or any expression in `network.symbols`, as a JAX function.

    Args:
      network: from {func}`linear_network` or {func}`relu_network`; its symbols are those of the
        expression.
      law: a SymPy expression.

    Returns:
      A function of the parameters to one number.

    Raises:
      ValueError: the expression has a symbol that is none of the network's.

    Used in {ref}`finding-laws`.

    >>> import jax.numpy as jnp
    >>> from lib.conservation import law_function, linear_network
    >>> network = linear_network((1, 1, 1))
    >>> (u,), (v,) = (leaf.ravel() for leaf in network.symbols)
    >>> print(law_function(network, u**2 - v**2)([jnp.array([[3.0]]), jnp.array([[1.0]])]))
    8.0
    """
    names = [entry for leaf in network.symbols for entry in leaf.ravel()]
    strange = sorted(str(symbol) for symbol in sympy.sympify(law).free_symbols - set(names))
    if strange:
        raise ValueError(
            f"`law` has the symbols {', '.join(strange)}, which are none of "
            f"{networks.described(network)}. Use those of `network.symbols`."
        )
    evaluate = sympy.lambdify(names, law, modules=jnp)

    def value(params: PyTree) -> Array:
        leaves = networks.checked_params(network, params)
        return jnp.asarray(evaluate(*jnp.concatenate([leaf.ravel() for leaf in leaves])))

    return value


def conserved_along(
    law: Callable[[PyTree], ArrayLike], trajectory: PyTree
) -> Float[Array, " times"]:
    r"""How far a law is from its first value along a trajectory, $h(\theta_k) - h(\theta_0)$.

    Args:
      law: $h$, a function of the parameters to one number, as {func}`law_function` makes it.
      trajectory: parameters with a leading axis, as {func}`lib.simulate.simulate` returns
        them.

    Returns:
      One number for each place of the trajectory, 0 at the first.

    Raises:
      ValueError: `law` is not a function; the leaves of `trajectory` have no leading axis, or not
        the same.

    Used in {ref}`finding-laws`.

    >>> import jax.numpy as jnp
    >>> from lib.conservation import conserved_along
    >>> print(conserved_along(lambda p: p[0] - p[1], jnp.array([[2.0, 1.0], [3.0, 2.5]])))
    [ 0.  -0.5]
    """
    checks.callable_argument("law", law, "law(params)")
    checks.leading_axis("trajectory", trajectory, "places", "Pass what `simulate` returns.")
    values = jax.vmap(law)(trajectory)
    return values - values[0]


def _fields(
    network: Network, layout: Layout, draw: Callable[[tuple[int, ...]], np.ndarray], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random points and the fields of random examples at them, one a row."""
    padded_count = max(64, 1 << (count - 1).bit_length())  # networks share a program
    points = [draw((padded_count, *shape)) for shape in networks.shapes(network)]
    at = networks.padded(network, points)
    samples = draw_samples(draw, padded_count, 1, networks.padded_shape(network), network.relu)
    single = jax.tree.map(lambda leaf: leaf[:, 0], samples)
    rows = (networks.rows_of(network, x, layout.used) for x in (at, _field_at(at, single, layout)))
    return tuple(row[:count] for row in rows)


@jax.jit
def _field_at(at: Padded, samples: Any, layout: Layout) -> Padded:
    return jax.vmap(field, (0, 0, None))(at, samples, layout)


def _equations(points: np.ndarray, fields: np.ndarray, monomials: Monomials) -> np.ndarray:
    """The derivatives of the monomials along the fields: (points, monomials)."""
    columns = []
    for power in sorted({len(factors) for factors in monomials}, reverse=True):
        factors = np.array([f for f in monomials if len(f) == power])
        values, along = points[:, factors], fields[:, factors]
        total = 0.0
        for moved in range(power):
            rest = np.delete(values, moved, axis=2)
            total = total + along[:, :, moved] * np.prod(rest, axis=2)
        columns.append(total)
    return np.concatenate(columns, axis=1)


def _null_space(system: np.ndarray) -> np.ndarray:
    """A reduced basis of the null space, one vector a row: each starts with a one of its own."""
    lengths = np.linalg.norm(system, axis=1, keepdims=True)
    # A twentieth of the work of singular values, which the gap of fourteen digits does not need.
    factor, order = qr(system / np.where(lengths > 0, lengths, 1.0), mode="r", pivoting=True)
    values = np.abs(np.diagonal(factor))
    rank = np.count_nonzero(values > THRESHOLD * values[0])
    rows = np.zeros((factor.shape[1] - rank, factor.shape[1]))
    rows[:, order[:rank]] = -solve_triangular(factor[:rank, :rank], factor[:rank, rank:]).T
    rows[:, order[rank:]] = np.eye(len(rows))
    done = 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        pivot = done + np.argmax(np.abs(rows[done:, column]))
        if abs(rows[pivot, column]) < 1e-7:
            continue
        rows[[done, pivot]] = rows[[pivot, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= rows[others, column][:, None] * rows[done]
        done += 1
    return rows


def _whole_rows(rows: np.ndarray) -> np.ndarray:
    """The rows times their smallest common denominators, rounded."""
    whole = []
    for row in rows:
        for denominator in range(1, LARGEST_DENOMINATOR + 1):
            scaled = denominator * row
            if np.all(np.abs(scaled - np.round(scaled)) < 1e-6):
                whole.append(np.round(scaled))
                break
    return np.array(whole).reshape(-1, rows.shape[1])


def _complexity(row: np.ndarray, monomials: Monomials) -> tuple[int, int]:
    """The degree of a polynomial and its number of terms."""
    used = np.flatnonzero(row)
    return max(len(monomials[i]) for i in used), len(used)


def _expression(row: np.ndarray, monomials: Monomials, names: list[sympy.Symbol]) -> sympy.Expr:
    return sympy.Add(
        *(int(row[i]) * sympy.Mul(*(names[k] for k in monomials[i])) for i in np.flatnonzero(row))
    )
