"""The controls of a figure: what moves an argument of its function, on a page and in a notebook."""

from __future__ import annotations

import decimal
import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import ipywidgets
import numpy as np

from lib.figures.marks import one_of
from lib.figures.words import plain

PLAYING = 6000  # milliseconds that a slider takes from end to end when it is played
PLACES = 200  # of a slider without a step of its own
SAME = 1e-9  # of a step, up to which a number is the one of a slider's place

# Scale -> where a value stands on it, and back.
SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (float, float),
    "log": (math.log10, lambda x: 10.0**x),
    "log2": (math.log2, lambda x: 2.0**x),
}

# Argument -> the symbol and label of its slider wherever it appears, as on the notation's page.
SHARED = {
    name.strip("`"): (symbol.strip("$"), label)
    for symbol, name, label, _ in tomllib.loads(
        files("lib").joinpath("notation.toml").read_text(encoding="utf-8")
    )["controls"]
}


@dataclass(frozen=True)
class Control:
    """A slider, a menu or a button that moves one argument; made by `learning_rate`, `choice`, ….

    A slider has the places 0, 1, …, `places`, and the default on one of them. Their values are
    rounded to `digits`, so that what is shown is what is computed; a value that is typed or set may
    lie between them. page/controls.js computes the same, from the numbers in the specification.

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
      unit: what follows the number where it is read out, e.g. "°".
      seed: whether it is a seed: a button that takes the next one stands in the slider's place.

    Raises:
      ValueError: the scale is none of these; the minimum isn't below the maximum; the default lies
        outside; on a logarithmic scale, the minimum isn't above 0; on that of powers of two, an
        end or the default isn't one; the step doesn't divide the range.
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
    unit: str = ""
    seed: bool = False

    def __post_init__(self) -> None:
        """Check the range, the default and the scale."""
        one_of("scale", self.name, self.scale, tuple(SCALES))
        if not self.minimum < self.maximum and not self.options:
            raise ValueError(
                f"`{self.name}` must have its minimum below its maximum, but they are "
                f"{self.minimum} and {self.maximum}."
            )
        if not self.minimum <= self.default <= self.maximum:
            raise ValueError(
                f"The default of `{self.name}` must lie in [{self.minimum}, {self.maximum}], but "
                f"it is {self.default}. Move the default or widen the range."
            )
        if self.scale != "linear" and self.minimum <= 0:
            raise ValueError(
                f"The minimum of `{self.name}` must be above 0 for a {self.scale} scale, but it "
                f"is {self.minimum}."
            )
        if self.scale == "log2" and any(
            not math.log2(x).is_integer() for x in (self.minimum, self.maximum, self.default)
        ):
            raise ValueError(
                f"The ends and the default of `{self.name}` must be powers of two for a log2 "
                f"scale, but they are {self.minimum}, {self.maximum} and {self.default}."
            )
        if self.scale == "linear" and self.step is not None:
            steps = (self.maximum - self.minimum) / self.step
            if steps <= 0 or not math.isclose(steps, round(steps), rel_tol=SAME):
                end = rounded(self.minimum + math.ceil(steps) * self.step, 12)
                raise ValueError(
                    f"The `step` of `{self.name}` must divide its range, but {self.step} does not "
                    f"divide {self.minimum} to {self.maximum}. Take another step, or let the range "
                    f"end at {end:g}."
                )

    @property
    def is_slider(self) -> bool:
        """Whether the reader slides it: neither a menu nor a seed."""
        return not self.options and not self.seed

    def value(self, number: float) -> np.generic:
        """A setting as the function receives it."""
        return np.int32(number) if self.whole else np.float64(number)

    @property
    def span(self) -> tuple[float, float]:
        """Where the range begins and ends on the scale."""
        forth, _ = SCALES[self.scale]
        return forth(self.minimum), forth(self.maximum)

    @property
    def slider_step(self) -> float:
        """The distance of two of the slider's places on its scale."""
        if self.scale == "linear" and self.step is not None:
            return self.step
        low, high = self.span
        return 1 if self.whole else (high - low) / PLACES

    @property
    def origin(self) -> int:
        """The number of the place where the default is."""
        return self.steps_between(self.minimum, self.default)

    @property
    def places(self) -> int:
        """The number of the slider's last place."""
        return self.origin + self.steps_between(self.default, self.maximum)

    def steps_between(self, low: float, high: float) -> int:
        """Steps between the default and an end; the last may be half as long or half longer."""
        forth, _ = SCALES[self.scale]
        return max(round((forth(high) - forth(low)) / self.slider_step), int(low < high))

    @property
    def digits(self) -> int:
        """The digits of the places' values; on a log scale, as few as tell them apart."""
        if self.scale != "log":
            return 12
        return max(3, math.ceil(1 - math.log10(10.0**self.slider_step - 1)))

    def at(self, place: int) -> float:
        """The value of one of the slider's places."""
        if not 0 < place < self.places:
            return self.maximum if place > 0 else self.minimum
        if place == self.origin:
            return self.default
        forth, back = SCALES[self.scale]
        there = forth(self.default) + (place - self.origin) * self.slider_step
        if abs(there) < 1e-9 * self.slider_step:
            there = 0.0  # which 0.7 − 70 · 0.01 misses
        value = rounded(back(there), self.digits)
        return int(value) if self.whole else value

    def place(self, value: float) -> float:
        """Where a value stands among the slider's places."""
        if not self.minimum < value < self.maximum:
            return self.places if value > self.minimum else 0
        forth, _ = SCALES[self.scale]
        return self.origin + (forth(value) - forth(self.default)) / self.slider_step

    def setting(self, value: float) -> float:
        """What the control is set to when its widget has this value.

        On one of the slider's places it is what the page has there. The default stays as it is, and
        so does a value that was typed or set, between the places or on a range that was widened.
        """
        forth, _ = SCALES[self.scale]
        if value == self.default or (self.scale != "linear" and value <= 0):
            return value
        place = self.origin + (forth(value) - forth(self.default)) / self.slider_step
        nearest = round(place)
        known = -self.margin <= nearest <= self.places + self.margin
        same = math.isclose(value, self.at(nearest), rel_tol=SAME)
        return self.at(nearest) if known and (same or abs(place - nearest) <= SAME) else value

    @property
    def margin(self) -> int:
        """Steps by which the widget's range is longer, so that the default is a step of it."""
        return int(self.step is None and not self.whole)

    def check(self, value: float) -> None:
        """Check that the control can be set to a value.

        Raises:
          ValueError: the value isn't a finite number of the control's kind and range.
        """
        number = isinstance(value, int | float | np.number) and math.isfinite(value)
        inside = number and self.minimum <= value <= self.maximum
        if inside and self.scale == "log2":
            inside = math.log2(value).is_integer()
        elif inside and self.whole:
            inside = float(value).is_integer()
        if not inside:
            kind = "a whole number" if self.whole else "a number"
            kind = "a power of two" if self.scale == "log2" else kind
            raise ValueError(
                f"`{self.name}` must be {kind} from {self.minimum:g} to {self.maximum:g}, but it "
                f"is {value!r}."
            )

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
            "kind": "seed" if self.seed else "number",
            "scale": self.scale,
            "min": self.minimum,
            "max": self.maximum,
            "step": self.slider_step,
            "places": self.places,
            "origin": self.origin,
            "digits": self.digits,
            "default": self.default,
            "format": self.format,
            "unit": self.unit,
            "play": PLAYING if self.play else None,
        }

    def widget(self) -> ipywidgets.Widget:
        """The control as an ipywidgets slider, menu or, of a seed, field."""
        shared = {
            "description": plain(f"{self.symbol} {self.label}".strip()),
            "style": {"description_width": "12em"},
            "layout": {"width": "32em", "max_width": "100%"},
        }
        if self.options:
            choices = [(plain(name), n) for n, name in enumerate(self.options)]
            return ipywidgets.Dropdown(options=choices, value=self.default, **shared)
        if self.seed:
            return ipywidgets.BoundedIntText(
                min=self.minimum, max=self.maximum, value=self.default, **shared
            )
        if self.scale == "log2":
            powers = [self.at(place) for place in range(self.places + 1)]
            return ipywidgets.SelectionSlider(options=powers, value=self.default, **shared)
        low, high = self.span if self.scale == "log" else (self.minimum, self.maximum)
        if self.margin:
            # A widget's steps start at its lower end, and it sends back what it rounds to them.
            default = SCALES[self.scale][0](self.default)
            below, above = (
                math.ceil(abs(end - default) / self.slider_step - SAME) for end in (low, high)
            )
            low, high = default - below * self.slider_step, default + above * self.slider_step
        kinds = {"log": ipywidgets.FloatLogSlider, "linear": ipywidgets.FloatSlider}
        slider = ipywidgets.IntSlider if self.whole else kinds[self.scale]
        return slider(
            min=low,
            max=high,
            step=self.slider_step,
            value=self.default,
            readout_format=self.format,
            **shared,
        )


