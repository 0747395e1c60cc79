"""What the benchmarks share: their arguments, clock, note on the machine, and table."""

import argparse
import gzip
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

REST = 0.3  # seconds; threads that have finished go on spinning, on cores that the next way needs


def parser(description: str) -> argparse.ArgumentParser:
    """A command line with `--write`; the first line of the text says what it is for."""
    result = argparse.ArgumentParser(description=description.splitlines()[0])
    result.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    return result


def kilobytes(source: str) -> float:
    """How much a script weighs as it travels, in 1000 bytes."""
    return len(gzip.compress(source.encode())) / 1000


def load() -> str:
    """How busy the machine is: other work on it makes times longer."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def machine(*versions: str) -> str:
    """Where, with what and under what load the times were taken."""
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"On {', '.join([cores, f'JAX {jax.__version__}', *versions, load()])}."


def shortest_times(
    ways: dict[str, Callable[[], Any]],
    rounds: int,
    sample: float = 0.0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Seconds of one call of each way: the shortest of some samples, the ways in turn.

    Other work on the machine can only add to a time. A first call, which may compile, is not timed.

    Args:
      ways: functions of no argument.
      rounds: samples of each way.
      sample: seconds that a sample takes at least, by more calls; 0 for one call.
      clock: `time.process_time` counts what all cores have worked, whatever else they do.
    """
    for way in ways.values():
        jax.block_until_ready(way())
    calls = dict.fromkeys(ways, 1)
    if sample:
        calls = {name: max(1, round(sample / seconds(way, 2, clock))) for name, way in ways.items()}
    samples = [
        {name: seconds(way, calls[name], clock) for name, way in ways.items()}
        for _ in range(rounds)
    ]
    return {name: min(times[name] for times in samples) for name in ways}


def seconds(
    way: Callable[[], Any], calls: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds of one call, as a mean over some."""
    time.sleep(REST)
    start = clock()
    for _ in range(calls):
        jax.block_until_ready(way())
    return (clock() - start) / calls


def publish(lines: list[str], target: Path | None) -> None:
    """Print a table and, if asked, write it."""
    table = "\n".join(lines)
    print(table)
    if target:
        target.write_text(table + "\n", encoding="utf-8")
