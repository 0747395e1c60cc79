r"""Leaving the saddle at zero: how long a flow needs, and which learning rates can do it.

A balanced start has all $L$ weights equal. The other start is $(0, w_0, \dots, w_0)$: there
$x = 0$, but the first weight has a gradient. In both, one weight $w$ leads and all others are
$v(w)$ by the balance, $v = w$ or $v^q = w_0^q + w^q$, and so every time is one integral,

$$T = \int\frac{dw}{v^{(L-1)(q-1)}\,f^{q-1}}, \qquad f = 1 - \frac{w\,v^{L-1}}{x^*}.$$
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.mirror.directions import checked_exponent
from lib.mirror.maps import checked_depth

NEWTON = 20  # steps to the leading weight at the target
REACH, NODES = 3.2, 161  # of the double exponential rule


class Window(NamedTuple):
    """The learning rates outside of which no run arrives in time and stays."""

    smallest: Float[Array, ""]
    """Below it the steps do not reach the minimum in time."""
    largest: Float[Array, ""]
    """Above it no run stays at the minimum."""


def escape_time(
    target: ArrayLike,
    start: ArrayLike,
    *,
    q: ArrayLike,
    depth: ArrayLike,
    balanced: bool = True,
    minimum: ArrayLike | None = None,
) -> Float[Array, ""]:
    r"""The time that the flow needs from weights near zero until $x = X$.

    Under the force 1 it is the difference of two mirror coordinates, {func}`mirror_map`. Balanced,
    from $x_0 = w_0^L$ and with $m = q(L-1)/L$,

    $$T = \frac{X^{1-m} - x_0^{1-m}}{L(1-m)}, \qquad
      T = \tfrac1L\ln\frac{X}{x_0}\ \text{ at }\ m = 1.$$

    From $(0, w_0, \dots, w_0)$, with $e = (L-1)(q-1)$ and until the first weight is the $W$ with
    $W(w_0^q + W^q)^{(L-1)/q} = X$,

    $$T = \int_0^W\frac{dw}{(w_0^q + w^q)^{e/q}}
        = W w_0^{-e}\,{}_2F_1\!\big(\tfrac eq, \tfrac1q; 1+\tfrac1q; -(W/w_0)^q\big).$$

    With a `minimum` $x^*$ the force is $1 - x/x^*$, as for the loss $(x - x^*)^2/(2x^*)$.

    Args:
      target: $X$, above 0.
      start: $w_0$, above 0.
      q: the dual exponent, from 1 to 2.
      depth: $L$, a whole number from 1. All four may be traced.
      balanced: whether all weights start at $w_0$, or the first of them at 0.
      minimum: $x^*$, above the target; without one the force is 1.

    Returns:
      $T$, a scalar in units of time of the flow, to about ten digits; negative where the start is
      beyond the target.

    Raises:
      ValueError: `start` is not one real number above 0, as at an exact saddle; `target` or
        `minimum` is not one real number above 0; `q` is not one real number in [1, 2]; `depth` is
        not a whole number from 1; outside `jit`, `minimum` is not above `target`.

    Derived in {ref}`escaping-saddles`, after {cite:t}`jacobs2026saddle`.

    >>> from lib.mirror import escape_time
    >>> times = [escape_time(0.5, 0.01, q=q, depth=3) for q in (1.0, 1.5, 2.0)]
    >>> print(" ".join(f"{time:.3f}" for time in times))
    0.784 4.374 98.740
    """
    target, start = checks.positive("target", target), _checked_start(start)
    q, depth = checked_exponent(q), _checked_depth(depth)
    if minimum is None:
        return _time(target, start, q, depth, jnp.asarray(jnp.inf), balanced=balanced)
    end = checks.positive("minimum", minimum)
    if not any(map(checks.is_traced, (target, minimum))) and not end > target:
        raise ValueError(
            f"`minimum` must be above `target`, but they are {end} and {target}. The force "
            f"vanishes at the minimum; choose a target before it."
        )
    return _time(target, start, q, depth, end, balanced=balanced)


def learning_rate_window(
    depth: ArrayLike,
    start: ArrayLike,
    *,
    steps: ArrayLike,
    q: ArrayLike = 2.0,
    tolerance: ArrayLike = 1e-3,
) -> Window:
    r"""Between which learning rates $\tfrac12(x - 1)^2$ can be trained in $K$ steps.

    *From below*: from $(0, w_0, \dots, w_0)$ the flow needs a time $T$ until $x = \tfrac12$, and
    $K$ steps must cover it, $\eta \ge T/K$. *From above*: near a minimum the steps swing between
    $1 \pm\delta$ with $|\delta|^{2-q} = \tfrac\eta2\sum_i|w_i|^{-q} \ge \tfrac\eta2L$. So no run
    stays below the loss $\epsilon$ for

    $$\eta > \frac2L\,(2\epsilon)^{(2-q)/2}.$$

    At $q = 2$, gradient descent, this is $2/L$: beyond it no minimum is stable. At $q = 1$, sign
    descent, the swing also depends on where the run happens to land, and half of the limit,
    $\sqrt{2\epsilon}/L$, is safe.

    Args:
      depth: $L$, a whole number from 1.
      start: $w_0$, above 0.
      steps: $K$, above 0.
      q: the dual exponent, from 1 to 2. All four may be traced.
      tolerance: $\epsilon$, the loss at which a run has arrived, above 0. It may be traced, too.

    Returns:
      `Window(smallest, largest)`, both to leading order in the learning rate. The window is closed
      where the smallest is above the largest.

    Raises:
      ValueError: `start` is not one real number above 0, as at an exact saddle; `steps` or
        `tolerance` is not one real number above 0; `depth` is not a whole number from 1; `q` is
        not one real number in [1, 2].

    Derived in {ref}`escaping-saddles`.

    >>> from lib.mirror import learning_rate_window
    >>> print(" ".join(f"{rate:.4f}" for rate in learning_rate_window(3, 0.1, steps=1000)))
    0.0149 0.6667
    """
    depth, start, q = _checked_depth(depth), _checked_start(start), checked_exponent(q)
    steps, tolerance = checks.positive("steps", steps), checks.positive("tolerance", tolerance)
    half, one = jnp.asarray(0.5), jnp.asarray(1.0)
    smallest = _time(half, start, q, depth, one, balanced=False) / steps
    return Window(smallest, 2 / depth * (2 * tolerance) ** (1 - q / 2))


@partial(jax.jit, static_argnames="balanced")  # one program instead of a hundred small ones
def _time(
    target: Array, start: Array, q: Array, depth: Array, minimum: Array, balanced: bool
) -> Array:
    """The integral over the leading weight, as the header has it."""
    first = _first_weight(target, start, q, depth, balanced)
    share, weight = _rule()
    if balanced:  # even on a logarithmic scale
        span = jnp.log(first / start)
        w = start * jnp.exp(span * share)
        stretch, others = w, w
    else:
        span = jnp.arcsinh(first / start)
        w = start * jnp.sinh(span * share)
        stretch, others = start * jnp.cosh(span * share), (start**q + w**q) ** (1 / q)
    force = 1 - w * others ** (depth - 1) / minimum
    pace = stretch * (others ** (depth - 1) * force) ** (1 - q)
    return span * jnp.sum(weight * pace)


def _first_weight(target: Array, start: Array, q: Array, depth: Array, balanced: bool) -> Array:
    """The leading weight where the product of all is the target."""
    even = jnp.log(target) / depth
    if balanced:
        return jnp.exp(even)

    def newton(_: ArrayLike, log: Array) -> Array:
        # Of s = W^q: convex in log s, and the first guess lies above the root.
        s = jnp.exp(log)
        others = start**q + s
        excessive = log + (depth - 1) * jnp.log(others) - q * jnp.log(target)
        return log - excessive / (1 + (depth - 1) * s / others)

    return jnp.exp(jax.lax.fori_loop(0, NEWTON, newton, q * even) / q)


def _rule() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on (0, 1) that do not mind powers at the ends."""
    t = np.linspace(-REACH, REACH, NODES)
    inner = np.pi / 2 * np.sinh(t)
    slope = np.pi / 2 * np.cosh(t) / np.cosh(inner) ** 2
    return 1 / (1 + np.exp(-2 * inner)), slope / 2 * (t[1] - t[0])


def _checked_start(start: ArrayLike) -> Float[Array, ""]:
    """The start as a float64 scalar; a concrete one must not be the saddle."""
    checked = checks.real_scalar("start", start)
    if not checks.is_traced(start) and not float(start) > 0:
        raise ValueError(
            f"`start` must be above 0, but it is {start}. With all weights at 0 it is an exact "
            f"saddle, which no flow leaves."
        )
    return checked


def _checked_depth(depth: ArrayLike) -> Float[Array, ""]:
    """The depth as a float64 scalar; a concrete one must be a whole number from 1."""
    whole = depth if checks.is_traced(depth) else checked_depth(depth)
    return checks.real_scalar("depth", whole)
