r"""Losses whose minima form a curve or a surface, and the noise of their gradients.

A valley is flat along its floor and rises across it. What matters is how its *width* changes along
the floor: noise across the valley then moves you along it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, Key

from lib import checks
from lib.fields import Params
from lib.noise import Noise, noisy_field
from lib.simulate import run_optimizer

Height = Callable[[Array], ArrayLike]
"""The profile $h$ of a valley: a positive differentiable function of one number."""

Profile = ArrayLike | Callable[[Array], ArrayLike]
"""A number, or a function of the coordinate along the valley to one."""


class Valley(NamedTuple):
    r"""The valley $f = h(x)\,y^2$, whose minima are the line $y = 0$, turned by an angle $\theta$.

    At the point $(u, v)$ of the plane

    $$x = u\cos\theta + v\sin\theta, \qquad y = -u\sin\theta + v\cos\theta .$$

    On the floor the Hessian is $2h$ across the valley and zero along it. `loss(params)` is $f$;
    `along(params)` and `across(params)` are $x$ and $y$ of a point or of a path, `point(x, y)` goes
    back; `noise(along=, across=)` and `hessian_noise(sigma=)` give functions
    `noise(params, key)` for {func}`lib.noise.noisy_field`.

    Derived in {ref}`the-valley`; the example is {cite:t}`ma2022quasistatic`'s.

    >>> import jax.numpy as jnp
    >>> from lib.valleys import Valley
    >>> valley = Valley(lambda x: 1 + x**2)
    >>> print(valley.loss(jnp.array([3.0, 0.5])))
    2.5
    >>> print(Valley(valley.height, jnp.pi / 2).point(3.0, 0.5).round(3))
    [-0.5  3. ]
    """

    height: Height
    """$h$, a positive differentiable function of $x$."""
    angle: ArrayLike = 0.0
    r"""$\theta$, from the first axis to the valley, in radians; it may be traced."""

    def along(self, params: Float[ArrayLike, "*n 2"]) -> Float[Array, "*n"]:
        """$x$, the coordinate along the valley, of a point or of each point of a path.

        Raises:
          ValueError: `params` has not two real floats along its last axis; `angle` is not one real
            number.
        """
        u, v, cos, sin = self._turned(params)
        return u * cos + v * sin

    def across(self, params: Float[ArrayLike, "*n 2"]) -> Float[Array, "*n"]:
        """$y$, the distance from the floor, of a point or of each point of a path.

        Raises:
          ValueError: as {func}`Valley.along`.
        """
        u, v, cos, sin = self._turned(params)
        return v * cos - u * sin

    def point(self, x: ArrayLike, y: ArrayLike = 0.0) -> Float[Array, "2"]:
        """The point of the plane with the coordinates $x$ along the valley and $y$ across it.

        Raises:
          ValueError: `x`, `y` or `angle` is not one real number.
        """
        x, y = checks.real_scalar("x", x), checks.real_scalar("y", y)
        turn = checks.real_scalar("angle", self.angle)
        cos, sin = jnp.cos(turn), jnp.sin(turn)
        return jnp.stack([x * cos - y * sin, x * sin + y * cos])

    def loss(self, params: Float[ArrayLike, "2"]) -> Float[Array, ""]:
        """The loss at one point of the plane.

        Raises:
          ValueError: `height` is not a function; `angle` is not one real number; `params` is not a
            vector of two real floats.
        """
        checks.callable_argument("height", self.height, "height(x)")
        _check_plane(params)
        y = self.across(params)
        return jnp.asarray(self.height(self.along(params)), y.dtype) * y**2

    def noise(self, *, along: Profile = 0.0, across: Profile = 0.0) -> Noise:
        r"""Independent normal noise along and across the valley.

        $$C(x) = \alpha(x)^2\,tt^\top + \beta(x)^2\,nn^\top$$

        with the unit vectors $t$ along and $n$ across. Isotropic noise is
        $\alpha = \beta = \sigma$; for Hessian noise see {func}`Valley.hessian_noise`.

        Args:
          along, across: the standard deviations $\alpha$ and $\beta$, each a number or a function
            of $x$, the coordinate along the valley.

        Returns:
          A function `noise(params, key)` to a tangent of shape (2,), for
          {func}`lib.noise.noisy_field`.

        Raises:
          ValueError: when noise is drawn: `angle` is not one real number; `params` is not a vector
            of two real floats.
        """

        def draw(params: Params, key: Any) -> Array:
            _check_plane(params)
            x = self.along(params)
            draws = jax.random.normal(key, (2,)).astype(x.dtype)
            alpha, beta = (
                jnp.asarray(part(x) if callable(part) else part, x.dtype)
                for part in (along, across)
            )
            return self.point(alpha * draws[0], beta * draws[1]).astype(x.dtype)

        return draw

    def hessian_noise(self, *, sigma: ArrayLike) -> Noise:
        r"""Hessian noise of the valley's floor, $C = \sigma^2 h(x)\,nn^\top$: across it only.

        Args:
          sigma: $\sigma$, one real number; it may be traced.

        Returns:
          A function `noise(params, key)` to a tangent of shape (2,).

        Raises:
          ValueError: `height` is not a function; `sigma` is not one real number; and as
            {func}`Valley.noise`.
        """
        checks.callable_argument("height", self.height, "height(x)")
        scale = checks.real_scalar("sigma", sigma)
        return self.noise(across=lambda x: scale.astype(x.dtype) * jnp.sqrt(self.height(x)))

    def height_and_slope(self, x: ArrayLike) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """$h(x)$ and $h'(x)$; a concrete height must be positive.

        Raises:
          ValueError: `height` is not a function, or not positive at `x`; `x` is not one real
            number.
        """
        checks.callable_argument("height", self.height, "height(x)")
        x = checks.real_scalar("x", x)
        height, slope = jax.value_and_grad(lambda z: jnp.asarray(self.height(z), float))(x)
        if not checks.is_traced(height) and not (np.isfinite(height) and height > 0):
            raise ValueError(
                f"`height` must be positive, but h({float(x):.4g}) is {float(height):.4g}. The "
                f"valley rises on both sides only where h > 0."
            )
        return height, slope

    def _turned(self, params: Params) -> tuple[Array, Array, Array, Array]:
        """Both coordinates of the plane, and the cosine and sine of the angle in their dtype."""
        if checks.dtype_of(params) is None or jnp.shape(params)[-1:] != (2,):
            raise ValueError(
                f"`params` must be points of the plane, of shape (…, 2), but it is "
                f"{checks.layout(params)}. Pass both coordinates along the last axis."
            )
        params = checks.parameters("params", params)
        turn = checks.real_scalar("angle", self.angle)
        cos, sin = (part.astype(params.dtype) for part in (jnp.cos(turn), jnp.sin(turn)))
        return params[..., 0], params[..., 1], cos, sin


class ValleyPath(NamedTuple):
    """Where an optimizer has been in a valley, at the steps that were kept."""

    params: Float[Array, "n 2"]
    """The points of the plane, shape (n, 2)."""
    along: Float[Array, " n"]
    """$x$, the position along the valley, shape (n,)."""
    across: Float[Array, " n"]
    """$y$, the distance from its floor with its sign, shape (n,)."""


def run_in_valley(
    optimizer: optax.GradientTransformation,
    valley: Valley,
    start: ArrayLike,
    key: Key[Array, ""],
    *,
    sigma: ArrayLike,
    steps: int,
    every: int = 1,
) -> ValleyPath:
    r"""Run an optimizer on a valley $h(x)\,y^2$ with Hessian noise.

    It has the covariance $C = \sigma^2 h\,nn^\top$, with the unit vector $n$ across the valley.

    Args:
      optimizer: any `optax.GradientTransformation` that takes the gradient alone.
      valley: `Valley(height, angle)`.
      start: $x$ at the start, on the floor, one real number; it may be traced.
      key: the random key of the noise.
      sigma: $\sigma > 0$; it may be traced.
      steps: how many steps, a positive integer.
      every: the number of steps from one kept point to the next, a divisor of `steps`.

    Returns:
      `ValleyPath(params, along, across)` with a leading axis of steps/every + 1, the start first.

    Raises:
      ValueError: `optimizer` is not one of optax; the valley's height is not a function; its angle,
        `start` or `sigma` is not one real number; `steps` is not a positive integer, or `every`
        does not divide it. Outside `jit`: `sigma` is not positive; $h$ is not positive at the
        start.

    Used in {ref}`the-rotated-valley`.

    >>> import jax, jax.numpy as jnp, optax
    >>> from lib.valleys import Valley, run_in_valley
    >>> key = jax.random.key(0)
    >>> for angle in (0.0, jnp.pi / 4):
    ...     valley = Valley(lambda x: 1 + x**2, angle)
    ...     path = run_in_valley(optax.sgd(0.02), valley, 2.0, key, sigma=1.0, steps=500)
    ...     print(f"{path.along[-1]:.6f}")  # gradient descent does not see the axes
    1.802461
    1.802461
    """
    position = checks.real_scalar("start", start)
    noise = valley.hessian_noise(sigma=checks.positive("sigma", sigma))
    steps = checks.whole_number("steps", steps, remedy="Pass a Python int such as 1000.")
    valley.height_and_slope(position)  # h > 0 is known at the start only: the loop is traced
    field = noisy_field(valley.loss, lambda params, n: noise(params, jax.random.fold_in(key, n)))
    path = run_optimizer(
        optimizer, field, valley.point(position), jnp.arange(steps), every=every
    ).trajectory
    return ValleyPath(path, valley.along(path), valley.across(path))


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


def _check_plane(params: Params) -> None:
    if checks.dtype_of(params) is None or jnp.shape(params) != (2,):
        raise ValueError(
            f"`params` must be a point of the plane, of shape (2,), but it is "
            f"{checks.layout(params)}. Use jax.vmap for many points."
        )
