"""Numbers the figures of a book: "Figure 1.3" above the picture, {numref}`explorer-…` in the text.

A part of the table of contents is a chapter; its figures count from 1. The chapter has the number
with which its name begins, as "0 · Before you begin", or else the one after the last. A part whose
name begins with "Appendix" has the letter A. In a book without parts all figures count on.
"""

import copy
import html
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

CAPTION = re.compile(
    r'<geometry-explorer id="([^"]*)">\s*<figure[^>]*><figcaption>(.*?)</figcaption>', re.S
)
Number = tuple[int | str, ...]


class Numbered(nodes.General, nodes.Element):
    """Stands beside a figure, which is HTML, for what Sphinx counts and refers to."""


class FindFigures(SphinxTransform):
    """Lets Sphinx know of the figures in a page's outputs, before it collects what has a name."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        """Put a node before each figure, and give its output the width of the page."""
        for raw in list(self.document.findall(nodes.raw)):
            for figure, caption in CAPTION.findall(raw.astext()):
                name = html.unescape(figure)
                title = html.unescape(re.sub("<[^>]*>", "", caption))
                node = Numbered(ids=[name], names=[nodes.fully_normalize_name(name)], title=title)
                self.document.note_explicit_target(node, node)
                output = output_of(raw)
                output.parent.insert(output.parent.index(output), node)
                output["classes"].append("full-width")


def output_of(node: nodes.Element) -> nodes.Element:
    """The output of a cell that holds a node, or the node where it stands in none."""
    above = node.parent
    while above is not None and "cell_output" not in above.get("classes", []):
        above = above.parent
    return node if above is None else above


def chapters(env: BuildEnvironment) -> Iterator[tuple[int | str, list[str]]]:
    """The parts of the table of contents: the number of each, and its pages in their order."""
    number = 0
    for toctree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        caption = toctree.get("caption")
        if caption and caption.startswith("Appendix"):
            yield "A", list(below(env, toctree["includefiles"]))
        elif caption:
            own = re.match(r"\d+", caption)
            number = int(own[0]) if own else number + 1
            yield number, list(below(env, toctree["includefiles"]))


def below(env: BuildEnvironment, pages: list[str]) -> Iterator[str]:
    """Pages, each followed by those that it lists itself."""
    for page in pages:
        yield page
        yield from below(env, env.toctree_includes.get(page, []))


def put_back(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give Sphinx the numbers of its own last count, so that it sees which of them have changed."""
    env.toc_fignumbers = getattr(env, "fignumbers_of_sphinx", env.toc_fignumbers)
    return []


def count(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number the figures by chapters; when a number has changed all pages are written anew."""
    before = getattr(env, "fignumbers_by_chapter", None)
    env.fignumbers_of_sphinx = copy.deepcopy(env.toc_fignumbers)
    for chapter, pages in chapters(env):
        last = 0
        for page in pages:
            numbers = env.toc_fignumbers.get(page, {}).get("figure", {})
            for name in numbers:
                last += 1
                numbers[name] = (chapter, last)
    # A copy: when a page is read again, Sphinx takes its numbers out of its own.
    env.fignumbers_by_chapter = copy.deepcopy(env.toc_fignumbers)
    return [] if env.toc_fignumbers == before else sorted(env.found_docs)


def add_numbers(env: BuildEnvironment, body: str) -> str:
    """A page's HTML with the number of each figure before its caption."""
    known: dict[str, Number] = {}
    for numbers in env.toc_fignumbers.values():
        known |= numbers.get("figure", {})

    def numbered(match: re.Match[str]) -> str:
        number = known.get(html.unescape(match[1]))
        if number is None:
            return match[0]
        words = env.config.numfig_format["figure"] % ".".join(map(str, number))
        span = f'<span class="caption-number">{words}. </span>'
        return match[0].replace("<figcaption>", f"<figcaption>{span}", 1)

    return CAPTION.sub(numbered, body)


def prepare(app: Sphinx, config: Any) -> None:
    """Numbers are on, and a reference reads "Figure 1.3"."""
    config.numfig = True
    config.numfig_format = {"figure": "Figure %s", **config.numfig_format}


def skip(*_: Any) -> None:
    """Write nothing."""
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    writers = dict.fromkeys(("html", "latex", "text", "man", "texinfo"), (skip, None))
    app.add_enumerable_node(Numbered, "figure", lambda node: node["title"], **writers)
    app.add_transform(FindFigures)
    app.connect("config-inited", prepare)
    app.connect("env-get-updated", put_back, priority=100)  # before Sphinx counts by itself
    app.connect("env-get-updated", count, priority=900)  # and after it
