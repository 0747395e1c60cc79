"""The checks, one after the other; every stage runs, and one line sums up at the end.

python tools/test.py                # all: what CI runs
python tools/test.py lint           # style, and the notebooks' normal form
python tools/test.py check          # lint and the fast tests: for every save
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The fast tests: of the figure engine all but the page, of the rest what fails in a moment.
FAST = """
    tests/translation/test_every_rule.py tests/test_explorer.py tests/test_controls.py
    tests/test_marks.py tests/test_page.py tests/test_floors.py tests/test_pages.py
    tests/test_fields.py tests/test_simulate.py tests/test_bracket_errors.py
    tests/install/test_address.py tests/install/test_environment.py tests/notebooks/test_outputs.py
"""

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
    "book": ["{python} tools/book.py"],  # the only run of the notebooks: nbval and site compare it
    "unit": [
        "{pytest} tests lib README.md --doctest-modules --doctest-glob=README.md"
        " --ignore=tests/site --ignore=tests/translation/test_every_rule.py",
        "env CHECK_TYPES_OF_FIGURES=1 {pytest} tests/translation/test_every_rule.py",
    ],
    "nbval": ["{pytest} -n 0 --nbval --nbval-current-env chapters"],
    "site": [f"{{pytest}} -n {3 * (os.cpu_count() or 2) // 2} tests/site"],  # they often wait
}
PARTS = {
    "lint": {"lint": STAGES["lint"]},
    "check": {"lint": STAGES["lint"], "fast": ["{pytest} " + " ".join(FAST.split())]},
    "test": STAGES,
}


def passes(command: str) -> bool:
    """Run one command; pytest that collects nothing fails like any other."""
    pytest = "{python} -m pytest -q -n logical"
    words = command.replace("{pytest}", pytest).split()
    words = [sys.executable if word == "{python}" else word for word in words]
    return subprocess.run(words, cwd=ROOT).returncode == 0


def main() -> None:
    """Run every stage of a part; exit with 1 when one failed."""
    (part,) = sys.argv[1:] or ["test"]
    stages = PARTS[part]
    start = time.perf_counter()
    failed, took = [], []
    for stage, commands in stages.items():
        print(f"\n===== {stage} =====", flush=True)
        since = time.perf_counter()
        if not all([passes(command) for command in commands]):  # a list, so that every one runs
            failed.append(stage)
        took.append(f"{stage} {time.perf_counter() - since:.0f} s")
    total = f"{time.perf_counter() - start:.0f} s ({', '.join(took)})"
    if failed:
        sys.exit(f"\nmake {part}: FAILED: {', '.join(failed)}; {len(stages)} stages in {total}")
    print(f"\nmake {part}: {len(stages)} stages passed in {total}")


if __name__ == "__main__":
    main()
