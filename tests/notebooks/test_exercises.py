"""Each exercise has a grade and a solution; each chapter has enough exercises of every grade."""

import re
from collections import Counter

import notebooks
import numerals
import pytest
import solutions
import yaml

PARTS = yaml.safe_load((notebooks.ROOT / "_toc.yml").read_text("utf-8"))["parts"]
CHAPTERS = [part for part in PARTS if re.match(r"[1-9]", part["caption"])]
GRADES = ("warm-up", "theory", "coding", "open-ended")


def exercises(path):
    """Of each exercise of a notebook: its label and its classes."""
    for cell in notebooks.read(path).cells:
        for exercise in numerals.EXERCISE.finditer(cell.source):
            options = dict(re.findall(r"^:(\w+): (.+)$", exercise[0], re.M))
            yield options["label"], options.get("class", "").split()


@pytest.mark.parametrize("path", notebooks.find_notebooks(), ids=notebooks.show)
def test_an_exercise_has_a_grade_and_a_solution_which_has_code_where_it_asks_for_code(path):
    text = "\n".join(cell.source for cell in notebooks.read(path).cells)
    fences = re.findall(r"^(?:`{3,}|:{3,})\{((?:exercise|solution)[\w-]*)\}", text, re.M)
    asked = dict(exercises(path))
    solved = [label for _, label, _ in numerals.SOLUTION.findall(text)]
    assert len(fences) == len(asked) + len(solved), "of another form: no test sees these"
    assert sorted(solved) == sorted(asked)
    with_code = {label for label, _, _ in solutions.solutions(path)}
    for label, classes in asked.items():
        assert len(classes) == 1, label
        assert classes[0] in GRADES, label
        assert classes != ["coding"] or label in with_code, f"{label} has no code to run"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter["caption"])
def test_a_chapter_has_exercises_of_every_grade(chapter):
    files = [notebooks.ROOT / f"{page['file']}.ipynb" for page in chapter["chapters"]]
    pages = [exercises(file) for file in files if file.exists()]
    count = Counter(grade for page in pages for _, classes in page for grade in classes)
    assert min(count[grade] for grade in GRADES) >= 1, count
    assert sum(count[grade] for grade in GRADES[:3]) >= 6, count
    assert count["open-ended"] >= 2, count
