"""How widely heavy ball scatters around a minimum: in continuous time, and exactly."""

from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.simulate import Setting, checked_setting
from lib.spectra import solve_entries, spectrum


def stationary_covariance(
    hessian: Float[ArrayLike, "n n"],
    noise_covariance: Float[ArrayLike, "n n"],
    setting: Setting,
    *,
    continuous: bool = True,
) -> Float[Array, "n n"]:
    r"""The covariance $V$ of the parameters around a minimum, once it no longer changes.

    In continuous time it is the solution of

    $$\mathcal HV + V\mathcal H
      + \frac{\eta}{2(1-\mu)^2}\big(V\mathcal H^2 + \mathcal H^2V - 2\mathcal HV\mathcal H\big)
      = \frac{\eta}{(1-\mu)B}\,C .$$

    The iteration $M' = \mu M - \eta(\mathcal Hz + \xi/\sqrt B)$, $z' = z + M'$ itself has the
    covariance that solves

    $$\mathcal HV + V\mathcal H
      + \frac{\eta\mu}{(1+\mu)(1-\mu)^2}\big(V\mathcal H^2 + \mathcal H^2V
      - 2\mathcal HV\mathcal H\big) - \frac{\eta}{1+\mu}\,\mathcal HV\mathcal H
      = \frac{\eta}{(1-\mu)B}\,C .$$

    Both are solved entry by entry in a basis of eigenvectors of $\mathcal H$, with no iteration.
    Derivatives solve the differentiated equation: they are right where eigenvalues coincide.

    Args:
      hessian: $\mathcal H$, the true Hessian at the minimum, in the directions in which the loss
        rises: symmetric and positive definite, of shape (n, n).
      noise_covariance: $C$, the covariance of the gradient noise of one example: symmetric and
        positive semidefinite, of shape (n, n).
      setting: `Setting(learning_rate, momentum, batch_size)`; its numbers may be traced.
      continuous: False for the covariance of the iteration itself.

    Returns:
      $V$, a symmetric matrix of shape (n, n), in squared units of the parameters.

    Raises:
      ValueError: the matrices are not square and of one shape; `setting` is not a `Setting`
        of real numbers. Outside `jit`: a matrix is not symmetric and definite as above; a number is
        out of range; the iteration diverges, $\eta\lambda_{\max} \ge 2(1+\mu)$, where `continuous`
        is False.

    Derived in {ref}`curved-manifolds` and {ref}`momentum-on-the-manifold`. The first equation is
    equation 39 of {cite:t}`ma2022quasistatic`, who write it for half the Hessian.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Setting, stationary_covariance
    >>> hessian, noise, setting = jnp.array([[4.0]]), jnp.array([[2.0]]), Setting(0.1)
    >>> print(stationary_covariance(hessian, noise, setting))
    [[0.025]]
    >>> print(stationary_covariance(hessian, noise, setting, continuous=False))
    [[0.03125]]
    """
    hessian = checks.symmetric("hessian", hessian)
    noise = checks.semidefinite("noise_covariance", noise_covariance)
    if noise.shape != hessian.shape:
        raise ValueError(
            f"`hessian` and `noise_covariance` must have one shape, but they have "
            f"{hessian.shape} and {noise.shape}. Restrict both to the same directions."
        )
    rate, mu, size = checked_setting(setting)
    found = spectrum(hessian)
    values = found.values
    if not checks.is_traced(values) and float(values[0]) <= 0:
        raise ValueError(
            f"`hessian` must be positive definite, but its smallest eigenvalue is "
            f"{float(values[0]):.3g}. Restrict it to the directions in which the loss rises."
        )
    if not continuous:
        check_stable(values[-1], setting)
    return solve_entries(
        lambda v: left_side(found.matrix, v, rate, mu, continuous),
        rate / (1 - mu) / size * noise,
        found.vectors,
        found.vectors,
        left_factor(values[:, None], values[None, :], rate, mu, continuous),
    )


def left_side(hessian: Array, v: Array, rate: Array, mu: Array, continuous: bool) -> Array:
    r"""The left side of the equation of the stationary covariance, linear in $V$."""
    once, both = hessian @ v, hessian @ v @ hessian
    double = hessian @ once + v @ hessian @ hessian - 2 * both
    sides = once + v @ hessian
    if continuous:
        return sides + rate / (2 * (1 - mu) ** 2) * double
    return sides + rate / (1 + mu) * (mu / (1 - mu) ** 2 * double - both)


def left_factor(a: Array, b: Array, rate: Array, mu: Array, continuous: bool) -> Array:
    r"""By what the left side multiplies the entry between two eigenvectors of the Hessian."""
    if continuous:
        return a + b + rate / (2 * (1 - mu) ** 2) * (a - b) ** 2
    return a + b + rate / (1 + mu) * (mu / (1 - mu) ** 2 * (a - b) ** 2 - a * b)


def check_stable(largest: Array, setting: Setting) -> None:
    """Raise where heavy ball diverges in the steepest direction; traced numbers pass."""
    rate, mu, _ = setting
    if any(checks.is_traced(number) for number in (largest, rate, mu)):
        return
    bound = 2 * (1 + float(mu)) / float(largest)
    if float(rate) >= bound:
        raise ValueError(
            f"`learning_rate` must be below 2(1 + momentum)/λ = {bound:.4g}, or heavy ball "
            f"diverges, but it is {float(rate):.4g}; λ = {float(largest):.4g} is the largest "
            f"eigenvalue of the Hessian. Lower the learning rate."
        )
