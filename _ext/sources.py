"""The notebooks of the book as other pages count in them: a process reads each of them once.

A page that is made of what stands in notebooks is read again when that has changed, and not after
every change of a notebook, as it would be with `note_dependency` of Sphinx: `note` keeps with the
page a digest of what it is made of, and `connect` compares it with the digest as it is now.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode
from nbformat.reader import reads
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

LABEL = re.compile(r"^\(([\w-]+)\)=", re.M)


class Source(NamedTuple):
    """A notebook of the book."""

    notebook: NotebookNode
    text: str  # of its cells of Markdown
    code: str

    @property
    def labels(self) -> list[str]:
        """The labels above its headings; the first is that of the section."""
        return LABEL.findall(self.text)


def source(notebook: NotebookNode) -> Source:
    """What the others read in a notebook."""
    texts = {
        kind: "\n".join(c.source for c in notebook.cells if c.cell_type == kind)
        for kind in ("markdown", "code")
    }
    return Source(notebook, texts["markdown"], texts["code"])


@cache
def sources(folder: Path) -> dict[str, Source]:
    """The notebooks of the book in a folder, by the names of their pages."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): source(reads(path.read_text("utf-8")))
        for path in sorted((folder / "chapters").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    }


def digest(made_of: object) -> str:
    """A short name of a value that has a `repr` of its own."""
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]


def note(env: BuildEnvironment, name: str, made_of: object) -> None:
    """Keep with the page that is being read what it is made of."""
    env.metadata[env.docname][f"made of {name}"] = digest(made_of)  # Sphinx keeps and merges it


def connect(app: Sphinx, name: str, now: Callable[[Sphinx], object]) -> None:
    """Let the pages that have noted `name` be read again when `now` gives another value."""

    def outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
        key = f"made of {name}"
        pages = [page for page in env.metadata if key in env.metadata[page]]
        now_is = digest(now(app)) if pages else ""
        return [page for page in pages if env.metadata[page][key] != now_is]

    app.connect("env-get-outdated", outdated)
