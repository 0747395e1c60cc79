"""Any cell runs again at the end, and does the same as before."""

import again
import notebooks
import pytest


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["a = 1", "a", "b = a"], []),
        (["a = 1", "a", "a = 2"], [(1, "a")]),
        (["a = 1", "for a in range(3):\n    print(a)"], []),  # a variable of its own
        (["f = abs", "def f(x):\n    return x", "f(1)"], [(2, "f")]),
        # through a function that it calls, and one that this calls
        (["a = 1", "def f():\n    return a", "g = lambda: f()", "g()", "a = 2"], [(3, "a")]),
        # where it calls one before it binds the name
        (["a = 1", "def f():\n    return a", "f()\na = 2"], [(2, "a")]),
        (["n = 1", "n = n + 1"], [(1, "n")]),
        (["n = 1\nn += 1"], []),
        (["import jax", "import jax", "jax.jit"], [(2, "jax")]),
    ],
)
def test_which_cells_would_do_something_else(cells, found):
    names = [(n, name) for n, names in enumerate(again.rebound(cells)) for name in names]
    assert names == found


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_a_cell_does_the_same_when_it_runs_again_at_the_end(path):
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    names = again.rebound([cell.source for cell in cells])
    wrong = [
        f"the cell with count {cell.execution_count} reads {', '.join(sorted(those))}"
        for cell, those in zip(cells, names, strict=True)
        if those
    ]
    assert not wrong, f"another cell gives these names another meaning: {wrong}"
