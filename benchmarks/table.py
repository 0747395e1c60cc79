"""The book beside other ways to compute the same, as one table of ratios.

python benchmarks/table.py [--only NAME …]

Each benchmark runs in a process of its own with a time limit and gives rows as it goes: what was
measured, ours, a peer, and how many times as long the peer takes. In a benchmark the ways take
turns, and a time is the median of its samples. What cannot be measured here, as a package is
missing, a peer fails or the time is up, has a row that says why. All of them together are written
to benchmarks/table.json, which the book shows.
"""

import argparse
import contextlib
import datetime
import importlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent
ROOT = HOME.parent
sys.path += [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tools")]

import report  # noqa: E402

TABLE = HOME / "table.json"
LIMITS = {  # seconds; on two idle cores each takes half of that or less
    "ensembles": 240,
    "devices": 150,
    "brackets": 400,
    "engine": 240,
    "angles": 200,
    "escapes": 60,
    "label_noise": 60,
    "counts": 240,
    "transformer_laws": 200,
    "sage_counts": 600,
}
EIGHT_DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"}


def main() -> None:
    """Run the benchmarks, print their rows as they come and, if all have run, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=LIMITS, metavar="NAME", help="some of them")
    parser.add_argument("--in-process", choices=LIMITS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.in_process:
        for row in importlib.import_module(asked.in_process).rows():
            print(json.dumps(row._asdict()), flush=True)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it has started ends, too
    table = []
    note = {"date": f"{datetime.date.today()}", "machine": f"{report.machine()}, {report.load()}"}
    print(f"{note['date']}, {note['machine']}, {own_versions()}\n")
    for name in asked.only or LIMITS:
        for row in run([sys.executable, __file__, "--in-process", name], name, LIMITS[name]):
            versions = ", ".join(filter(None, (own_versions(), row.versions)))
            table.append({**row._asdict(), **note, "versions": versions})
            print(line(row), flush=True)
    if not asked.only:
        TABLE.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def own_versions() -> str:
    """Of Python and JAX, which every benchmark uses."""
    return f"Python {platform.python_version()}, {report.version('jax')}"


def run(command: list[str], name: str, limit: float) -> list[report.Row]:
    """The rows of a benchmark, and one more where it ends before its time or is ended."""
    wrong = None
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=os.environ
            | {"TORCHINDUCTOR_CACHE_DIR": folder}  # what PyTorch compiles is not left behind
            | (EIGHT_DEVICES if name == "devices" else {}),
            start_new_session=True,  # what it starts ends with it
        )
        try:
            printed, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            wrong = f"ended after {limit:.0f} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if wrong:
            printed, _ = process.communicate()
        elif process.returncode:
            said.seek(0)
            wrong = said.read().strip().rpartition("\n")[2] or f"exit code {process.returncode}"
    rows = [report.Row(**json.loads(text)) for text in printed.splitlines() if text[:1] == "{"]
    if wrong:
        rows.append(report.Row(f"{name}, the rest", "not measured", wrong, None, "", ""))
    return rows


def line(row: report.Row) -> str:
    """A row for the terminal: the ratio first, as the words have no fixed width."""
    ratio = "–" if row.ratio is None else report.rounded(row.ratio)
    return f"{ratio:>8}  {row.what}\n{'':10}{row.ours} | {row.peer}\n{'':10}{row.settings}"


if __name__ == "__main__":
    main()
