"""The page of the library: what the docstrings of `lib` say, with links to the sections and back.

autodoc reads docstrings as reStructuredText; sphinx-autodoc2 reads Markdown, but does not know the
headings of ours, and has had no release since 2023. Docstrings of `lib` are written like the
notebooks, with the same roles. So they go to the parser that reads the notebooks, and what is wrong
in one stops the build as it would there.
"""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sources import connect, note, sources
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import stringify_signature

FIGURES = "lib.figures"  # with which every section draws
IMPORT = re.compile(r"^from (lib[.\w]*) import (?:\(([^)]*)\)|(.+))$", re.M)
HEADINGS = {
    "Args": "Arguments",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Raises": "Raises",
    "Warns": "Warns",
}
HEADING = re.compile(rf"^({'|'.join(HEADINGS)}):\n((?:(?: .*)?\n)+)", re.M)
ITEM = re.compile(r"^([\w, ]+): ")
FUNCTION = re.compile(r"(?:<PjitFunction of )?<function (\w+).*?>+")  # as a default
EXAMPLE = re.compile(r"^>>> (?:.+\n)+", re.M)
USED = re.compile(r"Used\s+in\s+((?:\{ref\}`[^`]+`(?:,\s+|\s+and\s+)?)+)")

log = logging.getLogger(__name__)


class Section(NamedTuple):
    """What a notebook of the book has to do with `lib`."""

    imports: list[str]  # the full names that it imports
    words: set[str]  # the names in its code, and in what its text writes as code


@cache
def sections(folder: Path) -> dict[str, Section]:
    """The notebooks of a book by the labels above their titles."""
    found = {}
    for notebook in sources(folder).values():
        imports = {
            f"{module}.{name}"
            for module, *names in IMPORT.findall(notebook.code)
            for name in re.findall(r"\w+", " ".join(names))
        }
        named = re.findall(r"`[^`]+`", notebook.text)
        words = set(re.findall(r"\w+", notebook.code + " ".join(named)))
        for label in notebook.labels:
            found[label] = Section(sorted(imports), words)
    return found


def taken(folder: Path) -> list[tuple[str, list[str], list[str]]]:
    """What the page of the library takes from the notebooks."""
    used = {full.rpartition(".")[2] for names in pointing(folder).values() for full in names}
    return [
        (label, section.imports, sorted(section.words & used))
        for label, section in sections(folder).items()
    ]


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module offers: the names it lists, or else those it defines, in their order."""
    names = getattr(module, "__all__", None)
    if names is None:
        source = analyzer(module.__name__)
        described = {name for owner, name in source.attr_docs if not owner}
        own = {
            name
            for name, thing in vars(module).items()
            if getattr(thing, "__module__", "") == module.__name__
        }
        names = sorted(own & set(source.tagorder) | described, key=source.tagorder.get)
    for name in names:
        if not name.startswith("_"):
            yield name, getattr(module, name)


@cache
def pointing(folder: Path) -> dict[str, set[str]]:
    """The full names whose docstrings say that they are used in a section, by its label.

    The files are read, not imported, for each process that reads pages does this.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((folder / "lib").rglob("*.py")):
        module = f"lib.{path.relative_to(folder / 'lib').parts[0].removesuffix('.py')}"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for label in pointed_to(ast.get_docstring(node) or ""):
                    found.setdefault(label, set()).add(f"{module}.{node.name}")
    return found


def pointed_to(docstring: str) -> list[str]:
    """The labels of the sections in which a docstring says that a name is used."""
    return re.findall(r"`([^`]+)`", " ".join(USED.findall(docstring)))


@cache
def analyzer(name: str) -> ModuleAnalyzer:
    """Sphinx's reader of a module's source."""
    source = ModuleAnalyzer.for_module(name)
    source.analyze()
    return source


def markdown(docstring: str, more: str = "") -> str:
    """A docstring in Markdown: its headings become terms, its examples blocks of code.

    `more` is put before the first example, or else at the end.
    """

    def terms(match: re.Match) -> str:
        heading, text = match[1], textwrap.dedent(match[2]).strip()
        if heading != "Returns":
            items = re.split(r"\n(?=\S)", text)
            text = "\n".join("- " + ITEM.sub(r"**\1**: ", item) for item in items)
        return f"{HEADINGS[heading]}\n: " + text.replace("\n", "\n  ") + "\n\n"

    text = HEADING.sub(terms, inspect.cleandoc(docstring) + "\n")
    words, prompt, examples = text.partition(">>> ")
    examples = EXAMPLE.sub(r"```pycon\n\g<0>```\n", prompt + examples)
    return f"{words}\n{more}\n\n{examples}"


