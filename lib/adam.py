r"""Chapter 3: how fast Adam moves along a valley, and why the valley's direction matters.

The valley is $f = h(x)\,y^2$, turned by an angle $\theta$, with Hessian noise
$C = \sigma^2 h\,nn^\top$, with the unit vector $n$ across it; $x$ counts along it and $y$ across.
Adam's own scale of time is $t = k\eta^2$ after $k$ steps {cite:p}`malladi2022sdes`. Its numbers
there are $\sigma_0 = \sigma\eta$ and $\epsilon_0 = \epsilon\eta$, but the slow motion depends on
their ratio only: a velocity contains no learning rate. Multiply it by $\eta^2$ to get the change in
one step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.fields import Params
from lib.minima import (
    ManifoldMotion,
    check_minimum,
    counted_dimension,
    in_double,
    in_dtypes_of,
    manifold_dimension,
    one_number,
    steep_directions,
)
from lib.noise import Covariance, covariance_at
from lib.spectra import matrix_root, projector, spectrum
from lib.valleys import Valley

SAME_PARAMS = "Start from zeros like the parameters."
ROUNDS = 80  # of the fixed point with damping 1/2: 2^-80 of the first error is left


class MeanMotion(NamedTuple):
    """Where a point on the floor of the valley is, and the mean gradient that moves it."""

    position: Float[ArrayLike, ""]
    """$x$, along the valley."""
    mean: Float[ArrayLike, ""]
    """The mean of Adam's $m$ along the valley."""


class AdamDiffusion(NamedTuple):
    """Adam in continuous time: the parameters, and the running means of gradient and square."""

    params: Params
    r"""$\theta$."""
    mean: Params
    """$m$, with the layout of `params`, in units of the gradient."""
    square: Params
    """$s$, with the layout of `params`, in squared units of the gradient; not negative."""


class AdamEquation(NamedTuple):
    """A stochastic differential equation of Adam, as its two functions."""

    drift: Callable[[AdamDiffusion, Any], AdamDiffusion]
    """`drift(state, time)`: the rate of change at a time $t > 0$."""
    diffusion: Callable[[AdamDiffusion], Array]
    """`diffusion(state)`: the matrix of shape (D, D) that multiplies $dW$ in $dm$."""


def manifold_velocity(
    valley: Valley, x: ArrayLike, *, sigma: ArrayLike, eps: ArrayLike
) -> Float[Array, ""]:
    r"""Adam's velocity along a valley at any angle to the axes, per unit of $t = k\eta^2$.

    $$\dot x = -\frac{\sigma^2\,h'(x)}{4\,p_1\,p_2}, \qquad
      p_1 = \sigma\sqrt{h}\,|\sin\theta| + \epsilon, \quad
      p_2 = \sigma\sqrt{h}\,|\cos\theta| + \epsilon$$

    With small $\epsilon$ it is $-h'/(2h\,|\sin 2\theta|)$, free of $\sigma$. It holds while the
    noise outweighs the gradient in Adam's squares; {func}`refined_velocity` says where that ends.
    Neither decay rate enters, so it is RMSProp's velocity as well.

    Args:
      valley: `Valley(height, angle)`.
      x: the position along the valley, one real number; it may be traced.
      sigma, eps: $\sigma > 0$ and $\epsilon > 0$; they may be traced.

    Returns:
      $\dot x$, one real number.

    Raises:
      ValueError: the valley's height is not a function; a number is not one real number. Outside
        `jit`: a number is not finite; `sigma` or `eps` is not positive; $h(x)$ is not positive.

    Derived in {ref}`the-quasistatic-derivation`. {cite:t}`ma2022quasistatic` derive the cases
    $\theta = 0$ (equation 48) and $\theta = \pi/4$ (equation 55).

    >>> import jax.numpy as jnp
    >>> from lib.adam import manifold_velocity
    >>> from lib.valleys import Valley
    >>> valley = Valley(lambda x: 1 + x**2, jnp.pi / 4)
    >>> print(f"{manifold_velocity(valley, 1.0, sigma=1.0, eps=1e-8):.6f}")
    -0.500000
    """
    height, slope = valley.height_and_slope(x)
    p = _divisors(valley, height, sigma, eps)
    return -(checks.positive("sigma", sigma) ** 2) * slope / (4 * p.first * p.second)


