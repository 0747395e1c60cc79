"""Figures with one of each mark, and the table that such a figure should give."""

import functools

import jax.numpy as jnp
import numpy as np

from lib.figures import (
    Arrows,
    Axis,
    Explorer,
    Heatmap,
    Line,
    Picture,
    Points,
    Readout,
    Rule,
    Text,
    number,
)


@functools.cache
def marks() -> Explorer:
    """One of each mark, on linear and logarithmic axes."""
    t = jnp.linspace(0.1, 1.0, 7)

    def picture(y):
        values = y[:, None] * t[None, :] - 0.2
        return [
            Picture(
                Heatmap(values, x=(0.0, 2.0), y=(3.0, 0.0), palette="ink", label="heat, ink"),
                Arrows(t, t, y, 0.5, label="arrows", dash=True, color="purple"),
                Text(1.0, 1.0, text='a "word"', color="vermillion"),
                x="x",
                y="y",
                title="Field, with a comma",
            ),
            Picture(
                Line(t, jnp.stack([y + 1, y**2 + 1]), label="curves", dash=True, color="green"),
                Points(t, y + 1, symbol="diamond", filled=False),
                Rule(x=0.5, label="half"),
                x="t",
                y=Axis("height", scale="log"),
            ),
            Readout(y[-1], label="last height"),
        ]

    return Explorer(
        lambda scale: jnp.sin(scale * t),
        controls=[number("scale", 0.5, 3.0, 1.0)],
        picture=picture,
        alt="A field and two curves.",
        name="marks",
    )


ENDS = {"linear": (-2.0, 8.0), "log": (1e-3, 1e2), "named": (-0.5, 2.5)}


def place(kind: str, share):
    """The number that stands at a share of the length of an axis of this kind."""
    low, high = ENDS[kind]
    return low * (high / low) ** share if kind == "log" else low + (high - low) * share


def axis_of(kind: str) -> Axis:
    """An axis of this kind."""
    if kind == "named":
        return Axis("", ticks=("a", "b", "c"))
    return Axis(kind, scale=kind, domain=ENDS[kind])


PAIRS = (("linear", "log"), ("log", "named"), ("named", "linear"))  # of the axes of `placed`
# Where `placed` has its marks, as shares of both axes.
BOX = (0.1, 0.9)  # of a grid of 4 × 4 cells
CELL = (0.4, 0.8)  # the middle of the one that is black: the second of the fourth row
PATH = ((0.2, 0.3), (0.8, 0.6))
POINT = (0.5, 0.25)
ARROW = ((0.3, 0.7), (0.6, 0.95))
RULES = (0.45, 0.55)
WORD = (0.7, 0.15)


@functools.cache
def placed() -> Explorer:
    """One of each mark at the same shares of every kind of axis, and one that is not to be seen."""

    def picture(x, y):
        def at(shares):
            pairs = np.atleast_2d(shares)
            return [place(k, pairs[:, i]) for i, k in enumerate((x, y))]

        def lost(values):
            """With a NaN at the end; a number that a logarithmic axis cannot show is as good."""
            ends = [{"log": -1.0}.get(kind, jnp.nan) for kind in (x, y)]
            return [jnp.append(value, end) for value, end in zip(values, ends, strict=True)]

        (x0, y0), (x1, y1) = at(ARROW[0]), at(ARROW[1])
        black = np.zeros((4, 4))
        black[3, 1] = 1.0
        nothing = {"log": 0.0}.get(x, jnp.nan)
        (u, v), (a, b) = lost(at(PATH)), lost(at(POINT))
        word = [value[0] for value in at(WORD)]
        ends = [tuple(place(k, np.array(BOX)).tolist()) for k in (x, y)]
        return Picture(
            Heatmap(black, x=ends[0], y=ends[1], palette="ink"),
            Line(u, v, gaps=True, color="blue"),
            Points(a, b, gaps=True, color="vermillion"),
            Arrows(*lost([x0, y0]), *lost([x1 - x0, y1 - y0]), gaps=True, color="purple"),
            Rule(x=place(x, RULES[0]), color="green"),
            Rule(x=nothing, gaps=True, color="green"),
            Rule(y=place(y, RULES[1]), color="orange"),
            Text(*word, text="here"),
            Text(nothing, word[1], text="nowhere", gaps=True),
            x=axis_of(x),
            y=axis_of(y),
        )

    return Explorer(
        lambda size: size,
        controls=[number("size", 0.0, 1.0, 0.5)],
        picture=lambda size: [picture(*pair) for pair in PAIRS],
        alt="One of each mark on axes of every kind.",
        name="placed",
    )


def table(parts) -> list[list]:
    """The rows that a table of a figure should have, from its parts."""
    rows = []
    pictures = [part for part in parts if isinstance(part, Picture)]
    for n, picture in enumerate(pictures):
        for m, mark in enumerate(picture.marks):
            kind = type(mark).__name__.lower()
            label = getattr(mark, "label", None) or getattr(mark, "text", None) or f"{kind} {m + 1}"
            head = [picture.title or str(n + 1), label]
            if isinstance(mark, Heatmap):
                down, across = np.shape(mark.z)
                xs, ys = (
                    middles(axis.scale, ends, count)
                    for axis, ends, count in (
                        (picture.x, mark.x, across),
                        (picture.y, mark.y, down),
                    )
                )
                rows += [
                    [*head, 0, xs[j], ys[i], None, None, mark.z[i][j]]
                    for i in range(down)
                    for j in range(across)
                ]
                continue
            keys = ["x", "y"] if isinstance(mark, Text) else ["x", "y", "dx", "dy"]
            values = [getattr(mark, key, None) for key in keys]
            full = np.broadcast_arrays(*[np.atleast_1d(v) for v in values if v is not None])
            curves = np.atleast_2d(full[0]).shape[0]
            columns = iter([column.ravel() for column in full])
            columns = [None if v is None else next(columns) for v in values]
            columns += [None] * (5 - len(columns))
            length = full[0].size
            rows += [
                [*head, k // (length // curves), *[c if c is None else c[k] for c in columns]]
                for k in range(length)
            ]
    return rows


def middles(scale: str, ends: tuple[float, float], count: int) -> list[float]:
    """The middles of a heatmap's columns or rows."""
    low, high = ends
    shares = [(i + 0.5) / count for i in range(count)]
    if scale == "log":
        return [low * (high / low) ** share for share in shares]
    return [low + (high - low) * (i + 0.5) / count for i in range(count)]
