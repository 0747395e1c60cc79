r"""Chapter 3: how fast Adam moves along a valley, and why the valley's direction matters.

The valley is $f = h(x)\,y^2$, turned by an angle $\theta$, with Hessian noise
$C = \sigma^2 h\,nn^\top$; $x$ counts along it and $y$ across. Adam's own scale of time is
$t = k\eta^2$ after $k$ steps, and its numbers are $\sigma_0 = \sigma\eta$ and
$\epsilon_0 = \epsilon\eta$ {cite:p}`malladi2022sdes`. In these units a result for the slow motion
contains no learning rate. Multiply a velocity by $\eta^2$ to get the change in one step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float, Key, PyTree

from lib import checks
from lib.fields import Params
from lib.minima import (
    check_minimum,
    in_double,
    in_dtypes_of,
    one_number,
    steep_directions,
)
from lib.noise import Covariance, Noise, covariance_at, noisy_loss
from lib.simulate import Run, init_state, optimizer_step, simulate
from lib.spectra import matrix_root, projector, spectrum
from lib.valleys import straight_valley, valley_noise

Height = Callable[[Array], ArrayLike]
"""The profile $h$ of a valley: a positive differentiable function of one number."""

SAME_PARAMS = "Start from zeros like the parameters."
ROUNDS = 80  # of the fixed point with damping 1/2: 2^-80 of the first error is left


class MeanMotion(NamedTuple):
    """Where a point on the floor of the valley is, and the mean gradient that moves it."""

    position: Float[ArrayLike, ""]
    """$x$, along the valley."""
    mean: Float[ArrayLike, ""]
    """The mean of Adam's $m$ along the valley."""


class ValleyPath(NamedTuple):
    """Where an optimizer has been in a straight valley, at the steps that were kept."""

    params: Float[Array, "n 2"]
    along: Float[Array, " n"]
    """$x$, the position along the valley."""
    across: Float[Array, " n"]
    """$y$, the distance from its floor."""


class AdamDiffusion(NamedTuple):
    """Adam in continuous time: the parameters, and the running means of gradient and square."""

    params: Params
    mean: Params
    square: Params


def manifold_velocity(
    x: ArrayLike, angle: ArrayLike, h: Height, *, sigma0: ArrayLike, epsilon0: ArrayLike
) -> Float[Array, ""]:
    r"""Adam's velocity along a valley at any angle to the axes, per unit of $t = k\eta^2$.

    $$\dot x = -\frac{\sigma_0^2\,h'(x)}{4\,p_1\,p_2}, \qquad
      p_1 = \sigma_0\sqrt{h}\,|\sin\theta| + \epsilon_0, \quad
      p_2 = \sigma_0\sqrt{h}\,|\cos\theta| + \epsilon_0$$

    With small $\epsilon_0$ it is $-h'/(2h\,|\sin 2\theta|)$, free of $\sigma$. It holds while the
    noise outweighs the gradient in Adam's squares; {func}`refined_velocity` says where that ends.
    Neither decay rate enters, so it is RMSProp's velocity as well.

    Args:
      x: the position along the valley, one real number; it may be traced.
      angle: $\theta$, from the first axis to the valley, in radians; it may be traced.
      h: the height of the valley, a positive differentiable function of $x$.
      sigma0, epsilon0: $\sigma\eta > 0$ and $\epsilon\eta > 0$; they may be traced.

    Returns:
      $\dot x$, one real number.

    Raises:
      ValueError: `h` is not a function; a number is not one real number. Outside `jit`: a number
        is not finite; `sigma0` or `epsilon0` is not positive; $h(x)$ is not positive.

    Derived in {ref}`the-quasistatic-derivation`. {cite:t}`ma2022quasistatic` derive the cases
    $\theta = 0$ (equation 48) and $\theta = \pi/4$ (equation 55).

    >>> import jax.numpy as jnp
    >>> from lib.adam import manifold_velocity
    >>> small = {"sigma0": 1e-3, "epsilon0": 1e-11}
    >>> print(f"{manifold_velocity(1.0, jnp.pi / 4, lambda x: 1 + x**2, **small):.6f}")
    -0.500000
    """
    x, height, slope = _height_and_slope(h, x)
    p = _scales(height, angle, sigma0, epsilon0)
    return -(checks.positive("sigma0", sigma0) ** 2) * slope / (4 * p.along_first * p.along_second)


