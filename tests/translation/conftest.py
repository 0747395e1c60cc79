"""How the translations here are compared: in one Node process, with programs compiled quickly."""

import jax
import pytest
from node import Node


@pytest.fixture(scope="session")
def node():
    process = Node()
    yield process
    process.close()


@pytest.fixture(scope="module", autouse=True)
def quick_compilation():
    """XLA leaves out what only makes programs fast: each of those here runs a few times."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
