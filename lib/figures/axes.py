"""Axes that stand still: where they end is settled once, when the figure is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lib.figures.marks import Arrows, Axis, Heatmap, Picture

ROOM = 0.04  # of an axis's length, beyond the numbers at either end
WIDER = 8.0  # times as long as at the defaults, up to which an end of a control may make an axis,
DECADES = 6.0  # and so many decades longer on a logarithmic scale
HUGE = 1e300  # beyond it the length of an axis would overflow

Ends = tuple[float, float]


def settle(parts: Sequence[Any], others: Callable[[], Iterable[Sequence[Any]]]) -> tuple:
    """The parts of a figure with axes that have both ends.

    An end that an axis doesn't declare lies where all of the numbers are in sight, at the defaults
    and at the ends of the controls, as far as that leaves the default picture large enough. The
    page moves it outwards where even more is needed, and never back.

    Args:
      parts: at the defaults.
      others: gives the parts at other settings; it is asked only where an axis needs them.

    Raises:
      ValueError: an axis's domain shows none of the default picture's numbers.
    """
    pictures = [part for part in parts if isinstance(part, Picture)]
    for n, picture in enumerate(pictures, 1):
        for which in ("x", "y"):
            check_domain(picture, which, n)
    wanted = any(is_open(axis) for picture in pictures for axis in (picture.x, picture.y))
    elsewhere = list(others()) if wanted else []
    return tuple(
        settled(part, [other[n] for other in elsewhere]) if isinstance(part, Picture) else part
        for n, part in enumerate(parts)
    )


def is_open(axis: Axis) -> bool:
    """Whether an end of an axis has yet to be found."""
    return not axis.ticks and (axis.domain is None or None in axis.domain)


def settled(picture: Picture, others: Sequence[Picture]) -> Picture:
    """One picture with both ends of both axes."""
    x, y = (
        settled_axis(getattr(picture, which), [numbers(p, which) for p in (picture, *others)], room)
        for which, room in (("x", room_of(picture)), ("y", room_of(picture)))
    )
    return picture.on(x, y)


def settled_axis(axis: Axis, found: Sequence[np.ndarray], room: float) -> Axis:
    """An axis with both ends; `found` are the numbers on it, those at the defaults first."""
    low, high = axis.domain or (None, None)
    named = axis.ticks and (-0.5, len(axis.ticks) - 0.5)
    ends = named or fitted(found, axis.scale == "log", room)
    grows = (low is None and not axis.ticks, high is None and not axis.ticks)
    domain = tuple(end if own is None else own for own, end in zip((low, high), ends, strict=True))
    return replace(axis, domain=domain, grows=grows if axis.grows is None else axis.grows)


def fitted(found: Sequence[np.ndarray], log: bool, room: float) -> Ends:
    """Ends with some room around the numbers."""
    spans = [span for values in found if (span := span_of(values, log))]
    if not spans:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = spans[0]
    length = high - low or abs(low)
    longest = length + DECADES if log else length * WIDER
    for start, end in spans[1:]:
        wide = min(low, start), max(high, end)
        if wide[1] - wide[0] <= longest:
            low, high = wide
    single = 0.5 if log else abs(low) * 0.1 or 0.5  # room around a single value
    extra = room and (single if low == high else (high - low) * room)
    ends = low - extra, high + extra
    return tuple(10.0**end for end in ends) if log else ends


def span_of(values: np.ndarray, log: bool) -> Ends | None:
    """The least and the largest of the numbers that an axis can show, on its scale."""
    shown = values[np.isfinite(values) & (np.abs(values) < HUGE) & ((values > 0) | (not log))]
    if shown.size == 0:
        return None
    ends = shown.min(), shown.max()
    return tuple(float(np.log10(end) if log else end) for end in ends)


def room_of(picture: Picture) -> float:
    """A heatmap fills its picture; around other marks there is some room."""
    return 0.0 if any(isinstance(mark, Heatmap) for mark in picture.marks) else ROOM


def numbers(picture: Picture, which: str) -> np.ndarray:
    """All numbers that a picture has on one of its axes."""
    found = []
    for mark in picture.marks:
        at = getattr(mark, which)
        if at is None:
            continue
        found.append(np.ravel(np.asarray(at, float)))
        if isinstance(mark, Arrows):
            found.append(np.ravel(np.asarray(at, float) + np.asarray(getattr(mark, f"d{which}"))))
    return np.concatenate(found) if found else np.zeros(0)


def check_domain(picture: Picture, which: str, n: int) -> None:
    """Raise where an axis's own domain shows none of the numbers that the picture has on it.

    A picture that is dragged has at least its handle in sight.
    """
    axis = getattr(picture, which)
    values = numbers(picture, which)
    values = values[np.isfinite(values)]
    if picture.drag or axis.domain is None or None in axis.domain or values.size == 0:
        return
    low, high = sorted(axis.domain)
    if not np.any((values >= low) & (values <= high)):
        raise ValueError(
            f"The `domain` of the {which} axis of picture {n} must show the default picture, but "
            f"it is {low:g} to {high:g}, and the numbers lie between {values.min():.3g} and "
            f"{values.max():.3g}. Widen it, or leave it out."
        )
