r"""Order gaps of optimizers with a memory: heavy ball and Adam in closed form.

Heavy ball is $M' = \mu M + \varepsilon v(\theta)$, $\theta' = \theta + M'$: the velocity $M$
carries the learning rate. Adam is as in {cite:t}`kingma2015adam`, with the moments of the gradient
$g = -v$ and with $\delta$ for its small constant.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike

from lib import checks
from lib.brackets.gaps import order_gap
from lib.fields import Params, combine, scaled
from lib.simulate import checked_momentum, heavy_ball_state, heavy_ball_step


class MomentumGap(NamedTuple):
    r"""The parts of the gap of two heavy-ball steps, each a tangent.

    The parameters differ by $\mu\,\mathrm{recency} + \mathrm{bracket} + \mathrm{transport}$, the
    velocities by $-(1-\mu)\,\mathrm{recency} + \mathrm{bracket} + \mathrm{transport}$, and the
    settled positions by $(\mathrm{bracket} + \mathrm{transport}) / (1-\mu)$.
    """

    bracket: Params
    r"""$\varepsilon^2 [v_x, v_y]$."""
    transport: Params
    r"""$\varepsilon\,(\mu M\cdot\nabla)(v_y - v_x) = \varepsilon\,[\mu M, v_y - v_x]$."""
    recency: Params
    r"""$\varepsilon\,(v_x - v_y)$."""


class AdamGap(NamedTuple):
    """The first two orders in the learning rate of the gap of two Adam steps, each a tangent."""

    first_order: Params
    r"""$-\varepsilon\,(a_x + a_{xy} - a_y - a_{yx})$, in the letters of {func}`adam_gap`."""
    second_order: Params
    r"""$\varepsilon^2\,(J_{xy}\mathcal H_y a_x - J_{yx}\mathcal H_x a_y)$."""


def settled_position(params: Params, velocity: Params, *, momentum: ArrayLike) -> Params:
    r"""Where heavy ball comes to rest without further gradients, $\theta + \tfrac{\mu}{1-\mu}M$.

    Proofs of convergence know it as the auxiliary or averaged iterate: a gradient moves it by
    $\tfrac{\varepsilon}{1-\mu}v$, as if there were no memory.

    Args:
      params, velocity: $\theta$ and $M$, two pytrees of one layout.
      momentum: $\mu$, from 0 to below 1.

    Returns:
      $\psi$, with the layout of `params`.

    Raises:
      ValueError: `velocity` has another layout than `params`; `momentum` is not in [0, 1).

    Derived in {ref}`momentum-and-order`.

    >>> from lib.brackets import settled_position
    >>> print(settled_position(1.0, 0.5, momentum=0.5))
    1.5
    """
    mu = checked_momentum(momentum)
    params, velocity = heavy_ball_state(params, velocity)
    return combine(1.0, params, mu / (1 - mu), velocity)


def settled_gap(
    field: Callable[[Params, Any], Params],
    params: Params,
    velocity: Params,
    x: Any,
    y: Any,
    *,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
) -> Params:
    r"""The gap of two heavy-ball steps between their settled positions, by running both orders.

    $$\Delta\psi = \Delta\theta + \tfrac{\mu}{1-\mu}\Delta M
      = \frac{\varepsilon\,(\mu M\cdot\nabla)(v_y - v_x) + \varepsilon^2[v_x, v_y]}{1-\mu} + \dots$$

    The first-order differences of $\theta$ and of $M$ are transient: they cancel in $\psi$.

    Args:
      field: $v$, a function `field(params, example)`.
      params, velocity: $\theta$ and $M$, two pytrees of one layout.
      x, y: the two examples; the gap is x first minus y first.
      learning_rate: $\varepsilon$, one real number; it may be traced.
      momentum: $\mu$, from 0 to below 1; it may be traced.

    Returns:
      A tangent with the layout of `params`.

    Raises:
      ValueError: as {func}`settled_position` and {func}`lib.simulate.heavy_ball_step`.

    Derived in {ref}`momentum-and-order`.

    >>> from lib.brackets import settled_gap
    >>> spring = lambda position, stiffness: -stiffness * position
    >>> gap = settled_gap(spring, 1.0, 0.1, 1.0, 2.0, learning_rate=0.1, momentum=0.5)
    >>> print(f"{gap:.3f}")
    -0.010
    """
    mu = checked_momentum(momentum)
    step = heavy_ball_step(field, learning_rate=learning_rate, momentum=mu)
    gap = order_gap(step, heavy_ball_state(params, velocity), x, y)
    return combine(1.0, gap.params, mu / (1 - mu), gap.velocity)


def momentum_gap(
    field: Callable[[Params, Any], Params],
    params: Params,
    velocity: Params,
    x: Any,
    y: Any,
    *,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
) -> MomentumGap:
    r"""What the gap of two heavy-ball steps is made of: bracket, transport and recency.

    Exact for quadratic losses; otherwise the error is of order
    $\varepsilon\,\|\mu M + \varepsilon v\|^2$.

    Args:
      field: $v$, a function `field(params, example)`.
      params, velocity: $\theta$ and $M$, two pytrees of one layout.
      x, y: the two examples; the gap is x first minus y first.
      learning_rate: $\varepsilon$, one real number; it may be traced.
      momentum: $\mu$, one real number, 1 included; it may be traced.

    Returns:
      `MomentumGap(bracket, transport, recency)`, three tangents.

    Raises:
      ValueError: `field` is not a function; `velocity` or a tangent of `field` has another layout
        than `params` or, outside `jit`, is not finite; `learning_rate` or `momentum` is not one
        real number.

    Derived in {ref}`momentum-and-order`; with $\mu = 1$ after {cite:t}`bement2026fields`.

    >>> from lib.brackets import momentum_gap
    >>> pull = lambda position, stiffness: -stiffness * position
    >>> parts = momentum_gap(pull, 1.0, 0.1, 1.0, 2.0, learning_rate=0.1, momentum=0.5)
    >>> print(f"{parts.bracket:.3f} {parts.transport:.3f} {parts.recency:.3f}")
    0.000 -0.005 0.100
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    mu = checks.real_scalar("momentum", momentum)
    params, velocity = heavy_ball_state(params, velocity)
    v_x, along_x = jax.linearize(lambda p: field(p, x), params)
    v_y, along_y = jax.linearize(lambda p: field(p, y), params)
    v_x, v_y = (checks.returned_tangent("`field`", v, params) for v in (v_x, v_y))
    drift = scaled(mu, velocity)
    return MomentumGap(
        bracket=combine(rate**2, along_y(v_x), -(rate**2), along_x(v_y)),
        transport=combine(rate, along_y(drift), -rate, along_x(drift)),
        recency=combine(rate, v_x, -rate, v_y),
    )


