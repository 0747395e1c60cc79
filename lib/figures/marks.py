"""The declarative picture: marks, axes and readouts, drawn by Observable Plot and by Matplotlib.

A mark holds arrays and how they look. Marks are pytrees whose leaves are the arrays, so a picture
can be built inside a traced function: the same declaration gives the arrays in Python and, after
translation, in the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lib.figures import assets
from lib.figures.words import FORMAT

# Okabe and Ito's, told apart with every common form of colour blindness; orange, sky, green and
# purple a shade darker, for 3:1 on white.
COLORS = assets.palette()["light"]
SYMBOLS = ("circle", "square", "triangle", "diamond", "cross")
PALETTES = ("ink", "sequential", "diverging")
SCALES = ("linear", "log")


def look(default: Any) -> Any:
    """A field that says how a mark looks rather than where it is."""
    return field(default=default, kw_only=True, metadata={"static": True})


def one_of(argument: str, owner: str, value: Any, allowed: Sequence) -> None:
    """Raise where a choice isn't among those that exist."""
    if value not in allowed:
        raise ValueError(
            f"`{argument}` of `{owner}` must be one of {', '.join(allowed)}, but it is {value!r}."
        )


def kind(value: Any) -> str:
    """What a value is, in an error's words; JAX's arrays have classes that no reader knows."""
    return "an array" if isinstance(value, jax.Array | np.ndarray) else type(value).__name__


class Mark:
    """What the marks share: lists become arrays, and the look is checked."""

    def __post_init__(self) -> None:
        """Check the names of colours, symbols and palettes."""
        for name, value in arrays(self):
            if isinstance(value, list | tuple):  # else a pytree of numbers, not an array
                object.__setattr__(self, name, jnp.asarray(value))
        for name, allowed in (("color", COLORS), ("symbol", SYMBOLS), ("palette", PALETTES)):
            if hasattr(self, name):
                one_of(name, type(self).__name__, getattr(self, name), tuple(allowed))


def mark(cls: type) -> type:
    """Make a class a mark: a frozen dataclass whose arrays are pytree leaves."""
    return jax.tree_util.register_dataclass(dataclass(frozen=True)(cls))


@mark
class Line(Mark):
    """A curve through the points (x, y).

    Args:
      x: shape (n,).
      y: shape (n,), or (m, n) for m curves that look alike.
      label: what it is called in the picture; None for nothing.
      color: "blue", "vermillion", "green", "purple", "orange", "sky", "ink" for the text's, or
        "muted" for a pale one. Each has a shade for dark pages.
      dash: whether it is dashed.
      width: of the line, in pixels.
      gaps: whether NaN says that there is nothing to show here; without it, a figure warns of it.

    Raises:
      ValueError: there is no colour of that name.
    """

    x: Any
    y: Any
    label: str | None = look(None)
    color: str = look("blue")
    dash: bool = look(False)
    width: float = look(2.0)
    gaps: bool = look(False)


@mark
class Points(Mark):
    """Symbols at (x, y), each of shape (n,) or a scalar.

    Args:
      x, y: where they are.
      label, color: as {class}`Line`.
      symbol: "circle", "square", "triangle", "diamond" or "cross".
      size: how wide a symbol is, in pixels.
      filled: whether a symbol is filled, or its outline alone is drawn.
      gaps: whether NaN says that there is nothing to show here; without it, a figure warns of it.

    Raises:
      ValueError: there is no colour or no symbol of that name.
    """

    x: Any
    y: Any
    label: str | None = look(None)
    color: str = look("blue")
    symbol: str = look("circle")
    size: float = look(5.0)
    filled: bool = look(True)
    gaps: bool = look(False)


@mark
class Arrows(Mark):
    """Arrows from (x, y) to (x + dx, y + dy), in units of the axes; shapes (n,) or scalars.

    Args:
      x, y: where they begin.
      dx, dy: how far they go.
      label, color, width, dash: as {class}`Line`.
      gaps: whether NaN says that there is nothing to show here; without it, a figure warns of it.

    Raises:
      ValueError: there is no colour of that name.
    """

    x: Any
    y: Any
    dx: Any
    dy: Any
    label: str | None = look(None)
    color: str = look("blue")
    width: float = look(1.5)
    dash: bool = look(False)
    gaps: bool = look(False)