def momentum_motion(
    valley: Valley,
    state: MeanMotion,
    *,
    learning_rate: ArrayLike,
    sigma: ArrayLike,
    eps: ArrayLike,
    b1: ArrayLike = 0.9,
) -> MeanMotion:
    r"""The motion along the valley with Adam's memory of the gradient still in it.

    $$\dot x = -\frac{m}{\eta\,p_1 p_2\,Q}, \qquad
      \dot m = c_1\Big(\frac{\eta\,\sigma^2\,h'(x)\,Q}{4} - m\Big), \qquad
      Q = \frac{\sin^2\theta}{p_1} + \frac{\cos^2\theta}{p_2}$$

    per unit of $t = k\eta^2$, with $c_1 = (1-\beta_1)/\eta^2$ and the $p_1, p_2$ of
    {func}`manifold_velocity`. After a time of about $1/c_1$ the velocity $\dot x$ has settled to
    the one given there.

    Args:
      valley: `Valley(height, angle)`.
      state: `MeanMotion(position, mean)`, two real numbers.
      learning_rate, sigma, eps: $\eta$, $\sigma$ and $\epsilon$, all positive; they may be traced.
      b1: $\beta_1$ in [0, 1); it may be traced.

    Returns:
      The time derivative, `MeanMotion(position, mean)`.

    Raises:
      ValueError: as {func}`manifold_velocity`, for these arguments.

    Derived in {ref}`the-quasistatic-derivation`, after {cite:t}`ma2022quasistatic`.

    >>> from lib.adam import MeanMotion, momentum_motion
    >>> from lib.valleys import Valley
    >>> numbers = {"learning_rate": 0.1, "sigma": 1.0, "eps": 0.5, "b1": 0.0}
    >>> print(momentum_motion(Valley(lambda x: x**2), MeanMotion(1.0, 0.025), **numbers))
    MeanMotion(position=Array(-0.5, dtype=float64), mean=Array(0.83333333, dtype=float64))
    """
    height, slope = valley.height_and_slope(state.position)
    mean = checks.real_scalar("mean", state.mean)
    rate = checks.positive("learning_rate", learning_rate)
    p = _divisors(valley, height, sigma, eps)
    pull = rate * checks.positive("sigma", sigma) ** 2 * slope * p.inverse_across / 4
    return MeanMotion(
        position=-mean / (rate * p.first * p.second * p.inverse_across),
        mean=(1 - checks.decay("b1", b1)) / rate**2 * (pull - mean),
    )


