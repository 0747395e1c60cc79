"""What is compared of a solution and the output of its code: tests/site compares all of them."""

import json

import notebooks
import numerals
import pytest
import solutions
from nbformat.v4 import new_markdown_cell, new_notebook

SOLUTION = "````{{solution}} ex-half\n\n```python\n{code}\n```\n{text}\n````\n\nNot 9.99."


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("print(x / 2)", "It is 0.17.", []),
        ("print(3 * x)", "It is 1.", []),
        ("y = x / 2\ny", "It is 0.17.", []),  # shown, as in a notebook
        ("y = x / 2\ny", "It is 0.18.", ["says nothing", "does not print 0.18"]),
        ("print(0.5, x)", "It is $0.33$.", []),  # 0.5 is a setting of the code
        ("def half(y):\n    return y / 2", "Halve it.", ["prints nothing"]),
        ("print('small:', x < 1)", "It prints `small: True`.", []),
        ("print('small:', x < 1)", "It is small.", ["says nothing"]),
        ("print(f'{3 * x:.3f} or 1')", "The ratio is 1.000.", []),  # 1 is set, so nothing is new
        ("print(f'{3 * x:.3f} or 1')", "The ratio is one.", ["says nothing"]),
        ("print(f'{x:.2f}')", "It is 0.34.", ["says nothing", "does not print 0.34"]),
        ("print(x / 2)", "It is 0.17, not 0.25.", ["does not print 0.25"]),
        ("print(y)", "It is 0.17.", ["raises NameError: name 'y' is not defined"]),
    ],
)
def test_a_solution_is_compared_with_the_output_of_its_code(tmp_path, code, text, found):
    path, out = tmp_path / "page.ipynb", tmp_path / "solutions"
    cell = new_markdown_cell(SOLUTION.format(code=code, text=text))
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=[cell]))))
    exec(solutions.code(path, out), {"x": 1 / 3})
    (output,) = json.loads(out.read_text()).values()
    ((_, same_code, same_text),) = solutions.solutions(path)
    said = solutions.faults(same_code, same_text, output, numerals.read_page(path))
    assert len(said) == len(found)
    assert all(words in line for words, line in zip(found, said, strict=True))


def test_another_text_or_code_of_a_solution_is_run_anew(tmp_path):
    path, seen = tmp_path / "page.ipynb", set()
    for text in ("It is 1.", "It is 2."):
        for code in ("print(1)", "print(2)"):
            cell = new_markdown_cell(SOLUTION.format(code=code, text=text))
            path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=[cell]))))
            seen.add(solutions.digest(path))
    assert len(seen) == 4
