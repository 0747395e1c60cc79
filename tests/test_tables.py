"""The tables that the site's tests fill are written whole or not at all."""

from types import SimpleNamespace

import notebooks
import pytest
from tables import write_table


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Write the table of a run that recorded some rows; the text of the file, if there is one."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def ran(*rows, wanted):
        reports = [SimpleNamespace(user_properties=[("axe", row)], when="call") for row in rows]
        reporter = SimpleNamespace(
            getreports=lambda outcome: reports if outcome == "passed" else [],
            section=lambda title: None,
            write_line=lambda line: None,
        )
        write_table(reporter, "axe", "what axe found", "| page |", lambda: wanted)
        file = tmp_path / "_build" / "axe.md"
        return file.read_text() if file.exists() else None

    return ran


def test_a_whole_run_writes_its_rows_in_order(ran):
    text = ran("| b.html | 0 |", "| a.html | 1 |", wanted={"a.html", "b.html"})
    assert text == "| page |\n| a.html | 1 |\n| b.html | 0 |\n"


def test_a_partial_run_leaves_the_table_of_the_whole_as_it_is(ran):
    assert ran("| a.html | 1 |", wanted={"a.html", "b.html"}) is None
    whole = ran("| b.html | 0 |", "| a.html | 1 |", wanted={"a.html", "b.html"})
    assert ran("| a.html | 7 |", wanted={"a.html", "b.html"}) == whole
