"""nbval on the run that `make book` keeps, so that no notebook runs twice.

nbval asks a kernel to execute a notebook's cells and compares the messages it gets with the stored
outputs. Where the cache holds a run of the notebook by the code as it is now, a kernel that repeats
the messages of that run answers instead; otherwise nbval starts a kernel, as it always does.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import book
from nbformat import NotebookNode
from nbval.plugin import IPyNbFile

# What nbval reads of each kind of output.
CONTENT = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}


class KernelOfTheRun:
    """Answers as the kernel of a run did, in nbval's words for a kernel (nbval.kernel)."""

    def __init__(self, cells: list[NotebookNode]):
        """Begin before the first of the run's code cells."""
        self.left = deque(cells)
        self.count = itertools.count()
        self.messages: Iterator[dict] = iter(())

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        """Go on to the next cell with this source; the id of what is got from it."""
        while self.left:
            cell = self.left.popleft()
            if cell.source == source:
                id = str(next(self.count))
                self.messages = messages(cell.outputs, id)
                return id
        raise LookupError(f"the run of this notebook has no further cell that reads\n{source}")

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """The next message that the cell sent."""
        return next(self.messages)

    def await_reply(self, id: str, timeout: float | None = None) -> None:
        """Return, as the cell has run."""

    def await_idle(self, id: str, timeout: float) -> None:
        """Return, as the cell has run."""

    def is_alive(self) -> bool:
        """Whether the kernel can be asked."""
        return True

    def stop(self) -> None:
        """End nothing."""


def messages(outputs: list[NotebookNode], id: str) -> Iterator[dict]:
    """The messages by which a kernel sends outputs, to the end of the cell."""

    def message(kind: str, content: dict) -> dict:
        return {"msg_type": kind, "parent_header": {"msg_id": id}, "content": content}

    for output in outputs:
        kind = output.output_type
        yield message(kind, {name: output[name] for name in CONTENT[kind]})
    yield message("status", {"execution_state": "idle"})


def set_up(notebook: IPyNbFile) -> None:
    """Begin the comparison of a notebook: in place of IPyNbFile.setup, which starts a kernel."""
    run = book.find_run(Path(notebook.path))
    if run is None:
        IPyNbFile.setup(notebook)
    else:
        notebook.kernel = KernelOfTheRun(run.cells)
        notebook.setup_sanitize_files()
