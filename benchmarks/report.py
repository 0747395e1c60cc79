"""What the benchmarks share: their arguments, the machine they ran on, and the table they print."""

import argparse
import gzip
import os
import platform
from pathlib import Path

import jax
from playwright.sync_api import Browser


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


def machine(browser: Browser) -> str:
    """Where and under what load the times were taken."""
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"On {cores}, Chromium {browser.version}, JAX {jax.__version__}, {load()}."


def publish(lines: list[str], target: Path | None) -> None:
    """Print a table and, if asked, write it."""
    table = "\n".join(lines)
    print(table)
    if target:
        target.write_text(table + "\n", encoding="utf-8")
