r"""Steepest directions: which way is down depends on how steps are measured.

Steps are measured by the $L_p$ norm, gradients by the dual norm $L_q$ with
$\tfrac1p + \tfrac1q = 1$. The exponent $q$ runs from 1, sign descent ($p = \infty$), to 2, gradient
descent ($p = 2$).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks

CLOCKS = ("flow", "unit", "steepest")


def steepest_direction(
    gradient: PyTree, q: ArrayLike, *, clock: str = "flow"
) -> PyTree[Float[Array, "..."]]:
    r"""Down the steepest way, $-\operatorname{sign}(g)\,|g|^{q-1}$, entry by entry.

    Three lengths are in use, and they make three clocks on one path:

    - `"flow"`: as above, of degree $q - 1$ in $g$;
    - `"unit"`: divided by $\|g\|_q^{q-1}$. It is the $v$ with $\|v\|_p \le 1$ for which
      $\langle g, v\rangle$ is smallest, $-\|g\|_q$;
    - `"steepest"`: the flow's times $\|g\|_q^{2-q}$. It is the $v$ for which
      $\langle g, v\rangle + \tfrac12\|v\|_p^2$ is smallest, $-\tfrac12\|g\|_q^2$.

    The norms are those of the whole tree.

    Args:
      gradient: $g$, any pytree of real floating-point arrays.
      q: the dual exponent, from 1 (signs) to 2 (the gradient itself). It may be traced.
      clock: "flow", "unit" or "steepest".

    Returns:
      A tangent with the layout of `gradient`. An entry is 0 where $g$ is 0.

    Raises:
      ValueError: `gradient` is not a tree of finite real floating-point arrays; `clock` is none of
        the three; `q` is not one real number; outside `jit`, `q` is not in [1, 2].

    Derived in {ref}`steepest-descent`, after {cite:t}`jacobs2026saddle`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import steepest_direction
    >>> print(steepest_direction(jnp.array([4.0, -9.0]), 1.5))
    [-2.  3.]
    """
    gradient, q = checks.parameters("gradient", gradient), checked_exponent(q)
    if clock not in CLOCKS:
        raise ValueError(
            f"`clock` must be 'flow', 'unit' or 'steepest', but it is {clock!r}. They differ in "
            f"speed and not in path."
        )
    if clock == "flow":
        return jax.tree.map(lambda g: power(g, q - 1), jax.tree.map(jnp.negative, gradient))
    # Divided by the largest entry first: powers of a tiny gradient would underflow.
    largest = jnp.asarray(
        jnp.stack([jnp.max(jnp.abs(g), initial=0.0) for g in jax.tree.leaves(gradient)]).max(),
        jnp.float64,
    )
    safe = jnp.where(largest > 0, largest, 1.0)
    shares = jax.tree.map(lambda g: -g.astype(jnp.float64) / safe, gradient)
    norm = sum(jnp.sum(jnp.abs(s) ** q) for s in jax.tree.leaves(shares)) ** (1 / q)
    norm = jnp.where(largest > 0, norm, 1.0)
    length = norm ** (1 - q) if clock == "unit" else norm ** (2 - q) * safe
    return jax.tree.map(lambda s, g: (length * power(s, q - 1)).astype(g.dtype), shares, gradient)


def power(value: Any, exponent: ArrayLike) -> Float[Array, "..."]:
    r"""$\operatorname{sign}(a)\,|a|^r$, 0 at 0 with the derivative 0, also for $r = 0$."""
    size = jnp.abs(value)
    inside = jnp.where(size > 0, size, jnp.ones_like(size))
    return jnp.sign(value) * inside ** jnp.asarray(exponent, size.dtype)


def checked_exponent(q: ArrayLike) -> Float[Array, ""]:
    """The dual exponent as a float64 scalar; a concrete one must lie in [1, 2]."""
    checked = checks.real_scalar("q", q)
    if not checks.is_traced(q) and not 1 <= float(q) <= 2:
        raise ValueError(
            f"`q` must lie in [1, 2], but it is {q}. At 1 it is sign descent, at 2 gradient "
            f"descent."
        )
    return checked