def refined_velocity(
    valley: Valley,
    x: ArrayLike,
    *,
    learning_rate: ArrayLike,
    sigma: ArrayLike,
    eps: ArrayLike,
    b1: ArrayLike = 0.9,
) -> Float[Array, ""]:
    r"""The velocity for steps of finite size, per unit of $t = k\eta^2$.

    It counts the gradient in Adam's squares, and the wider swing of finite steps:

    $$\dot x = -\frac{h'\,Y}{\eta\,P_1P_2\,q}, \qquad
      Y = \frac{\eta\sigma^2q}{4}\Big/\Big(1 - \eta hq\,\frac{1-\beta_1}{1+\beta_1}\Big), \qquad
      q = \frac{\sin^2\theta}{P_1} + \frac{\cos^2\theta}{P_2}, \qquad
      P_i = \sqrt{u_i} + \epsilon$$

    $$u_1 = (\sigma^2h + 4h^2Y)\sin^2\theta + 3h'^2Y^2\cos^2\theta, \quad
      u_2 = (\sigma^2h + 4h^2Y)\cos^2\theta + 3h'^2Y^2\sin^2\theta$$

    where $Y$ is the variance across the valley. The equations are solved by iteration. Near
    $\theta = 0$ they keep the velocity finite when $\epsilon$ is tiny: a step along the valley is
    then about $\eta/\sqrt3$, not $\eta\cdot\sigma h'/(4\epsilon\sqrt h)$. Without the factor of
    finite steps the velocity is $-\sigma^2h'/(4P_1P_2)$, as in {func}`manifold_velocity`.

    Args:
      valley, x: as in {func}`manifold_velocity`.
      learning_rate, sigma, eps: $\eta$, $\sigma$ and $\epsilon$, all positive; they may be traced.
      b1: $\beta_1$ in [0, 1). It matters where $\eta\sqrt h/\sigma$ is not small.

    Returns:
      $\dot x$, one real number.

    Raises:
      ValueError: as {func}`manifold_velocity`, for these arguments; outside `jit`: `b1` is not in
        [0, 1).

    Derived in {ref}`the-quasistatic-derivation`.

    >>> from lib.adam import refined_velocity
    >>> from lib.valleys import Valley
    >>> valley = Valley(lambda x: 1 + x**2)
    >>> speed = refined_velocity(valley, 2.0, learning_rate=3e-3, sigma=1.0, eps=1e-8)
    >>> print(f"{-3e-3 * speed:.3f}")  # the step, in units of the learning rate
    0.577
    """
    height, slope = valley.height_and_slope(x)
    rate, noise = checks.positive("learning_rate", learning_rate), checks.positive("sigma", sigma)
    small, turn = checks.positive("eps", eps), checks.real_scalar("angle", valley.angle)
    memory = checks.decay("b1", b1)
    widening = rate * height * (1 - memory) / (1 + memory)
    sin2, cos2 = jnp.sin(turn) ** 2, jnp.cos(turn) ** 2

    def squares(variance: Array) -> tuple[Array, Array]:
        steep = noise**2 * height + 4 * height**2 * variance
        flat = 3 * (slope * variance) ** 2
        return jnp.sqrt(steep * sin2 + flat * cos2) + small, jnp.sqrt(
            steep * cos2 + flat * sin2
        ) + small

    def mend(_: Any, variance: Array) -> Array:
        first, second = squares(variance)
        share = sin2 / first + cos2 / second
        return (variance + share * (rate * noise**2 / 4 + widening * variance)) / 2

    start = rate * noise / (4 * jnp.sqrt(height))
    variance = jax.lax.fori_loop(0, ROUNDS, mend, start)
    first, second = squares(variance)
    return -slope * variance / (rate * (sin2 * second + cos2 * first))


