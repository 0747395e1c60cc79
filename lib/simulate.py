"""Steps of optimizers on one example, and one runner for all of them."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import optax.contrib
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks
from lib.fields import Params, combine, value_and_gradient

KEEPS_LAYOUT = "A step must keep the state's layout."


__all__ = [
    "Ensemble",
    "HeavyBall",
    "OptimizerState",
    "Run",
    "Setting",
    "ensemble",
    "field_step",
    "gradient_step",
    "heavy_ball_step",
    "init_state",
    "optimizer_step",
    "run_optimizer",
    "simulate",
]


class OptimizerState(NamedTuple):
    """Everything a step changes: the parameters, and the memory of the optimizer."""

    params: Params
    r"""$\theta$."""
    opt_state: PyTree
    """What the optimizer remembers, as its `init` of optax makes it."""


class Setting(NamedTuple):
    r"""What a run of noisy heavy ball is set to: $\eta$, $\mu$ and $B$."""

    learning_rate: ArrayLike
    r"""$\eta$, above 0."""
    momentum: ArrayLike = 0.0
    r"""$\mu$, from 0 to below 1."""
    batch_size: ArrayLike = 1
    """$B$, above 0: the covariance of the gradient's noise is that of one example over $B$."""


class HeavyBall(NamedTuple):
    r"""The state of heavy ball: $\theta$ and the velocity $M$, of one layout."""

    params: Params
    velocity: Params


class Run(NamedTuple):
    """What a simulation leaves behind."""

    final: PyTree
    """The state after the last step."""
    trajectory: PyTree
    """The start and the states kept: the leaves of the state with a leading axis of n/every + 1,
    for n steps."""


class Ensemble(NamedTuple):
    """Runs with different random keys, and what they say together."""

    runs: PyTree
    """What each run returned: an axis for the keys in front, and one for the settings before it."""
    mean: PyTree
    """The mean over the keys."""
    error: PyTree
    """Its standard error: the standard deviation of a run over the root of their number."""


def gradient_step(
    field: Callable[[Params, Any], Params], *, learning_rate: ArrayLike
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
    >>> step = gradient_step(lambda position, target: target - position, learning_rate=0.5)
    >>> float(step(1.0, 3.0))
    2.0
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)

    def step(params: Params, example: Any) -> Params:
        params = checks.parameters("params", params)
        tangent = checks.returned_tangent("`field`", field(params, example), params)
        return jax.tree.map(lambda leaf, v: leaf + rate.astype(leaf.dtype) * v, params, tangent)

    return step


