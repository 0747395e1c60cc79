"""The declarative picture: what it hands to the page, its Matplotlib drawing."""

import matplotlib.colors
import numpy as np
import pytest
from samples import ARROW, BOX, CELL, PATH, POINT, RULES, WORD, placed

from lib.figures import (
    Arrows,
    Axis,
    Heatmap,
    Line,
    Picture,
    Points,
    Readout,
    Rule,
    Text,
    draw,
)
from lib.figures.marks import COLORS, specification
from lib.figures.static import png

TEN = np.linspace(0.0, 1.0, 10)


def everything():
    """One of each mark."""
    return [
        Picture(
            Heatmap(np.eye(3), label="heat"),
            Line(TEN, np.stack([TEN, TEN**2]), label="curves", dash=True),
            Points(TEN, TEN, label="points", symbol="diamond", filled=False),
            Arrows(0.0, 0.0, TEN, TEN, label="arrows"),
            Rule(x=0.5, label="rule"),
            Text(0.1, 0.2, text="here", anchor="start", dx=4),
            x="time t",
            y=Axis("height y", domain=(0, None)),
            title="All",
        ),
        Readout(0.25, label="a quarter", format=".2f"),
    ]


def test_every_array_is_a_leaf_once_and_in_order():
    spec = specification(everything())
    shapes = [leaf["shape"] for leaf in spec["leaves"]]
    assert shapes == [[3, 3], [10], [2, 10], [10], [10], [], [], [10], [10], [], [], [], []]
    heat, line, *_ = spec["pictures"][0]["marks"]
    assert (heat["type"], heat["z"]) == ("heatmap", 0)
    assert (line["x"], line["y"], line["dash"]) == (1, 2, True)
    assert spec["pictures"][0]["y"]["domain"] == (0, None)
    (readout,) = spec["readouts"]
    assert (readout["value"], readout["label"], readout["format"]) == (12, "a quarter", ".2f")


def test_a_list_is_an_array():
    spec = specification([Picture(Line([0.0, 1.0, 2.0], [1.0, 2.0, 4.0]), x="x", y="y")])
    assert spec["leaves"] == [{"shape": [3]}, {"shape": [3]}]


def test_matplotlib_draws_every_mark_with_its_labels():
    figure = draw(everything())
    (ax,) = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time t", "height y")
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["curves", "points", "→ arrows", "rule"]
    assert ax.get_legend().get_title().get_text() == "All"
    assert "a quarter = 0.25" in figure.get_supxlabel()
    assert "here" in [text.get_text() for text in ax.texts]
    assert png(figure).startswith(b"\x89PNG")


def test_labels_and_numbers_are_typeset_in_matplotlib():
    figure = draw(
        [
            Picture(Line(TEN, TEN, label="v_A"), x="θ_AB", y="x^2", title="σ_min"),
            Readout(1.36e-11, label="‖θ_AB‖", column="before"),
            Readout(np.nan, label="x_1", gaps=True),
        ]
    )
    (ax,) = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == (
        r"θ$_{\mathrm{AB}}$",
        r"x$^{\mathrm{2}}$",
    )
    assert ax.get_legend().get_title().get_text() == r"σ$_{\mathrm{min}}$"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [r"v$_{\mathrm{A}}$"]
    before, nothing = figure.get_supxlabel().split("    ")
    assert before == "‖θ$_{\\mathrm{AB}}$‖, before = 1.36\u202f×\u202f10⁻¹¹"
    assert nothing == "x$_{\\mathrm{1}}$ = –"


def test_readouts_in_matplotlib_stand_in_as_many_rows_as_they_need():
    readouts = [Readout(0.5, label=f"the share of number {n}") for n in range(4)]
    figure = draw([Picture(Line(TEN, TEN), x="x", y="y"), *readouts])
    figure.draw_without_rendering()
    lines = figure.get_supxlabel().split("\n")
    assert [line.count("number") for line in lines] == [1] * 4
    box = figure._supxlabel.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_lines_are_named_at_their_ends_apart_from_each_other():
    lines = [Line(TEN, height + 0 * TEN, label=f"at {height}") for height in (0.5, 0.51, 0.9)]
    spread = Points(TEN, TEN, label="points")
    picture = Picture(*lines, spread, x="x", y=Axis("y", domain=(0, 1)), named_at_ends=True)
    (ax,) = draw(picture).axes
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert list(places) == ["at 0.5", "at 0.51", "at 0.9"]
    assert places["at 0.5"] == pytest.approx(0.5)
    assert places["at 0.51"] - places["at 0.5"] > 0.05
    assert places["at 0.9"] == pytest.approx(0.9)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["points"]


