"""The build runs what has changed, and only that: nothing stale is served, nothing runs twice."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import book
import gate
import notebooks
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def write_page(path, text, code):
    cells = [new_markdown_cell(text), new_code_cell(code)]
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=cells))))


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A book of one notebook, whose kernel and whose Sphinx only note that they were called."""
    for folder in ("lib", "chapters", "_ext", "assets", "tools", "benchmarks"):
        (tmp_path / folder).mkdir()
    for file in itertools.chain(*book.SOURCES.values()):
        if not (tmp_path / file).exists():
            (tmp_path / file).write_text("")
    page = tmp_path / "chapters" / "page.ipynb"
    write_page(page, "# A page", "1 + 1")
    (tmp_path / "lib" / "fields.py").write_text("answer = 42")

    build = tmp_path / "_build"
    house = SimpleNamespace(root=tmp_path, page=page, ran=[], sphinx=0, sphinx_fails=False)

    def run(paths, done, finish):
        house.ran += paths
        for path in paths:
            exec(finish(path))
            done(path, notebooks.read(path), 0.1)

    def sphinx(every_page):
        house.sphinx += 1
        house.writes_all = every_page
        house.reads_all = not (build / ".doctrees").exists()
        (build / "html").mkdir(exist_ok=True)
        (build / "html" / "index.html").write_text("")
        (build / ".doctrees").mkdir(exist_ok=True)
        return not house.sphinx_fails

    def note(*files):
        for file in files:
            Path(file).write_text("figures")

    monkeypatch.setattr(gate, "write", note)
    monkeypatch.setattr(book, "ROOT", tmp_path)
    monkeypatch.setattr(book, "BUILD", build)
    monkeypatch.setattr(book, "CACHE", build / ".jupyter_cache")
    monkeypatch.setattr(book, "DOCTREES", build / ".doctrees")
    monkeypatch.setattr(book, "SITE", build / "html")
    monkeypatch.setattr(book, "KEYS", build / "keys.json")
    monkeypatch.setattr(book, "find_notebooks", lambda: [page])
    monkeypatch.setattr(book, "run", run)
    monkeypatch.setattr(book, "write_site", sphinx)
    book.main()
    assert (house.ran, house.sphinx) == ([page], 1)
    house.ran, house.sphinx = [], 0
    return house


def test_nothing_runs_when_nothing_has_changed(house):
    book.main()
    assert (house.ran, house.sphinx) == ([], 0)


@pytest.mark.parametrize("file", ["lib/fields.py", "uv.lock", "tools/gate.py"])
def test_a_change_of_the_code_runs_every_notebook_and_reads_every_page(house, file):
    (house.root / file).write_text("answer = 43")
    book.main()
    assert (house.ran, house.sphinx) == ([house.page], 1)
    assert house.reads_all


def test_the_run_is_found_by_the_code_and_the_cells_that_it_is_of(house):
    run = book.find_run(house.page)
    assert [cell.source for cell in run.cells] == ["1 + 1"]
    assert run.figures.read_text() == "figures"
    write_page(house.page, "# Another title", "1 + 1")
    assert book.find_run(house.page)
    write_page(house.page, "# A page", "1 + 2")
    assert book.find_run(house.page) is None
    write_page(house.page, "# A page", "1 + 1")
    (house.root / "lib" / "fields.py").write_text("answer = 43")
    assert book.find_run(house.page) is None


def test_a_change_of_the_text_runs_no_notebook(house):
    write_page(house.page, "# Another title", "1 + 1")
    book.main()
    assert (house.ran, house.sphinx, house.reads_all) == ([], 1, False)
    assert not house.writes_all


def test_a_change_of_a_solution_with_code_runs_the_notebook(house):
    write_page(house.page, "# A page\n\n````{solution} a\n```python\nprint(7)\n```\n````", "1 + 1")
    book.main()
    assert (house.ran, house.sphinx) == ([house.page], 1)
    assert json.loads(book.find_run(house.page).solutions.read_text()) == {"a": "7\n"}


def test_a_change_of_a_cell_runs_the_notebook(house):
    write_page(house.page, "# A page", "1 + 2")
    book.main()
    assert (house.ran, house.sphinx) == ([house.page], 1)


def test_a_notebook_that_only_jupyter_book_has_run_runs(house):
    # It runs one that is changed while the book is built, and notes neither figures nor solutions.
    write_page(house.page, "# A page", "1 + 2")
    noted = {"execution_seconds": 1.0}
    bundle = CacheBundleIn(notebooks.read(house.page), str(house.page), data=noted)
    get_cache(str(book.CACHE)).cache_notebook_bundle(bundle, check_validity=False)
    book.main()
    assert house.ran == [house.page]
    assert book.find_run(house.page)


def test_a_change_of_a_tag_runs_the_notebook(house):
    notebook = notebooks.read(house.page)
    notebook.cells[1].metadata["tags"] = ["remove-cell"]
    house.page.write_text(notebooks.write(notebook))
    book.main()
    assert house.ran == [house.page]


def test_a_change_of_the_settings_reads_every_page_but_runs_no_notebook(house):
    (house.root / "_config.yml").write_text("title: another")
    book.main()
    assert (house.ran, house.sphinx) == ([], 1)
    assert house.reads_all


def test_a_change_of_the_looks_writes_every_page_and_reads_none(house):
    (house.root / "assets" / "book.css").write_text("p { color: red }")
    (house.root / "_build" / "html" / "_static").mkdir()
    book.main()
    assert (house.ran, house.sphinx) == ([], 1)
    assert house.writes_all
    assert not house.reads_all
    assert not (house.root / "_build" / "html" / "_static").exists(), "what is no asset any more"


def test_what_tools_keep_beside_the_sources_is_none(house):
    for folder in ("chapters/.ruff_cache", "lib/__pycache__", "chapters/.ipynb_checkpoints"):
        (house.root / folder).mkdir()
        (house.root / folder / "kept").write_text("by a tool")
    book.main()
    assert (house.ran, house.sphinx) == ([], 0)


def test_a_build_that_failed_reads_every_page_again_but_runs_no_notebook(house):
    house.sphinx_fails = True
    (house.root / "index.md").write_text("# Home")
    for _ in range(2):
        with pytest.raises(SystemExit, match="not built"):
            book.main()
    assert (house.ran, house.sphinx) == ([], 2)
    assert house.reads_all, "otherwise the second build would hide the warnings of the first"


def test_the_longest_notebooks_run_first(tmp_path):
    for name, size in (("small", 1_000), ("large", 20_000), ("was-slow", 10)):
        (tmp_path / name).write_text("x" * size)
    paths = [tmp_path / name for name in ("small", "was-slow", "large")]
    ordered = book.longest_first(paths, {str(tmp_path / "was-slow"): 99.0})
    assert [path.name for path in ordered] == ["was-slow", "large", "small"]
    named = {f"{path.parent.name}/{path.stem}" for path in notebooks.find_notebooks()}
    assert named >= book.LONG, "of a notebook that is there no longer"
