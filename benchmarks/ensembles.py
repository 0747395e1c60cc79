"""How fast an ensemble of noisy runs is, beside NumPy, PyTorch, diffrax, C, and itself elsewhere.

Chains of heavy ball with Hessian noise in the valley (1 + x²)y², 2,000 steps each, float64, the
last states kept, fresh normals counted in. First the means of x and of y² over 1,000 chains are
compared, as the ways draw different random numbers.

- `valley-slide`: the book's experiment, `vmap` over chains, jitted. A run has a key of its own and
  draws the numbers for fifty steps at once, so that they fit into a core's cache.
- `lib.simulate`, a key for each step: nearly all of its time goes into splitting keys.
- NumPy: a loop over steps, all chains in one array, one normal a step; PyTorch: the same.
- diffrax: a stochastic equation whose Euler steps are those of heavy ball, `vmap`, jitted.
- C: ensembles.c, on one core, compiled here by the system's compiler.

Then the ensemble grows from one chain to 100,000, and goes to a GPU if there is one.
"""

import ctypes
import functools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import report

from lib.experiments import EXPERIMENTS, SLIDE
from lib.noise import noisy_field
from lib.simulate import HeavyBall, heavy_ball_step, simulate
from lib.valleys import Valley

CHAINS, STEPS = (1, 1_000), SLIDE
GROWTH = (10, 100, 1_000, 10_000, 100_000)
RATE, MOMENTUM, START = 0.004, 0.8, 2.0  # that of the experiment
AGREE = 5  # standard errors
ROUNDS = 9
SAMPLE = 0.1  # seconds
OURS = "the experiment `valley-slide`"
SETTINGS = "float64, {:,} steps, fresh normals counted in"

Ends = tuple[np.ndarray, np.ndarray]
"""x and y of every chain after the last step."""


def height(x: jax.Array) -> jax.Array:
    """The steepness of the valley's walls."""
    return 1 + x**2


AT_REST = HeavyBall(jnp.array([START, 0.0]), jnp.zeros(2))


def with_keys(key: jax.Array) -> jax.Array:
    """Where a run ends: the step of the book on random keys, one a step."""
    noise = Valley(height).hessian_noise(sigma=1.0)
    step = heavy_ball_step(
        noisy_field(Valley(height).loss, noise), learning_rate=RATE, momentum=MOMENTUM
    )
    return simulate(step, AT_REST, jax.random.split(key, STEPS), every=STEPS).final.params


def slide(key: jax.Array) -> jax.Array:
    """Where a run of the book's experiment ends."""
    run = EXPERIMENTS["valley-slide"].function
    found = run(key, learning_rate=RATE, momentum=MOMENTUM, batch_size=1.0)
    return jnp.stack([found["x"][-1], found["y"][-1]])


def ensemble(run: Callable[[jax.Array], jax.Array]) -> Callable[[int], Ends]:
    """A function of the number of chains to the ends of so many runs."""
    runs = jax.jit(jax.vmap(run))
    keys = functools.cache(lambda chains: jax.random.split(jax.random.key(0), chains))
    return lambda chains: tuple(runs(keys(chains)).T)


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


def equation(key: jax.Array) -> jax.Array:
    """Where a run of diffrax ends that solves dm = -((1-μ)/η m + ∇f)dt + √η D dW, dz = m/η dt + dm.

    Its Euler steps of length η are those of heavy ball; without the last dm they would lag behind.
    """
    import diffrax

    def drift(_t: jax.Array, state: jax.Array, _args: None) -> jax.Array:
        m, (x, y) = state[:2], state[2:]
        slope = jnp.stack([2 * x * y**2, 2 * height(x) * y])
        change = -((1 - MOMENTUM) / RATE * m + slope)
        return jnp.concatenate([change, m / RATE + change])

    def push(_t: jax.Array, state: jax.Array, _args: None) -> jax.Array:
        return jnp.sqrt(RATE * height(state[2])) * jnp.array([0.0, 1.0, 0.0, 1.0])

    brownian = diffrax.UnsafeBrownianPath(shape=(), key=key)
    found = diffrax.diffeqsolve(
        diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(push, brownian)),
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


