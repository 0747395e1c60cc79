"""How fast a table of escape times is: one `vmap`, and loops of SciPy over the same settings.

The loss is (x - 1)²/2, x the product of the weights. A time is the one until x = 1/2, for three q,
four depths, three sizes of the start and two starts, balanced and with one layer at zero: 72 times.

- one `vmap` of `escape_time` over all settings of a start, in one jitted function.
- a loop of `scipy.integrate.quad` over the same integral.
- loops of `scipy.integrate.solve_ivp` over the flow of the weights, with an event at x = 1/2, for
  the solver that is fastest here and for SciPy's default one.
"""

from collections.abc import Callable, Iterator
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import report
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from lib.mirror import escape_time

SETTINGS = list(product((1.0, 1.5, 2.0), (2, 3, 4, 5), (0.1, 0.03, 0.01)))
STARTS = (True, False)
COLUMNS = [jnp.asarray(column, float) for column in zip(*SETTINGS, strict=True)]
ACCURACY = {"rtol": 1e-9, "atol": 1e-12}
ROUNDS = 5
TOLERANCE = 1e-6


@jax.jit
def table(q: jax.Array, depth: jax.Array, start: jax.Array) -> jax.Array:
    """All 72 times."""

    def both(q: jax.Array, depth: jax.Array, start: jax.Array) -> jax.Array:
        return jnp.stack(
            [escape_time(0.5, start, q=q, depth=depth, balanced=b, minimum=1.0) for b in STARTS]
        )

    return jax.vmap(both)(q, depth, start)


def one_quadrature(q: float, depth: int, start: float, balanced: bool, accuracy: float) -> float:
    """The integral over the logarithm of the first weight, below and above the start's size."""

    def others(w: float) -> float:
        return w if balanced else (start**q + w**q) ** (1 / q)

    def pace(log: float) -> float:
        w = np.exp(log)
        rest = others(w) ** (depth - 1)
        return w * (rest * (1 - w * rest)) ** (1 - q)

    first = brentq(lambda w: w * others(w) ** (depth - 1) - 0.5, 0.0, 1.0, xtol=1e-15)
    edges = [start, first] if balanced else [start * np.exp(-40), start, first]
    pieces = zip(np.log(edges[:-1]), np.log(edges[1:]), strict=True)
    return sum(quad(pace, *ends, epsabs=0, epsrel=accuracy, limit=200)[0] for ends in pieces)


def quadratures(accuracy: float = 1e-9) -> np.ndarray:
    """All times by SciPy's quadrature."""
    return np.array([[one_quadrature(*s, b, accuracy) for b in STARTS] for s in SETTINGS])


def one_flow(q: float, depth: int, start: float, balanced: bool, method: str) -> float:
    """The time of one flow: of the first weight, and of one that stands for all others."""

    def velocity(_: float, weights: np.ndarray) -> tuple[float, float]:
        w, v = weights
        rest = v ** (depth - 2)
        force = 1 - w * v * rest
        return (force * v * rest) ** (q - 1), (force * abs(w) * rest) ** (q - 1)

    def half(_: float, weights: np.ndarray) -> float:
        return weights[0] * weights[1] ** (depth - 1) - 0.5

    half.terminal = True
    begin = np.array([start * balanced, start])
    return solve_ivp(velocity, (0, 1e7), begin, method=method, events=half, **ACCURACY).t[-1]


def flows(method: str) -> Callable[[], np.ndarray]:
    """All times by a solver of SciPy."""
    return lambda: np.array([[one_flow(*s, b, method) for b in STARTS] for s in SETTINGS])


def rows(rounds: int = ROUNDS) -> Iterator[report.Row]:
    """One `vmap` beside the loops."""
    ways: dict[str, report.Way] = {
        "one `vmap` of `escape_time`": lambda: table(*COLUMNS),
        "a loop of `scipy.integrate.quad`": quadratures,
        "a loop of `solve_ivp`, LSODA": flows("LSODA"),
        "a loop of `solve_ivp`, RK45": flows("RK45"),
    }
    times = report.medians(report.checked(ways, differs), rounds, sample=0.05)
    settings = f"float64, relative tolerance {ACCURACY['rtol']:.0e}"
    yield from report.rows("72 times of escape from a saddle", times, settings, "scipy")


def differs(found: np.ndarray, expected: np.ndarray) -> str | None:
    """What is wrong with some times."""
    error = np.abs(np.asarray(found) / np.asarray(expected) - 1).max()
    return None if error < TOLERANCE else f"off by {error:.0e}"
