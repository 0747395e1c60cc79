"""How fast the study of label noise is in one call, beside loops in Python over the same runs.

python benchmarks/label_noise.py [--write FILE]

The study of the section "Sparse or wide", 40 runs: SGD and Adam, 12 and 10 equations, ten seeds, a
network x = u² - v² of 40 entries, float64; 1,000 of its 60,000 steps, on the same noise for all
ways. First the ends of all runs are compared; then the ways are measured in turn in one run, and a
time is the shortest: other work on the machine can only add to it.

- one call: `lib.simulate.run_optimizer` with optax, `vmap` over settings and seeds, jitted.
- Python, NumPy: loops over settings, seeds and steps, the gradient and the optimizer by hand.
- Python, jitted step: the same loops, a step of `lib.simulate.field_step` for each round.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jax
import jax.numpy as jnp
import numpy as np
import optax
import report

from lib.simulate import field_step, init_state, run_optimizer

STEPS, SEEDS, SIZE, ROWS = 1_000, 10, 40, 12
RATES, EQUATIONS = {"sgd": 0.05, "adam": 0.02}, (12, 10)
B1, B2, EPS = 0.9, 1 - 10 * RATES["adam"] ** 2, 1e-8
OPTIMIZERS = {"sgd": optax.sgd(RATES["sgd"]), "adam": optax.adam(RATES["adam"], B1, B2, EPS)}
ROUNDS = 3
AGREE = 1e-8
ONE_CALL, NUMPY, STEPWISE = "one call", "Python, NumPy", "Python, jitted step"
HEAD = """\
| way | time | steps a second | one call is faster by |
|---|---|---|---|"""


def draw(seed: int) -> tuple[jax.Array, ...]:
    """Equations, their solution, a start, and the signs that each step adds to the labels."""
    a, b, c, d, e = jax.random.split(jax.random.key(seed), 5)
    signs = jax.random.rademacher(c, (3,), float)
    truth = jnp.zeros(SIZE).at[jax.random.permutation(b, SIZE)[:3]].set(signs)
    start = 0.1 * jax.random.normal(d, (2, SIZE))
    noise = jax.random.rademacher(e, (STEPS, ROWS), float)
    return jax.random.normal(a, (ROWS, SIZE)), truth, start, noise


PROBLEMS = [draw(seed) for seed in range(SEEDS)]
STACKED = jax.tree.map(lambda *leaves: jnp.stack(leaves), *PROBLEMS)


def downhill(
    design: jax.Array, truth: jax.Array, count: jax.Array, w: jax.Array, noise: jax.Array
) -> jax.Array:
    """The negative gradient of the loss on the first equations, with noisy labels."""
    missed = design @ (w[0] ** 2 - w[1] ** 2 - truth) - noise
    slope = design.T @ jnp.where(jnp.arange(ROWS) < count, missed, 0.0) / count
    return -2 * w * jnp.stack([slope, -slope])


@jax.jit
def one_call() -> list[jax.Array]:
    """The last weights: for each optimizer an array over equations and seeds."""

    def runs(optimizer: optax.GradientTransformation) -> jax.Array:
        def run(count: jax.Array, problem: tuple[jax.Array, ...]) -> jax.Array:
            design, truth, start, noise = problem
            field = partial(downhill, design, truth, count)
            return run_optimizer(optimizer, field, start, noise, every=STEPS).final

        over_seeds = jax.vmap(run, (None, 0))
        return jax.vmap(over_seeds, (0, None))(jnp.array(EQUATIONS), STACKED)

    return [runs(optimizer) for optimizer in OPTIMIZERS.values()]


def in_loops(run: Callable[[str, int, int], np.ndarray]) -> list[np.ndarray]:
    """The same from a function of optimizer, equations and seed."""
    return [
        np.array([[run(name, count, seed) for seed in range(SEEDS)] for count in EQUATIONS])
        for name in OPTIMIZERS
    ]


ARRAYS = [tuple(map(np.asarray, problem)) for problem in PROBLEMS]


def numpy_run(name: str, count: int, seed: int) -> np.ndarray:
    """One run, in NumPy."""
    design, truth, w, noise = ARRAYS[seed]
    design, noise = design[:count], noise[:, :count]
    mean, square = np.zeros_like(w), np.zeros_like(w)
    for k, signs in enumerate(noise, 1):
        slope = design.T @ (design @ (w[0] ** 2 - w[1] ** 2 - truth) - signs) / count
        gradient = 2 * w * np.stack([slope, -slope])
        if name == "sgd":
            w = w - RATES["sgd"] * gradient
        else:
            mean = B1 * mean + (1 - B1) * gradient
            square = B2 * square + (1 - B2) * gradient**2
            size = np.sqrt(square / (1 - B2**k)) + EPS
            w = w - RATES["adam"] * mean / (1 - B1**k) / size
    return w


@partial(jax.jit, static_argnums=0)
def jitted_step(name: str, state, design, truth, count, noise):
    """One step of one run."""
    return field_step(OPTIMIZERS[name], partial(downhill, design, truth, count))(state, noise)


NOISES = [list(problem[3]) for problem in PROBLEMS]


def stepwise_run(name: str, count: int, seed: int) -> np.ndarray:
    """One run, a call for each step."""
    design, truth, start, _ = PROBLEMS[seed]
    state, count = init_state(OPTIMIZERS[name], start), jnp.asarray(count)
    for noise in NOISES[seed]:
        state = jitted_step(name, state, design, truth, count, noise)
    return np.asarray(state.params)


def main() -> None:
    """Compare the ways, measure them, print the table and, if asked, write it."""
    asked = report.parser(__doc__).parse_args()
    ways = {
        ONE_CALL: one_call,
        NUMPY: lambda: in_loops(numpy_run),
        STEPWISE: lambda: in_loops(stepwise_run),
    }
    first = one_call()
    for name in (NUMPY, STEPWISE):
        off = max(np.abs(a - b).max() for a, b in zip(first, ways[name](), strict=True))
        if not off <= AGREE:
            raise SystemExit(f"{name}: the runs end {off:.1e} away from those of one call")
    times = report.shortest_times(ways, ROUNDS)
    steps = STEPS * SEEDS * len(EQUATIONS) * len(OPTIMIZERS)
    rows = [
        f"| {name} | {took:.3g} s | {steps / took:,.0f} | {took / times[ONE_CALL]:.0f} |"
        for name, took in times.items()
    ]
    report.publish([HEAD, *rows, "", report.machine(f"NumPy {np.__version__}")], asked.write)


if __name__ == "__main__":
    main()
