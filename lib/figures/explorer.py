"""The Explorer: a JAX function, the controls that move its arguments, and the picture it gives.

One declaration serves three hosts. With a kernel, ipywidgets controls call the jitted function and
an anywidget view redraws. On the static page, the cell's HTML holds the function as JavaScript and
the same view draws it. Without JavaScript there is the Matplotlib picture at the default settings.
"""

from __future__ import annotations

import base64
import html
import inspect
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import anywidget
import ipywidgets
import jax
import numpy as np
import traitlets

from lib.figures import static
from lib.figures.code import UntranslatableError
from lib.figures.javascript import JavaScript, to_javascript
from lib.figures.marks import as_parts, check_shapes, one_of, specification


@dataclass(frozen=True)
class Control:
    """A slider or a menu that moves one argument; made by `learning_rate`, `choice`, ….

    Attributes:
      name: the argument of the Explorer's function.
      symbol, label: how the reader sees it, e.g. "η" and "learning rate".
      minimum, maximum, default: its range and where it starts.
      scale: "linear", "log", or "log2" for powers of two.
      step: the step of a linear scale; None for 1/200 of the range.
      whole: whether it takes whole numbers, which reach the function as int32.
      options: for a menu, the names that the numbers 0, 1, 2, … stand for.
      format: how the number is written.
    """

    name: str
    symbol: str
    label: str
    minimum: float
    maximum: float
    default: float
    scale: str = "linear"
    step: float | None = None
    whole: bool = False
    options: tuple[str, ...] = ()
    format: str = ".3g"

    def __post_init__(self) -> None:
        """Check the range, the default and the scale."""
        one_of(f"{self.name}(scale=…)", self.scale, ("linear", "log", "log2"))
        if not self.minimum < self.maximum and not self.options:
            raise ValueError(
                f"{self.name}: expected minimum < maximum, got {self.minimum} and {self.maximum}"
            )
        if not self.minimum <= self.default <= self.maximum:
            raise ValueError(
                f"{self.name}: the default {self.default} lies outside of "
                f"[{self.minimum}, {self.maximum}]; move the default or widen the range"
            )
        if self.scale != "linear" and self.minimum <= 0:
            raise ValueError(
                f"{self.name}: a {self.scale} scale needs a minimum above 0, got {self.minimum}"
            )
        if self.scale == "log2" and any(
            not math.log2(x).is_integer() for x in (self.minimum, self.maximum, self.default)
        ):
            raise ValueError(
                f"{self.name}: a log2 scale needs powers of two, got minimum {self.minimum}, "
                f"maximum {self.maximum}, default {self.default}"
            )

    def value(self, number: float) -> np.generic:
        """A setting as the function receives it."""
        return np.int32(number) if self.whole else np.float64(number)

    def specification(self) -> dict[str, Any]:
        """What the page needs to build the control."""
        if self.options:
            return {
                "name": self.name,
                "symbol": self.symbol,
                "label": self.label,
                "kind": "choice",
                "options": list(self.options),
                "default": self.default,
            }
        return {
            "name": self.name,
            "symbol": self.symbol,
            "label": self.label,
            "kind": "number",
            "scale": self.scale,
            "min": self.minimum,
            "max": self.maximum,
            "step": self.slider_step if self.scale == "linear" else None,
            "default": self.default,
            "format": self.format,
        }

    @property
    def slider_step(self) -> float:
        """The step of a linear slider."""
        if self.step is not None:
            return self.step
        return 1 if self.whole else (self.maximum - self.minimum) / 200

    def widget(self) -> ipywidgets.Widget:
        """The control as an ipywidgets slider or menu."""
        shared = {
            "description": f"{self.symbol} {self.label}".strip(),
            "style": {"description_width": "12em"},
            "layout": {"width": "32em", "max_width": "100%"},
        }
        if self.options:
            choices = [(name, n) for n, name in enumerate(self.options)]
            return ipywidgets.Dropdown(options=choices, value=self.default, **shared)
        if self.scale == "log2":
            powers = range(int(math.log2(self.minimum)), int(math.log2(self.maximum)) + 1)
            return ipywidgets.SelectionSlider(
                options=[2**p for p in powers], value=self.default, **shared
            )
        ends = {"min": self.minimum, "max": self.maximum, "value": self.default}
        if self.scale == "log":
            low, high = math.log10(self.minimum), math.log10(self.maximum)
            return ipywidgets.FloatLogSlider(
                base=10,
                min=low,
                max=high,
                step=(high - low) / 200,
                value=self.default,
                readout_format=self.format,
                **shared,
            )
        slider = ipywidgets.IntSlider if self.whole else ipywidgets.FloatSlider
        return slider(step=self.slider_step, readout_format=self.format, **ends, **shared)