def rounded(value: float, digits: int) -> float:
    """A number of so many significant digits, halves away from zero, as JavaScript rounds them."""
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP)
    return float(context.create_decimal_from_float(value))


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
    unit: str = "",
) -> Control:
    """A slider over real numbers for the argument `name`.

    Args:
      name: the argument of the Explorer's function.
      minimum, maximum, default: its range, and where it starts.
      symbol, label: how the reader sees it, such as "η" and "learning rate"; by default the name.
      scale, step, format, unit: as the attributes of {class}`Control`.

    Raises:
      ValueError: as {class}`Control`.
    """
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
        unit=unit,
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

    Args:
      name: the argument of the Explorer's function.
      minimum, maximum, default: its range, and where it starts.
      symbol, label: how the reader sees it; by default the name.
      play: whether a button moves it from end to end, for the step of a trajectory.

    Raises:
      ValueError: as {class}`Control`.
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
    """A menu; the function receives the number of the chosen option, counted from 0, as int32.

    Args:
      name: the argument of the Explorer's function.
      options: the names that the reader chooses from.
      default: the number of the one at the start.
      label: how the reader sees the menu; by default the name.

    Raises:
      ValueError: `options` isn't a list of names; the default is the number of none of them.
    """
    if not options or isinstance(options, str):
        raise ValueError(f"`options` of `{name}` must be a list of names, but it is {options!r}.")
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
    symbol: str = SHARED["learning_rate"][0],
    label: str = SHARED["learning_rate"][1],
) -> Control:
    """A slider over η > 0 on a logarithmic scale, for the argument `learning_rate`.

    Args:
      minimum, maximum, default: its range, above 0, and where it starts.
      name, symbol, label: the argument, and how the reader sees it, where they are others.

    Raises:
      ValueError: as {class}`Control`.
    """
    return number(name, minimum, maximum, default, symbol=symbol, label=label, scale="log")


