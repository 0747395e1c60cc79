"""Draws a picture with Matplotlib: where there is no JavaScript, in print, and in prose."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageChops, ImageStat

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
    check_scales,
    check_shapes,
)
from lib.figures.words import mathtext, number, tick

COLOURS = (32, 48, 64)  # of a picture as a file: with more, a shaded one looks no smoother
UNSEEN = 3.0  # of 256: how far off the colours may be, in the quadratic mean
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
        together; what a picture asks of a logarithmic axis only a linear one has.

    >>> from lib.figures import Line, Picture, draw
    >>> draw(Picture(Line([0.0, 1.0], [1.0, 2.0]), x="time t", y="position x")).axes[0].get_xlabel()
    'time t'
    """
    parts = as_parts(parts)
    check_shapes(parts)
    check_scales(parts)
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
        room = int(LETTERS * figure.get_figwidth())
        words = "\n".join(map("    ".join, rows(list(map(written, readouts)), room)))
        figure.supxlabel(mathtext(words), fontsize="medium")
    return figure


LETTERS = 11  # that an inch has room for


def rows(words: Sequence[str], room: int) -> list[list[str]]:
    """The words in rows of at most so many letters, or of one word."""
    found: list[list[str]] = []
    for word in words:
        if found and sum(map(len, found[-1])) + 4 * len(found[-1]) + len(word) <= room:
            found[-1].append(word)
        else:
            found.append([word])
    return found


def written(readout: Readout) -> str:
    """A readout in words, to be typeset: its label and its number."""
    value = np.asarray(readout.value).item()
    words = "–" if readout.gaps and np.isnan(value) else number(value, readout.format)
    column = f", {readout.column}" if readout.column else ""
    return f"{readout.label}{column} = {words}"


def png(figure: Figure) -> bytes:
    """A figure as a PNG file, of as few pixels and colours as show it: a fifth of the size."""
    drawn, file = io.BytesIO(), io.BytesIO()
    dpi = 110 if figure.get_figwidth() < 8 else 90  # two pictures are then as wide as a page
    figure.savefig(drawn, format="png", dpi=dpi)
    with Image.open(drawn) as picture:
        whole = picture.convert("RGB")
    for count in COLOURS:
        few = whole.quantize(count, dither=Image.Dither.NONE)
        off = ImageStat.Stat(ImageChops.difference(whole, few.convert("RGB"))).rms
        if max(off) < UNSEEN:
            break
    few.save(file, format="png", optimize=True)
    return file.getvalue()


def draw_picture(picture: Picture, ax: Axes) -> None:
    """One picture on its axes."""
    for axis, set_scale in ((picture.x, ax.set_xscale), (picture.y, ax.set_yscale)):
        if axis.scale == "log":  # before the marks, which are placed by it
            set_scale("log", nonpositive="mask")
    for item in picture.marks:
        draw_mark(item, ax, at_end=picture.named_at_ends)
    for which, axis in (("x", picture.x), ("y", picture.y)):
        set_axis(ax, which, axis)
    if picture.aspect == "equal":
        ax.set_aspect("equal")
    title = mathtext(picture.title or "") or None
    if picture.named_at_ends:
        name_ends([m for m in picture.marks if isinstance(m, Line) and m.label], ax)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(
            title=title,
            alignment="left",
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=2,
            frameon=False,
            fontsize="small",
            borderaxespad=0,
        )
    elif title:
        ax.set_title(title, loc="left", fontsize="medium")
    shown = ["left", "bottom"] if picture.x.ticks != () else []
    for side, spine in ax.spines.items():
        spine.set_visible(side in shown)


APART = 0.055  # of the height of a picture, between two names at the ends of lines


def name_ends(lines: Sequence[Line], ax: Axes) -> None:
    """Names of lines at their right ends: as near to them as they fit above each other."""
    places = []
    for line in lines:
        ys = np.atleast_2d(line.y)[0]
        shown = np.flatnonzero(can_show(ax, line.x, ys))
        if shown.size:
            point = ax.transData.transform(
                (0.0 if ax.get_xscale() == "linear" else 1.0, ys[shown[-1]])
            )
            place = ax.transAxes.inverted().transform(point)[1]
            places.append((float(np.clip(place, 0.02, 0.98)), line))
    height = 0.0
    for place, line in sorted(places, key=lambda pair: pair[0]):
        height = max(height, place)
        ax.text(
            1.02,
            height,
            mathtext(line.label),
            transform=ax.transAxes,
            color=COLORS[line.color],
            fontsize="small",
            va="center",
        )
        height += APART


