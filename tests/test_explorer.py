"""The Explorer in Python: its controls, its value, its three forms, what it refuses."""

import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from traitlets import TraitError

from lib.figures import (
    Axis,
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


def dragged(x, y):
    """A picture whose handle moves two controls."""
    return lambda out: Picture(Line(out["y"], out["y"]), x="x", y="y", drag=(x, y))


def explorer(**changes):
    """An Explorer of all kinds of controls."""
    declared = {"controls": ALL, "picture": picture, "alt": "A rising line.", "caption": "x < y"}
    function = changes.pop("function", everything)
    return Explorer(function, **{**declared, **changes})


def in_the_view(figure, settings):
    """Move controls as a reader does: the view asks for what was moved, with a number."""
    figure.view.asked = {"number": figure.view.answered + 0.5, "settings": settings}


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
    ends = controls["learning_rate"].min, controls["learning_rate"].max
    assert ends == pytest.approx((-3.01, 0.005))  # steps of 0.015 from the default's -1
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


WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_notebook_gets_all_forms_of_the_figure():
    figure = explorer()
    forms, _ = figure._repr_mimebundle_()
    assert set(forms) == {WIDGET, "text/html", "image/png", "text/plain"}
    assert forms[WIDGET]["model_id"] == figure.view.model_id


def test_where_outputs_are_saved_a_picture_stands_in_for_the_widget(monkeypatch):
    outputs = []
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    monkeypatch.setattr("lib.figures.explorer.display", lambda data, raw: outputs.append(data))
    figure = explorer()
    forms, _ = figure._repr_mimebundle_()
    assert set(forms) == {WIDGET, "text/plain"}
    assert forms["text/plain"] == ""  # what a reader of the file sees is the other output,
    ((stand_in,),) = [outputs]
    assert set(stand_in) == {"text/html", "image/png", "text/plain"}
    assert figure.html in stand_in["text/html"]
    assert "Run this cell and those above it to wake it." in stand_in["text/html"]


def test_the_page_gets_a_specification_a_function_and_a_picture():
    text = explorer(name="with </script> and <b>").html
    assert text.count("</script>") == 2, "only the two script elements end"
    spec = json.loads(re.search(r'gx-spec">(.*?)</script>', text, re.S).group(1))
    assert spec["caption"] == "x\u00a0<\u00a0y", "no line ends in a formula"
    assert "x\u00a0&lt;\u00a0y" in text
    kinds = [(c["kind"], c.get("scale")) for c in spec["controls"]]
    assert kinds[:3] == [("number", "log"), ("number", "linear"), ("number", "log2")]
    assert kinds[5:] == [("choice", None), ("seed", "linear")]
    assert 'alt="A rising line."' in text
    assert "data:image/png;base64," in text


def test_a_function_without_translation_names_the_figure(tmp_path):
    figure = explorer(
        function=lambda rate: jax.pure_callback(np.sin, TIMES, rate * TIMES),
        controls=[number("rate", 1, 2, 1)],
        picture=lambda y: Picture(Line(TIMES, y), x="t", y="y"),
        name="python",
    )
    words = (
        "in the figure 'python': a callback to the Python function 'sin'; remove it, or compute "
        "with JAX what it returns: a page has no Python (the primitive 'pure_callback', used at "
        "…/test_explorer.py:0 "
        "(test_a_function_without_translation_names_the_figure.<locals>.<lambda>))"
    )
    for ask in (lambda: figure.html, lambda: figure.save(tmp_path / "figure.html")):
        with pytest.raises(UntranslatableError) as caught:
            ask()
        assert re.sub(r"used at \S*/(\w+\.py):\d+", r"used at …/\1:0", str(caught.value)) == words


def line(**changes):
    """An Explorer whose only control is the learning rate."""
    declared = {"function": lambda learning_rate: learning_rate * TIMES, "controls": ALL[:1]}
    return explorer(
        picture=lambda y: Picture(Line(TIMES, y), x="t", y="y"), **{**declared, **changes}
    )


def test_linked_figures_have_their_sliders_of_one_name_in_common():
    first = explorer()
    second = line(name="second", linked_to=first)
    third = line(name="third", linked_to=second)
    before = [figure.view.data for figure in (first, second, third)]
    first.controls["learning_rate"].value = 0.5
    np.testing.assert_allclose(second.value, 0.5 * TIMES)
    third.controls["learning_rate"].value = 0.25
    assert [figure.settings["learning_rate"] for figure in (first, second, third)] == [0.25] * 3
    after = [figure.view.data for figure in (first, second, third)]
    assert all(old != new for old, new in zip(before, after, strict=True))
    groups = [figure.specification["group"] for figure in (first, second, third)]
    assert groups == [first.name] * 3, "so that the page links all of them"


def test_the_handle_moves_two_sliders_and_computes_once():
    figure = explorer(picture=dragged("learning_rate", "batch_size"))
    view, runs = figure.view, []
    compute = figure.compute
    figure.compute = lambda *arguments: runs.append(arguments) or compute(*arguments)
    in_the_view(figure, {"learning_rate": 0.02, "batch_size": 64})
    assert figure.controls["learning_rate"].value == 0.02
    assert figure.controls["batch_size"].value == 64
    assert len(runs) == 1
    figure.controls["seed"].value = 5
    assert view.settings["seed"] == 5
    assert len(runs) == 2


REFUSED = {
    "`batch_size` must be a power of two from 1 to 256, but it is 3.": {"batch_size": 3},
    "`learning_rate` must be a number from 0.001 to 1, but it is 99.": {"learning_rate": 99},
    "`momentum` must be a number from 0 to 0.99, but it is nan.": {"momentum": float("nan")},
    "`momentum` must be a number from 0 to 0.99, but it is 'fast'.": {"momentum": "fast"},
    "`steps` must be a whole number from 1 to 9, but it is 2.5.": {"steps": 2.5},
    "`kind` must be a whole number from 0 to 1, but it is 2.": {"kind": 2},
    "`settings` must be values of learning_rate, momentum, batch_size, angle, steps, kind, seed, "
    "but there is one for 'speed'.": {"speed": 1},
}


@pytest.mark.usefixtures("as_for_readers")
def test_refused_settings_are_named_move_nothing_and_leave_the_figure_alive():
    figure = explorer()
    view, defaults, before = figure.view, figure.settings, figure.view.data
    for words, settings in REFUSED.items():
        for ask in (figure.move, lambda asked: in_the_view(figure, asked)):
            with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
                ask({"angle": 60, **settings})
            assert figure.settings == view.settings == defaults
            assert view.data == before
        assert view.answered == view.asked["number"]  # so that its controls go back
    with pytest.raises(TraitError):  # ipywidgets' own word
        figure.controls["batch_size"].value = 3
    assert figure.settings == defaults
    figure.controls["momentum"].value = 0.25
    assert view.settings["momentum"] == 0.25
    assert view.data != before


def test_who_observes_or_links_a_control_may_refuse_it_and_the_figures_live():
    figure = explorer()
    second = line(name="second", linked_to=figure)
    views = [each.view for each in (figure, second)]
    defaults, before = figure.settings, [view.data for view in views]

    def refuse(change):
        if change["new"] > 0.5:
            raise RuntimeError("too fast")

    figure.controls["learning_rate"].observe(refuse, "value")
    for each in (figure, second):
        with pytest.raises(RuntimeError, match=r"^too fast$"):
            each.move({"learning_rate": 0.75})
        assert figure.settings == views[0].settings == defaults
        assert second.settings == views[1].settings == {"learning_rate": 0.1}
        assert [view.data for view in views] == before
    second.move({"learning_rate": 0.25})
    assert [view.settings["learning_rate"] for view in views] == [0.25, 0.25]
    assert all(view.data != old for view, old in zip(views, before, strict=True))


def test_a_control_whose_range_was_widened_does_not_stop_the_others():
    figure = explorer(picture=dragged("learning_rate", "momentum"))
    figure.controls["steps"].max = 20
    figure.controls["steps"].value = 15
    in_the_view(figure, {"momentum": 0.5})
    assert figure.settings == figure.defaults | {"steps": 15, "momentum": 0.5}


def test_a_picture_to_drag_on_takes_the_scales_and_ranges_of_its_controls():
    figure = explorer(picture=dragged("learning_rate", "momentum"))
    spec = figure.specification["pictures"][0]
    assert spec["drag"] == ("learning_rate", "momentum")
    assert (spec["x"]["scale"], spec["x"]["domain"]) == ("log", (1e-3, 1.0))
    assert (spec["y"]["scale"], spec["y"]["domain"]) == ("linear", (0.0, 0.99))

    own = Axis("momentum μ", domain=(0.5, 1.0))
    figure = explorer(
        picture=lambda out: Picture(
            Line(out["y"], out["y"]), x="x", y=own, drag=("batch_size", "momentum")
        )
    )
    spec = figure.specification["pictures"][0]
    assert (spec["x"]["scale"], spec["x"]["domain"]) == ("log", (1, 256))
    assert spec["y"]["domain"] == (0.5, 1.0)


def test_a_saved_figure_needs_no_other_file(tmp_path):
    explorer(name="my figure").save(tmp_path / "figure.html")
    text = (tmp_path / "figure.html").read_text("utf-8")
    assert explorer(name="my figure").html in text
    assert re.findall(r"<(?:script|link)[^>]*(?:src|href)=", text) == []
    assert 'src="data:image/png' in text
