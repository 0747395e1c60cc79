"""The arithmetic of sliders: the cases of sliders.json, with which JavaScript is tested, too."""

import json
import math
from pathlib import Path

import pytest

from lib.figures import Control, angle, batch_size, learning_rate, momentum, number, seed

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
        (rate, 0.5 * 10 ** (-46 * 0.015), 0.102),
        (rate, 0.5 * 10 ** (-47 * 0.015), 0.1),  # the widget's end, before the control's
        (rate, 0.5 * 10 ** (154 * 0.015), 100.0),  # and behind it
        (rate, 0.103514, 0.103514),
        (rate, 0.102, 0.102),
        (rate, 0.10199999999999998, 0.102),
        (rate, 0.1 * (1 + 2e-16), 0.1),
        (rate, 99.99999999999999, 100.0),
        (rate, 0.5, 0.5),
        (mu, 0.30000000000000004, 0.3),
        (mu, 0.305, 0.305),
    ]:
        assert control.setting(widgets) == setting
    odd = learning_rate(0.1, 100.0, 10.0**-0.985)  # a default stays what was declared
    assert odd.setting(odd.default) == odd.default


def test_the_steps_of_a_widget_lead_to_the_default_and_over_the_whole_range():
    for control in (learning_rate(0.1, 100.0, 0.5), number("x", 0.05, 4.0, 2.0), momentum()):
        widget = control.widget()
        low, high = (widget.min, widget.max)
        ends, default = (control.minimum, control.maximum), control.default
        if control.scale == "log":
            ends, default = map(math.log10, ends), math.log10(default)
        steps = (default - low) / widget.step
        assert steps == pytest.approx(round(steps), abs=1e-9)
        first, last = ends
        assert low <= first + 1e-12
        assert high >= last - 1e-12
        assert [
            control.setting(10.0**end if control.scale == "log" else end) for end in (low, high)
        ] == [
            control.minimum,
            control.maximum,
        ]


def test_sliders_of_the_same_meaning_have_the_names_of_the_notation():
    controls = [learning_rate(0.1, 1.0, 0.5), momentum(), batch_size(), angle(), seed()]
    assert [(control.name, control.symbol, control.label) for control in controls] == [
        ("learning_rate", "η", "learning rate"),
        ("momentum", "μ", "momentum"),
        ("batch_size", "B", "batch size"),
        ("angle", "θ", "angle in degrees"),
        ("seed", "", "seed"),
    ]
