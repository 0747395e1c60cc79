"""The fold with the code of a figure, in a small book."""

import io
import re

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

CONF = 'extensions = ["myst_nb", "lib.figures.sphinx"]\nnb_execution_mode = "off"\n'
HIDDEN = {"tags": ["hide-input"]}


def figure(name: str):
    """The output of a cell that shows a figure, as far as the book looks at it."""
    caption = f"<figure><figcaption>{name}</figcaption></figure>"
    text = f'<geometry-explorer id="explorer-{name}">\n{caption}\n</geometry-explorer>'
    return new_output("display_data", {"text/html": text})


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The HTML of a page with two figures, without its tags of code."""
    folder = tmp_path_factory.mktemp("book")
    printed = [new_output("stream", text="printed")]
    cells = [
        new_markdown_cell("# Page"),
        new_code_cell("imports", metadata=HIDDEN),
        new_markdown_cell("Question"),
        new_code_cell("discussed"),
        new_code_cell("printing", metadata=HIDDEN, outputs=printed),
        new_code_cell("helper", metadata=HIDDEN),
        new_code_cell("first", metadata=HIDDEN, outputs=[figure("first")]),
        new_markdown_cell("Answer"),
        new_code_cell("second", metadata=HIDDEN, outputs=[figure("second")]),
        new_code_cell("after", metadata=HIDDEN),
        new_code_cell("third", outputs=[figure("third")]),
    ]
    language = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    (folder / "conf.py").write_text(CONF)
    write(new_notebook(cells=cells, metadata=language), folder / "index.ipynb")
    warnings, out = io.StringIO(), folder / "out"
    with docutils_namespace():
        Sphinx(folder, folder, out, out / "trees", "html", status=None, warning=warnings).build()
    assert warnings.getvalue() == ""
    return re.sub("<span[^>]*>|</span>", "", (out / "index.html").read_text("utf-8"))


def test_hidden_cells_stand_in_one_fold_below_their_figure(page):
    folds = re.findall(
        r'<details class="code-of-figure"><summary>(.*?)</summary>(.*?)</details>', page, re.S
    )
    code = [re.findall(r"<pre>(\w+)", cells) for _, cells in folds]
    assert code == [["imports", "helper", "first"], ["second"]]
    words = ["Code of this figure (3 cells)", "Code of this figure (1 cell)"]
    assert [summary for summary, _ in folds] == words
    for name in ("first", "second"):
        assert page.index(f'"explorer-{name}"') < page.index(f"<pre>{name}")


def test_the_other_cells_stay_in_their_places(page):
    order = ["<pre>discussed", "<pre>printing", '"explorer-first"', "<pre>after", "<pre>third"]
    assert [page.count(part) for part in order] == [1] * len(order)
    assert sorted(order, key=page.index) == order
    assert page.count('<details class="admonition hide above-input">') == 2  # printing and after
