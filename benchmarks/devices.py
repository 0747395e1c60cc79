"""How the ensemble of ensembles.py grows with devices: one processor as eight, by `lib.sweep`.

A process whose XLA_FLAGS say so has eight devices, which share its cores: up to the number of cores
more of them may be faster, beyond that they only show what they cost. Each takes its share of the
chunks. All give the same numbers, bit by bit, which is checked. One device alone is not one core:
XLA shares out a part of its work among all cores, and results are saved while it computes, so two
devices on two cores cannot be twice as fast as one. What is compiled once in a process is not
counted in.
"""

import functools
from collections.abc import Iterator

import jax
import numpy as np
import report
from ensembles import SETTINGS, STEPS, slide

RUNS, CHUNK, ROUNDS = 131_072, 1_024, 3
DEVICES = (1, 2, 4, 8)


def swept(devices: int, runs: int, chunk: int) -> np.ndarray:
    """Where the runs end."""
    from lib.sweep import sweep

    found = sweep(
        lambda key: {"end": slide(key)},
        {},
        runs,
        jax.random.key(0),
        chunk_size=chunk,
        devices=jax.devices()[:devices],
        progress=False,
    )
    return found.end.values


def differs(found: np.ndarray, expected: np.ndarray) -> str | None:
    """What is wrong where not every bit is the same."""
    return None if np.array_equal(found, expected) else "other numbers than on one device"


def rows(runs: int = RUNS, chunk: int = CHUNK, rounds: int = ROUNDS) -> Iterator[report.Row]:
    """Several devices beside one."""
    counts = [n for n in DEVICES if n <= len(jax.devices())]
    names = {n: f"`lib.sweep` on {n} device{'s' if n > 1 else ''}" for n in counts}
    ways = {names[n]: functools.partial(swept, n, runs, chunk) for n in counts}
    times = report.medians(report.checked(ways, differs), rounds, budget=50)
    settings = (
        f"{SETTINGS.format(STEPS)}; {len(jax.devices())} {jax.devices()[0].platform} devices on "
        f"{report.cores()} cores, of which one device alone uses more than one for a part of its "
        "work"
    )
    for n in counts[1:]:
        pair = {name: times[name] for name in (names[n], names[1])}
        yield from report.rows(f"{runs:,} runs of SGD with momentum", pair, settings)
