"""nbval compares what the notebooks print: there is something to compare, and it is compared."""

import shutil
import subprocess
import sys

import notebooks
import pytest
from nbformat.v4 import new_code_cell, new_notebook

FIGURE = """\
class Explorer:
    def __repr__(self):
        return "Explorer(f; a=1)"

    def _repr_mimebundle_(self, **kwargs):
        return {
            "text/plain": repr(self),
            "text/html": "<geometry-explorer></geometry-explorer>",
            "application/vnd.jupyter.widget-view+json": {"model_id": str(id(self))},
        }


Explorer()"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A notebook that prints a number and shows a figure, run and in normal form."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copy(notebooks.ROOT / "conftest.py", folder)
    path = folder / "sample.ipynb"
    cells = [new_code_cell("print(f'{1 / 3:.4f}')"), new_code_cell(FIGURE)]
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=cells))))
    notebooks.run([path], lambda _, ran, __: path.write_text(text_of(ran)))
    return path


def text_of(notebook):
    return notebooks.write(notebooks.normalise(notebook))


def nbval(path):
    """nbval on one notebook, with the settings of the book; its exit code and what it says."""
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", path.parent, path]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_figure_and_a_number_pass_without_any_tag(sample):
    code, said = nbval(sample)
    assert code == 0, said
    assert "2 passed" in said


@pytest.mark.parametrize(
    ("stored", "changed"),
    [("0.3333", "0.3334"), ("a=1", "a=2")],
    ids=["a digit", "a figure's setting"],
)
def test_changing_a_stored_output_fails(sample, tmp_path, stored, changed):
    notebook = notebooks.read(sample)
    outputs = [cell.outputs[0] for cell in notebook.cells]
    before = text_of(notebook)
    outputs[0]["text"] = outputs[0]["text"].replace(stored, changed)
    outputs[1].data["text/plain"] = outputs[1].data["text/plain"].replace(stored, changed)
    assert text_of(notebook) != before
    copy = tmp_path / "sample.ipynb"
    copy.write_text(text_of(notebook))
    shutil.copy(sample.parent / "conftest.py", tmp_path)
    code, said = nbval(copy)
    assert code == 1, said
    assert "1 failed, 1 passed" in said
