"""The page of the notation: the tables of lib/notation.toml, from which the sliders take theirs."""

import tomllib
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HEADINGS = ["symbol", "in code", "meaning", "unit and range"]


class Notation(SphinxDirective):
    """`{notation}` with the labels of sections: what each introduces; `controls` is for sliders."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Give the tables, as Markdown, to the parser of the page."""
        source = Path(self.env.srcdir, "lib", "notation.toml")
        self.env.note_dependency(str(source))
        tables = tomllib.loads(source.read_text(encoding="utf-8"))
        lines = []
        for label in self.content:
            if label not in tables:
                raise self.error(f"lib/notation.toml has no list of `{label}`.")
            if label != "controls":
                lines += [f"The section {{ref}}`{label}` introduces these.", ""]
            rows = [HEADINGS, [":--"] * len(HEADINGS), *tables[label]]
            cells = [[cell.replace("|", r"\|") for cell in row] for row in rows]
            lines += [f"| {' | '.join(row)} |" for row in cells]
            lines.append("")
        content = nodes.Element()
        self.state.nested_parse(StringList(lines, str(source)), 0, content)
        return content.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("notation", Notation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
