"""Every page against the Web Content Accessibility Guidelines, as far as axe-core can tell."""

import pytest
from browser import draw_all, violations

SIZES = {"desk": {"width": 1280, "height": 844}, "phone": {"width": 390, "height": 844}}
VIEWS = [("desk", "light"), ("phone", "dark")]
# What stands around the text is the same on every page: on one it is seen in all ways.
MORE_VIEWS = {"index.html": [("phone", "light"), ("desk", "dark")]}


def test_a_page_keeps_the_guidelines_by_day_and_by_night(reopen, page, record_property):
    tab = reopen(page)
    tab.wait_for_load_state("networkidle")
    wrong = []
    for device, scheme in VIEWS + MORE_VIEWS.get(page, []):
        look_at(tab, device, scheme)
        draw_all(tab)
        found = violations(tab)
        record_property("axe", f"| {page} | {scheme}, {device} | {len(found)} |")
        wrong += [f"{scheme}, {device}: {line}" for line in found]
    look_at(tab, "desk", "light")
    assert not wrong, "\n".join(wrong)


def look_at(tab, device, scheme):
    """Show a page as that device does by day or by night."""
    tab.set_viewport_size(SIZES[device])
    tab.emulate_media(color_scheme=scheme)
    tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")


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
