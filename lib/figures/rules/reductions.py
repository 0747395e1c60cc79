"""Rules that combine elements: folds, running folds, products of arrays, sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lib.figures.code import (
    Code,
    Index,
    Place,
    UntranslatableError,
    Value,
    from_number,
    literal_text,
)
from lib.figures.rules.elementwise import BOOL, wrapped, write_add, write_extreme, write_mul


def reduction(combine: Callable, start: Callable[[np.dtype], Any]) -> Callable:
    """Fold the elements along some axes."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        axes = equation.params["axes"]
        dtype = np.dtype(equation.outvars[0].aval.dtype)
        if not axes:
            return [x]
        return [folded(code, x, axes, dtype, combine, start(dtype))]

    return rule


def folded(
    code: Code,
    x: Value,
    axes: Sequence[Any],
    dtype: np.dtype,
    combine: Callable,
    start: Any,
) -> Value:
    """One pass over the elements with an accumulator."""
    kept = [d for d in range(len(x.shape)) if d not in axes]
    shape = [x.shape[d] for d in kept]
    target = code.buffer(shape, dtype) if shape else None
    answer = None
    with code.loops(shape) as outer:
        total = code.variable(dtype, literal_text(start, dtype))
        with code.loops([x.shape[d] for d in axes]) as inner:
            place: list[Place] = [0] * len(x.shape)
            for d, k in (*zip(kept, outer, strict=True), *zip(axes, inner, strict=True)):
                place[d] = k
            code.write(total, (), combine(code, dtype, total.at(()), x.at(tuple(place))))
        if target is None:
            answer = total
        else:
            code.write(target, outer, total.at(()))
    return target if target is not None else answer


def write_logical(operator: str) -> Callable:
    """and, or of elements."""

    def write(code: Code, dtype: np.dtype, a: str, b: str) -> str:
        if dtype == "bool":
            return f"({a} {operator * 2} {b})"
        return wrapped(f"({a} {operator} {b})", dtype)

    return write


def lowest(dtype: np.dtype) -> Any:
    """The start of a maximum."""
    return -np.inf if dtype.kind == "f" else 0 if dtype == "bool" else np.iinfo(dtype).min


def highest(dtype: np.dtype) -> Any:
    """The start of a minimum."""
    return np.inf if dtype.kind == "f" else 1 if dtype == "bool" else np.iinfo(dtype).max


def all_bits(dtype: np.dtype) -> int:
    """The start of a logical and."""
    return -1 if dtype.kind == "i" else 1 if dtype == BOOL else np.iinfo(dtype).max


def arg_extreme(better: str) -> Callable:
    """The first place of the largest or smallest element; the first NaN wins."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        (axis,) = equation.params["axes"]
        dtype = np.dtype(equation.params["index_dtype"])
        x = x if x.cheap else code.store(x)
        shape = [n for d, n in enumerate(x.shape) if d != axis]
        target = code.buffer(shape or [1], dtype)
        with code.loops(shape) as outer:

            def at(k: Place, outer: Index = outer) -> str:
                return x.at((*outer[:axis], k, *outer[axis:]))

            best = code.variable(dtype, "0")
            top = code.variable(x.dtype, at(0))
            with code.loops([x.shape[axis]]) as (k,):
                now = code.scalar(x.dtype, at(k)).at(())
                old = top.at(())
                test = f"{now} {better} {old}"
                if x.dtype.kind == "f":
                    test = f"({test} || {now} !== {now}) && {old} === {old}"
                with code.block(f"if ({test})"):
                    code.line(f"{best.at(())} = {k};")
                    code.line(f"{old} = {now};")
            code.write(target, outer or (0,), from_number(best.at(()), dtype))
        return [target if shape else Value((), dtype, lambda _: f"{target.buffer}[0]")]

    return rule


def cumulative(combine: Callable) -> Callable:
    """Running folds along an axis."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        axis, backwards = equation.params["axis"], equation.params["reverse"]
        length = x.shape[axis]
        target = code.buffer(x.shape, x.dtype)
        if x.size == 0:
            return [target]
        with code.loops([n for d, n in enumerate(x.shape) if d != axis]) as outer:

            def place(k: Place, outer: Index = outer) -> Index:
                return (*outer[:axis], k, *outer[axis:])

            first = length - 1 if backwards else 0
            total = code.variable(x.dtype, x.at(place(first)))
            code.write(target, place(first), total.at(()))
            k = code.name("i")
            head = (
                f"for (let {k} = {length - 2}; {k} >= 0; {k}--)"
                if backwards
                else f"for (let {k} = 1; {k} < {length}; {k}++)"
            )
            with code.block(head):
                code.write(total, (), combine(code, x.dtype, total.at(()), x.at(place(k))))
                code.write(target, place(k), total.at(()))
        return [target]

    return rule


