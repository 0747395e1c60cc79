"""Rules of windows that slide over an array: convolutions, pooling, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lib.figures.code import (
    Code,
    Index,
    Place,
    UntranslatableError,
    Value,
    emit,
    literal_text,
    plus,
    times,
)
from lib.figures.rules.control_flow import assign, places
from lib.figures.rules.elementwise import write_add, write_extreme, write_mul
from lib.figures.rules.reductions import check_precision, highest, lowest
from lib.figures.rules.structure import grouped


def under_window(
    code: Code,
    shape: Sequence[Any],
    corner: Index,
    inside: Index,
    strides: Sequence[Any],
    padding: Sequence[Any],
    base_dilation: Sequence[Any],
    window_dilation: Sequence[Any],
) -> tuple[Index, str]:
    """Which element of an array a place in a window lies on, and the test that there is one.

    Args:
      corner: the number of the window along each dimension.
      inside: the place in the window.
      base_dilation: the distance of neighbours in the array, between which the window sees nothing.
    """
    place: list[Place] = []
    tests = []
    for d, n in enumerate(shape):
        low, high = padding[d]
        at = plus(times(corner[d], strides[d]), times(inside[d], window_dilation[d]))
        at = plus(at, -low) if low else at
        if isinstance(at, str) and (low or high or base_dilation[d] > 1):
            at = code.scalar(np.dtype("int32"), at).at(())
        if base_dilation[d] > 1:
            tests.append(f"{at} % {base_dilation[d]} === 0")
            at = f"({at} / {base_dilation[d]})"
        if low > 0:
            tests.append(f"{at} >= 0")
        if low > 0 or high > 0:
            tests.append(f"{at} < {n}")
        place.append(grouped(at))
    return tuple(place), " && ".join(tests) or "true"


def window_of(
    code: Code, p: Mapping[str, Any], shape: Sequence[Any], o: Index, k: Index
) -> tuple[Index, str]:
    """`under_window` with the parameters of a window reduction."""
    ones = (1,) * len(shape)
    return under_window(
        code,
        shape,
        o,
        k,
        p["window_strides"],
        p["padding"],
        p.get("base_dilation", ones),
        p.get("window_dilation", ones),
    )


def reduce_window_by(combine: Callable, start: Callable[[np.dtype], Any]) -> Callable:
    """Fold the elements under each window by a known operation."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        p, x = equation.params, x if x.cheap else code.store(x)
        target = code.buffer(equation.outvars[0].aval.shape, x.dtype)
        with code.loops(target.shape) as o:
            total = code.variable(x.dtype, literal_text(start(x.dtype), x.dtype))
            with code.loops(p["window_dimensions"]) as k:
                place, test = window_of(code, p, x.shape, o, k)
                new = combine(code, x.dtype, total.at(()), x.at(place))
                code.line(f"if ({test}) {total.at(())} = {new};")
            code.write(target, o, total.at(()))
        return [target]

    return rule