def number(
    name: str,
    minimum: float,
    maximum: float,
    default: float,
    *,
    symbol: str = "",
    label: str | None = None,
    scale: str = "linear",
    step: float | None = None,
    format: str = ".3g",
) -> Control:
    """A slider over real numbers for the argument `name`."""
    return Control(
        name,
        symbol,
        label or name.replace("_", " "),
        minimum,
        maximum,
        default,
        scale=scale,
        step=step,
        format=format,
    )


def whole_number(
    name: str,
    minimum: int,
    maximum: int,
    default: int,
    *,
    symbol: str = "",
    label: str | None = None,
) -> Control:
    """A slider over whole numbers, which reach the function as int32."""
    return Control(
        name,
        symbol,
        label or name.replace("_", " "),
        minimum,
        maximum,
        default,
        whole=True,
        format="d",
    )


def choice(
    name: str, options: Sequence[str], default: int = 0, *, label: str | None = None
) -> Control:
    """A menu; the function receives the number of the chosen option, counted from 0, as int32."""
    if not options or isinstance(options, str):
        raise ValueError(f"{name}(options=…): expected a list of names, got {options!r}")
    return Control(
        name,
        "",
        label or name.replace("_", " "),
        0,
        len(options) - 1,
        default,
        whole=True,
        options=tuple(options),
        format="d",
    )


def learning_rate(
    minimum: float,
    maximum: float,
    default: float,
    *,
    name: str = "learning_rate",
    symbol: str = "η",
    label: str = "learning rate",
) -> Control:
    """A slider over η > 0 on a logarithmic scale."""
    return number(name, minimum, maximum, default, symbol=symbol, label=label, scale="log")


def momentum(minimum: float = 0.0, maximum: float = 0.99, default: float = 0.9) -> Control:
    """A slider over μ in [0, 1)."""
    return number("momentum", minimum, maximum, default, symbol="μ", step=0.01, format=".2f")


def batch_size(minimum: int = 1, maximum: int = 256, default: int = 8) -> Control:
    """A slider over the powers of two, for B."""
    return Control(
        "batch_size",
        "B",
        "batch size",
        minimum,
        maximum,
        default,
        scale="log2",
        whole=True,
        format="d",
    )


def angle(
    minimum: float = 0.0,
    maximum: float = 90.0,
    default: float = 0.0,
    *,
    name: str = "angle",
    symbol: str = "θ",
    label: str = "angle in degrees",
) -> Control:
    """A slider over an angle in degrees."""
    return number(name, minimum, maximum, default, symbol=symbol, label=label, step=0.5)


def seed(maximum: int = 99, default: int = 0) -> Control:
    """A slider over seeds of random keys."""
    return whole_number("seed", 0, maximum, default)


