"""In a table, a name of code breaks behind an underscore or a full stop, not amid its letters."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class BreakNames(SphinxPostTransform):
    """Tell the browser where a name may break."""

    default_priority = 900
    formats = ("html",)

    def run(self) -> None:
        """Put an element `wbr` behind each part of a name that has several."""
        for table in self.document.findall(nodes.table):
            for name in list(table.findall(nodes.literal)):
                parts = re.findall(r".+?(?:[_.](?=\w)|$)", name.astext())
                if len(parts) > 1 and all(isinstance(child, nodes.Text) for child in name.children):
                    name.clear()
                    for part in parts:
                        name += [nodes.Text(part), nodes.raw("", "<wbr>", format="html")]
                    name.pop()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(BreakNames)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