def manifold_drift(
    loss: Callable[[Params], ArrayLike],
    params: Params,
    *,
    sigma: ArrayLike,
    eps: ArrayLike,
    dimension: int | None = None,
) -> ManifoldMotion:
    r"""Adam's motion on any manifold of minima with Hessian noise, per unit of $t = k\eta^2$.

    $$\dot\zeta = -\frac{\sigma^2}{8}\,T\,(T^\top PT)^{-1}\,T^\top\,
      \nabla\operatorname{tr}\big(\mathcal H\,P^{-1}\big), \qquad
      P = \sigma\operatorname{Diag}\big(\tfrac12\mathcal H\big)^{1/2} + \epsilon$$

    with $P$ held fixed in the gradient and the columns of $T$ spanning the tangent space. The
    noise has the covariance $\tfrac{\sigma^2}{2}\mathcal H$. It is chapter 2's motion in the metric
    $P$, and it asks that $P$ changes more slowly than Adam relaxes across the manifold.

    Computed in float64, whatever the dtype of the parameters. Derivatives are right where
    eigenvalues coincide; where the diagonal of $\mathcal H$ holds a zero, $P$ counts as constant
    there. Memory grows as $D^2$ and time as $D^3$, as {func}`lib.quasistatic.manifold_drift` says
    in numbers.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      params: a minimum, any pytree of real floating-point arrays with D numbers in all.
      sigma, eps: $\sigma > 0$ and $\epsilon > 0$; they may be traced.
      dimension: of the manifold, from 0 to D - 1. By default the eigenvalues of $\mathcal H$ that
        vanish are counted; under `jit` it must be given.

    Returns:
      `ManifoldMotion(drift, diffusion)`: the velocity with the layout of `params`, and zeros of
      shape (D, D), since Hessian noise does not reach the tangent space.

    Raises:
      ValueError: `loss` is not a function of the parameters to one real number; `dimension` is not
        in range; `sigma` or `eps` is not one real number; under `jit`, no `dimension` is given.
        Outside `jit`: one of them is not positive; the point is not a minimum; the Hessian has a
        negative eigenvalue; its eigenvalues do not say the dimension, or say another.

    Derived in {ref}`adam-in-high-dimensions`; {cite:t}`li2025adam` prove the limit of small
    $\epsilon$, where $\operatorname{tr}\operatorname{Diag}(\mathcal H)^{1/2}$ falls.

    >>> import jax.numpy as jnp
    >>> from lib.adam import manifold_drift
    >>> valley = lambda p: (1 + (p[0] - p[1]) ** 2 / 2) * (p[0] + p[1]) ** 2 / 2
    >>> motion = manifold_drift(valley, jnp.array([1.0, -1.0]), sigma=1.0, eps=1e-8)
    >>> print(motion.drift.round(4))
    [-0.3333  0.3333]
    """
    checks.callable_argument("loss", loss, "loss(params)")
    noise, small = checks.positive("sigma", sigma), checks.positive("eps", eps)
    params = checks.parameters("params", params)
    flat, unravel = ravel_pytree(in_double(params))
    if dimension is not None:
        dimension = manifold_dimension(dimension, flat.size)

    def flat_loss(p: Array) -> Array:
        return one_number(loss)(unravel(p))

    hessian = jax.hessian(flat_loss)
    found = spectrum(hessian(flat))
    check_minimum(flat, jax.grad(flat_loss)(flat), found, dimension)
    if dimension is None:
        dimension = counted_dimension(steep_directions(found.values, None))
    bend = jnp.diagonal(found.matrix)
    # The root has no slope at zero; a coordinate along which the loss stays flat keeps its scale.
    bent = bend > 0
    scale = noise * jnp.where(bent, jnp.sqrt(jnp.where(bent, bend, 1.0) / 2), 0.0) + small
    flat_part = projector(found, ~steep_directions(found.values, dimension))
    tangent, fixed = jax.lax.stop_gradient((found.vectors[:, :dimension], scale))

    def metric(x: Array) -> Array:
        """P along the manifold, the identity across it."""
        along = flat_part @ x
        return flat_part @ (scale * along) + x - along

    def solve(_: Any, b: Array) -> Array:
        inner = jnp.linalg.solve(tangent.T @ (fixed[:, None] * tangent), tangent.T @ b)
        return tangent @ inner + b - tangent @ (tangent.T @ b)

    rise = jax.grad(lambda p: jnp.sum(jnp.diagonal(hessian(p)) / scale))(flat)
    speed = jax.lax.custom_linear_solve(metric, flat_part @ rise, solve, symmetric=True)
    drift = in_dtypes_of(params, unravel(-(noise**2) / 8 * speed))
    return ManifoldMotion(drift, jnp.zeros((flat.size, flat.size), ravel_pytree(params)[0].dtype))