def checked_squares(square: Params) -> Params:
    """Return Adam's second moment, which must not be negative anywhere it is known."""
    for leaf in jax.tree.leaves(square):
        if not checks.is_traced(leaf) and (np.asarray(leaf) < 0).any():
            raise ValueError(
                f"`moments.nu` must not be negative, but it goes down to "
                f"{np.min(leaf):.3g}. It is a mean of squares."
            )
    return square


def checked_moments(moments: optax.ScaleByAdamState, params: Params) -> tuple[Params, Params]:
    """Return Adam's two moments as tangents with the layout of the parameters."""
    remedy = "Take the moments from the same parameters."
    mean, square = (
        checks.tangent_argument(f"moments.{name}", tree, params, remedy=remedy)
        for name, tree in (("mu", moments.mu), ("nu", moments.nu))
    )
    return mean, checked_squares(square)


def adam_gap(
    field: Callable[[Params, Any], Params],
    params: Params,
    moments: optax.ScaleByAdamState,
    x: Any,
    y: Any,
    *,
    learning_rate: ArrayLike,
    b1: ArrayLike = 0.9,
    b2: ArrayLike = 0.999,
    eps: ArrayLike = 1e-8,
) -> AdamGap:
    r"""The gap of two Adam steps, order by order in the learning rate.

    With $a(m, s, t) = \frac{m/(1-\beta_1^t)}{\sqrt{s/(1-\beta_2^t)} + \delta}$, with $m_i, s_i$ the
    moments after example $i$ and $m_{ij}, s_{ij}$ those after $i$ and $j$, all gradients at the
    start,

    $$\Delta\theta = -\varepsilon\,(a_x + a_{xy} - a_y - a_{yx})
      + \varepsilon^2\,(J_{xy}\mathcal H_y a_x - J_{yx}\mathcal H_x a_y) + O(\varepsilon^3),$$

    where $J_{ij}$ is the derivative of $a_{ij}$ with respect to the gradient $g_j$. The gap is of
    first order, also for $\beta_1 = 0$.

    Args:
      field: $v = -g$, a function `field(params, example)`.
      params: $\theta$, any pytree of real floating-point arrays.
      moments: $m$, $s \ge 0$ and the number of steps before, from 0, as
        `optax.ScaleByAdamState(count, mu, nu)`: the first part of the state of `optax.adam`.
      x, y: the two examples; the gap is x first minus y first.
      learning_rate: $\varepsilon$, one real number; it may be traced.
      b1, b2, eps: $\beta_1$ and $\beta_2$ in [0, 1), and $\delta > 0$; they may be traced.

    Returns:
      `AdamGap(first_order, second_order)`, two tangents.

    Raises:
      ValueError: `field` is not a function; a number is not one real number; the moments or a
        tangent of `field` have another layout than `params`. Outside `jit`: one of them is not
        finite; a number is not in its range; a square is negative.

    Derived in {ref}`adam-and-order`.

    >>> import optax
    >>> from lib.brackets import adam_gap
    >>> pull = lambda position, stiffness: -stiffness * position
    >>> moments = optax.ScaleByAdamState(count=9, mu=0.5, nu=0.5)
    >>> gap = adam_gap(pull, 1.0, moments, 1.0, 2.0, learning_rate=0.1)
    >>> print(f"{gap.first_order:.3e} {gap.second_order:.3e}")
    1.909e-03 2.002e-05
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    b1, b2, eps = checks.decay("b1", b1), checks.decay("b2", b2), checks.positive("eps", eps)
    params = checks.parameters("params", params)
    mean, square = checked_moments(moments, params)
    count = checks.not_negative("moments.count", moments.count)

    def after(memory: tuple[Params, Params], slope: Params) -> tuple[Params, Params]:
        mean, square = memory
        squares = jax.tree.map(jnp.square, slope)
        return combine(b1, mean, 1 - b1, slope), combine(b2, square, 1 - b2, squares)

    def direction(memory: tuple[Params, Params], steps: Array) -> Params:
        def ratio(m: Array, s: Array) -> Array:
            first, second, small = (
                number.astype(m.dtype) for number in (1 - b1**steps, 1 - b2**steps, eps)
            )
            return (m / first) / (jnp.sqrt(s / second) + small)

        return jax.tree.map(ratio, *memory)

    def half(first: Any, second: Any) -> tuple[Params, Params]:
        """The directions of both steps, and how the second changes because the first moved."""
        tangent = checks.returned_tangent("`field`", field(params, first), params)
        slope = jax.tree.map(jnp.negative, tangent)
        memory = after((mean, square), slope)
        step = direction(memory, count + 1)
        slope, bend = jax.jvp(
            lambda p: jax.tree.map(jnp.negative, field(p, second)), (params,), (step,)
        )
        next_step, change = jax.jvp(
            lambda g: direction(after(memory, g), count + 2), (slope,), (bend,)
        )
        return jax.tree.map(jnp.add, step, next_step), change

    (sum_x, change_x), (sum_y, change_y) = half(x, y), half(y, x)
    return AdamGap(
        first_order=combine(-rate, sum_x, rate, sum_y),
        second_order=combine(rate**2, change_x, -(rate**2), change_y),
    )