def write_log_add_exp(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """log(eᵃ + eᵇ)."""
    return wrapped(f"{code.helper('logAddExp')}({a}, {b})", dtype)


def dot_general(code: Code, equation: Any, a: Value, b: Value) -> list[Value]:
    """Sums of products over paired dimensions."""
    (contract_a, contract_b), (batch_a, batch_b) = equation.params["dimension_numbers"]
    free_a = [d for d in range(len(a.shape)) if d not in (*contract_a, *batch_a)]
    free_b = [d for d in range(len(b.shape)) if d not in (*contract_b, *batch_b)]
    aval = equation.outvars[0].aval
    dtype = np.dtype(aval.dtype)
    if a.dtype != dtype or b.dtype != dtype:
        raise UntranslatableError(f"a product of {a.dtype} and {b.dtype}; convert both to {dtype}")
    a = a if a.cheap else code.store(a)
    b = b if b.cheap else code.store(b)

    def product(outer: Index, inner: Index) -> str:
        batch, rest = outer[: len(batch_a)], outer[len(batch_a) :]
        place_a: list[Place] = [0] * len(a.shape)
        place_b: list[Place] = [0] * len(b.shape)
        pairs_a = (*zip(batch_a, batch, strict=True), *zip(contract_a, inner, strict=True))
        pairs_b = (*zip(batch_b, batch, strict=True), *zip(contract_b, inner, strict=True))
        for d, k in (*pairs_a, *zip(free_a, rest[: len(free_a)], strict=True)):
            place_a[d] = k
        for d, k in (*pairs_b, *zip(free_b, rest[len(free_a) :], strict=True)):
            place_b[d] = k
        return write_mul(code, dtype, a.at(tuple(place_a)), b.at(tuple(place_b)))

    if not contract_a:
        return [Value(tuple(aval.shape), dtype, lambda i: product(i, ()), cheap=False)]
    target = code.buffer(aval.shape, dtype) if aval.shape else None
    answer = target
    with code.loops(aval.shape) as outer:
        total = code.variable(dtype, literal_text(0, dtype))
        with code.loops([a.shape[d] for d in contract_a]) as inner:
            code.write(total, (), write_add(code, dtype, total.at(()), product(outer, inner)))
        if target is None:
            answer = total
        else:
            code.write(target, outer, total.at(()))
    return [answer]


def sort(code: Code, equation: Any, *operands: Value) -> list[Value]:
    """Sort along a dimension by the first keys, carrying the other operands along."""
    p = equation.params
    axis, keys = p["dimension"], p["num_keys"]
    operands = tuple(code.store(x) for x in operands)
    shape = operands[0].shape
    targets = [code.buffer(x.shape, x.dtype) for x in operands]
    with code.loops([n for d, n in enumerate(shape) if d != axis]) as outer:

        def place(k: Place) -> Index:
            return (*outer[:axis], k, *outer[axis:])

        order = code.name("order")
        compare = code.helper("compare")
        a, b = code.name("i"), code.name("i")
        tests = " || ".join(
            f"{compare}({x.at(place(a))}, {x.at(place(b))})" for x in operands[:keys]
        )
        code.line(f"const {order} = Array.from({{ length: {shape[axis]} }}, (_, i) => i);")
        code.line(f"{order}.sort(({a}, {b}) => {tests});")
        with code.loops([shape[axis]]) as (k,):
            for x, target in zip(operands, targets, strict=True):
                code.write(target, place(k), x.at(place(f"{order}[{k}]")))
    return targets


RULES: dict[str, Callable] = {
    "reduce_sum": reduction(write_add, lambda dtype: 0),
    "reduce_prod": reduction(write_mul, lambda dtype: 1),
    "reduce_max": reduction(write_extreme("max"), lowest),
    "reduce_min": reduction(write_extreme("min"), highest),
    "reduce_and": reduction(write_logical("&"), all_bits),
    "reduce_or": reduction(write_logical("|"), lambda dtype: 0),
    "argmax": arg_extreme(">"),
    "argmin": arg_extreme("<"),
    "cumsum": cumulative(write_add),
    "cumprod": cumulative(write_mul),
    "cummax": cumulative(write_extreme("max")),
    "cummin": cumulative(write_extreme("min")),
    "cumlogsumexp": cumulative(write_log_add_exp),
    "dot_general": dot_general,
    "sort": sort,
}
