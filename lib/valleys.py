r"""Losses whose minima form a curve or a surface, and the noise of their gradients.

A valley is flat along its floor and rises across it. What matters is how its *width* changes along
the floor: noise across the valley then moves you along it.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.fields import Params
from lib.noise import Noise

Profile = ArrayLike | Callable[[Array], ArrayLike]
"""A number, or a function of the coordinate along the valley to one."""


def straight_valley(
    height: Callable[[Array], ArrayLike], angle: ArrayLike = 0.0
) -> Callable[[Float[ArrayLike, "2"]], Float[Array, ""]]:
    r"""The loss $f = h(x)\,y^2$, whose minima are the line $y = 0$.

    With an angle $\theta$ the valley is turned counter-clockwise: at the point $(u, v)$

    $$x = u\cos\theta + v\sin\theta, \qquad y = -u\sin\theta + v\cos\theta .$$

    Args:
      height: $h$, a positive differentiable function of $x$.
      angle: $\theta$ in radians, one real number; it may be traced.

    Returns:
      A function `loss(params)` of a vector of shape (2,) to a scalar. On the floor the Hessian is
      $2h$ across the valley and zero along it.

    Raises:
      ValueError: `height` is not a function; `angle` is not one real number. When the loss is
        evaluated: `params` is not a vector of two real floats.

    Derived in {ref}`the-valley`; the example is {cite:t}`ma2022quasistatic`'s.

    >>> import jax.numpy as jnp
    >>> from lib.valleys import straight_valley
    >>> print(straight_valley(lambda x: 1 + x**2)(jnp.array([3.0, 0.5])))
    2.5
    """
    checks.callable_argument("height", height, "height(x)")
    turn = checks.real_scalar("angle", angle)

    def loss(params: Float[ArrayLike, "2"]) -> Array:
        x, y = _turned(params, turn)
        return jnp.asarray(height(x), y.dtype) * y**2

    return loss


def valley_noise(*, along: Profile = 0.0, across: Profile = 0.0, angle: ArrayLike = 0.0) -> Noise:
    r"""Independent normal noise along and across a straight valley.

    $$C(x) = \alpha(x)^2\,tt^\top + \beta(x)^2\,nn^\top$$

    with the unit vectors $t$ along and $n$ across. For the valley $h(x)y^2$, Hessian noise is
    $\beta = \sigma\sqrt{h}$, isotropic normal noise $\beta = \sigma$, and isotropic noise
    $\alpha = \beta = \sigma$.

    Args:
      along, across: the standard deviations $\alpha$ and $\beta$, each a number or a function of
        $x$, the coordinate along the valley.
      angle: of the valley, in radians, as in {func}`straight_valley`.

    Returns:
      A function `noise(params, key)` to a tangent of shape (2,), for
      {func}`lib.noise.noisy_field`.

    Raises:
      ValueError: `angle` is not one real number. When noise is drawn: `params` is not a vector of
        two real floats.

    Used in {ref}`the-valley`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.valleys import valley_noise
    >>> noise = valley_noise(across=lambda x: jnp.sqrt(1 + x**2))
    >>> print(noise(jnp.array([3.0, 0.5]), jax.random.key(0))[0])
    0.0
    """
    turn = checks.real_scalar("angle", angle)

    def noise(params: Params, key: Any) -> Array:
        x, _ = _turned(params, turn)
        draws = jax.random.normal(key, (2,)).astype(x.dtype)
        alpha, beta = (
            jnp.asarray(part(x) if callable(part) else part, x.dtype) for part in (along, across)
        )
        a, b = alpha * draws[0], beta * draws[1]
        cos, sin = jnp.cos(turn).astype(x.dtype), jnp.sin(turn).astype(x.dtype)
        return jnp.stack([a * cos - b * sin, a * sin + b * cos])

    return noise


def curved_valley(
    constraint: Callable[[Array], ArrayLike], stiffness: Callable[[Array], ArrayLike]
) -> Callable[[Float[ArrayLike, " n"]], Float[Array, ""]]:
    r"""The loss $f = \sum_i k_i(p)\,g_i(p)^2$, whose minima are the manifold $g = 0$.

    On the manifold the Hessian is $2\sum_i k_i\,\nabla g_i\nabla g_i^\top$.

    Args:
      constraint: $g$, a differentiable function of a point of shape (n,) to a number or a vector;
        its gradients are linearly independent on the manifold.
      stiffness: $k > 0$, a function of the point to a number, or to a vector like $g$'s.

    Returns:
      A function `loss(params)` of a vector of shape (n,) to a scalar.

    Raises:
      ValueError: `constraint` or `stiffness` is not a function.

    Used in {ref}`curved-manifolds`.

    >>> import jax.numpy as jnp
    >>> from lib.valleys import curved_valley
    >>> ring = curved_valley(lambda p: jnp.dot(p, p) - 1, lambda p: 2 + p[0])
    >>> print(ring(jnp.array([1.0, 1.0])))
    3.0
    """
    checks.callable_argument("constraint", constraint, "constraint(params)")
    checks.callable_argument("stiffness", stiffness, "stiffness(params)")

    def loss(params: Float[ArrayLike, " n"]) -> Array:
        point = checks.parameters("params", params)
        return jnp.sum(stiffness(point) * jnp.square(constraint(point)))

    return loss


def _turned(params: Params, angle: Array) -> tuple[Array, Array]:
    """The coordinates along and across a valley turned by an angle."""
    if checks.dtype_of(params) is None or jnp.shape(params) != (2,):
        raise ValueError(
            f"`params` must be a point of the plane, of shape (2,), but it is "
            f"{checks.layout(params)}. Use jax.vmap for many points."
        )
    u, v = checks.parameters("params", params)
    cos, sin = jnp.cos(angle).astype(u.dtype), jnp.sin(angle).astype(u.dtype)
    return u * cos + v * sin, v * cos - u * sin
