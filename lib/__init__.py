"""The library of the book *The Geometry of Optimizer Dynamics*.

Importing it switches JAX to float64, keeps an old XLA from AVX-512 code, and does nothing else.
Take the module you need: `from lib import fields`.

- `lib.fields`: vector fields on a tree of parameters: gradient fields, brackets, flows
- `lib.classifiers`: logistic regression and small networks, with their losses
- `lib.residual`: a residual network whose normalization is an argument
- `lib.datasets`: real data that comes without a download
- `lib.simulate`: steps of optimizers, one runner for all of them, and ensembles of runs
- `lib.sweep`: many runs of a function, on all devices, in files that survive
- `lib.noise`: noisy gradients: a draw of noise is an example
- `lib.valleys`: losses whose minima form a valley or a manifold, and their noise
- `lib.minima`: points of a manifold of minima, and what they must satisfy
- `lib.spectra`: functions of symmetric matrices, and the spectrum of a Hessian without the matrix
- `lib.convergence`: the order at which an error falls
- `lib.polar`: the polar factor of a matrix, its derivative, and Muon's stand-in for it
- `lib.brackets`: Chapter 1, the order gaps of any optimizer
- `lib.quasistatic`: Chapter 2, the slow motion along a manifold of minima
- `lib.adam`: Chapter 3, Adam's motion along a valley, at any angle
- `lib.mirror`: Chapter 4, steepest descent in the Lp norms and its mirror flows
- `lib.conservation`: Chapter 5, what training conserves, counted and proved
- `lib.experiments`: the main figure of each chapter as an experiment; `python -m lib` runs them
- `lib.figures`: figures with sliders, with a kernel or without one
- `lib.checks`: the checks of arguments that these modules share
"""

import os
import platform
import sys
import warnings
from pathlib import Path

import jaxlib


def _miscompiles() -> bool:
    """Whether XLA gets some norms of joined arrays wrong here: tests/install/test_compiler.py.

    It does below jaxlib 0.12, on processors with AVX-512.
    """
    if tuple(map(int, jaxlib.__version__.split(".")[:2])) >= (0, 12):
        return False
    if platform.machine() not in ("x86_64", "AMD64"):
        return False
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True  # only Linux says what the processor has


# JAX itself is imported where it computes: it takes seconds, and Sphinx, which shows figures that
# are computed already, does without. It reads the environment when it is imported.
if _miscompiles() and "max_isa" not in os.environ.get("XLA_FLAGS", ""):
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_max_isa=AVX2".strip()
    if "jax" in sys.modules:
        # No public name says it without computing; this one is read below jaxlib 0.12 only.
        from jax._src.xla_bridge import backends_are_initialized

        if backends_are_initialized():  # JAX reads the flags when it computes for the first time
            warnings.warn(
                "JAX had computed before `lib` was imported, so it uses AVX-512, with which jaxlib "
                f"{jaxlib.__version__} gets some norms wrong. Restart Python and import `lib` "
                "first.",
                stacklevel=2,
            )

# Brackets are differences of nearly equal numbers: float32 loses them at small learning rates.
os.environ["JAX_ENABLE_X64"] = "1"
if "jax" in sys.modules:
    sys.modules["jax"].config.update("jax_enable_x64", True)
