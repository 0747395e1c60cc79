"""Every page of the built site, from a server and from the disk, on a desk and on a phone."""

import gzip
import re
import statistics
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import book
import tinycss2
from address import read_address
from browser import eventually, load_whole, wait_for_formulas, watch
from chromium import served
from fontTools.ttLib import TTFont
from gate import TOLERANCE
from notebooks import find_notebooks, read

# What sticks out of the page's right edge and no box of its own scrolls or clips. (A line of a
# figure may go on beyond the frame, which cuts it off.)
STICKING_OUT = """() => {
  const scrolls = (node) => node.hasAttribute("clip-path") ||
    /auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX);
  const boxed = (node) => node !== document.body && (scrolls(node) || boxed(node.parentElement));
  return [...document.querySelectorAll("article *")]
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && !boxed(node))
    .map((node) => node.outerHTML.slice(0, 120));
}"""


def text_of(page: str | Path) -> str:
    """The HTML of a page."""
    return (book.SITE / page).read_text("utf-8")


def test_a_page_loads_whole_and_asks_no_other_host(reopen, page):
    load_whole(reopen(page))  # fails for errors, missing files and requests to other hosts


def test_a_page_on_the_disk_loads_whole_and_fits_a_phone(reopen, page):
    tab = reopen(page, on_a_phone=True)
    load_whole(tab)
    width = tab.viewport_size["width"]
    eventually(lambda: tab.evaluate("document.documentElement.scrollWidth"), lambda w: w <= width)
    eventually(lambda: tab.evaluate(STICKING_OUT), [])


def test_every_link_within_the_site_leads_to_a_page_and_a_place_on_it():
    files = [file for file in book.SITE.rglob("*.html") if "_static" not in file.parts]
    files.remove(book.SITE / "404.html")  # whose links begin with the public address's path
    texts = {file: file.read_text("utf-8") for file in files}
    places = {file: set(re.findall(r'\bid="([^"]+)"', text)) for file, text in texts.items()}
    wrong = set()
    for file, text in texts.items():
        for link in re.findall(r'<(?:a|link|script|img)\b[^>]*?\b(?:href|src)="([^"]*)"', text):
            url = urlsplit(unescape(link))
            if url.scheme or url.netloc:
                continue
            goal = (file.parent / unquote(url.path)).resolve() if url.path else file
            place = unquote(url.fragment).partition("?")[0]  # of a figure, before its settings
            if not goal.is_file() or (place and goal in places and place not in places[goal]):
                wrong.add((str(file.relative_to(book.SITE)), link))
    assert wrong == set()
    assert len(texts) > 30


def test_the_index_has_each_word_of_the_glossary_with_sections_under_their_numbers():
    folder = book.SITE / "chapters" / "appendix"
    lines = re.findall(
        r"<li><p>(.*?)</p></li>", (folder / "index-of-words.html").read_text("utf-8")
    )
    linked = [re.findall(r'href="(.*?)#.*?">(.*?)</a>', line) for line in lines]
    glossary = (folder / "glossary.html").read_text("utf-8")
    terms = {unescape(term) for term in re.findall(r'<dt id="term-.*?">(.*?)<a', glossary)}
    found = {
        unescape(links[0][1]) for links in linked if links[0][0] == "glossary.html" and links[1:]
    }
    assert terms == found
    for file, number in {link for links in linked for link in links if link[1][-1].isdecimal()}:
        headings = re.findall("<h1.*?</h1>", (folder / file).resolve().read_text("utf-8"), re.S)
        assert f">{number} <" in headings[-1], file


def test_the_browser_shows_the_heading_of_a_page_as_its_title(page):
    headings = re.findall(r"<h1.*?>(.*?)(?:<a class=.headerlink|</h1>)", text_of(page), re.S)
    title = re.search(r"<title>(.*?)( (&#8212;|-) .*)?</title>", text_of(page))
    assert title[1] == " ".join(re.sub("<.*?>", "", headings[-1]).split())


def test_a_page_says_to_search_engines_where_it_is_and_what_it_holds(page):
    listed = (book.SITE / "sitemap.xml").read_text("utf-8")
    if page in ("prf-prf.html", "search.html"):
        assert page not in listed
        return
    owner, name, _ = read_address()
    root = f"https://{owner.lower()}.github.io/{name}/"
    assert f"<loc>{root}{page}</loc>" in listed
    assert f'<link rel="canonical" href="{root}{page}"' in text_of(page)
    about = dict(re.findall(r'<meta (?:name|property)="(.*?)" content="(.*?)"', text_of(page)))
    assert about["og:url"] == root + page
    assert len(about["description"]) > 80
    assert (book.SITE / about["og:image"].removeprefix(root)).exists()
    assert f"Sitemap: {root}sitemap.xml" in (book.SITE / "robots.txt").read_text("utf-8")


