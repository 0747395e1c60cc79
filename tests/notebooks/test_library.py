"""The page of the library: complete, with links to the book, and its faults stop the build."""

import ast
import builtins
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys

import notebooks
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import lib

sys.path.insert(0, str(notebooks.ROOT / "_ext"))
library = pytest.importorskip("library")  # the test of the guide has a clone without it

CONF = f"""
import sys
sys.path[:0] = [{str(notebooks.ROOT / "_ext")!r}, "."]
extensions = ["myst_parser", "library", "formulas"]
html_math_renderer = "typeset"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
exclude_patterns = ["chapters/*.ipynb"]
"""

MODULE = '''
"""Turns."""

ANGLE = 0.5
"""How far, $\\\\vartheta$."""


def turn(point, *, angle=ANGLE):
    r"""The point turned by $\\vartheta$.

    Args:
      point: where it is.
      angle: how far,
        in radians.

    Returns:
      Where it comes to be.

    Used in {ref}`turning`.

    >>> turn(0.0)
    0.0
    """


def shift(point):
    r"""The point moved, unlike in {func}`turn`. FAULTS"""
'''

FAULTS = {
    "Used in {ref}`turning`.": "says that it is used in `turning`, which does not name it",
    "Used in {ref}`shifting`.": "undefined label: 'shifting'",
    "As {func}`twist`.": "py:func reference target not found: twist",
    r"It is $\varthetta$.": r"Undefined control sequence \\varthetta: \\varthetta",
    r"It is $\tfrac{1}{2$.": "Missing close brace",
    r"It is $\left(x)$.": r"Extra \\left or missing \\right",
}


def build(folder, faults=""):
    """Sphinx, as strict as in `make book`, on a page of one module and a section that uses it."""
    (folder / "chapters").mkdir()
    (folder / "conf.py").write_text(CONF)
    (folder / "sample.py").write_text(MODULE.replace("FAULTS", faults))
    (folder / "index.md").write_text(
        "# Sample\n\n(turning)=\n## Turning\n\n```{library} sample\n```\n"
    )
    cells = [
        new_markdown_cell("(turning)=\n## Turning"),
        new_code_cell("from sample import turn"),
    ]
    notebook = notebooks.write(new_notebook(cells=cells))
    (folder / "chapters" / "turning.ipynb").write_text(notebook)
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", ".", "html"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_a_module_is_on_the_page_with_its_formulas_terms_and_examples(tmp_path):
    done = build(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "html" / "index.html").read_text()
    for wanted in (
        'id="sample.turn"',
        'id="sample.ANGLE"',
        "<math><mi>ϑ</mi></math>",
        "<strong>angle</strong>: how far,\nin radians.",
        "<dt>Returns</dt><dd><p>Where it comes to be.",
        'href="#turning"',
        '<span class="gp">&gt;&gt;&gt; </span>',
    ):
        assert wanted in text


def test_what_is_wrong_in_a_docstring_stops_the_build(tmp_path):
    done = build(tmp_path, " ".join(FAULTS))
    assert done.returncode
    for words in FAULTS.values():
        assert words.replace(r"\\", "\\") in done.stderr
    assert done.stderr.count("WARNING") == len(FAULTS)


def test_every_module_is_on_the_page():
    page = (notebooks.CHAPTERS / "appendix" / "library.md").read_text()
    on_the_page = re.findall(r"^```\{library\} lib\.(\w+)$", page, re.M)
    modules = {module.name for module in pkgutil.iter_modules(lib.__path__)}
    # The checks are for lib itself, and the command line has its own --help.
    assert sorted(on_the_page) == sorted(modules - {"checks", "__main__"})


def entries():
    """What the page describes by full name, in its order: the things themselves."""
    page = (notebooks.CHAPTERS / "appendix" / "library.md").read_text(encoding="utf-8")
    for name in re.findall(r"^```\{library\} ([\w.]+)$", page, re.M):
        module = importlib.import_module(name)
        for inside, thing in library.public(module):
            if getattr(thing, "__module__", name).startswith(name) or is_data(module, inside):
                yield f"{name}.{inside}", thing


def is_data(module, name):
    return ("", name) in library.analyzer(module.__name__).attr_docs


def described(full, thing):
    """The words about an entry, a class's fields among them."""
    module, _, name = full.rpartition(".")
    if is_data(sys.modules[module], name):
        return "\n".join(library.analyzer(module).attr_docs["", name])
    fields = library.analyzer(thing.__module__).attr_docs.items()
    return "\n".join([thing.__doc__, *(" ".join(d) for (owner, _), d in fields if owner == name)])


ENTRIES = dict(entries())
TEXTS = {full: described(full, thing) for full, thing in ENTRIES.items()}
THINGS = {
    full: thing
    for full, thing in ENTRIES.items()
    for module, _, name in [full.rpartition(".")]
    if not is_data(sys.modules[module], name)
}


def test_a_name_is_described_once_and_what_notebooks_import_is():
    assert len(list(entries())) == len(ENTRIES)
    homes = {}
    for full, thing in THINGS.items():
        homes.setdefault(id(thing), []).append(full)
    assert [names for names in homes.values() if len(names) > 1] == []
    missing = {
        full
        for section in library.sections(notebooks.ROOT).values()
        for full in set(section.imports) - {"lib.figures.coverage"}  # the tables of one section
        for module, _, name in [full.rpartition(".")]
        # Chapter 2 offers `Setting`, for instance, which is described where it is at home.
        if full not in ENTRIES and id(getattr(importlib.import_module(module), name)) not in homes
    }
    assert missing == set()


def test_every_entry_leads_to_a_section_by_one_link_or_two():
    sections = library.sections(notebooks.ROOT).values()
    imported = {full for section in sections for full in section.imports}
    direct = {full for full, text in TEXTS.items() if "{ref}" in text or full in imported}
    lost = set()
    for full in THINGS.keys() - direct:
        module, _, name = full.rpartition(".")
        to = re.findall(r"\{(?:func|class)\}`([\w.]+)`", TEXTS[full])
        linked = {other if other.startswith("lib.") else f"{module}.{other}" for other in to}
        result = isinstance(THINGS[full], type)  # of functions, which name it
        named = result and any(re.search(rf"\b{name}\b", TEXTS[other]) for other in direct)
        if not (linked & direct or named or full.startswith(library.FIGURES)):
            lost.add(full)
    assert lost == set()


def unbound(source):
    """The names that code uses and neither binds nor imports."""
    bound, used = set(dir(builtins)), set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.alias():
                bound.add((node.asname or node.name).partition(".")[0])
            case ast.arg(arg=name) | ast.FunctionDef(name=name):
                bound.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.Name(id=name):
                used.add(name)
    return used - bound


def test_an_example_imports_what_it_uses():
    assert unbound("import jax.numpy as jnp\nx = jnp.ones(n)") == {"n"}
    examples = doctest.DocTestParser().get_examples
    faults = {full: unbound("".join(e.source for e in examples(t))) for full, t in TEXTS.items()}
    assert {full: names for full, names in faults.items() if names} == {}
