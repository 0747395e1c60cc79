"""Print the whole book into one PDF, _build/book.pdf.

python tools/pdf.py

Chromium opens each page of the site and draws its figures. What the pages then hold is put together
into one document, in which links lead from page to page, and Chromium prints it: once to learn on
which sheet everything is, and once more with these numbers in the contents and the index, and with
the names of chapter and section at the top of each sheet.
"""

import logging
import tempfile
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml
from book import BUILD, SITE
from chromium import launched, served
from notebooks import ROOT, show
from playwright.sync_api import Browser, Page
from pypdf import PdfReader, PdfWriter

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of how Chromium counts its objects
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
TITLE, AUTHORS = CITATION["title"], ", ".join(author["name"] for author in CITATION["authors"])
PDF = BUILD / "book.pdf"
WORDS = "chapters/appendix/index-of-words"  # of it an index with numbers of sheets is made
# Whether all figures of a page are drawn. The next one is brought into the window to be drawn.
DRAWN = """() => {
  const figures = [...document.querySelectorAll("geometry-explorer")];
  const next = figures.find((figure) => !figure.querySelector(".gx-drawing svg"));
  next?.scrollIntoView({behavior: "instant", block: "center"});
  return !next;
}"""

# What a page holds. Two pages may have the same ids, so an id begins with the name of its page;
# and an address is whole or, where it is another page of the book, the id of its place.
TAKE = """(names) => {
  const own = (id) => `${names[location.href]}--${id}`;
  const article = document.querySelector("article");
  for (const node of article.querySelectorAll("script, button, a.button, .headerlink"))
    node.remove();
  for (const box of article.querySelectorAll("details.dropdown")) box.open = true;
  // The answers of a quiz stand at its end.
  const answers = [];
  for (const choice of article.querySelectorAll("details.check-yourself")) {
    const first = !choice.previousElementSibling.matches("details");
    const letter = first ? "a" : String.fromCharCode(choice.previousElementSibling.letter + 1);
    choice.letter = letter.charCodeAt();
    choice.querySelector(".sd-summary-text").prepend(`${letter}) `);
    const answer = choice.querySelector(".sd-summary-content");
    if (first) answers.push("");
    if (!/^\\s*Not quite/.test(answer.textContent))
      answers[answers.length - 1] += `<li><b>${letter})</b> ${answer.innerHTML}</li>`;
    answer.remove();
  }
  if (answers.length)
    article.querySelector("section").insertAdjacentHTML("beforeend",
      `<h2>Answers</h2><ol class="answers">${answers.join("")}</ol>`);
  const address = document.querySelector("link[rel=canonical]").href; // the public one
  for (const image of article.querySelectorAll("img")) {
    image.loading = "eager";
    image.src = image.src;
  }
  for (const link of article.querySelectorAll("a[href]")) {
    const [page, id] = link.href.split(/[#?]/); // a figure has its settings in its place
    const name = names[page];
    const elsewhere = new URL(link.getAttribute("href"), address).href;
    link.setAttribute("href", !name ? elsewhere : "#" + (id ? `${name}--${id}` : name));
  }
  for (const node of article.querySelectorAll("*:not(a)"))
    for (const {name, value} of [...node.attributes])
      if (/^(for|aria-labelledby|aria-describedby)$/.test(name))
        node.setAttribute(name, value.split(" ").map(own).join(" "));
      else if (/href$/.test(name)) node.setAttribute(name, value.replace(/^#/, `#${own("")}`));
      else if (value.includes("url("))
        node.setAttribute(name, value.replace(/url\\("?#/g, `$&${own("")}`));
  for (const node of article.querySelectorAll("[id]")) node.id = own(node.id);
  // What a script put into a sheet is in none of its text.
  const styles = [...document.styleSheets].map((sheet) => sheet.href ?
    `<link rel="stylesheet" href="${sheet.href}">` :
    `<style>${[...sheet.cssRules].map((rule) => rule.cssText).join("\\n")}</style>`);
  const title = article.querySelector("h1")?.textContent.trim() ?? "";
  return {article: article.innerHTML, styles, title};
}"""

# An entry of the index: its words, and where they stand, each of which gets a number later.
INDEX = """(names) => [...document.querySelectorAll("ul.index-of-words > li")].map((entry) => {
  const links = [...entry.querySelectorAll("a")];
  const places = links.map((link) => {
    const [page, id] = link.href.split("#");
    return names[page] && `${names[page]}--${id}`;
  });
  const words = entry.textContent.replace(/(, \\w+\\.\\d+)+$/, "").trim();
  return {words, places: places.filter(Boolean)};
})"""

