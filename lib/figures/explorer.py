"""The Explorer: a JAX function, the controls that move its arguments, and the picture it gives.

One declaration serves three hosts. With a kernel, an anywidget view asks Python for what the jitted
function returns. On the static page, the cell's HTML holds the function as JavaScript; controls and
pictures are the same. Without JavaScript there is the Matplotlib picture at the default settings.
"""

from __future__ import annotations

import base64
import contextlib
import html
import inspect
import json
import os
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import ipywidgets
import jax
import numpy as np
import traitlets
from IPython.display import display

from lib.figures import assets, axes, static
from lib.figures.code import UntranslatableError
from lib.figures.controls import Control
from lib.figures.javascript import JavaScript, to_javascript
from lib.figures.marks import (
    Axis,
    Picture,
    as_parts,
    check_scales,
    check_shapes,
    specification,
)
from lib.figures.words import unbroken


class Computed(NamedTuple):
    """What a figure's function returns at some settings, and the picture of it."""

    value: Any
    parts: tuple


class Explorer:
    """A figure whose controls recompute a JAX function, with a kernel or without one.

    Args:
      function: pure JAX; its arguments are the controls' names, its result any pytree of arrays
        (a dict reads best).
      controls: one for each argument, e.g. `[learning_rate(1e-3, 0.3, 0.05), seed()]`.
      picture: takes the function's result and returns a `Picture`, or a list of `Picture`s and
        `Readout`s. It runs inside the translated function, so it may compute with jax.numpy.
      alt: what the default picture shows, for readers who don't see it.
      caption: above the pictures. Its first sentence, set in bold, says what there is to see.
      name: the figure's name in the page's addresses; by default the function's.
      linked_to: another Explorer on the same page: the controls that both have under one name move
        together.

    Raises:
      ValueError: `function` isn't callable; a control has no argument, an argument no control or
        two of them; `alt` is empty; a part isn't a Picture or Readout; arrays don't fit together;
        what a picture asks of a logarithmic axis only a linear one has;
        a picture is dragged by what isn't two of the sliders; the default picture isn't finite, but
        for NaN in marks with `gaps`; the `domain` of an axis shows nothing of it;
        `linked_to` has no control in common, or declares it differently.
      UntranslatableError: when the figure is shown or saved: the function can't be translated.

    `controls` holds its widgets by name and `value` what the function returns at their settings, as
    the example shows. `save("figure.html")` writes it as a page of its own, and
    `save("figure.mjs")` as a module for sites that show anywidgets.

    Explained in {ref}`how-the-figures-work`.

    >>> import jax.numpy as jnp
    >>> from lib.figures import Explorer, Line, Picture, number
    >>> t = jnp.linspace(0, 6, 50)
    >>> wave = Explorer(
    ...     lambda frequency: jnp.sin(frequency * t),
    ...     controls=[number("frequency", 1, 5, 2)],
    ...     picture=lambda y: Picture(Line(t, y), x="time t", y="height y"),
    ...     alt="A sine wave.",
    ...     name="wave",
    ... )
    >>> wave
    Explorer(wave; frequency=2)
    >>> wave.controls["frequency"].value = 3
    >>> bool(jnp.allclose(wave.value, jnp.sin(3 * t)))
    True
    """

    def __init__(
        self,
        function: Callable,
        *,
        controls: Sequence[Control],
        picture: Callable[[Any], Any],
        alt: str,
        caption: str = "",
        name: str | None = None,
        linked_to: Explorer | None = None,
    ):
        """Check the declaration and compute the default picture."""
        self.function, self.picture, self.alt = function, picture, alt
        self.caption = unbroken(caption)
        self.declared = {control.name: control for control in controls}
        check_arguments(function, controls)
        self.name = (name or function.__name__).replace("_", "-")
        if not alt.strip():
            raise ValueError("`alt` must describe the default picture, but it is empty.")
        self.linked_to = linked_to
        if linked_to is not None:
            check_shared(self.declared, linked_to)
        self.moving = False
        self.compute = jax.jit(self.value_and_parts)
        _, parts = self.run(self.defaults)
        check_shapes(parts)
        check_scales(parts)
        check_finite(parts, self.defaults)
        self.default_parts = axes.settle(parts, self.parts_at_the_ends)

    @property
    def defaults(self) -> dict[str, float]:
        """The setting that each control starts at."""
        return {name: control.default for name, control in self.declared.items()}

    @property
    def settings(self) -> dict[str, float]:
        """The setting that each control stands at, as the page has it at that place."""
        return {
            name: self.declared[name].setting(widget.value)
            for name, widget in self.controls.items()
        }

    @property
    def group(self) -> str:
        """What linked figures have in common: the name of the first of them."""
        return self.name if self.linked_to is None else self.linked_to.group

    @property
    def value(self) -> Any:
        """What the function returns at the present settings, as NumPy arrays."""
        return self.run(self.settings).value

    def __repr__(self) -> str:
        """The name and the default settings; the same in every run."""
        settings = ", ".join(f"{name}={value:g}" for name, value in self.defaults.items())
        return f"Explorer({self.name}; {settings})"

    def arguments(self, settings: dict[str, float]) -> list[np.generic]:
        """Settings in the order and dtypes of the function's arguments."""
        return [control.value(settings[name]) for name, control in self.declared.items()]

    def value_and_parts(self, *arguments: Any) -> tuple[Any, tuple]:
        """The function's result and the picture of it."""
        value = self.function(**dict(zip(self.declared, arguments, strict=True)))
        return value, on_controls(as_parts(self.picture(value)), self.declared)

    def run(self, settings: dict[str, float]) -> Computed:
        """Both at given settings, as NumPy arrays."""
        return jax.tree.map(np.asarray, Computed(*self.compute(*self.arguments(settings))))

    def parts_at_the_ends(self) -> list[tuple]:
        """The picture with each control at either of its ends, the others at their defaults."""
        ends = [{n: end} for n, c in self.declared.items() for end in (c.minimum, c.maximum)]
        return [self.run(self.defaults | end).parts for end in ends]

    def leaves(self, settings: dict[str, float]) -> list[np.ndarray]:
        """The numbers that the picture draws, in the order in which the page has them."""
        return jax.tree.leaves(self.run(settings).parts)

    @cached_property
    def javascript(self) -> JavaScript:
        """The picture's numbers as a JavaScript function of the controls."""
        try:
            return to_javascript(
                lambda *arguments: self.value_and_parts(*arguments)[1],
                *self.arguments(self.defaults),
            )
        except UntranslatableError as error:
            raise UntranslatableError(f"in the figure '{self.name}': {error}") from None

    @cached_property
    def specification(self) -> dict[str, Any]:
        """Everything but the function that the page needs: controls, axes, marks, words."""
        return {
            "name": self.name,
            "group": self.group,
            "alt": self.alt,
            "caption": self.caption,
            "controls": [control.specification() for control in self.declared.values()],
            **specification(self.default_parts),
        }

    @cached_property
    def controls(self) -> dict[str, ipywidgets.Widget]:
        """Sliders and menus by name; read, set, observe, link or show them: the figure follows."""
        widgets = {name: control.widget() for name, control in self.declared.items()}
        for name, widget in widgets.items():
            if self.linked_to is not None and name in self.linked_to.declared:
                traitlets.link((self.linked_to.controls[name], "value"), (widget, "value"))
            widget.observe(lambda _: self.redraw(), "value")
        return widgets

    @cached_property
    def view(self) -> anywidget.AnyWidget:
        """The figure with a kernel: it redraws whenever its `data` change."""
        settings = self.settings
        view = view_class()(
            spec=self.specification, settings=settings, data=packed(self.leaves(settings))
        )
        view.observe(lambda change: self.answer(**change["new"]), "asked")
        return view

    def answer(self, number: float, settings: dict[str, float]) -> None:
        """Do what the reader asked for in the view, and say to which request this is the answer."""
        with self.view.hold_sync():
            try:
                self.move(settings)
            finally:
                self.view.answered = number

    def move(self, settings: dict[str, float]) -> None:
        """Set several controls, then draw once; where one of them is refused, none moves.

        Args:
          settings: what to set, by name; the other controls stay.

        Raises:
          ValueError: a name or value that the figure doesn't have.
        """
        now = self.settings
        changed = {name: value for name, value in settings.items() if value != now.get(name)}
        if not changed:
            return
        before = {name: widget.value for name, widget in self.controls.items()}
        self.moving = True
        try:
            check_settings(changed, self.declared)
            for name, value in changed.items():
                self.controls[name].value = value
        except Exception:
            # Who else observes or links a control may refuse what the control itself takes.
            for name, value in before.items():
                with contextlib.suppress(Exception):
                    self.controls[name].value = value
            raise
        finally:
            self.moving = False
            self.redraw()

    def redraw(self) -> None:
        """Compute at the present settings and show the result."""
        if "view" not in vars(self) or self.moving:
            return
        settings = self.settings
        with self.view.hold_sync():
            self.view.data = packed(self.leaves(settings))
            self.view.settings = settings

    @cached_property
    def png(self) -> bytes:
        """The Matplotlib picture at the default settings."""
        return static.png(static.draw(self.default_parts, self.defaults))

    @cached_property
    def html(self) -> str:
        """The figure for a static page: the function, the controls' ranges and a picture."""
        image = base64.b64encode(self.png).decode()
        width, height = struct.unpack(">II", self.png[16:24])  # the page keeps the place
        # "</" would end the script element that the text stands in.
        spec = json.dumps(self.specification, ensure_ascii=False).replace("</", "<\\/")
        source = self.javascript.source.replace("</", "<\\/")
        return (
            f'<geometry-explorer id="explorer-{html.escape(self.name)}">\n'
            f'<figure class="gx-figure"><figcaption>{captioned(self.caption)}</figcaption>'
            f'<img class="gx-fallback" src="data:image/png;base64,{image}" '
            f'width="{width}" height="{height}" alt="{html.escape(self.alt)}"></figure>\n'
            f'<script type="application/json" class="gx-spec">{spec}</script>\n'
            f'<script type="text/plain" class="gx-function">{source}</script>\n'
            "</geometry-explorer>"
        )

    def save(self, path: str | Path) -> None:
        """Write the figure as one file that works by itself, by the ending of its name.

        A page, "figure.html", opens from a disk or a server. A module, "figure.mjs", is for the
        directive `{anywidget}` of MyST and whatever else shows anywidgets:
        `export default {render}`. Values in the directive's body, by the names of controls, are
        where the figure starts.

        Args:
          path: the file to write, e.g. "figure.html" or "figure.mjs".

        Raises:
          ValueError: the name ends in neither.
          UntranslatableError: the function can't be translated.
        """
        path = Path(path)
        if path.suffix == ".html":
            text = assets.page(self.name, self.html)
        elif path.suffix == ".mjs":
            text = assets.figure_module(self.html)
        else:
            raise ValueError(
                f"`path` must end in .html for a page or in .mjs for a module, but it is "
                f"{str(path)!r}."
            )
        path.write_text(text, encoding="utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The figure in each form that a front end may choose."""
        forms = {
            "text/html": self.html,
            "image/png": base64.b64encode(self.png).decode(),
            "text/plain": repr(self),
        }
        view, metadata = self.view._repr_mimebundle_()
        if not saves_outputs():
            return {**view, **forms}, metadata
        # Jupyter shows a saved widget as an error once its kernel is gone: an output of its own
        # before it stands in for it then.
        display(forms | {"text/html": stand_in(self.name, self.html)}, raw=True)
        return {**view, "text/plain": ""}, metadata


def saves_outputs() -> bool:
    """Whether a front end of a Jupyter server shows the outputs, and saves them in a notebook."""
    return "JPY_SESSION_NAME" in os.environ


def stand_in(name: str, figure: str) -> str:
    """A figure's HTML for an output before its widget: shown where no widget is.

    A saved notebook says how to get the widget back. One output of a Jupyter front end is a
    `.jp-OutputArea-child`; a live widget holds a `.gx-kernel`.
    """
    asleep = (
        '<p class="gx-asleep"><em>This figure is asleep, as its kernel is not running: it shows '
        "its first settings. Run this cell and those above it to wake it.</em></p>"
    )
    output = ".jp-OutputArea-child"
    return (
        f"<style>\n{output}:has(.gx-stand-in):has(+ {output} .gx-kernel),\n"
        f"{output}:has(.gx-stand-in) + {output}:not(:has(.gx-kernel)) {{ display: none; }}\n"
        f'</style>\n<div class="gx-stand-in" data-figure="{html.escape(name)}">\n{figure}\n{asleep}'
        "\n</div>"
    )


def captioned(caption: str) -> str:
    """A caption as HTML, its first sentence, the claim, set off from what follows."""
    claim, _, rest = re.sub(r"(?<=[.?!]) ", "\n", caption, count=1).partition("\n")
    return f'<b class="gx-claim">{html.escape(claim)}</b> {html.escape(rest)}'.rstrip()


def check_arguments(function: Callable, controls: Sequence[Control]) -> None:
    """Raise where controls and the function's arguments don't match one to one."""
    if not callable(function):
        raise ValueError(
            f"`function` must be a JAX function, but it is the {type(function).__name__} "
            f"{function!r}. Pass the function itself, not the value it returns."
        )
    names = [control.name for control in controls]
    wanted = list(inspect.signature(function).parameters)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"`controls` must be one for each argument, but there are two or more for "
            f"{', '.join(twice)}. Give each one control."
        )
    missing = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in wanted]
    if missing or unknown:
        raise ValueError(
            f"`controls` must be one for each of {', '.join(wanted)}, but missing are: "
            f"{', '.join(missing) or 'none'}, and unknown are: {', '.join(unknown) or 'none'}."
        )


