"""Writes words into the notebooks' references, so that JupyterLab, too, shows what they refer to.

The site knows what to print for {ref}`the-valley`, {prf:ref}`thm-valley-slide`,
{numref}`explorer-a-slide` and {cite:t}`polyak1964methods`. JupyterLab knows it only of what the
texts of the same notebook hold; else it prints the label, with a sign of warning. So these
references are written {ref}`with the words of the site <the-valley>`, and theorems go by their
names: the site puts their numbers there (_ext/reference_words.py), but JupyterLab counts its own.

    python tools/references.py           # after make book: write them
    python tools/references.py --check   # say which notebooks lack some, or have others

Words of an author's own begin with a small letter, as {ref}`an exercise <ex-turning>`. They stay.
"""

import argparse
import pickle
import re
import sys
from typing import NamedTuple

from book import DOCTREES
from nbformat import NotebookNode
from notebooks import ROOT, find_notebooks, normalise, read, show, write
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

ROLE = re.compile(
    r"\{(ref|prf:ref|numref|cite:[tp])\}`(?:([^\s`<][^`<]*?)\s*<)?([\w-]+(?:,\s*[\w-]+)*)>?`"
)
PROOF = re.compile(r"^:+\{prf:(\w+)\} (.+)\n:label: (\S+)$", re.M)
OWN = re.compile(r"^\(([\w-]+)\)=$|^:label: (\S+)$", re.M)  # labels that a text gives


class Site(NamedTuple):
    """What the site prints for labels."""

    references: dict[str, str]
    works: dict[str, Entry]

    def words(self, role: str, target: str) -> str:
        """Those of a role without words; SystemExit where they are the author's to find."""
        if target in self.references:
            return self.references[target]
        keys = [key.strip() for key in target.split(",")]
        if not self.works.keys() >= set(keys):
            sys.exit(f"Give {{{role}}}`{target}` words of your own: `an exercise <{target}>`.")
        cited = [self.works[key] for key in keys]
        pairs = [(names(work), work.fields["year"]) for work in cited]
        if role == "cite:p":
            return f"[{', '.join(f'{who}, {year}' for who, year in pairs)}]"
        return ", ".join(f"{who} [{year}]" for who, year in pairs)


def names(work: Entry) -> str:
    """Of its authors, as in a citation."""
    style = AuthorYearReferenceStyle()
    template = style.person.author_or_editor_or_title(full=False)
    words = template.format_data({"entry": work, "style": style})
    return words.render(find_plugin("pybtex.backends", "plaintext")())


def read_site() -> Site:
    """What the last `make book` prints, and the names of the theorems."""
    sys.path.append(str(ROOT / "_ext"))
    environment: BuildEnvironment = pickle.loads((DOCTREES / "environment.pickle").read_bytes())
    labels = environment.domaindata["std"]["labels"]
    references = {label: title for label, (_, _, title) in labels.items()}
    for numbers in environment.toc_fignumbers.values():
        for label, number in numbers.get("figure", {}).items():
            references[label] = f"Figure {'.'.join(map(str, number))}"
    for path in find_notebooks():
        for cell in read(path).cells:
            for kind, title, label in PROOF.findall(cell.source):
                references[label] = f"{kind.title()} “{title}”"
    return Site(references, read_works())


def read_works() -> dict[str, Entry]:
    """The works of the bibliography by their keys."""
    return dict(parse_file(ROOT / "references.bib").entries)


def with_words(text: str, own: set[str], site: Site) -> str:
    """A text whose references carry words, but for those to the labels of its `own` notebook."""

    def worded(match: re.Match[str]) -> str:
        role, words, target = match.groups()
        if target in own if words is None else words[0].islower():
            return match[0]
        if words and words.startswith("["):
            role = "cite:p"
        kept = role if role == "prf:ref" else "ref"
        return f"{{{kept}}}`{site.words(role, target)} <{target}>`"

    return ROLE.sub(worded, text)


def mended(notebook: NotebookNode, site: Site) -> NotebookNode:
    """A notebook, in normal form, whose references carry words."""
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    own = {one or other for cell in texts for one, other in OWN.findall(cell.source)}
    for cell in texts:
        cell.source = with_words(cell.source, own, site)
    return normalise(notebook)


def wrong(site: Site) -> dict[str, list[str]]:
    """The references of each notebook that lack words or have others."""
    found = {}
    for path in find_notebooks():
        cells = zip(read(path).cells, mended(read(path), site).cells, strict=True)
        written = [
            role[0]
            for old, new in cells
            for role in ROLE.finditer(old.source)
            if role[0] not in new.source
        ]
        if written:
            found[show(path)] = written
    return found


def main() -> None:
    """Write the words, or check them; exit with 1 where some are missing or others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only check them")
    site = read_site()
    if parser.parse_args().check:
        lines = [f"{name}: {', '.join(roles)}" for name, roles in wrong(site).items()]
        if lines:
            sys.exit("\n".join([*lines, "`make references` writes their words."]))
    else:
        for path in find_notebooks():
            path.write_text(write(mended(read(path), site)), encoding="utf-8")


if __name__ == "__main__":
    main()