@mark
class Heatmap(Mark):
    """Values on a grid.

    Its rows are equally high in the picture and its columns equally wide: on a logarithmic axis
    they stand in equal ratios, as `jnp.geomspace` does.

    Args:
      z: shape (rows, columns); row 0 lies at the first of the `y` ends.
      x, y: the ends of the axes that the grid covers; a picture with its first row on top has
        `y=(rows, 0)`.
      label: what the values are, in a legend with the range of the palette; None for no legend.
      palette: "sequential", "diverging", whose middle is 0 by default, or "ink", from nothing to
        the text's colour.
      domain: the values that the palette's ends stand for; None for those present.
      gaps: whether NaN says that there is nothing to show here; without it, a figure warns of it.

    Raises:
      ValueError: there is no palette of that name.
    """

    z: Any
    x: tuple[float, float] = look((0.0, 1.0))
    y: tuple[float, float] = look((0.0, 1.0))
    label: str | None = look(None)
    palette: str = look("sequential")
    domain: tuple[float, float] | None = look(None)
    gaps: bool = look(False)


@mark
class Rule(Mark):
    """A straight line across the picture at a value of x or of y (scalars).

    Args:
      x, y: one of the two, where it crosses that axis.
      label, color, dash: as {class}`Line`.
      gaps: whether NaN says that there is nothing to show here; without it, a figure warns of it.

    Raises:
      ValueError: there is no colour of that name.
    """

    x: Any = None
    y: Any = None
    label: str | None = look(None)
    color: str = look("muted")
    dash: bool = look(True)
    gaps: bool = look(False)


@mark
class Text(Mark):
    """A word at (x, y), scalars; dx and dy move it by pixels.

    Args:
      x, y: where it stands, in units of the axes.
      text: the word, typeset as the label of an {class}`Axis`.
      color: as {class}`Line`.
      anchor: which part of the word stands there, "start", "middle" or "end".
      dx, dy: by how many pixels it is moved to the right and down.
      gaps: whether NaN says that there is nothing to say here; without it, a figure warns of it.

    Raises:
      ValueError: there is no colour of that name.
    """

    x: Any
    y: Any
    text: str = look("")
    color: str = look("ink")
    anchor: str = look("middle")
    dx: float = look(0.0)
    dy: float = look(0.0)
    gaps: bool = look(False)


@mark
class Readout:
    """A number in words below the picture.

    Args:
      value: a scalar.
      label: what it is.
      format: how it is written: ".3g" with three digits, and a power of ten below 10⁻³; ".2e" as
        a power of ten, ".1f" with one decimal, ".0%" as a percentage, "d" as a whole number. A "+"
        in front shows the sign.
      column: for readouts that are compared: those of one label stand in a row of a table, each in
        the column of this name.
      gaps: whether NaN says that there is nothing to show, which a dash then does.

    Raises:
      ValueError: there is no such format.
    """

    value: Any
    label: str = look("")
    format: str = look(".3g")
    column: str | None = look(None)
    gaps: bool = look(False)

    def __post_init__(self) -> None:
        """Check that there is such a format."""
        if not FORMAT.fullmatch(self.format):
            raise ValueError(
                f"`format` of `Readout` must be a format such as '.3g', '.2e' or 'd', but it is "
                f"{self.format!r}."
            )


