"""The text of the notebooks stands as meant: boxes end, what is printed or coded fits a line."""

import re
from itertools import pairwise

import book
import notebooks
import pytest

PAGES = pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
WIDEST = 79
IN_A_BOX = 76  # columns of code in a solution, which is narrower than the page


def open_boxes(text):
    """How many boxes of ":::{name}" a text leaves open; negative where it closes more."""
    return len(re.findall(r"^:::+\{", text, re.M)) - len(re.findall(r"^:::+\s*$", text, re.M))


@PAGES
def test_a_box_ends_in_its_cell(path):
    cells = enumerate(notebooks.read(path).cells)
    torn = [n for n, cell in cells if cell.cell_type == "markdown" and open_boxes(cell.source)]
    assert not torn, f"{notebooks.show(path)}: the boxes of cells {torn} do not end in them"


@PAGES
def test_a_printed_line_fits_the_page(path):
    wide = [
        line
        for cell in notebooks.read(path).cells
        for output in cell.get("outputs", [])
        for line in output.get("text", "").splitlines()
        if len(line) > WIDEST
    ]
    assert not wide, f"{notebooks.show(path)} prints lines of more than {WIDEST} columns: {wide}"


@PAGES
def test_code_in_a_solution_fits_its_box(path):
    cells = notebooks.read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    wide = [line for block in blocks for line in block.splitlines() if len(line) > IN_A_BOX]
    assert not wide, f"{notebooks.show(path)} has wider code in its solutions: {wide}"


@PAGES
def test_what_is_to_be_predicted_is_explained_before_the_next_part(path):
    cells = notebooks.read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    marks = re.findall(r"^(## .*|:::+\{admonition\} .*(?:Predict|Explain).*)$", text, re.M)
    left = [now for now, then in pairwise([*marks, "## End"]) if asks(now) and not answers(then)]
    assert not left, f"{notebooks.show(path)}: no Explain follows a Predict: {left} of {marks}"


@PAGES
def test_an_explanation_is_folded_until_the_reader_has_guessed(path):
    cells = notebooks.read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    open_ones = re.findall(r"^:::+\{admonition\} Explain\n(?!:class: dropdown$).*$", text, re.M)
    assert not open_ones, f"{notebooks.show(path)}: {open_ones}"


# What TeX takes for an option, behind \\begin{aligned} or between lines, but for their distance.
OPTION = re.compile(r"(?:\\begin\{(?:aligned|gathered)\}|\\\\)\s*\[(?![\d.]+em\]).*")


def test_no_bracket_of_a_formula_is_lost_as_an_option():
    pages = {path: path.read_text("utf-8") for path in (book.ROOT / "chapters").rglob("*.md")}
    pages |= {path: path.read_text("utf-8") for path in (book.ROOT / "lib").rglob("*.py")}
    for path in notebooks.find_notebooks():
        cells = notebooks.read(path).cells
        pages[path] = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    lost = [
        (notebooks.show(path), found) for path in pages for found in OPTION.findall(pages[path])
    ]
    assert not lost, f"write {{}}[ at the start of such a line: {lost}"
    assert OPTION.search("\\begin{aligned}\n[u, v] &= 0")


def asks(mark):
    """Whether a heading or a box asks the reader for a guess, and does not explain it itself."""
    return "Predict" in mark and "Explain" not in mark


def answers(mark):
    """Whether it explains one."""
    return "Explain" in mark and not asks(mark)


@pytest.mark.parametrize(
    ("text", "left_open"),
    [
        (":::{admonition} Try\nMove it.\n:::", 0),
        (":::{admonition} Try\nMove it.\n\n## Exercises", 1),
        ("Move it.\n:::", -1),
        ("No box: `:::` in a line.", 0),
    ],
)
def test_what_an_open_box_is(text, left_open):
    assert open_boxes(text) == left_open
