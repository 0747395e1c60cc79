"""Each chapter ends with questions that its page answers: one answer is right, all have reasons."""

import re
from collections import Counter

import pytest
import yaml
from notebooks import ROOT

PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
CHAPTERS = [part for part in PARTS if re.match(r"[1-5] ", part["caption"])]
QUESTION = re.compile(r"^\*\*(\d+)\.\*\* ", re.M)
ANSWER = re.compile(
    r"^:::\{dropdown\} (?P<answer>.+)\n:class-container: check-yourself\n\n"
    r"\*\*(?P<verdict>Right|Not quite)\.\*\* (?P<reason>(?:.+\n)+):::$",
    re.M,
)
LABEL = re.compile(r"\{ref\}`([\w-]+)`")


def questions(chapter):
    """Of each question of a chapter: its number, its text, and its answers as matches."""
    text = (ROOT / f"{chapter['chapters'][-1]['file']}.md").read_text("utf-8")
    _, *parts = QUESTION.split(text)
    found = []
    for number, part in zip(parts[::2], parts[1::2], strict=True):
        answers = list(ANSWER.finditer(part))
        assert len(answers) == part.count(":::{"), f"{number}: an answer has another form"
        found.append((int(number), part.partition(":::{")[0].strip(), answers))
    return found


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter["caption"])
def test_a_chapter_ends_with_questions_that_give_reasons(chapter):
    *sections, last = [page["file"] for page in chapter["chapters"]]
    assert last.endswith("/check-yourself")
    quiz = questions(chapter)
    assert [number for number, *_ in quiz] == list(range(1, len(quiz) + 1))
    assert len(quiz) >= 6
    named = set()
    for number, asked, answers in quiz:
        assert re.search(r"\?(?: |$)", asked), number
        assert 3 <= len(answers) <= 4, number
        assert len({answer["answer"] for answer in answers}) == len(answers), number
        (right,) = (answer for answer in answers if answer["verdict"] == "Right")
        assert LABEL.search(right["reason"]), f"{number} does not say where it is derived"
        named |= set(LABEL.findall(right["reason"]))
        assert all(len(answer["reason"].split()) >= 5 for answer in answers), number
    for section in sections:
        text = (ROOT / f"{section}.ipynb").read_text("utf-8")
        assert any(f'"({label})=' in text for label in named), f"no question is about {section}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter["caption"])
def test_the_place_of_the_right_answer_gives_nothing_away(chapter):
    places = [
        [answer["verdict"] for answer in answers].index("Right")
        for _, _, answers in questions(chapter)
    ]
    assert len(Counter(places)) >= 3
    assert max(Counter(places).values()) <= len(places) / 2


def test_all_five_chapters_are_seen():
    assert [part["caption"][0] for part in CHAPTERS] == list("12345")
