"""The gap between two orders of two steps: exactly, and order by order in the learning rate."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, PyTree

from lib import checks
from lib.fields import Params, lie_bracket, scaled
from lib.simulate import KEEPS_LAYOUT


class GapExpansion(NamedTuple):
    r"""The first two orders of the gap of two gradient steps, each a tangent."""

    second_order: Params
    r"""$\varepsilon^2 [v_x, v_y]$."""
    third_order: Params
    r"""$\tfrac{\varepsilon^3}{2}\big(D^2v_y(v_x, v_x) - D^2v_x(v_y, v_y)\big)$."""


def order_gap(step: Callable[[PyTree, Any], PyTree], state: PyTree, x: Any, y: Any) -> PyTree:
    r"""The state after the steps x, y minus the state after the steps y, x.

    $$\Delta = \Phi_y(\Phi_x(s)) - \Phi_x(\Phi_y(s)), \qquad \Phi_x(s) = \mathrm{step}(s, x)$$

    Args:
      step: a function `step(state, example)` to a state of the same structure, shapes and
        dtypes; for plain gradient steps {func}`lib.simulate.gradient_step`.
      state: where both orders start, any pytree of arrays.
      x, y: the two examples, anything that `step` understands.

    Returns:
      The difference, leaf by leaf; integer leaves give the integer difference, booleans -1, 0 or
      1, and random keys the difference of their words.

    Raises:
      ValueError: `step` is not a function, or changes the layout of the state (both are named).

    Derived in {ref}`two-examples`, after {cite:t}`bement2026fields`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import order_gap
    >>> double_then_add = order_gap(lambda s, f: f(s), 1.0, lambda s: 2 * s, lambda s: s + 1)
    >>> print(double_then_add)
    -1.0
    """
    checks.callable_argument("step", step, "step(state, example)")
    after_both = []
    for first, second in ((x, y), (y, x)):
        between = step(state, first)
        end = step(between, second)
        for after in (between, end):
            checks.returned_layout("`step`", after, state, KEEPS_LAYOUT)
        after_both.append(end)
    return jax.tree.map(_difference, *after_both)


def _difference(left: ArrayLike, right: ArrayLike) -> Array:
    if jax.dtypes.issubdtype(checks.dtype_of(left), jax.dtypes.prng_key):
        left, right = jax.random.key_data(left), jax.random.key_data(right)
    elif jnp.issubdtype(checks.dtype_of(left), jnp.bool_):
        left, right = jnp.asarray(left, jnp.int32), jnp.asarray(right, jnp.int32)
    return jnp.subtract(left, right)


def gap_expansion(
    field: Callable[[Params, Any], Params],
    params: Params,
    x: Any,
    y: Any,
    *,
    learning_rate: ArrayLike,
) -> GapExpansion:
    r"""The gap of two gradient steps, order by order in the learning rate.

    $$\theta_{x\to y} - \theta_{y\to x} = \varepsilon^2[v_x, v_y]
      + \tfrac{\varepsilon^3}{2}\big(D^2v_y(v_x, v_x) - D^2v_x(v_y, v_y)\big) + O(\varepsilon^4)$$

    The cubic term needs second derivatives of the fields along themselves: nested forward mode,
    no matrix is formed.

    Args:
      field: $v$, a function `field(params, example)`, for instance from
        {func}`lib.fields.gradient_field`.
      params: $\theta$, any pytree of real floating-point arrays.
      x, y: the two examples; the gap is x first minus y first.
      learning_rate: $\varepsilon$, one real number; it may be traced.

    Returns:
      `GapExpansion(second_order, third_order)`, two tangents with the layout of `params`.

    Raises:
      ValueError: as {func}`lib.fields.lie_bracket`; `field` is not a function; `learning_rate`
        is not one real number.

    Derived in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import gap_expansion
    >>> bilinear = lambda p, matrix: matrix @ p  # linear fields: no cubic term
    >>> lower, upper = jnp.array([[0.0, 0.0], [1.0, 0.0]]), jnp.array([[0.0, 1.0], [0.0, 0.0]])
    >>> start = jnp.array([1.0, 2.0])
    >>> gap = gap_expansion(bilinear, start, lower, upper, learning_rate=0.1)
    >>> print(gap.second_order, gap.third_order)
    [ 0.01 -0.02] [0. 0.]
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    params = checks.parameters("params", params)

    def v_x(p: Params) -> Params:
        return checks.returned_tangent("`field`", field(p, x), p)

    def v_y(p: Params) -> Params:
        return checks.returned_tangent("`field`", field(p, y), p)

    bracket = lie_bracket(v_x, v_y)(params)
    bend_y = second_derivative_along(v_y, params, v_x(params))
    bend_x = second_derivative_along(v_x, params, v_y(params))

    return GapExpansion(
        second_order=scaled(rate**2, bracket),
        third_order=scaled(rate**3 / 2, jax.tree.map(jnp.subtract, bend_y, bend_x)),
    )