def momentum_motion(
    state: MeanMotion,
    angle: ArrayLike,
    h: Height,
    *,
    sigma0: ArrayLike,
    epsilon0: ArrayLike,
    rate: ArrayLike,
) -> MeanMotion:
    r"""The motion along the valley with Adam's memory of the gradient still in it.

    $$\dot x = -\frac{m}{p_1 p_2\,Q}, \qquad
      \dot m = c_1\Big(\frac{\sigma_0^2\,h'(x)\,Q}{4} - m\Big), \qquad
      Q = \frac{\sin^2\theta}{p_1} + \frac{\cos^2\theta}{p_2}$$

    per unit of $t = k\eta^2$, with $p_1, p_2$ of {func}`manifold_velocity`, to which it settles
    after a time of about $1/c_1$.

    Args:
      state: `MeanMotion(position, mean)`, two real numbers.
      angle, h, sigma0, epsilon0: as in {func}`manifold_velocity`.
      rate: $c_1 = (1-\beta_1)/\eta^2 > 0$.

    Returns:
      The time derivative, `MeanMotion(position, mean)`.

    Raises:
      ValueError: as {func}`manifold_velocity`; `rate` is not positive.

    Derived in {ref}`the-quasistatic-derivation`, after {cite:t}`ma2022quasistatic`.

    >>> from lib.adam import MeanMotion, momentum_motion
    >>> numbers = {"sigma0": 1.0, "epsilon0": 0.5, "rate": 100.0}
    >>> print(momentum_motion(MeanMotion(1.0, 0.25), 0.0, lambda x: x**2, **numbers))
    MeanMotion(position=Array(-0.5, dtype=float64), mean=Array(8.33333333, dtype=float64))
    """
    _, height, slope = _height_and_slope(h, state.position)
    mean = checks.real_scalar("mean", state.mean)
    p = _scales(height, angle, sigma0, epsilon0)
    pull = checks.positive("sigma0", sigma0) ** 2 * slope * p.across / 4
    return MeanMotion(
        position=-mean / (p.along_first * p.along_second * p.across),
        mean=checks.positive("rate", rate) * (pull - mean),
    )