class Explorer:
    """A figure whose controls recompute a JAX function, with a kernel or without one.

    Args:
      function: pure JAX; its arguments are the controls' names, its result any pytree of arrays
        (a dict reads best).
      controls: one for each argument, e.g. `[learning_rate(1e-3, 0.3, 0.05), seed()]`.
      picture: takes the function's result and returns a `Picture`, or a list of `Picture`s and
        `Readout`s. It runs inside the translated function, so it may compute with jax.numpy.
      alt: what the default picture shows, for readers who don't see it.
      caption: a sentence below the picture.
      name: the figure's name in the page's addresses; by default the function's.

    Raises:
      ValueError: a control without an argument or the reverse, a part that isn't a Picture or
        Readout, arrays that don't fit together, or a default picture that isn't finite.
      UntranslatableError: the function uses a primitive that has no JavaScript rule.

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
    ):
        """Check the declaration and compute the default picture."""
        self.function, self.picture, self.alt, self.caption = function, picture, alt, caption
        self.declared = {control.name: control for control in controls}
        check_arguments(function, controls)
        self.name = (name or function.__name__).replace("_", "-")
        if not alt.strip():
            raise ValueError("alt: expected a description of the default picture, got none")
        self.compute = jax.jit(self.value_and_parts)
        _, self.default_parts = self.run(self.defaults)
        check_shapes(self.default_parts)
        check_finite(self.default_parts, self.defaults)

    @property
    def defaults(self) -> dict[str, float]:
        """The setting that each control starts at."""
        return {name: control.default for name, control in self.declared.items()}

    @property
    def settings(self) -> dict[str, float]:
        """The setting that each control stands at."""
        return {name: widget.value for name, widget in self.controls.items()}

    @property
    def value(self) -> Any:
        """What the function returns at the present settings, as NumPy arrays."""
        return self.run(self.settings)[0]

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
        return value, as_parts(self.picture(value))

    def run(self, settings: dict[str, float]) -> tuple[Any, tuple]:
        """Both at given settings, as NumPy arrays."""
        return jax.tree.map(np.asarray, self.compute(*self.arguments(settings)))

    def leaves(self, settings: dict[str, float]) -> list[np.ndarray]:
        """The numbers that the picture draws, in the order in which the page has them."""
        return jax.tree.leaves(self.run(settings)[1])

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
            "alt": self.alt,
            "caption": self.caption,
            "controls": [control.specification() for control in self.declared.values()],
            **specification(self.default_parts),
        }

    @cached_property
    def controls(self) -> dict[str, ipywidgets.Widget]:
        """The sliders and menus by name; read, set, observe or link their `value`."""
        widgets = {name: control.widget() for name, control in self.declared.items()}
        for widget in widgets.values():
            widget.observe(lambda _: self.redraw(), "value")
        return widgets

    @cached_property
    def view(self) -> anywidget.AnyWidget:
        """The picture with a kernel: it redraws whenever its `data` change."""
        return view_class()(spec=self.specification, data=packed(self.leaves(self.settings)))

    def redraw(self) -> None:
        """Compute at the present settings and show the result."""
        if "view" in vars(self):
            self.view.data = packed(self.leaves(self.settings))

    @cached_property
    def box(self) -> ipywidgets.Widget:
        """Controls and picture together."""
        return ipywidgets.VBox([*self.controls.values(), self.view])

    @cached_property
    def png(self) -> bytes:
        """The Matplotlib picture at the default settings."""
        return static.png(static.draw(self.default_parts))

    @cached_property
    def html(self) -> str:
        """The figure for a static page: the function, the controls' ranges and a picture."""
        image = base64.b64encode(self.png).decode()
        # "</" would end the script element that the text stands in.
        spec = json.dumps(self.specification, ensure_ascii=False).replace("</", "<\\/")
        source = self.javascript.source.replace("</", "<\\/")
        return (
            f'<geometry-explorer id="explorer-{html.escape(self.name)}">\n'
            f'<figure class="gx-figure"><img class="gx-fallback" '
            f'src="data:image/png;base64,{image}" alt="{html.escape(self.alt)}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>\n"
            f'<script type="application/json" class="gx-spec">{spec}</script>\n'
            f'<script type="text/plain" class="gx-function">{source}</script>\n'
            "</geometry-explorer>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The figure in each form that a front end may choose."""
        widget = self.box._repr_mimebundle_() or {}
        return {
            **widget,
            "text/html": self.html,
            "image/png": base64.b64encode(self.png).decode(),
            "text/plain": repr(self),
        }


def check_arguments(function: Callable, controls: Sequence[Control]) -> None:
    """Raise where controls and the function's arguments don't match one to one."""
    if not callable(function):
        raise ValueError(f"function: expected a JAX function, got {type(function).__name__}")
    names = [control.name for control in controls]
    wanted = list(inspect.signature(function).parameters)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"controls: {', '.join(twice)} appear(s) twice; give each one control")
    missing = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in wanted]
    if missing or unknown:
        raise ValueError(
            f"controls: expected one for each of {', '.join(wanted)}; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )


def check_finite(parts: Any, defaults: dict[str, float]) -> None:
    """Raise where the default picture holds NaN or an infinity."""
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(parts)):
        settings = ", ".join(f"{name}={value:g}" for name, value in defaults.items())
        raise ValueError(
            f"picture: not all numbers are finite at the default settings ({settings}); "
            "choose defaults at which the function converges"
        )


def packed(leaves: Sequence[np.ndarray]) -> bytes:
    """Leaves as the view reads them: little-endian doubles, one behind the other."""
    return b"".join(np.asarray(leaf, "<f8").tobytes() for leaf in leaves)


@cache
def view_class() -> type[anywidget.AnyWidget]:
    """The view's class, made when the first figure is shown: it reads its script from files."""
    files = resources.files("lib.figures")
    scripts = [
        files.joinpath(name).read_text(encoding="utf-8")
        for name in ("vendor/plot.js", "explorer.js")
    ]

    class View(anywidget.AnyWidget):
        """The picture in a notebook."""

        _esm = "\n".join([*scripts, "export default globalThis.GeometryExplorer.widget;"])
        _css = files.joinpath("explorer.css").read_text(encoding="utf-8")
        spec = traitlets.Dict().tag(sync=True)
        data = traitlets.Bytes().tag(sync=True)

    return View
