"""References in notebooks carry words, which JupyterLab shows, and the site loses nothing by it."""

import re

import book
import notebooks
import pytest
import references
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SITE = references.Site(
    {"valley": "Noise moves you", "thm-slide": "Theorem “A slide”", "explorer-slide": "Figure 2.1"},
    references.read_works(),
)
WORDED = {
    "{ref}`valley`": "{ref}`Noise moves you <valley>`",
    "{ref}`An old title <valley>`": "{ref}`Noise moves you <valley>`",
    "{ref}`the valley <valley>`": "{ref}`the valley <valley>`",
    "{prf:ref}`thm-slide`": "{prf:ref}`Theorem “A slide” <thm-slide>`",
    "{numref}`explorer-slide`": "{ref}`Figure 2.1 <explorer-slide>`",
    "{ref}`Figure 1.7 <explorer-slide>`": "{ref}`Figure 2.1 <explorer-slide>`",
    "{cite:t}`ma2022quasistatic`": "{ref}`Ma et al. [2022] <ma2022quasistatic>`",
    "{cite:p}`jordan2024muon,polyak1964methods`": (
        "{ref}`[Jordan et al., 2024, Polyak, 1964] <jordan2024muon,polyak1964methods>`"
    ),
    "{prf:ref}`thm-own` and {ref}`own-part`": "{prf:ref}`thm-own` and {ref}`own-part`",
    "`{ref}` names a `label <x>`": "`{ref}` names a `label <x>`",
}


def test_the_words_of_every_reference_are_those_of_the_site():
    assert references.wrong(references.read_site()) == {}


@pytest.mark.parametrize("text", WORDED)
def test_words_are_written(text):
    labels = "(own-part)=\n# A part\n\n:::{prf:theorem} Mine\n:label: thm-own\n$a$\n:::"
    cells = [new_markdown_cell(text), new_markdown_cell(labels), new_code_cell("'{ref}`valley`'")]
    mended = references.mended(new_notebook(cells=cells), SITE)
    assert [cell.source for cell in mended.cells] == [WORDED[text], labels, cells[2].source]
    assert references.mended(mended, SITE) == mended == notebooks.normalise(mended)


def test_what_has_no_name_on_the_site_asks_for_words():
    with pytest.raises(SystemExit, match=r"^Give {ref}`ex-far` words of your own: "):
        references.with_words("{ref}`ex-far`", set(), SITE)


def test_the_site_prints_its_own_words_for_works_and_theorems():
    chapter = book.SITE / "chapters" / "lie-brackets"
    page = (chapter / "batch-normalization.html").read_text(encoding="utf-8")
    assert "“Two gradient steps”" not in page
    assert re.search(r'<a [^>]*href="two-examples\.html#thm-two-steps"[^>]*>Theorem 1</a>', page)
    page = (chapter / "momentum.html").read_text(encoding="utf-8")
    for before, words in (r"\[", "Hacker News, 2026"), (r"Bement \[", "2026"):
        link = rf'<a [^>]*/bibliography\.html#id\d+"[^>]*>{words}</a>'
        assert re.search(rf'<span class="bibtex-citation"[^>]*>{before}{link}\]</span>', page)
