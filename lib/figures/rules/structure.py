"""Rules that move elements: views, slices, gathers and scatters, joins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from jax.lax import GatherScatterMode

from lib.figures.code import (
    Code,
    Index,
    Place,
    UntranslatableError,
    Value,
    big,
    emit,
    from_number,
    literal_text,
    moved,
    plus,
    times,
)
from lib.figures.rules.elementwise import (
    select,
    write_add,
    write_extreme,
    write_mul,
    write_sub,
)


def broadcast_in_dim(code: Code, equation: Any, x: Value, *_: Value) -> list[Value]:
    """Repeat along new dimensions, and along those of length one."""
    shape, dimensions = equation.params["shape"], equation.params["broadcast_dimensions"]
    if x.size < math.prod(shape) and not x.cheap:
        x = code.store(x)

    def to(i: Index) -> Index:
        return tuple(0 if n == 1 else i[d] for n, d in zip(x.shape, dimensions, strict=True))

    return [moved(x, shape, to)]


def reshape(code: Code, equation: Any, x: Value, *_: Value) -> list[Value]:
    """The same elements under another shape, in the same order or that of permuted dimensions."""
    if equation.params["dimensions"] is not None:
        x = transposed(x, equation.params["dimensions"])
    return [reshaped(code, x, tuple(equation.outvars[0].aval.shape))]


def reshaped(code: Code, x: Value, shape: tuple[int, ...]) -> Value:
    """The same elements in the same order under another shape."""
    long = [d for d, n in enumerate(x.shape) if n != 1]
    new_long = [d for d, n in enumerate(shape) if n != 1]
    if [x.shape[d] for d in long] == [shape[d] for d in new_long]:

        def to(i: Index) -> Index:
            inside: list[Place] = [0] * len(x.shape)
            for d, new in zip(long, new_long, strict=True):
                inside[d] = i[new]
            return tuple(inside)

        view = moved(x, shape, to)
        if x.buffer is not None and shape:
            return code.stored(x.buffer, shape, x.dtype)
        return view
    x = code.store(x)
    if x.buffer is None:
        raise UntranslatableError("internal: a reshaped array must be stored")
    return code.stored(x.buffer, shape, x.dtype)


def transpose(code: Code, equation: Any, x: Value) -> list[Value]:
    """Permuted dimensions."""
    return [transposed(x, equation.params["permutation"])]


def transposed(x: Value, permutation: Sequence[Any]) -> Value:
    """A view with permuted dimensions."""

    def to(i: Index) -> Index:
        inside: list[Place] = [0] * len(i)
        for new, old in enumerate(permutation):
            inside[old] = i[new]
        return tuple(inside)

    return moved(x, [x.shape[d] for d in permutation], to)


def reverse(code: Code, equation: Any, x: Value) -> list[Value]:
    """Reversed dimensions."""
    dimensions = equation.params["dimensions"]

    def to(i: Index) -> Index:
        return tuple(
            (n - 1 - k if not isinstance(k, str) else f"{n - 1} - {k}") if d in dimensions else k
            for d, (n, k) in enumerate(zip(x.shape, i, strict=True))
        )

    # A difference must not be split by a multiplication, so its index gets brackets.
    return [moved(x, x.shape, lambda i: tuple(grouped(k) for k in to(i)))]


def grouped(index: Place) -> Place:
    """An index expression in brackets where it has more than one term."""
    return f"({index})" if isinstance(index, str) and " " in index else index


def slice_(code: Code, equation: Any, x: Value) -> list[Value]:
    """A fixed slice, strides included."""
    starts = equation.params["start_indices"]
    strides = equation.params["strides"] or (1,) * len(starts)

    def to(i: Index) -> Index:
        return tuple(
            grouped(plus(times(k, stride), start))
            for k, start, stride in zip(i, starts, strides, strict=True)
        )

    return [moved(x, equation.outvars[0].aval.shape, to)]


def squeeze(code: Code, equation: Any, x: Value) -> list[Value]:
    """Without some dimensions of length one."""
    return [reshaped(code, x, tuple(equation.outvars[0].aval.shape))]


def clamped_starts(code: Code, starts: Sequence[Value], room: Sequence[Any]) -> list[Place]:
    """The corner of a window, moved so that the window lies inside, as JAX does."""
    corner: list[Place] = []
    for start, most in zip(starts, room, strict=True):
        if most == 0:
            corner.append(0)
        elif start.literal is not None:
            corner.append(min(max(int(start.literal), 0), most))
        else:
            text = f"Math.min(Math.max({code.index(start)}, 0), {most})"
            corner.append(code.scalar(np.dtype("int32"), text).at(()))
    return corner


def shifted(index: Index, corner: Sequence[Place]) -> Index:
    """An index counted from a corner."""
    return tuple(grouped(plus(k, c)) for k, c in zip(index, corner, strict=True))


def dynamic_slice(code: Code, equation: Any, x: Value, *starts: Value) -> list[Value]:
    """A window at a computed place."""
    sizes = equation.params["slice_sizes"]
    x = x if x.cheap else code.store(x)
    corner = clamped_starts(code, starts, [n - s for n, s in zip(x.shape, sizes, strict=True)])
    return [moved(x, sizes, lambda i: shifted(i, corner))]


def dynamic_update_slice(
    code: Code, equation: Any, x: Value, update: Value, *starts: Value
) -> list[Value]:
    """x with a window at a computed place overwritten."""
    room = [n - s for n, s in zip(x.shape, update.shape, strict=True)]
    corner = clamped_starts(code, starts, room)
    update = code.store(update) if update.sources & code.free else update
    target = code.updated(x)
    with code.loops(update.shape) as i:
        code.write(target, shifted(i, corner), update.at(i))
    return [target]


def concatenate(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """Arrays one behind the other."""
    axis = equation.params["dimension"]
    target = code.buffer(equation.outvars[0].aval.shape, inputs[0].dtype)
    offset = 0
    for x in inputs:
        with code.loops(x.shape) as i:
            corner = [offset if d == axis else 0 for d in range(len(x.shape))]
            code.write(target, shifted(i, corner), x.at(i))
        offset += x.shape[axis]
    return [target]


def stack(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """Arrays side by side along a new axis."""
    axis = equation.params["axis"]
    target = code.buffer(equation.outvars[0].aval.shape, inputs[0].dtype)
    for n, x in enumerate(inputs):
        with code.loops(x.shape) as i:
            code.write(target, (*i[:axis], n, *i[axis:]), x.at(i))
    return [target]


def unstack(code: Code, equation: Any, x: Value) -> list[Value]:
    """The slices along an axis."""
    axis, shape = equation.params["axis"], equation.outvars[0].aval.shape
    return [moved(x, shape, lambda i, n=n: (*i[:axis], n, *i[axis:])) for n in range(x.shape[axis])]


def tile(code: Code, equation: Any, x: Value) -> list[Value]:
    """Copies of an array side by side."""
    x = x if x.cheap else code.store(x)
    shape = equation.outvars[0].aval.shape

    def to(i: Index) -> Index:
        return tuple(
            k if n == m else k % n if not isinstance(k, str) else f"({grouped(k)} % {n})"
            for k, n, m in zip(i, x.shape, shape, strict=True)
        )

    return [moved(x, shape, to)]


def split(code: Code, equation: Any, x: Value) -> list[Value]:
    """Consecutive pieces along an axis."""
    axis, offset, pieces = equation.params["axis"], 0, []
    for length, variable in zip(equation.params["sizes"], equation.outvars, strict=True):
        corner = [offset if d == axis else 0 for d in range(len(x.shape))]
        pieces.append(moved(x, variable.aval.shape, lambda i, c=corner: shifted(i, c)))
        offset += length
    return pieces


def pad(code: Code, equation: Any, x: Value, padding: Value) -> list[Value]:
    """Room between and around the elements; a negative width cuts."""
    widths = equation.params["padding_config"]
    shape = equation.outvars[0].aval.shape
    target = code.buffer(shape, x.dtype)
    with code.loops(shape) as i:
        code.write(target, i, padding.at(()))
    with code.loops(x.shape) as i:
        to = tuple(
            plus(times(k, inner + 1), low) for k, (low, _, inner) in zip(i, widths, strict=True)
        )
        inside = [
            f"{k} >= 0 && {k} < {n}"
            for k, n, (low, high, _) in zip(to, shape, widths, strict=True)
            if low < 0 or high < 0
        ]
        if inside:
            with code.block(f"if ({' && '.join(inside)})"):
                code.write(target, tuple(grouped(k) for k in to), x.at(i))
        else:
            code.write(target, tuple(grouped(k) for k in to), x.at(i))
    return [target]


def iota(code: Code, equation: Any, *_: Value) -> list[Value]:
    """0, 1, 2, … along a dimension."""
    aval, axis = equation.outvars[0].aval, equation.params["dimension"]
    dtype = np.dtype(aval.dtype)

    def number(i: Index) -> str:
        return f"{i[axis]}"

    def at(i: Index) -> str:
        return f"BigInt({i[axis]})" if big(dtype) else from_number(number(i), dtype)

    return [Value(aval.shape, dtype, at, number=number)]


def window_place(
    code: Code,
    indices: Value,
    index: Index,
    window_dims: Sequence[Any],
    start_dims: Sequence[Any],
    batching: Sequence[tuple[Any, Any]],
    kept: Sequence[Any],
    room: Sequence[Any],
    mode: GatherScatterMode,
) -> tuple[Index, str | None]:
    """Where a gathered or scattered element lies, and the test that its window is inside.

    Args:
      index: the place in the windows, which lie side by side: their own dimensions are
        `window_dims`, the others number the windows.
      start_dims: the dimensions of the array that `indices` count along.
      batching: pairs of a dimension of the array and the one of the windows' number it follows.
      kept: the dimensions of the array that `window_dims` run along.
      room: how far a window can move along each dimension of the array.
    """
    number = tuple(k for d, k in enumerate(index) if d not in window_dims)
    place: list[Place] = [0] * len(room)
    tests = []
    for k, d in enumerate(start_dims):
        start = code.index(indices, (*number, k))
        if mode == GatherScatterMode.FILL_OR_DROP:
            name = code.scalar(np.dtype("int32"), start).at(())
            tests.append(f"{name} >= 0 && {name} <= {room[d]}")
        else:
            text = f"Math.min(Math.max({start}, 0), {room[d]})"
            name = code.scalar(np.dtype("int32"), text).at(())
        place[d] = name
    for d, b in batching:
        place[d] = number[b]
    for d, window in zip(kept, window_dims, strict=True):
        place[d] = plus(place[d], index[window])
    return tuple(grouped(k) for k in place), " && ".join(tests) or None


def gather(code: Code, equation: Any, x: Value, indices: Value) -> list[Value]:
    """Windows at computed places."""
    p = equation.params
    numbers, mode, filling = p["dimension_numbers"], p["mode"], p["fill_value"]
    x, indices = code.store(x), code.store(indices)
    aval = equation.outvars[0].aval
    target = code.buffer(aval.shape, x.dtype)
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    kept = [d for d in range(len(x.shape)) if d not in gone]
    room = [n - size for n, size in zip(x.shape, p["slice_sizes"], strict=True)]
    batching = list(
        zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True)
    )
    window_dims, starts = numbers.offset_dims, numbers.start_index_map
    with code.loops(aval.shape) as i:
        place, inside = window_place(
            code, indices, i, window_dims, starts, batching, kept, room, mode
        )
        text = x.at(place)
        if inside:
            text = f"({inside} ? {text} : {fill_value(filling, x.dtype)})"
        code.write(target, i, text)
    return [target]


def fill_value(value: Any, dtype: np.dtype) -> str:
    """What a gather outside of the array reads: NaN, the extreme integer, or true."""
    if value is not None:
        return literal_text(value, dtype)
    if dtype.kind == "f":
        return "NaN"
    if dtype == "bool":
        return "true"
    limits = np.iinfo(dtype)
    return literal_text(limits.min if dtype.kind == "i" else limits.max, dtype)


def scatter(combine: Callable | None) -> Callable:
    """Write (or add, multiply, …) windows at computed places; those outside are dropped.

    Args:
      combine: the operation; None for one that the equation holds, or for writing.
    """

    def rule(code: Code, equation: Any, x: Value, indices: Value, updates: Value) -> list[Value]:
        p = equation.params
        numbers, mode = p["dimension_numbers"], p["mode"]
        function = None if combine else (p["update_jaxpr"], p["update_consts"])
        indices, updates = code.store(indices), code.store(updates)
        target = code.updated(x)
        gone = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
        kept = [d for d in range(len(x.shape)) if d not in gone]
        window_dims = numbers.update_window_dims
        room = [n - 1 for n in x.shape]
        for d, window in zip(kept, window_dims, strict=True):
            room[d] = x.shape[d] - updates.shape[window]
        batching = list(
            zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
        )
        starts = numbers.scatter_dims_to_operand_dims
        with code.loops(updates.shape) as i:
            place, inside = window_place(
                code, indices, i, window_dims, starts, batching, kept, room, mode
            )
            with code.block(f"if ({inside})") if inside else nullcontext():
                old, new = target.at(place), updates.at(i)
                if combine is not None:
                    new = combine(code, x.dtype, old, new)
                elif function[0] is not None:
                    operands = [code.scalar(x.dtype, element) for element in (old, new)]
                    (value,) = emit(code, *function, operands)
                    new = value.at(())
                code.write(target, place, new)
        return [target]

    return rule


STRUCTURAL_RULES: dict[str, Callable] = {
    "broadcast_in_dim": broadcast_in_dim,
    "concatenate": concatenate,
    "dynamic_slice": dynamic_slice,
    "dynamic_update_slice": dynamic_update_slice,
    "gather": gather,
    "reshape": reshape,
    "rev": reverse,
    "scatter": scatter(None),
    "select_n": select,
    "slice": slice_,
    "split": split,
    "stack": stack,
    "unstack": unstack,
    "tile": tile,
    "squeeze": squeeze,
    "transpose": transpose,
}
# Rules that move elements without computing; random keys pass through them word by word.
STRUCTURAL = frozenset(STRUCTURAL_RULES)

RULES: dict[str, Callable] = {
    **STRUCTURAL_RULES,
    "iota": iota,
    "pad": pad,
    "scatter-add": scatter(write_add),
    "scatter-sub": scatter(write_sub),
    "scatter-mul": scatter(write_mul),
    "scatter-max": scatter(write_extreme("max")),
    "scatter-min": scatter(write_extreme("min")),
}
