"""How long it takes to count the laws of all the networks that the source draws.

python benchmarks/counts.py [--write FILE]

Each line is a new process with an empty cache: imports and compilation are part of its time. All
counts must be certified.
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import report

LISTS = {
    "100 networks under gradient flow": "flows",
    "the same, proved over the integers": "proofs",
    "20 networks under momentum": "momentum",
}
HEAD = """\
| what | networks | time |
|---|---|---|"""


def count(which: str) -> int:
    """Count the laws of one list; how many networks it has."""
    import jax
    from published import drawn_for_flows, drawn_for_momentum

    from lib.conservation import count_laws

    jax.config.update("jax_enable_compilation_cache", False)
    momentum = which == "momentum"
    networks = drawn_for_momentum() if momentum else [*drawn_for_flows()[0], *drawn_for_flows()[1]]
    flow = "momentum" if momentum else "gradient"
    for network in networks:
        found = count_laws(network, jax.random.key(0), flow, exact=which == "proofs")
        if not found.certified:
            raise SystemExit(f"{network}: {found}")
    return len(networks)


def main() -> None:
    """Count each list in a process of its own, print the table and, if asked, write it."""
    parser = report.parser(__doc__)
    parser.add_argument("--only", choices=LISTS.values(), help="count one list, in this process")
    asked = parser.parse_args()
    if asked.only:
        print(count(asked.only))
        return
    lines = [HEAD]
    for name, which in LISTS.items():
        start = time.perf_counter()
        command = [sys.executable, __file__, "--only", which]
        counted = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines.append(f"| {name} | {counted.strip()} | {time.perf_counter() - start:.1f} s |")
    report.publish([*lines, "", report.machine()], asked.write)


if __name__ == "__main__":
    main()