def test_the_page_for_an_address_where_there_is_none_stands_in_any_folder(visit, tmp_path):
    name = read_address()[1]  # below which GitHub serves the site
    (tmp_path / name).symlink_to(book.SITE)
    with served(tmp_path) as root:
        tab = visit(f"{name}/404.html", root)
        load_whole(tab)
        assert tab.locator("article h1").inner_text() == "No page has this address"
        tab.locator(".logo").click()
        eventually(lambda: tab.url, f"{root}{name}/index.html")
        load_whole(tab)


# Of what a reader who has been on another section still has to load for this one.
LIGHT, TYPICAL = 60_000, 50_000


def weight(file: Path) -> int:
    """The bytes in which a server sends a file."""
    content = file.read_bytes()
    packed = file.suffix in (".png", ".webp", ".woff2")
    return len(content if packed else gzip.compress(content))


def own_weights(page: str) -> list[int]:
    """Of a page with figures: its HTML, and the picture and the function of the first of them."""
    text, folder = text_of(page), (book.SITE / page).parent
    picture = re.search(r'<img class="gx-fallback"[^>]* src="([^"]+)"', text)[1]
    function = re.search(r'class="gx-function" data-src="([^"]+)"', text)[1]
    return [weight(file) for file in (book.SITE / page, folder / picture, folder / function)]


def test_the_next_section_is_light():
    files = [file.relative_to(book.SITE) for file in (book.SITE / "chapters").rglob("*.html")]
    pages = [file.as_posix() for file in files if "<geometry-explorer" in text_of(file)]
    weights = {page: own_weights(page) for page in pages}
    assert len(weights) > 30
    heavy = {page: w for page, w in weights.items() if sum(w) > LIGHT}
    assert not heavy
    assert statistics.median(map(sum, weights.values())) <= TYPICAL


def test_a_page_is_light(reopen, page):
    tab = reopen(page)
    wait_for_formulas(tab)
    names = tab.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    files = {book.SITE / urlsplit(name).path[1:] for name in names if name.startswith("http")}
    # The figures' own come when a reader scrolls to them, as an earlier test may have done.
    shared = [file for file in files if not file.name.startswith("figure-")]
    own = own_weights(page) if "<geometry-explorer" in text_of(page) else [weight(book.SITE / page)]
    weights = {"own": sum(own), **{file: weight(file) for file in shared}}
    assert sum(weights.values()) <= 500_000, weights


