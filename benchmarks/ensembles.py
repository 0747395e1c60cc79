"""How fast an ensemble of noisy runs is, beside NumPy, PyTorch, C and a solver of equations.

python benchmarks/ensembles.py [--write FILE] [--rounds N]

Chains of heavy ball with Hessian noise in the valley (1 + x²)y², 2,000 steps each, float64, the
last states kept, fresh normals counted in. First the means of x and of y² over 1,000 chains are
compared, as the ways draw different random numbers. Then one chain and 1,000 are measured, the ways
in turn: the shortest time, and the least that all cores together have worked. Other work on the
machine adds to the first, hardly to the second.

- `lib.simulate`, a key for each step: the book's step, `vmap` over chains, jitted. It draws two
  normals a step, from keys that it splits: nearly all of its time.
- `lib.simulate`, normals drawn before: the same step on numbers drawn at once, one a step, jitted;
  from JAX's threefry in float64, in float32 (24 random bits a number), from XLA's own generator,
  whose numbers depend on how many chains are drawn together, and from threefry again, but for 50
  steps at a time, which stay in the cache.
- NumPy: a loop over steps, all chains in one array, one normal a step; PyTorch: the same.
- diffrax: a stochastic equation whose Euler steps are those of heavy ball, `vmap`, jitted.
- C: ensembles.c, on one core, compiled here by the system's compiler; left out where there is none,
  as PyTorch is where it is not installed.
"""

import ctypes
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
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

CHAINS, STEPS = (1, 1_000), 2_000
RATE, MOMENTUM, START = 0.004, 0.8, 5.0
AGREE = 5  # standard errors
BLOCK = 50  # steps; numbers for them fit into a core's cache for 1,000 chains
BLOCKS = "… in float32, 50 steps at a time"
LOOP = "NumPy, a loop over steps"
HEAD = """\
| way | 1 chain | beside NumPy | 1,000 chains | beside NumPy | work | beside NumPy |
|---|---|---|---|---|---|---|"""
GROWTH = (1, 10, 100, 1_000, 10_000, 100_000)

Ends = tuple[np.ndarray, np.ndarray]
"""x and y of every chain after the last step."""


def height(x: jax.Array) -> jax.Array:
    """The steepness of the valley's walls."""
    return 1 + x**2


AT_REST = HeavyBall(jnp.array([START, 0.0]), jnp.zeros(2))


@functools.partial(jax.jit, static_argnames="chains")
def with_keys(key: jax.Array, chains: int) -> Ends:
    """The step of the book on random keys, a run for each chain."""
    noise = Valley(height).hessian_noise(sigma=1.0)
    step = heavy_ball_step(
        noisy_field(Valley(height).loss, noise), learning_rate=RATE, momentum=MOMENTUM
    )

    def run(key: jax.Array) -> jax.Array:
        return simulate(step, AT_REST, jax.random.split(key, STEPS), every=STEPS).final.params

    return tuple(jax.vmap(run)(jax.random.split(key, chains)).T)


def noisy_step(state: HeavyBall, draw: jax.Array) -> HeavyBall:
    """The step of the book on a number that was drawn before."""

    def noise(params: jax.Array, draw: jax.Array) -> jax.Array:
        return jnp.stack([jnp.zeros(()), jnp.sqrt(height(params[0])) * draw])

    field = noisy_field(Valley(height).loss, noise)
    return heavy_ball_step(field, learning_rate=RATE, momentum=MOMENTUM)(state, draw.astype(float))


@functools.partial(jax.jit, static_argnames=("chains", "dtype"))
def with_draws(key: jax.Array, chains: int, dtype: str) -> Ends:
    """The step of the book on numbers drawn at once, one run of all chains."""
    start = jax.tree.map(lambda leaf: jnp.tile(leaf, (chains, 1)), AT_REST)
    draws = jax.random.normal(key, (STEPS, chains), dtype)
    return tuple(simulate(jax.vmap(noisy_step), start, draws, every=STEPS).final.params.T)


