"""A JupyterLab that serves a folder, and ends with all its kernels."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

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


def end_kernels(lab: Lab) -> None:
    """End the kernels of the notebooks that are open."""

    def ask(path: str, method: str = "GET") -> bytes:
        headers = {"Authorization": f"token {lab.token}"}
        request = urllib.request.Request(lab.address + path, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    for session in json.loads(ask("api/sessions")):
        ask(f"api/sessions/{session['id']}", "DELETE")