@dataclass(frozen=True)
class Axis:
    """An axis: its label (symbol and meaning), its scale, its ends and its ticks.

    Args:
      label: plain text; Unicode holds the symbols, and "θ_AB", "x^2" and "10^{−3}" are typeset,
        as in the labels of marks and readouts.
      scale: "linear" or "log".
      domain: the two ends; None for an end that the Explorer finds: there, all numbers are in sight
        at the defaults and, within reason, at the ends of the controls.
      ticks: for an axis of categories, the name at 0, 1, 2, …
      grows: whether each of the ends moves outwards when the numbers pass it, and stays there until
        the reader resets the figure; by default, an end that isn't in `domain` does.

    Raises:
      ValueError: the scale is none of these; `domain` hasn't two ends, or they don't differ, or one
        is not above 0 on a logarithmic scale; a logarithmic axis has `ticks`.
    """

    label: str
    scale: str = "linear"
    domain: tuple[float | None, float | None] | None = None
    ticks: tuple[str, ...] | None = None
    grows: tuple[bool, bool] | None = None

    def __post_init__(self) -> None:
        """Check the scale and the ends."""
        one_of("scale", "Axis", self.scale, SCALES)
        if self.domain is not None and len(self.domain) != 2:
            raise ValueError(f"`domain` of `Axis` must be two ends, but it is {self.domain!r}.")
        ends = [end for end in self.domain or () if end is not None]
        if len(ends) == 2 and ends[0] == ends[1]:
            raise ValueError(
                f"The ends of `domain` of `Axis` must differ, but they are {self.domain!r}."
            )
        if self.scale == "log" and any(end <= 0 for end in ends):
            raise ValueError(
                f"`domain` of `Axis` must be above 0 on a logarithmic scale, but it is "
                f"{self.domain!r}."
            )
        if self.scale == "log" and self.ticks is not None:
            raise ValueError(
                "`scale` of `Axis` must be linear where it has `ticks`, which stand at 0, 1, 2, …, "
                "but it is log. Leave one of the two out."
            )
        if self.ticks is not None:
            object.__setattr__(self, "ticks", tuple(self.ticks))


@jax.tree_util.register_pytree_node_class
class Picture:
    """Marks on a pair of axes.

    Args:
      *marks: what is drawn, the first at the back.
      x, y: the axes; a string is a linear axis with that label.
      title: a line above the picture.
      aspect: "equal" for the same length of a unit on both axes, which are linear then.
      width: how wide the picture is, relative to others beside it.
      drag: two controls, for x and for y: a handle stands at their settings, and the reader drags
        it to move both at once. The axes take the controls' scales, and their ranges unless they
        have ends of their own.
      named_at_ends: whether the names of lines stand at their right ends, in place of a legend.

    Raises:
      ValueError: something that is drawn isn't a mark; `aspect` is anything else; `drag` isn't two
        names.

    >>> from lib.figures import Line, Picture
    >>> curve = Picture(Line([0.0, 1.0], [1.0, 2.0]), x="time t", y="position x")
    >>> curve.x.label
    'time t'
    """

    def __init__(
        self,
        *marks: Any,
        x: str | Axis,
        y: str | Axis,
        title: str | None = None,
        aspect: str | None = None,
        width: float = 1.0,
        drag: tuple[str, str] | None = None,
        named_at_ends: bool = False,
    ):
        """Check that everything drawn is a mark."""
        for number, item in enumerate(marks):
            if not isinstance(item, Mark):
                raise ValueError(
                    f"The arguments of `Picture` must be marks (Line, Points, Arrows, Heatmap, "
                    f"Rule, Text), but number {number} is {kind(item)}."
                )
        if aspect not in (None, "equal"):
            raise ValueError(
                f"`aspect` of `Picture` must be None or 'equal', but it is {aspect!r}."
            )
        self.marks = marks
        self.x = Axis(x) if isinstance(x, str) else x
        self.y = Axis(y) if isinstance(y, str) else y
        if drag is not None and (isinstance(drag, str) or len(drag) != 2):
            raise ValueError(
                f"`drag` of `Picture` must be the names of two controls, but it is {drag!r}."
            )
        self.title, self.aspect, self.width = title, aspect, width
        self.drag = None if drag is None else tuple(drag)
        self.named_at_ends = named_at_ends

    def tree_flatten(self) -> tuple[tuple, tuple]:
        """The marks, and what is fixed about the picture."""
        fixed = {name: value for name, value in vars(self).items() if name != "marks"}
        return self.marks, tuple(fixed.items())

    @classmethod
    def tree_unflatten(cls, fixed: tuple, marks: Sequence) -> Picture:
        """A picture of the same kind with other marks."""
        picture = object.__new__(cls)
        vars(picture).update(fixed, marks=tuple(marks))
        return picture

    def on(self, x: Axis, y: Axis) -> Picture:
        """The same picture on other axes."""
        picture = object.__new__(Picture)
        vars(picture).update(vars(self), x=x, y=y)
        return picture


