r"""Weight decay: decoupled, as in AdamW, or coupled with the gradient, as an $L_2$ penalty.

Decoupled, the weights shrink beside the step, $\dot w = -S_q(g) - \alpha w$; coupled, $\alpha w$ is
added to the gradient first, $\dot w = -S_q(g + \alpha w)$, where
$S_q(g) = \operatorname{sign}(g)|g|^{q-1}$. For gradient descent, $q = 2$, the two are the same.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float

from lib import checks
from lib.fields import gradient_field
from lib.mirror.directions import checked_exponent, steepest_direction
from lib.mirror.flows import SteepestFlow
from lib.mirror.maps import checked_depth, checked_weights
from lib.simulate import run_optimizer


def decay_exponent(q: ArrayLike, depth: int, *, decoupled: bool = True) -> Float[Array, ""]:
    r"""The exponent of the penalty on $x = w_1\cdots w_L$ that weight decay amounts to.

    It is $p/L$ for decoupled decay, with $\tfrac1p + \tfrac1q = 1$, and $2/L$ for coupled decay. At
    1 the penalty is an $L_1$ norm; below, the end is sparse and depends on the start.

    Args:
      q: the dual exponent, from 1 to 2; it may be traced.
      depth: $L$, the number of layers.
      decoupled: whether the decay is decoupled from the gradient.

    Returns:
      A scalar; infinite for decoupled decay at $q = 1$, where the penalty is a box,
      $|x| \le \alpha^{-L}$.

    Raises:
      ValueError: `q` is not one real number in [1, 2]; `depth` is not a whole number from 1.

    Derived in {ref}`weight-decay`.

    >>> from lib.mirror import decay_exponent
    >>> print(decay_exponent(1.5, 2), decay_exponent(1.5, 2, decoupled=False))
    1.5 1.0
    """
    q, depth = checked_exponent(q), checked_depth(depth)
    return (q / (q - 1) if decoupled else jnp.asarray(2.0)) / depth


def decay_penalty(
    effective: Float[ArrayLike, " k"],
    *,
    q: ArrayLike,
    depth: int,
    weight_decay: ArrayLike,
    decoupled: bool = True,
) -> Float[Array, ""]:
    r"""What training with weight decay adds to the loss of $x$, as far as its end is concerned.

    $$P(x) = \alpha^{p-1}\,\frac Lp\sum_k|x_k|^{p/L} \quad\text{(decoupled)}, \qquad
      P(x) = \alpha\,\frac L2\sum_k|x_k|^{2/L} \quad\text{(coupled)}$$

    Where steepest descent comes to rest with no weight at zero, $f + P$ is stationary. At $q = 1$
    the decoupled penalty is that of a box: 0 for $|x_k| \le \alpha^{-L}$, and infinite outside.

    Args:
      effective: $x$, shape (k,).
      q: the dual exponent, from 1 to 2; it may be traced. The coupled penalty is the same for all.
      depth: $L$, the number of layers.
      weight_decay: $\alpha$, not negative; it may be traced.
      decoupled: whether the decay is decoupled from the gradient.

    Returns:
      A scalar. Its derivative is taken as 0 in coordinates that are 0.

    Raises:
      ValueError: `effective` is not a finite real floating-point array; `q` is not one real number
        in [1, 2]; `depth` is not a whole number from 1; `weight_decay` is negative.

    Derived in {ref}`weight-decay`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import decay_penalty
    >>> print(decay_penalty(jnp.array([3.0, -1.0]), q=2.0, depth=2, weight_decay=0.5))  # α |x|₁
    2.0
    >>> print(decay_penalty(jnp.array([3.0, -1.0]), q=1.0, depth=2, weight_decay=0.5))
    0.0
    """
    size = jnp.abs(checks.parameters("effective", effective).astype(jnp.float64))
    q, depth = checked_exponent(q), checked_depth(depth)
    decay = checks.not_negative("weight_decay", weight_decay)
    box = decoupled & (q == 1)
    # The power p of the weights' size; any finite one where a box takes its place.
    p = jnp.where(box, 2.0, q / jnp.where(q == 1, 1.0, q - 1)) if decoupled else jnp.asarray(2.0)
    moved = size > 0
    powers = jnp.where(moved, jnp.where(moved, size, 1.0) ** (p / depth), 0.0)
    smooth = decay ** (p - 1) * depth / p * jnp.sum(powers)
    outside = jnp.any(decay * size ** (1 / depth) > 1 + 1e-12)
    return jnp.where(box, jnp.where(outside, jnp.inf, 0.0), smooth)


def steepest_descent(
    learning_rate: ArrayLike,
    *,
    q: ArrayLike,
    weight_decay: ArrayLike = 0.0,
    decoupled: bool = True,
) -> optax.GradientTransformation:
    r"""Steps of length $\eta$ along the steepest flow, as an optimizer of optax.

    $$w' = w - \eta\big(S_q(g) + \alpha w\big) \quad\text{(decoupled)}, \qquad
      w' = w - \eta\,S_q(g + \alpha w) \quad\text{(coupled)}$$

    with $S_q(g) = \operatorname{sign}(g)\,|g|^{q-1}$, entry by entry.

    Args:
      learning_rate: $\eta$, above 0; it may be traced.
      q: the dual exponent, from 1, sign descent, to 2, gradient descent; it may be traced.
      weight_decay: $\alpha$, not negative; it may be traced.
      decoupled: whether the decay is decoupled from the gradient.

    Returns:
      An `optax.GradientTransformation` without a memory.

    Raises:
      ValueError: `learning_rate` is not above 0; `q` is not one real number in [1, 2];
        `weight_decay` is negative.

    Used in {ref}`weight-decay` and {ref}`escaping-saddles`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import steepest_descent
    >>> from lib.simulate import run_optimizer
    >>> signs = steepest_descent(0.1, q=1.0, weight_decay=0.5)
    >>> print(run_optimizer(signs, lambda w, _: -w, 2.0, jnp.arange(2)).trajectory)
    [2.   1.8  1.61]
    """
    rate = checks.positive("learning_rate", learning_rate)
    q = checked_exponent(q)
    decay = checks.not_negative("weight_decay", weight_decay)

    def update(gradient: optax.Updates, params: optax.Params) -> optax.Updates:
        shrinking = jax.tree.map(lambda w: decay.astype(w.dtype) * w, params)
        if not decoupled:
            gradient = jax.tree.map(jnp.add, gradient, shrinking)
        direction = steepest_direction(gradient, q)
        if decoupled:
            direction = jax.tree.map(jnp.subtract, direction, shrinking)
        return jax.tree.map(lambda v: rate.astype(v.dtype) * v, direction)

    return optax.stateless(update)


def diagonal_descent(
    loss: Callable[[Array], ArrayLike],
    weights: Float[ArrayLike, "L k"],
    optimizer: optax.GradientTransformation,
    *,
    steps: int,
    every: int = 1,
) -> SteepestFlow:
    r"""Train a deep diagonal network, $x = w_1w_2\cdots w_L$, by any optimizer of optax.

    The discrete companion of {func}`steepest_flow`: its times are numbers of steps.

    Args:
      loss: $f$, a function of $x$, shape (k,), to one number.
      weights: the start, shape (L, k).
      optimizer: {func}`steepest_descent`, `optax.adamw`, or any other that takes the gradient
        alone.
      steps: how many, a positive integer.
      every: the number of steps from one kept point to the next, a divisor of `steps`.

    Returns:
      `SteepestFlow(weights, effective)`: shapes (steps/every + 1, L, k) and (steps/every + 1, k).

    Raises:
      ValueError: `loss` is not a function to one number; `weights` is not a finite real
        floating-point matrix; `optimizer` is not one of optax; `steps` is not a positive integer,
        or `every` not a divisor of it. Outside `jit`: the first step divides 0 by 0, as Adam does
        with $\epsilon = 0$ where a gradient is zero; a later one is not finite.

    Used in {ref}`weight-decay`.

    >>> import jax.numpy as jnp, optax
    >>> from lib.mirror import diagonal_descent
    >>> run = diagonal_descent(lambda x: jnp.sum((x - 1) ** 2) / 2, jnp.full((2, 1), 0.5),
    ...                        optax.adamw(1e-3, b2=0.9, weight_decay=0.5), steps=5000)
    >>> print(run.effective[-1].round(2))  # 1 lies in the box of α = 0.5
    [1.]
    """
    checks.callable_argument("loss", loss, "loss(effective)")
    weights = checked_weights(weights)
    steps = checks.whole_number("steps", steps, remedy="Pass a Python int such as 1000.")
    field = gradient_field(lambda w, _: loss(jnp.prod(w, axis=0)))
    run = run_optimizer(optimizer, field, weights, jnp.arange(steps), every=every)
    path = run.trajectory
    if not checks.is_traced(path) and not np.all(np.isfinite(path)):
        step = every * int(np.argmin(np.isfinite(path).all((1, 2))))
        still = int(jnp.sum(field(weights, 0) == 0))
        once = run_optimizer(optimizer, field, weights, jnp.arange(1)).final
        if still and not np.all(np.isfinite(once)):
            raise ValueError(
                f"The first step must be finite, but it is NaN or infinite, and {still} of the "
                f"{weights.size} weights have the gradient 0. Adam with eps = 0 divides 0 by 0 "
                f"there: pass an eps above 0, such as 1e-8."
            )
        raise ValueError(
            f"The weights must stay finite, but after {step} steps they are NaN or infinite. Try a "
            f"smaller learning rate, or a start nearer to the minimum."
        )
    return SteepestFlow(path, jnp.prod(path, axis=1))
