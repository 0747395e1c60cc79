"""Counting laws here and in SageMath by the published algorithm, side by side.

python benchmarks/sage_counts.py N

The first linear networks of the published list, each up to a time limit in Sage. Both times are
seconds of processor time, which other work on the machine hardly changes. Sage's start is not
counted; ours is a new process with an empty cache, imports and compilation included.
"""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import report

PROGRAM = str(Path(__file__).with_name("sage_program.py"))
NETWORKS = 10
LIMIT = 300  # seconds for a network in Sage
WHAT = "counting conservation laws"


def count(networks: int) -> list[tuple[tuple[int, ...], int, int]]:
    """The widths, the parameters and the laws of the first networks; all counts are certified."""
    import jax
    from published import drawn_for_flows

    from lib.conservation import count_laws

    jax.config.update("jax_enable_compilation_cache", False)
    rows = []
    for network in drawn_for_flows()[0][:networks]:
        found = count_laws(network, jax.random.key(0))
        if not found.certified:
            raise SystemExit(f"{network}: {found}")
        rows.append((network.widths, found.parameters, found.laws))
    return rows


def lines_of(command: list[str]) -> list:
    """What a program prints, as JSON, line by line."""
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


def rows(networks: int = NETWORKS) -> Iterator[report.Row]:
    """The time for all of the networks."""
    sage = shutil.which("sage")
    settings = f"the first {networks} of the published linear networks, processor time"
    if sage is None:
        times = {"`count_laws`": "not measured", "SageMath": "not installed"}
        yield from report.rows(WHAT, times, settings)
        return
    [ours] = lines_of([sys.executable, __file__, str(networks)])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    here = used.ru_utime + used.ru_stime
    widths = [row[0] for row in ours]
    dimensions = [parameters - laws for _, parameters, laws in ours]
    program = [sage, "-python", PROGRAM, str(LIMIT)]
    theirs = lines_of([*program, json.dumps(widths), json.dumps(dimensions)])
    cut = sum(dimension is None for dimension, _ in theirs)
    for (shape, parameters, laws), (dimension, _) in zip(ours, theirs, strict=True):
        if dimension not in (None, parameters - laws):
            raise SystemExit(f"{shape}: {parameters - dimension} laws in SageMath, {laws} here")
    if cut:
        settings += f"; {cut} ended in SageMath after {LIMIT} s, so the ratio is at least this"
    times = {"`count_laws`, compilation included": here, "SageMath": sum(s for _, s in theirs)}
    said = subprocess.run([sage, "--version"], check=True, capture_output=True, text=True).stdout
    yield from report.rows(WHAT, times, settings, said.split(",")[0].strip())


if __name__ == "__main__":
    print(json.dumps(count(int(sys.argv[1]))))
