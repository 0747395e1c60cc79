"""Rules that combine elements: folds, running folds, products of arrays, sorting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from jax import lax

from lib.figures import jax_inside
from lib.figures.code import (
    Code,
    Index,
    Place,
    UntranslatableError,
    Value,
    by_tracing,
    emit,
    from_number,
    literal_text,
    placed,
)
from lib.figures.rules.control_flow import assign, places
from lib.figures.rules.elementwise import BOOL, wrapped, write_add, write_extreme, write_mul
from lib.figures.rules.structure import shifted


def reduction(combine: Callable, start: Callable[[np.dtype], Any]) -> Callable:
    """Fold the elements along some axes."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        axes = equation.params["axes"]
        dtype = np.dtype(equation.outvars[0].aval.dtype)
        if not axes:
            return [x]
        return [folded(code, x, axes, dtype, combine, start(dtype))]

    return rule


def over_batch(combine: Callable, start: Callable[[np.dtype], Any]) -> Callable:
    """A fold over the axes that `jax.vmap` has named; JAX has put their numbers for the names."""

    def rule(code: Code, equation: Any, *inputs: Value) -> list[Value]:
        axes, groups = equation.params["axes"], equation.params["axis_index_groups"]
        names = [axis for axis in axes if isinstance(axis, str)]
        if names or groups:
            raise UntranslatableError(
                f"a collective operation over {names[0] if names else 'groups of an axis'!r}: a "
                "page has one processor, so expected an axis that jax.vmap(…, axis_name=…) names, "
                "without groups"
            )
        return [folded(code, x, axes, x.dtype, combine, start(x.dtype)) for x in inputs]

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


