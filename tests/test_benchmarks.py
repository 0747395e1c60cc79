"""The benchmarks still run, at tiny sizes, and what fails has a row that says why."""

import importlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import report  # noqa: E402
import table  # noqa: E402


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(report, "REST", 0.0)


def test_a_problem_in_node_in_jax_and_in_a_loop(monkeypatch):
    import engine

    monkeypatch.setattr(engine, "WARM_UP", 0.1)
    monkeypatch.setattr(engine, "SAMPLE", 0.1)
    name = "RK4, 500 steps"
    rows = list(engine.rows({name: engine.PROBLEMS[name]}, rounds=1, pyodide=False))
    assert [row.peer.partition(":")[0] for row in rows] == [
        "JAX, jitted",
        "a loop in Python",
        "a loop in Python, in Pyodide",
    ]
    assert rows[0].ratio > 0
    assert rows[1].ratio > 0
    assert rows[2].peer.endswith("Pyodide could not be fetched")
    assert rows[2].ratio is None


def test_a_problem_in_pyodide(monkeypatch, tmp_path):
    import engine

    class Peer(engine.Engine):
        """With a package in Pyodide's place, as that one comes from the network."""

        def start_pyodide(self):
            package = tmp_path / "node_modules" / "pyodide"
            package.mkdir(parents=True)
            (package / "pyodide.js").write_text(r"""
                exports.loadPyodide = async () => ({
                  FS: {writeFile() {}}, loadPackage: async () => {}, loadedPackages: {numpy: ""},
                  runPython: (code) => (/loops.clock\(loops.runge_kutta,/.test(code) ? 0.2 : null),
                });""")
            return None if self.ask(what="pyodide", folder=str(tmp_path), files=[]) else "NumPy"

    monkeypatch.setattr(engine, "Engine", Peer)
    monkeypatch.setattr(engine, "WARM_UP", 0.1)
    monkeypatch.setattr(engine, "SAMPLE", 0.1)
    name = "RK4, 500 steps"
    *_, row = engine.rows({name: engine.PROBLEMS[name]}, rounds=1)
    assert row.peer == "a loop in Python, in Pyodide: 200 µs"


@pytest.mark.parametrize("name", ["counts", "devices", "ensembles", "escapes", "sage_counts"])
def test_benchmarks_can_be_imported(name):
    assert callable(importlib.import_module(name).rows)


def test_sage_that_is_not_there(monkeypatch):
    import sage_counts

    monkeypatch.setenv("PATH", "")
    [row] = sage_counts.rows()
    assert (row.peer, row.ratio) == ("SageMath: not installed", None)


def test_a_way_that_fails_says_why():
    def fails():
        raise RuntimeError("no more memory\nand much besides")

    ways = {"ours": lambda: 1.0, "fails": fails, "wrong": lambda: 1.1, "missing": "not installed"}
    right = report.checked(ways, report.within(1e-3))
    times = report.medians(right, 1)
    first, second, third = report.rows("one", times, "none", "numpy")
    assert first.peer == "fails: no more memory"
    assert second.peer == "wrong: off by 1e-01, more than 1e-03"
    assert third.peer == "missing: not installed"
    assert {row.ratio for row in (first, second, third)} == {None}


def test_a_ratio_is_the_time_of_the_peer_over_ours():
    [row] = report.rows("one", {"ours": 0.002, "peer": 0.05}, "none", "Sage 10")
    assert row == ("one", "ours: 2.00 ms", "peer: 50.0 ms", 25.0, "none", "Sage 10")


def test_a_benchmark_that_ends_before_its_time_keeps_its_rows():
    row = report.Row("a", "b", "c", 1.5, "d", "")
    shown = f"print({json.dumps(row._asdict())!r}, flush=True)".replace("null", "None")

    def ran(then: str, limit: float) -> list[report.Row]:
        return table.run([sys.executable, "-c", f"{shown}; {then}"], "angles", limit)

    assert ran("pass", 10) == [row]
    first, rest = ran("raise SystemExit('no memory')", 10)
    assert (first, rest.what, rest.peer) == (row, "angles, the rest", "no memory")
    first, rest = ran("import time; time.sleep(60)", 1)
    assert (first, rest.peer, rest.ratio) == (row, "ended after 1 s", None)


def test_what_is_running_ends_with_the_table(monkeypatch, tmp_path):
    script, number = tmp_path / "forever.py", tmp_path / "number"
    says = f"open({str(number)!r}, 'w').write(f'{{os.getpid()}}.')"
    script.write_text(f"import os, time; {says}; time.sleep(60)")
    monkeypatch.setattr(table, "__file__", str(script))
    monkeypatch.setattr(sys, "argv", ["table.py", "--only", "angles"])

    def end_it():
        while not (number.exists() and number.read_text().endswith(".")):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=end_it, daemon=True).start()
    try:
        with pytest.raises(SystemExit, match="143"):
            table.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text().rstrip(".")), 0)