# Puts the numbers of sheets into the links that ask for one, in order where there are several.
NUMBER = """(numbers) => {
  for (const list of document.querySelectorAll(".sheets")) {
    const links = new Map();
    for (const link of list.querySelectorAll("a")) {
      const number = numbers[link.getAttribute("href").slice(1)];
      link.textContent = number;
      links.set(number, link);
    }
    const sorted = [...links.keys()].sort((a, b) => a - b).map((number) => links.get(number));
    list.replaceChildren(...sorted.flatMap((link, n) => (n ? [", ", link] : [link])));
  }
}"""

# Asks for all fonts: those of what has never been laid out, and after a print those it has let go.
# (The site leaves out the files of those that no page uses.)
FONTS = "() => Promise.allSettled([...document.fonts].map((font) => font.load())).then(() => true)"

MARGIN_BOX = 'font: 8pt "Source Sans 3", sans-serif; color: #48566b; vertical-align:'
STYLE = f"""<style>
@page {{
  size: A4;
  margin: 26mm 31mm 24mm;
  @top-left {{ content: none; {MARGIN_BOX} bottom; padding-bottom: 5mm; }}
  @top-right {{ content: none; {MARGIN_BOX} bottom; padding-bottom: 5mm; }}
  @bottom-center {{ content: counter(page); {MARGIN_BOX} top; padding-top: 6mm; }}
  @bottom-right {{ content: none; }}
}}
@page headed {{
  @top-left {{ content: counter(page, chapter); }}
  @top-right {{ content: counter(page, section); }}
}}
@page bare {{ @bottom-center {{ content: none; }} }}
.part {{ break-before: page; page: bare; padding-top: 35vh; text-align: center; }}
.front {{ page: bare; padding-top: 28vh; text-align: center; }}
.front p {{ margin: 1em 0; }}
.plain {{ break-before: page; }}
.page {{ page: headed; }}
/* A section goes on where the one before it ends. */
.page + .page {{ margin-top: 14mm; }}
.page > section > h1 {{ break-after: avoid; }}
/* Without the space at the end of a line, the outline would run two words together. */
:is(h1, h2, h3) {{ white-space: break-spaces; }}
.bd-article :is(h2, h3, h4, dt, figcaption) {{ break-after: avoid; }}
.bd-article :is(figure, tr, .gx-figure, mjx-container[display="true"]) {{ break-inside: avoid; }}
.contents p {{ display: flex; gap: 1em; margin: 0.25em 0; }}
.contents .sheets {{ margin-inline-start: auto; }}
.contents .chapter {{ margin-top: 1em; font-weight: 600; break-after: avoid; }}
.index-of-words {{ columns: 2; column-gap: 8mm; font-size: 8.5pt; line-height: 1.4; }}
.index-of-words p {{ margin: 0 0 0 1.2em; text-indent: -1.2em; overflow-wrap: anywhere; }}
/* On paper, the contents stand for the cards of the landing page. */
#index--the-chapters {{ display: none; }}
.answers > li {{ margin-bottom: 0.6em; }}
.answers :is(p, div) {{ display: inline; }}
dl.py {{ font-size: 9pt; }}
</style>"""


class Part(NamedTuple):
    """A chapter, or what stands before and after the chapters."""

    caption: str
    pages: list[str]


class Head(NamedTuple):
    """What stands at the top of the sheets of a section."""

    place: str  # where it begins
    chapter: str
    section: str


