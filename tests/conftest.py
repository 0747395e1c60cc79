"""How every test runs: shapes checked, no silent promotion."""

import jax
import jaxtyping
import pytest

# Before the first import of lib, so that its annotations are checked at every call.
jaxtyping.install_import_hook("lib", "typecheck.check")

import lib  # noqa: E402, F401  switches on float64

# A mixed dtype or a broadcast that nobody asked for is an error here, as in a careful user's code.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def as_for_readers():
    """Switch the checks of the annotations off: a reader sees lib's own messages."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