def heavy_ball_step(
    field: Callable[[Params, Any], Params], *, learning_rate: ArrayLike, momentum: ArrayLike
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
    >>> step = heavy_ball_step(lambda position, x: x - position, learning_rate=0.1, momentum=0.9)
    >>> print(step(HeavyBall(0.0, 1.0), 1.0))
    HeavyBall(params=Array(1., dtype=float64), velocity=Array(1., dtype=float64))
    """
    checks.callable_argument("field", field, "field(params, example)")
    rate = checks.real_scalar("learning_rate", learning_rate)
    mu = checks.real_scalar("momentum", momentum)

    def step(state: HeavyBall, example: Any) -> HeavyBall:
        params, velocity = heavy_ball_state(state.params, state.velocity)
        tangent = checks.returned_tangent("`field`", field(params, example), params)
        velocity = combine(mu, velocity, rate, tangent)
        return HeavyBall(jax.tree.map(jnp.add, params, velocity), velocity)

    return step


def heavy_ball_state(params: Params, velocity: Params) -> HeavyBall:
    """The two as a checked state: real floating-point arrays of one layout."""
    params = checks.parameters("params", params)
    velocity = checks.tangent_argument(
        "velocity", velocity, params, remedy="Start from zeros like the parameters."
    )
    return HeavyBall(params, velocity)


def checked_momentum(momentum: ArrayLike) -> Float[Array, ""]:
    r"""The momentum $\mu$ of a velocity that settles: in [0, 1) where it is concrete.

    >>> float(checked_momentum(0.9))
    0.9
    """
    return checks.decay("momentum", momentum, "At 1 the velocity never settles.")


def checked_setting(setting: Setting) -> Setting:
    """The three numbers of a setting as float64 scalars, each in its range where it is concrete.

    >>> checked_setting(Setting(0.1)).batch_size
    Array(1., dtype=float64)
    """
    if not isinstance(setting, Setting):
        raise ValueError(
            f"`setting` must be a Setting, but it is {checks.described(setting)}. Pass "
            f"Setting(learning_rate, momentum, batch_size)."
        )
    return Setting(
        checks.positive("learning_rate", setting.learning_rate),
        checked_momentum(setting.momentum),
        checks.positive("batch_size", setting.batch_size),
    )


def init_state(optimizer: optax.GradientTransformation, params: Params) -> OptimizerState:
    """The state before the first step.

    Args:
      optimizer: any `optax.GradientTransformation`; {func}`optimizer_step` says what each needs.
      params: any pytree of real floating-point arrays. For `optax.lookahead` it is
        `optax.LookaheadParams.init_synced(params)`.

    Returns:
      `OptimizerState(params, opt_state)`.

    Raises:
      ValueError: `optimizer` is not one of optax, or needs another kind of parameters; `params` is
        empty, has a leaf that is not real floating-point, or one that is not finite.

    Used in {ref}`adam-and-order`.

    >>> import optax
    >>> from lib.simulate import init_state
    >>> init_state(optax.sgd(0.1), {"weight": 2.0}).params
    {'weight': Array(2., dtype=float64)}
    """
    _check_optimizer(optimizer)
    params = checks.parameters("params", params)
    state = OptimizerState(params, _inside(optimizer.init, "init", params))
    _check_kind(state)
    return state


def optimizer_step(
    optimizer: optax.GradientTransformation, loss: Callable[[Params, Any], ArrayLike]
) -> Callable[[OptimizerState, Any], OptimizerState]:
    r"""One step of an optimizer on one example, as a map on its whole state.

    Args:
      optimizer: any `optax.GradientTransformation`. Those that ask for more than the gradient
        are given what they name of `value`, `grad`, `value_fn`, `obj_fn` (the loss of this example
        as a function of the parameters) and `grad_fn`: line searches, `polyak_sgd`, `sophia` and
        `sam`, also with `opaque_mode=True`, work as they are. `optax.MultiSteps` works as
        `optax.MultiSteps(...).gradient_transformation()`; `optax.lookahead` needs pairs of
        parameters, see {func}`init_state`. `dpsgd`, which asks for the gradients of a whole batch,
        is refused.
      loss: $L$, a function `loss(params, example)` to one real number; with `optax.lookahead` its
        parameters are the fast ones.

    Returns:
      A function `step(state, example)` from `OptimizerState` to `OptimizerState`, for
      {func}`simulate` and {func}`lib.brackets.order_gap`.

    Raises:
      ValueError: `optimizer` is not one of optax, or `loss` is not a function. When stepping: as
        {func}`lib.fields.gradient_field`; the optimizer asks for something else.

    Used in {ref}`adam-and-order`.

    >>> import optax
    >>> from lib.simulate import init_state, optimizer_step
    >>> optimizer = optax.sgd(0.1)
    >>> step = optimizer_step(optimizer, lambda position, target: 0.5 * (position - target) ** 2)
    >>> print(step(init_state(optimizer, 1.0), 3.0).params)
    1.2
    """
    evaluate = value_and_gradient(loss)

    def gradient(params: Params, example: Any) -> tuple[Params, dict[str, Any]]:
        def value_fn(p: Params, obj_fn: Any = None, grad_fn: Any = None) -> ArrayLike:
            del obj_fn, grad_fn  # line searches hand on what is not for them
            return loss(p, example)

        value, slope = evaluate(params, example)
        functions = dict.fromkeys(("value_fn", "obj_fn"), value_fn)
        return slope, {
            "value": value,
            **functions,
            "grad_fn": lambda p, _: jax.grad(value_fn)(p),
        }

    return _step_of(optimizer, gradient)


def field_step(
    optimizer: optax.GradientTransformation, field: Callable[[Params, Any], Params]
) -> Callable[[OptimizerState, Any], OptimizerState]:
    r"""One step of an optimizer whose gradient is $-v(\theta, x)$, as a map on its whole state.

    For a field that you have and whose loss you do not, such as that of a noisy gradient
    ({func}`lib.noise.noisy_field`). Optimizers that ask for the value of the loss, such as line
    searches, need {func}`optimizer_step`; {func}`run_optimizer` takes many steps.

    Args:
      optimizer: any `optax.GradientTransformation` that takes the gradient alone.
      field: $v$, a function `field(params, example)` to a tangent with the layout of `params`.

    Returns:
      A function `step(state, example)` from `OptimizerState` to `OptimizerState`.

    Raises:
      ValueError: `optimizer` is not one of optax, or `field` is not a function. When stepping: the
        tangent has another layout than the parameters; one of them is not finite; the optimizer
        asks for something else.

    >>> import optax
    >>> from lib.simulate import field_step, init_state
    >>> optimizer = optax.sgd(0.1)
    >>> step = field_step(optimizer, lambda position, target: target - position)
    >>> print(step(init_state(optimizer, 1.0), 3.0).params)
    1.2
    """
    checks.callable_argument("field", field, "field(params, example)")

    def gradient(params: Params, example: Any) -> tuple[Params, dict[str, Any]]:
        tangent = checks.returned_tangent("`field`", field(params, example), params)
        return jax.tree.map(jnp.negative, tangent), {}

    return _step_of(optimizer, gradient)


def _step_of(
    optimizer: optax.GradientTransformation,
    gradient: Callable[[Params, Any], tuple[Params, dict[str, Any]]],
) -> Callable[[OptimizerState, Any], OptimizerState]:
    """The step of an optimizer, from the gradient and what else it may ask for."""
    _check_optimizer(optimizer)

    def step(state: OptimizerState, example: Any) -> OptimizerState:
        params = checks.parameters("params", state.params)
        _check_kind(state)
        at = params.fast if isinstance(params, optax.LookaheadParams) else params
        slope, besides = gradient(at, example)
        with jax.numpy_dtype_promotion("standard"):  # optax raises floats to integer powers
            updates, opt_state = _inside(
                optimizer.update, "update", slope, state.opt_state, params, grad=slope, **besides
            )
            return OptimizerState(
                optax.apply_updates(params, updates), _in_dtypes_of(state.opt_state, opt_state)
            )

    return step


def run_optimizer(
    optimizer: optax.GradientTransformation,
    field: Callable[[Params, Any], Params],
    start: Params,
    inputs: PyTree,
    *,
    every: int = 1,
) -> Run:
    r"""Run an optimizer of optax along a field, its gradient being $-v(\theta, x)$.

    Args:
      optimizer: any `optax.GradientTransformation` that takes the gradient alone.
      field: $v$, a function `field(params, input)`: {func}`lib.noise.noisy_field` of random keys,
        or {func}`lib.fields.gradient_field` of examples.
      start: any pytree of real floating-point arrays.
      inputs: what the field gets in each of the n steps, with a first axis of length n on every
        leaf: examples, or random keys, `jax.random.split(key, n)`. In a long run of many copies
        keys take much memory; `jnp.arange(n)` takes less, with a noise that folds the number into
        a key, `jax.random.fold_in`.
      every: the number of steps from one kept point to the next, a divisor of n.

    Returns:
      `Run(final, trajectory)` of the parameters; the leaves of `trajectory` have a leading axis of
      length n/every + 1, the start first.

    Raises:
      ValueError: as {func}`init_state`, {func}`field_step` and {func}`simulate`.

    Used in {ref}`adam-in-high-dimensions`.

    >>> import jax.numpy as jnp, optax
    >>> from lib.simulate import run_optimizer
    >>> run = run_optimizer(optax.sgd(0.5), lambda x, _: -x, 8.0, jnp.arange(3))
    >>> print(run.trajectory)
    [8. 4. 2. 1.]
    """
    run = simulate(field_step(optimizer, field), init_state(optimizer, start), inputs, every=every)
    return Run(run.final.params, run.trajectory.params)


def simulate(
    step: Callable[[PyTree, Any], PyTree], state: PyTree, inputs: PyTree, *, every: int = 1
) -> Run:
    r"""Apply a step once for every input, $s_{k+1} = \mathrm{step}(s_k, x_k)$, in one loop.

    Args:
      step: a function `step(state, input)` to a state of the same structure, shapes and dtypes.
      state: the start $s_0$, any pytree of arrays, integers and random keys included.
      inputs: what the n steps get, such as examples or random keys: any pytree of arrays whose
        first axis has length n.
      every: the number of steps from one kept state to the next, a positive integer that divides n.
        A long run needs less memory with a larger one.

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
    steps = checks.leading_axis(
        "inputs",
        inputs,
        "steps",
        "Stack the inputs of the steps along the first axis; if a step needs none, pass "
        "jnp.arange(n).",
    )
    every = checks.whole_number("every", every, remedy="Pass 1 to keep all states.")
    if steps % every:
        raise ValueError(
            f"`every` must divide the {steps} steps, but it is {every}. Pass a divisor, or 1 to "
            f"keep all states."
        )
    # A plain number would change its type in the loop; an array keeps it.
    state = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.result_type(leaf)), state)
    first = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), inputs)
    checks.returned_layout("`step`", jax.eval_shape(step, state, first), state, KEEPS_LAYOUT)

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