def gap_series(
    make_step: Callable[[ArrayLike], Callable[[PyTree, Any], PyTree]],
    state: PyTree,
    x: Any,
    y: Any,
    *,
    orders: int = 3,
) -> list[PyTree]:
    r"""The Taylor coefficients of an order gap in the learning rate, for any differentiable step.

    $$\Delta(\varepsilon) = c_0 + c_1\varepsilon + c_2\varepsilon^2 + \dots, \qquad
      c_k = \frac{1}{k!}\,\frac{d^k\Delta}{d\varepsilon^k}(0)$$

    by nested forward mode, exactly. The first that does not vanish is the leading order.

    Args:
      make_step: a function of the learning rate to a `step(state, example)`; for optax:
        `lambda rate: optimizer_step(optax.adam(rate), loss)`.
      state: where both orders start, any pytree; only floating-point leaves are differentiated.
      x, y: the two examples; the gap is x first minus y first.
      orders: how many coefficients beyond $c_0$, at least 0. Each doubles the cost.

    Returns:
      `[c_0, …, c_orders]`, each with the structure of `state`.

    Raises:
      ValueError: `make_step` is not a function; `orders` is not a whole number from 0; and as
        {func}`order_gap`.

    Used in {ref}`adam-and-order`.

    >>> from lib.brackets import gap_series
    >>> from lib.simulate import gradient_step
    >>> pull = lambda position, target: target - position
    >>> make_step = lambda rate: gradient_step(pull, learning_rate=rate)
    >>> series = gap_series(make_step, 0.0, 1.0, 3.0)
    >>> print([f"{c:.1f}" for c in series])
    ['0.0', '0.0', '2.0', '0.0']
    """
    checks.callable_argument("make_step", make_step, "make_step(learning_rate)")
    orders = checks.whole_number("orders", orders, least=0, remedy="Pass a Python int such as 3.")

    def gap(rate: ArrayLike) -> PyTree:
        return order_gap(make_step(rate), state, x, y)

    series, derivative = [], gap
    for order in range(orders + 1):
        at_zero = derivative(jnp.asarray(0.0))
        series.append(jax.tree.map(lambda leaf, k=order: leaf / math.factorial(k), at_zero))
        derivative = _derivative(derivative)
    return series


def _derivative(function: Callable[[Any], PyTree]) -> Callable[[Any], PyTree]:
    """The derivative of a function of one number, leaf by leaf; integer leaves give zeros."""

    def derivative(number: Any) -> PyTree:
        tangent = jax.jvp(function, (number,), (jnp.ones_like(number),))[1]
        return jax.tree.map(
            lambda leaf: jnp.zeros(leaf.shape) if leaf.dtype == jax.dtypes.float0 else leaf, tangent
        )

    return derivative


def second_derivative_along(
    field: Callable[[Params], Params], params: Params, direction: Params
) -> Params:
    r"""The second derivative of a field along one direction, $D^2v(\theta)(w, w)$.

    Args:
      field: $v$, a function of the parameters alone.
      params, direction: $\theta$ and $w$, two pytrees of one layout.

    Returns:
      A tangent with the layout of `params`.

    Raises:
      ValueError: `field` is not a function, or returns another tree, shapes or dtypes than its
        argument; `params` is empty or has a leaf that is not real floating-point; `direction` has
        another layout than `params`; outside `jit`, one of them or the field is not finite.

    The cubic term of {func}`gap_expansion` is made of two. Derived in {ref}`two-examples`.

    >>> from lib.brackets import second_derivative_along
    >>> print(second_derivative_along(lambda p: p**3, 2.0, 1.0))
    12.0
    """
    checks.callable_argument("field", field, "of the parameters alone")
    params = checks.parameters("params", params)
    direction = checks.tangent_argument(
        "direction", direction, params, remedy="Pass a tangent at these parameters."
    )

    checks.returned_tangent("`field`", field(params), params)

    def first(p: Params) -> Params:
        return jax.jvp(field, (p,), (direction,))[1]

    return jax.jvp(first, (params,), (direction,))[1]
