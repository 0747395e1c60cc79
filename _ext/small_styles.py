"""Cut the theme's style sheets (Bootstrap and others, 90 kB) down to the rules that pages can need.

A rule stays where every class and id that it asks for is a word of the pages or scripts.
"""

import re
from functools import partial
from itertools import pairwise

import tinycss2
from sphinx.application import Sphinx
from written_site import EVENT, Site, kept

# Of the static files, those that hold only what is needed.
OWN = ("book.css", "figures", "formulas", "site.css", "vendor")
ICON = re.compile("[\ue000-\uf8ff]")  # that a reader of the style sheet could not see
NESTED = {"media", "supports", "layer", "container"}
NAME = re.compile(r"[.#]([\w-]+)")  # what may be a class or an id in a style sheet
WORD = re.compile(r"[\w-]+")


def words(site: Site) -> set[str]:
    """The words of a site's pages and scripts."""
    return {word for text in site.texts(".js") for word in WORD.findall(text)}


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
    return all(name in known for name in names)


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


def cut_sheet(text: str, known: set[str]) -> bytes:
    """A style sheet with the needed rules only."""
    rules = tinycss2.parse_stylesheet(text, True, True)
    return ICON.sub(lambda icon: f"\\{ord(icon[0]):x}", cut(rules, known)).encode()


def cut_styles(app: Sphinx, site: Site) -> None:
    """Cut the style sheets of the site that has been written."""
    known = words(site)
    for sheet in site.static.rglob("*.css"):
        if sheet.relative_to(site.static).parts[0] not in OWN:
            text = sheet.read_text("utf-8")
            names = known.intersection(NAME.findall(text))
            make = partial(cut_sheet, text, names)
            sheet.write_bytes(kept(app, make, __doc__, text, f"{sorted(names)}"))
    for file in site.static.rglob("*.map"):
        file.unlink()  # of what is no longer there


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, cut_styles, priority=600)  # after the others change pages
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
