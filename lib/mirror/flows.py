r"""Steepest flows of deep diagonal networks, and the balances that they keep.

$\dot w_i = -\operatorname{sign}(g_i)|g_i|^{q-1} - \alpha w_i$ with the gradient
$g_i = f'(x)\prod_{j\ne i}w_j$ of $x = w_1\cdots w_L$, coordinate by coordinate.
"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.integrate import solve_ivp
from scipy.optimize import lsq_linear

from lib import checks
from lib.mirror.directions import checked_exponent, power
from lib.mirror.maps import checked_weights

ACCURACY = {"rtol": 1e-11, "atol": 1e-13}
MOST_CALLS = 50_000  # of the velocity; a flow of the book takes a few thousand
UNBOUNDED = 1e30  # squares and products of larger weights overflow
VANISHED = 1e-11  # a weight this small is zero where one has just passed through zero
EDGE = 1e-7  # a coordinate that needs so nearly a whole sign slides no longer
SMOOTH = 1e-10  # of the largest partial derivative at the start: below it the flow is at rest
ZERO = 1e-9  # a partial derivative below this share of the largest at the start is at its kink


class SteepestFlow(NamedTuple):
    """Where a flow was at each of the times."""

    weights: Float[Array, "T L k"]
    """$w$, the layers on the second axis, shape (T, L, k)."""
    effective: Float[Array, "T k"]
    r"""$x = w_1w_2\cdots w_L$, shape (T, k)."""


def balance(weights: Float[ArrayLike, "L k"], q: ArrayLike) -> Float[Array, "L-1 k"]:
    r"""How unequally neighbouring layers share the product, $|w_i|^q - |w_{i+1}|^q$.

    The flow with dual exponent $q$ keeps it, whatever the loss is; decoupled weight decay
    multiplies it by $e^{-q\int\alpha\,dt}$.

    Args:
      weights: $w$, the layers on the first axis, shape (L, k).
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      Shape (L - 1, k).

    Raises:
      ValueError: `weights` is not a finite real floating-point matrix; `q` is not one real number
        in [1, 2].

    Derived in {ref}`balance-and-mirror-maps`, after {cite:t}`jacobs2026saddle`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import balance
    >>> print(balance(jnp.array([[3.0], [2.0], [-2.0]]), 2.0).T)
    [[5. 0.]]
    """
    powers = jnp.abs(checked_weights(weights)) ** checked_exponent(q)
    return powers[:-1] - powers[1:]


def steepest_flow(
    loss: Callable[[Array], ArrayLike],
    weights: Float[ArrayLike, "L k"],
    times: Float[ArrayLike, " T"],
    *,
    q: ArrayLike,
    weight_decay: ArrayLike = 0.0,
) -> SteepestFlow:
    r"""Follow the steepest flow of a deep diagonal network of any depth, from any start.

    $$\dot w_i = -\operatorname{sign}(g_i)\,|g_i|^{q-1} - \alpha w_i, \qquad
      g_i = \frac{\partial f}{\partial x}\prod_{j\ne i}w_j$$

    SciPy integrates it, with relative errors of about $10^{-10}$. At $q = 1$ the velocity jumps
    where a partial derivative of $f$ changes its sign. There the flow is that of Filippov: all
    signs of a coordinate are multiplied by one $s \in [-1, 1]$ that keeps the partial derivative at
    zero, and the coordinate slides, or passes if there is no such $s$. The flow is integrated from
    one such event to the next. It does not run under `jit`, `vmap` and `grad`.

    Args:
      loss: $f$, a function of $x$, shape (k,), to one number; at $q = 1$ convex.
      weights: the start, shape (L, k). Where two layers of a coordinate are zero, it is at a saddle
        and stays there.
      times: increasing, the first one 0; shape (T,).
      q: the dual exponent, from 1 to 2.
      weight_decay: $\alpha$, not negative; decoupled from the gradient, as in AdamW.

    Returns:
      `SteepestFlow(weights, effective)` at the times: shapes (T, L, k) and (T, k).

    Raises:
      ValueError: `loss` is not a function to one number, or it is not finite on the way; the flow
        cannot be followed, as it grows without bound or is too stiff; `weights` is not a finite
        real floating-point matrix; `times` do not increase from 0; `q` is not one real number in
        [1, 2]; `weight_decay` is negative; an argument is traced.

    Derived in {ref}`balance-and-mirror-maps`, after {cite:t}`jacobs2026saddle`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import steepest_flow
    >>> start = jnp.array([[0.1], [0.1]])  # two equal weights, and sign flow
    >>> run = steepest_flow(lambda x: (x[0] - 1) ** 2 / 2, start, jnp.array([0.0, 0.5, 2.0]), q=1.0)
    >>> print(run.effective.T.round(6))
    [[0.01 0.36 1.  ]]
    """
    checks.callable_argument("loss", loss, "loss(effective)")
    if any(map(checks.is_traced, (weights, times, q, weight_decay))):
        raise ValueError(
            "The arguments of `steepest_flow` must be numbers, but one is traced. SciPy integrates "
            "the flow; call it outside of jit, vmap and grad."
        )
    weights, q = checked_weights(weights), float(checked_exponent(q))
    decay = float(checks.not_negative("weight_decay", weight_decay))
    moments = checked_times(times)
    checked_value(loss, weights[0])
    path = np.asarray(weights)[None]
    if moments.size > 1:
        solve = _sign_flow if q == 1 else _smooth_flow
        path = solve(loss, path[0], moments, q, decay)
    path = jnp.asarray(path)
    effective = jnp.prod(path, axis=1)
    finite_along(np.asarray(jax.vmap(loss)(effective)))
    return SteepestFlow(finite_along(path), effective)


def checked_times(times: ArrayLike) -> np.ndarray:
    """The times, which must increase from 0."""
    moments = np.asarray(times, float)
    if moments.ndim != 1 or not moments.size or moments[0] != 0 or np.any(np.diff(moments) <= 0):
        raise ValueError(
            f"`times` must increase from 0, but they are {np.array2string(moments, threshold=6)}. "
            f"Pass an array such as jnp.linspace(0, 10, 101)."
        )
    return moments


def checked_value(loss: Callable, at: Array) -> None:
    """Check that the loss gives one number."""
    value = jax.eval_shape(loss, at)
    if getattr(value, "shape", None) != ():
        raise ValueError(
            f"`loss` must return one number, but it returned {checks.described(value)}. Sum or "
            f"average over what is left."
        )


def followed(
    velocity: Callable[[Array], Array],
    start: np.ndarray,
    times: np.ndarray,
    events: Callable[[float, np.ndarray], float] | None = None,
) -> Any:
    """What SciPy's LSODA returns; an error where it gives up or would go on nearly for ever."""
    derivative, calls = jax.jit(jax.jacfwd(velocity)), itertools.count(1)

    def evaluate(time: float, flat: np.ndarray) -> np.ndarray:
        if next(calls) > MOST_CALLS or np.abs(flat).max() > UNBOUNDED:
            raise lost(time)
        return finite_along(np.asarray(velocity(flat)))

    run = solve_ivp(
        evaluate,
        (0.0, max(times[-1], np.finfo(float).tiny)),
        start,
        method="LSODA",
        t_eval=times,
        # Differences do not see a kink that is so narrow. Where there is no derivative, as where
        # singular values coincide, an approximation does: it only speeds up the implicit steps.
        jac=lambda _, flat: np.nan_to_num(derivative(flat), posinf=0, neginf=0),
        events=events,
        **ACCURACY,
    )
    if run.status < 0:
        raise lost(run.t[-1])
    return run


