"""Steps of optimizers on one example, and one runner for all of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import ArrayLike, PyTree

from lib import checks
from lib.fields import Params, combine, gradient_field


class OptimizerState(NamedTuple):
    """Everything a step changes: the parameters, and the memory of the optimizer."""

    params: Params
    opt_state: PyTree


class HeavyBall(NamedTuple):
    r"""The state of heavy ball: $\theta$ and the velocity $M$, of one layout."""

    params: Params
    velocity: Params


class Run(NamedTuple):
    """What a simulation leaves behind."""

    final: PyTree
    """The state after the last step."""
    trajectory: PyTree
    """The start and the states kept: the leaves of the state with a leading axis of n/every + 1."""


def gradient_step(
    field: Callable[[Params, Any], Params], learning_rate: ArrayLike
) -> Callable[[Params, Any], Params]:
    r"""One step of gradient descent, $\theta \mapsto \theta + \varepsilon\,v(\theta, x)$.

    Args:
      field: $v$, a function `field(params, example)` to a tangent with the structure, shapes and
        dtypes of `params`, as `lib.fields.gradient_field` returns it.
      learning_rate: $\varepsilon$, one real number; negative steps uphill. It may be traced.

    Returns:
      A function `step(params, example)` to the new parameters.

    Raises:
      ValueError: `field` is not a function; `learning_rate` is not one real number or, outside
        `jit`, not finite. When the step is taken: the field returns another tree, shapes or
        dtypes than `params`; `params` is empty, has a leaf that is not real floating-point, or,
        outside `jit`, one that is not finite.

    Used in {ref}`two-examples`.

    >>> from lib.simulate import gradient_step
    >>> step = gradient_step(lambda position, target: target - position, 0.5)
    >>> float(step(1.0, 3.0))
    2.0
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)

    def step(params: Params, example: Any) -> Params:
        params = checks.parameters(params)
        tangent = checks.tangent("`field`", field(params, example), params)
        return jax.tree.map(lambda leaf, v: leaf + rate.astype(leaf.dtype) * v, params, tangent)

    return step