def write_xor(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """Exclusive or of elements."""
    return f"({a} != {b})" if dtype == "bool" else wrapped(f"({a} ^ {b})", dtype)


def reduce_(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """Fold the elements of one or more arrays along some axes by a function of the reader's."""
    p = equation.params
    arrays, starts = inputs[: len(inputs) // 2], inputs[len(inputs) // 2 :]
    shape, axes = arrays[0].shape, p["dimensions"]
    kept = [d for d in range(len(shape)) if d not in axes]
    targets = [code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars]
    with code.loops([shape[d] for d in kept]) as outer:
        totals = places(code, starts)
        with code.loops([shape[d] for d in axes]) as inner:
            place: list[Place] = [0] * len(shape)
            for d, k in (*zip(kept, outer, strict=True), *zip(axes, inner, strict=True)):
                place[d] = k
            now = [code.scalar(x.dtype, x.at(tuple(place))) for x in arrays]
            assign(code, totals, emit(code, p["jaxpr"].jaxpr, p["jaxpr"].consts, [*totals, *now]))
        for target, total in zip(targets, totals, strict=True):
            code.write(target, outer, total.at(()))
    return targets


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


def check_precision(precision: Any) -> None:
    """Raise where JAX is asked for another precision than that of the operands.

    HIGHEST, HIGH and DEFAULT are the same on a processor.
    """
    each = precision if isinstance(precision, tuple) else (precision,)
    if not all(part is None or isinstance(part, lax.Precision) for part in each):
        raise UntranslatableError(
            f"a product with precision={precision}; leave it out: a page computes in the precision "
            "of the operands"
        )


def dot_general(code: Code, equation: Any, a: Value, b: Value) -> list[Value]:
    """Sums of products over paired dimensions, up to two by four at a time.

    A block of sums reads each of its factors once, and none of them waits for another.
    """
    (contract_a, contract_b), (batch_a, batch_b) = equation.params["dimension_numbers"]
    free_a = [d for d in range(len(a.shape)) if d not in (*contract_a, *batch_a)]
    free_b = [d for d in range(len(b.shape)) if d not in (*contract_b, *batch_b)]
    aval = equation.outvars[0].aval
    dtype = np.dtype(aval.dtype)
    check_precision(equation.params["precision"])
    if a.dtype != dtype or b.dtype != dtype:
        raise UntranslatableError(f"a product of {a.dtype} and {b.dtype}; convert both to {dtype}")
    a = a if a.cheap else code.store(a)
    b = b if b.cheap else code.store(b)

    def factors(outer: Index, inner: Index) -> tuple[str, str]:
        batch, rest = outer[: len(batch_a)], outer[len(batch_a) :]
        place_a: list[Place] = [0] * len(a.shape)
        place_b: list[Place] = [0] * len(b.shape)
        pairs_a = (*zip(batch_a, batch, strict=True), *zip(contract_a, inner, strict=True))
        pairs_b = (*zip(batch_b, batch, strict=True), *zip(contract_b, inner, strict=True))
        for d, k in (*pairs_a, *zip(free_a, rest[: len(free_a)], strict=True)):
            place_a[d] = k
        for d, k in (*pairs_b, *zip(free_b, rest[len(free_a) :], strict=True)):
            place_b[d] = k
        return a.at(tuple(place_a)), b.at(tuple(place_b))

    shape = tuple(aval.shape)
    if not contract_a:
        return [Value(shape, dtype, lambda i: write_mul(code, dtype, *factors(i, ())), cheap=False)]
    # The blocks extend along the last free dimension of each operand.
    steps = [1] * len(shape)
    for last, most in ((len(batch_a) + len(free_a) - 1, 2), (len(shape) - 1, 4)):
        if last >= len(batch_a):
            steps[last] = math.gcd(shape[last], most)
    target = code.buffer(shape, dtype) if shape else None
    answer = target
    with code.loops(shape, steps) as corner:
        places = [shifted(corner, offset) for offset in np.ndindex(*steps)]
        totals = [code.variable(dtype, literal_text(0, dtype)) for _ in places]
        with code.loops([a.shape[d] for d in contract_a]) as inner:
            pairs = [factors(place, inner) for place in places]
            if len(places) > 1:
                elements = dict.fromkeys(text for pair in pairs for text in pair)
                names = {text: code.scalar(dtype, text).at(()) for text in elements}
                pairs = [(names[p], names[q]) for p, q in pairs]
            for total, pair in zip(totals, pairs, strict=True):
                product = write_mul(code, dtype, *pair)
                code.write(total, (), write_add(code, dtype, total.at(()), product))
        for place, total in zip(places, totals, strict=True):
            if target is None:
                answer = total
            else:
                code.write(target, place, total.at(()))
    return [answer]


@contextmanager
def in_order(
    code: Code, shape: Sequence[Any], axis: int, test: Callable[[Index, Index], str]
) -> Iterator[tuple[Callable[[Place], Index], str]]:
    """Loops over the lines along an axis; gives the index on a line, and the line's order.

    Args:
      test: the expression that is negative where the element at one index comes before another.
    """
    with code.loops([n for d, n in enumerate(shape) if d != axis]) as outer:

        def place(k: Place) -> Index:
            return (*outer[:axis], k, *outer[axis:])

        order, a, b = code.name("order"), code.name("i"), code.name("i")
        code.line(f"const {order} = Array.from({{ length: {shape[axis]} }}, (_, i) => i);")
        code.line(f"{order}.sort(({a}, {b}) => {test(place(a), place(b))});")
        yield place, order


def sort(code: Code, equation: Any, *operands: Value) -> list[Value]:
    """Sort along a dimension by the first keys, carrying the other operands along."""
    p = equation.params
    axis, keys = p["dimension"], p["num_keys"]
    if not p["is_stable"] and keys < len(operands):
        raise UntranslatableError(
            "an unstable sort that carries other operands along leaves equal elements in an order "
            "that JAX doesn't promise; leave out stable=False or is_stable=False"
        )
    operands = tuple(code.store(x) for x in operands)
    shape = operands[0].shape
    targets = [code.buffer(x.shape, x.dtype) for x in operands]
    compare = code.helper("compare")

    def test(a: Index, b: Index) -> str:
        return " || ".join(f"{compare}({x.at(a)}, {x.at(b)})" for x in operands[:keys])

    with in_order(code, shape, axis, test) as (place, order), code.loops([shape[axis]]) as (k,):
        for x, target in zip(operands, targets, strict=True):
            code.write(target, place(k), x.at(place(f"{order}[{k}]")))
    return targets


def top_k(code: Code, equation: Any, x: Value) -> list[Value]:
    """The largest elements and where they stand; NaN is above all, and 0 above −0."""

    def test(a: str, b: str) -> str:
        return f"{code.helper('compareTotal')}({b}, {a})"

    p = equation.params
    first, places = first_in_order(code, equation, x, p["axis"], test)
    stable = p.get("is_stable", True)  # a parameter since JAX 0.11
    return [first, places if stable else unordered(equation, places, "an unstable top-k")]


def unordered(equation: Any, places: Value, name: str) -> Value:
    """Places whose order is not JAX's among equal elements, so that nothing may read them."""

    def refused(i: Index) -> str:
        error = UntranslatableError(
            f"{name} gives the places of equal elements in an order that JAX doesn't promise; use "
            "jax.lax.top_k, which is stable"
        )
        raise placed(error, equation)

    return Value(places.shape, places.dtype, refused)


def approx_top_k(code: Code, equation: Any, x: Value) -> list[Value]:
    """The largest or smallest elements; exact, as JAX is on a processor. Not where they stand."""
    p = equation.params
    if not p["aggregate_to_topk"]:
        raise UntranslatableError("an approximate top-k without the final selection of k")

    def test(a: str, b: str) -> str:
        return f"{code.helper('compare')}({f'{b}, {a}' if p['is_max_k'] else f'{a}, {b}'})"

    axis = p["reduction_dimension"] % len(x.shape)
    first, places = first_in_order(code, equation, x, axis, test)
    return [first, unordered(equation, places, "an approximate top-k")]


def first_in_order(
    code: Code, equation: Any, x: Value, axis: int, test: Callable[[str, str], str]
) -> list[Value]:
    """The first elements along an axis in an order, and where they stand."""
    x = code.store(x)
    first, where = (code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars)
    with (
        in_order(code, x.shape, axis, lambda a, b: test(x.at(a), x.at(b))) as (place, order),
        code.loops([first.shape[axis]]) as (k,),
    ):
        code.write(first, place(k), x.at(place(f"{order}[{k}]")))
        code.write(where, place(k), f"{order}[{k}]")
    return [first, where]


RULES: dict[str, Callable] = {
    "reduce_sum": reduction(write_add, lambda dtype: 0),
    "reduce_prod": reduction(write_mul, lambda dtype: 1),
    "reduce_max": reduction(write_extreme("max"), lowest),
    "reduce_min": reduction(write_extreme("min"), highest),
    "reduce_and": reduction(write_logical("&"), all_bits),
    "reduce_or": reduction(write_logical("|"), lambda dtype: 0),
    "reduce_xor": reduction(write_xor, lambda dtype: 0),
    "reduce": reduce_,
    "psum": over_batch(write_add, lambda dtype: 0),
    "pmax": over_batch(write_extreme("max"), lowest),
    "pmin": over_batch(write_extreme("min"), highest),
    "argmax": arg_extreme(">"),
    "argmin": arg_extreme("<"),
    "cumsum": cumulative(write_add),
    "cumprod": cumulative(write_mul),
    "cummax": cumulative(write_extreme("max")),
    "cummin": cumulative(write_extreme("min")),
    "cumlogsumexp": cumulative(write_log_add_exp),
    "dot_general": dot_general,
    "ragged_dot_general": by_tracing(jax_inside.IMPLEMENTATIONS["ragged_dot_general"]),
    "sort": sort,
    "top_k": top_k,
    "approx_top_k": approx_top_k,
}
