"""A page is written again when what it shows has changed, and what is kept is not kept for ever."""

import io
import os
import re
import sys
import time
from types import SimpleNamespace

import pytest
from notebooks import ROOT
from sphinx.application import Sphinx
from sphinx.search import js_index
from sphinx.util.docutils import docutils_namespace

sys.path.insert(0, str(ROOT / "_ext"))
written_site = pytest.importorskip("written_site")  # the test of the guide has a clone without it

CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "_ext")!r})
extensions = ["myst_nb", "numbered_sections"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
html_baseurl = "https://example.org/"


def setup(app):
    import public_address
    import search_excerpts

    app.connect("build-finished", public_address.invite)
    app.connect("write-started", search_excerpts.keep_entries)
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\n:caption: One\none\ntwo\nthree\n```\n",
    "one": "(one)=\n# First words\n\n$$a$$ (first)\n",
    "two": "# Two\n\nIn {ref}`one`.\n",
    "three": "# Three\n\n```{index} equation\n```\nBy {eq}`first`.\n",
}


@pytest.fixture
def build(tmp_path):
    """Change pages, build, and say which were written."""
    (tmp_path / "conf.py").write_text(CONF)
    out = tmp_path / "out"

    def build(**changed: str) -> set[str]:
        for name, text in changed.items():
            (tmp_path / f"{name}.md").write_text(text)
        before = {file: file.stat().st_mtime_ns for file in out.glob("*.html")}
        warnings = io.StringIO()
        with docutils_namespace():  # as in a process of its own
            Sphinx(
                tmp_path, tmp_path, out, out / "trees", "html", status=None, warning=warnings
            ).build()
        assert warnings.getvalue() == ""
        now = {out / f"{name}.html": name for name in PAGES}
        return {name for file, name in now.items() if file.stat().st_mtime_ns != before.get(file)}

    build(**PAGES)
    return build


def test_what_a_link_shows_is_written_again_and_only_then(build, tmp_path):
    written = build(one=PAGES["one"] + "\nOne more sentence.\n")
    assert not written & {"two", "three"}
    assert "two" in build(one="(one)=\n# Other words\n\n$$a$$ (first)\n")
    assert "Other words" in (tmp_path / "out" / "two.html").read_text()
    assert "three" in build(one="(one)=\n# Other words\n\n$$b$$ (zeroth)\n\n$$a$$ (first)\n")
    assert "(2)" in (tmp_path / "out" / "three.html").read_text()


def test_what_lists_all_pages_lists_also_those_that_a_build_does_not_write(build, tmp_path):
    assert "three" not in build(one=PAGES["one"] + "\nOne more sentence.\n")
    listed = re.findall("<loc>(.*?)</loc>", (tmp_path / "out" / "sitemap.xml").read_text())
    assert listed == [f"https://example.org/{page}.html" for page in sorted(PAGES)]
    with (tmp_path / "out" / "searchindex.js").open() as text:
        index = js_index.load(text)
    (found,) = index["indexentries"]["equation"]
    assert index["docnames"][found[0]] == "three"


def test_what_is_kept_is_made_once_and_goes_when_nothing_asks_for_it(tmp_path):
    app = SimpleNamespace(doctreedir=tmp_path / "trees")
    made = []

    def make(word: bytes) -> bytes:
        def once() -> bytes:
            made.append(word)
            return word

        return written_site.kept(app, once, word)

    assert [make(b"old"), make(b"new"), make(b"new")] == [b"old", b"new", b"new"]
    assert made == [b"old", b"new"]
    past = time.time() - 2 * written_site.MONTH
    for file in written_site.store(app).iterdir():
        os.utime(file, (past, past))
    (written_site.store(app) / "formulas.json").touch()
    os.utime(written_site.store(app) / "formulas.json", (past, past))  # another extension's
    make(b"new")
    written_site.prune(app, None)
    make(b"new")
    assert made == [b"old", b"new"]
    assert (written_site.store(app) / "formulas.json").exists()
    make(b"old")
    assert made == [b"old", b"new", b"old"]
