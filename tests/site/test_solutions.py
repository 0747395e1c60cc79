"""The code in a solution ran after its notebook, and printed what the solution says."""

import json

import book
import notebooks
import numerals
import pytest
import solutions
from excused import excused


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_a_solution_says_what_its_code_prints(path):
    printed = json.loads(book.find_run(path).solutions.read_text())
    page = numerals.read_page(path)
    wrong = {
        label: found
        for label, code, text in solutions.solutions(path)
        if (found := solutions.faults(code, text, printed[label], page, excused(path)))
    }
    assert not wrong
