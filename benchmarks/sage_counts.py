"""Counting laws here and in SageMath by the published algorithm, side by side.

python benchmarks/sage_counts.py [--networks N] [--limit SECONDS] [--write FILE]

The first linear networks of the published list, each up to a time limit in Sage. Both times are
seconds of processor time, which other work on the machine hardly changes. Sage's start is not
counted; ours is a new process with an empty cache, imports and compilation included. Without a
`sage` on the path there is nothing to compare with, and the program says so.
"""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import report

PROGRAM = str(Path(__file__).with_name("sage_program.py"))
HEAD = """\
| network | parameters | laws | in SageMath | laws here |
|---|---|---|---|---|"""


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


def main() -> None:
    """Count in both, print the table and, if asked, write it."""
    parser = report.parser(__doc__)
    parser.add_argument("--networks", type=int, default=10, help="how many; 10 unless said")
    parser.add_argument("--limit", type=float, default=600, help="seconds for a network in Sage")
    parser.add_argument("--only-here", action="store_true", help="in this process; prints JSON")
    asked = parser.parse_args()
    if asked.only_here:
        print(json.dumps(count(asked.networks)))
        return
    sage = shutil.which("sage")
    if sage is None:
        print("SageMath is not installed: there is no `sage` to compare with. Debian's package is")
        print("`sagemath`.")
        return
    [ours] = lines_of([sys.executable, __file__, "--only-here", "--networks", str(asked.networks)])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    here = used.ru_utime + used.ru_stime
    widths = [row[0] for row in ours]
    dimensions = [parameters - laws for _, parameters, laws in ours]
    program = [sage, "-python", PROGRAM, str(asked.limit)]
    theirs = lines_of([*program, json.dumps(widths), json.dumps(dimensions)])
    rows, ended = [HEAD], True
    for (shape, parameters, laws), (dimension, seconds) in zip(ours, theirs, strict=True):
        if dimension is None:
            ended, found = False, "not ended"
        else:
            found = str(parameters - dimension)
            if parameters - dimension != laws:
                raise SystemExit(f"{shape}: {found} laws in SageMath, {laws} here")
        name = "-".join(map(str, shape))
        rows.append(f"| {name} | {parameters} | {found} | {seconds:.1f} s | {laws} |")
    total, least = sum(seconds for _, seconds in theirs), "" if ended else "at least "
    rows.append(f"| **together** | | | **{least}{total:.0f} s** | **{here:.1f} s** |")
    ratio = f"Ratio: {least}{total / here:.0f}, in seconds of processor time."
    version = subprocess.run([sage, "--version"], check=True, capture_output=True, text=True)
    number = version.stdout.split(",")[0].strip()
    report.publish([*rows, "", f"{ratio} {report.machine(number)}"], asked.write)


if __name__ == "__main__":
    main()
