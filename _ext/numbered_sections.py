"""Number the sections: "1.2" in headings, in the list of contents and in titles of pages.

A part of the table of contents is a chapter, as the figures count it. Sphinx can number the pages
of a list too, but then each list begins with 1, and every heading of a page gets a number.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from lib.figures.numbering import chapters


def number(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give each page its number where lists of pages look for it."""
    listed = []
    for chapter, pages in chapters(env):
        for place, page in enumerate(pages, 1):
            title = env.titles[page]
            title["secnumber"] = (chapter, place)
            next(env.tocs[page].findall(nodes.reference))["secnumber"] = (chapter, place)
            listed.append((page, chapter, place, title.astext()))
    now, before = (listed, linked(env)), getattr(env, "listed_and_linked", None)
    env.listed_sections, env.listed_and_linked = listed, now
    return sorted(env.found_docs) if now != before else []  # every page lists all of them


def linked(env: BuildEnvironment) -> list[str]:
    """What links may show and lead to: a page with one would keep the words of the last build."""
    targets = [one for name in env.domaindata for one in env.get_domain(name).get_objects()]
    equations = env.get_domain("math").equations.items()
    return sorted(map(str, [*targets, *equations]))


def number_heading(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give it to the heading of the page that is about to be written."""
    heading = next(doctree.findall(nodes.title), None)
    place = app.env.titles[page].get("secnumber")
    if heading is not None and place:
        heading["secnumber"] = place


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("env-get-updated", number, priority=910)  # after the figures
    app.connect("doctree-resolved", number_heading)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