def momentum(minimum: float = 0.0, maximum: float = 0.99, default: float = 0.9) -> Control:
    """A slider over μ in [0, 1) in steps of 0.01, for the argument `momentum`.

    Args:
      minimum, maximum, default: its range, and where it starts.

    Raises:
      ValueError: as {class}`Control`.
    """
    symbol, label = SHARED["momentum"]
    shown = {"symbol": symbol, "label": label, "format": ".2f"}
    return number("momentum", minimum, maximum, default, step=0.01, **shown)


def batch_size(minimum: int = 1, maximum: int = 256, default: int = 8) -> Control:
    """A slider over the powers of two, for the argument `batch_size`; it reaches it as int32.

    Args:
      minimum, maximum, default: its range and where it starts, three powers of two.

    Raises:
      ValueError: as {class}`Control`.
    """
    return Control(
        "batch_size",
        *SHARED["batch_size"],
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
    symbol: str = SHARED["angle"][0],
    label: str = SHARED["angle"][1],
) -> Control:
    """A slider over an angle in steps of half a degree, for the argument `angle`.

    The function receives degrees.

    Args:
      minimum, maximum, default: its range and where it starts, in degrees.
      name, symbol, label: the argument, and how the reader sees it, where they are others.

    Raises:
      ValueError: as {class}`Control`.
    """
    return number(name, minimum, maximum, default, symbol=symbol, label=label, step=0.5, unit="°")


def seed(maximum: int = 99, default: int = 0) -> Control:
    """A button that draws new noise, for the argument `seed`.

    It takes the next of the seeds 0, 1, …, `maximum`, which reach the function as int32. After the
    last comes the first. The reader may type one as well.

    Args:
      maximum, default: the last seed, and the one at the start.

    Raises:
      ValueError: as {class}`Control`.
    """
    shared = SHARED["seed"]
    return Control("seed", *shared, 0, maximum, default, whole=True, format="d", seed=True)
