"""Let Sphinx read and write the pages on all cores, which Jupyter Book cannot ask it for.

Sphinx does so when every extension says that it may. Two may, and do not say it: one numbers when
all pages have been read; the other merges its list of theorems, but not the domain, which is empty.
"""

import os

from sphinx.application import Sphinx
from sphinx_proof.domain import ProofDomain


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.parallel = os.cpu_count() or 1
    app.setup_extension("sphinx_multitoc_numbering")
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True
    ProofDomain.merge_domaindata = lambda *_: None
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