def signature(thing: object) -> str:
    """The arguments of a function or class, whose types the text describes."""
    if isinstance(thing, type) and issubclass(thing, Exception):
        return ""
    shown = stringify_signature(inspect.signature(thing), show_annotation=False)
    return FUNCTION.sub(r"\1", shown)


class Library(SphinxDirective):
    """`{library} lib.fields`: a module's docstring and those of all that it offers."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Give the docstrings, as Markdown, to the parser of the page."""
        module = importlib.import_module(self.arguments[0])
        note(self.env, "library", taken(Path(self.env.srcdir)))
        parts = [directive("module", module.__name__, ""), inspect.cleandoc(module.__doc__)]
        parts += [self.entry(module, *item) for item in public(module)]
        content = nodes.Element()
        lines = "\n\n".join(parts).splitlines()
        self.state.nested_parse(StringList(lines, module.__file__), 0, content)
        return content.children

    def entry(self, module: ModuleType, name: str, thing: object) -> str:
        """The Markdown of one function, class or constant."""
        full, home = f"{module.__name__}.{name}", getattr(thing, "__module__", "")
        described = analyzer(module.__name__).attr_docs.get(("", name))
        if described:
            return directive("data", name, "\n".join(described))
        if not home.startswith(module.__name__):  # offered a second time, where it is at hand
            return directive("function", name + signature(thing), f"Of {{mod}}`{home}`.")
        if not isinstance(thing, type):
            kind, fields = "function", []
        else:
            kind = "exception" if issubclass(thing, Exception) else "class"
            source = analyzer(home).attr_docs.items()
            fields = [(field, lines) for (owner, field), lines in source if owner == name]
        text = markdown(thing.__doc__, self.used_in(full, thing.__doc__))
        if fields:
            text += "\nFields\n: " + "\n  ".join(f"- **{f}**: {' '.join(d)}" for f, d in fields)
        return directive(kind, name + signature(thing), text)

    def used_in(self, full: str, docstring: str) -> str:
        """The sections that import a name, besides those that its docstring points to."""
        known, name = sections(Path(self.env.srcdir)), full.rpartition(".")[2]
        for label in pointed_to(docstring):
            if label in known and name not in known[label].words:
                log.warning(f"{full} says that it is used in `{label}`, which does not name it")
        labels = [label for label, section in known.items() if full in section.imports]
        links = [f"{{ref}}`{label}`" for label in labels]
        links = [link for link in links if link not in docstring]
        if not links or full.startswith(FIGURES):
            return ""
        listed = " and ".join([", ".join(links[:-1]), links[-1]] if links[1:] else links)
        return f"{'Also used' if '{ref}' in docstring else 'Used'} in {listed}."


def directive(kind: str, signature: str, text: str) -> str:
    """The Markdown of a Python object's description."""
    return f":::::{{py:{kind}}} {signature}\n\n{text.strip()}\n:::::"


def add_functions(app: Sphinx, doctree: nodes.document) -> None:
    """Name at the end of a section the functions that it imports or names, each with a link."""
    found = sections(Path(app.srcdir))
    label = next((label for label in doctree.nameids if label in found), None)
    if label is None:
        return
    names = {*found[label].imports, *pointing(Path(app.srcdir)).get(label, ())}
    names = [name for name in sorted(names) if not name.startswith(FIGURES)]
    if not names:
        return
    line = nodes.paragraph(
        "", "", nodes.strong("", "Functions of this section: "), classes=["functions"]
    )
    for n, full in enumerate(names):
        link = pending_xref(
            "",
            nodes.literal("", full.rpartition(".")[2]),
            refdomain="py",
            reftype="obj",
            reftarget=full,
            refdoc=app.env.docname,
            refwarn=True,
        )
        line += [nodes.Text(", "), link] if n else [link]
    next(doctree.findall(nodes.section)).append(line)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("library", Library)
    app.connect("doctree-read", add_functions)
    connect(app, "library", lambda app: taken(Path(app.srcdir)))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
