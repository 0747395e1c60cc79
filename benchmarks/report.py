"""What the benchmarks share: a clock, rows of the one table, and notes on the machine."""

import argparse
import gzip
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

REST = 0.3  # seconds; threads that have finished go on spinning, on cores that the next way needs

Way = Callable[[], Any] | str
"""A function of no argument, or why it cannot be called here."""


class Row(NamedTuple):
    """A line of the table, in words but for the ratio."""

    what: str
    ours: str
    """The book's way and its time."""
    peer: str
    """What it is measured against and its time, or why that was not measured."""
    ratio: float | None
    """How many times as long the peer takes; None where nothing was measured."""
    settings: str
    versions: str
    """Of the packages that were measured, besides Python and JAX."""


def rows(what: str, times: dict[str, float | str], settings: str, *packages: str) -> list[Row]:
    """A row for each peer; the first of the times is ours.

    Args:
      times: seconds, or why there are none.
      packages: those whose versions matter, besides JAX.
    """
    (ours, own), *others = times.items()
    versions = ", ".join(version(package) for package in packages)
    return [
        Row(
            what,
            f"{ours}: {written(own)}",
            f"{peer}: {written(took)}",
            None if isinstance(own, str) or isinstance(took, str) else took / own,
            settings,
            versions,
        )
        for peer, took in others
    ]


def alone(what: str, ours: str, seconds: float, settings: str) -> Row:
    """A row without a peer."""
    return Row(what, f"{ours}: {written(seconds)}", "–", None, settings, "")


def written(took: float | str) -> str:
    """A time with three digits, in a unit that fits; what is no time, as it is."""
    if isinstance(took, str):
        return took
    units = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
    unit = next((unit for unit, size in units.items() if took >= size), "ns")
    return f"{rounded(took / units[unit])} {unit}"


def rounded(number: float) -> str:
    """Three digits, without an exponent.

    >>> rounded(1234.5), rounded(0.123456), rounded(20.0)
    ('1,234', '0.123', '20.0')
    """
    return f"{number:,.{max(0, 2 - int(np.floor(np.log10(number))))}f}"


def version(package: str) -> str:
    """The name and the version of a package; words with a space are taken as they are."""
    from importlib.metadata import version

    if " " in package:
        return package
    return f"{package} {version(package)}" if find_spec(package) else f"no {package}"


def medians(
    ways: dict[str, Way],
    rounds: int,
    *,
    sample: float = 0.0,
    budget: float = 60.0,
) -> dict[str, float | str]:
    """Seconds of one call of each way: the median of some samples, the ways in turn.

    A first call, which may compile, is not timed. A way that raises an error says so instead.

    Args:
      ways: functions of no argument, or why there is none.
      rounds: samples of each way.
      sample: seconds that a sample takes at least, by more calls, after as many that are not timed:
        it takes some calls until all cores are awake after a rest. 0 for one call.
      budget: seconds after which no further round begins, so a slow machine ends in time, too.
    """
    result: dict[str, Any] = dict.fromkeys(ways)
    calls, taken = {}, {}
    for name, way in ways.items():
        try:
            if isinstance(way, str):
                raise RuntimeError(way)
            jax.block_until_ready(way())
            calls[name] = max(1, round(sample / seconds(way, 2))) if sample else 1
            taken[name] = []
        except Exception as error:
            result[name] = reason(error)
    start = time.monotonic()
    for _ in range(rounds):
        for name, samples in taken.items():
            samples.append(seconds(ways[name], calls[name], awake=sample > 0))
        if time.monotonic() - start > budget:
            break
    return result | {name: statistics.median(samples) for name, samples in taken.items()}


def seconds(way: Callable[[], Any], calls: int, *, awake: bool = False) -> float:
    """Seconds of one call, as a mean over some; `awake` after as many that are not timed."""
    time.sleep(REST)
    for _ in range(calls if awake else 0):
        jax.block_until_ready(way())
    start = time.perf_counter()
    for _ in range(calls):
        jax.block_until_ready(way())
    return (time.perf_counter() - start) / calls


def checked(ways: dict[str, Way], differs: Callable[[Any, Any], str | None]) -> dict[str, Way]:
    """The ways, but for those that fail or whose result is not that of the first: why.

    Args:
      differs: a function of a result and the first way's to what is wrong, or None.
    """
    result, expected = {}, None
    for name, way in ways.items():
        result[name] = way
        if isinstance(way, str):
            continue
        try:
            found = way()
            expected = found if expected is None else expected
            wrong = differs(found, expected)
        except Exception as error:
            wrong = reason(error)
        if wrong:
            result[name] = wrong
    return result


def reason(error: Exception) -> str:
    """An error in one short line."""
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:120]


def largest_difference(found: Any, expected: Any) -> float:
    """The largest difference of two trees of arrays, relative to the largest number."""
    pairs = [
        (np.asarray(a), np.asarray(b))
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
    ]
    return max(abs(a - b).max() for a, b in pairs) / max(abs(b).max() for _, b in pairs)


def within(tolerance: float) -> Callable[[Any, Any], str | None]:
    """What `checked` says where the largest difference is above a tolerance."""

    def differs(found: Any, expected: Any) -> str | None:
        off = largest_difference(found, expected)
        return None if off <= tolerance else f"off by {off:.0e}, more than {tolerance:.0e}"

    return differs


def kilobytes(source: str) -> float:
    """How much a script weighs as it travels, in 1000 bytes."""
    return len(gzip.compress(source.encode())) / 1000


def load() -> str:
    """How busy the machine is: other work on it makes times longer."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine() -> str:
    """The processor, and how many of its cores may be used."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text("utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{cores()} cores, {names[0] if names else platform.machine()}"


# What the two programs that measure the built pages need besides.


def parser(description: str) -> argparse.ArgumentParser:
    """A command line with `--write`; the first line of the text says what it is for."""
    result = argparse.ArgumentParser(description=description.splitlines()[0])
    result.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    return result


def place(*versions: str) -> str:
    """Where, with what and under what load a page was measured."""
    return f"On {', '.join([machine(), f'JAX {jax.__version__}', *versions, load()])}."


def publish(lines: list[str], target: Path | None) -> None:
    """Print a table and, if asked, write it."""
    table = "\n".join(lines)
    print(table)
    if target:
        target.write_text(table + "\n", encoding="utf-8")