def test_the_ticks_of_a_logarithmic_axis_are_powers_only_where_one_is_needed():
    def labels(low, high):
        picture = Picture(Line(TEN, TEN + 1), x="x", y=Axis("y", scale="log", domain=(low, high)))
        figure = draw(picture)
        figure.canvas.draw()
        return [text.get_text() for text in figure.axes[0].get_yticklabels()]

    assert {"0.01", "1", "100"} <= set(labels(1e-2, 1e3))
    assert {"10⁻⁴", "10⁻²"} <= set(labels(1e-4, 1.0))


def test_logarithmic_and_named_axes_in_matplotlib():
    figure = draw(
        [
            Picture(Line(TEN + 1, TEN + 1), x=Axis("x", scale="log"), y="y"),
            Picture(Points(TEN[:2], TEN[:2]), x=Axis("x", ticks=("a", "b")), y="y", title="T"),
        ]
    )
    assert figure.axes[0].get_xscale() == "log"
    assert [t.get_text() for t in figure.axes[1].get_xticklabels()] == ["a", "b"]
    assert figure.axes[1].get_title(loc="left") == "T"


def test_every_mark_lies_where_it_should_on_every_kind_of_axis():
    """In Matplotlib; tests/site/test_reader.py has the same for the page."""
    figure = draw(placed().default_parts)
    for ax in figure.axes:

        def shares(x, y, ax=ax):
            return ax.transAxes.inverted().transform(ax.transData.transform([x, y])).tolist()

        def line(name, ax=ax):
            return [mark for mark in ax.lines if mark.get_color() == COLORS[name]]

        (heat,) = ax.collections
        corners = heat.get_coordinates()
        assert shares(*corners[0, 0]) == pytest.approx([BOX[0]] * 2)
        assert shares(*corners[4, 4]) == pytest.approx([BOX[1]] * 2)
        middle = np.sum([shares(*corners[i, j]) for i in (3, 4) for j in (1, 2)], axis=0) / 4
        assert middle == pytest.approx(CELL)
        assert np.ravel(heat.get_array())[13] == 1
        (path,), (point,) = line("blue"), line("vermillion")
        assert [shares(*pair) for pair in path.get_xydata()[:2]] == [
            pytest.approx(pair) for pair in PATH
        ]
        assert shares(*point.get_xydata()[0]) == pytest.approx(POINT)
        lost = [mark.get_transform().transform(mark.get_xydata()[-1]) for mark in (path, point)]
        assert np.isnan(lost).any(axis=1).all()
        (across,), (along,) = line("green"), line("orange")
        assert shares(across.get_xdata()[0], ax.get_ylim()[0])[0] == pytest.approx(RULES[0])
        assert shares(ax.get_xlim()[0], along.get_ydata()[0])[1] == pytest.approx(RULES[1])
        arrow, word = ax.texts
        assert shares(*arrow.xyann) == pytest.approx(ARROW[0])
        assert shares(*arrow.xy) == pytest.approx(ARROW[1])
        assert word.get_text() == "here"
        assert shares(*word.xy) == pytest.approx(WORD)


def test_matplotlib_draws_a_ring_where_the_handle_stands():
    picture = Picture(Line(TEN, TEN), x="x", y="y", drag=("rate", "speed"))
    settings = {"speed": 0.75, "rate": 0.25, "seed": 3}

    def rings(*arguments):
        lines = draw(*arguments).axes[0].lines
        found = [line for line in lines if line.get_markerfacecolor() == "none"]
        return [(*line.get_xdata(), *line.get_ydata()) for line in found]

    assert rings(picture, settings) == [(0.25, 0.75)]
    assert rings(picture) == []


def test_colours_are_told_apart_in_grey_or_by_hue():
    """No two colours of the palette are nearly the same."""
    rgb = [np.array(matplotlib.colors.to_rgb(c)) for c in COLORS.values()]
    for i, one in enumerate(rgb):
        assert all(np.abs(one - other).max() > 0.1 for other in rgb[:i])
