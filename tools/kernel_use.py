"""How long the kernel of a notebook has worked, and the most memory that it held."""

import contextlib
import os
from pathlib import Path


def measure_kernel(server: int) -> tuple[float, float]:
    """The processor's seconds and the most memory, in GB, of the kernel that a process has started.

    Both are 0 where there is no /proc.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = dict(
                line.split(":\t") for line in (process / "status").read_text().splitlines()
            )
            if int(status["PPid"]) == server and "VmHWM" in status:
                times = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
                seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
                return seconds, int(status["VmHWM"].split()[0]) * 1024 / 1e9
    return 0.0, 0.0