@functools.partial(jax.jit, static_argnames="chains")
def with_blocks(key: jax.Array, chains: int) -> Ends:
    """The same, with numbers for 50 steps at a time."""

    def stretch(state: HeavyBall, key: jax.Array) -> HeavyBall:
        draws = jax.random.normal(key, (BLOCK, chains), jnp.float32)
        return simulate(jax.vmap(noisy_step), state, draws, every=BLOCK).final

    start = jax.tree.map(lambda leaf: jnp.tile(leaf, (chains, 1)), AT_REST)
    keys = jax.random.split(key, STEPS // BLOCK)
    return tuple(simulate(stretch, start, keys, every=len(keys)).final.params.T)


def numpy_loop(random: np.random.Generator, chains: int) -> Ends:
    """All chains in one array, a loop over steps."""
    x, y = np.full(chains, START), np.zeros(chains)
    m_x, m_y = np.zeros(chains), np.zeros(chains)
    for _ in range(STEPS):
        h = 1 + x**2
        push = np.sqrt(h) * random.standard_normal(chains)
        m_x = MOMENTUM * m_x - RATE * 2 * x * y**2
        m_y = MOMENTUM * m_y - RATE * (2 * h * y + push)
        x, y = x + m_x, y + m_y
    return x, y


def torch_loop(chains: int) -> Ends:
    """The same in PyTorch."""
    import torch

    numbers = {"dtype": torch.float64}
    with torch.inference_mode():
        x, y = torch.full((chains,), START, **numbers), torch.zeros(chains, **numbers)
        m_x, m_y = torch.zeros(chains, **numbers), torch.zeros(chains, **numbers)
        for _ in range(STEPS):
            h = 1 + x**2
            push = torch.sqrt(h) * torch.randn(chains, **numbers)
            m_x = MOMENTUM * m_x - RATE * 2 * x * y**2
            m_y = MOMENTUM * m_y - RATE * (2 * h * y + push)
            x, y = x + m_x, y + m_y
    return x.numpy(), y.numpy()


@functools.partial(jax.jit, static_argnames="chains")
def equation(key: jax.Array, chains: int) -> Ends:
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

    return tuple(jax.vmap(run)(jax.random.split(key, chains)).T)


def compiled_loop(folder: str) -> Callable[[int], Ends]:
    """The loop in C, compiled with all that this processor can do."""
    library = Path(folder) / "ensembles.so"
    source = Path(__file__).with_suffix(".c")
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", library, source, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).run
    whole, number = ctypes.c_int64, ctypes.c_double
    array = np.ctypeslib.ndpointer(np.float64)
    function.argtypes, function.restype = [whole] * 3 + [number] * 2 + [array] * 2, None

    def run(chains: int) -> Ends:
        x, y = np.full(chains, START), np.zeros(chains)
        function(time.time_ns(), chains, STEPS, RATE, MOMENTUM, x, y)
        return x, y

    return run


def ways(folder: str) -> dict[str, Callable[[int], Ends]]:
    """Every way that can be measured here, as a function of the number of chains."""
    key, random = jax.random.key(0), np.random.default_rng(0)
    own = jax.random.key(0, impl="rbg")
    found: dict[str, Callable[[int], Ends]] = {
        "`lib.simulate`, a key for each step": lambda n: with_keys(key, n),
        "`lib.simulate`, normals drawn before": lambda n: with_draws(key, n, "float64"),
        "… in float32": lambda n: with_draws(key, n, "float32"),
        "… in float32, from XLA's generator": lambda n: with_draws(own, n, "float32"),
        BLOCKS: lambda n: with_blocks(key, n),
        LOOP: lambda n: numpy_loop(random, n),
        "diffrax, Euler": lambda n: equation(key, n),
    }
    if find_spec("torch"):
        found["PyTorch, a loop over steps"] = torch_loop
    if shutil.which("cc"):
        found["C, one core"] = compiled_loop(folder)
    return found


def main() -> None:
    """Compare the ways, measure them, print the tables and, if asked, write them."""
    parser = report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="samples of each way")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = ways(folder)
        compare({name: way(CHAINS[-1]) for name, way in found.items()})

        def shortest(chains: int, clock: Callable[[], float]) -> dict[str, float]:
            calls = {name: functools.partial(way, chains) for name, way in found.items()}
            return report.shortest_times(calls, asked.rounds, clock=clock)

        one = shortest(CHAINS[0], time.perf_counter)
        many = shortest(CHAINS[-1], time.perf_counter)
        work = shortest(CHAINS[-1], time.process_time)
        rows = []
        for name in found:
            columns = [
                f"{1e3 * times[name]:.3g} ms | {times[name] / times[LOOP]:.2g}"
                for times in (one, many, work)
            ]
            rows.append(f"| {name} | {' | '.join(columns)} |")
        growth = [
            report.shortest_times({"": functools.partial(found[BLOCKS], n)}, 3)[""] for n in GROWTH
        ]
    grown = [
        "",
        "| chains, normals drawn in float32, 50 steps at a time | time | a step of a chain |",
        "|---|---|---|",
        *(
            f"| {n:,} | {1e3 * took:.3g} ms | {1e9 * took / n / STEPS:.3g} ns |"
            for n, took in zip(GROWTH, growth, strict=True)
        ),
    ]
    versions = [f"NumPy {np.__version__}", f"diffrax {diffrax.__version__}"]
    if find_spec("torch"):
        import torch

        versions.append(f"PyTorch {torch.__version__}")
    if shutil.which("cc"):
        said = subprocess.run(["cc", "--version"], capture_output=True, encoding="utf-8").stdout
        versions.append(said.splitlines()[0])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    note = f"{report.machine(*versions)} {cores} cores may be used."
    report.publish([HEAD, *rows, *grown, "", note], asked.write)


def compare(found: dict[str, Ends]) -> None:
    """Stop where the mean x or the mean y² of a way is not that of NumPy, up to chance."""
    loop = found[LOOP]
    for name, ends in found.items():
        for what, a, b in (("x", ends[0], loop[0]), ("y²", ends[1] ** 2, loop[1] ** 2)):
            a, b = np.asarray(a), np.asarray(b)
            error = np.sqrt((a.var() + b.var()) / len(a))
            if not abs(a.mean() - b.mean()) <= AGREE * error:
                raise SystemExit(f"{name}: the mean {what} is {a.mean():.4f}, not {b.mean():.4f}")


if __name__ == "__main__":
    main()
