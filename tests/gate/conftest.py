"""Sums up the figure gate: one table at the end of the run, and the same in _build/gate.md."""

import notebooks
import pytest
from explorers import notebook_rules

HEAD = "| figure | settings | worst relative error |\n|---|---|---|"


@pytest.fixture(autouse=True)
def as_in_a_notebook():
    """Figures compute as in the notebook that declares them."""
    with notebook_rules():
        yield


def pytest_terminal_summary(terminalreporter):
    """Print and write what the tests recorded, also where they ran in other processes."""
    rows = sorted(
        row
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for key, row in report.user_properties
        if key == "gate" and report.when == "call"
    )
    if rows:
        table = "\n".join([HEAD, *rows])
        terminalreporter.section("figure gate: the page's numbers against JAX's")
        terminalreporter.write_line(table)
        path = notebooks.ROOT / "_build" / "gate.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(table + "\n", encoding="utf-8")
