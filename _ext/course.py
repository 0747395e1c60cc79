"""What a course made of this book needs: how long sections take, and links to figures at a setting.

`sections` makes a table of the sections whose labels it lists: how long each takes to read, its
figures, and its exercises by grade, all counted in the notebooks. `setting` is a link that opens a
figure with its controls moved: {setting}`half the rate <explorer-two-orders?learning_rate=1>`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from exercise_grades import GRADES
from sources import LABEL, Source, connect, note, sources
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

# What the syllabus says a reader needs, for a text that is thought through and not skimmed.
WORDS_A_MINUTE = 150
MINUTES_A_FORMULA = 1
MINUTES_A_FIGURE = 5
MINUTES_A_QUESTION = 2

GRADE = re.compile(r"\{exercise\}.*\n:label: .*\n:class: (\S+)")
EXERCISE = re.compile(r"^(`{3,})\{(?:exercise|solution)[\w-]*\}.*?^\1$", re.M | re.S)
QUESTION = re.compile(r"^\*\*\d+\.\*\* ", re.M)

log = logging.getLogger(__name__)


class Load(NamedTuple):
    """How much there is on a page, or on several."""

    minutes: int  # to read it and to move its figures, without the exercises
    figures: int
    exercises: Counter[str]  # by grade


def load_of(notebook: Source) -> Load:
    """What there is in a notebook."""
    exercises = Counter(GRADE.findall(notebook.text))
    prose, formulas = re.subn(r"\$\$.*?\$\$", "", EXERCISE.sub("", notebook.text), flags=re.S)
    words = re.findall(r"[^\W\d_][\w'’-]*", re.sub(r"\$[^$]+\$", "x", prose))
    figures = len(re.findall(r"\bExplorer\(", notebook.code))
    minutes = len(words) / WORDS_A_MINUTE + formulas * MINUTES_A_FORMULA
    minutes += figures * MINUTES_A_FIGURE
    return Load(5 * round(minutes / 5), figures, exercises)


@cache  # as each table of a page asks for them
def loads(folder: Path) -> dict[str, Load]:
    """The load of each section and of each quiz of a book, by their labels."""
    found = {notebook.labels[0]: load_of(notebook) for notebook in sources(folder).values()}
    for path in sorted((folder / "chapters").rglob("check-yourself.md")):
        text = path.read_text("utf-8")
        found[LABEL.match(text)[1]] = Load(
            MINUTES_A_QUESTION * len(QUESTION.findall(text)), 0, Counter()
        )
    return found


def together(several: Iterable[Load]) -> Load:
    """The sum of loads."""
    columns = zip(*several, strict=True)
    return Load(*(sum(column, start=type(column[0])()) for column in columns))


def described(load: Load) -> str:
    """The cells of a table that say what a load is."""
    grades = [f"{load.exercises[name]} {GRADES[name]}" for name in GRADES if load.exercises[name]]
    return f"{load.minutes} min | {load.figures or '—'} | {', '.join(grades) or '—'} |"


class Sections(SphinxDirective):
    """A table of the sections whose labels are listed, with its sum below."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Count in the notebooks, and let the page's parser make the table."""
        every = loads(Path(self.env.srcdir))
        note(self.env, "course", every)
        labels = " ".join(self.content).split()
        if unknown := [label for label in labels if label not in every]:
            message = f"no section has the label {', '.join(unknown)}"
            return [self.state.document.reporter.warning(message, line=self.lineno)]
        rows = [f"| {{ref}}`{label}` | {described(every[label])}" for label in labels]
        if len(rows) > 1:
            rows.append(f"| *together* | {described(together(every[label] for label in labels))}")
        table = ["| | to read | figures | exercises |", "|:--|--:|--:|:--|", *rows]
        node = nodes.container()
        self.state.nested_parse(StringList(table, self.get_source_info()[0]), 0, node)
        return node.children


class Setting(SphinxRole):
    """A link to a figure, with values for its controls."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Keep what is asked until the pages of all figures are known."""
        words, target = re.fullmatch(r"(.+?)\s*<(\S+)>", self.text, re.S).groups()
        return [nodes.reference("", words, internal=True, setting=target)], []


class FindSettings(SphinxPostTransform):
    """Sends each link to the page that has the figure."""

    default_priority = 20

    def run(self, **_) -> None:
        """Warn of a figure that no page has, which stops the build."""
        for link in list(self.document.findall(nodes.reference)):
            if target := link.get("setting"):
                figure = target.partition("?")[0]
                page, _ = self.env.get_domain("std").anonlabels.get(figure, (None, None))
                if page is None:
                    log.warning("no page has the figure %s", figure, location=link)
                    link.replace_self(nodes.inline("", link.astext()))
                    continue
                here = self.app.builder.get_relative_uri(self.env.docname, page)
                link["refuri"] = f"{here}#{target}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("sections", Sections)
    app.add_role("setting", Setting())
    app.add_post_transform(FindSettings)
    connect(app, "course", lambda app: loads(Path(app.srcdir)))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
