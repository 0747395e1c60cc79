"""Cut the theme's style sheets (Bootstrap and others, 90 kB) down to the rules that pages can need.

A rule stays where every class and id that it asks for is a word of the pages or scripts.
"""

import re
from itertools import pairwise
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx

OWN = ("book.css", "figures", "formulas", "vendor")  # of the static files: hold what is needed
MADE = re.compile(r"bs-tooltip")  # names that Bootstrap's script puts together
ICON = re.compile("[\ue000-\uf8ff]")  # that a reader of the style sheet could not see
NESTED = {"media", "supports", "layer", "container"}


def words(site: Path) -> set[str]:
    """The words of a site's pages and scripts."""
    files = [*site.rglob("*.html"), *(site / "_static").rglob("*.js")]
    return {word for file in files for word in re.findall(r"[\w-]+", file.read_text("utf-8"))}


def selectors(prelude: list) -> list[list]:
    """A rule's selectors, each a list of tokens."""
    found = [[]]
    for token in prelude:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def needed(selector: list, known: set[str]) -> bool:
    """Whether all that a selector names is known; what stands in :is() or :not() is not asked."""
    names = [token.value for token in selector if token.type == "hash"]
    for dot, token in pairwise(selector):
        if dot == "." and token.type == "ident":
            names.append(token.value)
    return all(name in known or MADE.match(name) for name in names)


def cut(rules: list, known: set[str]) -> str:
    """The needed rules of a style sheet."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            found = [s for s in selectors(rule.prelude) if needed(s, known)]
            if found:
                head = ",".join(tinycss2.serialize(selector).strip() for selector in found)
                kept.append(f"{head}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inside = cut(tinycss2.parse_rule_list(rule.content, True, True), known)
            if inside:
                head = tinycss2.serialize(rule.prelude).strip()
                kept.append(f"@{rule.at_keyword} {head}{{{inside}}}")
        else:
            kept.append(rule.serialize())
    return "\n".join(kept)


def cut_styles(app: Sphinx, exception: Exception | None) -> None:
    """Cut the style sheets of the site that has been written."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    known = words(Path(app.outdir))
    for sheet in static.rglob("*.css"):
        if sheet.relative_to(static).parts[0] not in OWN:
            rules = tinycss2.parse_stylesheet(sheet.read_text("utf-8"), True, True)
            text = ICON.sub(lambda icon: f"\\{ord(icon[0]):x}", cut(rules, known))
            sheet.write_text(text, encoding="utf-8")
    for file in static.rglob("*.map"):
        file.unlink()  # of what is no longer there


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", cut_styles, priority=600)  # after the others change pages
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
