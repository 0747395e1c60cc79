"""nbval compares what the notebooks print: there is something to compare, and it is compared."""

import os
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


# For conftest.py: the run that the book holds of a notebook.
RUN = """
import book, nbformat
book.find_run = lambda path: book.Run(nbformat.read({run!r}, 4).cells, None, None)
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A notebook that prints a number and shows a figure, run and in normal form."""
    path = tmp_path_factory.mktemp("sample") / "sample.ipynb"
    cells = [new_code_cell("print(f'{1 / 3:.4f}')"), new_code_cell(FIGURE)]
    path.write_text(text_of(new_notebook(cells=cells)))
    notebooks.run([path], lambda _, ran, __: path.write_text(text_of(ran)))
    return path


def text_of(notebook):
    return notebooks.write(notebooks.normalise(notebook))


def with_other_outputs(path):
    """The text of the sample with another digit and with a figure at another setting."""
    notebook = notebooks.read(path)
    number, figure = [cell.outputs[0] for cell in notebook.cells]
    assert (number["text"], figure.data["text/plain"]) == ("0.3333\n", "Explorer(f; a=1)")
    number["text"], figure.data["text/plain"] = "0.3334\n", "Explorer(f; a=2)"
    return text_of(notebook)


def nbval(folder, stored, run=None):
    """nbval on the text of a notebook, with the settings of the book; what it says.

    A kernel runs the notebook, or the outputs are those of the text `run`.
    """
    settings = (notebooks.ROOT / "conftest.py").read_text()
    if run is not None:
        (folder / "run.ipynb").write_text(run)
        settings += RUN.format(run=str(folder / "run.ipynb"))
    (folder / "conftest.py").write_text(settings)
    (folder / "sample.ipynb").write_text(stored)
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", folder, "sample.ipynb"]
    environment = os.environ | {"PYTHONPATH": str(notebooks.ROOT / "tools")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    return done.stdout + done.stderr


def test_a_figure_and_a_number_pass_without_any_tag(sample, tmp_path):
    assert "2 passed" in nbval(tmp_path, sample.read_text())


def test_another_digit_and_another_setting_of_a_figure_fail(sample, tmp_path):
    said = nbval(tmp_path, with_other_outputs(sample))
    assert "2 failed" in said
    assert "0.3334" in said
    assert "a=2" in said


def test_the_run_of_the_book_passes_in_place_of_a_kernel(sample, tmp_path):
    assert "2 passed" in nbval(tmp_path, sample.read_text(), run=sample.read_text())


def test_a_run_with_another_digit_and_another_setting_fails(sample, tmp_path):
    said = nbval(tmp_path, sample.read_text(), run=with_other_outputs(sample))
    assert "2 failed" in said  # which a kernel would let pass: it was the run that was compared
    assert "0.3334" in said
    assert "a=2" in said


def test_a_run_of_other_cells_is_refused(sample, tmp_path):
    other = text_of(new_notebook(cells=[new_code_cell("2 + 2")]))
    said = nbval(tmp_path, sample.read_text(), run=other)
    assert "has no further cell that reads" in said
    assert "2 failed" in said
