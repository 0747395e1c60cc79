"""How tests and notebooks compile here: quickly, as most of their programs run for a moment only.

XLA leaves out what makes programs fast and compiling slow. In a reader's kernel it does not. And
OpenBLAS, which JAX's decompositions run on, keeps to one thread: there is a process for each core
already, and its threads, which spin while they wait, would take the cores from one another.
"""

import os
from importlib.metadata import version

from packaging.version import Version

FLAGS = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
if Version(version("jaxlib")) >= Version("0.11"):
    FLAGS = ""  # it is quick without them, and does not know them


def environment() -> dict[str, str]:
    """The variables of a process that compiles quickly; JAX reads them when it starts."""
    return {
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {FLAGS}".strip(),
    }
