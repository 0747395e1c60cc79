"""How fast an error shrinks: the order of convergence, measured."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from lib import checks


def convergence_order(
    step_sizes: ArrayLike | Sequence[float], errors: ArrayLike | Sequence[float]
) -> Float[Array, ""]:
    r"""The exponent $p$ of $\mathrm{error} \approx C\,\varepsilon^p$, by least squares.

    $$p = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}{\sum_i (x_i - \bar x)^2},
      \qquad x_i = \log\varepsilon_i,\; y_i = \log\mathrm{error}_i$$

    Args:
      step_sizes: $\varepsilon_i > 0$, shape (n,) with n at least 2, not all alike.
      errors: the errors at these step sizes, positive, shape (n,).

    Returns:
      The slope $p$ of the straight line through the points on logarithmic axes.

    Raises:
      ValueError: the shapes differ or hold fewer than two points; outside `jit`, a number is not
        positive and finite, or all step sizes are alike.

    Used in {ref}`two-examples`.

    >>> from lib.convergence import convergence_order
    >>> print(f"{convergence_order([0.1, 0.01], [3e-2, 3e-4]):.3f}")
    2.000
    """
    step_sizes, errors = jnp.asarray(step_sizes, float), jnp.asarray(errors, float)
    if step_sizes.shape != errors.shape or step_sizes.ndim != 1 or step_sizes.size < 2:
        raise ValueError(
            "`step_sizes` and `errors` must be two vectors of one length of at least 2, but their "
            f"shapes are {step_sizes.shape} and {errors.shape}. Pass one error for each step size."
        )
    for name, values in (("step_sizes", step_sizes), ("errors", errors)):
        if (
            not checks.is_traced(values)
            and not (np.isfinite(values) & (np.asarray(values) > 0)).all()
        ):
            raise ValueError(
                f"`{name}` must be positive and finite to have logarithms, but they are {values}. "
                "Leave out the points that are zero, negative or not finite."
            )
    if not checks.is_traced(step_sizes) and np.ptp(step_sizes) == 0:
        raise ValueError(
            f"`step_sizes` must not all be alike, but all are {step_sizes[0]}. "
            "Measure the error at two step sizes or more."
        )
    x, y = jnp.log(step_sizes), jnp.log(errors)
    x, y = x - jnp.mean(x), y - jnp.mean(y)
    return jnp.sum(x * y) / jnp.sum(x**2)
