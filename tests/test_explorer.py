"""The Explorer in Python: its controls, its value, its three forms, its errors."""

import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

from lib.figures import (
    Control,
    Explorer,
    Line,
    Picture,
    Readout,
    UntranslatableError,
    angle,
    batch_size,
    choice,
    learning_rate,
    momentum,
    number,
    seed,
    whole_number,
)

TIMES = jnp.linspace(0.0, 1.0, 5)
ALL = [
    learning_rate(1e-3, 1.0, 0.1),
    momentum(),
    batch_size(),
    angle(0, 90, 45),
    whole_number("steps", 1, 9, 3),
    choice("kind", ["slow", "fast"]),
    seed(),
]


def everything(learning_rate, momentum, batch_size, angle, steps, kind, seed):
    """A result that depends on every control, with the dtypes that arrive."""
    whole = (batch_size + steps + kind + seed).astype(float)
    return {"y": learning_rate * TIMES + momentum + angle + whole, "whole": whole}


def picture(out):
    return [
        Picture(Line(TIMES, out["y"]), x="time t", y="height y"),
        Readout(out["whole"], label="whole", format="d"),
    ]


def explorer(**changes):
    """An Explorer of all kinds of controls."""
    declared = {"controls": ALL, "picture": picture, "alt": "A rising line.", "caption": "x < y"}
    function = changes.pop("function", everything)
    return Explorer(function, **{**declared, **changes})


def test_the_text_form_is_the_same_in_every_run():
    assert repr(explorer()) == (
        "Explorer(everything; learning_rate=0.1, momentum=0.9, batch_size=8, angle=45, "
        "steps=3, kind=0, seed=0)"
    )


def test_moving_a_control_changes_the_value_and_the_view():
    figure = explorer()
    before = figure.view.data
    figure.controls["momentum"].value = 0.25
    figure.controls["batch_size"].value = 64
    figure.controls["kind"].value = 1
    np.testing.assert_allclose(figure.value["y"], 0.1 * TIMES + 0.25 + 45 + 64 + 3 + 1)
    assert figure.view.data != before
    times, heights, whole = np.split(np.frombuffer(figure.view.data), [5, 10])
    np.testing.assert_array_equal(times, TIMES)
    np.testing.assert_array_equal(heights, figure.value["y"])
    assert whole == [68]
    assert figure.settings["momentum"] == 0.25


def test_the_controls_are_ipywidgets_with_the_right_scales():
    controls = explorer().controls
    assert type(controls["learning_rate"]).__name__ == "FloatLogSlider"
    assert (controls["learning_rate"].min, controls["learning_rate"].max) == (-3.0, 0.0)
    assert controls["learning_rate"].description.startswith("η")
    assert controls["batch_size"].options == tuple(2**k for k in range(9))
    assert controls["kind"].options == (("slow", 0), ("fast", 1))
    assert type(controls["steps"]).__name__ == "IntSlider"


def test_whole_controls_reach_the_function_as_int32():
    kinds = {}

    def look(steps, rate):
        kinds.update(steps=steps.dtype, rate=rate.dtype)
        return rate * TIMES

    explorer(
        function=look,
        controls=[whole_number("steps", 0, 3, 1), number("rate", 0, 1, 0.5)],
        picture=lambda y: Picture(Line(TIMES, y), x="t", y="y"),
    )
    assert kinds == {"steps": jnp.int32, "rate": jnp.float64}


def test_a_notebook_gets_all_forms_of_the_figure():
    forms = explorer()._repr_mimebundle_()
    assert set(forms) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "image/png",
        "text/plain",
    }


def test_the_page_gets_a_specification_a_function_and_a_picture():
    text = explorer(name="with </script> and <b>").html
    assert text.count("</script>") == 2, "only the two script elements end"
    spec = json.loads(re.search(r'gx-spec">(.*?)</script>', text, re.S).group(1))
    assert spec["caption"] == "x < y"
    assert "x &lt; y" in text
    kinds = [(c["kind"], c.get("scale")) for c in spec["controls"]]
    assert kinds[:3] == [("number", "log"), ("number", "linear"), ("number", "log2")]
    assert kinds[5] == ("choice", None)
    assert 'alt="A rising line."' in text
    assert "data:image/png;base64," in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"function": 3}, "function: expected a JAX function, got int"),
        ({"controls": ALL[:-1]}, "missing: seed; unknown: none"),
        ({"controls": [*ALL, number("speed", 0, 1, 0)]}, "missing: none; unknown: speed"),
        ({"controls": [*ALL, ALL[0]]}, r"learning_rate appear\(s\) twice"),
        ({"alt": "  "}, "alt: expected a description"),
        ({"picture": lambda out: out["y"]}, "return a Picture"),
        (
            {"picture": lambda out: Picture(Line(TIMES, out["y"][:2]), x="t", y="y")},
            r"Line: expected .*x \(5,\), y \(2,\)",
        ),
        (
            {"picture": lambda out: Picture(Line(TIMES, jnp.log(-out["y"])), x="t", y="y")},
            r"not all numbers are finite at the default settings \(learning_rate=0.1",
        ),
    ],
)
@pytest.mark.usefixtures("as_for_readers")
def test_a_bad_declaration_is_named_when_the_cell_runs(changes, words):
    with pytest.raises(ValueError, match=words):
        explorer(**changes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: number("a", 2, 1, 1), "a: expected minimum < maximum, got 2 and 1"),
        (lambda: number("a", 0, 1, 3), r"a: the default 3 lies outside of \[0, 1\]"),
        (lambda: learning_rate(0, 1, 0.5), "learning_rate: a log scale needs a minimum above 0"),
        (lambda: batch_size(1, 100, 8), "batch_size: a log2 scale needs powers of two"),
        (lambda: number("a", 0, 1, 0, scale="cubic"), r"a\(scale=.*linear"),
        (lambda: choice("a", []), r"a\(options=.*list of names"),
        (lambda: choice("a", "text"), r"a\(options=.*list of names"),
        (lambda: Control("a", "", "a", 0, 1, 2), "a: the default 2 lies outside"),
    ],
)
@pytest.mark.usefixtures("as_for_readers")
def test_a_bad_control_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_function_without_translation_names_the_figure():
    from jax.lax import lgamma

    figure = explorer(
        function=lambda rate: lgamma(rate + TIMES),
        controls=[number("rate", 1, 2, 1)],
        picture=lambda y: Picture(Line(TIMES, y), x="t", y="y"),
        name="gamma",
    )
    with pytest.raises(UntranslatableError, match=r"in the figure 'gamma': .*'lgamma'.*\.py:\d+"):
        _ = figure.html
