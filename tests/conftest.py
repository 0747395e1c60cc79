"""How every test runs: shapes checked, no silent promotion, compiled quickly."""

import os
import pkgutil

import jax
import jaxtyping
import pytest
import quickly

# Most of the time of the tests is compiling. XLA reads its flags once, and no other process of the
# tests gets them; OpenBLAS reads its number of threads when JAX loads it.
os.environ["XLA_FLAGS"] = quickly.environment()["XLA_FLAGS"]
os.environ["OPENBLAS_NUM_THREADS"] = quickly.environment()["OPENBLAS_NUM_THREADS"]

import lib

jax.devices()
os.environ["XLA_FLAGS"] = os.environ["XLA_FLAGS"].replace(quickly.FLAGS, "").strip()
jax.config.update("jax_disable_most_optimizations", True)

# Before the first import of the modules, so that their annotations are checked at every call. The
# translation of figures is ten times as slow under these checks: one run of them has it checked.
CHECKED = {module.name for module in pkgutil.iter_modules(lib.__path__)}
if "CHECK_TYPES_OF_FIGURES" not in os.environ:
    CHECKED.remove("figures")
jaxtyping.install_import_hook([f"lib.{name}" for name in CHECKED], "typecheck.check")

# A mixed dtype or a broadcast that nobody asked for is an error here, as in a careful user's code.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def as_for_readers():
    """Switch the checks of the annotations off: a reader sees lib's own messages."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def optimized():
    """Optimize a little, as in a cell with the tag `long-run`: for what runs so long."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)