def adam_diffusion(
    loss: Callable[[Params], ArrayLike],
    noise_covariance: Covariance,
    *,
    learning_rate: ArrayLike,
    b1: ArrayLike = 0.9,
    b2: ArrayLike = 0.999,
    eps: ArrayLike = 1e-8,
    time_power: int = 2,
) -> AdamEquation:
    r"""Adam's stochastic differential equation, in the time $t = k\eta^2$ or $t = k\eta$.

    $$d\theta = -\frac{\sqrt{\gamma_2}}{\gamma_1}\,
      \frac{\eta\,m}{\sqrt s + \epsilon\sqrt{\gamma_2}}\,dk, \quad
      dm = (1-\beta_1)\big((\nabla f - m)\,dk + C^{1/2}\,dW_k\big), \quad
      ds = (1-\beta_2)(\operatorname{diag}C - s)\,dk$$

    with $\gamma_i = 1 - e^{-(1-\beta_i)k}$. In the unit $t = k\eta^p$ of time $dk = dt/\eta^p$ and
    $dW_k = \eta^{-p/2}dW$. The source writes $s = \sigma^2u$; $p = 2$ is its own scale, where the
    coefficients $c_i = (1-\beta_i)/\eta^2$ stay fixed, and $p = 1$ that of gradient descent.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      noise_covariance: $C$, the covariance of the gradient noise: a matrix of shape (D, D) in the
        order of `jax.flatten_util.ravel_pytree`, or a function of the parameters to one.
      learning_rate, eps: $\eta > 0$ and $\epsilon > 0$; they may be traced.
      b1, b2: $\beta_1$ and $\beta_2$ in [0, 1).
      time_power: $p$, 1 or 2.

    Returns:
      `AdamEquation(drift, diffusion)`, two functions.

    Raises:
      ValueError: `loss` is not a function; a number is not as said. When they are evaluated: `mean`
        or `square` has another layout than `params`; the covariance does not have shape (D, D);
        outside `jit`, a leaf is not finite, or the time is not positive.

    The equation is {cite:t}`malladi2022sdes`'s. Used in {ref}`the-quasistatic-derivation`.

    >>> import jax.numpy as jnp
    >>> from lib.adam import AdamDiffusion, adam_diffusion
    >>> equation = adam_diffusion(lambda x: x**2, jnp.eye(1), learning_rate=0.1)
    >>> print(f"{equation.drift(AdamDiffusion(1.0, 0.5, 1.0), 1e6).params:.2f}")
    -5.00
    """
    checks.callable_argument("loss", loss, "loss(params)")
    rate, small = checks.positive("learning_rate", learning_rate), checks.positive("eps", eps)
    slow1, slow2 = 1 - checks.decay("b1", b1), 1 - checks.decay("b2", b2)
    if time_power not in (1, 2):
        raise ValueError(f"`time_power` must be 1 or 2, but it is {time_power!r}.")
    step = rate**time_power

    def drift(state: AdamDiffusion, time: Any) -> AdamDiffusion:
        params = checks.parameters("params", state.params)
        mean, square = (
            ravel_pytree(checks.tangent_argument(name, part, params, remedy=SAME_PARAMS))[0]
            for name, part in (("mean", state.mean), ("square", state.square))
        )
        slope, unravel = ravel_pytree(jax.grad(one_number(loss))(params))
        noise = jnp.diagonal(covariance_at(noise_covariance, params).astype(float))
        steps = checks.positive("time", time) / step
        bias1, bias2 = -jnp.expm1(-slow1 * steps), -jnp.expm1(-slow2 * steps)
        divisor = jnp.sqrt(square) + small * jnp.sqrt(bias2)
        changes = (
            -jnp.sqrt(bias2) / bias1 * rate * mean / divisor,
            slow1 * (slope - mean),
            slow2 * (noise - square),
        )
        return AdamDiffusion(*(unravel((change / step).astype(slope.dtype)) for change in changes))

    def diffusion(state: AdamDiffusion) -> Array:
        params = checks.parameters("params", state.params)
        root = matrix_root(covariance_at(noise_covariance, params).astype(float))
        dtype = ravel_pytree(params)[0].dtype
        return (slow1 / jnp.sqrt(step) * root).astype(dtype)

    return AdamEquation(drift, diffusion)


class _Divisors(NamedTuple):
    """Adam's divisors in both coordinates, and the mean of their inverses across the valley."""

    first: Array
    second: Array
    inverse_across: Array


def _divisors(valley: Valley, height: Array, sigma: ArrayLike, eps: ArrayLike) -> _Divisors:
    turn, small = checks.real_scalar("angle", valley.angle), checks.positive("eps", eps)
    noise = checks.positive("sigma", sigma) * jnp.sqrt(height)
    sin, cos = jnp.sin(turn), jnp.cos(turn)
    first, second = noise * jnp.abs(sin) + small, noise * jnp.abs(cos) + small
    return _Divisors(first, second, sin**2 / first + cos**2 / second)
