"""Open each notebook in JupyterLab, as a reader does, and run it to its end.

    python tools/lab.py                  # all notebooks
    python tools/lab.py FILE…            # those named

A table says how long each took, how long a processor worked for its kernel (which depends less on
what else the machine does), how much memory that held, and how many figures the notebook shows.
What goes wrong in a cell or in the page, a figure that is not drawn, and a kernel beyond 2 GB are
named at the end.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from chromium import launched
from notebooks import CHAPTERS, find_notebooks, show
from playwright.sync_api import Browser, Error, Page

MEMORY = 2.0  # GB that a kernel may hold
PATIENCE = 300  # seconds that a busy machine may take for what an idle one does in 30


class Lab(NamedTuple):
    """A JupyterLab that runs, and the folder that it serves."""

    address: str
    token: str
    folder: Path
    process: int

    def page(self, name: str) -> str:
        """The address of a notebook of the folder, in a fresh workspace."""
        return f"{self.address}lab/tree/{name}?reset&token={self.token}"


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_answer(address: str, server: subprocess.Popen, log: Path) -> None:
    """Wait until a server that has just been started answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@contextlib.contextmanager
def started(folder: Path, environment: Mapping[str, str]) -> Iterator[Lab]:
    """A JupyterLab that serves `folder`, with a token and without anybody's settings.

    Its kernels run in `environment`. They end with it.
    """
    token = secrets.token_hex(16)
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "lab.log"
        own = dict.fromkeys(["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"], home)
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
        options += ["--port-retries=0", f"--notebook-dir={folder}", "--expose-app-in-browser"]
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                env={**os.environ, **environment, **own, "JUPYTER_TOKEN": token},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        address = f"http://127.0.0.1:{port}/"
        try:
            wait_for_answer(address + "api", server, log)
            yield Lab(address, token, folder, server.pid)
        finally:
            server.terminate()  # it ends its kernels
            server.wait(30)


# The front end's own command is done when the last cell is.
RUN = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
NOTEBOOK = "() => jupyterapp.shell.currentWidget.content.model.toJSON()"
SCROLL = "(index) => jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')"
# Whether the cell of that index, which is in the window, shows all its figures.
DRAWN = """([index, count]) => {
  const {node} = jupyterapp.shell.currentWidget.content.widgets[index];
  return node.querySelectorAll(".gx-kernel .gx-drawing svg").length >= count;
}"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def open_notebook(tab: Page, lab: Lab, name: str) -> None:
    """Open a notebook of the lab's folder, and wait for its kernel."""
    tab.goto(lab.page(name))
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def run_cells(tab: Page) -> dict:
    """Run all cells of the notebook that is open; the notebook as it is when the last one ends."""
    tab.evaluate(RUN)
    return tab.evaluate(NOTEBOOK)


def errors(notebook: dict) -> list[str]:
    """What the cells of a notebook raised."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]


def draw_figures(tab: Page, notebook: dict) -> int:
    """Scroll to each figure of the notebook that has run until it is drawn; how many there are."""
    total = 0
    for index, cell in enumerate(notebook["cells"]):
        count = sum(WIDGET in output.get("data", {}) for output in cell.get("outputs", []))
        if count:
            tab.evaluate(SCROLL, index)
            tab.wait_for_function(DRAWN, arg=[index, count])
            total += count
    return total


def measure_kernel(lab: Lab) -> tuple[float, float]:
    """The processor's seconds and the most memory, in GB, of the lab's kernel (where /proc is)."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = dict(
                line.split(":\t") for line in (process / "status").read_text().splitlines()
            )
            if int(status["PPid"]) == lab.process and "VmHWM" in status:
                times = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
                seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
                return seconds, int(status["VmHWM"].split()[0]) * 1024 / 1e9
    return 0.0, 0.0


def end_kernels(lab: Lab) -> None:
    """End the kernels of the notebooks that are open."""

    def ask(path: str, method: str = "GET") -> bytes:
        headers = {"Authorization": f"token {lab.token}"}
        request = urllib.request.Request(lab.address + path, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    for session in json.loads(ask("api/sessions")):
        ask(f"api/sessions/{session['id']}", "DELETE")


class Found(NamedTuple):
    """What a notebook does in JupyterLab."""

    seconds: float
    work: float
    memory: float
    figures: int
    problems: list[str]


def raised(tab: Page) -> list[str]:
    """A list that fills with the errors of a page, but for JupyterLab's own on a busy machine."""
    problems = []

    def note(error: Error) -> None:
        if "/static/lab/" not in (error.stack or ""):
            problems.append(f"the page raises: {error}")

    tab.on("pageerror", note)
    return problems


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
    work, memory = measure_kernel(lab)
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
