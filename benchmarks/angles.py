"""How fast a study of Adam over many angles is: one `vmap`, and Python loops over the same runs.

Adam runs in the valley of the section "Turn the valley, and Adam changes its speed", at fifteen
angles with sixteen seeds each, 12,000 steps. All ways give the same positions, which is checked.
"""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import optax
import report

from lib.valleys import Valley, run_in_valley

ANGLES = jnp.radians(jnp.array([1.0, 3, 6, 10, 16, 25, 35, 45, 55, 65, 74, 80, 84, 87, 89]))
KEYS = jax.random.split(jax.random.key(0), 16)
STEPS = 12_000
ROUNDS = 3
TOLERANCE = 1e-9
SETTINGS = f"float64, {len(ANGLES)} angles, {len(KEYS)} seeds, {STEPS:,} steps"


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


def rows(rounds: int = ROUNDS) -> Iterator[report.Row]:
    """One `vmap` beside the loops."""
    ways: dict[str, report.Way] = {
        "one `vmap`": one_vmap,
        "a Python loop over the angles": loop_over_angles,
        "Python loops over angles and seeds": loop_over_runs,
    }
    times = report.medians(report.checked(ways, report.within(TOLERANCE)), rounds, budget=20)
    yield from report.rows("Adam in a valley at many angles", times, SETTINGS)
