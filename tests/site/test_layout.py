"""Where the parts of a figure stand: in one window on a desk, in sight of each other on a phone."""

import html
import re

import book
import pytest
from browser import load_whole, show, wait_for_formulas
from playwright.sync_api import Page, expect

HEIGHT = 620  # px of a window 1280 wide that a laptop leaves beside the bars of its browser
PHONE = {"width": 390, "height": 800}

# The parts of a figure on a desk: how tall they are together, what stands where and open.
MEASURE = """(figure) => {
  for (const more of figure.querySelectorAll(".gx-more")) more.open = false;
  const find = (selector) => figure.querySelector(selector);
  const box = (node) => node.getBoundingClientRect();
  const parts = [".gx-pictures", ".gx-readouts", ".gx-controls"].map(find);
  const seen = parts.map(box).filter(({height}) => height > 0);
  const [pictures, , controls] = parts.map(box);
  const order = ["figcaption", ".gx-pictures", ".gx-readouts", ".gx-controls", ".gx-tools"]
    .map(find);
  return {
    height: Math.max(...seen.map((b) => b.bottom)) - Math.min(...seen.map((b) => b.top)),
    caption: box(find("figcaption")).bottom <= pictures.top,
    beside: controls.left >= pictures.right,
    below: controls.top >= pictures.bottom,
    inOrder: order.every((node, i) => i === 0 ||
      Boolean(order[i - 1].compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)),
    open: [...figure.querySelectorAll(".gx-control")].filter((row) => row.checkVisibility()).length,
    widths: [...figure.querySelectorAll(".gx-picture")].map((card) => box(card).width),
    wanted: figure.spec.pictures.map(({width}) => width),
    wider: box(figure).width / box(figure.closest("section")).width,
  };
}"""

# Gives the focus to one control after the other, as Tab does and then back: those that do not see
# the first picture and the readouts, or that something hides.
LOOK = """async (figure) => {
  for (const more of figure.querySelectorAll(".gx-more")) more.open = true;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const box = (selector) => figure.querySelector(selector).getBoundingClientRect();
  const top = document.querySelector(".bd-header-article").getBoundingClientRect().bottom;
  const nodes = [...figure.querySelectorAll(
    ".gx-controls :is(input, select, button, summary)")];
  const blind = [];
  for (const node of [...nodes, ...nodes.toReversed()]) {
    node.focus();
    await frame();
    await frame();
    const own = node.getBoundingClientRect();
    const at = document.elementFromPoint(own.x + own.width / 2, own.y + own.height / 2);
    const [picture, readouts] = [box(".gx-picture"), box(".gx-readouts")];
    const free = at === node || node.contains(at);
    const whole = picture.top >= top - 1 && picture.left >= 0 && picture.right <= innerWidth;
    const read = readouts.height === 0 || readouts.top >= picture.bottom - 1;
    const end = readouts.height === 0 ? picture.bottom : readouts.bottom;
    if (!(free && whole && read && end <= own.top + 1 && own.bottom <= innerHeight + 1))
      blind.push(`${node.id || node.className}: ${[free, whole, read, end, own.top]}`);
  }
  return [nodes.length, blind];
}"""


def test_a_figure_stands_in_one_window(reopen, page_with_figures, record_property):
    tab = reopen(page_with_figures)
    for name in names_of(tab):
        found = show(tab, f"explorer-{name}").evaluate(MEASURE)
        record_property("layout", f"| {name} | {found['height']:.0f} |")
        assert found["height"] <= HEIGHT, f"{name}: {found['height']} px"
        assert found["caption"], name
        assert found["beside"] or found["below"], name
        assert found["beside"] or sum(found["wanted"]) > 2, name
        assert found["inOrder"], name
        assert found["open"] <= 4, name
        pairs = zip(found["widths"], found["wanted"], strict=True)
        units = [width / share for width, share in pairs]
        assert max(units) - min(units) < 8, f"{name}: pictures at several scales, {units}"
        assert found["wider"] > 1.3, name


def test_on_a_phone_every_control_sees_the_first_picture(reopen, page_with_figures):
    tab = reopen(page_with_figures, on_a_phone=True)
    before = tab.viewport_size
    tab.set_viewport_size(PHONE)
    for name in names_of(tab):
        figure = show(tab, f"explorer-{name}")
        count, blind = figure.evaluate(LOOK)
        assert count >= 2
        assert blind == [], name
        strip = figure.evaluate(
            """(figure) => {
              const strip = figure.querySelector(".gx-pictures");
              const last = strip.lastElementChild;
              strip.scrollTo({left: strip.scrollWidth, behavior: "instant"});
              const [inner, outer] = [last, strip].map((node) => node.getBoundingClientRect());
              strip.scrollTo({left: 0, behavior: "instant"});
              return inner.right <= outer.right + 1 && inner.left >= outer.left - 1;
            }"""
        )
        assert strip, f"{name}: a swipe does not bring the last picture"
    tab.set_viewport_size(before)


def names_of(tab: Page) -> list[str]:
    """The names of a page's figures."""
    ids = tab.locator("geometry-explorer").evaluate_all("nodes => nodes.map(({id}) => id)")
    assert ids
    return [id.removeprefix("explorer-") for id in ids]


# ---- The page --------------------------------------------------------------------------------

