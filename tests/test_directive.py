"""The directive that shows a section's figure on another page, in a book that grows."""

import io
from pathlib import Path

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

CONF = """\
extensions = ["myst_nb", "lib.figures.sphinx"]
nb_execution_mode = "off"
include_patterns = ["index.md", "chapters/*"]
"""


def figure(name: str, words: str) -> str:
    """A figure's HTML as far as the directive knows it; its text ends no element."""
    return (
        f'<geometry-explorer id="explorer-{name}">\n<figcaption>{words}</figcaption>\n'
        f'<script type="text/plain">a <\\/geometry-explorer> b</script>\n</geometry-explorer>'
    )


def write_section(folder: Path, *figures: str) -> None:
    """A notebook that has been run, each figure the output of a cell."""
    outputs = [[new_output("display_data", {"text/html": text})] for text in figures]
    cells = [new_markdown_cell("# Section")]
    cells += [new_code_cell("show", outputs=output) for output in outputs]
    language = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    write(new_notebook(cells=cells, metadata=language), folder / "chapters" / "section.ipynb")


def write_page(folder: Path, *arguments: str) -> None:
    """A page with one directive for each pair of arguments."""
    text = "".join(f"\n```{{explorer}} {pair}\n```\n" for pair in arguments)
    (folder / "chapters" / "page.md").write_text(f"# Page\n{text}")


@pytest.fixture
def build(tmp_path):
    """Build the book as far as it is out of date: its page with copies and the warnings."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "conf.py").write_text(CONF)
    toc = "```{toctree}\nchapters/section\nchapters/page\nchapters/other\n```"
    (tmp_path / "index.md").write_text(f"# Book\n\n{toc}\n")
    (tmp_path / "chapters" / "other.md").write_text("# Other\n")

    def build() -> tuple[str, str]:
        warnings, out = io.StringIO(), tmp_path / "out"
        with docutils_namespace():  # as in a process of its own
            Sphinx(
                tmp_path, tmp_path, out, out / "trees", "html", status=None, warning=warnings
            ).build()
        return (out / "chapters" / "page.html").read_text("utf-8"), warnings.getvalue()

    return build


def test_a_copy_follows_its_section_and_errors_say_what_there_is(build, tmp_path):
    write_section(tmp_path, figure("one", "first words"), figure("a &amp; b", "other words"))
    write_page(tmp_path, "chapters/section one")
    page, warnings = build()
    assert warnings == ""
    assert figure("one", "first words") in page
    assert "other words" not in page
    assert "figures/explorer.js" in page

    # The other source stays as it is.
    write_section(tmp_path, figure("one", "new words"), figure("a &amp; b", "other words"))
    other = tmp_path / "out" / "chapters" / "other.html"
    written = other.stat().st_mtime_ns
    page, warnings = build()
    assert warnings == ""
    assert other.stat().st_mtime_ns == written, "no figure has another number"
    assert figure("one", "new words") in page

    write_section(tmp_path, figure("two", "new words"), figure("three", "more words"))
    page, warnings = build()
    assert "<geometry-explorer" not in page
    assert "page.md:3: WARNING: " in warnings
    words = "explorer: the page 'chapters/section' has no figure 'one'; it has two, three."
    assert words in warnings

    write_page(tmp_path, "chapters/sections two", "chapters/section")
    _, warnings = build()
    assert (
        "explorer: there is no page 'chapters/sections'. Name it as _toc.yml does: from the book's "
        "folder, without the ending."
    ) in warnings
    assert "2 argument(s) required, 1 supplied" in warnings
