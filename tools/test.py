"""All the checks, one after the other; every stage runs, and one line sums up at the end.

python tools/test.py
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Stage -> its commands; {pytest} runs on all cores.
STAGES = {
    "browser": ["sh tools/browser.sh"],
    "lint": [
        "{python} -m ruff check",
        "{python} -m ruff format --check",
        "{python} tools/notebooks.py --check",
        "{python} tools/address.py --check",
        "{python} tools/javascript.py --check",
    ],
    "unit": [
        "{pytest} tests lib README.md --doctest-modules --doctest-glob=README.md"
        " --ignore=tests/site"
    ],
    "nbval": ["{pytest} --dist loadfile --nbval --nbval-current-env chapters"],
    "book": ["{python} tools/book.py"],
    "site": ["{pytest} tests/site"],
}


def passes(command: str) -> bool:
    """Run one command; pytest that collects nothing fails like any other."""
    pytest = "{python} -m pytest -q -n logical"
    words = command.replace("{pytest}", pytest).split()
    words = [sys.executable if word == "{python}" else word for word in words]
    return subprocess.run(words, cwd=ROOT).returncode == 0


def main() -> None:
    """Run every stage; exit with 1 when one failed."""
    start = time.perf_counter()
    failed, took = [], []
    for stage, commands in STAGES.items():
        print(f"\n===== {stage} =====", flush=True)
        since = time.perf_counter()
        if not all([passes(command) for command in commands]):  # a list, so that every one runs
            failed.append(stage)
        took.append(f"{stage} {time.perf_counter() - since:.0f} s")
    total = f"{time.perf_counter() - start:.0f} s ({', '.join(took)})"
    if failed:
        sys.exit(f"\nmake test: FAILED: {', '.join(failed)}; {len(STAGES)} stages in {total}")
    print(f"\nmake test: {len(STAGES)} stages passed in {total}")


if __name__ == "__main__":
    main()
