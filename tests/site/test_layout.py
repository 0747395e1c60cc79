"""Where the parts of a figure stand: in one window on a desk, in sight of each other on a phone."""

import html
import itertools
import re

import book
import pytest
from browser import eventually, load_whole, settings_of, show, wait_for_formulas
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


# Sets a figure's control to one of its ends.
TO_AN_END = """([figure, place, end]) => {
  const control = figure.querySelectorAll(".gx-control :is(input[type=range], select)")[place];
  if (control.localName === "select") control.selectedIndex = end ? control.options.length - 1 : 0;
  else control.value = end ? control.max : control.min;
  for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, {bubbles: true}));
}"""

# The words in a figure's pictures that leave their picture or cover each other, but for slanted
# names of ticks.
WORDS = """(figure) => [...figure.querySelectorAll(".gx-drawing svg")].flatMap((drawing) => {
  const frame = drawing.getBoundingClientRect();
  const words = [...drawing.querySelectorAll("text")]
    .filter((node) => node.textContent.trim() && !/rotate/.test(node.getAttribute("transform")))
    .map((node) => [node.textContent, node.getBoundingClientRect()]);
  const within = ({left, right, top, bottom}) => left > frame.left - 5 && top > frame.top - 5
    && right < frame.right + 5 && bottom < frame.bottom + 5;
  const shared = ([one, other], from, to) =>
    Math.min(one[to], other[to]) - Math.max(one[from], other[from]);
  const cover = (...two) => shared(two, "left", "right") > 3 && shared(two, "top", "bottom") > 5;
  return [
    ...words.filter(([, box]) => !within(box)).map(([name]) => `${name} leaves the picture`),
    ...words.flatMap(([name, box], i) => words.slice(0, i).filter(([, other]) => cover(box, other))
      .map(([other]) => `${name} covers ${other}`)),
  ];
})"""


def test_the_words_of_a_picture_stay_in_it_and_apart_at_the_ends_of_every_control(
    reopen, page_with_figures
):
    tab = reopen(page_with_figures)
    for name in names_of(tab):
        figure = show(tab, f"explorer-{name}")
        handle = figure.element_handle()
        settings_of(figure)
        assert figure.evaluate(WORDS) == [], name
        says = "(f) => f.spec.pictures.some(({marks}) => marks.some(({type}) => type === 'text'))"
        if not figure.evaluate(says):
            continue
        count = figure.locator(".gx-control :is(input[type=range], select)").count()
        for place, end in itertools.product(range(count), (0, 1)):
            tab.evaluate(TO_AN_END, [handle, place, end])
            at = settings_of(figure)
            assert figure.evaluate(WORDS) == [], f"{name} at {at}"
        figure.get_by_role("button", name="Reset").click()


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


# The grounds of code: of each block, and of what covers the shadow of one that scrolls.
GROUNDS = """() => {
  const blocks = [...document.querySelectorAll("article .highlight pre")]
    .filter((node) => node.checkVisibility());
  const wide = blocks.filter((node) => node.scrollWidth > node.clientWidth);
  const looks = blocks.map((node) => getComputedStyle(node));
  return {
    awaited: wide.filter(({tabIndex}) => tabIndex < 0).length,
    found: [...new Set(looks.flatMap(({backgroundColor, backgroundImage}) =>
      [backgroundColor, ...backgroundImage.match(/rgba?\\([^)]*\\)/) ?? []]))],
  };
}"""


def test_in_the_dark_code_has_one_ground_whether_it_scrolls_or_not(reopen, page_with_figures):
    tab = reopen(page_with_figures, on_a_phone=True)
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_selector("html[data-theme=dark]", state="attached")
    grounds = eventually(lambda: tab.evaluate(GROUNDS), lambda now: not now["awaited"])["found"]
    tab.emulate_media(color_scheme="light")
    tab.wait_for_selector("html[data-theme=light]", state="attached")
    assert len(grounds) <= 1, grounds


