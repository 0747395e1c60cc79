"""The controls of a figure: what moves an argument of its function, on a page and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from lib.figures.marks import one_of

PLAYING = 6000  # milliseconds that a slider takes from end to end when it is played


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
      play: whether a button moves the slider from end to end.
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
    play: bool = False

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
            "play": self.play,
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

    def row(self, widget: ipywidgets.Widget) -> ipywidgets.Widget:
        """The control's widget, beside a button that plays it where it has one."""
        if not self.play:
            return widget
        steps = self.maximum - self.minimum
        button = ipywidgets.Play(min=self.minimum, max=self.maximum, interval=PLAYING / steps)
        ipywidgets.jslink((button, "value"), (widget, "value"))
        return ipywidgets.HBox([button, widget])


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
    play: bool = False,
) -> Control:
    """A slider over whole numbers, which reach the function as int32.

    With `play` a button moves it from end to end: for the step of a trajectory.
    """
    return Control(
        name,
        symbol,
        label or name.replace("_", " "),
        minimum,
        maximum,
        default,
        whole=True,
        format="d",
        play=play,
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
