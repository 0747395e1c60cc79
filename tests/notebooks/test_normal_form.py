"""The normal form of notebooks: what it keeps, what it drops, and that the check names the cell."""

import nbformat
import notebooks
import pytest
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FIGURE = {
    "text/plain": "Explorer(f; a=1)",
    "text/html": "<geometry-explorer></geometry-explorer>",
    "application/vnd.jupyter.widget-view+json": {"model_id": "abc"},
}


def sample():
    """A notebook in normal form: text, a printed number, a figure."""
    cells = [
        new_markdown_cell("# A page"),
        new_code_cell("print(f'{1 / 3:.4f}')", outputs=[new_output("stream", text="0.3333\n")]),
        new_code_cell("figure", outputs=[new_output("execute_result", data=FIGURE)]),
    ]
    return notebooks.normalise(new_notebook(cells=cells))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sample.ipynb"


def check(path, notebook):
    path.write_text(notebooks.write(notebook), encoding="utf-8")
    return notebooks.problems(path)


def test_a_normal_notebook_is_valid_and_has_no_problem(path):
    nbformat.validate(sample())
    assert check(path, sample()) == []


def test_normalising_twice_changes_nothing():
    assert notebooks.normalise(sample()) == sample()


def test_a_figure_keeps_its_text_only():
    output = sample().cells[2].outputs[0]
    assert output.data == {"text/plain": "Explorer(f; a=1)"}


def test_a_hidden_input_is_folded_in_jupyterlab_too():
    tags = [["hide-input"], ["colab", "remove-cell"], []]
    cells = [new_code_cell(f"x = {n}", metadata={"tags": t}) for n, t in enumerate(tags)]
    cells = notebooks.normalise(new_notebook(cells=cells)).cells
    folded = [cell.metadata.get("jupyter") for cell in cells]
    assert folded == [{"source_hidden": True}, {"source_hidden": True}, None]


def test_streams_are_joined_and_stderr_is_dropped():
    parts = [("stdout", "a\n"), ("stderr", "warning\n"), ("stdout", "b\n")]
    outputs = [new_output("stream", name=name, text=text) for name, text in parts]
    kept = notebooks.normal_outputs(outputs)
    assert kept == [{"output_type": "stream", "name": "stdout", "text": "a\nb\n"}]


def test_an_error_keeps_its_name_and_message_but_no_paths():
    error = new_output("error", ename="ValueError", evalue="too big", traceback=["/home/me/x.py"])
    (kept,) = notebooks.normal_outputs([error])
    assert kept["traceback"] == ["ValueError: too big"]


def test_equal_cells_get_different_ids():
    twice = new_notebook(cells=[new_markdown_cell("same"), new_markdown_cell("same")])
    first, second = notebooks.normalise(twice).cells
    assert first.id != second.id


def add_image(notebook):
    notebook.cells[2].outputs[0].data["image/png"] = "iVBO"


def add_html(notebook):
    notebook.cells[2].outputs[0].data["text/html"] = "<b>1</b>"


def add_stderr(notebook):
    notebook.cells[2].outputs.append(new_output("stream", name="stderr", text="warning\n"))


def change_count(notebook):
    notebook.cells[2].execution_count = 7


def remove_count(notebook):
    notebook.cells[2].execution_count = None


def change_id(notebook):
    notebook.cells[2].id = "abcdef"


def add_editor_state(notebook):
    notebook.cells[2].metadata["collapsed"] = True


def print_address(notebook):
    notebook.cells[2].outputs[0].data["text/plain"] = "<function f at 0x7f1234567890>"


def empty_cell(notebook):
    notebook.cells[2].source = ""


@pytest.mark.parametrize(
    "spoil",
    [
        add_image,
        add_html,
        add_stderr,
        change_count,
        remove_count,
        change_id,
        add_editor_state,
        print_address,
        empty_cell,
    ],
)
def test_the_check_names_notebook_and_cell(path, spoil):
    notebook = sample()
    spoil(notebook)
    found = check(path, notebook)
    assert found
    assert all(line.startswith(f"{path}: cell 3: ") for line in found)


@pytest.mark.parametrize("key", ["widgets", "colab"])
def test_the_check_names_a_notebook_with_other_metadata(path, key):
    notebook = sample()
    notebook.metadata[key] = {}
    (line,) = check(path, notebook)
    assert line.startswith(f"{path}: its metadata")


def test_the_check_sees_another_layout_of_the_file(path):
    path.write_text(nbformat.writes(sample(), indent=4), encoding="utf-8")
    (line,) = notebooks.problems(path)
    assert "laid out" in line


def test_a_failing_cell_is_named_with_its_traceback(path):
    cells = [new_markdown_cell("# A page"), new_code_cell("1 / 0")]
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=cells))))
    with pytest.raises(SystemExit, match=r"sample\.ipynb: cell 2 failed(.|\n)*ZeroDivisionError"):
        notebooks.run([path], lambda *_: None)


def test_the_code_after_the_last_cell_knows_the_notebook_and_leaves_no_output(path, tmp_path):
    path.write_text(
        notebooks.write(notebooks.normalise(new_notebook(cells=[new_code_cell("x=6")])))
    )
    ran, file = [], tmp_path / "seven.txt"
    code = f"print('lost'); open({str(file)!r}, 'w').write(str(x + 1))"
    notebooks.run([path], lambda _, notebook, __: ran.append(notebook), lambda _: code)
    assert file.read_text() == "7"
    (cell,) = ran[0].cells
    assert (cell.source, cell.outputs) == ("x=6", [])


def test_an_error_in_the_code_after_the_last_cell_is_said(path):
    path.write_text(
        notebooks.write(notebooks.normalise(new_notebook(cells=[new_code_cell("x=6")])))
    )
    words = r"sample\.ipynb: the code after the last cell failed(.|\n)*ZeroDivisionError"
    with pytest.raises(SystemExit, match=words):
        notebooks.run([path], lambda *_: None, lambda _: "x / 0")


def test_the_end_of_a_kernel_is_an_error(path):
    cell = new_code_cell("import os; os._exit(1)")
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=[cell]))))
    with pytest.raises(DeadKernelError, match="Kernel died"):
        notebooks.run([path], lambda *_: None)


def test_a_kernel_can_compute_with_what_it_was_started_with(path):
    # JAX starts threads when it computes, so nothing may before the process is copied.
    code = (
        "import sys; print('lib.simulate' in sys.modules, 'lib.figures.static' in sys.modules)\n"
        "from jax._src.xla_bridge import backends_are_initialized\n"
        "print(backends_are_initialized())\n"
        "import jax.numpy as jnp; print(jnp.arange(3.0).dtype)"
    )
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=[new_code_cell(code)]))))
    ran = []
    notebooks.run([path], lambda _, notebook, __: ran.append(notebook))
    printed = "".join(output.text for output in ran[0].cells[0].outputs)
    assert printed == "True True\nFalse\nfloat64\n"


def test_only_cells_that_run_long_are_optimized(path):
    source = "import jax; print(jax.config.values['jax_disable_most_optimizations'])"
    tags = [], ["long-run"], ["hide-input", "long-run"], []
    cells = [new_code_cell(source, metadata={"tags": each}) for each in tags]
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=cells))))
    ran = []
    notebooks.run([path], lambda _, notebook, __: ran.append(notebook))
    said = [cell.outputs[0].text.strip() for cell in ran[0].cells]
    assert said == ["True", "False", "False", "True"]
