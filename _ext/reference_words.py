"""References whose words are for JupyterLab: the site prints its own.

JupyterLab shows the words of a reference; without them, and of any citation, only the label, with a
sign of warning. `tools/references.py` writes words into the notebooks. Here

* {ref}`Polyak [1964] <polyak1964methods>` becomes {cite:t}`polyak1964methods`,
* {ref}`[Polyak, 1964] <polyak1964methods>` becomes {cite:p}`polyak1964methods`,
* {prf:ref}`Theorem “Balance” <thm-balance>` becomes {prf:ref}`thm-balance`: the site has numbers.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinxcontrib.bibtex.roles import CiteRole


class ReplaceWords(SphinxTransform):
    """Makes them what they would be without words."""

    default_priority = 500  # while a page is read

    def apply(self, **_) -> None:
        """Find those of a page."""
        works = self.env.get_domain("cite").bibdata.data.entries
        for node in self.document.findall(pending_xref):
            target, words = node["reftarget"], node.astext()
            if node["reftype"] == "ref" and all(key.strip() in works for key in target.split(",")):
                kind = "p" if words.startswith("[") else "t"
                node.attributes |= {"refdomain": "cite", "reftype": kind}
                role = CiteRole()
                role.target = target
                role.result_nodes(self.document, self.env, node, is_ref=True)
            elif node["refdomain"] == "prf" and "“" in words:
                node[0][:] = [nodes.Text(target)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("sphinxcontrib.bibtex")
    app.add_transform(ReplaceWords)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
