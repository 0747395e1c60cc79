"""The process that runs translated functions for the tests here."""

import pytest
from node import Node


@pytest.fixture(scope="session")
def node():
    process = Node()
    yield process
    process.close()
