"""Give all pages one style sheet, one script, and before the first drawing their fonts and theme.

The theme and its extensions load a dozen small files each, most of which a browser waits for
before it draws. Here they become `site.css` and `site.js`, which runs once the page is read; what
only some pages have, such as the figures' scripts, stays by itself.

A browser that learns of a font from a style sheet draws the text in another one first, and all
lines break anew when the font has come. So the fonts of nearly all letters and of the icons are in
a script, `first.js`, that stands before the style sheet: a font whose bytes are there is ready for
the first drawing. The script also says whether the page is light or dark, which the theme says
later.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from posixpath import dirname, join, normpath

from sphinx.application import Sphinx
from sphinx.util import logging
from written_site import EVENT, Site

FILE = r'[^>]*\s(?:href|src)="([^"]*)_static/([^"?]+)[^"]*"[^>]*>'  # its way there, and its name
SHEET = re.compile(rf'<link\b(?=[^>]*\brel="stylesheet"){FILE}\s*')
SCRIPT = re.compile(rf"<script\b{FILE}</script>\s*")
PRELOAD = re.compile(rf'<link\b(?=[^>]*\brel="preload"){FILE}\s*')
OPTIONS = re.compile(r"<script>\s*DOCUMENTATION_OPTIONS\.[^<]*</script>\s*")  # all are off
INDEX = re.compile(r'<script (?=src="[^"]*searchindex\.js)')

ALWAYS = ("formulas/formulas.css", "figures/explorer.css")  # nearly all pages have them
APART = ("figures/", "searchtools.js", "language_data.js")  # scripts of some pages
FONTS = "vendor/fonts/fonts.css"
FIRST = (
    "source-serif-4-latin-wght-normal",
    "source-sans-3-latin-wght-normal",
    "fa-solid-900",
    "fa-brands-400",
)
FACE = re.compile(r"@font-face\s*\{([^}]*)\}")
MADE = ("first.js", "site.css", "site.js")
VERSION = re.compile(r"\b(first\.js|site\.css|site\.js)\?v=\w+")
IMPORT = re.compile(r'@import "([^"]+)";')
URL = re.compile(r"""url\((["']?)(?!data:|#)([^"')]+)\1\)""")

log = logging.getLogger(__name__)

START = """for (const [family, weight, unicodeRange, data] of %s) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt());
  document.fonts.add(new FontFace(family, bytes, {weight, unicodeRange}));
}
if (document.documentElement.dataset.mode === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
"""


def from_static(static: Path, name: str, sheet: str) -> str:
    """A style sheet with those that it imports, and addresses from the folder of static files."""

    def there(other: str) -> str:
        return normpath(join(dirname(name), other))

    def imported(match: re.Match[str]) -> str:
        return from_static(static, there(match[1]), (static / there(match[1])).read_text("utf-8"))

    return IMPORT.sub(imported, URL.sub(lambda match: f'url("{there(match[2])}")', sheet))


def fonts_apart(sheet: str, static: Path) -> tuple[str, list[list[str]]]:
    """A style sheet without the fonts of FIRST; of each the family, weight, letters and bytes."""
    found = []

    def take(face: re.Match[str]) -> str:
        says = dict(re.findall(r"([\w-]+):\s*([^;]+)", face[1]))
        file = static / URL.search(says["src"])[2]
        if file.stem not in FIRST:
            return face[0]
        family = says["font-family"].strip("'\"").replace("\\", "")
        data = base64.b64encode(file.read_bytes()).decode()
        letters = says.get("unicode-range", "U+0-10FFFF")
        found.append([family, says["font-weight"], letters, data])
        return ""

    rest = FACE.sub(take, sheet)
    if len(found) != len(FIRST):
        log.warning("one_file: the style sheets have %s of the fonts %s", len(found), FIRST)
    return rest, found


def write_files(static: Path, sheets: list[str], scripts: list[str]) -> None:
    """Write the one style sheet, the one script, and the script of what comes first."""
    texts = (from_static(static, name, (static / name).read_text("utf-8")) for name in sheets)
    sheet, fonts = fonts_apart("\n".join(texts), static)
    script = ";\n".join((static / name).read_text("utf-8") for name in scripts)
    files = {
        "first.js": START % json.dumps(fonts),
        "site.css": sheet,
        "site.js": script,
    }
    for name, text in files.items():
        (static / name).write_text(text, encoding="utf-8")


def versions(static: Path) -> dict[str, str]:
    """The three files' addresses, with a hash each, so that no browser shows an old one."""
    digests = {name: hashlib.sha256((static / name).read_bytes()).hexdigest() for name in MADE}
    return {name: f"{name}?v={digest[:8]}" for name, digest in digests.items()}


def shared(pages: list[str]) -> tuple[list[str], list[str]]:
    """The style sheets and the scripts of pages as Sphinx wrote them, in their order."""
    sheets, scripts = (
        list(dict.fromkeys(name for page in pages for _, name in kind.findall(page)))
        for kind in (SHEET, SCRIPT)
    )
    sheets = [name for name in sheets if name not in ALWAYS]
    at = sheets.index(FONTS)
    sheets = [*sheets[:at], *ALWAYS, *sheets[at:]]
    return sheets, [name for name in scripts if not name.startswith(APART)]


def with_few(page: str, new: dict[str, str]) -> str:
    """A page, as Sphinx wrote it, with the files of all pages in the place of many."""
    first = SHEET.search(page)
    first_script, sheet, script = (f"{first[1]}_static/{new[name]}" for name in MADE)
    links = (
        f'<script src="{first_script}"></script>\n<link rel="stylesheet" href="{sheet}">\n'
        f'<script defer src="{script}"></script>\n'
    )

    def leave(match: re.Match[str]) -> str:
        """The scripts of some pages run after those of all."""
        if not match[2].startswith(APART):
            return ""
        return re.sub(r"<script (?!.*\bdefer\b)", "<script defer ", match[0])

    rest = SCRIPT.sub(leave, OPTIONS.sub("", PRELOAD.sub("", SHEET.sub("", page[first.start() :]))))
    return page[: first.start()] + links + INDEX.sub("<script defer ", rest)


def make_few(app: Sphinx, site: Site) -> None:
    """Put the files together, and change the pages that Sphinx has written now."""
    fresh = [file for file, page in site.pages.items() if "_static/site.css?v=" not in page]
    if not fresh:
        return
    write_files(site.static, *shared([site.pages[file] for file in fresh]))
    new = versions(site.static)
    for file, page in site.pages.items():
        if file in fresh:
            site.pages[file] = with_few(page, new)
        else:  # of an earlier build
            site.pages[file] = VERSION.sub(lambda match: new[match[1]], page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, make_few, priority=700)  # after styles and fonts are cut
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