def test_every_page_has_a_policy_that_names_each_script_in_it(page):
    text = text_of(page)
    (policy,) = re.findall(
        r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text.split("<script")[0]
    )
    rules = {name: sources for name, *sources in map(str.split, policy.split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(rules["script-src"])
    assert not re.search(r"https?:|\*", policy), "another host"
    assert (rules["worker-src"] == ["blob:"]) == ("<geometry-explorer" in text)


def test_what_is_waited_for_is_a_function():
    # An expression would be compiled again at each look, which the pages' policy forbids.
    waits = [
        (file.name, wait[1])
        for folder in ("tests", "tools", "benchmarks")
        for file in (book.ROOT / folder).rglob("*.py")
        for wait in re.finditer(r'wait_for_function\(\s*f?"([^"]+)"', file.read_text("utf-8"))
    ]
    assert len(waits) > 3
    assert [wait for wait in waits if "=>" not in wait[1]] == []


def test_every_image_has_words(page):
    text = text_of(page)
    named = re.search(r'class="title logo__title">The Geometry of Optimizer Dynamics<', text)
    assert named  # so the logo beside it needs no words
    images = [image for image in re.findall(r"<img\b[^>]*>", text) if "logo__image" not in image]
    assert [image[:120] for image in images if not re.search(r'\balt="[^"]*\w', image)] == []


def test_the_status_page_tells_of_every_notebook_and_every_figure():
    tables = re.findall(r"<tbody>(.*?)</tbody>", text_of("chapters/appendix/status.html"), re.S)
    rows = [
        [re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in re.findall("<tr.*?</tr>", t, re.S)]
        for t in tables
    ]
    plain = [[[re.sub("<.*?>", "", cell) for cell in row] for row in table] for table in rows]
    notebooks, figures = plain[:2]
    paths = find_notebooks()
    assert len(notebooks) == len(paths)
    assert {row[1] for row in notebooks} & {"not run", ""} == set()
    assert sum(int(row[3]) for row in notebooks) == sum(
        cell.cell_type == "code" for path in paths for cell in read(path).cells
    )
    pages = [path.relative_to(book.ROOT).with_suffix(".html") for path in paths]
    assert sum(int(row[1]) for row in figures) == sum(
        text_of(page).count("<geometry-explorer id=") for page in pages
    )
    assert {row[5] for row in figures} == {"—"}, "a figure is wrong"
    assert all(float(row[3]) <= TOLERANCE for row in figures)


def test_the_search_quotes_the_text_of_pages(visit):
    tab = visit("search.html?q=steepest")
    quotes = tab.locator("#search-results .context")
    quotes.first.wait_for()
    found = eventually(quotes.all_inner_texts, lambda texts: len(texts) > 3)
    assert all("steepest" in quote.lower() for quote in found)
    words = "Contents|\\.ipynb|^import |lib\\.mirror import"  # of lists, buttons and code
    assert [quote for quote in found if re.search(words, quote)] == []


def test_the_cut_icon_fonts_hold_every_icon_of_the_pages():
    styles = (book.SITE / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    fonts = list((book.SITE / "_static/vendor/fontawesome").rglob("*.woff2"))
    held = {letter for font in fonts for letter in TTFont(font).getBestCmap()}
    assert sum(font.stat().st_size for font in fonts) < 10_000
    pages = [text_of(file.relative_to(book.SITE)) for file in book.SITE.rglob("*.html")]
    tags = {tag for page in pages for tag in re.findall(r'<(?:i|span) class="fa[^"]*"', page)}
    names = {name for tag in tags for name in re.findall(r"fa-([\w-]+)", tag)} - {"solid", "brands"}
    assert {"rocket", "bars", "github", "magnifying-glass"} <= names
    for name in names - {"lg"}:  # a size
        (letter,) = re.findall(rf'\.fa-{name}:before[^{{}}]*\{{content:"\\(\w+)"', styles)
        assert int(letter, 16) in held, name


def test_every_letter_of_every_formula_is_in_the_style_sheet_and_its_font():
    folder = book.SITE / "_static" / "formulas"
    sheet = (folder / "formulas.css").read_text("utf-8")
    fonts = dict(re.findall(r'font-family: MJX([\w-]+);\s*src: url\("\./([\w-]+\.woff2)"\)', sheet))
    held = {
        font: set(
            TTFont(folder / file).getBestCmap() or ()
        )  # those of another font are cut to none
        for font, file in fonts.items()
    }
    content = {}  # by the letter's name and its font, as a browser reads the sheet
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        selector = tinycss2.serialize(rule.prelude).strip()
        letter = re.fullmatch(r"mjx-c\.(mjx-c[0-9A-F]+)(?:\.(TEX-\w+))?::before", selector)
        text = re.search(r'content: "(.*?)"(;|\s|$)', tinycss2.serialize(rule.content))
        if letter and text:
            content[letter[1], letter[2] or "TEX"] = text[1]
    texts = [text_of(file.relative_to(book.SITE)) for file in book.SITE.rglob("*.html")]
    classes = {name for text in texts for name in re.findall(r'<mjx-c class="([^"]+)"', text)}
    assert len(classes) > 50
    for name in classes:
        letter, font = (*name.split(), "TEX")[:2]
        assert {ord(each) for each in content[letter, font]} <= held[font], name


def test_what_goes_wrong_in_a_page_is_noticed(browser, tmp_path):
    (tmp_path / "page.html").write_text(
        "<head><script>throw Error('c')</script>"
        "<meta http-equiv='Content-Security-Policy' content=\"script-src 'self'\"></head>"
        "<img src='http://127.0.0.2:9/a.png'><img src='b.png'><script>throw Error('d')</script>"
    )
    tab = browser.new_page()
    with served(tmp_path) as root:
        wrong = watch(tab, root)
        tab.goto(root + "page.html")
    tab.close()
    said = "\n".join(wrong)
    assert "asks for http://127.0.0.2:9/a.png" in said
    assert "got 404" in said
    assert "raises: c" in said
    assert "violates the following Content Security Policy" in said
