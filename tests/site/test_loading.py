"""What a reader sees while a page loads, and what the book's own scripts do for the theme's."""

import re

import book
import pytest
from browser import eventually, wait_for_formulas
from notebooks import read
from playwright.sync_api import expect

SECTION = "chapters/lie-brackets/two-examples.html"
PAGES = ("index.html", SECTION, "chapters/appendix/notation.html")
SIZES = {"desk": {"width": 1600, "height": 1000}, "phone": {"width": 390, "height": 844}}
LATE = {"offline": False, "latency": 300, "downloadThroughput": 1e6, "uploadThroughput": 1e6}
SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const {hadRecentInput, value, sources} of list.getEntries())
    if (!hadRecentInput)
      shifts.push([value, sources.map(({node}) => node?.outerHTML?.slice(0, 80))]);
}).observe({type: "layout-shift", buffered: true});"""
# Whether all has come: fonts, scripts, and the figures in the window with their controls.
COMPLETE = """() => document.readyState === "complete" && document.fonts.status === "loaded" &&
  [...document.querySelectorAll("geometry-explorer")].every((figure) => {
    const {top, bottom} = figure.getBoundingClientRect();
    return top > innerHeight || bottom < 0 || figure.querySelector(".gx-drawing svg");
  })"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_stands_still_when_its_fonts_and_scripts_come_late(browser, roots, address, size):
    context = browser.new_context(viewport=SIZES[size])
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LATE)
    tab.add_init_script(SHIFTS)
    tab.goto(roots["http"] + address)
    tab.wait_for_function(COMPLETE)
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    shifts = tab.evaluate("shifts")
    context.close()
    assert sum(value for value, _ in shifts) < 0.05, shifts


def test_a_link_opens_the_box_that_it_leads_into(visit):
    tab = visit(SECTION)
    boxes = tab.locator("details.dropdown:not(.tip)")
    expect(boxes.first).not_to_have_attribute("open", "")
    inside = boxes.first.locator("p").first
    inside.evaluate("(node) => { node.id = 'inside'; location.hash = 'inside'; }")
    expect(inside).to_be_in_viewport()


def hidden_cells(page: str) -> set[str]:
    """The code of the hidden cells of a page, as its notebook has it."""
    cells = read(book.ROOT / page.replace(".html", ".ipynb")).cells
    return {cell.source for cell in cells if "hide-input" in cell.metadata.get("tags", [])}


@pytest.mark.parametrize("way", ["http", "file"])
def test_the_code_of_a_figure_comes_when_its_box_is_opened(visit, way):
    tab = visit(SECTION, way)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = tab.locator(".code-of-figure").first
    title, cells = box.locator("summary"), box.locator("pre")
    buttons = box.locator(".copybtn")
    expect(buttons).to_have_count(cells.count())
    assert cells.first.inner_text() == ""
    title.press("Enter")
    code = eventually(lambda: [text.rstrip() for text in cells.all_inner_texts()], all)
    assert set(code) <= hidden_cells(SECTION)
    assert "Explorer(" in code[-1]
    expect(title).to_be_focused()
    expect(box.locator("script")).to_have_count(0)
    tab.keyboard.press("Tab")
    buttons.last.press("Enter")
    expect(buttons.last).to_have_class(re.compile("success"))
    assert tab.evaluate("navigator.clipboard.readText()").rstrip() == code[-1]
    tab.emulate_media(media="print")
    expect(cells.last).to_be_visible()
    tab.emulate_media(media="screen")
    title.click()
    tab.emulate_media(media="print")
    expect(box).to_be_hidden()


def test_without_scripts_the_box_of_the_code_leads_to_the_notebook(visit):
    tab = visit(SECTION, "file", java_script_enabled=False)
    box = tab.locator(".code-of-figure").first
    box.locator("summary").click()
    link = box.get_by_role("link", name="the notebook")
    link.click(trial=True)
    assert (book.SITE / SECTION).parent.joinpath(link.get_attribute("href")).resolve().is_file()


def test_code_that_does_not_load_is_asked_for_again(browser, roots):
    tab = browser.new_page()
    tab.goto(roots["http"] + SECTION)
    tab.route("**/code-*.js", lambda route: route.abort())
    box = tab.locator(".code-of-figure").first
    box.locator("summary").click()
    expect(box.locator("pre").first).to_contain_text("The code did not load.")
    tab.unroute("**/code-*.js")
    box.locator("summary").click()
    box.locator("summary").click()
    expect(box.locator("pre").first).to_contain_text("return")
    tab.close()


def test_a_search_opens_the_boxes_that_hold_its_words(visit):
    tab = visit(SECTION)
    word = tab.locator("details.dropdown").first.evaluate(
        "(box) => box.lastElementChild.textContent.match(/[a-z]{6,}/)[0]"
    )
    tab.goto(f"{tab.url}?highlight={word}")
    marked = tab.locator("details.dropdown .highlighted").first
    expect(marked).to_be_visible()
    assert marked.inner_text().lower() == word


def test_a_menu_opens_by_keys_and_closes_by_escape_and_by_a_click_elsewhere(visit):
    tab = visit(SECTION)
    button = tab.get_by_role("button", name="Download this page")
    menu = tab.locator(".dropdown-download-buttons .dropdown-menu")
    button.focus()
    tab.keyboard.press("ArrowDown")
    expect(menu).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(menu.get_by_role("link").first).to_be_focused()
    tab.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(menu).to_be_visible()
    tab.locator("article h1").click()
    expect(menu).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_every_menu_stands_within_a_phone(visit):
    tab = visit(SECTION, viewport=SIZES["phone"])
    for group in tab.locator(".dropdown:has(> .dropdown-toggle)").all():
        button, menu = group.locator(".dropdown-toggle"), group.locator(".dropdown-menu")
        if button.is_visible():
            button.click()
            box = menu.bounding_box()
            assert 0 <= box["x"] <= SIZES["phone"]["width"] - box["width"]
            button.click()


def test_a_search_quotes_what_it_finds_and_leads_there(visit):
    tab = visit("index.html")
    tab.keyboard.press("Control+k")
    expect(tab.locator("#pst-search-dialog")).to_be_visible()
    tab.keyboard.type("balance")  # in titles of sections, in labels and in the text
    tab.keyboard.press("Enter")
    tab.locator("#search-results .context").first.wait_for()
    eventually(tab.locator("#search-results li").count, lambda count: count > 10)
    tab.wait_for_load_state("networkidle")  # every page that is quoted has come
    tab.locator("#search-results li a").first.click()
    wait_for_formulas(tab)
    expect(tab.locator("article .highlighted").first).to_be_attached()


def test_the_button_of_the_theme_goes_round_all_three(visit):
    tab = visit("index.html", color_scheme="light")
    modes = []
    for _ in range(3):
        tab.locator(".theme-switch-button:visible").click()
        modes.append(tab.locator("html").get_attribute("data-mode"))
    assert sorted(modes) == ["auto", "dark", "light"]
