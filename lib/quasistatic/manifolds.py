"""The slow motion along a manifold of minima: its drift, its noise, and both integrated."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.fields import Params, rk4_step
from lib.minima import (
    OFF,
    ManifoldMotion,
    check_minimum,
    counted_dimension,
    in_double,
    in_dtypes_of,
    manifold_dimension,
    one_number,
    solve_across,
    steep_directions,
)
from lib.noise import Covariance, covariance_at
from lib.quasistatic.covariance import check_stable, left_factor, left_side
from lib.simulate import Run, Setting, checked_setting, simulate
from lib.spectra import Spectrum, matrix_root, projector, solve_entries, spectrum


def manifold_drift(
    loss: Callable[[Params], ArrayLike],
    params: Params,
    noise_covariance: Covariance,
    setting: Setting,
    *,
    dimension: int | None = None,
    continuous: bool = True,
) -> ManifoldMotion:
    r"""The slow motion of noisy heavy ball at a point of a manifold of minima.

    Let $P$ project onto the tangent space, the null space of $\mathcal H = \nabla^2f$, and let
    $\nabla^3f[V] = \sum_{ij}V_{ij}\,\partial_i\partial_j\nabla f$. Per unit of $t = k\eta$,

    $$b = -\frac{1}{2(1-\mu)}\,P\,\nabla^3f[V]
      - \frac{\eta}{2(1-\mu)^2B}\,\mathcal H^+\,\nabla^3f[PCP],
      \qquad GG^\top = \frac{\eta}{(1-\mu)^2B}\,PCP .$$

    $V$ solves the equation of {func}`stationary_covariance`, with the tangential block left out:
    it holds how the normal displacements vary, and how they vary together with the tangential
    ones. The second term is Itô's: it keeps $Y$ on a curved manifold. With small
    $\eta\|\mathcal H\|/(1-\mu)^2$ all of it is $\tfrac{1}{(1-\mu)^2B}$ times the motion for SGD
    with $B = 1$.

    Computed in float64, whatever the dtype of the parameters. Derivatives by them and by the
    numbers are right where eigenvalues coincide, as they do on every manifold of two or more
    dimensions. Memory grows as $D^2$ and time as $D^3$: 10 s up to 1,000 parameters, most of it
    compiling, and 28 s and 1.8 GB at 2,000, measured on two processors.

    Args:
      loss: $f$, a function of the parameters alone to one real number, three times differentiable.
      params: a minimum, any pytree of real floating-point arrays with D numbers in all.
      noise_covariance: $C$, the covariance of the gradient noise of one example: a matrix of shape
        (D, D) in the order of `jax.flatten_util.ravel_pytree`, or a function of the
        parameters to one.
      setting: `Setting(learning_rate, momentum, batch_size)`; its numbers may be traced.
      dimension: of the manifold, from 0 to D - 1. By default the eigenvalues of $\mathcal H$ that
        vanish are counted.
      continuous: False for the $V$ of the iteration itself: right at any stable learning rate.

    Returns:
      `ManifoldMotion(drift, diffusion)`: $b$ with the layout of `params` and $G$ of shape (D, D).

    Raises:
      ValueError: `loss` is not a function of the parameters to one real number; the covariance does
        not have shape (D, D); `setting` is not a `Setting`; `dimension` is not in range. Outside
        `jit`: the point is not a minimum; the Hessian has a negative eigenvalue; its eigenvalues do
        not say the dimension, or say another; the covariance is not symmetric and positive
        semidefinite; a number is out of range; heavy ball diverges,
        $\eta\lambda_{\max} \ge 2(1+\mu)$.

    Derived in {ref}`curved-manifolds` and {ref}`momentum-on-the-manifold`. The limit of small
    learning rates without momentum is {cite:t}`li2022zero`'s; with momentum and noise that does
    not reach the tangent space it is {cite:t}`ma2022quasistatic`'s.

    >>> import jax.numpy as jnp
    >>> from lib.noise import hessian_covariance
    >>> from lib.quasistatic import Setting, manifold_drift
    >>> valley = lambda p: (1 + p[0] ** 2) * p[1] ** 2
    >>> noise = hessian_covariance(valley, sigma=1.0)
    >>> motion = manifold_drift(valley, jnp.array([2.0, 0.0]), noise, Setting(0.1))
    >>> print(f"{motion.drift[0]:.4f}")  # -ησ²h'/4
    -0.1000
    """
    parts = _checked_parts(
        "params",
        loss,
        params,
        noise_covariance,
        setting,
        dimension=dimension,
        continuous=continuous,
    )
    params = checks.parameters("params", params)
    unravel = ravel_pytree(in_double(params))[1]
    drift = in_dtypes_of(params, unravel(parts.tangential + parts.curving))
    return ManifoldMotion(drift, parts.diffusion.astype(ravel_pytree(params)[0].dtype))


def manifold_flow(
    loss: Callable[[Params], ArrayLike],
    start: Params,
    noise_covariance: Covariance,
    setting: Setting,
    *,
    iterations: ArrayLike,
    steps: int = 100,
    key: Any = None,
    dimension: int | None = None,
    continuous: bool = True,
    every: int = 1,
) -> Run:
    r"""Follow the slow motion along the minima for the time of a number of iterations.

    Without a key this is the ordinary differential equation of the tangential drift, by
    Runge-Kutta steps. With a key it is the stochastic equation $dY = b\,dt + G\,dW$, by
    Euler-Maruyama steps. Newton steps take each point back to the minima.

    Args:
      loss, noise_covariance, setting: as in {func}`manifold_drift`.
      start: a minimum, any pytree of real floating-point arrays.
      iterations: how many iterations $k$ of heavy ball to follow; the time is $t = k\eta$. It
        may be traced.
      steps: how many steps of the integrator, a positive integer.
      key: a random key for the noise along the manifold; None leaves it out.
      dimension: of the manifold; under `jit` it must be given.
      continuous: as in {func}`manifold_drift`.
      every: the number of the integrator's steps from one kept point to the next, a divisor of
        `steps`.

    Returns:
      `Run(final, trajectory)` of {mod}`lib.simulate`; the leaves of `trajectory` have a leading
      axis of steps/every + 1, at equal distances of time.

    Raises:
      ValueError: as {func}`manifold_drift`; `steps` is not a positive integer; `every` does not
        divide it; `iterations` is not one real number; under `jit`, no `dimension` is given;
        outside `jit`, `iterations` is negative.

    Used in {ref}`curved-manifolds`.

    >>> import jax.numpy as jnp
    >>> from lib.noise import hessian_covariance
    >>> from lib.quasistatic import Setting, manifold_flow
    >>> valley = lambda p: (1 + p[0] ** 2) * p[1] ** 2
    >>> noise = hessian_covariance(valley, sigma=1.0)
    >>> start, setting = jnp.array([5.0, 0.0]), Setting(0.01)
    >>> run = manifold_flow(valley, start, noise, setting, iterations=20000)
    >>> print(f"{run.final[0]:.4f}")  # 5 exp(-1)
    1.8394
    """
    steps = checks.whole_number("steps", steps, remedy="Pass a Python int such as 100.")
    # The loop is traced, so what it starts from is checked before.
    parts = _checked_parts(
        "start",
        loss,
        start,
        noise_covariance,
        setting,
        dimension=dimension,
        continuous=continuous,
    )
    if dimension is None:
        dimension = counted_dimension(parts.steep)
    setting = checked_setting(setting)
    time = setting.learning_rate * checks.not_negative("iterations", iterations) / steps
    start = checks.parameters("start", start)
    flat, unravel = ravel_pytree(in_double(start))

    def flat_loss(p: Array) -> ArrayLike:
        return loss(unravel(p))

    def parts_at(p: Array) -> _Parts:
        noise = covariance_at(noise_covariance, unravel(p)).astype(float)
        return _parts(p, noise, setting, flat_loss, dimension, continuous)

    def drift_step(p: Array, _: Any) -> Array:
        moved = rk4_step(lambda q: parts_at(q).tangential, p, time)
        return _newton(flat_loss, moved, dimension, 3)

    def noisy_step(p: Array, key: Any) -> Array:
        parts = parts_at(p)
        kick = jnp.sqrt(time) * (parts.diffusion @ jax.random.normal(key, p.shape))
        return _newton(flat_loss, p + time * parts.tangential + kick, dimension, 3)

    if key is None:
        run = simulate(drift_step, flat, jnp.arange(steps), every=every)
    else:
        run = simulate(noisy_step, flat, jax.random.split(key, steps), every=every)
    return Run(
        in_dtypes_of(start, unravel(run.final)),
        in_dtypes_of(start, jax.vmap(unravel)(run.trajectory)),
    )


def onto_manifold(
    loss: Callable[[Params], ArrayLike], params: Params, *, dimension: int, steps: int = 8
) -> Params:
    r"""A retraction to the minima: Newton steps $\theta \mapsto \theta - \mathcal H^+\nabla f$.

    $\mathcal H^+$ inverts only the D - `dimension` largest eigenvalues, so the steps go across the
    manifold and not along it. Derivatives by `params` are right where eigenvalues coincide.
    {func}`manifold_flow` ends each of its steps with some of these.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      params: any pytree of real floating-point arrays, near the minima.
      dimension: of the manifold, from 0 to D - 1.
      steps: how many steps, a whole number from 0; each squares the error.

    Returns:
      The minimum, with the layout of `params`.

    Raises:
      ValueError: `loss` is not a function of the parameters to one real number; `dimension` is not
        in range; `steps` is not a whole number from 0; outside `jit`, `params` is not finite.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import onto_manifold
    >>> ring = lambda p: (jnp.dot(p, p) - 1) ** 2
    >>> print(onto_manifold(ring, jnp.array([1.2, 0.0]), dimension=1).round(6))
    [1. 0.]
    """
    checks.callable_argument("loss", loss, "loss(params)")
    params = checks.parameters("params", params)
    flat, unravel = ravel_pytree(in_double(params))
    manifold_dimension(dimension, flat.size)
    steps = checks.whole_number("steps", steps, least=0, remedy="Pass a Python int such as 8.")
    nearest = _newton(lambda p: one_number(loss)(unravel(p)), flat, dimension, steps)
    return in_dtypes_of(params, unravel(nearest))


def in_chart(
    motion: ManifoldMotion, chart: Callable[[Array], Params], coordinates: Float[ArrayLike, " d"]
) -> ManifoldMotion:
    r"""The same motion in coordinates of the manifold.

    For a chart $\varphi$ with the derivative $J$ and $S = J^+G$, Itô's formula gives

    $$du = J^+\Big(b - \tfrac12\sum_{ij}(SS^\top)_{ij}\,\partial_i\partial_j\varphi\Big)dt
      + S\,dW .$$

    Args:
      motion: at the point $\varphi(u)$, from {func}`manifold_drift`.
      chart: $\varphi$, a function of coordinates of shape (d,) to a point with D numbers.
      coordinates: $u$, shape (d,).

    Returns:
      `ManifoldMotion(drift, diffusion)` of shapes (d,) and (d, D): the noise is the same $dW$.

    Raises:
      ValueError: `chart` is not a function or gives another number of parameters. Outside `jit`:
        the motion leaves the image of the chart, which is then not the manifold at this point.

    Used in {ref}`curved-manifolds`.

    >>> import jax.numpy as jnp
    >>> from lib.noise import hessian_covariance
    >>> from lib.quasistatic import Setting, in_chart, manifold_drift
    >>> circle = lambda u: jnp.concatenate([jnp.cos(u), jnp.sin(u)])
    >>> ring = lambda p: (2 + p[0]) * (jnp.dot(p, p) - 1) ** 2
    >>> u = jnp.array([1.0])
    >>> noise = hessian_covariance(ring, sigma=1.0)
    >>> motion = manifold_drift(ring, circle(u), noise, Setting(0.01))
    >>> print(f"{in_chart(motion, circle, u).drift[0]:.5f}")  # -σ²η/8 of d/du of 8 (2 + cos u)
    0.00841
    """
    checks.callable_argument("chart", chart, "chart(coordinates)")
    u = jnp.asarray(coordinates, float)
    drift = ravel_pytree(motion.drift)[0]

    def flat_chart(v: Array) -> Array:
        return ravel_pytree(chart(v))[0]

    if u.ndim != 1 or jax.eval_shape(flat_chart, u).shape != drift.shape:
        raise ValueError(
            f"`chart` must take coordinates of shape (d,) to a point with {drift.size} numbers, "
            f"but from shape {u.shape} it gives "
            f"{checks.layout(jax.eval_shape(chart, u))}."
        )
    jacobian, second = jax.jit(lambda v: (jax.jacfwd(flat_chart)(v), jax.hessian(flat_chart)(v)))(u)
    inverse = jnp.linalg.pinv(jacobian)
    diffusion = inverse @ motion.diffusion
    bending = jnp.einsum("kij,ij->k", second, diffusion @ diffusion.T)
    rest = drift - bending / 2
    _check_tangent(jnp.concatenate([rest[:, None], motion.diffusion], axis=1), jacobian, inverse)
    return ManifoldMotion(inverse @ rest, diffusion)


def _check_tangent(vectors: Array, jacobian: Array, inverse: Array) -> None:
    if checks.is_traced(vectors) or checks.is_traced(jacobian):
        return
    missed = np.abs(vectors - jacobian @ (inverse @ vectors)).max(axis=0)
    if (missed > OFF * np.abs(np.asarray(vectors)).max()).any():
        raise ValueError(
            "The motion leaves the image of `chart`: it is not the manifold of minima at these "
            "coordinates. Take the motion at the point chart(coordinates), and a chart of all of "
            "the manifold's dimensions."
        )


class _Parts(NamedTuple):
    """The motion at a point in flat coordinates, and what it was made from."""

    tangential: Array
    curving: Array
    diffusion: Array
    slope: Array
    hessian: Spectrum
    steep: Array


def _checked_parts(
    name: str,
    loss: Callable[[Params], ArrayLike],
    point: Params,
    noise_covariance: Covariance,
    setting: Setting,
    *,
    dimension: int | None,
    continuous: bool,
) -> _Parts:
    checks.callable_argument("loss", loss, "loss(params)")
    point = in_double(checks.parameters(name, point))
    flat = ravel_pytree(point)[0]
    if dimension is not None:
        dimension = manifold_dimension(dimension, flat.size)
    numbers = checked_setting(setting)
    noise = covariance_at(noise_covariance, point)
    parts = _parts(point, noise.astype(float), numbers, loss, dimension, continuous)
    # The point first: off the minima, its Hessian is no covariance either.
    check_minimum(flat, parts.slope, parts.hessian, dimension, name)
    checks.semidefinite("noise_covariance", noise)
    if not checks.is_traced(parts.hessian.values):
        check_stable(parts.hessian.values[-1], setting)
    return parts


@partial(jax.jit, static_argnums=(3, 4, 5))  # one program instead of a hundred small ones
def _parts(
    point: Params,
    noise: Array,
    setting: Setting,
    loss: Callable[[Params], ArrayLike],
    dimension: int | None,
    continuous: bool,
) -> _Parts:
    rate, mu, size = setting
    flat, unravel = ravel_pytree(point)

    def flat_loss(p: Array) -> Array:
        return one_number(loss)(unravel(p))

    hessian = spectrum(jax.hessian(flat_loss)(flat))
    values, vectors = hessian.values, hessian.vectors
    steep = steep_directions(values, dimension)
    flat_part = projector(hessian, ~steep)
    noise = noise / size
    among = flat_part @ noise @ flat_part

    def apply(v: Array) -> Array:
        """The left side; between two flat directions, where V is nothing, the identity."""
        rest = flat_part @ v @ flat_part
        return left_side(hessian.matrix, v - rest, rate, mu, continuous) + rest

    basis = jax.lax.stop_gradient(vectors)
    either = steep[:, None] | steep[None, :]
    factors = left_factor(values[:, None], values[None, :], rate, mu, continuous)
    factors = jnp.where(either, factors, 1.0)
    right = rate / (1 - mu) * (noise - among)
    spread = solve_entries(apply, right, vectors, vectors, factors)
    along = among * rate / (1 - mu) ** 2

    def third(one: Array, other: Array) -> Array:
        """The third derivative of the loss along two vectors: a gradient."""

        def second(p: Array) -> Array:
            return jax.jvp(jax.grad(flat_loss), (p,), (other,))[1]

        return jax.jvp(second, (flat,), (one,))[1]

    def bend(covariance: Array) -> Array:
        """The third derivatives, contracted: in any constant basis, so in that of eigenvectors."""
        columns = jax.vmap(third)(basis.T, (covariance @ basis).T)
        return jnp.sum(columns, axis=0)

    push, curve = jax.vmap(bend)(jnp.stack([spread, along]))
    return _Parts(
        tangential=-(flat_part @ push) / (2 * (1 - mu)),
        curving=-solve_across(hessian, steep, curve) / 2,
        diffusion=matrix_root(along),
        slope=jax.grad(flat_loss)(flat),
        hessian=hessian,
        steep=steep,
    )


def _newton(loss: Callable[[Array], Array], point: Array, dimension: int, steps: int) -> Array:
    """Newton steps across the manifold."""

    def step(p: Array, _: Any) -> tuple[Array, None]:
        hessian = spectrum(jax.hessian(loss)(p))
        steep = steep_directions(hessian.values, dimension)
        return p - solve_across(hessian, steep, jax.grad(loss)(p)), None

    return jax.lax.scan(step, point, None, length=steps)[0]