def as_parts(picture: Any) -> tuple[Picture | Readout, ...]:
    """The pictures and readouts of a figure, given one or a sequence."""
    parts = tuple(picture) if isinstance(picture, tuple | list) else (picture,)
    for number, part in enumerate(parts):
        if not isinstance(part, Picture | Readout):
            raise ValueError(
                f"`picture` must return a Picture, or a list of Pictures and Readouts, but part "
                f"{number} is {kind(part)}."
            )
    if not any(isinstance(part, Picture) for part in parts):
        raise ValueError("`picture` must return at least one Picture, but it returned none.")
    return parts


def arrays(item: Any) -> Iterator[tuple[str, Any]]:
    """The names and arrays of a mark or readout."""
    for entry in fields(item):
        if not entry.metadata.get("static") and getattr(item, entry.name) is not None:
            yield entry.name, getattr(item, entry.name)


def check_shapes(parts: Sequence[Picture | Readout]) -> None:
    """Raise where the arrays of a mark don't fit together; the mark and shapes are named."""
    for part in parts:
        for item in part.marks if isinstance(part, Picture) else (part,):
            shapes = {name: np.shape(value) for name, value in arrays(item)}
            problem = shape_problem(item, shapes)
            if problem:
                given = ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "neither"
                raise ValueError(
                    f"`{type(item).__name__}` must have {problem}, but it has {given}."
                )


def shape_problem(item: Any, shapes: dict[str, tuple[int, ...]]) -> str | None:
    """What a mark's shapes should have been, or None."""
    if isinstance(item, Line):
        x, y = shapes["x"], shapes["y"]
        fits = len(x) == 1 and len(y) in (1, 2) and y[-1:] == x
        return None if fits else "x of shape (n,) and y of shape (n,) or (m, n)"
    if isinstance(item, Heatmap):
        return None if len(shapes["z"]) == 2 else "z of shape (rows, columns)"
    if isinstance(item, Rule):
        fits = len(shapes) == 1 and set(shapes.values()) == {()}
        return None if fits else "either x or y, a scalar"
    if isinstance(item, Text | Readout):
        return None if set(shapes.values()) == {()} else "scalars"
    long = {shape for shape in shapes.values() if shape}
    fits = len(long) <= 1 and all(len(shape) == 1 for shape in long)
    return None if fits else "scalars and arrays of one shape (n,)"


def check_scales(parts: Sequence[Picture | Readout]) -> None:
    """Raise where a picture asks of a logarithmic axis what only a linear one has."""
    for part in parts:
        if not isinstance(part, Picture):
            continue
        for which in ("x", "y"):
            if getattr(part, which).scale != "log":
                continue
            if part.aspect:
                raise ValueError(
                    f"`aspect` of `Picture` must be None where an axis is logarithmic, as its "
                    f"{which} axis is, but it is {part.aspect!r}. Leave it out, or make the scales "
                    f"linear."
                )
            for item in part.marks:
                ends = getattr(item, which) if isinstance(item, Heatmap) else (1.0,)
                if min(ends) <= 0:
                    raise ValueError(
                        f"`{which}` of `Heatmap` must be above 0 on a logarithmic axis, but it is "
                        f"{ends!r}. Pass the ends that the grid covers."
                    )


def specification(parts: Sequence[Picture | Readout]) -> dict[str, Any]:
    """What the page needs to draw a figure; an array is its place among the leaves."""
    leaves, structure = jax.tree.flatten(tuple(parts))
    numbered = jax.tree.unflatten(structure, range(len(leaves)))
    return {
        "leaves": [{"shape": list(np.shape(leaf))} for leaf in leaves],
        "pictures": [
            {
                "title": part.title,
                "aspect": part.aspect,
                "width": part.width,
                "drag": part.drag,
                "named_at_ends": part.named_at_ends,
                "x": vars(part.x),
                "y": vars(part.y),
                "marks": [{"type": type(m).__name__.lower(), **vars(m)} for m in part.marks],
            }
            for part in numbered
            if isinstance(part, Picture)
        ],
        "readouts": [vars(part) for part in numbered if isinstance(part, Readout)],
    }