# The fonts of a page on a desk, the characters of its lines, code that is cut off at the right, and
# folded code that stands before the figure it belongs to.
TYPE = """() => {
  const text = [...document.querySelectorAll("article section > p:not(.lead)")]
    .find((p) => p.innerText.length > 150);
  const folds = [...document.querySelectorAll("article details:not([open])")];
  for (const fold of folds) fold.open = true;
  const cut = [...document.querySelectorAll("article .cell_input pre, dl.py pre")]
    .filter((pre) => pre.scrollWidth > pre.clientWidth + 1).map((pre) => pre.textContent);
  for (const fold of folds) fold.open = false;
  const style = (node) => getComputedStyle(node);
  const pen = document.createElement("canvas").getContext("2d");
  const letters = text?.innerText.replaceAll(/\\s+/g, " ").slice(0, 150);
  if (text) pen.font = `${style(text).fontSize} "Source Serif 4"`;
  return {
    loaded: [...document.fonts].filter(({status}) => status === "loaded").map(({family}) => family),
    missing: [...document.fonts].filter(({status}) => status === "error").map(({family}) => family),
    text: text ? style(text).fontFamily : null,
    size: text ? style(text).fontSize : null,
    line: text ? text.clientWidth / (pen.measureText(letters).width / letters.length) : null,
    cut,
    bars: [...document.querySelectorAll("article details.hide")]
      .filter((bar) => !bar.closest(".cell").querySelector(".cell_output"))
      .filter((bar) => [...document.querySelectorAll("geometry-explorer")].some((figure) =>
        bar.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING)).length,
  };
}"""


def test_a_page_is_set_in_its_own_fonts_in_lines_of_a_book(reopen, page):
    tab = reopen(page)
    load_whole(tab)
    found = tab.evaluate(TYPE)
    assert found["missing"] == []
    assert any("Source Sans 3" in family for family in found["loaded"])
    assert found["cut"] == []
    assert found["bars"] == 0
    if found["text"] is not None:
        assert found["text"].startswith('"Source Serif 4"')
        assert found["size"] == "18px"
        assert 66 <= found["line"] <= 80


def test_the_first_figure_of_a_section_stands_near_its_top(reopen, page_with_figures):
    tab = reopen(page_with_figures)
    wait_for_formulas(tab)
    top = "(figure) => figure.getBoundingClientRect().top + scrollY"
    limit = 1500 if "appendix" in page_with_figures else 1200  # px: a window and a half
    assert tab.locator("geometry-explorer").first.evaluate(top) <= limit


# The links, buttons and fields of a page in the order in which Tab comes to them.
STOPS = """() => {
  const stops = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((node) => node.checkVisibility() && !node.disabled && node.tabIndex >= 0);
  return {
    formulas: stops.map((node) => node.closest("mjx-container"))
      .filter((formula) => formula && formula.scrollWidth <= formula.clientWidth).length,
    skip: document.querySelector(document.querySelector(".skip-link a").hash).localName,
    before: stops.findIndex((node) => node.closest("article, .bd-search-container")),
  };
}"""


def test_only_wide_formulas_stop_the_tab_key_and_the_skip_link_leads_to_the_text(reopen, page):
    tab = reopen(page)
    wait_for_formulas(tab)
    found = tab.evaluate(STOPS)
    assert found.pop("before") <= 25
    assert found == {"formulas": 0, "skip": "main" if page == "search.html" else "article"}


@pytest.mark.parametrize("window", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_the_first_page_opens_with_two_ways_in_and_a_live_figure(visit, window):
    tab = visit("index.html", viewport=window)
    figure = tab.locator("geometry-explorer").first
    expect(figure.locator(".gx-drawing svg").first).to_be_visible()
    wait_for_formulas(tab)
    parts = [".button.first", ".gx-picture"]
    parts += [".gx-slider"] if window["width"] > 1000 else []  # a phone has it below the picture
    for part in parts:
        box = tab.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= window["height"], part


# ---- Numbers ---------------------------------------------------------------------------------

FIGURE = re.compile(
    r'<geometry-explorer id="explorer-([^"]*)">\s*<figure[^>]*><figcaption>'
    r'<span class="caption-number">Figure (\w+)\.(\d+)\. </span><b class="gx-claim">(.+?)</b>',
    re.S,
)
PART = re.compile(r"  - caption: (.*)\n    chapters:\n((?:      - file: .*\n)+)")


def test_figures_count_from_one_in_every_chapter():
    parts = PART.findall((book.ROOT / "_toc.yml").read_text("utf-8"))
    assert len(parts) >= 4
    named = set()
    for caption, files in parts:
        chapter = "A" if caption == "Appendix" else re.match(r"\d+", caption)[0]
        found = []
        for file in re.findall(r"file: (.*)", files):
            text = (book.SITE / f"{file}.html").read_text("utf-8")
            figures = FIGURE.findall(text)
            assert len(figures) == text.count("<geometry-explorer "), file
            found += figures
        assert [place for _, place, *_ in found] == [chapter] * len(found)
        assert [int(count) for *_, count, _ in found] == list(range(1, len(found) + 1))
        names = {html.unescape(name) for name, *_ in found}
        assert not names & named, "a name stands for two figures"
        named |= names
    assert len(named) > 40
