r"""Directions other than the gradient's: what a flow makes of a gradient, as a function.

A direction is a function `direction(gradient, params)` to the velocity of the parameters, with
their layout. {func}`lib.mirror.steepest_direction` and {func}`lib.polar.polar_factor` make the
flows of signs and of Muon; the natural gradient needs the network itself and is here.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, PyTree

from lib import checks

Direction = Callable[[PyTree, PyTree], PyTree]
"""A function of the gradient and the parameters to the velocity of the parameters."""


def natural_direction(
    apply: Callable[[PyTree, Any], ArrayLike], inputs: PyTree, *, damping: ArrayLike
) -> Direction:
    r"""The direction of natural gradient flow, $-(F(\theta) + \epsilon I)^{-1}\nabla L$.

    $$F(\theta) = \frac1N\sum_nJ_n^\top J_n, \qquad
      J_n = \partial_\theta\,\mathtt{apply}(\theta, x_n)$$

    is the Fisher matrix of a network whose outputs carry Gaussian noise of variance 1; for the
    squared loss it is the matrix of Gauss and Newton. It maps the span of the fields of all
    examples into itself, and so does the damped inverse: natural gradient flow has exactly the
    conservation laws of gradient flow.

    Args:
      apply: the network, a function `apply(params, x)` to an array of real numbers.
      inputs: $x_n$, arrays with a leading axis of length N.
      damping: $\epsilon$, above 0; it may be traced.

    Returns:
      A function `direction(gradient, params)` to a tangent with the layout of `params`.

    Raises:
      ValueError: `apply` is not a function; `inputs` have no leading axis, or not the same;
        `damping` is not one real number above 0. When the direction is evaluated: `gradient` has
        not the layout of `params`.

    Derived in {ref}`laws-in-other-geometries`, after {cite:t}`amari1998natural`.

    >>> import jax.numpy as jnp
    >>> from lib.conservation import natural_direction
    >>> downhill = natural_direction(lambda p, x: p * x, jnp.array([1.0, 2.0]), damping=0.5)
    >>> print(downhill(jnp.array(6.0), jnp.array(1.0)))  # -6 / (2.5 + 0.5)
    -2.0
    """
    checks.callable_argument("apply", apply, "apply(params, x)")
    count = checks.leading_axis("inputs", inputs, "inputs", "Stack the inputs on a first axis.")
    damping = checks.positive("damping", damping)

    def direction(gradient: PyTree, params: PyTree) -> PyTree:
        params = checks.parameters("params", params)
        gradient = checks.tangent_argument("gradient", gradient, params)
        point, unravel = ravel_pytree(params)

        def outputs(theta: Array) -> Array:
            return ravel_pytree(jax.vmap(lambda x: apply(unravel(theta), x))(inputs))[0]

        slopes = jax.jacrev(outputs)(point)
        fisher = slopes.T @ slopes / count + damping * jnp.eye(point.size)
        return unravel(-jnp.linalg.solve(fisher, ravel_pytree(gradient)[0]))

    return direction
