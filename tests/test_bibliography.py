"""Every work in references.bib can be found by its reader, and is cited."""

import re

import notebooks
import pytest
from notebooks import ROOT
from pybtex.database import parse_file

WORKS = parse_file(ROOT / "references.bib").entries

# What has neither a DOI nor a number on arXiv: essays, software, and two older publications.
ADDRESS_ONLY = {
    "abumostafa2012learning",
    "bement2026fields",
    "bradbury2018jax",
    "hackernews2026brackets",
    "jax2024interpreters",
    "jordan2024muon",
    "lee2001algorithms",
    "ma2022quasistatic",
}


@pytest.mark.parametrize("key", WORKS)
def test_a_work_has_an_identifier(key):
    fields = WORKS[key].fields
    if key in ADDRESS_ONLY:
        assert "url" in fields or "isbn" in fields
    elif "doi" in fields:
        assert re.fullmatch(r"10\.\d{4,9}/\S+", fields["doi"])
    else:
        assert fields["archiveprefix"] == "arXiv"
        assert re.fullmatch(r"\d{4}\.\d{4,5}", fields["eprint"])


def test_every_work_is_cited_and_every_citation_is_a_work():
    files = [*notebooks.find_notebooks(), *(ROOT / "chapters").rglob("*.md")]
    files += [path for path in (ROOT / "lib").rglob("*.py") if "vendor" not in path.parts]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    roles = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    cited = {key.strip() for keys in roles for key in keys.split(",")}
    with_words = re.findall(r"\{ref\}`[^`<]*\[[^`<]*<([^`>]+)>`", text)
    cited |= {key.strip() for keys in with_words for key in keys.split(",")}
    assert cited == set(WORKS)
