"""Sums up the figure gate: one table at the end of the run, and the same in _build/gate.md."""

import pytest
from explorers import notebook_rules
from tables import write_table


@pytest.fixture(autouse=True)
def as_in_a_notebook():
    """Figures compute as in the notebook that declares them."""
    with notebook_rules():
        yield


def pytest_terminal_summary(terminalreporter):
    """Write the table of the worst errors."""
    head = "| figure | settings | worst relative error |\n|---|---|---|"
    write_table(terminalreporter, "gate", "figure gate: the page's numbers against JAX's", head)
