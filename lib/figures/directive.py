"""The directive of the Sphinx extension that shows a section's figure on another page.

```{explorer} chapters/lie-brackets/two-examples two-orders
```

The copy is what the section's page has: its notebook is run once.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

FIGURE = re.compile(r'<geometry-explorer id="explorer-([^"]*)">.*?</geometry-explorer>', re.S)
MARK = "shows_figures_of_others"  # in the metadata of a page, which Sphinx keeps and merges

log = logging.getLogger(__name__)


class Copy(nodes.General, nodes.Element):
    """Where a figure of another page comes, once all pages have been read."""


class ExplorerDirective(SphinxDirective):
    """`{explorer} page name`: the page as _toc.yml names it, and the figure's name."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Leave a place for the figure."""
        page, name = self.arguments
        self.env.metadata[self.env.docname][MARK] = True
        node = Copy(page=page, name=name)
        self.set_source_info(node)
        return [node]


class PlaceCopies(SphinxPostTransform):
    """Puts the figures into their places."""

    default_priority = 5

    def run(self, **_: Any) -> None:
        """Replace each place of a page that is about to be written."""
        for node in list(self.document.findall(Copy)):
            try:
                text = figure_of(self.env, node["page"], node["name"])
            except LookupError as error:
                log.warning("%s", error.args[0], location=node)
                node.parent.remove(node)
            else:
                place = nodes.container(classes=["cell_output", "full-width"])  # as on its own page
                place += nodes.raw("", text, format="html")
                node.replace_self(place)


def figure_of(env: BuildEnvironment, page: str, name: str) -> str:
    """The HTML of a page's figure; LookupError where there is none."""
    if page not in env.found_docs:
        raise LookupError(
            f"explorer: there is no page '{page}'. Name it as _toc.yml does: from the book's "
            f"folder, without the ending."
        )
    texts = [node.astext() for node in env.get_doctree(page).findall(nodes.raw)]
    found = [match for text in texts for match in FIGURE.finditer(text)]
    figures = {html.unescape(match[1]): match[0] for match in found}
    if name not in figures:
        raise LookupError(
            f"explorer: the page '{page}' has no figure '{name}'; it has "
            f"{', '.join(figures) or 'none'}."
        )
    return figures[name]


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages with copies: each is written anew, as the figure's page may have changed."""
    return [page for page, metadata in env.metadata.items() if MARK in metadata]


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_node(Copy)
    app.add_directive("explorer", ExplorerDirective)
    app.add_post_transform(PlaceCopies)
    app.connect("env-updated", rewrite)
