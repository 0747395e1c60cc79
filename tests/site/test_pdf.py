"""What `make pdf` prints, on two pages that the book has."""

from address import read_address
from pdf import Part, print_parts
from pypdf import PdfReader


def test_pages_become_one_document_with_an_outline_figures_and_links(browser, roots, tmp_path):
    section = "chapters/lie-brackets/two-examples"
    parts = [Part("", ["index"]), Part("1 · Lie brackets", [section, "chapters/appendix/notation"])]
    print_parts(browser, roots["http"], parts, tmp_path / "book.pdf")
    printed = PdfReader(tmp_path / "book.pdf")

    first = [entry for entry in printed.outline if not isinstance(entry, list)]
    assert [entry.title for entry in first] == [
        "The Geometry of Optimizer Dynamics",
        "1 · Lie brackets",
        "1.1 Two examples that do not commute",
        "A.1 Notation",
    ]
    pages = [printed.get_destination_page_number(entry) for entry in first]
    assert pages == sorted(set(pages))
    assert len(printed.pages) < 60

    text = "\n".join(page.extract_text() for page in printed.pages)
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
