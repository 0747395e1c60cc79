"""How fast an ensemble of noisy runs is, beside a NumPy loop and a solver of stochastic equations.

python benchmarks/ensembles.py [--write FILE]

1,000 chains of heavy ball with Hessian noise in the valley (1 + x²)y², 2,000 steps each, float64,
the last states kept. First the means of x and of y² over the chains are compared, as the ways draw
different random numbers; then all are measured in turn in one run, and a time is the shortest:
other work on the machine can only add to it.

- `lib.simulate`, a key for each step: the book's step, `vmap` over chains, jitted. It draws two
  normals a step, from keys that it splits: nearly all of its time.
- `lib.simulate`, normals drawn before: the same step on numbers drawn at once, one a step, jitted.
- NumPy: a loop over steps, all chains in one array, one normal a step.
- diffrax: a stochastic equation whose Euler steps are those of heavy ball, `vmap`, jitted.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import report

from lib.noise import noisy_field
from lib.simulate import HeavyBall, heavy_ball_step, simulate
from lib.valleys import Valley

CHAINS, STEPS = 1_000, 2_000
RATE, MOMENTUM, START = 0.004, 0.8, 5.0
ROUNDS = 15
AGREE = 5  # standard errors
KEYS, DRAWN, LOOP = (
    "`lib.simulate`, a key for each step",
    "`lib.simulate`, normals drawn before",
    "NumPy, a loop over steps",
)
HEAD = """\
| way | time | million steps a second | beside NumPy |
|---|---|---|---|"""

Ends = tuple[np.ndarray, np.ndarray]
"""x and y of every chain after the last step."""


def height(x: jax.Array) -> jax.Array:
    """The steepness of the valley's walls."""
    return 1 + x**2


AT_REST = HeavyBall(jnp.array([START, 0.0]), jnp.zeros(2))


@jax.jit
def with_keys(key: jax.Array) -> Ends:
    """The step of the book on random keys, a run for each chain."""
    noise = Valley(height).hessian_noise(sigma=1.0)
    step = heavy_ball_step(
        noisy_field(Valley(height).loss, noise), learning_rate=RATE, momentum=MOMENTUM
    )

    def run(key: jax.Array) -> jax.Array:
        return simulate(step, AT_REST, jax.random.split(key, STEPS), every=STEPS).final.params

    return tuple(jax.vmap(run)(jax.random.split(key, CHAINS)).T)


@jax.jit
def with_draws(key: jax.Array) -> Ends:
    """The step of the book on numbers drawn at once, one run of all chains."""

    def noise(params: jax.Array, draw: jax.Array) -> jax.Array:
        return jnp.stack([jnp.zeros(()), jnp.sqrt(height(params[0])) * draw])

    step = heavy_ball_step(
        noisy_field(Valley(height).loss, noise), learning_rate=RATE, momentum=MOMENTUM
    )
    chains = jax.tree.map(lambda leaf: jnp.tile(leaf, (CHAINS, 1)), AT_REST)
    draws = jax.random.normal(key, (STEPS, CHAINS))
    return tuple(simulate(jax.vmap(step), chains, draws, every=STEPS).final.params.T)


def numpy_loop(random: np.random.Generator) -> Ends:
    """All chains in one array, a loop over steps."""
    x, y = np.full(CHAINS, START), np.zeros(CHAINS)
    m_x, m_y = np.zeros(CHAINS), np.zeros(CHAINS)
    for _ in range(STEPS):
        h = 1 + x**2
        push = np.sqrt(h) * random.standard_normal(CHAINS)
        m_x = MOMENTUM * m_x - RATE * 2 * x * y**2
        m_y = MOMENTUM * m_y - RATE * (2 * h * y + push)
        x, y = x + m_x, y + m_y
    return x, y


@jax.jit
def equation(key: jax.Array) -> Ends:
    """The equation dm = -((1-μ)/η m + ∇f)dt + √η D dW, dz = m/η dt + dm.

    Its Euler steps of length η are those of heavy ball; without the last dm they would lag behind.
    """

    def drift(_t: jax.Array, state: jax.Array, _args: None) -> jax.Array:
        m, (x, y) = state[:2], state[2:]
        slope = jnp.stack([2 * x * y**2, 2 * height(x) * y])
        change = -((1 - MOMENTUM) / RATE * m + slope)
        return jnp.concatenate([change, m / RATE + change])

    def push(_t: jax.Array, state: jax.Array, _args: None) -> jax.Array:
        return jnp.sqrt(RATE * height(state[2])) * jnp.array([0.0, 1.0, 0.0, 1.0])

    def run(key: jax.Array) -> jax.Array:
        brownian = diffrax.UnsafeBrownianPath(shape=(), key=key)
        terms = diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(push, brownian))
        found = diffrax.diffeqsolve(
            terms,
            diffrax.Euler(),
            t0=0.0,
            t1=RATE * STEPS,
            dt0=RATE,
            y0=jnp.array([0.0, 0.0, START, 0.0]),
            saveat=diffrax.SaveAt(t1=True),
            adjoint=diffrax.DirectAdjoint(),
            max_steps=STEPS + 8,
        )
        return found.ys[0, 2:]

    return tuple(jax.vmap(run)(jax.random.split(key, CHAINS)).T)


def main() -> None:
    """Compare the ways, measure them, print the table and, if asked, write it."""
    asked = report.parser(__doc__).parse_args()
    key, random = jax.random.key(0), np.random.default_rng(0)
    ways: dict[str, Callable[[], Ends]] = {
        KEYS: lambda: with_keys(key),
        DRAWN: lambda: with_draws(key),
        LOOP: lambda: numpy_loop(random),
        "diffrax, Euler": lambda: equation(key),
    }
    compare({name: way() for name, way in ways.items()})
    times = report.shortest_times(ways, ROUNDS)
    rows = [
        f"| {name} | {1e3 * took:.3g} ms | {CHAINS * STEPS / took / 1e6:.3g} "
        f"| {took / times[LOOP]:.1f} |"
        for name, took in times.items()
    ]
    machine = report.machine(f"NumPy {np.__version__}", f"diffrax {diffrax.__version__}")
    report.publish([HEAD, *rows, "", machine], asked.write)


def compare(found: dict[str, Ends]) -> None:
    """Stop where the mean x or the mean y² of a way is not that of NumPy, up to chance."""
    loop = found[LOOP]
    for name, ends in found.items():
        for what, a, b in (("x", ends[0], loop[0]), ("y²", ends[1] ** 2, loop[1] ** 2)):
            a, b = np.asarray(a), np.asarray(b)
            error = np.sqrt((a.var() + b.var()) / CHAINS)
            if not abs(a.mean() - b.mean()) <= AGREE * error:
                raise SystemExit(f"{name}: the mean {what} is {a.mean():.4f}, not {b.mean():.4f}")


if __name__ == "__main__":
    main()
