"""The arithmetic of sliders: the cases of sliders.json, with which JavaScript is tested, too."""

import json
from pathlib import Path

import pytest

from lib.figures import Control, learning_rate, momentum

CASES = json.loads(Path(__file__).with_name("sliders.json").read_text("utf-8"))


def declared(case: dict) -> Control:
    """The control that a case specifies; its step stands in the case only where it has its own."""
    spec = case["control"]
    return Control(
        "x",
        "",
        "x",
        spec["min"],
        spec["max"],
        spec["default"],
        scale=spec["scale"],
        step=spec["step"] if case["own step"] else None,
        whole=case["whole"],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_slider_has_the_places_of_the_table(case):
    control = declared(case)
    specified = control.specification()
    wanted = case["control"]
    assert {name: specified[name] for name in wanted} == wanted
    for place, value in case["values"]:
        assert control.at(place) == value
        assert round(control.place(value)) == min(max(place, 0), control.places)
    for value, place in case["between"]:
        assert control.place(value) == pytest.approx(place, rel=1e-12)
    # Each place is another value and leads back to its place, so that no step is lost.
    values = [control.at(place) for place in range(control.places + 1)]
    assert values == sorted(set(values))
    assert [round(control.place(value)) for value in values] == list(range(control.places + 1))


def test_a_widget_on_a_place_gives_the_pages_number_and_one_between_places_its_own():
    rate, mu = learning_rate(0.1, 100.0, 0.5), momentum()
    for control, widgets, setting in [
        (rate, 10.0**-0.985, 0.104),
        (rate, 0.103514, 0.103514),
        (rate, 0.104, 0.104),
        (rate, 0.10399999999999998, 0.104),
        (rate, 0.1 * (1 + 2e-16), 0.1),
        (rate, 99.99999999999999, 100.0),
        (rate, 0.5, 0.5),
        (mu, 0.30000000000000004, 0.3),
        (mu, 0.305, 0.305),
    ]:
        assert control.setting(widgets) == setting
    on_a_place = learning_rate(0.1, 100.0, 10.0**-0.985)  # a default stays what was declared
    assert on_a_place.setting(on_a_place.default) == on_a_place.default
