"""Take the tags off names, signs and spaces in code: they have the colour of the text around them.

Two in three of the tags that Pygments sets do nothing but make the pages longer.
"""

import re

from sphinx.application import Sphinx
from written_site import EVENT, Site

RULE = re.compile(r'html\[data-theme="(\w+)"\] \.highlight( \.\w+)? *\{([^}]*)\}')
COLOR = re.compile(r"(?<![\w-])color: *#\w+")
CODE = re.compile(r'<div class="highlight">.*?</div>', re.S)
TAG = re.compile(r'<span class="(\w+)">([^<]*)</span>')


def plain_classes(style: str) -> set[str]:
    """The classes of Pygments' style sheet that have the text's colour by day and by night."""
    plain = []
    rules = RULE.findall(style)
    for theme in {theme for theme, _, _ in rules}:
        own = {place: declared.strip() for name, place, declared in rules if name == theme}
        text = COLOR.search(own[""])[0]
        plain.append({place[2:] for place, declared in own.items() if declared == text})
    return set.intersection(*plain) if plain else set()


def take_off(app: Sphinx, site: Site) -> None:
    """Change the written pages."""
    plain = plain_classes((site.static / "pygments.css").read_text("utf-8"))

    def bare(tag: re.Match[str]) -> str:
        return tag[2] if tag[1] in plain else tag[0]

    for file, page in site.pages.items():
        site.pages[file] = CODE.sub(lambda code: TAG.sub(bare, code[0]), page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, take_off)  # before small_styles.py, which cuts the style sheet
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
