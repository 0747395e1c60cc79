r"""The minima of $f = \|UV^\top - M\|_F^2$, and how noise moves a factorization along them.

All minima have one product $UV^\top = M$, and differ in how its size is shared between $U$, of
shape (m, p), and $V$, of shape (n, p). The derivative of the product, $J(\dot U, \dot V)
= \dot UV^\top + U\dot V^\top$, gives half the Hessian, $H = J^\top J$: its null space is the
tangent space, and the eigenvalues of $JJ^\top$, those of $\Lambda \mapsto \Lambda VV^\top
+ UU^\top\Lambda$, are the sums of an eigenvalue of $UU^\top$ and one of $VV^\top$.

Slow motion is given in its own time $T = sk$, in which all learning rates, momenta and batch sizes
agree; see `lib.quasistatic.speed_factor`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.fields import flow
from lib.quasistatic.factors import Factors, factor_pair
from lib.spectra import projector, solve_entries, spectrum

SUCH_AS = "Pass a Python int such as 2."


def factorization_noise(*, sigma: ArrayLike) -> Callable[[Factors, Any], Factors]:
    r"""Hessian noise of the loss $\|UV^\top - M\|_F^2$, exactly: noise in the entries of $M$.

    $$(\sigma\xi V,\; \sigma\xi^\top U), \qquad \xi \in \mathbb R^{m\times n}
      \text{ of independent standard normals}$$

    It is $J^\top\sigma\xi$ with the derivative $J$ of the product $UV^\top$, so its covariance is
    $\sigma^2 J^\top J = \sigma^2 H$, where $H$ is half the Hessian at a minimum.

    Args:
      sigma: $\sigma$, one real number; it may be traced.

    Returns:
      A function `noise(factors, key)` to a tangent, for {func}`lib.noise.noisy_field`.

    Raises:
      ValueError: `sigma` is not one real number. When noise is drawn: the factors are not two
        matrices with as many columns.

    Derived in {ref}`matrix-factorization`.

    >>> import jax, jax.numpy as jnp
    >>> from lib.quasistatic import Factors, factorization_noise
    >>> here = Factors(jnp.zeros((2, 1)), jnp.ones((3, 1)))
    >>> draw = factorization_noise(sigma=1.0)(here, jax.random.key(0))
    >>> print(draw.left.shape, draw.right.T)
    (2, 1) [[0. 0. 0.]]
    """
    scale = checks.real_scalar("sigma", sigma)

    def noise(factors: Factors, key: Any) -> Factors:
        left, right = factor_pair(factors)
        draw = scale * jax.random.normal(key, (left.shape[0], right.shape[0]))
        draw = draw.astype(left.dtype)
        return Factors(draw @ right, draw.T @ left)

    return noise


def factorization_trace(factors: Factors) -> Float[Array, ""]:
    r"""The trace of the true Hessian, $2(n\|U\|_F^2 + m\|V\|_F^2)$, at minima and elsewhere.

    Args:
      factors: $U$ of shape (m, p) and $V$ of shape (n, p).

    Returns:
      A scalar. For m = n it is proportional to $\|U\|^2 + \|V\|^2$, otherwise it is not.

    Raises:
      ValueError: the factors are not two matrices with as many columns.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, factorization_trace
    >>> print(factorization_trace(Factors(jnp.ones((2, 1)), jnp.ones((3, 1)))))
    24.0
    """
    left, right = factor_pair(factors)
    return 2 * (right.shape[0] * jnp.sum(left**2) + left.shape[0] * jnp.sum(right**2))


def imbalance(factors: Factors) -> Float[Array, "p p"]:
    r"""How unequally the factors share the product, $Q = U^\top U - V^\top V$.

    Gradient flow conserves it. Noise does not: for m = n its mean decays as $e^{-n\sigma^2T}$.

    Args:
      factors: $U$ of shape (m, p) and $V$ of shape (n, p).

    Returns:
      $Q$, symmetric, shape (p, p), in squared units of the factors.

    Raises:
      ValueError: the factors are not two matrices with as many columns.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, imbalance
    >>> print(imbalance(Factors(jnp.array([[2.0]]), jnp.array([[1.0]]))))
    [[3.]]
    """
    left, right = factor_pair(factors)
    return left.T @ left - right.T @ right


def flattest_factors(target: Float[ArrayLike, "m n"]) -> Factors:
    r"""The minimum with the smallest trace of the Hessian, $n\,U^\top U = m\,V^\top V$.

    From the singular value decomposition $M = P\Sigma R^\top$,
    $U = (m/n)^{1/4}P\Sigma^{1/2}$ and $V = (n/m)^{1/4}R\Sigma^{1/2}$; the trace is
    $4\sqrt{mn}\,\|M\|_*$ with the sum $\|M\|_*$ of the singular values.

    Args:
      target: $M$, shape (m, n).

    Returns:
      `Factors` of width p = min(m, n). The other minima with this trace have the columns of both
      rotated alike, or columns of zeros beside them.

    Raises:
      ValueError: `target` is not a floating-point matrix.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import flattest_factors, imbalance
    >>> balanced = flattest_factors(jnp.array([[4.0, 0.0], [0.0, 1.0]]))
    >>> print(imbalance(balanced))
    [[0. 0.]
     [0. 0.]]
    """
    target = checks.matrix("target", target)
    left, values, right = jnp.linalg.svd(target, full_matrices=False)
    share = (target.shape[0] / target.shape[1]) ** 0.25
    root = jnp.sqrt(values)[None, :]
    return Factors(share * left * root, right.T * root / share)


def tangent_part(factors: Factors, direction: Factors) -> Factors:
    r"""The part of a direction along the minima, which leaves the product as it is.

    It is the projection on the null space of the derivative of $UV^\top$,

    $$(A, B) - (\Lambda V, \Lambda^\top U), \qquad
      \Lambda VV^\top + UU^\top\Lambda = AV^\top + UB^\top$$

    Args:
      factors: $U$ of shape (m, p) and $V$ of shape (n, p); the rows or the columns of their product
        are linearly independent.
      direction: $(A, B)$ of the same shapes.

    Returns:
      `Factors`, a tangent: to first order it leaves $UV^\top$ as it is.

    Raises:
      ValueError: the factors are not two matrices with as many columns, or the direction does not
        have their shapes.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, tangent_part
    >>> here = Factors(jnp.array([[2.0]]), jnp.array([[1.0]]))
    >>> print(tangent_part(here, Factors(jnp.array([[5.0]]), jnp.array([[0.0]]))))
    Factors(left=Array([[4.]], dtype=float64), right=Array([[-2.]], dtype=float64))
    """
    left, right = factor_pair(factors)
    a, b = checks.tangent_argument(
        "direction", direction, factors, like="factors", remedy="Pass a tangent at these factors."
    )
    normal = _lifted(factors, a @ right.T + left @ b.T)
    return Factors(a - normal.left, b - normal.right)


def factorization_drift(
    factors: Factors, *, sigma: ArrayLike, finite_step: ArrayLike = 0.0
) -> Factors:
    r"""The slow motion of a factorization under Hessian noise, for each unit of $T = sk$.

    $$\Big(\frac{dU}{dT}, \frac{dV}{dT}\Big) = -\frac{\sigma^2}{4}\,\nabla_{\mathcal M}
      \big(n\|U\|_F^2 + m\|V\|_F^2\big)$$

    where $\nabla_{\mathcal M}$ is the part of the gradient along the minima and $s$ is
    {func}`speed_factor`. The bracket is the trace of $H = J^\top J$, half the Hessian, with the
    derivative $J$ of the product $UV^\top$. At a finite learning rate the trace gives way to
    $-\tfrac1a\log\det(I - aH)$ with $a = \eta/(1+\mu)$, as the fast swing then is wider.
    Derivatives are right where eigenvalues coincide. With a finite step, memory grows as $m^2n^2$.

    Args:
      factors: a minimum, $U$ of shape (m, p) and $V$ of shape (n, p).
      sigma: $\sigma$ of {func}`factorization_noise`; it may be traced.
      finite_step: $a$, 0 for the limit of small learning rates, otherwise $\eta/(1+\mu)$, below
        one over the largest eigenvalue of $H$. It may be traced.

    Returns:
      $(\dot U, \dot V)$ as `Factors`.

    Raises:
      ValueError: the factors are not two matrices with as many columns; `sigma` or `finite_step`
        is not one real number; outside `jit`, `finite_step` is not in its range.

    Derived in {ref}`matrix-factorization`, after {cite:t}`ma2022quasistatic`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, factorization_drift
    >>> drift = factorization_drift(Factors(jnp.array([[2.0]]), jnp.array([[1.0]])), sigma=1.0)
    >>> print(f"{drift.left[0, 0]:.1f} {drift.right[0, 0]:.1f}")
    -0.6 0.3
    """
    left, right = factor_pair(factors)
    half_variance = (checks.real_scalar("sigma", sigma) ** 2 / 2).astype(left.dtype)
    finite_step = checks.not_negative("finite_step", finite_step).astype(left.dtype)
    first, second = left @ left.T, right @ right.T
    _check_finite_step(finite_step, first, second)
    of_left, of_right = _pulls(first, second, finite_step)
    along = tangent_part(Factors(left, right), Factors(of_left @ left, of_right @ right))
    return Factors(-half_variance * along.left, -half_variance * along.right)


def factorization_flow(
    start: Factors,
    *,
    sigma: ArrayLike,
    time: ArrayLike,
    finite_step: ArrayLike = 0.0,
    steps: int = 64,
) -> Factors:
    r"""Where the slow motion has taken a factorization after the time $T = sk$.

    The product $UV^\top$ stays, up to the error of the Runge-Kutta scheme of
    {func}`lib.fields.flow`.

    Args:
      start: a minimum.
      sigma: $\sigma$, one real number; it may be traced.
      time: $T$, one real number: the number of steps times {func}`speed_factor`. It may be traced.
      finite_step: as in {func}`factorization_drift`.
      steps: number of Runge-Kutta steps, a positive integer.

    Returns:
      `Factors` of the shapes of the start.

    Raises:
      ValueError: as {func}`factorization_drift` and {func}`lib.fields.flow`.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, factorization_flow, imbalance
    >>> start = Factors(jnp.array([[2.0]]), jnp.array([[1.0]]))
    >>> print(f"{imbalance(factorization_flow(start, sigma=1.0, time=2.0))[0, 0]:.4f}")  # 3 exp(-2)
    0.4060
    """
    return flow(
        lambda factors: factorization_drift(factors, sigma=sigma, finite_step=finite_step),
        start,
        time=time,
        steps=steps,
    )


def square_factorization(
    target: Float[ArrayLike, "n n"], *, sigma: ArrayLike, time: ArrayLike
) -> Factors:
    r"""The slow motion from $U = M$, $V = I$ for a square $M$, in closed form.

    With $M = P\Sigma R^\top$ it is $U = P\operatorname{diag}(a)R^\top$,
    $V = R\operatorname{diag}(b)R^\top$, where

    $$a_i b_i = s_i, \qquad a_i^2 - b_i^2 = (s_i^2 - 1)\,e^{-n\sigma^2T}.$$

    Args:
      target: $M$, shape (n, n).
      sigma: $\sigma$, one real number; it may be traced.
      time: $T$, one real number; it may be traced.

    Returns:
      `Factors(U, V)` of shape (n, n) each.

    Raises:
      ValueError: `target` is not a square floating-point matrix; `sigma` or `time` is not one real
        number.

    Derivatives by `target` need distinct singular values.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import square_factorization
    >>> print(square_factorization(jnp.array([[4.0]]), sigma=1.0, time=30.0))
    Factors(left=Array([[2.]], dtype=float64), right=Array([[2.]], dtype=float64))
    """
    target = checks.matrix("target", target)
    size = target.shape[0]
    if target.shape != (size, size):
        raise ValueError(
            f"`target` must be square, but it has shape {target.shape}. For other shapes use "
            f"factorization_flow."
        )
    decay = jnp.exp(
        -size * checks.real_scalar("sigma", sigma) ** 2 * checks.real_scalar("time", time)
    ).astype(target.dtype)
    left, values, right = jnp.linalg.svd(target)
    gap = (values**2 - 1) * decay
    whole = jnp.sqrt(gap**2 + 4 * values**2)
    # Subtracting would cancel for the smaller of the two squares; the product gives it.
    larger = jnp.sqrt((whole + jnp.abs(gap)) / 2)
    a, b = (
        jnp.where(gap > 0, *pair) for pair in ((larger, values / larger), (values / larger, larger))
    )
    return Factors((left * a[None, :]) @ right, (right.T * b[None, :]) @ right)


def nearest_minimum(
    factors: Factors, target: Float[ArrayLike, "m n"], *, steps: int = 2
) -> Factors:
    r"""A retraction to the minima: a few Gauss-Newton steps, across and not along them.

    A step adds $(\Lambda V, \Lambda^\top U)$ with $\Lambda VV^\top + UU^\top\Lambda = M - UV^\top$.

    Args:
      factors: $U$ of shape (m, p) and $V$ of shape (n, p), near a minimum.
      target: $M$, shape (m, n).
      steps: how many, a whole number from 0; each squares the distance.

    Returns:
      `Factors` of the same shapes.

    Raises:
      ValueError: the factors are not two matrices with as many columns, or `target` is not a
        floating-point matrix of the shape of their product; `steps` is not a whole number
        from 0.

    Derived in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, nearest_minimum
    >>> off = Factors(jnp.array([[2.1]]), jnp.array([[1.0]]))
    >>> near = nearest_minimum(off, jnp.array([[2.0]]), steps=4)
    >>> print(f"{near.left[0, 0] * near.right[0, 0]:.6f}")
    2.000000
    """
    target = checks.matrix("target", target)
    left, right = factor_pair(factors, target.shape)
    target = target.astype(left.dtype)
    for _ in range(checks.whole_number("steps", steps, least=0, remedy=SUCH_AS)):
        move = _lifted(Factors(left, right), target - left @ right.T)
        left, right = left + move.left, right + move.right
    return Factors(left, right)


def _pulls(
    first: Float[Array, "m m"], second: Float[Array, "n n"], finite_step: Float[Array, ""]
) -> tuple[Float[Array, "m m"], Float[Array, "n n"]]:
    r"""What multiplies $U$ and $V$ in half the gradient, from $UU^\top$ and $VV^\top$.

    They are the traces over rows and over columns of $(I - aH)^{-1}$, where $H$ maps $X$ to
    $UU^\top X + XVV^\top$: no eigenvector is differentiated. In bases of eigenvectors they are
    diagonal, the sums of rows and columns of $1/(1 - a(\alpha_i + \gamma_j))$.
    """
    if not checks.is_traced(finite_step) and float(finite_step) == 0:
        rows, columns = first.shape[0], second.shape[0]
        return columns * jnp.eye(rows, dtype=first.dtype), rows * jnp.eye(
            columns, dtype=first.dtype
        )
    left, right = spectrum(first), spectrum(second)
    factors = 1 - finite_step * (left.values[:, None] + right.values[None, :])

    def apply(x: Array) -> Array:
        return x - finite_step * (left.matrix @ x + x @ right.matrix)

    def solve(unit: Array) -> Array:
        return solve_entries(apply, unit, left.vectors, right.vectors, factors)

    size = factors.shape
    units = jnp.eye(size[0] * size[1], dtype=first.dtype).reshape(*size, *size)
    inverse = jax.vmap(jax.vmap(solve))(units)
    return jnp.einsum("ikjk->ij", inverse), jnp.einsum("ikil->kl", inverse)


def _check_finite_step(finite_step: Array, first: Array, second: Array) -> None:
    if any(checks.is_traced(each) for each in (finite_step, first, second)):
        return
    largest = sum(float(np.linalg.eigvalsh(each)[-1]) for each in (first, second))
    if float(finite_step) * largest >= 1:
        raise ValueError(
            f"`finite_step` must be below one over the largest eigenvalue of H, "
            f"{1 / largest:.4g}, or heavy ball diverges, but it is {float(finite_step):.4g}. "
            f"Lower the learning rate."
        )


def _lifted(factors: Factors, change: Float[Array, "m n"]) -> Factors:
    """The smallest direction that changes the product so: Jᵀ(JJᵀ)⁻¹ of the change."""
    left, right = factors
    first, second = spectrum(left @ left.T), spectrum(right @ right.T)
    shares = first.values[:, None] + second.values[None, :]
    # Where both vanish, no direction changes the product; rounding must not be divided by zero.
    least = max(1e-12, 100 * float(jnp.finfo(left.dtype).eps)) * shares[-1, -1]
    no_left, no_right = first.values <= least, second.values <= least
    out_left, out_right = projector(first, no_left), projector(second, no_right)

    def apply(x: Array) -> Array:
        return first.matrix @ x + x @ second.matrix + out_left @ x @ out_right

    multiplier = solve_entries(
        apply,
        change - out_left @ change @ out_right,
        first.vectors,
        second.vectors,
        jnp.where(no_left[:, None] & no_right[None, :], 1.0 + shares, shares),
    )
    return Factors(multiplier @ right, multiplier.T @ left)