def reduce_window(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """Fold the elements of one or more arrays under each window by a function of the reader's."""
    p = equation.params
    count = len(inputs) // 2
    arrays, starts = [code.store(x) for x in inputs[:count]], inputs[count:]
    targets = [code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars]
    with code.loops(targets[0].shape) as o:
        totals = places(code, starts)
        with code.loops(p["window_dimensions"]) as k:
            place, test = window_of(code, p, arrays[0].shape, o, k)
            with code.block(f"if ({test})"):
                now = [code.scalar(x.dtype, x.at(place)) for x in arrays]
                assign(code, totals, emit(code, p["jaxpr"], p["consts"], [*totals, *now]))
        for target, total in zip(targets, totals, strict=True):
            code.write(target, o, total.at(()))
    return targets


def extreme_under_window(
    code: Code, p: Mapping[str, Any], x: Value, o: Index, better: Callable[[str, str], str]
) -> list[str]:
    """The index of the element under a window that no later one is better than; −1 for none."""
    found = [code.variable(np.dtype("int32"), "-1").at(()) for _ in x.shape]
    top = code.variable(x.dtype, literal_text(0, x.dtype)).at(())
    with code.loops(p["window_dimensions"]) as k:
        place, test = window_of(code, p, x.shape, o, k)
        with code.block(f"if ({test})"):
            now = code.scalar(x.dtype, x.at(place)).at(())
            with code.block(f"if ({found[0]} < 0 || {better(now, top)})"):
                code.line(f"{top} = {now};")
                for name, at in zip(found, place, strict=True):
                    code.line(f"{name} = {at};")
    return found


def keep(p: Mapping[str, Any]) -> Callable[[str, str], str]:
    """The test that a new element takes the place of the old, which stays where it compares so."""
    operator = {"ge": ">=", "le": "<="}[str(p["select_prim"])]
    return lambda new, old: f"!({old} {operator} {new})"


def select_and_scatter_add(code: Code, equation: Any, source: Value, x: Value) -> list[Value]:
    """Add each window's number to the largest (or smallest) element under it."""
    p, x = equation.params, code.store(x)
    target = code.buffer(x.shape, x.dtype)
    code.line(f"{target.buffer}.fill({literal_text(0, x.dtype)});")
    with code.loops(source.shape) as o:
        place = tuple(extreme_under_window(code, p, x, o, keep(p)))
        with code.block(f"if ({place[0]} >= 0)"):
            code.write(target, place, write_add(code, x.dtype, target.at(place), source.at(o)))
    return [target]


def select_and_scatter(
    code: Code, equation: Any, x: Value, source: Value, start: Value
) -> list[Value]:
    """Combine each window's number with the element under it that a function selects."""
    p, x = equation.params, code.store(x)
    target = code.buffer(x.shape, x.dtype)
    with code.loops(x.shape) as i:
        code.write(target, i, start.at(()))

    def call(name: str, *elements: str) -> str:
        inputs = [code.scalar(x.dtype, e) for e in elements]
        (value,) = emit(code, p[f"{name}_jaxpr"], p[f"{name}_consts"], inputs)
        return value.at(())

    with code.loops(source.shape) as o:
        place = tuple(
            extreme_under_window(code, p, x, o, lambda new, old: f"!{call('select', old, new)}")
        )
        with code.block(f"if ({place[0]} >= 0)"):
            code.write(target, place, call("scatter", source.at(o), target.at(place)))
    return [target]


def select_and_gather_add(code: Code, equation: Any, source: Value, x: Value) -> list[Value]:
    """The source at the largest (or smallest) element under each window."""
    p, x, source = equation.params, code.store(x), code.store(source)
    target = code.buffer(equation.outvars[0].aval.shape, x.dtype)
    with code.loops(target.shape) as o:
        place = tuple(extreme_under_window(code, p, x, o, keep(p)))
        code.write(target, o, f"{place[0]} < 0 ? 0 : {source.at(place)}")
    return [target]


def conv_general_dilated(code: Code, equation: Any, x: Value, kernel: Value) -> list[Value]:
    """Sums of products of an array and a kernel that slides over it."""
    p = equation.params
    x_dims, kernel_dims, out_dims = p["dimension_numbers"]
    aval = equation.outvars[0].aval
    dtype = np.dtype(aval.dtype)
    check_precision(p["precision"])
    if x.dtype != dtype or kernel.dtype != dtype:
        raise UntranslatableError(f"a convolution of {x.dtype} into {dtype}; convert both before")
    x, kernel = code.store(x), code.store(kernel)
    features, batches = aval.shape[out_dims[1]], aval.shape[out_dims[0]]
    target = code.buffer(aval.shape, dtype)

    def group(feature: Place, count: int) -> Place:
        """Which of `count` groups an output feature belongs to."""
        size = features // count
        if count == 1 or not isinstance(feature, str):
            return 0 if count == 1 else feature // size
        return feature if size == 1 else f"Math.floor({feature} / {size})"

    with code.loops(aval.shape) as o:
        feature = o[out_dims[1]]
        total = code.variable(dtype, literal_text(0, dtype))
        first = times(group(feature, p["feature_group_count"]), kernel.shape[kernel_dims[1]])
        batch = plus(o[out_dims[0]], times(group(feature, p["batch_group_count"]), batches))
        spans = [kernel.shape[d] for d in kernel_dims[1:]]
        with code.loops(spans) as (c, *k):
            place, test = under_window(
                code,
                [x.shape[d] for d in x_dims[2:]],
                tuple(o[d] for d in out_dims[2:]),
                tuple(k),
                p["window_strides"],
                p["padding"],
                p["lhs_dilation"],
                p["rhs_dilation"],
            )
            x_place = in_order_of(x_dims, (grouped(batch), grouped(plus(first, c)), *place))
            kernel_place = in_order_of(kernel_dims, (feature, c, *k))
            product = write_mul(code, dtype, x.at(x_place), kernel.at(kernel_place))
            new = write_add(code, dtype, total.at(()), product)
            code.line(f"if ({test}) {total.at(())} = {new};")
        code.write(target, o, total.at(()))
    return [target]


def in_order_of(dims: Sequence[Any], places: Sequence[Place]) -> Index:
    """An index from the place along each named dimension."""
    index: list[Place] = [0] * len(dims)
    for d, place in zip(dims, places, strict=True):
        index[d] = place
    return tuple(index)


RULES: dict[str, Callable] = {
    "conv_general_dilated": conv_general_dilated,
    "reduce_window": reduce_window,
    "reduce_window_max": reduce_window_by(write_extreme("max"), lowest),
    "reduce_window_min": reduce_window_by(write_extreme("min"), highest),
    "reduce_window_sum": reduce_window_by(write_add, lambda dtype: 0),
    "select_and_gather_add": select_and_gather_add,
    "select_and_scatter": select_and_scatter,
    "select_and_scatter_add": select_and_scatter_add,
}
