r"""Noisy gradients: a draw of noise is an example, and its field is what a noisy step follows.

The noise of one example has the covariance $C(\theta)$; a batch of $B$ examples has $C/B$. So the
step of {func}`lib.simulate.heavy_ball_step` on a random key follows
$v(\theta, \mathrm{key}) = -\nabla f(\theta) - \xi(\theta, \mathrm{key})/\sqrt B$ with
$\xi \sim \mathcal N(0, C(\theta))$.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float, Key

from lib import checks
from lib.classifiers import check_key
from lib.fields import Params, gradient_field
from lib.spectra import matrix_root

__all__ = [
    "Covariance",
    "Noise",
    "box_muller",
    "gaussian_noise",
    "hessian_covariance",
    "isotropic_noise",
    "noisy_field",
]

Noise = Callable[[Params, Any], Params]
r"""A function `noise(params, key)` to a tangent, $\xi$: the noise of one example."""

Covariance = Callable[[Params], Float[ArrayLike, "n n"]] | Float[ArrayLike, "n n"]
r"""The covariance $C$ of that noise: a symmetric matrix of shape (D, D), or a function of the
parameters to one; D counts the parameters in the order of `jax.flatten_util.ravel_pytree`."""


# Of sine's series, without one factor of the angle: from the power 10 down.
SINE = np.array([(-1) ** n / math.factorial(2 * n + 1) for n in range(5, -1, -1)], np.float32)


def noisy_field(
    loss: Callable[[Params], ArrayLike], noise: Noise, *, batch_size: ArrayLike = 1
) -> Callable[[Params, Any], Params]:
    r"""The field of a noisy gradient, $v(\theta, \mathrm{key}) = -\nabla f(\theta) - \xi/\sqrt B$.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      noise: $\xi$, a function `noise(params, key)` to a tangent: the noise of one example.
      batch_size: $B > 0$, one real number; it may be traced.

    Returns:
      A function `field(params, key)`, for {func}`lib.simulate.heavy_ball_step` or
      {func}`lib.simulate.run_optimizer`; the inputs of {func}`lib.simulate.simulate` are random
      keys.

    Raises:
      ValueError: `loss` or `noise` is not a function; `batch_size` is not one positive number.
        When the field is evaluated: `noise` returns another layout than `params`, or as
        {func}`lib.fields.gradient_field`.

    Used in {ref}`the-valley`.

    >>> import jax
    >>> from lib.noise import isotropic_noise, noisy_field
    >>> field = noisy_field(lambda x: x**2, isotropic_noise(sigma=0.0))
    >>> print(field(3.0, jax.random.key(0)))
    -6.0
    """
    checks.callable_argument("loss", loss, "loss(params)")
    checks.callable_argument("noise", noise, "noise(params, key)")
    size = checks.positive("batch_size", batch_size)
    descent = gradient_field(lambda params, _: loss(params))

    def field(params: Params, key: Any) -> Params:
        params = checks.parameters("params", params)
        draw = noise(params, key)
        checks.returned_layout(
            "`noise`", draw, params, "Noise is a tangent: one entry a parameter."
        )
        return jax.tree.map(
            lambda v, xi: v - xi / jnp.sqrt(size).astype(v.dtype), descent(params, None), draw
        )

    return field


def isotropic_noise(*, sigma: ArrayLike) -> Noise:
    r"""Independent normal noise of one size in every coordinate, $C = \sigma^2 I$.

    Args:
      sigma: $\sigma$, one real number; it may be traced.

    Returns:
      A function `noise(params, key)` to a tangent with the layout of `params`, for
      {func}`noisy_field`.

    Raises:
      ValueError: `sigma` is not one real number.

    >>> import jax
    >>> from lib.noise import isotropic_noise
    >>> print(isotropic_noise(sigma=2.0)(1.0, jax.random.key(0)).shape)
    ()
    """
    scale = checks.real_scalar("sigma", sigma)

    def noise(params: Params, key: Any) -> Params:
        flat, unravel = ravel_pytree(checks.parameters("params", params))
        return unravel(scale.astype(flat.dtype) * jax.random.normal(key, flat.shape, flat.dtype))

    return noise


def gaussian_noise(covariance: Covariance) -> Noise:
    r"""Normal noise with a given covariance, $\xi \sim \mathcal N(0, C(\theta))$.

    The root of $C$ is taken by an eigendecomposition in each draw: meant for few parameters.
    Negative eigenvalues, such as those of a Hessian off the minima, count as zero, as do those that
    are rounding. Derivatives of a draw are right where eigenvalues coincide.

    Args:
      covariance: $C$, a symmetric matrix of shape (D, D), or a function of the parameters to one;
        D counts the parameters in the order of `jax.flatten_util.ravel_pytree`.

    Returns:
      A function `noise(params, key)` to a tangent with the layout of `params`, for
      {func}`noisy_field`.

    Raises:
      ValueError: when noise is drawn: the matrix does not have the shape (D, D).

    >>> import jax, jax.numpy as jnp
    >>> from lib.noise import gaussian_noise
    >>> noise = gaussian_noise(jnp.diag(jnp.array([1.0, 0.0])))
    >>> print(noise(jnp.zeros(2), jax.random.key(0))[1])
    0.0
    """

    def noise(params: Params, key: Any) -> Params:
        flat, unravel = ravel_pytree(checks.parameters("params", params))
        root = matrix_root(covariance_at(covariance, params).astype(float))
        return unravel((root @ jax.random.normal(key, flat.shape)).astype(flat.dtype))

    return noise


def hessian_covariance(
    loss: Callable[[Params], ArrayLike], *, sigma: ArrayLike
) -> Callable[[Params], Float[Array, "n n"]]:
    r"""The covariance of Hessian noise, $C(\theta) = \tfrac{\sigma^2}{2}\nabla^2 f(\theta)$.

    Noise of this kind comes with label noise and, nearly, with any well fitted model: it pushes
    where the loss bends. The half is a convention: for $f = h y^2$ it is $C = \sigma^2 h$.

    Args:
      loss: $f$, a function of the parameters alone to one real number.
      sigma: $\sigma$, one real number; it may be traced.

    Returns:
      A function of the parameters to a matrix of shape (D, D).

    Raises:
      ValueError: `loss` is not a function; `sigma` is not one real number.

    Used in {ref}`the-valley` and {ref}`the-quasistatic-derivation`.

    >>> import jax.numpy as jnp
    >>> from lib.noise import hessian_covariance
    >>> print(hessian_covariance(lambda p: 3.0 * p[1] ** 2, sigma=2.0)(jnp.zeros(2)))
    [[ 0.  0.]
     [ 0. 12.]]
    """
    checks.callable_argument("loss", loss, "loss(params)")
    scale = checks.real_scalar("sigma", sigma)

    def covariance(params: Params) -> Array:
        flat, unravel = ravel_pytree(checks.parameters("params", params))
        bend = jax.hessian(lambda p: loss(unravel(p)))(flat)
        return (scale**2 / 2).astype(flat.dtype) * bend

    return covariance


def covariance_at(covariance: Covariance, params: Params) -> Array:
    """The covariance at the parameters, checked: a real matrix with a row for each of them."""
    found = covariance(params) if callable(covariance) else covariance
    size = ravel_pytree(params)[0].size
    dtype = checks.dtype_of(found)
    is_real = dtype is not None and (
        jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer)
    )
    if not is_real or jnp.shape(found) != (size, size):
        raise ValueError(
            f"The covariance of the noise must be a matrix of shape {(size, size)}, one row for "
            f"each parameter, but it is {checks.layout(found)}."
        )
    return jnp.asarray(found)


def box_muller(key: Key[Array, ""], shape: tuple[int, ...]) -> Float[Array, "..."]:
    r"""Standard normal numbers for many steps at once, from 32 random bits each.

    The transform of Box and Muller makes two independent normal numbers of two uniform ones,
    $\sqrt{-2\ln u}\,(\cos 2\pi v, \sin 2\pi v)$. It is computed in single precision, for the
    noise of long ensembles, several times as fast as `jax.random.normal` in double. The numbers are
    wrong by 5e-8 on average and by 4e-4 at most, near zero; none is beyond 6.8, where one of
    $10^{11}$ should be. The bits are those of `jax.random.bits`, so the same key gives the same
    numbers.

    Args:
      key: one random key.
      shape: of the numbers, such as `(50,)` for fifty steps.

    Returns:
      A float64 array of that shape.

    Raises:
      ValueError: `key` is not one random key; `shape` is not a tuple of whole numbers.

    Used in {ref}`scaling-up`.

    >>> import jax
    >>> from lib.noise import box_muller
    >>> draws = box_muller(jax.random.key(0), (50, 1000))
    >>> print(draws.shape, f"{draws.std():.1f}")
    (50, 1000) 1.0
    """
    check_key(key)
    if not isinstance(shape, tuple):
        raise ValueError(
            f"`shape` must be a tuple of whole numbers, but it is {checks.described(shape)}. Pass "
            f"a tuple such as (50,)."
        )
    shape = tuple(
        checks.whole_number("shape", n, least=0, remedy="Pass a tuple such as (50,).")
        for n in shape
    )
    count = math.prod(shape)
    bits = jax.random.bits(key, (-(-count // 2),), jnp.uint64)  # one hash for two numbers
    # Half a unit more, as no number may be 0; the largest are rounded to 1, where the root is 0.
    u = ((bits >> 32).astype(jnp.uint32).astype(jnp.float32) + 0.5) * 2.0**-32
    # The cosine is the sine of the angle's distance from a right one, a right angle at most: there
    # six terms of the series are exact to rounding, and XLA computes them for many numbers at once,
    # as it does not do with its own sine. Of 2³² steps to a turn, a quarter is 2³⁰, and integers
    # wrap around as angles do.
    turns = bits.astype(jnp.uint32)[None] - jnp.array([[0], [2**30]], jnp.uint32)
    steps = 2**30 - jnp.abs(turns.astype(jnp.int32))
    distance = steps.astype(jnp.float32) * (math.pi * 2.0**-31)
    sine = distance * jnp.polyval(SINE, distance * distance)
    draws = jnp.sqrt(-2 * jnp.log(u))[None] * sine
    return draws.ravel()[:count].reshape(shape).astype(jnp.float64)
