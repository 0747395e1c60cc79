r"""Metric, mirror map and Bregman divergence of a deep diagonal network.

The flow keeps the balances $|w_i|^q - |w_j|^q$. So all weights that it can reach from a start, its
leaf, follow from one number $s \ge 0$ for each coordinate of $x$:

$$|w_i|^q = a_i + s, \qquad a_i = |w_i|^q - \min_j|w_j|^q\ \text{at the start}, \qquad
  |x|^q = \prod_i(a_i + s).$$

On it $\nabla^2R(x)^{-1} = \sum_i|x/w_i|^q$, and all integrals are over $s$, as
$ds = q\,|x|^{q-1}\,dR'$.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.optimize import minimize

from lib import checks
from lib.mirror.directions import checked_exponent

NEWTON = 30  # steps to s; the function is convex, and they come from one side
PANELS, NODES = 40, 10  # of Gauss and Legendre, on a logarithmic scale
NEAR = 1e-6  # from where on an expansion takes over, relative to the scales of the leaf


class Leaf(NamedTuple):
    """The balances of a start: $a_i$, shape (L, k), of which the smallest is 0."""

    excess: Array
    ties: Array
    """How many layers share the smallest weight, shape (k,)."""


def metric_exponent(q: ArrayLike, depth: int) -> Float[Array, ""]:
    r"""The exponent of the metric of a balanced network, $m = q\,(L - 1)/L$.

    With equal $|w_i|$ the flow is $\dot x = -L|x|^m\operatorname{sign}(f')|f'|^{q-1}$. The mirror
    map $\nabla R$ is onto exactly if $m \le 1$.

    Args:
      q: the dual exponent, from 1 to 2; it may be traced.
      depth: $L$, a whole number from 1.

    Returns:
      $m$, a scalar, below 2.

    Raises:
      ValueError: `q` is not one real number in [1, 2]; `depth` is not a whole number from 1.

    Derived in {ref}`balance-and-mirror-maps`, after {cite:t}`jacobs2026saddle`.

    >>> from lib.mirror import metric_exponent
    >>> print(metric_exponent(1.5, 3))
    1.0
    """
    q, depth = checked_exponent(q), checked_depth(depth)
    return q * (depth - 1) / depth


def inverse_metric(
    effective: Float[ArrayLike, " k"], weights: Float[ArrayLike, "L k"], q: ArrayLike
) -> Float[Array, " k"]:
    r"""How fast $x$ moves where the balances are those of `weights`, $\sum_i|x/w_i|^q$.

    The flow is $\dot x = -\big(\sum_i|x/w_i|^q\big)\operatorname{sign}(f')|f'|^{q-1}$, and this is
    $1/\nabla^2R$, coordinate by coordinate.

    Args:
      effective: $x$, shape (k,).
      weights: any weights of the leaf, shape (L, k): only their balances count.
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      Shape (k,), not negative; 0 only at $x = 0$ where two layers share the smallest weight.

    Raises:
      ValueError: `effective` and `weights` are not finite real floating-point arrays of shapes (k,)
        and (L, k); `q` is not one real number in [1, 2].

    Derived in {ref}`balance-and-mirror-maps`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import inverse_metric
    >>> print(inverse_metric(jnp.array([2.0]), jnp.array([[3.0], [0.0]]), 2.0))  # √(4x² + 9²)
    [9.8488578]
    """
    effective, weights, q = _checked(effective, weights, q)
    leaf = leaf_of(weights, q)
    return _metric(leaf.excess, _height(effective, leaf.excess, q))


def mirror_map(
    effective: Float[ArrayLike, " k"], weights: Float[ArrayLike, "L k"], q: ArrayLike
) -> Float[Array, " k"]:
    r"""The mirror coordinate $\nabla R(x)$ where the balances are those of `weights`.

    $$\nabla R(x) = \operatorname{sign}(x)\int_0^{s(x)}
      \frac{ds}{q\,\prod_i(a_i + s)^{(q-1)/q}}, \qquad a_i = |w_i|^q - \min_j|w_j|^q$$

    where $s(x) \ge 0$ solves $\prod_i(a_i + s) = |x|^q$: on the leaf of `weights`, all that have
    the same balances, $|w_i|^q = a_i + s$.

    Along the flow $\frac{d}{dt}\nabla R(x) = -\operatorname{sign}(f')|f'|^{q-1}$. With two layers
    it is $\tfrac12\operatorname{arsinh}(2x/\lambda)$ at $q = 2$ and
    $\tfrac12\operatorname{sign}(x)(\sqrt{4|x|+\lambda^2} - \lambda)$ at $q = 1$, where $\lambda$ is
    the balance; with equal weights it is $x^{1-m}/(L(1-m))$, and $\tfrac1L\ln x$ at $m = 1$.

    Args:
      effective: $x$, shape (k,).
      weights: any weights of the leaf, shape (L, k): only their balances count.
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      Shape (k,), odd and increasing in $x$. It is 0 at $x = 0$ where that is finite; where layers
      tie and it is not, it is 0 at infinity or, at $m = 1$, at $|x| = 1$.

    Raises:
      ValueError: as {func}`inverse_metric`.

    Derived in {ref}`balance-and-mirror-maps`, after {cite:t}`jacobs2026saddle`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import mirror_map
    >>> print(mirror_map(jnp.array([2.0]), jnp.array([[3.0], [0.0]]), 2.0))
    [0.21548909]
    """
    effective, weights, q = _checked(effective, weights, q)
    leaf = leaf_of(weights, q)
    height = _height(effective, leaf.excess, q)
    return jnp.where(effective < 0, -1.0, 1.0) * _dual(leaf, height, q)


def mirror_potential(
    effective: Float[ArrayLike, " k"], weights: Float[ArrayLike, "L k"], q: ArrayLike
) -> Float[Array, " k"]:
    r"""The potential $R$ whose gradient is the mirror map, with $R(0) = 0$, for each coordinate.

    $$R(x) = x\,\nabla R(x) - \frac1q\int_0^{s(x)}\prod_i(a_i + s)^{(2-q)/q}\,ds$$

    with the $a_i$ and $s(x)$ of {func}`mirror_map`.

    Args:
      effective: $x$, shape (k,).
      weights: any weights of the leaf, shape (L, k): only their balances count.
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      Shape (k,), even and strictly convex in $x$.

    Raises:
      ValueError: as {func}`inverse_metric`.

    Derived in {ref}`balance-and-mirror-maps`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import mirror_potential
    >>> print(mirror_potential(jnp.array([3.0]), jnp.ones((2, 1)), 1.0))  # x^(3/2) / (3/2)
    [3.46410162]
    """
    effective, weights, q = _checked(effective, weights, q)
    leaf = leaf_of(weights, q)
    height = _height(effective, leaf.excess, q)
    moved = effective != 0
    product = jnp.where(moved, jnp.abs(effective) * _dual(leaf, height, q), 0.0)
    return product - _from_zero(leaf, height, (2 - q) / q) / q


def bregman_divergence(
    effective: Float[ArrayLike, " k"],
    base: Float[ArrayLike, " k"],
    weights: Float[ArrayLike, "L k"],
    q: ArrayLike,
) -> Float[Array, ""]:
    r"""How far $x$ is from $y$, $D_R(x, y) = R(x) - R(y) - \langle\nabla R(y), x - y\rangle$.

    Args:
      effective: $x$, shape (k,).
      base: $y$, shape (k,); not 0 in a coordinate where $\nabla R$ is infinite there.
      weights: any weights of the leaf, shape (L, k): only their balances count.
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      A scalar, the sum over the coordinates: not negative, 0 only for $x = y$.

    Raises:
      ValueError: as {func}`inverse_metric`, for both points.

    Derived in {ref}`balance-and-mirror-maps`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import bregman_divergence
    >>> x, y, weights = jnp.array([1.0]), jnp.array([4.0]), jnp.ones((2, 1))
    >>> print(f"{bregman_divergence(x, y, weights, 1.0):.4f}")  # (1 - 8) / 1.5 + 3 · 4^(1/2)
    1.3333
    """
    effective, _, _ = _checked(effective, weights, q)
    base, _, _ = _checked(base, weights, q, "base")
    heights = mirror_potential(effective, weights, q) - mirror_potential(base, weights, q)
    return jnp.sum(heights - mirror_map(base, weights, q) * (effective - base))


def bregman_projection(
    design: Float[ArrayLike, "n k"],
    targets: Float[ArrayLike, " n"],
    weights: Float[ArrayLike, "L k"],
    *,
    q: ArrayLike = 2.0,
) -> Float[Array, " k"]:
    r"""The solution of $Zx = y$ that is nearest to the start in the Bregman divergence.

    $$\operatorname*{arg\,min}_x\ \{D_R(x, x_0) : Zx = y\}, \qquad x_0 = w_1w_2\cdots w_L$$

    At $q = 2$ it is where gradient flow on the weights ends, for every loss of $Zx$ that has its
    minimum at $y$, provided that it gets there; for smaller $q$ the flow ends elsewhere. Newton
    steps of SciPy's trust-region method find it, in the null space of $Z$. It does not run under
    `jit`, `vmap` and `grad`.

    Args:
      design: $Z$, shape (n, k), n below k, with linearly independent rows.
      targets: $y$, shape (n,).
      weights: the start, shape (L, k), any depth; in each coordinate one layer has the smallest
        weight, so that $x$ may change its sign.
      q: the dual exponent, from 1 to 2.

    Returns:
      $x$, shape (k,), with $Zx = y$ to rounding.

    Raises:
      ValueError: `design`, `targets` and `weights` are not finite real arrays of fitting shapes;
        `q` is not one real number in [1, 2]; an argument is traced; two layers share the smallest
        weight of a coordinate; the rows of `design` are linearly dependent.

    Derived in {ref}`balance-and-mirror-maps`, after {cite:t}`jacobs2026saddle`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import bregman_projection
    >>> start = jnp.array([[0.0, 0.0], [0.01, 0.01]])  # near 0 it is nearly the least l1 norm
    >>> x = bregman_projection(jnp.array([[1.0, 2.0]]), jnp.array([2.0]), start)
    >>> print(f"{x[0]:.3f} {x[1]:.3f}")
    0.005 0.998
    """
    design = checks.matrix("design", design)
    targets = jnp.asarray(targets, float)
    weights, q = checked_weights(weights), checked_exponent(q)
    if any(map(checks.is_traced, (design, targets, weights, q))):
        raise ValueError(
            "The arguments of `bregman_projection` must be numbers, but one is traced. SciPy "
            "finds the projection; call it outside of jit, vmap and grad."
        )
    fits = design.shape[1] == weights.shape[1] and targets.shape == design.shape[:1]
    if not (fits and np.isfinite(design).all() and np.isfinite(targets).all()):
        raise ValueError(
            f"`design`, `targets` and `weights` must be finite, of shapes (n, k), (n,) and (L, k), "
            f"but their shapes are {design.shape}, {targets.shape} and {weights.shape}."
        )
    if np.any(leaf_of(weights, q).ties > 1):
        raise ValueError(
            "`weights` must have one smallest layer in each coordinate, but two share it. The sign "
            "of such a coordinate cannot change; start one layer smaller."
        )
    # x = x_0 + a step that solves Zx = y + the null space times free numbers
    _, values, rows = np.linalg.svd(np.asarray(design))
    if values.size < design.shape[0] or values.min() <= 1e-12 * values.max():
        raise ValueError(
            "`design` must have linearly independent rows, fewer than columns, but it has not. "
            "Leave out the rows that follow from others."
        )
    start = np.asarray(jnp.prod(weights, axis=0))
    step = np.linalg.lstsq(design, np.asarray(targets - design @ start), rcond=None)[0]
    free = rows[design.shape[0] :].T

    def at(c: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(part) for part in _nearness(start + step + free @ c, start, weights, q)]

    found = minimize(
        lambda c: at(c)[0],
        np.zeros(free.shape[1]),
        method="trust-exact",
        jac=lambda c: free.T @ at(c)[1],
        hess=lambda c: free.T @ (at(c)[2][:, None] * free),
        options={"gtol": 1e-10},
    ).x
    for _ in range(3):  # where differences of values are rounding, the slope still points
        _, slope, curvature = at(found)
        found = found - np.linalg.solve(free.T @ (curvature[:, None] * free), free.T @ slope)
    return jnp.asarray(start + step + free @ found)


@jax.jit
def _nearness(x: Array, start: Array, weights: Array, q: Array) -> tuple[Array, Array, Array]:
    """The divergence of x from a start, its gradient and the diagonal of its Hessian."""
    slope = mirror_map(x, weights, q) - mirror_map(start, weights, q)
    value = bregman_divergence(x, start, weights, q)
    return value, slope, 1 / inverse_metric(x, weights, q)


@jax.jit  # one program instead of a hundred small ones
def leaf_of(weights: Float[Array, "L k"], q: ArrayLike) -> Leaf:
    """The balances of weights, and how many layers share the smallest of each coordinate."""
    powers = jnp.abs(weights) ** q
    excess = powers - jnp.min(powers, axis=0)[None, :]
    return Leaf(excess, jnp.sum(excess == 0, axis=0).astype(powers.dtype))


def checked_weights(weights: ArrayLike) -> Float[Array, "L k"]:
    """The weights as a float64 matrix; concrete ones must be finite."""
    weights = checks.matrix("weights", weights)
    if not checks.is_traced(weights) and not np.isfinite(weights).all():
        raise ValueError(
            "`weights` must be finite, but they hold NaN or infinity. The run may have diverged: "
            "try a smaller learning rate."
        )
    return weights.astype(jnp.float64)


def checked_depth(depth: int) -> int:
    """The depth as a whole number from 1."""
    return checks.whole_number("depth", depth, remedy="Pass the number of layers, such as 3.")


def _checked(
    effective: ArrayLike, weights: ArrayLike, q: ArrayLike, name: str = "effective"
) -> tuple[Array, Array, Array]:
    weights, q = checked_weights(weights), checked_exponent(q)
    effective = checks.parameters(name, effective).astype(jnp.float64)
    if effective.shape != weights.shape[1:]:
        raise ValueError(
            f"`{name}` and `weights` must have the shapes (k,) and (L, k), but they have "
            f"{effective.shape} and {weights.shape}. Stack the layers on the first axis."
        )
    return effective, weights, q


@jax.jit
def _height(effective: Array, excess: Array, q: Array) -> Array:
    r"""The $s$ of $x$: the root of $\prod_i(a_i + s) = |x|^q$."""
    moved = effective != 0
    target = q * jnp.log(jnp.where(moved, jnp.abs(effective), 1.0))

    def newton(_: ArrayLike, log: Array) -> Array:
        # Convex in log s, and the start lies above the root: no step goes beyond it.
        terms = excess + jnp.exp(log)[None, :]
        excessive = jnp.sum(jnp.log(terms), axis=0) - target
        return log - excessive / jnp.sum(jnp.exp(log)[None, :] / terms, axis=0)

    log = jax.lax.fori_loop(0, NEWTON, newton, target / excess.shape[0])
    return jnp.where(moved, jnp.exp(log), 0.0)


@jax.jit
def _metric(excess: Array, height: Array) -> Array:
    r"""$\sum_i\prod_{j\ne i}(a_j + s)$."""
    terms = excess + height[None, :]
    others = jnp.ones_like(terms[0])
    total = jnp.zeros_like(others)
    for term in terms:  # of the first layers: the product, and the sum with one left out
        others, total = others * term, total * term + others
    return total


def _over_logarithms(leaf: Leaf, low: Array, high: Array, power: Array) -> Array:
    r"""$\int_{low}^{high}\prod_i(a_i + s)^{power}\,ds$, with equal panels in $\ln s$."""
    nodes, shares = np.polynomial.legendre.leggauss(NODES)
    places = (np.arange(PANELS)[:, None] + (nodes + 1) / 2).ravel() / PANELS
    span = jnp.log(high / low)
    s = low[:, None] * jnp.exp(span[:, None] * places[None, :])
    logs = jnp.sum(jnp.log(leaf.excess[:, :, None] + s[None]), axis=0)
    total = jnp.sum(s * jnp.exp(power * logs) * np.tile(shares, PANELS)[None, :], axis=1)
    return total * span / (2 * PANELS)


@jax.jit
def _from_zero(leaf: Leaf, height: Array, power: Array) -> Array:
    r"""$\int_0^s\prod_i(a_i + s)^{power}\,ds$: near 0 two terms of the series, then panels."""
    tied = leaf.excess == 0
    smallest = jnp.min(jnp.where(tied, jnp.inf, leaf.excess), axis=0)
    moved = height > 0
    high = jnp.where(moved, height, 1.0)
    low = NEAR * jnp.minimum(high, smallest)
    others = jnp.where(tied, 1.0, leaf.excess)
    factor = jnp.exp(power * jnp.sum(jnp.log(others), axis=0))
    slope = power * jnp.sum(jnp.where(tied, 0.0, 1 / others), axis=0)
    first = leaf.ties * power + 1
    near = factor * low**first * (1 / first + slope * low / (first + 1))
    return jnp.where(moved, near + _over_logarithms(leaf, low, high, power), 0.0)


@jax.jit
def _dual(leaf: Leaf, height: Array, q: Array) -> Array:
    """The mirror coordinate of |x|."""
    power, depth = (1 - q) / q, leaf.excess.shape[0]
    end, total = leaf.ties * power + 1, depth * power + 1
    safe = jnp.where(height > 0, height, 1.0)
    flat = jnp.abs(total) < 1e-12
    exponent = jnp.where(flat, 1.0, total)
    balanced = jnp.where(flat, jnp.log(safe), safe**exponent / exponent)
    # from infinity: panels up to where two terms of the series do
    high = jnp.maximum(jnp.max(leaf.excess, axis=0), safe) / NEAR
    below = jnp.where(total < 0, total, -1.0)
    rest = high**below * (1 / below + power * jnp.sum(leaf.excess, axis=0) / high / (below - 1))
    from_infinity = rest - _over_logarithms(leaf, safe, high, power)
    from_zero = _from_zero(leaf, height, power)
    alike = leaf.ties == depth
    value = jnp.where(alike, balanced, jnp.where(end > 0, from_zero, from_infinity)) / q
    at_zero = jnp.where(end > 0, 0.0, -jnp.inf)
    return jnp.where(height > 0, value, at_zero)
