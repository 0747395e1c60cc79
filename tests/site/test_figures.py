"""Every figure on the built pages, moved by keyboard, typing and mouse as a reader moves it."""

import json
from functools import partial

import pytest
from browser import (
    PATIENCE,
    SETTLED,
    centre,
    count_drawings,
    draw_all,
    eventually,
    leaves_of,
    settings_of,
    show,
    shown,
    sliders,
    wait_for_drawing,
)
from playwright.sync_api import Locator, expect

CONTRAST = 4.5  # WCAG AA for words
THUMB = 16  # px, the part of a slider that Chromium lets the mouse hold

# What the pictures and readouts of a figure show, without what changes at every drawing.
PICTURES = """(figure) => [...figure.querySelectorAll(".gx-drawing, .gx-number")]
  .map((node) => node.innerHTML.replaceAll(/plot-clip-\\d+/g, "")).join("")"""

# Words of a figure whose colour and background differ too little, by WCAG's formula.
FAINT = """(figure, least) => {
  const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
    .getContext("2d", {willReadFrequently: true});
  const paint = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = (node) => {
    if (!node) return [255, 255, 255, 255];
    const color = paint(getComputedStyle(node).backgroundColor);
    return color[3] === 255 ? color : behind(node.parentElement);
  };
  const words = [...figure.querySelectorAll("*")].filter((node) => {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    return (text || node.matches("input[type=text]")) && node.checkVisibility();
  });
  return words.flatMap((node) => {
    const style = getComputedStyle(node);
    const color = node instanceof SVGElement ? style.fill : style.color;
    const [dark, bright] = [light(paint(color)), light(behind(node))].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    return ratio < least ? [`${node.tagName} “${node.textContent}”: ${ratio.toFixed(2)}`] : [];
  });
}"""

# Where each of a figure's controls lies, and which it is.
BOXES = """(figure) =>
  [...figure.querySelectorAll("input, select, button, summary")].map((node) => {
    const {x, width, height} = node.getBoundingClientRect();
    return {x, width, height, node: node.outerHTML};
  })"""

# The colours that a dark page has to change: background, words, and the marks' blue.
COLORS = """(figure) => [
  getComputedStyle(document.body).backgroundColor,
  getComputedStyle(figure).color,
  getComputedStyle(figure).getPropertyValue("--gx-blue"),
]"""


@pytest.fixture
def figure(reopen, place):
    """A figure at its defaults."""
    page, id = place
    figure = show(reopen(page), id)
    figure.evaluate("(figure) => figure.reset()")
    wait_for_drawing(figure)
    return figure


def pictures_of(figure: Locator) -> str:
    """The pictures and readouts of a figure, as soon as they are of its controls' settings."""
    shown(figure)
    return figure.evaluate(PICTURES)


def place_of(slider: Locator) -> tuple[float, float, float]:
    """The least and greatest place of a slider, and where it stands."""
    return tuple(slider.evaluate("(s) => [Number(s.min), Number(s.max), s.valueAsNumber]"))


def name_of(control: Locator) -> str:
    return control.get_attribute("id").split("-", 2)[2]


def test_the_keyboard_redraws_the_picture(figure):
    for slider in sliders(figure):
        before, settings = pictures_of(figure), settings_of(figure)
        numbers = leaves_of(figure)
        count = count_drawings(figure)
        low, high, at = place_of(slider)
        slider.press("PageDown" if at - low > (high - low) / 2 else "PageUp")
        wait_for_drawing(figure, count)
        moved = [name for name, value in settings_of(figure).items() if value != settings[name]]
        assert moved == [name_of(slider)]
        assert pictures_of(figure) != before, f"{moved} changes nothing that is shown"
        assert leaves_of(figure) != numbers


def test_a_mouse_drag_redraws_while_it_lasts(figure):
    tab = figure.page
    for slider in sliders(figure):
        box = centre(slider)
        low, high, at = place_of(slider)

        def x(share, box=box):
            return box["x"] + THUMB / 2 + share * (box["width"] - THUMB)

        y = box["y"] + box["height"] / 2
        share = (at - low) / (high - low)
        goal = 0.15 if share > 0.5 else 0.85
        before = pictures_of(figure)
        tab.mouse.move(x(share), y)
        tab.mouse.down()
        tab.mouse.move(x(goal), y, steps=6)
        tab.wait_for_function(  # a slow figure shows it later, but while the button is down
            f"([figure, before]) => ({PICTURES})(figure) !== before",
            arg=[figure.element_handle(), before],
        )
        tab.mouse.up()
        reached = (place_of(slider)[2] - low) / (high - low)
        assert reached == pytest.approx(goal, abs=0.03 + 0.5 / (high - low)), name_of(slider)


