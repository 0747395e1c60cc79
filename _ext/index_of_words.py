"""The page of the index: words, each with the numbers of the sections that explain it.

Sphinx's own page has "[1], [2]" for these, and stands outside the table of contents. Here a word of
the glossary leads there, and a name of `lib` to its description.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from docutils import nodes
from docutils.nodes import document
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

PAGE = "chapters/appendix/index-of-words"
GLOSSARY = "chapters/appendix/glossary"
OF_LIB = re.compile(r"(\w+)(?:\(\))? \((?:in module|class in|exception in) [\w.]+\)")


class word_list(nodes.General, nodes.Element):
    """Where the index comes to stand, once all pages are read."""


class Place(NamedTuple):
    """Where a word stands."""

    page: str
    anchor: str
    main: bool  # whether it is defined there: in the glossary, or as a name of `lib`


class Index(SphinxDirective):
    """`{index-of-words}`: all of them."""

    def run(self) -> list[nodes.Node]:
        """Keep the place."""
        return [word_list()]


def words(env: BuildEnvironment) -> dict[str, list[Place]]:
    """The words and names of the index in the order of the alphabet, with their places."""
    order = [page for page, *_ in env.listed_sections]
    found: dict[str, list[tuple[str, Place]]] = {}
    for page in filter(env.get_domain("index").entries.get, order):
        for kind, word, anchor, main, _ in env.get_domain("index").entries[page]:
            if kind == "single":
                of_lib = OF_LIB.fullmatch(word)
                said = ", ".join(re.split(r"\s*;\s*", word)).replace("'", "’")  # as in the text
                name = of_lib[1] + "()" if of_lib else said
                place = Place(page, anchor, bool(main or of_lib))
                found.setdefault(name.casefold(), []).append((name, place))
    for word, place in defining(env):
        found.setdefault(word.casefold(), []).append((word, place))
    for uses in found.values():
        uses.sort(key=lambda use: order.index(use[1].page))
    # A word that begins a sentence somewhere is the same word: its small letters come last.
    return {max(uses)[0]: [place for _, place in uses] for _, uses in sorted(found.items())}


def defining(env: BuildEnvironment) -> Iterator[tuple[str, Place]]:
    """The words of the glossary with the sections that it sends a reader to."""
    labels = env.get_domain("std").labels
    for entry in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        for link in entry.findall(pending_xref):
            if link["reftype"] == "ref" and link["reftarget"] in labels:
                page, anchor, _ = labels[link["reftarget"]]
                yield entry[0].astext(), Place(page, anchor, main=False)


def note_changes(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page is written again when there are other words."""
    indexed = words(env)
    changed = indexed != getattr(env, "indexed_words", None)
    env.indexed_words = indexed
    return [PAGE] if changed and PAGE in env.found_docs else []


def fill(app: Sphinx, doctree: document, page: str) -> None:
    """Put the words where the directive stands."""
    for node in list(doctree.findall(word_list)):
        parts: list[nodes.Element] = []
        for word, places in app.env.indexed_words.items():
            if not parts or parts[-2].astext() != word[0].upper():
                parts += [nodes.rubric("", word[0].upper())]
                parts += [nodes.bullet_list(classes=["index-of-words"])]
            line = nodes.paragraph()
            named = nodes.literal("", word[:-2]) if word.endswith("()") else nodes.Text(word)
            home = next((place for place in places if place.main), None)
            line += link(app, page, home, named) if home else named
            seen = {}
            for place in places:
                if not place.main:
                    seen.setdefault(place.page, place)
            for place in seen.values():
                chapter, number = app.env.titles[place.page]["secnumber"]
                line += [
                    nodes.Text(", "),
                    link(app, page, place, nodes.Text(f"{chapter}.{number}")),
                ]
            parts[-1] += nodes.list_item("", line)
        node.replace_self(parts)


def link(app: Sphinx, page: str, place: Place, text: nodes.Node) -> nodes.reference:
    """A link from the index to a place."""
    uri = app.builder.get_relative_uri(page, place.page) + f"#{place.anchor}"
    return nodes.reference("", "", text, refuri=uri, internal=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_node(word_list)
    app.add_directive("index-of-words", Index)
    app.connect("env-get-updated", note_changes, priority=920)  # after the numbers of the sections
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
