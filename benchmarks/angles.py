"""How fast a study of Adam over many angles is: one `vmap`, and Python loops over the same runs.

python benchmarks/angles.py [--write FILE]

Adam runs in the valley of the section "Turn the valley, and Adam changes its speed", at fifteen
angles with sixteen seeds each, 12,000 steps. All ways give the same positions, which is checked.
A first call compiles; later calls are measured in turn in one run, five times, and a time is the
shortest: other work on the machine can only add to it.

- one `vmap` over angles and one over seeds, in one jitted function.
- a loop over the angles that calls one jitted function, which has a `vmap` over the seeds.
- a loop over angles and seeds that calls one jitted function of a single run.
- a loop over the angles that writes each angle into its function as a constant, so that JAX
  compiles fifteen times; it is called once.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jax
import jax.numpy as jnp
import numpy as np
import optax
import report

from lib.valleys import Valley, run_in_valley

ANGLES = jnp.radians(jnp.array([1.0, 3, 6, 10, 16, 25, 35, 45, 55, 65, 74, 80, 84, 87, 89]))
KEYS = jax.random.split(jax.random.key(0), 16)
STEPS = 12_000
ROUNDS = 5
TOLERANCE = 1e-9
HEAD = """\
| way | first call | later calls | beside one `vmap` | error |
|---|---|---|---|---|"""

Way = Callable[[], jax.Array]
"""A function that makes all the runs: the last positions, an array of angles by seeds."""


def main() -> None:
    """Measure all ways, print the table and, if asked, write it."""
    asked = report.parser(__doc__).parse_args()
    first, found = {}, {}
    for name, way in WAYS.items():
        start = time.perf_counter()
        found[name] = np.asarray(way())
        first[name] = time.perf_counter() - start
    expected = next(iter(found.values()))
    errors = {name: np.abs(ends - expected).max() for name, ends in found.items()}
    if wrong := [name for name, error in errors.items() if not error < TOLERANCE]:
        raise SystemExit(f"{wrong[0]}: {errors[wrong[0]]:.1e} off, more than {TOLERANCE}")
    again = {name: way for name, way in WAYS.items() if name != COMPILING}
    best = report.shortest_times(again, ROUNDS)
    base = next(iter(best.values()))
    rows = [
        f"| {name} | {first[name]:.1f} s | {later(best, name)} "
        f"| {best.get(name, first[name]) / base:.1f} | {errors[name]:.0e} |"
        for name in WAYS
    ]
    report.publish([HEAD, *rows, "", report.machine()], asked.write)


def last_position(angle: jax.Array, key: jax.Array) -> jax.Array:
    """Where one run of Adam ends."""
    path = run_in_valley(
        optax.adam(6e-3),
        Valley(lambda x: 1 + x**2, angle),
        2.1,
        key,
        sigma=1.0,
        steps=STEPS,
        every=STEPS,
    )
    return path.along[-1]


all_seeds = jax.vmap(last_position, (None, 0))
study = jax.jit(jax.vmap(all_seeds, (0, None)))
one_angle, one_run = jax.jit(all_seeds), jax.jit(last_position)


def one_vmap() -> jax.Array:
    """Everything in one call."""
    return study(ANGLES, KEYS)


def loop_over_angles() -> jax.Array:
    """Fifteen calls of one compiled function."""
    return jnp.stack([one_angle(angle, KEYS) for angle in ANGLES])


def loop_over_runs() -> jax.Array:
    """240 calls of one compiled function."""
    return jnp.stack([jnp.stack([one_run(angle, key) for key in KEYS]) for angle in ANGLES])


def loop_that_compiles() -> jax.Array:
    """Fifteen functions, each with its own angle in it."""
    ends = [jax.jit(lambda keys, a=float(a): all_seeds(a, keys))(KEYS) for a in ANGLES]
    return jnp.stack(ends)


COMPILING = "a loop over angles, compiled for each"
WAYS: dict[str, Way] = {
    "one `vmap`": one_vmap,
    "a loop over angles": loop_over_angles,
    "a loop over angles and seeds": loop_over_runs,
    COMPILING: loop_that_compiles,
}


def later(best: dict[str, float], name: str) -> str:
    """The time of a later call; a dash where there is none."""
    return f"{best[name]:.2f} s" if name in best else "–"


if __name__ == "__main__":
    main()
