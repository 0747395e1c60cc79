"""Kernels that are copies of one process, which has imported what the notebooks import.

Importing takes three seconds of a core, and each notebook has a kernel of its own.

python -P tools/kernels.py
    For each line with a folder and ipykernel's arguments, as JSON, start a kernel there and print
    the number of its process.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_client.manager import AsyncKernelManager


class Kernel(AsyncKernelManager):
    """A kernel as nbclient wants it, which is a copy of the process `source`."""

    def __init__(self, source: subprocess.Popen[str]) -> None:
        """Let `source` make it."""
        super().__init__()
        self.source = source
        self.process: int | None = None

    @property
    def has_kernel(self) -> bool:
        """Whether it was started."""
        return self.process is not None

    async def start_kernel(self, *, cwd: str, extra_arguments: list[str]) -> None:
        """Start it in the folder `cwd`."""
        self.write_connection_file()
        arguments = ["-f", self.connection_file, *extra_arguments]
        print(json.dumps([cwd, arguments]), file=self.source.stdin, flush=True)
        self.process = int(self.source.stdout.readline())

    async def is_alive(self) -> bool:
        """Whether it runs."""
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        return True

    _async_is_alive = is_alive  # as its client calls it

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)


@contextmanager
def source(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The process that is copied, with these variables; it ends with the context."""
    command = [sys.executable, "-P", __file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=environment, process_group=0
    ) as process:
        yield process


def import_all() -> None:
    """Import what kernels do and most notebooks: not SymPy, which half of them need.

    Nothing of it may compute with JAX, whose threads a copy would lack.
    """
    with contextlib.suppress(Exception):  # the notebook that imports it says what is wrong
        import lib.experiments
        import lib.figures.explorer
        import lib.figures.static  # noqa: F401
    import ipykernel.kernelapp  # noqa: F401
    import ipywidgets  # noqa: F401


def be_kernel(folder: str, arguments: list[str]) -> None:
    """Be the kernel of a notebook in a folder."""
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.chdir(folder)
    IPKernelApp.launch_instance(arguments)


def main() -> None:
    """Import, and be copied."""
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel ends with it; read when imported
    import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for kernels
    for line in sys.stdin:
        process = os.fork()
        if not process:
            be_kernel(*json.loads(line))
            return
        print(process, flush=True)


if __name__ == "__main__":
    main()
