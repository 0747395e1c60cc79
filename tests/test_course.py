"""The syllabus: its tables count what is there, and no week needs what comes later."""

import json
import re
import sys
from collections import Counter

import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebooks import CHAPTERS, ROOT, find_notebooks

sys.path.insert(0, str(ROOT / "_ext"))
course, sources = map(pytest.importorskip, ("course", "sources"))

SYLLABUS = (CHAPTERS / "appendix" / "syllabus.md").read_text("utf-8")
NOTES = (CHAPTERS / "appendix" / "instructor-notes.md").read_text("utf-8")
PLANS = dict(
    zip(
        ("term", "short", "theory", "practice"),
        ("## " + part for part in re.split(r"^## ", SYLLABUS, flags=re.M)[1:]),
        strict=True,
    )
)
PREFACE = (CHAPTERS / "preface" / "preface.md").read_text("utf-8")
NEEDS = {
    row[0]: row[1:]
    for line in re.findall(
        r"^\| \{ref\}.+$", (CHAPTERS / "preface/preface.md").read_text("utf-8"), re.M
    )
    if (row := re.findall(r"\{ref\}`([\w-]+)`", line))
}


def tables(text):
    """The labels of each table of sections."""
    return [
        labels.split() for labels in re.findall(r"^```\{sections\}\n(.+?)```", text, re.M | re.S)
    ]


def test_a_load_counts_words_formulas_figures_and_exercises_apart():
    exercise = "```{exercise} One\n:label: ex-one\n:class: theory\n" + "word " * 900 + "\n```\n"
    text = f"(here)=\n# A title\n{'word ' * 748}\n\n$$\na\n$$\n\n{exercise}"
    cells = [new_markdown_cell(text), new_code_cell("Explorer(f)"), new_code_cell("x = 1")]
    notebook = sources.source(new_notebook(cells=cells))
    assert notebook.labels == ["here"]
    assert course.load_of(notebook) == course.Load(10, 1, Counter(theory=1))


def test_the_page_names_the_rates_that_the_tables_suppose():
    words = re.sub(r"\s+", " ", SYLLABUS)
    assert f"supposes {course.WORDS_A_MINUTE} words" in words
    assert f"{course.MINUTES_A_FORMULA} minute for each displayed formula" in words
    assert f"{course.MINUTES_A_FIGURE} minutes for each figure" in words
    assert f"{course.MINUTES_A_QUESTION} minutes for a question" in words


def test_the_term_has_every_section_and_quiz_once_and_no_week_is_too_long():
    weeks = tables(PLANS["term"])
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    chapters = [part["chapters"] for part in parts if part["caption"] != "Appendix"]
    loads = course.loads(ROOT)
    book = [label for label in loads if label != "how-the-figures-work"]
    assert len(book) == sum(map(len, chapters)) - 1  # the preface is no reading of a week
    assert sorted(label for week in weeks for label in week) == sorted(book)
    minutes = [course.together(loads[label] for label in week).minutes for week in weeks]
    assert 12 <= len(weeks) <= 14
    assert max(minutes) <= 125, minutes
    assert min(minutes) >= 60, minutes


@pytest.mark.parametrize("plan", PLANS)
def test_no_section_comes_before_what_it_needs(plan):
    read = []
    for label in (label for table in tables(PLANS[plan]) for label in table):
        missing = {need for need in NEEDS.get(label, ()) if need not in read}
        if plan in ("theory", "practice"):
            missing -= {"primer"}  # for those who know it, or read it before
        assert not missing, (label, missing)
        read.append(label)
    assert len(set(read)) == len(read) > 8


def test_the_preface_says_what_each_section_needs():
    assert set(NEEDS) | {"primer", "how-the-figures-work"} >= {
        label for label in course.loads(ROOT) if not label.startswith("check-")
    }


def test_links_to_figures_name_their_controls():
    shown = {}
    for path in find_notebooks():
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                text = "".join(output.get("data", {}).get("text/plain", ""))
                if match := re.match(r"Explorer\(([\w-]+); (.*)\)", text):
                    shown[f"explorer-{match[1]}"] = set(re.findall(r"(\w+)=", match[2]))
    links = re.findall(r"\{setting\}`[^`<]+<(\S+?)\?(\S+?)>`", NOTES)
    assert len(links) >= 15
    for figure, settings in links:
        assert {name.partition("=")[0] for name in settings.split("&")} <= shown[figure], figure


def test_the_project_of_the_notes_runs_and_loses_runs_beyond_the_bound():
    (code,) = re.findall(r"^```python\n(.*?)^```", NOTES, re.M | re.S)
    names = {}
    exec(code, names)
    alive = names["found"].alive.mean("seed").values
    assert alive[0] == 1.0
    assert alive[1] > 0.8
    assert alive[2] < 0.6


def test_the_course_of_twelve_weeks_leaves_out_what_no_later_week_needs():
    weeks = tables(PLANS["term"])
    (left_out,) = re.findall(r"twelve weeks\s+leaves out weeks (\d+) and (\d+)", SYLLABUS)
    gone = {label for week in left_out for label in weeks[int(week) - 1]}
    assert not gone & {need for label in set(NEEDS) - gone for need in NEEDS[label]}
