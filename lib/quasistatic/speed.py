r"""Speed and range: the two numbers in which learning rate, momentum and batch size act.

Slow motion along a manifold of minima covers $T = sk$ of its own time in $k$ steps, and the fast
swing across it has a variance proportional to $r$:

$$s = \frac{\eta^2}{B(1-\mu)^2}, \qquad r = \frac{\eta}{B(1-\mu)}.$$

Both are leading order: they hold where $\eta\lambda \ll 2(1+\mu)$ for every eigenvalue $\lambda$ of
the true Hessian, and where the memory of $1/(1-\mu)$ steps is short beside the slow motion.
"""

from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.simulate import Setting, checked_momentum, checked_setting


def speed_factor(setting: Setting) -> Float[Array, ""]:
    r"""How much slow time one step covers, $s = \eta^2 / (B(1-\mu)^2)$.

    Args:
      setting: $(\eta, \mu, B)$ of heavy ball as in {func}`lib.simulate.heavy_ball_step`; the
        numbers may be traced.

    Returns:
      $s$, a scalar. Two runs that have covered the same $sk$ are at the same place of the slow
      motion.

    Raises:
      ValueError: `setting` is not a `Setting` of real numbers or, outside `jit`, one is not in its
        range.

    Derived in {ref}`learning-rate-batch-size-momentum`, after {cite:t}`ma2022quasistatic`.

    >>> from lib.quasistatic import Setting, speed_factor
    >>> print(f"{speed_factor(Setting(0.002, 0.8, 2)):.1e}")
    5.0e-05
    """
    rate, mu, size = checked_setting(setting)
    return (rate / (1 - mu)) ** 2 / size


def range_factor(setting: Setting) -> Float[Array, ""]:
    r"""How far the fast swing reaches, $r = \eta / (B(1-\mu))$: the temperature of the run.

    With noise of covariance $\sigma^2 H$, where $H$ is half the Hessian, the variance across the
    manifold is $r\sigma^2/4$ in every direction.

    Args:
      setting: $(\eta, \mu, B)$; the numbers may be traced.

    Returns:
      $r$, a scalar.

    Raises:
      ValueError: as {func}`speed_factor`.

    Derived in {ref}`learning-rate-batch-size-momentum`, after {cite:t}`ma2022quasistatic`.

    >>> from lib.quasistatic import Setting, range_factor
    >>> print(f"{range_factor(Setting(0.002, 0.8, 2)):.3f}")
    0.005
    """
    rate, mu, size = checked_setting(setting)
    return rate / (1 - mu) / size


def scaled_setting(
    setting: Setting, *, factor: ArrayLike, momentum: ArrayLike | None = None
) -> Setting:
    r"""The setting whose steps are $c$ times as fast, at the same range.

    $$B' = cB, \qquad \frac{\eta'}{1-\mu'} = c\,\frac{\eta}{1-\mu},
      \qquad\text{so that}\quad s' = cs,\quad r' = r$$

    The same slow time then takes $1/c$ of the steps and the same number of examples $kB = T/r^2$.

    Args:
      setting: $(\eta, \mu, B)$, with the ranges of {func}`speed_factor`.
      factor: $c$, above 0; 1 changes the momentum only.
      momentum: the new $\mu'$, from 0 to below 1; by default it stays. Each may be traced.

    Returns:
      `Setting(learning_rate, momentum, batch_size)`; $B' = cB$ is not rounded.

    Raises:
      ValueError: as {func}`speed_factor`, for all the numbers.

    Derived in {ref}`learning-rate-batch-size-momentum`; with a fixed momentum it is the linear
    scaling rule of {cite:t}`goyal2017accurate`.

    >>> from lib.quasistatic import Setting, scaled_setting
    >>> after = scaled_setting(Setting(0.005), factor=2.0, momentum=0.8)
    >>> print(f"{after.learning_rate:.3f} {after.momentum:.1f} {after.batch_size:.0f}")
    0.002 0.8 2
    """
    rate, before, size = checked_setting(setting)
    factor = checks.positive("factor", factor)
    after = before if momentum is None else checked_momentum(momentum)
    return Setting(factor * rate / (1 - before) * (1 - after), after, factor * size)


def largest_learning_rate(curvature: ArrayLike, *, momentum: ArrayLike = 0.0) -> Float[Array, ""]:
    r"""The stability threshold of heavy ball, $2(1+\mu)/\lambda$: from there it diverges.

    Args:
      curvature: $\lambda$, the largest eigenvalue of the true Hessian, above 0.
      momentum: $\mu$, from 0 to below 1. Each may be traced.

    Returns:
      The bound, a scalar. On $f = h(x)y^2$, $\lambda = 2h(x)$.

    Raises:
      ValueError: an argument is not one real number or, outside `jit`, not in its range.

    Derived in {ref}`learning-rate-batch-size-momentum`, after {cite:t}`polyak1964methods`.

    >>> from lib.quasistatic import largest_learning_rate
    >>> print(f"{largest_learning_rate(52.0, momentum=0.9):.4f}")
    0.0731
    """
    return 2 * (1 + checked_momentum(momentum)) / checks.positive("curvature", curvature)