def ensemble(run: Callable[..., PyTree], keys: PyTree, settings: PyTree = None) -> Ensemble:
    r"""Do a run for every random key, and for every setting if there are several.

    One program runs them all side by side, by `jax.vmap`. The standard error of the mean of $n$
    runs is $s/\sqrt n$, with $s^2$ the sum of the squared deviations over $n - 1$.

    Args:
      run: a function `run(key)`, or `run(setting, key)` with settings, to any pytree of numbers.
      keys: one for each run, such as `jax.random.split(key, n)`: any pytree of arrays whose first
        axis has length n, at least 2.
      settings: None, or any pytree of arrays whose first axis counts the settings, such as
        `Setting(jnp.array([0.1, 0.2]), jnp.zeros(2), jnp.ones(2))`. Every setting gets the same
        keys.

    Returns:
      `Ensemble(runs, mean, error)`. The leaves of `mean` and `error` have the shape of what a run
      returns, behind an axis for the settings if there are several.

    Raises:
      ValueError: `run` is not a function; the leaves of `keys`, or of `settings`, are not arrays
        that share a first axis; there are fewer than two keys.

    >>> import jax
    >>> from lib.simulate import ensemble
    >>> found = ensemble(jax.random.normal, jax.random.split(jax.random.key(0), 100))
    >>> print(found.runs.shape, f"{found.mean:.2f} ± {found.error:.2f}")
    (100,) -0.03 ± 0.10
    """
    checks.callable_argument("run", run, "run(key), or run(setting, key) with settings")
    count = checks.leading_axis("keys", keys, "runs", "Pass jax.random.split(key, n).")
    if count < 2:
        raise ValueError(
            f"`keys` must be at least two, for a standard error, but there is {count}. Pass "
            f"jax.random.split(key, n)."
        )
    over_keys = jax.vmap(run, 0 if settings is None else (None, 0))
    if settings is None:
        runs, axis = over_keys(keys), 0
    else:
        checks.leading_axis("settings", settings, "settings", "Stack them along a first axis.")
        runs, axis = jax.vmap(over_keys, (0, None))(settings, keys), 1
    return Ensemble(
        runs,
        mean=jax.tree.map(lambda leaf: jnp.mean(leaf, axis=axis), runs),
        error=jax.tree.map(lambda leaf: jnp.std(leaf, axis=axis, ddof=1) / count**0.5, runs),
    )