def refined_velocity(
    x: ArrayLike,
    angle: ArrayLike,
    h: Height,
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
      x, angle, h: as in {func}`manifold_velocity`.
      learning_rate, sigma, eps: $\eta$, $\sigma$ and $\epsilon$, all positive; they may be traced.
      b1: $\beta_1$ in [0, 1). It matters where $\eta\sqrt h/\sigma$ is not small.

    Returns:
      $\dot x$, one real number.

    Raises:
      ValueError: as {func}`manifold_velocity`, for these arguments; outside `jit`: `b1` is not in
        [0, 1).

    Derived in {ref}`the-quasistatic-derivation`.

    >>> from lib.adam import refined_velocity
    >>> speed = refined_velocity(
    ...     2.0, 0.0, lambda x: 1 + x**2, learning_rate=3e-3, sigma=1.0, eps=1e-8
    ... )
    >>> print(f"{-3e-3 * speed:.3f}")  # the step, in units of the learning rate
    0.577
    """
    _, height, slope = _height_and_slope(h, x)
    rate, noise = checks.positive("learning_rate", learning_rate), checks.positive("sigma", sigma)
    small, turn = checks.positive("eps", eps), checks.real_scalar("angle", angle)
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
    point: Params,
    *,
    sigma0: ArrayLike,
    epsilon0: ArrayLike,
    dimension: int,
) -> Params:
    r"""Adam's velocity on any manifold of minima with Hessian noise, per unit of $t = k\eta^2$.

    $$\dot\zeta = -\frac{\sigma_0^2}{8}\,T\,(T^\top PT)^{-1}\,T^\top\,
      \nabla\operatorname{tr}\big(\mathcal H\,P^{-1}\big), \qquad
      P = \sigma_0\operatorname{Diag}\big(\tfrac12\mathcal H\big)^{1/2} + \epsilon_0$$

    with $P$ held fixed in the gradient and the columns of $T$ spanning the tangent space. The
    noise has the covariance $\tfrac{\sigma^2}{2}\mathcal H$. It is chapter 2's motion in the metric
    $P$, and it asks that $P$ changes more slowly than Adam relaxes across the manifold.

    Computed in float64, whatever the dtype of the point. Derivatives are right where eigenvalues
    coincide; where the diagonal of $\mathcal H$ holds a zero, $P$ counts as constant there. Memory
    grows as $D^2$ and time as $D^3$, as {func}`lib.quasistatic.manifold_drift` says in numbers.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      point: a minimum, any pytree of real floating-point arrays with D numbers in all.
      sigma0, epsilon0: $\sigma\eta > 0$ and $\epsilon\eta > 0$; they may be traced.
      dimension: of the manifold, from 0 to D - 1.

    Returns:
      The velocity, with the layout of `point`.

    Raises:
      ValueError: `loss` is not a function of the point to one real number; `dimension` is not in
        range; `sigma0` or `epsilon0` is not one real number. Outside `jit`: one of them is not
        positive; the point is not a minimum; the Hessian has a negative eigenvalue, or its
        eigenvalues say another dimension.

    Derived in {ref}`adam-in-high-dimensions`; {cite:t}`li2025adam` prove the limit of small
    $\epsilon$, where $\operatorname{tr}\operatorname{Diag}(\mathcal H)^{1/2}$ falls.

    >>> import jax.numpy as jnp
    >>> from lib.adam import manifold_drift
    >>> valley = lambda p: (1 + (p[0] - p[1]) ** 2 / 2) * (p[0] + p[1]) ** 2 / 2
    >>> drift = manifold_drift(
    ...     valley, jnp.array([1.0, -1.0]), sigma0=1e-3, epsilon0=1e-11, dimension=1
    ... )
    >>> print(drift.round(4))
    [-0.3333  0.3333]
    """
    checks.callable_argument("loss", loss, "loss(params)")
    noise, small = checks.positive("sigma0", sigma0), checks.positive("epsilon0", epsilon0)
    point = checks.parameters("point", point)
    flat, unravel = ravel_pytree(in_double(point))
    dimension = checks.manifold_dimension(dimension, flat.size)

    def flat_loss(p: Array) -> Array:
        return one_number(loss)(unravel(p))

    hessian = jax.hessian(flat_loss)
    found = spectrum(hessian(flat))
    check_minimum(flat, jax.grad(flat_loss)(flat), found, dimension)
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
    return in_dtypes_of(point, unravel(-(noise**2) / 8 * speed))


def adam_diffusion(
    loss: Callable[[Params], ArrayLike],
    noise_covariance: Covariance,
    *,
    learning_rate: ArrayLike,
    b1: ArrayLike = 0.9,
    b2: ArrayLike = 0.999,
    eps: ArrayLike = 1e-8,
    time_power: int = 2,
) -> tuple[Callable[[AdamDiffusion, Any], AdamDiffusion], Callable[[AdamDiffusion], Array]]:
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
      noise_covariance: $C$ of the gradient noise, as in {func}`lib.noise.covariance_at`.
      learning_rate, eps: $\eta > 0$ and $\epsilon > 0$; they may be traced.
      b1, b2: $\beta_1$ and $\beta_2$ in [0, 1).
      time_power: $p$, 1 or 2.

    Returns:
      Two functions: `drift(state, time)`, the rate of change of an `AdamDiffusion` at a time
      $t > 0$, and `diffusion(state)`, the matrix of shape (D, D) that multiplies $dW$ in $dm$.

    Raises:
      ValueError: `loss` is not a function; a number is not as said. When they are evaluated: `mean`
        or `square` has another layout than `params`; the covariance does not have shape (D, D);
        outside `jit`, a leaf is not finite, or the time is not positive.

    The equation is {cite:t}`malladi2022sdes`'s. Used in {ref}`the-quasistatic-derivation`.

    >>> import jax.numpy as jnp
    >>> from lib.adam import AdamDiffusion, adam_diffusion
    >>> drift, _ = adam_diffusion(lambda x: x**2, jnp.eye(1), learning_rate=0.1)
    >>> print(f"{drift(AdamDiffusion(1.0, 0.5, 1.0), 1e6).params:.2f}")
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

    return drift, diffusion


def run_optimizer(
    optimizer: optax.GradientTransformation,
    loss: Callable[[Params], ArrayLike],
    noise: Noise,
    start: Params,
    keys: PyTree,
    *,
    batch_size: ArrayLike = 1,
    every: int = 1,
) -> Run:
    r"""Run an optimizer of optax on a noisy gradient, $\nabla f(\theta) + \xi/\sqrt B$.

    Args:
      optimizer: any `optax.GradientTransformation`.
      loss: $f$, a function of the parameters alone to one real number.
      noise: $\xi$, a function `noise(params, key)` to a tangent: the noise of one example.
      start: any pytree of real floating-point arrays.
      keys: what `noise` gets at each step, as `jax.random.split(key, steps)`; for a long run of
        many copies, numbers that `noise` folds into a key of its own take less memory.
      batch_size: $B > 0$; it may be traced.
      every: keep only every so many points, a divisor of the number of steps.

    Returns:
      `Run(final, trajectory)` of the parameters; the leaves of `trajectory` have a leading axis of
      steps/every + 1.

    Raises:
      ValueError: as {func}`lib.simulate.init_state`, {func}`lib.noise.noisy_loss` and
        {func}`lib.simulate.simulate`.

    Used in {ref}`adam-in-high-dimensions`.

    >>> import jax, optax
    >>> from lib.adam import run_optimizer
    >>> from lib.noise import isotropic_noise
    >>> keys = jax.random.split(jax.random.key(0), 3)
    >>> run = run_optimizer(optax.sgd(0.5), lambda x: x**2 / 2, isotropic_noise(0.0), 8.0, keys)
    >>> print(run.trajectory)
    [8. 4. 2. 1.]
    """
    step = optimizer_step(optimizer, noisy_loss(loss, noise, batch_size))
    run = simulate(step, init_state(optimizer, start), keys, every=every)
    return Run(run.final.params, run.trajectory.params)


def run_adam(
    loss: Callable[[Params], ArrayLike],
    noise: Noise,
    start: Params,
    keys: PyTree,
    *,
    learning_rate: ArrayLike,
    b1: ArrayLike = 0.9,
    b2: ArrayLike = 0.999,
    eps: ArrayLike = 1e-8,
    batch_size: ArrayLike = 1,
    every: int = 1,
) -> Run:
    r"""Run `optax.adam` on a noisy gradient; with $\beta_1 = 0$ it is RMSProp, bias-corrected.

    Args:
      learning_rate, eps: $\eta > 0$ and $\epsilon > 0$; they may be traced.
      b1, b2: $\beta_1$ and $\beta_2$ in [0, 1); they may be traced.
      loss, noise, start, keys, batch_size, every: as in {func}`run_optimizer`.

    Returns:
      `Run(final, trajectory)` of the parameters.

    Raises:
      ValueError: as {func}`run_optimizer`; a number is not as said.

    Used in {ref}`adam-in-high-dimensions`; Adam is from {cite:t}`kingma2015adam`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.adam import run_adam
    >>> from lib.valleys import straight_valley, valley_noise
    >>> valley = straight_valley(lambda x: 1 + x**2, jnp.pi / 8)
    >>> noise = valley_noise(across=lambda x: jnp.sqrt(1 + x**2), angle=jnp.pi / 8)
    >>> keys = jax.random.split(jax.random.key(0), 100)
    >>> run_adam(valley, noise, jnp.ones(2), keys, learning_rate=1e-3, every=50).trajectory.shape
    (3, 2)
    """
    optimizer = optax.adam(
        checks.positive("learning_rate", learning_rate),
        b1=checks.decay("b1", b1),
        b2=checks.decay("b2", b2),
        eps=checks.positive("eps", eps),
    )
    return run_optimizer(optimizer, loss, noise, start, keys, batch_size=batch_size, every=every)


def run_in_valley(
    optimizer: optax.GradientTransformation,
    h: Height,
    angle: ArrayLike,
    start: ArrayLike,
    key: Key[Array, ""],
    *,
    sigma: ArrayLike,
    steps: int,
    every: int = 1,
) -> ValleyPath:
    r"""Run an optimizer on the valley $h(x)\,y^2$, turned, with noise $C = \sigma^2 h\,nn^\top$.

    Args:
      optimizer: any `optax.GradientTransformation`.
      h: the height of the valley, a positive differentiable function of $x$.
      angle: $\theta$, from the first axis to the valley, in radians; it may be traced.
      start: $x$ at the start, on the floor, one real number; it may be traced.
      key: the random key of the noise.
      sigma: $\sigma > 0$; it may be traced.
      steps: how many steps, a positive integer.
      every: keep only every so many points, a divisor of `steps`.

    Returns:
      `ValleyPath(params, along, across)` with a leading axis of steps/every + 1, the start first.

    Raises:
      ValueError: `optimizer` is not one of optax; `h` is not a function; `angle`, `start` or
        `sigma` is not one real number; `steps` is not a positive integer, or `every` does not
        divide it. Outside `jit`: `sigma` is not positive; $h$ is not positive at the start.

    Used in {ref}`the-rotated-valley`.

    >>> import jax, jax.numpy as jnp, optax
    >>> from lib.adam import run_in_valley
    >>> key = jax.random.key(0)
    >>> for angle in (0.0, jnp.pi / 4):
    ...     path = run_in_valley(
    ...         optax.sgd(0.02), lambda x: 1 + x**2, angle, 2.0, key, sigma=1.0, steps=500
    ...     )
    ...     print(f"{path.along[-1]:.6f}")  # gradient descent does not see the axes
    1.802461
    1.802461
    """
    turn, scale = checks.real_scalar("angle", angle), checks.positive("sigma", sigma)
    position = checks.real_scalar("start", start)
    steps = checks.whole_number("steps", steps, remedy="Pass a Python int such as 1000.")
    _height_and_slope(h, position)  # h > 0 is known at the start only: the loop is traced
    along = jnp.stack([jnp.cos(turn), jnp.sin(turn)])
    across = jnp.stack([-along[1], along[0]])
    noise = valley_noise(across=lambda x: scale * jnp.sqrt(h(x)), angle=turn)
    path = run_optimizer(
        optimizer,
        straight_valley(h, turn),
        lambda params, n: noise(params, jax.random.fold_in(key, n)),
        position * along,
        jnp.arange(steps),
        every=every,
    ).trajectory
    return ValleyPath(path, path @ along, path @ across)


class _Scales(NamedTuple):
    """Adam's divisors times the learning rate, and the step across the valley they allow."""

    along_first: Array
    along_second: Array
    across: Array


def _scales(height: Array, angle: ArrayLike, sigma0: ArrayLike, epsilon0: ArrayLike) -> _Scales:
    turn, small = checks.real_scalar("angle", angle), checks.positive("epsilon0", epsilon0)
    noise = checks.positive("sigma0", sigma0) * jnp.sqrt(height)
    sin, cos = jnp.sin(turn), jnp.cos(turn)
    first, second = noise * jnp.abs(sin) + small, noise * jnp.abs(cos) + small
    return _Scales(first, second, sin**2 / first + cos**2 / second)


def _height_and_slope(h: Height, x: ArrayLike) -> tuple[Array, Array, Array]:
    checks.callable_argument("h", h, "h(x)")
    x = checks.real_scalar("x", x)
    height, slope = jax.value_and_grad(lambda z: jnp.asarray(h(z), float))(x)
    if not checks.is_traced(height) and not (np.isfinite(height) and height > 0):
        raise ValueError(
            f"`h` must be positive, but h({float(x):.4g}) is {float(height):.4g}. The valley rises "
            f"on both sides only where h > 0."
        )
    return x, height, slope
