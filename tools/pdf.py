"""Print the whole book into one PDF, _build/book.pdf.

python tools/pdf.py

Chromium opens each page of the site and draws its figures. What the pages then hold is put together
into one document, in which links lead from page to page, and Chromium prints it.
"""

from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml
from book import BUILD, SITE
from chromium import launched, served
from notebooks import ROOT, show
from playwright.sync_api import Browser

TITLE = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["title"]
PDF = BUILD / "book.pdf"
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
  for (const node of article.querySelectorAll("script, button, .headerlink")) node.remove();
  for (const node of article.querySelectorAll(".toggle-hidden"))
    node.classList.remove("toggle-hidden");
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
  return {article: article.innerHTML, styles};
}"""

STYLE = """<style>
.part { break-before: page; padding-top: 35vh; text-align: center; }
.page { break-before: page; }
/* Without the space at the end of a line, the outline would run two words together. */
:is(h1, h2, h3) { white-space: break-spaces; }
</style>"""


class Part(NamedTuple):
    """A chapter, or what stands before and after the chapters."""

    caption: str
    pages: list[str]


def find_parts() -> list[Part]:
    """The pages of the book in their order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [
        Part(part["caption"], [chapter["file"] for chapter in part["chapters"]])
        for part in contents["parts"]
    ]
    return [Part("", [contents["root"]]), *parts]


def print_parts(browser: Browser, root: str, parts: list[Part], path: Path) -> None:
    """Write the PDF of pages of the site, which is served at `root`, to `path`."""
    names = {f"{root}{page}.html": page.replace("/", "-") for part in parts for page in part.pages}
    tab = browser.new_page(viewport={"width": 1000, "height": 1000}, color_scheme="light")
    body, styles = [], {}
    for part in parts:
        if part.caption:
            body.append(f'<h1 class="part">{escape(part.caption)}</h1>')
        for page in part.pages:
            address = f"{root}{page}.html"
            tab.goto(address)
            tab.wait_for_function(DRAWN)
            taken = tab.evaluate(TAKE, names)
            styles |= dict.fromkeys(taken["styles"])
            body.append(f'<div class="page" id="{names[address]}">{taken["article"]}</div>')
    tab.goto(f"{root}index.html")  # so that styles and pictures come from the same server
    tab.set_content(
        f'<!doctype html><html lang="en" data-theme="light"><head><title>{TITLE}</title>'
        f"{''.join(styles)}{STYLE}</head>"
        f'<body><main class="bd-article">{"".join(body)}</main></body></html>'
    )
    tab.wait_for_function("[...document.images].every((image) => image.complete)")
    # The fonts of what has never been laid out are not asked for, and nothing waits for them.
    tab.evaluate("() => document.body.offsetHeight && document.fonts.ready.then(() => true)")
    centred = "width: 100%; font-size: 8px; text-align: center"
    tab.pdf(
        path=path,
        format="A4",
        scale=0.85,
        outline=True,
        tagged=True,
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=f'<div class="pageNumber" style="{centred}"></div>',
        margin={"top": "20mm", "bottom": "20mm", "left": "26mm", "right": "26mm"},
    )


def main() -> None:
    """Print the site in _build/html."""
    with launched() as browser, served(SITE) as root:
        print_parts(browser, root, find_parts(), PDF)
    print(f"The book is in {show(PDF)}.")


if __name__ == "__main__":
    main()
