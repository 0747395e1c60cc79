"""The committed notebooks hold the outputs that nbval is to compare."""

import ast

import notebooks
import pytest
from IPython.core.inputtransformer2 import TransformerManager

# Calls that show nothing but a picture, or nothing at all, where they end a cell.
SILENT = ("show", "append", "update", "seed", "figure", "set_printoptions")


def should_show_something(source):
    """Whether a cell prints, or ends in an expression whose value Jupyter shows."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    if not tree.body:
        return False
    if any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "print"
        for node in tree.body
    ):
        return True
    last = tree.body[-1]
    if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
        return False
    called = last.value.func if isinstance(last.value, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", None)) not in SILENT


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("x = 1", False),
        ("x = 1\nx", True),
        ("print(1)\nx = 2", True),
        ("plt.show()", False),
        ("import jax", False),
        ("%pip list\nx = 1", False),
        ("def f():\n    print(1)", False),
    ],
)
def test_what_counts_as_showing_something(source, shows):
    assert should_show_something(source) == shows


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_a_cell_that_shows_something_has_its_output(path):
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    missing = [
        f"cell with count {cell.execution_count}: {cell.source.splitlines()[-1]}"
        for cell in cells
        if should_show_something(cell.source) and not cell.outputs
    ]
    assert not missing
    assert any(cell.outputs for cell in cells), "nothing in this notebook is compared"


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_no_cell_is_excused_from_comparison(path):
    tags = {tag for cell in notebooks.read(path).cells for tag in cell.metadata.get("tags", [])}
    assert not {tag for tag in tags if tag.lower().replace("_", "-").startswith("nbval")}
