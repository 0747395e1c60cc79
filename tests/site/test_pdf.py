"""What `make pdf` prints, on a few pages that the book has."""

import re

import notebooks
import pdf
from address import read_address
from pdf import Part, print_parts
from pypdf import PdfReader


def test_pages_become_one_document_with_an_outline_figures_and_links(browser, roots, tmp_path):
    section = "chapters/lie-brackets/two-examples"
    quiz, notation = "chapters/lie-brackets/check-yourself", "chapters/appendix/notation"
    parts = [Part("", ["index"]), Part("1 · Lie brackets", [section, quiz, notation])]
    print_parts(browser, roots["http"], parts, tmp_path / "book.pdf")
    printed = PdfReader(tmp_path / "book.pdf")

    first = [entry for entry in printed.outline if not isinstance(entry, list)]
    assert [entry.title for entry in first] == [
        "The Geometry of Optimizer Dynamics",
        "Contents",
        "The Geometry of Optimizer Dynamics",
        "1 · Lie brackets",
        "1.1 Two examples that do not commute",
        "1.7 Check yourself",
        "A.1 Notation",
        "Index",
    ]
    pages = [printed.get_destination_page_number(entry) for entry in first]
    assert pages == sorted(set(pages))
    assert len(printed.pages) < 60

    assert printed.metadata.title == "The Geometry of Optimizer Dynamics"
    assert printed.metadata.author == pdf.AUTHORS
    assert printed.root_object["/Lang"] == "en"

    sheets = [page.extract_text() for page in printed.pages]
    number = {entry.title: page + 1 for entry, page in zip(first, pages, strict=True)}
    for title in ("1.1 Two examples that do not commute", "1.7 Check yourself", "A.1 Notation"):
        assert re.search(rf"{re.escape(title)}\s*{number[title]}\b", sheets[1]), "in the contents"
    bare = [1, number["1 · Lie brackets"]]  # the title, and the first sheet of a chapter
    for n, sheet in enumerate(sheets, start=1):
        assert len(re.findall(rf"^{n}$", sheet, re.M)) == (n not in bare)
    inner = sheets[number["1.1 Two examples that do not commute"]]
    assert "1 · Lie brackets" in inner, "the running head"
    assert "1.1 Two examples that do not commute" in inner
    # An entry of the index leads to the sheets that have its words.
    (found,) = re.findall(r"^vector field ([\d, ]+)$", sheets[-1] + "\n" + sheets[-2], re.M)
    assert all("vector field" in sheets[int(n) - 1] for n in found.split(", "))
    end = number["A.1 Notation"]  # whose section goes on where the quiz ends
    answers = "\n".join(sheets[end - 2 : end])
    assert re.search(r"1\.\s*b\) Right\.", answers)

    text = "\n".join(sheets)
    lines = [
        line
        for cell in notebooks.read(notebooks.ROOT / f"{section}.ipynb").cells
        if cell.cell_type == "code" and not cell.metadata.get("tags")
        for line in cell.source.split("\n")
    ]
    longest = max(lines, key=len)
    assert len(longest) > 70
    assert re.sub(r"\s+", " ", longest.strip()) in re.sub(r"[^\S\n]+", " ", text), "it is cut"
    assert "Two gradient steps lead to a different place" in text  # caption
    assert "B then A" in text  # picture
    assert "Show code cell source" not in text  # a fold

    links = [
        note.get_object()
        for page in printed.pages
        for note in page.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Link"
    ]
    inside = [link["/Dest"] for link in links if "/Dest" in link]
    assert set(inside) <= set(printed.named_destinations)
    assert any("notation" in target for target in inside)
    outside = [link["/A"]["/URI"] for link in links if "/A" in link]
    assert any(f"github.io/{read_address()[1]}/chapters/lie-brackets/" in to for to in outside)
    assert not [to for to in outside if "127.0.0.1" in to]
