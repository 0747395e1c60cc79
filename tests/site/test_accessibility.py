"""Every page against the Web Content Accessibility Guidelines, as far as axe-core can tell."""

import book
import pytest
from browser import draw_all, violations, wait_for_formulas

SIZES = {
    "desk": {"width": 1280, "height": 844},
    "phone": {"width": 390, "height": 844},
    "paper": {"width": 657, "height": 985},  # A4 within its margins
}
VIEWS = [("desk", "light"), ("phone", "dark"), ("paper", "dark")]  # paper is only read
# What stands around the text is the same on every page: on one it is seen in all ways.
MORE_VIEWS = {"index.html": [("phone", "light"), ("desk", "dark")]}

# Most elements of a page are the strokes of MathJax's formulas, the coloured words of code and, in
# the library, one docstring after the other: the same kinds everywhere. On these pages axe-core
# sees them all; elsewhere it sees formulas and code as plain words, and of docstrings that follow
# one another the first.
WHOLE = ["chapters/lie-brackets/two-examples.html", "chapters/appendix/how-the-figures-work.html"]
SIMPLIFY = """() => {
  window.simplified = [...document.querySelectorAll("mjx-container, .highlight pre, dl.py ~ dl.py")]
    .map((node) => [node, [...node.childNodes]]);
  for (const [node] of window.simplified)
    node.replaceChildren(
      node.matches("dl") ? "" : node.matches("pre") ? node.textContent : "formula");
}"""
# Whether the theme has seen, a while after the change of size, what scrolls and needs the keyboard.
REACHABLE = """() => [...document.querySelectorAll(
  'pre, mjx-container[display="true"], .pst-scrollable-table-container')]
  .every((node) => node.scrollWidth <= node.clientWidth || node.tabIndex === 0)"""
RESTORE = """() => {
  for (const [node, children] of window.simplified) node.replaceChildren(...children);
}"""


def test_a_page_keeps_the_guidelines_by_day_by_night_and_on_paper(reopen, page, record_property):
    tab = reopen(page)
    wait_for_formulas(tab)
    wrong = []
    for device, scheme in VIEWS + MORE_VIEWS.get(page, []):
        look_at(tab, device, scheme)
        draw_all(tab)
        if page not in WHOLE:
            tab.evaluate(SIMPLIFY)
        found = violations(tab, *(["color-contrast"] if device == "paper" else []))
        if page not in WHOLE:
            tab.evaluate(RESTORE)
        record_property("axe", f"| {page} | {scheme}, {device} | {len(found)} |")
        wrong += [f"{scheme}, {device}: {line}" for line in found]
    look_at(tab, "desk", "light")
    assert not wrong, "\n".join(wrong)


def test_the_pages_that_are_looked_at_whole_have_formulas_and_code():
    for page in WHOLE:
        text = (book.SITE / page).read_text("utf-8")
        assert all(part in text for part in ('class="math', "highlight-ipython3"))


def look_at(tab, device, scheme):
    """Show a page as that device does by day or by night."""
    tab.set_viewport_size(SIZES[device])
    tab.emulate_media(color_scheme=scheme, media="print" if device == "paper" else "screen")
    tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
    if device != "paper":  # where nothing scrolls
        tab.wait_for_function(REACHABLE)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<p style='color: #999'>Grey</p>", "color-contrast"),
        ("<input>", "label"),
        ("<button style='width: 9px'>a</button><button>b</button>", "target-size"),
    ],
)
def test_a_fault_is_found(browser, body, rule):
    tab = browser.new_page()
    tab.set_content(f"<html lang='en'><title>t</title><main style='line-height: 9px'>{body}</main>")
    assert [line for line in violations(tab) if line.startswith(rule)]
    tab.close()