def ways(folder: str) -> dict[str, Callable[[int], Ends] | str]:
    """Every way as a function of the number of chains, or why there is none here."""
    random = np.random.default_rng(0)
    missing = "is not installed"
    return {
        OURS: ensemble(slide),
        "NumPy, a loop over steps": functools.partial(numpy_loop, random),
        "PyTorch, a loop over steps": torch_loop if find_spec("torch") else missing,
        "diffrax, Euler": ensemble(equation) if find_spec("diffrax") else missing,
        "C, one core": compiled_loop(folder) if shutil.which("cc") else "there is no compiler `cc`",
        "`lib.simulate`, a key for each step": ensemble(with_keys),
    }


def rows(
    chains: tuple[int, ...] = CHAINS, growth: tuple[int, ...] = GROWTH, rounds: int = ROUNDS
) -> Iterator[report.Row]:
    """The ensemble beside its peers, beside a single run, and on a GPU."""
    settings = SETTINGS.format(STEPS)
    with tempfile.TemporaryDirectory() as folder, jax.default_device(jax.devices("cpu")[0]):
        every = ways(folder)
        right = report.checked(at(every, max(chains), {}), differs)
        for n in chains:
            times = report.medians(at(every, n, right), rounds, sample=SAMPLE)
            what = f"{n:,} {'run' if n == 1 else 'runs'} of SGD with momentum"
            packages = ("numpy", "torch", "diffrax", compiler())
            yield from report.rows(what, times, settings, *packages)
        ours = every[OURS]
        names = {n: f"in {n:,} runs at once" for n in growth}
        times = report.medians(
            {"one run": functools.partial(ours, 1)}
            | {names[n]: functools.partial(ours, n) for n in growth},
            3,
            sample=SAMPLE,
        )
        one = times["one run"] / STEPS
        for n in growth:
            each = times[names[n]] / n / STEPS
            what = f"a step of SGD with momentum, {names[n]}"
            yield from report.rows(what, {OURS: each, "in one run": one}, settings)
    yield from on_gpu(growth, settings)


def at(
    every: dict[str, Callable[[int], Ends] | str], chains: int, right: dict[str, report.Way]
) -> dict[str, report.Way]:
    """The ways at one number of chains; those that are not right stay what is wrong."""
    calls = {n: w if isinstance(w, str) else functools.partial(w, chains) for n, w in every.items()}
    return calls | {name: way for name, way in right.items() if isinstance(way, str)}


def on_gpu(growth: tuple[int, ...], settings: str) -> Iterator[report.Row]:
    """The largest ensemble on a GPU beside the processor."""
    what = f"{growth[-1]:,} runs of SGD with momentum on a GPU"
    try:
        gpu = jax.devices("gpu")[0]
    except RuntimeError:
        yield report.Row(what, "not measured", "there is no GPU that JAX can use", None, "", "")
        return

    def on(device: jax.Device) -> Callable[[], Ends]:
        own = ensemble(slide)  # with keys that lie on the device

        def run() -> Ends:
            with jax.default_device(device):
                return own(growth[-1])

        return run

    ways = {f"{gpu.device_kind}": on(gpu), "the processor": on(jax.devices("cpu")[0])}
    yield from report.rows(what, report.medians(ways, 3), settings)


def compiler() -> str:
    """What the system's C compiler calls itself."""
    if not shutil.which("cc"):
        return "no C compiler"
    said = subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout
    return said.splitlines()[0]


def differs(found: Ends, expected: Ends) -> str | None:
    """What is wrong where the mean x or the mean y² is not that of another way, up to chance."""
    for name, power, n in (("x", 1, 0), ("y²", 2, 1)):
        a, b = np.asarray(found[n]) ** power, np.asarray(expected[n]) ** power
        error = np.sqrt((a.var() + b.var()) / len(a))
        if not abs(a.mean() - b.mean()) <= AGREE * error:
            return f"the mean {name} is {a.mean():.4f}, not {b.mean():.4f}"
    return None
