"""The symbols of the book: one list of them, to which page, sections, sliders and `lib` keep."""

import ast
import re
import tomllib
import unicodedata
from functools import cache
from itertools import chain

import notebooks
import pytest

TABLES = tomllib.loads((notebooks.ROOT / "lib" / "notation.toml").read_text(encoding="utf-8"))
SHARED = {row[1].strip("`"): (row[0].strip("$"), row[2]) for row in TABLES.pop("controls")}
LISTED = pytest.mark.parametrize("label", TABLES)
SETTINGS = {*SHARED, "sigma", "eps", "b1", "b2", "weight_decay", "depth", "damping", "q", "delta"}
SLIDERS = {*SHARED, "number", "whole_number"}
LETTERS = "alpha beta gamma delta epsilon eta theta lambda mu rho sigma phi"
GREEK = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {name.replace('lambda', 'lamda')}")
    for name in LETTERS.split()
} | {"varepsilon": "ε", "varphi": "φ"}
ARGUMENT = re.compile(r"^ +(\w+): [^$\n]*?\$(\\?\w+)[' $]", re.M)  # in a docstring


@cache
def sections():
    """The notebooks by the labels of their sections: folder, code cells, text and formulas."""
    found = {}
    for path in notebooks.find_notebooks():
        cells = notebooks.read(path).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        code = [source for source in code if "pip install" not in source]
        parts = re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.S)
        label = re.search(r"^\(([\w-]+)\)=", text, re.M)[1]
        found[label] = path.parent.name, code, text, " ".join(map("".join, parts))
    return found


def symbols(cell):
    """The formulas of a cell, each up to the sign of equality behind what it defines."""
    return [formula.split(" = ")[0] for formula in re.findall(r"\$([^$]+)\$", cell)]


def spelled(text):
    """A symbol without what tells apart how it is written, as LaTeX or in Unicode."""
    text = re.sub(r"\\([A-Za-z]+)", lambda name: GREEK.get(name[1], name[1]), text)
    return re.sub(r"[\s_^{}]", "", unicodedata.normalize("NFKC", text)).translate(
        {0x2032: "'", 0x2212: "-"}
    )


def sliders(code):
    """Name, symbol and label of the sliders that code makes and that have a symbol."""
    for call in chain.from_iterable(ast.walk(ast.parse(source)) for source in code):
        kind = getattr(getattr(call, "func", None), "id", "")
        if isinstance(call, ast.Call) and kind in SLIDERS:
            given = {
                word.arg: ast.literal_eval(word.value)
                for word in call.keywords
                if word.arg in ("name", "symbol", "label")
            }
            name = given.get("name") or (kind if kind in SHARED else call.args[0].value)
            symbol, label = SHARED.get(kind, ("", name.replace("_", " ")))
            if given.get("symbol", symbol):
                yield name, given.get("symbol", symbol), given.get("label", label)


@cache
def words_of_lib():
    """The names in the code of `lib`, and the keys of what it returns."""
    found = set()
    for path in (notebooks.ROOT / "lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for field in ("id", "attr", "arg", "name", "value"):
                word = getattr(node, field, None)
                if isinstance(word, str) and word.isidentifier():
                    found.add(word)
    return found


def test_every_section_has_a_list_and_the_page_shows_each_once():
    assert set(sections()) == set(TABLES), "lib/notation.toml has no list of these, or of others"
    page = (notebooks.CHAPTERS / "appendix" / "notation.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```\{notation\}\n(.+?)^```", page, re.M | re.S)
    assert sorted(" ".join(shown).split()) == sorted([*TABLES, "controls"])


@LISTED
def test_a_section_shows_the_symbols_that_it_introduces(label):
    _, code, _, formulas = sections()[label]
    shown = spelled(formulas) + " ".join(spelled(symbol) for _, symbol, _ in sliders(code))
    unseen = [
        symbol
        for row in TABLES[label]
        for symbol in symbols(row[0])
        if spelled(symbol) not in shown
    ]
    assert not unseen, f"{label}: neither a formula nor a slider has {unseen}"


@LISTED
def test_what_is_said_to_be_in_code_is_in_the_code_of_the_section_or_of_lib(label):
    _, code, text, _ = sections()[label]
    known = set(re.findall(r"\w+", " ".join([*code, *re.findall(r"`[^`]+`", text)])))
    named = re.findall(
        r"\w+", " ".join(re.findall(r"`[^`]+`", " ".join(r[1] for r in TABLES[label])))
    )
    assert set(named) <= known | words_of_lib(), set(named) - known - words_of_lib()


@LISTED
def test_a_slider_has_symbol_name_and_meaning_of_the_list(label):
    """In the list of its chapter, a row has the symbol and the name, and says the label's word."""
    folder, code, _, _ = sections()[label]
    rows = [row for other in TABLES if sections()[other][0] == folder for row in TABLES[other]]
    rows += [[f"${symbol}$", name, meaning] for name, (symbol, meaning) in SHARED.items()]
    wrong = []
    for name, symbol, words in sliders(code):
        meant = [row for row in rows if spelled(symbol) in map(spelled, symbols(row[0]))]
        meant = [row for row in meant if name in re.findall(r"\w+", row[1])]
        said = [word for word in spelled_words(words) if word not in ("of", "the", "in")]
        if not any(word in row[2] or word in spelled(row[2]) for row in meant for word in said):
            wrong.append((name, symbol, words, [row[2] for row in meant]))
    assert not wrong, f"{label}: {wrong}"


def spelled_words(label):
    """The words of a label, without the commas between them."""
    return [spelled(word.strip(",")) for word in label.split()]


def test_a_setting_has_the_same_symbol_in_the_list_and_in_the_docstrings_of_lib():
    listed = {name: [symbol] for name, (symbol, _) in SHARED.items()}
    for row in chain.from_iterable(TABLES.values()):
        for name in re.findall(r"`(\w+)", row[1]):
            listed.setdefault(name, []).extend(symbols(row[0]))
    said = [
        (name, symbol)
        for path in sorted((notebooks.ROOT / "lib").rglob("*.py"))
        for name, symbol in ARGUMENT.findall(path.read_text(encoding="utf-8"))
        if name in SETTINGS
    ]
    assert {"learning_rate", "momentum", "sigma", "weight_decay"} <= {name for name, _ in said}
    wrong = [pair for pair in said if spelled(pair[1]) not in map(spelled, listed[pair[0]])]
    assert not wrong, f"{wrong} are not in lib/notation.toml"
