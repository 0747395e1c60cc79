"""Numbers and labels as words: the cases of words.json, with which JavaScript is tested, too."""

import json
from pathlib import Path

import pytest
from matplotlib.mathtext import MathTextParser

from lib.figures.words import mathtext, number, pieces, plain, tick

CASES = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))


@pytest.mark.parametrize(("value", "format", "text"), CASES["numbers"])
def test_a_number_is_written_as_the_table_says(value, format, text):
    assert number(float(value), format) == text


@pytest.mark.parametrize(("value", "text"), CASES["ticks"])
def test_a_tick_is_a_power_of_ten(value, text):
    assert tick(value) == text


@pytest.mark.parametrize(("label", "cut", "words"), CASES["labels"])
def test_a_label_is_cut_at_its_scripts(label, cut, words):
    assert pieces(label) == [tuple(piece) for piece in cut]
    assert plain(label) == words
    MathTextParser("agg").parse(mathtext(label))  # Matplotlib can typeset it


def test_what_is_no_script_stays_as_it_is():
    assert mathtext("gap, 5 $ a_b") == r"gap, 5 \$ a$_{\mathrm{b}}$"
