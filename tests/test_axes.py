"""Axes that stand still: where a figure's axes end, found when it is declared."""

import jax.numpy as jnp
import numpy as np
import pytest

from lib.figures import Arrows, Axis, Explorer, Heatmap, Line, Picture, Points, Readout, number

TIMES = jnp.linspace(0.0, 1.0, 5)


def figure(picture, *, ends=(0.5, 4.0), start=1.0):
    """A figure whose only control scales what it draws."""
    return Explorer(
        lambda size: size,
        controls=[number("size", *ends, start)],
        picture=picture,
        alt="A line.",
    )


def axis_of(explorer, which="y"):
    """An axis of its first picture, as the page gets it."""
    return explorer.specification["pictures"][0][which]


def line(axis, **changes):
    """A figure of a line whose height is the control's value."""
    return figure(lambda size: Picture(Line(TIMES, size * TIMES), x="x", y=axis), **changes)


def test_an_axis_holds_the_numbers_at_the_ends_of_the_controls():
    axis = axis_of(line("y"))
    assert axis["domain"] == pytest.approx((-0.16, 4.16))  # from 0 to 4, and 4 % at either end
    assert axis["grows"] == (True, True)


def test_an_end_of_a_control_that_would_hide_the_default_does_not_count():
    assert axis_of(line("y", ends=(0.5, 1e6)))["domain"] == pytest.approx((-0.04, 1.04))
    runs = figure(  # one that diverges at an end of the slider
        lambda size: Picture(Line(TIMES, jnp.where(size > 3, jnp.inf, size) * TIMES), x="x", y="y")
    )
    assert np.isfinite(axis_of(runs)["domain"]).all()


def test_a_logarithmic_axis_counts_decades():
    def wave(size):
        return Picture(Line(TIMES, 10.0 ** (size * TIMES)), x="x", y=Axis("y", scale="log"))

    low, high = np.log10(axis_of(figure(wave))["domain"])
    assert (low, high) == pytest.approx((-0.16, 4.16))
    low, high = np.log10(axis_of(figure(wave, ends=(0.5, 40.0)))["domain"])
    assert high < 2, "forty decades would hide the default"


def test_declared_ends_stay_and_do_not_grow():
    axis = axis_of(line(Axis("y", domain=(0.0, 2.0))))
    assert (axis["domain"], axis["grows"]) == ((0.0, 2.0), (False, False))
    axis = axis_of(line(Axis("y", domain=(-1.0, None))))
    assert axis["domain"] == pytest.approx((-1.0, 4.16))
    assert axis["grows"] == (False, True)
    axis = axis_of(line(Axis("y", domain=(0.0, 2.0), grows=(False, True))))
    assert axis["grows"] == (False, True)


def test_ends_of_arrows_heatmaps_and_names():
    def marks(size):
        arrows = Arrows(1.0, 1.0, size, -size)
        names = Points(jnp.arange(3), jnp.arange(3))
        return [
            Picture(arrows, x="x", y="y"),
            Picture(
                Heatmap(jnp.eye(2), x=(0, 8), y=(8, 0)), x=Axis("", ticks=()), y=Axis("", ticks=())
            ),
            Picture(names, x=Axis("kind", ticks=("a", "b", "c")), y="y"),
            Readout(size, label="size"),
        ]

    first, second, third = figure(marks).specification["pictures"]
    assert first["x"]["domain"] == pytest.approx((1 - 0.16, 5.16))
    assert first["y"]["domain"] == pytest.approx((-3 - 0.16, 1.16))
    assert second["x"]["domain"] == (0, 8)
    assert second["y"]["domain"] == (0, 8)
    assert third["x"]["domain"] == (-0.5, 2.5)
    assert third["x"]["grows"] == (False, False)


def test_a_figure_whose_axes_are_declared_is_computed_once():
    runs = []

    class Counted(Explorer):
        def run(self, settings):
            runs.append(settings)
            return super().run(settings)

    def declared(size):
        axis = Axis("y", domain=(0.0, 2.0))
        return Picture(Line(TIMES, size * TIMES), x=Axis("x", domain=(0.0, 1.0)), y=axis)

    Counted(
        lambda size: size,
        controls=[number("size", 0.5, 4.0, 1.0)],
        picture=declared,
        alt="A line.",
    )
    assert len(runs) == 1
