"""The status page says what the runs in the cache have noted, and what was not run."""

import json
import sys
from types import SimpleNamespace

import gate
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import NbArtifacts
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebooks import ROOT, normalise, write

sys.path.insert(0, str(ROOT / "_ext"))
status = pytest.importorskip("status")


class App:
    """Stands for Sphinx's application."""

    def __init__(self, folder):
        self.srcdir, self.outdir = folder, folder / "html"
        self.config = SimpleNamespace(
            external_site_map=[f"chapters/{name}" for name in ("run", "new", "page")]
        )


@pytest.fixture
def app(tmp_path):
    """A book of two notebooks, of which one has run; one of its figures is chaotic and wrong."""
    cache = get_cache(str(tmp_path / ".jupyter_cache"))
    (tmp_path / "chapters").mkdir()
    for name in ("run", "new"):
        text = "# Run\n\n````{exercise} One\n````\n\n```{exercise-start} Two\n```"
        cells = [new_markdown_cell(text), new_code_cell(f"'{name}'"), new_code_cell("1")]
        notebook = normalise(new_notebook(cells=cells))
        (tmp_path / "chapters" / f"{name}.ipynb").write_text(write(notebook))
        if name == "run":
            right = gate.Figure("right", {}, None, [{}] * 3, [1e-12, 2e-10, 0.0], [0.0] * 3)
            wrong = gate.Figure("wrong", {}, None, [{}] * 3, [3e-11, 1e-6, 1e-6], [0.0, 1e-6, 0.0])
            (tmp_path / "compared").write_text(json.dumps(list(map(gate.found, (right, wrong)))))
            (tmp_path / "solutions").write_text(json.dumps({"a": "7\n"}))
            files = [tmp_path / "compared", tmp_path / "solutions"]
            bundle = CacheBundleIn(
                notebook,
                "run.ipynb",
                artifacts=NbArtifacts(files, in_folder=tmp_path),
                data={"execution_seconds": 7.4},
            )
            cache.cache_notebook_bundle(bundle, check_validity=False)
    return App(tmp_path)


def rows(lines):
    """The cells of the rows of a table."""
    return [line.strip("| ").split(" | ") for line in list(lines)[2:]]


def test_a_row_says_what_the_last_run_has_noted(app):
    (run, new) = rows(status.notebooks(app))
    assert (run[0], run[2:]) == ("{doc}`/chapters/run`", ["7", "2", "2", "1"])
    assert new == ["{doc}`/chapters/new`", "not run", *4 * "—"]


def test_a_figure_that_is_wrong_is_told_from_a_chaotic_one(app):
    assert rows(status.figures(app)) == [["{doc}`/chapters/run`", "2", "6", "2e-10", "1", "**1**"]]
    (text,) = status.summary(app)
    assert "Of 2 notebooks 1 have run" in text
    assert "at 6 settings: **at 1 they are wrong**, at 1 they are chaotic" in text


def test_benchmarks_are_those_that_were_written_last(app):
    assert "No benchmarks" in "".join(status.benchmarks(app))
    row = {"what": "a | b", "ours": "ours: 1.00 s", "peer": "C: 3.04 s", "ratio": 3.04}
    row |= {"settings": "n = 9", "date": "2026-01-02", "machine": "two cores", "versions": "JAX 1"}
    (app.srcdir / "benchmarks").mkdir()
    missing = row | {"ratio": None, "peer": "D: no compiler", "versions": "JAX 1, D 2"}
    none = {"what": "b", "ours": "not measured", "peer": "no GPU", "settings": ""}
    (app.srcdir / "benchmarks" / "table.json").write_text(
        json.dumps([row, missing, missing | none])
    )
    first, _, *table = status.benchmarks(app)
    assert first == "Measured on 2026-01-02 (two cores), with JAX 1, D 2."
    assert rows(table) == [
        ["**a \\| b**, n = 9"],
        ["ours", "1.00\xa0s"],
        ["C", "3.04\xa0s", "3.0"],
        ["D: no compiler", "—", "—"],
        ["**b**"],
        ["no GPU", "—", "—"],
    ]
    assert [status.two_digits(ratio) for ratio in (113.4, 4.27, 0.533)] == ["113", "4.3", "0.53"]