def names_of(tab: Page) -> list[str]:
    """The names of a page's figures."""
    ids = tab.locator("geometry-explorer").evaluate_all("nodes => nodes.map(({id}) => id)")
    assert ids
    return [id.removeprefix("explorer-") for id in ids]


# ---- The page --------------------------------------------------------------------------------

FOLDS = """(open) => {
  for (const fold of document.querySelectorAll(".code-of-figure")) fold.open = open;
}"""

# The fonts of a page on a desk, the characters of its lines, code that is cut off at the right or a
# formula at the top, and folded code that stands before the figure it belongs to.
TYPE = """() => {
  const text = [...document.querySelectorAll("article section > p:not(.lead)")]
    .find((p) => p.innerText.length > 150);
  const folds = [...document.querySelectorAll("article details:not([open])")];
  for (const fold of folds) fold.open = true;
  const cut = [...document.querySelectorAll("article .cell_input pre, dl.py pre")]
    .filter((pre) => pre.scrollWidth > pre.clientWidth + 1).map((pre) => pre.textContent);
  for (const formula of document.querySelectorAll('mjx-container[display="true"] > mjx-math')) {
    const [ink, box] = [formula, formula.parentElement].map((node) => node.getBoundingClientRect());
    if (box.height > 0 && ink.top < box.top + 1) cut.push(formula.parentElement.textContent);
  }
  for (const fold of folds) fold.open = false;
  const style = (node) => getComputedStyle(node);
  // The characters of the lines of plain paragraphs, but for the last line of each.
  const lines = [];
  const range = document.createRange();
  for (const node of document.querySelectorAll("article section > p:not(.lead)")) {
    if (node.querySelector("mjx-container, svg, code")) continue;
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    for (let [right, count] = [-Infinity, 0]; walker.nextNode();)
      for (let at = 0; at < walker.currentNode.length; at += 1) {
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        const box = range.getBoundingClientRect();
        if (box.width === 0) continue;
        if (box.left < right - 50) {
          lines.push(count);
          count = 0;
        }
        [right, count] = [box.right, count + 1];
      }
  }
  return {
    loaded: [...document.fonts].filter(({status}) => status === "loaded").map(({family}) => family),
    missing: [...document.fonts].filter(({status}) => status === "error").map(({family}) => family),
    text: text ? style(text).fontFamily : null,
    size: text ? style(text).fontSize : null,
    line: lines.length < 10 ? 69 : lines.reduce((sum, count) => sum + count) / lines.length,
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
    tab.evaluate(FOLDS, True)
    expect(tab.locator("[data-code]")).to_have_count(0)  # the code in them has come
    tab.evaluate(FOLDS, False)
    found = tab.evaluate(TYPE)
    assert found["missing"] == []
    assert any("Source Sans 3" in family for family in found["loaded"])
    assert found["cut"] == []
    assert found["bars"] == 0
    if found["text"] is not None:
        assert found["text"].startswith('"Source Serif 4"')
        assert found["size"] == "18px"
        assert 66 <= found["line"] <= 72


def test_the_first_figure_of_a_section_stands_near_its_top(reopen, page_with_figures):
    tab = reopen(page_with_figures)
    wait_for_formulas(tab)
    top = "(figure) => figure.getBoundingClientRect().top + scrollY"
    limit = 1500 if "appendix" in page_with_figures else 1200  # px: a window and a half
    assert tab.locator("geometry-explorer").first.evaluate(top) <= limit


def test_no_line_ends_between_a_formula_and_the_full_stop_behind_it():
    pages = {
        path.stem: path.read_text("utf-8") for path in (book.SITE / "chapters").rglob("*.html")
    }
    apart = r"</mjx-container></span>[.,;:?!)]+(?!</span>|[.,;:?!)])"
    assert {name for name, page in pages.items() if re.search(apart, page)} == set()
    assert '<span class="together">(' in pages["the-valley"]


def test_no_line_ends_between_a_number_and_its_percent_sign():
    no_text = re.compile(r"<(pre|script|style|geometry-explorer)\b.*?</\1>|<[^>]*>", re.S)
    pages = [path.read_text("utf-8") for path in sorted((book.SITE / "chapters").rglob("*.html"))]
    texts = [no_text.sub("", page) for page in pages]
    assert [found for text in texts for found in re.findall(r".{0,40}\d %", text)] == []
    assert any("\u00a0%" in text for text in texts)


def test_a_formula_fits_a_phone():
    """At the least size that the style sheet gives it, where 390 px leave it 28 em."""
    pages = sorted((book.SITE / "chapters").rglob("*.html"))
    pages.remove(book.SITE / "chapters/appendix/library.html")  # its formulas scroll
    found = [
        (page.parent.name, page.stem, float(width))
        for page in pages
        for width in re.findall(r"--width: ([\d.]+)", page.read_text("utf-8"))
    ]
    assert len(found) > 150
    assert [(*page, width) for *page, width in found if width > 28] == []


def test_the_word_that_says_how_sure_a_claim_is_has_the_look_of_its_kind():
    pages = [path.read_text("utf-8") for path in sorted((book.SITE / "chapters").rglob("*.html"))]
    words = r"(?:Theorem|Approximation|Observation)[.:]?"
    assert [m for page in pages for m in re.findall(f"<em>{words}</em>", page)] == []
    kinds = re.findall(r'<em class="label label-(\w+)">', "".join(pages))
    assert set(kinds) == {"theorem", "approximation", "observation"}


# What sticks out of the text of a page on paper, and what is not dark on white there.
PAPER = """() => {
  const article = document.querySelector("article");
  const edge = article.getBoundingClientRect().right + 1;
  const seen = (selector) => [...article.querySelectorAll(selector)]
    .filter((node) => node.checkVisibility() && !node.closest("geometry-explorer"));
  const light = (node) => getComputedStyle(node).color.match(/[\\d.]+/g).slice(0, 3)
    .reduce((sum, part) => sum + Number(part), 0) > 450;
  return {
    cut: seen("pre, td, img, mjx-container > :not(mjx-assistive-mml)")
      .filter((node) => node.getBoundingClientRect().right > edge ||
        (node.localName === "pre" && node.scrollWidth > node.clientWidth + 1))
      .map((node) => (node.closest("mjx-container") ?? node).textContent.slice(0, 60)),
    pale: seen("p, li, td, a, em, pre, pre span, summary").filter(light)
      .map((node) => node.outerHTML),
    bars: seen("details:not(.check-yourself, .dropdown) > summary")
      .map((node) => node.textContent),
    closed: [...article.querySelectorAll("details.dropdown")]
      .filter((box) => !box.lastElementChild.checkVisibility()).map((box) => box.textContent),
    // Pictures stand side by side, and a long table goes on over the page.
    stacked: [...article.querySelectorAll(".gx-picture")]
      .filter((node) => node.clientWidth > 0).map((node) => [
        node, node.getBoundingClientRect(), node.previousElementSibling?.getBoundingClientRect()])
      .filter(([, {left, right}, other]) => right > edge || left < other?.right)
      .map(([node]) => node.closest("geometry-explorer").id),
    whole: seen("table").filter((node) => node.rows.length > 25 &&
      getComputedStyle(node).breakInside === "avoid").map((node) => node.textContent.slice(0, 60)),
  };
}"""


def test_on_paper_nothing_is_cut_pale_or_a_bar(reopen, page):
    tab = reopen(page)
    wait_for_formulas(tab)
    before = tab.viewport_size
    tab.emulate_media(media="print", color_scheme="dark")
    tab.wait_for_selector("html[data-theme=dark]", state="attached")
    tab.set_viewport_size({"width": 657, "height": 985})  # A4 within its margins
    found = tab.evaluate(PAPER) if tab.locator("article").count() else {}
    tab.set_viewport_size(before)
    tab.emulate_media(media="screen", color_scheme="light")
    tab.wait_for_selector("html[data-theme=light]", state="attached")
    assert {fault: where for fault, where in found.items() if where} == {}


# The boxes of the notes in the margin, of what they belong to, and of what is as wide as both.
NOTES = """() => {
  const box = (node) => {
    const {left, right, top, bottom} = node.getBoundingClientRect();
    return [left, right, top, bottom].map(Math.round);
  };
  const seen = (selector) => [...document.querySelectorAll(selector)]
    .filter((node) => node.checkVisibility());
  return {
    notes: seen("aside.footnote, .margin-note").map(box),
    marks: seen("a.footnote-reference").map(box),
    others: seen(".full-width, .bd-sidebar-secondary, section > p").map(box),
  };
}"""


def test_notes_stand_in_the_margin_of_a_wide_window(visit):
    def apart(one: list, two: list) -> bool:
        return one[0] >= two[1] or two[0] >= one[1] or one[2] >= two[3] or two[2] >= one[3]

    def stand(found: dict) -> bool:
        """Whether each mark has a note at its height or lower, and none lies on anything."""
        notes = found["notes"]
        rest = [notes[:n] + found["others"] for n in range(len(notes))]
        return len(notes) > 2 and all(
            apart(note, other) for note, others in zip(notes, rest, strict=True) for other in others
        )

    tab = visit("chapters/mirror-flows/weight-decay.html", viewport={"width": 1400, "height": 900})
    wait_for_formulas(tab)
    found = eventually(lambda: tab.evaluate(NOTES), stand)
    assert found["marks"]
    for mark in found["marks"]:
        assert any(0 <= note[2] - mark[2] < 900 and note[0] > mark[1] for note in found["notes"])
    tab.set_viewport_size({"width": 1280, "height": 900})
    below = "note => note.getBoundingClientRect().top > document.querySelector('#exercises')"
    below += ".getBoundingClientRect().top"
    assert tab.locator("aside.footnote").first.evaluate(below)  # an ordinary footnote
    expect(tab.locator(".margin-note").first).to_be_hidden()


# The links, buttons and fields of a page in the order in which Tab comes to them.
STOPS = """() => {
  const stops = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((node) => node.checkVisibility({visibilityProperty: true}) && !node.disabled
      && node.tabIndex >= 0);
  return {
    formulas: stops.map((node) => node.closest("mjx-container"))
      .filter((formula) => formula && formula.scrollWidth <= formula.clientWidth).length,
    skip: [...document.querySelectorAll(".skip-link a")]
      .map(({hash}) => document.querySelector(hash))
      .map((node) => node.id === "pst-primary-sidebar" ? "chapters" : node.localName),
    before: stops.findIndex((node) => node.closest("article, .bd-search-container")),
    control: stops.findIndex((node) => node.closest(".gx-controls")) + 1,
    figure: document.querySelector("geometry-explorer") === null
      || stops.find((node) => node.closest("geometry-explorer")).closest("geometry-explorer")
        === document.querySelector(document.querySelectorAll(".skip-link a")[1].hash),
  };
}"""


def test_the_tab_key_is_soon_at_the_text_the_first_figure_and_the_chapters(reopen, page):
    tab = reopen(page)
    wait_for_formulas(tab)
    with_figures = tab.locator("geometry-explorer").count() > 0
    if with_figures:
        expect(tab.locator("geometry-explorer .gx-controls input").first).to_be_attached()
    found = tab.evaluate(STOPS)
    before, control = found.pop("before"), found.pop("control")
    assert before <= 12
    assert control <= 25
    # Five presses lead to a section's first slider, once the reader has skipped to the text.
    assert control - before <= 5 or not page.startswith("chapters/")
    assert found == {
        "formulas": 0,
        "skip": [
            "main" if page == "search.html" else "article",
            *(["geometry-explorer"] if with_figures else []),
            "chapters",
        ],
        "figure": True,
    }


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