class Powers(ticker.Formatter):
    """The labels of a logarithmic axis: digits, or powers of ten where one of them needs it."""

    def __call__(self, value: float, position: int | None = None) -> str:
        """The label of one tick."""
        low, high = sorted(self.axis.get_view_interval())
        return tick(value) if low < 1e-3 or high >= 1e5 else number(value)


def set_axis(ax: Axes, which: str, axis: Axis) -> None:
    """Label, ends and ticks of one axis."""
    ax.set(**{f"{which}label": mathtext(axis.label)})
    own = getattr(ax, f"{which}axis")
    if axis.domain is not None:
        low, high = axis.domain
        setter = ax.set_xlim if which == "x" else ax.set_ylim
        setter(low, high)
    if axis.ticks is not None:
        own.set_major_locator(ticker.FixedLocator(range(len(axis.ticks))))
        own.set_major_formatter(ticker.FixedFormatter([mathtext(name) for name in axis.ticks]))
    elif axis.scale == "log":
        own.set_major_formatter(Powers())
        low, high = sorted(own.get_view_interval())
        own.set_minor_formatter(Powers() if high < 20 * low else ticker.NullFormatter())


def can_show(ax: Axes, x: Any, y: Any) -> np.ndarray:
    """Which of the places there are on the axes: not NaN, nor zero on a logarithmic one."""
    places = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    return np.isfinite(ax.transData.transform(np.stack(places, axis=-1))).all(axis=-1)


def edges(ends: tuple[float, float], count: int, scale: str) -> np.ndarray:
    """Where the rows or columns of a heatmap meet."""
    space = np.geomspace if scale == "log" else np.linspace
    return space(*map(float, ends), count + 1)


def legend_name(item: Any, *, at_end: bool = False) -> str | None:
    """The name of a mark in the legend, which has no lines that are named at their ends."""
    return None if at_end or item.label is None else mathtext(item.label)


def draw_mark(item: Any, ax: Axes, *, at_end: bool = False) -> None:
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
                label=legend_name(item, at_end=at_end) if n == 0 else None,
            )
    elif isinstance(item, Points):
        color = COLORS[item.color]
        ax.plot(
            np.atleast_1d(item.x),
            np.atleast_1d(item.y),
            SYMBOL_MARKERS[item.symbol],
            color=color,
            markersize=item.size,
            label=legend_name(item),
            markerfacecolor=color if item.filled else "none",
        )
    elif isinstance(item, Arrows):
        draw_arrows(item, ax)
    elif isinstance(item, Heatmap):
        low, high = item.domain or (None, None)
        rows, columns = np.shape(item.z)
        ax.pcolormesh(
            edges(item.x, columns, ax.get_xscale()),
            edges(item.y, rows, ax.get_yscale()),
            item.z,
            vmin=low,
            vmax=high,
            cmap=COLOR_MAPS[item.palette],
        )
    elif isinstance(item, Rule):
        style = "--" if item.dash else "-"
        line = ax.axvline if item.x is not None else ax.axhline
        at = np.asarray(item.x if item.x is not None else item.y).item()
        if not can_show(ax, *((at, 1.0) if item.x is not None else (1.0, at))):
            return
        line(
            at,
            linestyle=style,
            color=COLORS[item.color],
            linewidth=1,
            label=legend_name(item),
        )
    elif isinstance(item, Text) and can_show(ax, item.x, item.y):
        align = {"start": "left", "middle": "center", "end": "right"}[item.anchor]
        ax.annotate(
            mathtext(item.text),
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
    shown = can_show(ax, x, y) & can_show(ax, x + dx, y + dy)
    for x0, y0, x1, y1 in np.stack([x, y, x + dx, y + dy], axis=-1)[shown]:
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
        ax.plot([], [], "--" if item.dash else "-", color=color, label=f"→ {mathtext(item.label)}")
