"""One name for one thing: the glossary's words stand where it says, and no others beside them."""

import re

import notebooks
import pytest

OTHERS = {  # the book's name of a thing, and its names elsewhere, which would seem another thing
    "batch": r"mini-?batch",
    "conservation law": r"(?:an|the|such) invariants?\b|\binvariants\b|first integral",
    "cross-entropy": r"cross entropy",
    "data set": r"\bdatasets?\b",
    "heavy ball": r"Polyak momentum|classical momentum|momentum buffer",
    "hidden neuron": r"hidden units?\b",
    "learning rate": r"step[ -]?(?:size|length)",
    "loss": r"\bobjectives?\b|cost function",
    "manifold of minima": r"minimi[sz]ers?\b|minimum manifold|zero-loss",
    "network": r"\bneural nets?\b",
    "polar factor": r"orthogonal factor|unitary factor",
    "saddle": r"saddle[- ]points?",
    "sign descent": r"sign-?SGD|signed gradient",
    "stability threshold": r"edge of stability|stability (?:bound|limit|border)",
    "trace of the Hessian": r"Hessian trace",
}
PASSED = {  # a thing of that very name
    "data set": r"xarray Dataset|the Dataset of|lib\.datasets",
    "learning rate": r"these step sizes|all step sizes",  # of any method that converges
}
GLOSSARY = notebooks.CHAPTERS / "appendix" / "glossary.md"
SECTIONS = [notebooks.read(path) for path in notebooks.find_notebooks()]
CODE = re.compile(
    r"^(`{3,})python\n.*?^\1$|\$\$.*?\$\$|\$[^$]+\$|\{(?!index|term)[\w:]+\}`[^`]*`|(?<![}`])`[^`]+`",
    re.M | re.S,
)


def words(text):
    """A text without its formulas and its code, on one line."""
    return " ".join(CODE.sub(" ", text).split())


def said():
    """What readers read, by its place: text, strings in figures, and docstrings of `lib`."""
    for path, notebook in zip(notebooks.find_notebooks(), SECTIONS, strict=True):
        for cell in notebook.cells:
            strings = re.findall(r'"(?:[^"\\\n]|\\.)*"', cell.source)
            code = " ".join(string[1:-1] for string in strings)
            yield path, words(cell.source) if cell.cell_type == "markdown" else words(code)
    pages = [*notebooks.CHAPTERS.rglob("*.md"), *notebooks.ROOT.glob("*.md")]
    for path in sorted(pages):
        yield path, words(path.read_text("utf-8"))
    for path in sorted((notebooks.ROOT / "lib").rglob("*.py")):
        for docstring in re.findall(r'"""(.*?)"""', path.read_text("utf-8"), re.S):
            yield path, words(docstring.partition(">>>")[0])


SAID = list(said())


@pytest.mark.parametrize("name", OTHERS)
def test_a_thing_has_one_name(name):
    passed = re.compile(PASSED.get(name, "(?!)"), re.I)
    found = [
        f"{path.relative_to(notebooks.ROOT)}: {text[max(0, match.start() - 30) : match.end() + 30]}"
        for path, text in SAID
        for match in re.finditer(OTHERS[name], passed.sub("", text), re.I)
    ]
    assert not found, f"the book says {name!r}: {found}"
    assert any(name.lower() in text.lower() for _, text in SAID)


def test_a_word_of_the_glossary_is_used_and_indexed_where_the_glossary_sends_its_reader():
    texts = {}
    for notebook in SECTIONS:
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        for label in re.findall(r"^\(([\w-]+)\)=", "\n".join(cells), re.M):
            texts[label] = " ".join("\n".join(cells).split()).lower()
    entries = re.findall(
        r"^(\w.*)\n((?: {2}.+\n)+)", GLOSSARY.read_text("utf-8").partition(":sorted:")[2], re.M
    )
    assert len(entries) > 40
    for word, meaning in entries:
        labels = re.findall(r"\{ref\}`([\w-]+)`", meaning)
        if not labels:  # it sends to another word
            assert re.match(r"\s*See \{term\}", meaning), word
            continue
        unused = [label for label in labels if word.lower() not in texts[label]]
        assert not unused, f"{word!r} does not occur in {unused}"
        index = [re.findall(r"\{index\}`([^`]+)`", texts[label]) for label in labels]
        assert any(word.lower() in role for roles in index for role in roles), (
            f"{word!r} is not in the index with any of {labels}"
        )
