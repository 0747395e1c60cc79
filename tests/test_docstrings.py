"""What the docstrings of `lib` say about the book is true, and their formulas can be rendered.

Only text is read here: nothing of `lib` is imported.
"""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = re.compile(r"(Used|Derived|Explained) in ((?:\{ref\}`[^`]+`(?:, | and )?)+)")


def sections():
    """The sources of the book's pages by the label above their titles: the cells of each."""
    found = {}
    for path in sorted((ROOT / "chapters").rglob("*")):
        if path.suffix == ".ipynb":
            cells = [
                (cell["cell_type"], "".join(cell["source"]))
                for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            ]
        elif path.suffix == ".md":
            cells = [("markdown", path.read_text(encoding="utf-8"))]
        else:
            continue
        for _, text in cells:
            for label in re.findall(r"^\(([\w-]+)\)=", text, re.M):
                found[label] = cells
    return found


def docstrings(node, owner):
    """The docstrings below a node by what they document, also those under names and fields."""
    for n, inside in enumerate(node.body):
        if isinstance(inside, ast.FunctionDef | ast.ClassDef):
            yield from docstrings(inside, inside.name)
        elif isinstance(inside, ast.Expr) and isinstance(inside.value, ast.Constant):
            before = node.body[n - 1] if n else None
            named = isinstance(before, ast.Assign | ast.AnnAssign)
            target = before.targets[0] if isinstance(before, ast.Assign) else before
            name = ast.unparse(getattr(target, "target", target)) if named else owner
            yield name, inside.value.value


DOCSTRINGS = [
    (f"{path.relative_to(ROOT)}: {name}", name, text)
    for path in sorted((ROOT / "lib").rglob("*.py"))
    for name, text in docstrings(ast.parse(path.read_text(encoding="utf-8")), path.stem)
]
SECTIONS = sections()


def names(cells, function):
    """Whether code names a function, or text does in code's letters: `flow` is also a word."""
    word = re.compile(rf"\b{function}\b")
    return any(
        word.search(part)
        for kind, source in cells
        for part in ([source] if kind == "code" else re.findall(r"`[^`]+`", source))
    )


@pytest.mark.parametrize(
    ("place", "name", "verb", "label"),
    [
        pytest.param(place, name, verb, label, id=f"{place} {verb} in {label}")
        for place, name, text in DOCSTRINGS
        for verb, labels in REFERENCE.findall(" ".join(text.split()))
        for label in re.findall(r"`([^`]+)`", labels)
    ],
)
def test_a_section_that_a_docstring_points_to_says_so(place, name, verb, label):
    assert label in SECTIONS, f"{place}: there is no section `{label}`"
    if verb == "Used":
        where = [other for other, cells in SECTIONS.items() if names(cells, name)]
        assert label in where, f"{place}: not named in `{label}`, but in {where or 'no section'}"


def test_every_reference_is_read_by_the_test_above():
    for place, _, text in DOCSTRINGS:
        flat = " ".join(text.split())
        found = [found.group() for found in REFERENCE.finditer(flat)]
        assert "".join(found).count("{ref}") == flat.count("{ref}"), place


def test_formulas_keep_their_backslashes():
    r"""A raw string with \\top shows a line break and a word, a plain one with \top a tab."""
    for place, _, text in DOCSTRINGS:
        assert not re.search(r"\\\\[A-Za-z]", text), f"{place}: a doubled backslash"
        assert not re.search(r"[^\n -~\u00a0-\uffff]", text), f"{place}: an unseen character"