def check_settings(settings: dict[str, float], declared: dict[str, Control]) -> None:
    """Raise where settings name a control that isn't declared or a value that it can't have."""
    for name, value in settings.items():
        if name not in declared:
            raise ValueError(
                f"`settings` must be values of {', '.join(declared)}, but there is one for "
                f"{name!r}."
            )
        declared[name].check(value)


def check_shared(declared: dict[str, Control], first: Explorer) -> None:
    """Raise where linked figures have no control in common, or declare it differently."""
    shared = [name for name in declared if name in first.declared]
    if not shared:
        raise ValueError(
            f"`linked_to` must be a figure with a control in common, but '{first.name}' has "
            f"{', '.join(first.declared)}, and this figure {', '.join(declared)}."
        )
    for name in shared:
        if declared[name] != first.declared[name]:
            raise ValueError(
                f"`linked_to` must share equal controls, but '{name}' is not that of "
                f"'{first.name}'. Declare it once, and give the same control to both figures."
            )


def on_controls(parts: Sequence[Any], declared: dict[str, Control]) -> tuple:
    """Give a picture that is dragged on the scales and ranges of its two controls."""
    return tuple(
        dragged(part, declared) if isinstance(part, Picture) and part.drag else part
        for part in parts
    )


def dragged(picture: Picture, declared: dict[str, Control]) -> Picture:
    """The same picture with axes that fit the controls which its handle moves."""

    def fitted(axis: Axis, name: str) -> Axis:
        control = declared.get(name)
        if control is None or not control.is_slider:
            sliders = ", ".join(name for name, c in declared.items() if c.is_slider)
            raise ValueError(
                f"`drag` of `Picture` must name two of the sliders {sliders}, but it names "
                f"{name!r}."
            )
        scale = "linear" if control.scale == "linear" else "log"
        return replace(axis, scale=scale, domain=axis.domain or (control.minimum, control.maximum))

    x, y = (fitted(*pair) for pair in zip((picture.x, picture.y), picture.drag, strict=True))
    return picture.on(x, y)


