r"""Adam with a frozen divisor, the limit $\beta_2 \to 1$: the order of examples is a bracket.

With a constant divisor $\mathsf D = \sqrt{\hat s} + \delta$ Adam is heavy ball along the fields
$\mathsf D^{-1}v$, with the learning rate $\varepsilon(1-\beta_1)$, the momentum $\beta_1$ and the
velocity $-\varepsilon\,\mathsf D^{-1}m$.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import ArrayLike

from lib import checks
from lib.brackets.optimizers import checked_moments, checked_squares, momentum_gap
from lib.fields import Params, combine


def adam_divisor(
    moments: optax.ScaleByAdamState, *, b2: ArrayLike = 0.999, eps: ArrayLike = 1e-8
) -> Params:
    r"""What Adam divides by, $\mathsf D = \sqrt{s/(1-\beta_2^t)} + \delta$.

    Args:
      moments: Adam's memory after t steps, at least one, as in the state of `optax.adam`.
      b2, eps: $\beta_2$ in [0, 1), and $\delta > 0$; they may be traced.

    Returns:
      $\mathsf D$, with the layout of the parameters.

    Raises:
      ValueError: a number is not one real number; outside `jit`, it is not in its range, a
        square is negative, or the moments are those before the first step.

    Derived in {ref}`adam-and-order`.

    >>> import optax
    >>> from lib.brackets import adam_divisor
    >>> moments = optax.ScaleByAdamState(count=1, mu=0.2, nu=0.004)
    >>> print(f"{adam_divisor(moments):.3f}")
    2.000
    """
    b2, eps = checks.decay("b2", b2), checks.positive("eps", eps)
    count = checks.positive("moments.count", moments.count)

    def divisor(square: ArrayLike) -> ArrayLike:
        square = jnp.asarray(square)
        seen = (1 - b2**count).astype(square.dtype)
        return jnp.sqrt(square / seen) + eps.astype(square.dtype)

    return jax.tree.map(divisor, checked_squares(moments.nu))


def frozen_adam_gap(
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
) -> Params:
    r"""The gap of two Adam steps in the settled position, for a divisor that does not change.

    $$\Delta\psi = \varepsilon^2\big\{(1-\beta_1)\,\mathsf D^{-1}
      (\mathcal H_y\mathsf D^{-1}g_x - \mathcal H_x\mathsf D^{-1}g_y)
      + \beta_1\,\mathsf D^{-1}(\mathcal H_y - \mathcal H_x)\,\mathsf D^{-1}m\big\}$$

    with $\psi = \theta - \varepsilon\frac{\beta_1}{1-\beta_1}\mathsf D^{-1}m$. For $\beta_1 = 0$ it
    is $\varepsilon^2$ times the bracket of the fields $\mathsf D^{-1}v$. Exact for quadratic
    losses; otherwise the error is of order $\varepsilon^3$.

    Args:
      field: $v = -g$, a function `field(params, example)`.
      params: $\theta$, any pytree of real floating-point arrays.
      moments: $m$, $s$ and the number of steps before, at least one, as in the state of
        `optax.adam`.
      x, y: the two examples; the gap is x first minus y first.
      learning_rate: $\varepsilon$, one real number; it may be traced.
      b1, b2, eps: $\beta_1$ and $\beta_2$ in [0, 1), and $\delta > 0$; they may be traced.

    Returns:
      A tangent with the layout of `params`.

    Raises:
      ValueError: as {func}`adam_divisor` and {func}`momentum_gap`; $\beta_1$ is not in [0, 1); the
        moments have another layout than `params`.

    Derived in {ref}`adam-and-order`.

    >>> import optax
    >>> from lib.brackets import frozen_adam_gap
    >>> pull = lambda position, stiffness: -stiffness * position
    >>> moments = optax.ScaleByAdamState(count=9, mu=0.5, nu=0.5)
    >>> gap = frozen_adam_gap(pull, 1.0, moments, 1.0, 2.0, learning_rate=0.1)
    >>> print(f"{gap:.6f}")
    0.000081
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    b1 = checks.decay("b1", b1)
    params = checks.parameters("params", params)
    mean, square = checked_moments(moments, params)
    divisor = adam_divisor(moments._replace(nu=square), b2=b2, eps=eps)

    def preconditioned(p: Params, example: Any) -> Params:
        tangent = checks.returned_tangent("`field`", field(p, example), p)
        return jax.tree.map(jnp.divide, tangent, divisor)

    velocity = jax.tree.map(lambda m, d: -rate.astype(d.dtype) * m / d, mean, divisor)
    parts = momentum_gap(
        preconditioned, params, velocity, x, y, learning_rate=rate * (1 - b1), momentum=b1
    )
    return combine(1 / (1 - b1), parts.bracket, 1 / (1 - b1), parts.transport)
