"""How tests and notebooks compile here: quickly, as most of their programs run for a moment only.

XLA leaves out what makes programs fast and compiling slow. In a reader's kernel it does not. In a
cell with the tag `long-run`, whose programs run for longer than they compile, it optimizes a
little: compiling then takes twice as long, and a loop of many steps down to a tenth of the time.
And OpenBLAS, which JAX's decompositions run on, keeps to one thread: there is a process for each
core already, and its threads, which spin while they wait, would take the cores from one another.
"""

import os
from importlib.metadata import version

from packaging.version import Version

LONG_RUN = "long-run"
FLAGS = "--xla_backend_optimization_level=1 --xla_llvm_disable_expensive_passes=true"
if Version(version("jaxlib")) < Version("0.11"):  # later ones are quick without, and know no such
    FLAGS += " --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"


def environment() -> dict[str, str]:
    """The variables of a process that compiles quickly; JAX reads them when it starts."""
    return {
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {FLAGS}".strip(),
    }


def switch(*, optimize: bool) -> str:
    """The code that has a kernel's next programs optimized a little, or not at all."""
    return f"import jax; jax.config.update('jax_disable_most_optimizations', {not optimize})"
