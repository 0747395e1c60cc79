"""The checks, in two lanes side by side; every stage runs, and one line sums up at the end.

python tools/test.py                # all: what CI runs
python tools/test.py lint           # style, and the notebooks' normal form
python tools/test.py check          # lint and the fast tests: for every save
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The fast tests: of the figure engine all but the page, of the rest what fails in a moment.
FAST = """
    tests/translation/test_every_rule.py tests/test_explorer.py tests/test_controls.py
    tests/test_marks.py tests/test_page.py tests/test_floors.py tests/test_markdown.py
    tests/test_fields.py tests/test_simulate.py tests/brackets/test_errors_of_fields.py
    tests/install/test_address.py tests/install/test_environment.py tests/notebooks/test_outputs.py
"""

# Stage -> its commands; {pytest} runs on all cores.
STAGES = {
    "browser": ["sh tools/browser.sh"],
    "lint": [
        "{python} -m ruff check",
        "{python} -m ruff format --check",
        "{python} -m codespell_lib",
        "{python} tools/workflows.py",
        "{python} tools/notebooks.py --check",
        "{python} tools/address.py --check",
        "{python} tools/javascript.py --check",
    ],
    "book": ["{python} tools/book.py"],  # the only run of the notebooks: nbval and site compare it
    "unit": [
        "{pytest} tests lib README.md --doctest-modules --doctest-glob=README.md"
        " --ignore=tests/site --ignore=tests/translation/test_every_rule.py",
        "env CHECK_TYPES_OF_FIGURES=1 {pytest} tests/translation/test_every_rule.py",
    ],
    "nbval": ["{pytest} -n 0 --nbval --nbval-current-env chapters"],
    "site": [f"{{pytest}} -n {2 * (os.cpu_count() or 2)} tests/site"],  # they often wait
    "fast": ["{pytest} " + " ".join(FAST.split())],
}
# Part -> its lanes, each the stages that follow one another. A browser often waits: the unit tests,
# which hardly ever do, run meanwhile.
LANES = {
    "lint": [["lint"]],
    "check": [["lint", "fast"]],
    "test": [["browser", "book", "nbval", "site"], ["lint", "unit"]],
}
BEGAN = time.perf_counter()
MARK = max(map(len, STAGES))  # as wide as the names of the stages that stand before their lines


def passes(stage: str, command: str) -> bool:
    """Run one command; pytest that collects nothing fails like any other."""
    pytest = "{python} -m pytest -q -n logical"
    words = command.replace("{pytest}", pytest).split()
    words = [sys.executable if word == "{python}" else word for word in words]
    running = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    for line in running.stdout:
        print(f"{time.perf_counter() - BEGAN:4.0f} s {stage:>{MARK}} | {line}", end="", flush=True)
    return running.wait() == 0


def run(stages: list[str]) -> list[tuple[str, bool, float]]:
    """Run the stages of a lane: of each its name, whether it passed, and the seconds it took."""
    found = []
    for stage in stages:
        since = time.perf_counter()
        passed = all([passes(stage, one) for one in STAGES[stage]])  # a list: every one runs
        found.append((stage, passed, time.perf_counter() - since))
    return found


def main() -> None:
    """Run every stage of a part; exit with 1 when one failed."""
    (part,) = sys.argv[1:] or ["test"]
    with ThreadPoolExecutor() as lanes:
        found = [stage for lane in lanes.map(run, LANES[part]) for stage in lane]
    took = ", ".join(f"{stage} {seconds:.0f} s" for stage, _, seconds in found)
    total = f"{time.perf_counter() - BEGAN:.0f} s ({took})"
    failed = [stage for stage, passed, _ in found if not passed]
    if failed:
        sys.exit(f"\nmake {part}: FAILED: {', '.join(failed)}; {len(found)} stages in {total}")
    print(f"\nmake {part}: {len(found)} stages passed in {total}")


if __name__ == "__main__":
    main()