def lost(time: float) -> ValueError:
    """The error of a flow that no solver follows."""
    return ValueError(
        f"The flow could not be followed beyond the time {time:.4g}: it grows without bound there, "
        f"or is too stiff for the solver. Stop earlier, or start elsewhere."
    )


def finite_along(values: Any) -> Any:
    """The values; solvers would go on for ever where they are not finite."""
    if not np.all(np.isfinite(values)):
        raise ValueError(
            "`loss` must be finite along the flow, but it is NaN or infinite. Start elsewhere, or "
            "stop earlier."
        )
    return values


def _smooth_flow(
    loss: Callable, start: np.ndarray, times: np.ndarray, q: float, decay: float
) -> np.ndarray:
    """The weights at the times, by a solver that changes between stiff and other methods."""

    @jax.jit  # one program for both: compiling a second takes longer than most flows
    def motion(flat: Array, smooth: ArrayLike) -> tuple[Array, Array]:
        weights = flat.reshape(start.shape)
        slope = jax.grad(loss)(jnp.prod(weights, axis=0))
        force = slope * jnp.hypot(slope, smooth) ** (q - 2)
        rows = [jnp.prod(jnp.delete(weights, i, axis=0), axis=0) for i in range(len(start))]
        velocity = -force[None] * power(jnp.stack(rows), q - 1) - decay * weights
        return velocity.ravel(), jnp.abs(slope).max()

    # Below q = 2 the power of f' has no derivative at 0, where the flow comes to rest in a finite
    # time: it is smoothed there, in all layers alike, so that the balance stays what it is.
    first = float(motion(start.ravel(), 0.0)[1])
    smooth = max(SMOOTH * first, np.finfo(float).tiny ** 0.5) if q < 2 else 0.0

    def velocity(flat: ArrayLike) -> Array:
        return motion(flat, smooth)[0]

    rests = _falling(lambda w: float(motion(w.ravel(), smooth)[1]) - SMOOTH * first, start.shape)
    run = followed(velocity, start.ravel(), times, rests if q < 2 and decay == 0 else None)
    path = np.empty((times.size, *start.shape))
    path[: len(run.t)] = run.y.T.reshape(-1, *start.shape)
    if run.status == 1:
        path[len(run.t) :] = run.y_events[0][0].reshape(start.shape)
    return path


class _Kinks(NamedTuple):
    """What the flow of signs does until the next event: its signs, and who slides."""

    signs: np.ndarray
    """Of the partial derivatives, shape (k,); where a coordinate slides they are not used."""
    sliding: np.ndarray
    """Which coordinates keep their partial derivative at zero, shape (k,)."""
    layers: np.ndarray
    """The signs of the weights, those of the next moment where one is zero; shape (L, k)."""