def test_a_typed_value_is_taken_and_reset_brings_the_defaults_back(figure):
    tab = figure.page
    spec = json.loads(figure.locator(".gx-spec").text_content())
    defaults = settings_of(figure)
    before = pictures_of(figure)
    moved = [*sliders(figure), *figure.locator(".gx-seed input").all()]
    assert figure.locator("input[type=text]").count() == len(moved)
    typed = {}
    for control in moved:
        name = name_of(control)
        field = control.locator("xpath=..").locator("input[type=text]")
        declared = next(c for c in spec["controls"] if c["name"] == name)
        goal = declared["min"] if declared["default"] == declared["max"] else declared["max"]
        field.fill(str(goal))
        field.press("Enter")
        typed[name] = goal
        field.fill("1e999" if goal == declared["max"] else "-1e999")
        field.press("Enter")
        note = tab.locator(f"#{field.get_attribute('aria-describedby')}")
        expect(note).to_contain_text("is not a number")
    assert settings_of(figure) == defaults | typed
    wait_for_drawing(figure)
    count = count_drawings(figure)
    figure.get_by_role("button", name="Reset").click()
    wait_for_drawing(figure, count)
    assert settings_of(figure) == defaults
    assert pictures_of(figure) == before


def test_a_menu_redraws_the_picture(reopen, page_with_figures):
    tab = reopen(page_with_figures)
    for menu in tab.locator("geometry-explorer select").all():
        figure = show(tab, menu.evaluate("(menu) => menu.closest('geometry-explorer').id"))
        figure.evaluate("(figure) => figure.reset()")
        for slider in sliders(figure):  # one at its lower end may switch the menu off
            if place_of(slider)[0] == place_of(slider)[2]:
                slider.press("PageUp")
        before, count = pictures_of(figure), count_drawings(figure)
        last = menu.locator("option").count() - 1
        menu.select_option(index=0 if menu.input_value() == str(last) else last)
        wait_for_drawing(figure, count)
        assert pictures_of(figure) != before


def test_without_javascript_the_picture_of_the_defaults_stands_there(
    browser, roots, page_with_figures
):
    tab = browser.new_page(java_script_enabled=False)
    tab.set_default_timeout(1000 * PATIENCE)
    tab.goto(roots["http"] + page_with_figures)
    figures = tab.locator("geometry-explorer").all()
    assert figures
    for figure in figures:
        picture = figure.locator("img.gx-fallback")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        eventually(partial(picture.evaluate, "(image) => image.naturalWidth"), lambda w: w > 300)
        assert figure.locator("input, svg").count() == 0
    tab.context.close()


def test_a_function_that_did_not_load_is_asked_for_again(browser, roots):
    tab = browser.new_page()
    tab.set_default_timeout(1000 * PATIENCE)
    functions = "**/_static/figures/figure-*.js"
    tab.route(functions, lambda route: route.abort())
    tab.goto(roots["http"] + "index.html")
    figure = tab.locator("geometry-explorer").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".gx-status")).to_contain_text("the file of its function did not load")
    expect(figure.locator("img.gx-fallback")).to_be_visible()
    tab.unroute(functions)
    figure.locator(".gx-controls input[type=range]").first.press("ArrowRight")
    expect(figure.locator(".gx-drawing svg").first).to_be_visible()
    expect(figure.locator(".gx-status")).to_have_text("")
    tab.context.close()


def test_words_stand_out_by_day_and_by_night(reopen, page_with_figures):
    tab = reopen(page_with_figures)
    draw_all(tab)
    figures = tab.locator("geometry-explorer").all()
    colors = {}
    for scheme in ("dark", "light"):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        tab.wait_for_function(SETTLED)
        for figure in figures:
            assert figure.evaluate(FAINT, CONTRAST) == []
        colors[scheme] = figures[0].evaluate(COLORS)
    assert all(day != night for day, night in zip(*colors.values(), strict=True))


def test_a_finger_can_hit_every_control(reopen, page_with_figures):
    tab = reopen(page_with_figures, on_a_phone=True)
    draw_all(tab)
    width = tab.viewport_size["width"]
    for figure in tab.locator("geometry-explorer").all():
        sliders(figure)
        boxes = figure.evaluate(BOXES)
        assert len(boxes) >= 3
        for box in boxes:
            assert min(box["width"], box["height"]) >= 24, box
            assert box["x"] >= 0, box
            assert box["x"] + box["width"] <= width, box