def find_parts() -> list[Part]:
    """The pages of the book in their order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [
        Part(part["caption"], [c["file"] for c in part["chapters"] if c["file"] != WORDS])
        for part in contents["parts"]
    ]
    return [Part("", [contents["root"]]), *parts]


def sheets(places: list[str]) -> str:
    """Links that will show on which sheets places are."""
    links = ", ".join(f'<a href="#{place}">000</a>' for place in places)
    return f'<span class="sheets">{links}</span>'


def find_sheets(printed: PdfReader) -> dict[str, int]:
    """The number of the sheet on which each place of a PDF is that a link leads to."""
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(printed.pages, 1)}
    places = printed.named_destinations.items()
    return {name.removeprefix("/"): numbers[place.page.idnum] for name, place in places}


def running_heads(heads: list[Head], numbers: dict[str, int], sheets: int) -> str:
    """The style that names chapter and section of each sheet.

    Chromium knows nothing of a sheet's text when it writes the margins, but it knows the number of
    the sheet, and a style of counters says how a number is written.
    """
    shown, last = [], Head("", "", "")
    for sheet in range(1, sheets + 1):
        begin = [head for head in heads if numbers[head.place] == sheet]
        shown.append(begin[0] if begin else last)
        last = begin[-1] if begin else last
    return "".join(
        f"@counter-style {name} {{ system: fixed; "
        f"symbols: {' '.join(quoted(getattr(head, name)) for head in shown)}; }}\n"
        for name in ("chapter", "section")
    )


def collect(tab: Page, root: str, parts: list[Part]) -> tuple[str, list[Head]]:
    """One document of all pages, with a title, contents and an index, and its running heads."""
    names = {f"{root}{page}.html": page.replace("/", "-") for part in parts for page in part.pages}
    body, contents, styles, heads = [], [], {}, []
    for part in parts:
        if part.caption:
            body.append(f'<h1 class="part">{escape(part.caption)}</h1>')
            contents.append(f'<p class="chapter">{escape(part.caption)}</p>')
        for page in part.pages:
            address = f"{root}{page}.html"
            name = names[address]
            tab.goto(address)
            tab.wait_for_function(DRAWN)
            taken = tab.evaluate(TAKE, names)
            styles |= dict.fromkeys(taken["styles"])
            kind = "page" if part.caption else "plain"
            body.append(f'<div class="{kind}" id="{name}">{taken["article"]}</div>')
            if part.caption:
                title = escape(taken["title"])
                contents.append(f'<p><a href="#{name}">{title}</a>{sheets([name])}</p>')
                heads.append(Head(name, part.caption, taken["title"]))
    tab.goto(f"{root}{WORDS}.html")
    entries = [
        f"<p>{escape(entry['words'])} {sheets(entry['places'])}</p>"
        for entry in tab.evaluate(INDEX, names)
        if entry["places"]
    ]
    public = CITATION["url"]
    front = (
        f'<div class="front"><h1>{TITLE}</h1><p>{AUTHORS}</p>'
        f"<p>Version {CITATION['version']}</p>"
        f'<p>Its figures move at <a href="{public}">{public}</a></p></div>'
        f'<div class="plain contents"><h1>Contents</h1>{"".join(contents)}</div>'
    )
    back = (
        '<div class="plain"><h1>Index</h1>'
        f'<div class="index-of-words">{"".join(entries)}</div></div>'
    )
    document = (
        f'<!doctype html><html lang="en" data-theme="light"><head><title>{TITLE}</title>'
        f'<script src="{root}_static/first.js"></script>'
        f"{''.join(styles)}{STYLE}</head>"
        f'<body><main class="bd-article">{front}{"".join(body)}{back}</main></body></html>'
    )
    return document, heads


def quoted(words: str) -> str:
    """A string of CSS."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def print_document(tab: Page, path: Path, *, draft: bool) -> PdfReader:
    """Print the document that a tab shows; a draft lacks what a reader of the file needs."""
    tab.evaluate(FONTS)
    tab.pdf(
        path=path,
        scale=0.9,
        outline=not draft,
        tagged=not draft,
        print_background=not draft,
        prefer_css_page_size=True,
    )
    return PdfReader(path)


def print_parts(browser: Browser, root: str, parts: list[Part], path: Path) -> None:
    """Write the PDF of pages of the site, which is served at `root`, to `path`."""
    tab = browser.new_page(viewport={"width": 1000, "height": 1000}, color_scheme="light")
    tab.set_default_timeout(600_000)  # the whole book is long
    document, heads = collect(tab, root, parts)
    tab.goto(f"{root}index.html")  # so that styles and pictures come from the same server
    tab.set_content(document)
    tab.wait_for_function("() => [...document.images].every((image) => image.complete)")
    with tempfile.TemporaryDirectory() as folder:
        draft = print_document(tab, Path(folder) / "draft.pdf", draft=True)
        numbers = find_sheets(draft)
        tab.evaluate(NUMBER, numbers)
        tab.add_style_tag(content=running_heads(heads, numbers, len(draft.pages)))
        written = PdfWriter(clone_from=print_document(tab, Path(folder) / "book.pdf", draft=False))
    written.add_metadata(
        {
            "/Author": AUTHORS,
            "/Subject": CITATION["abstract"],
            "/Keywords": ", ".join(CITATION["keywords"]),
        }
    )
    written.write(path)


def main() -> None:
    """Print the site in _build/html."""
    with launched() as browser, served(SITE) as root:
        print_parts(browser, root, find_parts(), PDF)
    print(f"The book is in {show(PDF)}.")


if __name__ == "__main__":
    main()
