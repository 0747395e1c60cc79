"""A figure with one of each mark, and the table that it should give."""

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
                    [from_ + (to - from_) * (i + 0.5) / count for i in range(count)]
                    for (from_, to), count in ((mark.x, across), (mark.y, down))
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
