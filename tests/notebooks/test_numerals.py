"""The numbers in the prose are alive: computed on the page, or here.

A numeral of two digits or more, or with a decimal point, a per cent sign or a power of ten, has to
be given by a number that its notebook prints, or that its code or an exercise sets. What is not,
stands in tests/support/excused.py: with an expression that gives it, or with the reason why it is
no result of the page.
"""

import math

import notebooks
import numerals
import pytest
from excused import COMPUTED, excused


def wrong(written, expression):
    """Whether an expression gives something else than the numeral that was written."""
    (numeral,) = numerals.numerals(written)
    return not numeral.is_given_by(eval(expression, vars(math)))


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_a_numeral_in_the_prose_is_computed(path):
    page = numerals.read_page(path)
    dead = [
        f"cell {count}: {numeral}"
        for count, text in page.prose
        for numeral in numerals.not_given(text, page.numbers)
        if numeral not in excused(path)
    ]
    assert not dead, f"no number that {notebooks.show(path)} prints or sets gives these: {dead}"


@pytest.mark.parametrize("name", COMPUTED)
def test_the_arithmetic_of_a_page_is_right(name):
    assert not [written for written, how in COMPUTED[name].items() if wrong(written, how)]


@pytest.mark.parametrize(
    ("text", "number", "given"),
    [
        ("about $0.35$ of it", 0.3512, True),
        ("about $0.35$ of it", 0.3449, False),
        ("after 13,900 steps", 13863.0, True),
        ("after $13\\,900$ steps", 13849.0, False),
        ("by 15 %", 0.1512, True),
        ("by 15 %", 0.1551, False),
        ("of $1.8\\cdot10^{-3}$", 0.00184, True),
        ("of $1.8\\cdot10^{-3}$", 0.00186, False),
        ("19 times as much", 19.4, True),
        ("19 times as much", 20.0, False),
    ],
)
def test_a_numeral_is_given_by_what_rounds_to_it(text, number, given):
    assert (numerals.not_given(text, [number]) == []) == given


@pytest.mark.parametrize(
    "text",
    [
        "two, 3 and $x_{12}$",
        "equation 43, figures 12 and 13, and (34)",
        "`run(0.25)` and {ref}`section-12`",
        "$$\n0.25\n$$",
        "```python\nx = 0.25\n```",
        "```{exercise} A\nFor $h = 0.25$?\n```",
        "of order $10^{-9}$",
    ],
)
def test_what_is_no_claim(text):
    assert numerals.not_given(text, []) == []


def test_a_solution_is_read_and_the_code_in_it_is_not():
    text = "```{solution} a\nIt is 0.25.\n```\n\n````{solution} b\n```python\n0.75\n```\n````"
    assert numerals.not_given(text, []) == ["0.25"]
