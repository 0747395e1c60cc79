r"""Vector fields on a tree of parameters: gradient fields, their brackets and their flows.

A field $u$ gives every point $\theta$ a tangent $u(\theta)$ of the same structure as $\theta$.
The bracket is $[u, v] = (u\cdot\nabla)v - (v\cdot\nabla)u = (Dv)u - (Du)v$ in the whole book. With
this sign, following $u$ first and $v$ second ends further along $+[u, v]$ than the other order.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks

FIXES_THE_LOOP = "It fixes the length of the loop, so pass a Python int such as 64."

__all__ = [
    "Field",
    "Params",
    "flow",
    "gradient_field",
    "lie_bracket",
    "rk4_step",
    "value_and_gradient",
]

Params = PyTree[Float[ArrayLike, "..."]]
"""A list, tuple, dict, NamedTuple or any other pytree of real floating-point arrays."""

Field = Callable[[Params], Params]
"""A function from parameters to a tangent of the same structure, shapes and dtypes."""


def gradient_field(loss: Callable[[Params, Any], ArrayLike]) -> Callable[[Params, Any], Params]:
    r"""The field of one training example, $v(\theta, x) = -\nabla_\theta L(\theta, x)$.

    Args:
      loss: $L$, a function `loss(params, example)` to one real number. `params` is any pytree of
        real floating-point arrays; `example` is anything that `loss` understands.

    Returns:
      A function `field(params, example)` to a tangent with the structure, shapes and dtypes of
      `params`. Fix the example for a field of the parameters alone:
      `lambda params: field(params, example)`.

    Raises:
      ValueError: `loss` is not a function. When the field is evaluated: `loss` does not return a
        real floating-point scalar; `params` is empty or has a leaf that is not real
        floating-point; outside `jit`, `params` or the gradient is not finite.

    Derived in {ref}`two-examples`, after {cite:t}`bement2026fields`.

    >>> from lib.fields import gradient_field
    >>> pull = gradient_field(lambda position, target: 0.5 * (position - target) ** 2)
    >>> float(pull(1.0, 3.0))
    2.0
    """
    evaluate = value_and_gradient(loss)

    def field(params: Params, example: Any) -> Params:
        return jax.tree.map(jnp.negative, evaluate(params, example)[1])

    return field


def value_and_gradient(
    loss: Callable[[Params, Any], ArrayLike],
) -> Callable[[Params, Any], tuple[Array, Params]]:
    r"""The loss of one training example and its gradient, from one evaluation.

    {func}`gradient_field` gives minus the gradient alone.

    Args:
      loss: $L$, as in {func}`gradient_field`.

    Returns:
      A function `evaluate(params, example)` to $L(\theta, x)$ and $\nabla_\theta L(\theta, x)$, the
      latter with the layout of `params`.

    Raises:
      ValueError: as {func}`gradient_field`.

    >>> from lib.fields import value_and_gradient
    >>> evaluate = value_and_gradient(lambda position, target: 0.5 * (position - target) ** 2)
    >>> print(*evaluate(1.0, 3.0))
    2.0 -2.0
    """
    checks.callable_argument("loss", loss, "loss(params, example)")

    def checked_loss(params: Params, example: Any) -> Array:
        value = loss(params, example)
        _check_loss_value(value)
        return jnp.asarray(value)

    def evaluate(params: Params, example: Any) -> tuple[Array, Params]:
        params = checks.parameters("params", params)
        value, slope = jax.value_and_grad(checked_loss)(params, example)
        return value, checks.finite("The gradient of `loss`", slope)

    return evaluate


def lie_bracket(u: Field, v: Field) -> Field:
    r"""The Lie bracket of two vector fields, $[u, v] = (u\cdot\nabla)v - (v\cdot\nabla)u$.

    Two forward-mode derivatives, no matrix is formed; cost about that of six evaluations of the
    fields. For gradient fields $u = -g_1$ and $v = -g_2$ with Hessians $\mathcal H_i$ it is
    $\mathcal H_2 g_1 - \mathcal H_1 g_2$.

    Args:
      u, v: functions from a pytree of parameters to a tangent of the same structure, shapes and
        dtypes.

    Returns:
      A field: parameters to tangent. It is zero exactly where the flows of `u` and `v` commute to
      second order.

    Raises:
      ValueError: `u` or `v` is not a function. When the bracket is evaluated: a field returns
        another tree, shapes or dtypes than its argument (both are named); `params` is empty or
        has a leaf that is not real floating-point; outside `jit`, `params` or a field is not
        finite.

    Derived in {ref}`two-examples`. Convention as in {cite:t}`bement2026fields`;
    {cite:t}`dherin2023implicit` meets the same bracket in the modified loss of a pass.

    >>> import jax.numpy as jnp
    >>> from lib.fields import lie_bracket
    >>> turn = lambda p: jnp.stack([-p[1], p[0]])
    >>> shift = lambda p: jnp.array([1.0, 0.0])
    >>> lie_bracket(turn, shift)(jnp.array([2.0, 5.0]))
    Array([ 0., -1.], dtype=float64)
    """
    u, v = _checked_field("u", u), _checked_field("v", v)

    def bracket(params: Params) -> Params:
        params = checks.parameters("params", params)
        _, change_of_v = jax.jvp(v, (params,), (u(params),))
        _, change_of_u = jax.jvp(u, (params,), (v(params),))
        return jax.tree.map(jnp.subtract, change_of_v, change_of_u)

    return bracket


def flow(field: Field, start: Params, *, time: ArrayLike, steps: int = 64) -> Params:
    r"""The point reached after following $\dot\theta = u(\theta)$ from `start` for `time`.

    The classical Runge-Kutta scheme, {func}`rk4_step`, with `steps` equal steps; the error falls
    like $(\mathrm{time}/\mathrm{steps})^4$.

    Args:
      field: $u$, a function from a pytree of parameters to a tangent of the same structure.
      start: any pytree of real floating-point arrays.
      time: how long to follow the field, one real number in the field's unit of time. Negative
        follows it backwards. It may be traced.
      steps: number of steps, a positive Python integer.

    Returns:
      The end point, with the structure, shapes and dtypes of `start`.

    Raises:
      ValueError: `field` is not a function or returns another tree, shapes or dtypes than its
        argument (both are named); `start` is empty or has a leaf that is not real
        floating-point; `time` is not one real number; `steps` is not a positive integer;
        outside `jit`, `start` or `time` is not finite.

    Used in {ref}`the-valley` and {ref}`the-rotated-valley`.

    >>> from lib.fields import flow
    >>> print(f"{flow(lambda x: x, 1.0, time=1.0):.6f}")
    2.718282
    """
    field = _checked_field("field", field)
    steps = checks.whole_number("steps", steps, remedy=FIXES_THE_LOOP)
    step_size = checks.real_scalar("time", time) / steps

    def step(position: Params, _: None) -> tuple[Params, None]:
        return rk4_step(field, position, step_size), None

    end, _ = jax.lax.scan(step, checks.parameters("start", start), None, length=steps)
    return end


def rk4_step(field: Field, params: Params, time: Float[ArrayLike, ""]) -> Params:
    r"""One step of the classical Runge-Kutta scheme along $\dot\theta = u(\theta)$.

    With $\tau$ for the time, $k_i = u(\theta + c_i\tau k_{i-1})$ for $c = (0, \tfrac12, \tfrac12,
    1)$, and the step adds $\tfrac\tau6(k_1 + 2k_2 + 2k_3 + k_4)$. The error of a step is of order
    $\tau^5$. The stages are a loop: the field is compiled once.

    Args:
      field: $u$, whose tangents have the layout of `params`; not checked.
      params: $\theta$, a pytree of JAX arrays.
      time: $\tau$, a scalar.

    Returns:
      The new parameters, with the layout of `params`.

    >>> import jax.numpy as jnp
    >>> from lib.fields import rk4_step
    >>> print(f"{rk4_step(lambda x: x, jnp.asarray(1.0), jnp.asarray(0.1)):.6f}")
    1.105171
    """

    def stage(
        before: tuple[Params, Params], row: tuple[Array, Array]
    ) -> tuple[tuple[Params, Params], None]:
        slope, change = before
        reach, weight = row
        slope = field(_moved(params, reach * time, slope))
        return (slope, _moved(change, weight * time, slope)), None

    zeros = jax.tree.map(jnp.zeros_like, params)
    rows = jnp.array([0.0, 0.5, 0.5, 1.0]), jnp.array([1.0, 2.0, 2.0, 1.0]) / 6
    (_, change), _ = jax.lax.scan(stage, (zeros, zeros), rows)
    return jax.tree.map(jnp.add, params, change)


def _moved(position: Params, length: Array, slope: Params) -> Params:
    """Position plus a length times the slope, in the dtype of each leaf."""
    return jax.tree.map(lambda leaf, rate: leaf + length.astype(leaf.dtype) * rate, position, slope)


def _checked_field(name: str, field: Field) -> Field:
    checks.callable_argument(name, field, "of the parameters alone")

    def checked(params: Params) -> Params:
        return checks.returned_tangent(f"The field `{name}`", field(params), params)

    return checked


def _check_loss_value(value: Any) -> None:
    leaves = jax.tree.leaves(value)
    if not jax.tree_util.all_leaves([value]) or jnp.shape(leaves[0]) != ():
        raise ValueError(
            f"`loss` must return one number, but it returned {checks.layout(value)}. "
            f"Average or sum over what is left, or return only the loss."
        )
    if not jnp.issubdtype(jnp.result_type(leaves[0]), jnp.floating):
        raise ValueError(
            f"`loss` must return a real floating-point number, but it returned "
            f"{checks.layout(value)}. Compute the loss in floats; a count has no gradient."
        )


def scaled(factor: Array, tree: Params) -> Params:
    """A number times a tree, in the dtype of each leaf."""
    return jax.tree.map(lambda leaf: factor.astype(leaf.dtype) * leaf, tree)


def combine(a: ArrayLike, left: Params, b: ArrayLike, right: Params) -> Params:
    """The combination a left + b right of two tangents, in the dtype of each leaf.

    >>> from lib.fields import combine
    >>> print(combine(2.0, 1.0, 3.0, 10.0))
    32.0
    """

    def both(u: ArrayLike, v: ArrayLike) -> Array:
        dtype = jnp.result_type(u)
        return jnp.asarray(a, dtype) * jnp.asarray(u) + jnp.asarray(b, dtype) * v

    return jax.tree.map(both, left, right)