def check_finite(parts: Any, defaults: dict[str, float]) -> None:
    """Raise where the default picture holds NaN or an infinity."""
    items = [
        item for part in parts for item in (part.marks if isinstance(part, Picture) else (part,))
    ]

    def fits(item: Any) -> bool:
        leaves = map(np.asarray, jax.tree.leaves(item))
        gaps = getattr(item, "gaps", False)
        return all((np.isfinite(leaf) | (gaps & np.isnan(leaf))).all() for leaf in leaves)

    if not all(map(fits, items)):
        settings = ", ".join(f"{name}={value:g}" for name, value in defaults.items())
        raise ValueError(
            f"The numbers of `picture` must be finite at the default settings ({settings}), but "
            f"not all are. Choose defaults at which the function converges."
        )


def packed(leaves: Sequence[np.ndarray]) -> bytes:
    """Leaves as the view reads them: little-endian doubles, one behind the other."""
    return b"".join(np.asarray(leaf, "<f8").tobytes() for leaf in leaves)


@cache
def view_class() -> type[anywidget.AnyWidget]:
    """The view's class, made when the first figure is shown: it reads its script from files."""

    class View(anywidget.AnyWidget):
        """The figure in a notebook."""

        _esm = assets.widget_module()
        _css = assets.style()
        spec = traitlets.Dict().tag(sync=True)
        settings = traitlets.Dict().tag(sync=True)
        data = traitlets.Bytes().tag(sync=True)
        asked = traitlets.Dict().tag(sync=True)  # by the reader: a number of its own, and settings
        answered = traitlets.Float().tag(sync=True)  # the number of the last request that was done

    return View