def heavy_ball_step(
    field: Callable[[Params, Any], Params], learning_rate: ArrayLike, momentum: ArrayLike
) -> Callable[[HeavyBall, Any], HeavyBall]:
    r"""One step with momentum, $M' = \mu M + \varepsilon v(\theta, x)$, $\theta' = \theta + M'$.

    Args:
      field: $v$, a function `field(params, example)`.
      learning_rate: $\varepsilon$, one real number; it may be traced.
      momentum: $\mu$, one real number, 1 included; it may be traced.

    Returns:
      A function `step(state, example)` from `HeavyBall` to `HeavyBall`.

    Raises:
      ValueError: `field` is not a function; `learning_rate` or `momentum` is not one real number.
        When the step is taken: `velocity` or the field's tangent has another layout than `params`;
        outside `jit`, one of them is not finite.

    Derived in {ref}`momentum-and-order`.

    >>> from lib.simulate import HeavyBall, heavy_ball_step
    >>> step = heavy_ball_step(lambda position, x: x - position, 0.1, 0.9)
    >>> print(step(HeavyBall(0.0, 1.0), 1.0))
    HeavyBall(params=Array(1., dtype=float64), velocity=Array(1., dtype=float64))
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    friction = checks.real_scalar("momentum", momentum)

    def step(state: HeavyBall, example: Any) -> HeavyBall:
        params, velocity = heavy_ball_state(state.params, state.velocity)
        tangent = checks.tangent("`field`", field(params, example), params)
        velocity = combine(friction, velocity, rate, tangent)
        return HeavyBall(jax.tree.map(jnp.add, params, velocity), velocity)

    return step


def heavy_ball_state(params: Params, velocity: Params) -> HeavyBall:
    """The two as a checked state: real floating-point arrays of one layout."""
    params, velocity = checks.parameters(params), checks.parameters(velocity)
    checks.same_layout("`velocity`", velocity, params, "Start from zeros like the parameters.")
    return HeavyBall(params, velocity)


def init_state(optimizer: optax.GradientTransformation, params: Params) -> OptimizerState:
    """The state before the first step.

    Args:
      optimizer: any `optax.GradientTransformation`.
      params: any pytree of real floating-point arrays.

    Returns:
      `OptimizerState(params, opt_state)`.

    Raises:
      ValueError: `optimizer` is not one of optax; `params` is empty, has a leaf that is not real
        floating-point, or one that is not finite.

    Used in {ref}`adam-and-muon`.

    >>> import optax
    >>> from lib.simulate import init_state
    >>> init_state(optax.sgd(0.1), {"weight": 2.0}).params
    {'weight': Array(2., dtype=float64)}
    """
    _check_optimizer(optimizer)
    params = checks.parameters(params)
    return OptimizerState(params, optimizer.init(params))


def optimizer_step(
    optimizer: optax.GradientTransformation, loss: Callable[[Params, Any], ArrayLike]
) -> Callable[[OptimizerState, Any], OptimizerState]:
    r"""One step of an optimizer on one example, as a map on its whole state.

    Args:
      optimizer: any `optax.GradientTransformation`; those that ask for the loss's value, or for
        the loss itself, are given them.
      loss: $L$, a function `loss(params, example)` to one real number.

    Returns:
      A function `step(state, example)` from `OptimizerState` to `OptimizerState`, for
      {func}`simulate` and {func}`lib.brackets.order_gap`.

    Raises:
      ValueError: `optimizer` is not one of optax, or `loss` is not a function. When stepping: as
        {func}`lib.fields.gradient_field`.

    Used in {ref}`adam-and-muon`.

    >>> import optax
    >>> from lib.simulate import init_state, optimizer_step
    >>> optimizer = optax.sgd(0.1)
    >>> step = optimizer_step(optimizer, lambda position, target: 0.5 * (position - target) ** 2)
    >>> print(step(init_state(optimizer, 1.0), 3.0).params)
    1.2
    """
    _check_optimizer(optimizer)
    field = gradient_field(loss)
    optimizer = optax.with_extra_args_support(optimizer)

    def step(state: OptimizerState, example: Any) -> OptimizerState:
        params = checks.parameters(state.params)
        slope = jax.tree.map(jnp.negative, field(params, example))
        with jax.numpy_dtype_promotion("standard"):  # optax raises floats to integer powers
            updates, opt_state = optimizer.update(
                slope,
                state.opt_state,
                params,
                value=loss(params, example),
                grad=slope,
                value_fn=lambda p: loss(p, example),
            )
        return OptimizerState(optax.apply_updates(params, updates), opt_state)

    return step


def simulate(
    step: Callable[[PyTree, Any], PyTree], state: PyTree, inputs: PyTree, *, every: int = 1
) -> Run:
    r"""Apply a step once for every input, $s_{k+1} = \mathrm{step}(s_k, x_k)$, in one loop.

    Args:
      step: a function `step(state, input)` to a state of the same structure, shapes and dtypes.
      state: the start $s_0$, any pytree of arrays, integers and random keys included.
      inputs: what the n steps get, such as examples or random keys: any pytree of arrays whose
        first axis has length n.
      every: keep only every so many states, a positive integer that divides n; a long run fits
        into memory then.

    Returns:
      `Run(final, trajectory)`; the leaves of `trajectory` have a leading axis of length
      n/every + 1, the start first.

    Raises:
      ValueError: `step` is not a function or changes the layout of the state (both are named);
        `state` holds no array or something else; the leaves of `inputs` are not arrays that share
        a first axis; `every` does not divide its length.

    Used in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.simulate import simulate
    >>> simulate(lambda total, x: total + x, 0.0, jnp.array([1.0, 2.0])).trajectory
    Array([0., 1., 3.], dtype=float64)
    """
    checks.callable_argument("step", step, "step(state, input)")
    leaves = jax.tree.leaves(state)
    if not leaves or any(checks.dtype_of(leaf) is None for leaf in leaves):
        raise ValueError(
            f"`state` must be one or more arrays, but it is {state!r}. "
            f"Pass the parameters to start from."
        )
    steps = _count_inputs(inputs)
    if type(every) is not int or every < 1 or steps % every:
        raise ValueError(
            f"`every` must be a positive integer that divides the {steps} steps, but it is "
            f"{every!r}. Pass a divisor, or 1 to keep all states."
        )
    # A plain number would change its type in the loop; an array keeps it.
    state = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.result_type(leaf)), state)
    first = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), inputs)
    checks.same_layout(
        "`step`", jax.eval_shape(step, state, first), state, "A step must keep the state's layout."
    )

    def body(before: PyTree, x: Any) -> tuple[PyTree, PyTree]:
        after = step(before, x)
        return after, after

    def stretch(before: PyTree, some: PyTree) -> tuple[PyTree, PyTree]:
        after = jax.lax.scan(lambda s, x: (step(s, x), None), before, some)[0]
        return after, after

    if every == 1:
        final, later = jax.lax.scan(body, state, inputs)
    else:
        stretches = jax.tree.map(
            lambda leaf: leaf.reshape(steps // every, every, *leaf.shape[1:]), inputs
        )
        final, later = jax.lax.scan(stretch, state, stretches)
    trajectory = jax.tree.map(
        lambda start, rest: jnp.concatenate([start[None], rest]), state, later
    )
    return Run(final, trajectory)


def _count_inputs(inputs: PyTree) -> int:
    lengths = {leaf.shape[0] if jnp.ndim(leaf) else None for leaf in jax.tree.leaves(inputs)}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            f"`inputs` must be arrays whose first axis counts the steps, but they are "
            f"{checks.layout(inputs)}. Stack the inputs of the steps along the first axis; if a "
            f"step needs none, pass jnp.arange(n)."
        )
    return lengths.pop()


def _check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, optax.GradientTransformation):
        raise ValueError(
            f"`optimizer` must be an optax.GradientTransformation, but it is the "
            f"{type(optimizer).__name__} {optimizer!r}. Call the factory, for example "
            f"optax.adam(1e-3)."
        )
