"""Open each notebook in JupyterLab, as a reader does, and run it to its end.

    python tools/lab.py                  # all notebooks
    python tools/lab.py FILE…            # those named

A table says how long each took, how long a processor worked for its kernel (which depends less on
what else the machine does), how much memory that held, and how many figures the notebook shows.
What goes wrong in a cell or in the page, a figure that is not drawn, and a kernel beyond 2 GB are
named at the end.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from chromium import launched
from kernel_use import measure_kernel
from lab_page import draw_figures, errors, open_notebook, raised, run_cells
from lab_server import PATIENCE, Lab, end_kernels, started
from notebooks import CHAPTERS, find_notebooks, show
from playwright.sync_api import Browser, Error

MEMORY = 2.0  # GB that a kernel may hold


class Found(NamedTuple):
    """What a notebook does in JupyterLab."""

    seconds: float
    work: float
    memory: float
    figures: int
    problems: list[str]


def try_notebook(browser: Browser, lab: Lab, name: str) -> Found:
    """Open a notebook of the lab's folder, run it, and look at its figures."""
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.set_default_timeout(1000 * PATIENCE)
    problems, seconds, figures = raised(tab), 0.0, 0
    try:
        open_notebook(tab, lab, name)
        start = time.perf_counter()
        notebook = run_cells(tab)
        seconds = time.perf_counter() - start
        problems += errors(notebook)
        figures = draw_figures(tab, notebook)
    except Error as error:
        problems.append(str(error))
    work, memory = measure_kernel(lab.process)
    if memory > MEMORY:
        problems.append(f"its kernel held {memory:.1f} GB")
    end_kernels(lab)
    tab.close()
    return Found(seconds, work, memory, figures, problems)


def main() -> None:
    """Try the notebooks named on the command line, or else all of the book's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all below chapters/")
    paths = [path.resolve() for path in parser.parse_args().notebooks] or find_notebooks()
    wrong = []
    with tempfile.TemporaryDirectory() as copies, launched() as browser:
        shutil.copytree(CHAPTERS, copies, dirs_exist_ok=True)  # JupyterLab writes into them
        with started(Path(copies), {}) as lab:
            print("    run     work   memory  figures  notebook")
            for path in paths:
                found = try_notebook(browser, lab, path.relative_to(CHAPTERS).as_posix())
                times = f"{found.seconds:5.1f} s  {found.work:5.1f} s"
                rest = f"{found.memory:4.2f} GB  {found.figures:7}  {show(path)}"
                print(f"{times}  {rest}", flush=True)
                wrong += [f"{show(path)}: {problem}" for problem in found.problems]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
