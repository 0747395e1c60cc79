"""Draws a picture with Matplotlib: where there is no JavaScript, in print, and in prose."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.figures.marks import (
    COLORS,
    Arrows,
    Axis,
    Heatmap,
    Line,
    Picture,
    Points,
    Readout,
    Rule,
    Text,
    as_parts,
    check_shapes,
)

SYMBOL_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "x"}
COLOR_MAPS = {"ink": "gray_r", "sequential": "cividis", "diverging": "RdBu_r"}


def draw(
    parts: Picture | Sequence[Picture | Readout], settings: dict[str, float] | None = None
) -> Figure:
    """A Matplotlib figure of the pictures side by side, the readouts below.

    Args:
      parts: a Picture, or a list of Pictures and Readouts.
      settings: of a figure's controls, for a ring where a picture's handle stands.

    Raises:
      ValueError: a part is something else; there is no Picture; the arrays of a mark don't fit
        together.

    >>> from lib.figures import Line, Picture, draw
    >>> draw(Picture(Line([0.0, 1.0], [1.0, 2.0]), x="time t", y="position x")).axes[0].get_xlabel()
    'time t'
    """
    parts = as_parts(parts)
    check_shapes(parts)
    pictures = [part for part in parts if isinstance(part, Picture)]
    readouts = [part for part in parts if isinstance(part, Readout)]
    widths = [picture.width for picture in pictures]
    figure = Figure(figsize=(4.6 * sum(widths) + 0.6, 4.4), layout="constrained")
    axes = figure.subplots(1, len(pictures), width_ratios=widths, squeeze=False)[0]
    for picture, ax in zip(pictures, axes, strict=True):
        draw_picture(picture, ax)
        if picture.drag and settings:
            x, y = (settings[name] for name in picture.drag)
            ax.plot(x, y, "o", markersize=11, markerfacecolor="none", color=COLORS["ink"])
    if readouts:
        words = "    ".join(f"{r.label} = {written(r)}" for r in readouts)
        figure.supxlabel(words, fontsize="medium")
    return figure


def written(readout: Readout) -> str:
    """A readout's number in its format."""
    value = np.asarray(readout.value).item()
    return format(
        round(value) if readout.format == "d" and np.isfinite(value) else value, readout.format
    )


def png(figure: Figure) -> bytes:
    """A figure as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def draw_picture(picture: Picture, ax: Axes) -> None:
    """One picture on its axes."""
    for item in picture.marks:
        draw_mark(item, ax)
    for which, axis in (("x", picture.x), ("y", picture.y)):
        set_axis(ax, which, axis)
    if picture.aspect == "equal":
        ax.set_aspect("equal")
    if any(getattr(item, "label", None) for item in picture.marks):
        ax.legend(
            title=picture.title,
            alignment="left",
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=2,
            frameon=False,
            fontsize="small",
            borderaxespad=0,
        )
    elif picture.title:
        ax.set_title(picture.title, loc="left", fontsize="medium")
    shown = ["left", "bottom"] if picture.x.ticks != () else []
    for side, spine in ax.spines.items():
        spine.set_visible(side in shown)


def set_axis(ax: Axes, which: str, axis: Axis) -> None:
    """Label, scale, ends and ticks of one axis."""
    ax.set(**{f"{which}label": axis.label, f"{which}scale": axis.scale})
    if axis.domain is not None:
        low, high = axis.domain
        setter = ax.set_xlim if which == "x" else ax.set_ylim
        setter(low, high)
    if axis.ticks is not None:
        getattr(ax, f"{which}axis").set_major_locator(ticker.FixedLocator(range(len(axis.ticks))))
        getattr(ax, f"{which}axis").set_major_formatter(ticker.FixedFormatter(axis.ticks))


def draw_mark(item: Any, ax: Axes) -> None:
    """One mark, as the page draws it."""
    if isinstance(item, Line):
        style = "--" if item.dash else "-"
        curves = np.atleast_2d(item.y)
        for n, y in enumerate(curves):
            ax.plot(
                item.x,
                y,
                style,
                color=COLORS[item.color],
                linewidth=item.width,
                label=item.label if n == 0 else None,
            )
    elif isinstance(item, Points):
        color = COLORS[item.color]
        ax.plot(
            np.atleast_1d(item.x),
            np.atleast_1d(item.y),
            SYMBOL_MARKERS[item.symbol],
            color=color,
            markersize=item.size,
            label=item.label,
            markerfacecolor=color if item.filled else "none",
        )
    elif isinstance(item, Arrows):
        draw_arrows(item, ax)
    elif isinstance(item, Heatmap):
        low, high = item.domain or (None, None)
        ax.imshow(
            item.z,
            extent=(*item.x, *item.y),
            origin="lower",
            aspect="auto",
            vmin=low,
            vmax=high,
            cmap=COLOR_MAPS[item.palette],
        )
    elif isinstance(item, Rule):
        style = "--" if item.dash else "-"
        line = ax.axvline if item.x is not None else ax.axhline
        at = item.x if item.x is not None else item.y
        line(
            np.asarray(at).item(),
            linestyle=style,
            color=COLORS[item.color],
            linewidth=1,
            label=item.label,
        )
    elif isinstance(item, Text):
        align = {"start": "left", "middle": "center", "end": "right"}[item.anchor]
        ax.annotate(
            item.text,
            (np.asarray(item.x).item(), np.asarray(item.y).item()),
            (item.dx * 0.75, -item.dy * 0.75),
            textcoords="offset points",
            ha=align,
            va="center",
            color=COLORS[item.color],
        )


def draw_arrows(item: Arrows, ax: Axes) -> None:
    """Arrows with heads of a fixed size, and a line in the legend."""
    color = COLORS[item.color]
    x, y, dx, dy = np.broadcast_arrays(*map(np.atleast_1d, (item.x, item.y, item.dx, item.dy)))
    # Annotations don't move the limits of the axes; invisible points at the ends do.
    ax.plot(np.append(x, x + dx), np.append(y, y + dy), linestyle="none")
    for x0, y0, x1, y1 in zip(x, y, x + dx, y + dy, strict=True):
        ax.annotate(
            "",
            (x1, y1),
            (x0, y0),
            arrowprops={
                "arrowstyle": "->",
                "color": color,
                "linewidth": item.width,
                "shrinkA": 0,
                "shrinkB": 0,
                "linestyle": "--" if item.dash else "-",
            },
        )
    if item.label:
        ax.plot([], [], "--" if item.dash else "-", color=color, label=f"→ {item.label}")
