"""How fast the study of label noise is in one call, beside loops in Python over the same runs.

The study of the section "Sparse or wide", 40 runs: SGD and Adam, 12 and 10 equations, ten seeds, a
network x = u² - v² of 40 entries, float64; 1,000 of its 60,000 steps, on the same noise for all
ways. The ends of all runs are compared.

- one call: `lib.simulate.run_optimizer` with optax, `vmap` over settings and seeds, jitted.
- Python, NumPy: loops over settings, seeds and steps, the gradient and the optimizer by hand.
- Python, jitted step: the same loops, a step of `lib.simulate.field_step` for each round.
"""

from collections.abc import Callable, Iterator
from functools import partial

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


def rows(rounds: int = ROUNDS) -> Iterator[report.Row]:
    """One call beside the loops."""
    ways: dict[str, report.Way] = {
        "one call of `run_optimizer`": one_call,
        "Python loops, NumPy": lambda: in_loops(numpy_run),
        "Python loops, a jitted step": lambda: in_loops(stepwise_run),
    }
    times = report.medians(report.checked(ways, report.within(AGREE)), rounds, sample=0.05)
    settings = f"float64, {SEEDS * len(EQUATIONS) * len(OPTIMIZERS)} runs, {STEPS:,} steps"
    yield from report.rows("SGD and Adam under label noise", times, settings, "numpy", "optax")
