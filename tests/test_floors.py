"""Which module may import which: the floors of the house, read from the source."""

import ast
import json
import re
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
GROUND = {
    "checks",
    "classifiers",
    "convergence",
    "datasets",
    "fields",
    "minima",
    "noise",
    "polar",
    "residual",
    "simulate",
    "spectra",
    "sweep",
    "valleys",
}
TOP = {"__main__", "experiments"}


def imported(source):
    """The dotted names that a source imports from the book, `from lib import x` as lib.x."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute in this book"
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = below if node.module == "lib" else [node.module]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in {"lib", "chapters", "tests"})


def room_of(name):
    """lib.figures.marks -> figures."""
    return name.split(".")[1]


SOURCES = {
    path: path.relative_to(ROOT / "lib").with_suffix("").parts[0]
    for path in sorted((ROOT / "lib").rglob("*.py"))
}


def test_the_library_imports_only_itself():
    for path in SOURCES:
        outside = [n for n in imported(path.read_text()) if not n.startswith("lib.")]
        assert not outside, f"{path} imports {outside}"


def test_the_ground_floor_imports_only_the_ground_floor():
    assert set(SOURCES.values()) >= GROUND
    for path, room in SOURCES.items():
        if room in GROUND:
            above = {room_of(n) for n in imported(path.read_text())} - GROUND
            assert not above, f"{path} imports {above}"


def test_the_figures_import_only_themselves():
    for path, room in SOURCES.items():
        if room == "figures":
            others = {room_of(n) for n in imported(path.read_text())} - {"figures"}
            assert not others, f"{path} imports {others}"


def test_a_chapter_module_imports_no_other_chapter_module():
    for path, room in SOURCES.items():
        if room not in GROUND | TOP | {"figures", "__init__"}:
            others = {room_of(n) for n in imported(path.read_text())} - GROUND - {room}
            assert not others, f"{path} imports {others}"


def test_nothing_imports_the_top_floor_but_itself():
    for path, room in SOURCES.items():
        if room not in TOP:
            above = {room_of(n) for n in imported(path.read_text())} & TOP
            assert not above, f"{path} imports {above}"


def test_notebooks_import_lib_by_its_public_names_only():
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] != "code":
                continue
            source = TransformerManager().transform_cell("".join(cell["source"]))
            for name in imported(source):
                assert name.startswith("lib."), f"{path} imports {name}"
                assert len(name.split(".")) == 2, f"{path}: import {name} from its public place"
            public = source.replace("self._", "").replace("._replace(", "")  # of named tuples
            assert not re.search(r"\._[^_]", public), f"{path} uses a private name"


def test_the_reader_of_imports_sees_every_form():
    source = "import lib.adam\nfrom lib import mirror as m\nfrom lib.figures.marks import Line\n"
    assert list(imported(source)) == ["lib.adam", "lib.mirror", "lib.figures.marks"]