def _check_optimizer(optimizer: Any) -> None:
    if isinstance(optimizer, optax.MultiSteps):
        raise ValueError(
            "`optimizer` must be an optax.GradientTransformation, but it is optax.MultiSteps, "
            "which only holds one. Pass optax.MultiSteps(...).gradient_transformation()."
        )
    if not isinstance(optimizer, optax.GradientTransformation):
        raise ValueError(
            f"`optimizer` must be an optax.GradientTransformation, but it is the "
            f"{type(optimizer).__name__} {getattr(optimizer, '__name__', repr(optimizer))}. Call "
            f"the factory, for example optax.adam(1e-3)."
        )


def _check_kind(state: OptimizerState) -> None:
    """Check that lookahead has its two copies of the parameters, and that no batch is asked for."""

    def holds(kind: type) -> bool:
        parts = jax.tree.leaves(state.opt_state, is_leaf=lambda part: isinstance(part, kind))
        return any(isinstance(part, kind) for part in parts)

    if holds(optax.contrib.DifferentiallyPrivateAggregateState):
        raise ValueError(
            "`optimizer` asks for the gradient of each example of a batch, as dpsgd does, but a "
            "step has one example. Pass an optimizer that takes one gradient, such as optax.sgd."
        )
    if holds(optax.LookaheadState) and not isinstance(state.params, optax.LookaheadParams):
        raise ValueError(
            "`params` must be an optax.LookaheadParams for optax.lookahead, which keeps fast and "
            "slow ones. Pass optax.LookaheadParams.init_synced(params) to init_state."
        )


def _inside(function: Callable, name: str, *arguments: Any, **given: Any) -> Any:
    """Call into an optimizer with what it takes of `given`; its errors become ours."""
    offered = ["params"] if name == "init" else ["the gradient of one example", "params", *given]
    takes = inspect.signature(function).parameters
    if not any(each.kind is each.VAR_KEYWORD for each in takes.values()):
        given = {key: value for key, value in given.items() if key in takes}
    try:
        return function(*arguments, **given)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"`optimizer` stopped in its own {name}: {type(error).__name__}: {error} It is given "
            f"{', '.join(offered)}. Write a function step(state, example) that calls it with what "
            f"it asks for."
        ) from error


def _in_dtypes_of(before: PyTree, after: PyTree) -> PyTree:
    """The optimizer's memory in its own dtypes, which a float64 learning rate would widen."""
    if jax.tree.structure(before) != jax.tree.structure(after):
        return after

    def keep(old: ArrayLike, new: ArrayLike) -> ArrayLike:
        dtypes = checks.dtype_of(old), checks.dtype_of(new)
        both_float = all(d is not None and jnp.issubdtype(d, jnp.floating) for d in dtypes)
        return jnp.asarray(new, dtypes[0]) if both_float and dtypes[0] != dtypes[1] else new

    return jax.tree.map(keep, before, after)