def _sign_flow(
    loss: Callable, start: np.ndarray, times: np.ndarray, _: float, decay: float
) -> np.ndarray:
    """The weights at the times, integrated from event to event."""
    slope_of, hessian_of = jax.jit(jax.grad(loss)), jax.jit(jax.hessian(loss))

    def slope(weights: np.ndarray) -> np.ndarray:
        return finite_along(np.asarray(slope_of(weights.prod(0))))

    def shares(weights: np.ndarray, kinks: _Kinks) -> np.ndarray:
        """The s of each coordinate: its sign, or what keeps its partial derivative at zero."""
        s, sliding = kinks.signs.copy(), kinks.sliding
        if sliding.any():
            x, speed = weights.prod(0), np.abs(_without_one(weights)).sum(0)
            hessian = np.asarray(hessian_of(x))
            drift = np.where(sliding, 0.0, -s * speed) - decay * len(weights) * x
            rates = hessian[np.ix_(sliding, sliding)] * speed[sliding]
            s[sliding] = np.linalg.lstsq(rates, (hessian @ drift)[sliding], rcond=1e-12)[0]
        return s

    def sort(weights: np.ndarray, kinked: np.ndarray) -> _Kinks:
        """Which of the coordinates at a kink slide, and the signs of all others.

        Of the velocities that the signs allow, Filippov's makes the partial derivatives change
        least, in the norm of the inverse Hessian: its conditions are those of this minimum.
        """
        signs = np.where(kinked, 0.0, np.sign(slope(weights)))
        x, speed = weights.prod(0), np.abs(_without_one(weights)).sum(0)
        free = kinked & (speed > 0)
        if free.any():
            values, vectors = np.linalg.eigh(np.asarray(hessian_of(x)))
            root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
            drift = -signs * speed - decay * len(weights) * x
            reach = speed[free]
            pushed = lsq_linear(root[:, free] * reach, root @ drift, (-1, 1), method="bvls").x
            signs[free] = pushed
        sliding = kinked & (np.abs(signs) < 1 - EDGE)
        moving = -signs * _without_one(np.sign(weights))
        layers = np.where(weights == 0, np.sign(moving), np.sign(weights))
        return _Kinks(np.where(sliding, 0.0, np.sign(signs)), sliding, layers)

    def velocity(weights: np.ndarray, kinks: _Kinks) -> np.ndarray:
        return -shares(weights, kinks) * _without_one(kinks.layers) - decay * weights

    def at_kink(weights: np.ndarray) -> np.ndarray:
        return np.abs(slope(weights)) <= small

    small = ZERO * max(np.abs(slope(start)).max(), np.finfo(float).tiny)
    path = np.full((times.size, *start.shape), np.nan)
    path[0] = start
    now, weights, kinks = 0.0, start.copy(), sort(start, at_kink(start))
    while now < times[-1]:
        turning = np.flatnonzero(kinks.signs * ~kinks.sliding)
        leaving = np.flatnonzero(kinks.sliding)
        vanishing = np.argwhere(kinks.layers)
        events = [
            *(lambda w, k=k, on=kinks: slope(w)[k] * on.signs[k] for k in turning),
            *(lambda w, k=k, on=kinks: 1 - abs(shares(w, on)[k]) for k in leaving),
            *(lambda w, p=tuple(place), on=kinks: w[p] * on.layers[p] for place in vanishing),
        ]
        run = solve_ivp(
            lambda _, flat, on=kinks: velocity(flat.reshape(start.shape), on).ravel(),
            (now, times[-1]),
            weights.ravel(),
            method="DOP853",
            t_eval=times[times > now],
            events=[_falling(event, start.shape) for event in events],
            **ACCURACY,
        )
        after = np.flatnonzero(times > now)[: len(run.t)]
        if len(after):  # otherwise SciPy gives lists
            path[after] = run.y.T.reshape(-1, *start.shape)
        if run.status != 1:
            break
        happened = [n for n, found in enumerate(run.t_events) if found.size]
        now = run.t_events[happened[0]][0]
        weights = run.y_events[happened[0]][0].reshape(start.shape)
        if happened[-1] >= len(turning) + len(leaving):
            weights = np.where(np.abs(weights) < VANISHED, 0.0, weights)
        kinked = kinks.sliding | at_kink(weights)
        kinked[[turning[n] for n in happened if n < len(turning)]] = True
        kinks = sort(weights, kinked)
    return path


def _without_one(weights: np.ndarray) -> np.ndarray:
    """The product of all other layers, for each layer; shape (L, k)."""
    return np.stack([np.delete(weights, i, axis=0).prod(0) for i in range(len(weights))])


def _falling(value: Callable[[np.ndarray], float], shape: tuple[int, ...]) -> Callable:
    """An event of SciPy that ends a piece where a value falls through zero."""

    def event(_: float, flat: np.ndarray) -> float:
        return value(flat.reshape(shape))

    event.terminal, event.direction = True, -1
    return event
