"""How each JAX primitive is written in JavaScript: one rule a primitive, in one table.

A rule is called as `rule(code, equation, *inputs)` with the values of the equation's operands and
returns the values of its results. Most rules are one line of the tables at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.lax import GatherScatterMode

from lib.figures.javascript import (
    Code,
    Index,
    Key,
    Place,
    UntranslatableError,
    Value,
    constant,
    emit,
    from_number,
    literal_text,
    plus,
    row_major,
    stored,
    times,
)

BOOL = np.dtype("bool")


def element(value: Value, index: Index) -> str:
    """An operand's element; dimensions of length one are repeated, as JAX allows in jaxprs."""
    if not value.shape:
        return value.at(())
    return value.at(tuple(0 if n == 1 else i for n, i in zip(value.shape, index, strict=True)))


def common_shape(inputs: Sequence[Value]) -> tuple[int, ...]:
    """The shape of an elementwise result."""
    return np.broadcast_shapes(*(x.shape for x in inputs))


def wrapped(expression: str, dtype: np.dtype) -> str:
    """Bring the result of exact arithmetic back into the dtype: rounding or wrap-around."""
    if dtype.kind == "f":
        return expression if dtype == "float64" else f"Math.fround({expression})"
    return WRAPS[dtype.name].format(expression)


WRAPS = {
    "int64": "BigInt.asIntN(64, {})",
    "uint64": "BigInt.asUintN(64, {})",
    "int32": "({} | 0)",
    "uint32": "({} >>> 0)",
    "int16": "({} << 16 >> 16)",
    "uint16": "({} & 65535)",
    "int8": "({} << 24 >> 24)",
    "uint8": "({} & 255)",
    "bool": "{}",
}


def elementwise(write: Callable[..., str]) -> Callable:
    """The rule of an elementwise primitive from `write(code, dtype, *elements)`."""

    def rule(code: Code, equation: Any, *inputs: Value) -> list[Value]:
        dtype = np.dtype(equation.outvars[0].aval.dtype)
        operand = inputs[0].dtype
        shape = common_shape(inputs)
        return [
            Value(
                shape,
                dtype,
                lambda i: write(code, operand, *(element(x, i) for x in inputs)),
                cheap=False,
            )
        ]

    return rule


def function(name: str) -> Callable:
    """The rule of a real function that JavaScript's Math or runtime.js has."""

    def write(code: Code, dtype: np.dtype, *x: str) -> str:
        called = name if name.startswith(("Math.", "Number.")) else code.helper(name)
        text = f"{called}({', '.join(x)})"
        return text if name.startswith("Number.") else wrapped(text, dtype)

    return elementwise(write)


def arithmetic(operator: str) -> Callable:
    """The rule of + and −, exact up to rounding or wrap-around."""
    return elementwise(lambda code, dtype, a, b: wrapped(f"({a} {operator} {b})", dtype))


def comparison(operator: str) -> Callable:
    """The rule of a comparison; booleans are numbers or booleans, hence == and not ===."""
    return elementwise(lambda code, dtype, a, b: f"({a} {operator} {b})")


def write_mul(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """Multiplication; 32-bit products exceed a double's 53 bits."""
    if dtype == "bool":
        return f"({a} && {b})"
    if dtype.kind in "iu" and dtype.itemsize == 4:
        return wrapped(f"Math.imul({a}, {b})", dtype)
    return wrapped(f"({a} * {b})", dtype)


def write_div(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """Division; of integers towards zero, and −1 where the divisor is zero."""
    if dtype.kind == "f":
        return wrapped(f"({a} / {b})", dtype)
    helper = "bigQuotient" if dtype.itemsize == 8 else "quotient"
    return wrapped(f"{code.helper(helper)}({a}, {b})", dtype)


def write_rem(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The remainder with the dividend's sign; the dividend itself where the divisor is zero."""
    if dtype.kind == "f":
        return wrapped(f"({a} % {b})", dtype)
    helper = "bigRemainder" if dtype.itemsize == 8 else "remainder"
    return wrapped(f"{code.helper(helper)}({a}, {b})", dtype)


def write_extreme(which: str) -> Callable:
    """max or min, which propagate NaN for floats."""

    def write(code: Code, dtype: np.dtype, a: str, b: str) -> str:
        if dtype == "bool":
            return f"({a} {'||' if which == 'max' else '&&'} {b})"
        if dtype.kind in "iu" and dtype.itemsize == 8:
            return f"{code.helper('bigMax' if which == 'max' else 'bigMin')}({a}, {b})"
        return f"Math.{which}({a}, {b})"

    return write


def write_neg(code: Code, dtype: np.dtype, a: str) -> str:
    """The negative."""
    return wrapped(f"(-{a})", dtype)


def write_sign(code: Code, dtype: np.dtype, a: str) -> str:
    """The sign: −1, 0 or 1; NaN and −0 stay."""
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return f"{code.helper('bigSign')}({a})"
    return f"Math.sign({a})"


def write_abs(code: Code, dtype: np.dtype, a: str) -> str:
    """The absolute value; that of the smallest integer wraps around to itself."""
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return wrapped(f"{code.helper('bigAbs')}({a})", dtype)
    return wrapped(f"Math.abs({a})", dtype)


def write_not(code: Code, dtype: np.dtype, a: str) -> str:
    """Logical not of booleans, bitwise of integers."""
    return f"(!{a})" if dtype == "bool" else wrapped(f"(~{a})", dtype)


def bitwise(operator: str) -> Callable:
    """and, or, xor."""

    def write(code: Code, dtype: np.dtype, a: str, b: str) -> str:
        if dtype == "bool":
            return {"&": f"({a} && {b})", "|": f"({a} || {b})", "^": f"({a} != {b})"}[operator]
        return wrapped(f"({a} {operator} {b})", dtype)

    return elementwise(write)


def shift(name: str) -> Callable:
    """Shifts; by the width or more they leave zero (the sign, where arithmetic)."""

    def rule(code: Code, equation: Any, x: Value, by: Value) -> list[Value]:
        bits, dtype = x.dtype.itemsize * 8, x.dtype
        unsigned = np.dtype(f"uint{bits}")
        big = bits == 64

        def write(i: Index) -> str:
            a, b = element(x, i), element(by, i)
            if by.literal is None or not 0 <= by.literal < bits:
                width = f"{bits}n" if big else f"{bits}"
                inside = f"({b} < {width} && {b} >= 0)"
                top = f"{bits - 1}n" if big else f"{bits - 1}"
                zero = "0n" if big else "0"
                shifted = written(a, f"({inside} ? {b} : {top})")
                return shifted if name == "arithmetic" else f"({inside} ? {shifted} : {zero})"
            return written(a, b)

        def written(a: str, b: str) -> str:
            if name == "left":
                return wrapped(f"({a} << {b})", dtype)
            if name == "arithmetic":
                signed = a if dtype.kind == "i" else wrapped(a, np.dtype(f"int{bits}"))
                return wrapped(f"({signed} >> {b})", dtype)
            positive = a if dtype.kind == "u" else wrapped(a, unsigned)
            return wrapped(f"({positive} {'>>' if big else '>>>'} {b})", dtype)

        return [Value(common_shape((x, by)), dtype, write, cheap=False)]

    return rule


def integer_pow(code: Code, equation: Any, x: Value) -> list[Value]:
    """A power with a fixed whole exponent."""
    y = equation.params["y"]
    if x.is_big:
        if y < 0:
            raise UntranslatableError("a negative power of an integer is not an integer")
        return elementwise(lambda c, d, a: wrapped(f"({a} ** {y}n)", d))(code, equation, x)
    if x.dtype.kind != "f" and y > 2:
        raise UntranslatableError(f"the power {y} of {x.dtype}; convert to float64 first")
    name = "square" if y == 2 else "integerPower"
    more = "" if y == 2 else f", {y}"

    def write(code: Code, dtype: np.dtype, a: str) -> str:
        if dtype.kind != "f":
            return write_mul(code, dtype, a, a) if y == 2 else a
        return wrapped(f"{code.helper(name)}({a}{more})", dtype)

    return elementwise(write)(code, equation, x)


def square(code: Code, equation: Any, x: Value) -> list[Value]:
    """The square."""
    x = code.store(x)
    return elementwise(lambda c, d, a: write_mul(c, d, a, a))(code, equation, x)


def round_(code: Code, equation: Any, x: Value) -> list[Value]:
    """Rounding half away from zero, or half to even."""
    even = int(equation.params["rounding_method"]) == 1
    return function("roundHalfEven" if even else "roundHalfAway")(code, equation, x)


def pow_(code: Code, equation: Any, x: Value, y: Value) -> list[Value]:
    """x to the y, where IEEE's pow and JavaScript's differ as IEEE's."""
    if x.dtype.kind != "f":
        raise UntranslatableError("an integer to a computed power; convert the base to float64")
    power = code.helper("power")

    def at(i: Index) -> str:
        exponent = element(y, i)
        return wrapped(
            f"{power}({element(x, i)}, {f'Number({exponent})' if y.is_big else exponent})", x.dtype
        )

    return [Value(common_shape((x, y)), x.dtype, at, cheap=False)]


def convert(code: Code, equation: Any, x: Value) -> list[Value]:
    """Conversion between dtypes; floats to integers are truncated and clamped, NaN is 0."""
    source, target = x.dtype, np.dtype(equation.params["new_dtype"])
    if source == target:
        return [x]
    if x.literal is not None:
        return [constant(code, np.asarray(x.literal, source).astype(target))]

    def at(i: Index) -> str:
        a = x.at(i)
        if target == "bool":
            return f"({a} != 0)"
        if x.number is not None and target.kind == "f":
            return wrapped(x.number(i), target)
        if source == "bool":
            return f"({a} ? 1n : 0n)" if big(target) else f"({a} ? 1 : 0)"
        if source.kind == "f" and target.kind == "f":
            return wrapped(a, target)
        if source.kind == "f":
            limits = np.iinfo(target)
            bounds = f"{literal_text(limits.min, target)}, {literal_text(limits.max, target)}"
            return f"{code.helper('bigTruncate' if big(target) else 'truncate')}({a}, {bounds})"
        if target.kind == "f":
            return wrapped(f"Number({a})" if x.is_big else a, target)
        if x.is_big:
            same = wrapped(a, target) if big(target) else None
            narrow = f"Number(BigInt.asIntN({8 * target.itemsize}, {a}))"
            return same or wrapped(narrow, target)
        return wrapped(f"BigInt({a})" if big(target) else a, target)

    number = x.number if target.kind in "iu" and target.itemsize >= source.itemsize else None
    return [Value(x.shape, target, at, cheap=False, number=number)]


def big(dtype: np.dtype) -> bool:
    """Whether a dtype's elements are BigInts."""
    return dtype.kind in "iu" and dtype.itemsize == 8


def bitcast(code: Code, equation: Any, x: Value) -> list[Value]:
    """The same bits under another dtype of the same width."""
    target = np.dtype(equation.params["new_dtype"])
    if target.itemsize != x.dtype.itemsize:
        raise UntranslatableError(f"a bitcast from {x.dtype} to {target} changes the width")
    helper = code.helper("bits64" if target.itemsize == 8 else "bits32")
    views = {"f": "float", "i": "int", "u": "uint"}
    if target == x.dtype:
        return [x]
    if target.itemsize < 4:
        return elementwise(lambda c, d, a: wrapped(a, target))(code, equation, x)

    def at(i: Index) -> str:
        put = f"{helper}.{views[x.dtype.kind]}[0] = {x.at(i)}"
        return f"({put}, {helper}.{views[target.kind]}[0])"

    return [Value(x.shape, target, at, cheap=False)]


def select(code: Code, equation: Any, which: Value, *cases: Value) -> list[Value]:
    """The case that a boolean or an integer chooses."""
    if len(cases) > 2:
        which = code.store(which)

    def at(i: Index) -> str:
        if which.dtype == "bool":
            return f"({element(which, i)} ? {element(cases[1], i)} : {element(cases[0], i)})"
        text = element(cases[-1], i)
        for n, case in reversed(list(enumerate(cases[:-1]))):
            text = f"({element(which, i)} == {n} ? {element(case, i)} : {text})"
        return text

    shape = common_shape((which, *cases))
    return [Value(shape, cases[0].dtype, at, cheap=False)]


def clamp(code: Code, equation: Any, low: Value, x: Value, high: Value) -> list[Value]:
    """x between two bounds; NaN stays."""

    def at(i: Index) -> str:
        inner = write_extreme("max")(code, x.dtype, element(x, i), element(low, i))
        return write_extreme("min")(code, x.dtype, inner, element(high, i))

    return [Value(x.shape, x.dtype, at, cheap=False)]


# Moving elements ------------------------------------------------------------------------------


def moved(x: Value, shape: Sequence[Any], to: Callable[[Index], Index]) -> Value:
    """A view: the element at an index is x's at another."""
    number = x.number
    return Value(
        tuple(shape),
        x.dtype,
        lambda i: x.at(to(i)),
        cheap=x.cheap,
        number=None if number is None else lambda i: number(to(i)),
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
    """The same elements in the same order under another shape."""
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
            return stored(x.buffer, shape, x.dtype)
        return view
    x = code.store(x)
    if x.buffer is None:
        raise UntranslatableError("internal: a reshaped array must be stored")
    return stored(x.buffer, shape, x.dtype)


def transpose(code: Code, equation: Any, x: Value) -> list[Value]:
    """Permuted dimensions."""
    permutation = equation.params["permutation"]

    def to(i: Index) -> Index:
        inside: list[Place] = [0] * len(i)
        for new, old in enumerate(permutation):
            inside[old] = i[new]
        return tuple(inside)

    return [moved(x, [x.shape[d] for d in permutation], to)]


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
    target = code.buffer(x.shape, x.dtype)
    code.fill(target, x)
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


def window_corner(
    code: Code,
    indices: Value,
    batch: Index,
    dimensions: Sequence[Any],
    sizes: Sequence[Any],
    shape: Sequence[Any],
    mode: GatherScatterMode,
) -> tuple[dict[Any, str], str | None]:
    """Where a gathered or scattered window begins, and the test that it lies inside."""
    corner, tests = {}, []
    for k, d in enumerate(dimensions):
        room = shape[d] - sizes[d]
        start = code.index(indices, (*batch, k))
        if mode == GatherScatterMode.FILL_OR_DROP:
            name = code.scalar(np.dtype("int32"), start).at(())
            tests.append(f"{name} >= 0 && {name} <= {room}")
        else:
            text = f"Math.min(Math.max({start}, 0), {room})"
            name = code.scalar(np.dtype("int32"), text).at(())
        corner[d] = name
    return corner, " && ".join(tests) or None


def gather(code: Code, equation: Any, x: Value, indices: Value) -> list[Value]:
    """Windows at computed places."""
    p = equation.params
    numbers, sizes, mode = p["dimension_numbers"], p["slice_sizes"], p["mode"]
    x, indices = code.store(x), code.store(indices)
    aval = equation.outvars[0].aval
    target = code.buffer(aval.shape, x.dtype)
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    kept = [d for d in range(len(x.shape)) if d not in gone]
    with code.loops(aval.shape) as i:
        batch = tuple(k for d, k in enumerate(i) if d not in numbers.offset_dims)
        corner, inside = window_corner(
            code, indices, batch, numbers.start_index_map, sizes, x.shape, mode
        )
        place: list[Place] = [corner.get(d, 0) for d in range(len(x.shape))]
        for d, b in zip(
            numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True
        ):
            place[d] = batch[b]
        for d, offset in zip(kept, numbers.offset_dims, strict=True):
            place[d] = plus(place[d], i[offset])
        text = x.at(tuple(grouped(k) for k in place))
        if inside:
            text = f"({inside} ? {text} : {fill_value(p['fill_value'], x.dtype)})"
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
    """Write (or add, multiply, …) windows at computed places; those outside are dropped."""

    def rule(code: Code, equation: Any, x: Value, indices: Value, updates: Value) -> list[Value]:
        p = equation.params
        numbers, mode = p["dimension_numbers"], p["mode"]
        indices, updates = code.store(indices), code.store(updates)
        target = code.buffer(x.shape, x.dtype)
        code.fill(target, x)
        gone = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
        kept = [d for d in range(len(x.shape)) if d not in gone]
        sizes = [1] * len(x.shape)
        for d, window in zip(kept, numbers.update_window_dims, strict=True):
            sizes[d] = updates.shape[window]
        with code.loops(updates.shape) as i:
            batch = tuple(k for d, k in enumerate(i) if d not in numbers.update_window_dims)
            corner, inside = window_corner(
                code,
                indices,
                batch,
                numbers.scatter_dims_to_operand_dims,
                sizes,
                x.shape,
                mode,
            )
            place: list[Place] = [corner.get(d, 0) for d in range(len(x.shape))]
            for d, b in zip(
                numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True
            ):
                place[d] = batch[b]
            for d, window in zip(kept, numbers.update_window_dims, strict=True):
                place[d] = plus(place[d], i[window])
            to = tuple(grouped(k) for k in place)
            new = updates.at(i)
            if combine is not None:
                new = combine(code, x.dtype, target_element(target, to), new)
            if inside:
                with code.block(f"if ({inside})"):
                    code.write(target, to, new)
            else:
                code.write(target, to, new)
        return [target]

    return rule


def target_element(target: Value, index: Index) -> str:
    """The present contents of a stored array at an index."""
    return f"{target.buffer}[{row_major(index, target.shape)}]"


# Reductions -----------------------------------------------------------------------------------


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


def write_add(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The sum."""
    return wrapped(f"({a} + {b})", dtype)


def write_sub(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The difference."""
    return wrapped(f"({a} - {b})", dtype)


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


# Linear algebra -------------------------------------------------------------------------------


def matrices(routine: str, outputs: int) -> Callable:
    """A routine of runtime.js that works on one matrix in place, applied to a stack of them."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        if x.dtype != "float64":
            raise UntranslatableError(f"linear algebra in {x.dtype}; convert to float64")
        *batch, rows, columns = x.shape
        target = code.buffer(x.shape, x.dtype)
        code.fill(target, x)
        more = [code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars[1:outputs]]
        code.helper(routine)
        with code.loops(batch) as i:
            windows = [window(v, i) for v in (target, *more)]
            code.line(f"{routine}({', '.join(windows)}, {rows}, {columns});")
        return [target, *more]

    return rule


def window(x: Value, index: Index) -> str:
    """The part of a stored array below a leading index."""
    if not index:
        return f"{x.buffer}"
    size = math.prod(x.shape[len(index) :])
    offset = times(row_major(index, x.shape[: len(index)]), size)
    return f"{x.buffer}.subarray({offset}, {plus(offset, size)})"


def triangular_solve(code: Code, equation: Any, a: Value, b: Value) -> list[Value]:
    """Solve with a triangular matrix by substitution."""
    p = equation.params
    if b.dtype != "float64":
        raise UntranslatableError(f"linear algebra in {b.dtype}; convert to float64")
    a = code.store(a)
    target = code.buffer(b.shape, b.dtype)
    code.fill(target, b)
    *batch, rows, columns = b.shape
    name = code.helper("triangularSolve")
    flags = ", ".join(
        str(bool(p[k])).lower() for k in ("left_side", "lower", "transpose_a", "unit_diagonal")
    )
    with code.loops(batch) as i:
        code.line(f"{name}({window(a, i)}, {window(target, i)}, {rows}, {columns}, {flags});")
    return [target]


def lu(code: Code, equation: Any, x: Value) -> list[Value]:
    """LU with partial pivoting: the factors, the pivots and the permutation."""
    factors, pivots = matrices("lu", 2)(code, equation, x)
    batch = x.shape[:-2]
    permutation = code.buffer(equation.outvars[2].aval.shape, np.dtype("int32"))
    name = code.helper("permutation")
    with code.loops(batch) as i:
        code.line(f"{name}({window(pivots, i)}, {window(permutation, i)});")
    return [factors, pivots, permutation]


def linear_solve(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """A solve with a rule of its own for derivatives: run its solver."""
    lengths, jaxprs = equation.params["const_lengths"], equation.params["jaxprs"]
    skipped = lengths.matvec + lengths.vecmat
    consts = inputs[skipped : skipped + lengths.solve]
    right = inputs[sum(lengths) :]
    return emit(code, jaxprs.solve.jaxpr, jaxprs.solve.consts, [*consts, *right])


# Random numbers -------------------------------------------------------------------------------


def words_of(code: Code, key: Key, index: Index) -> str:
    """The two words of a key as arguments."""
    return f"{key.high.at(index)}, {key.low.at(index)}"


def random_seed(code: Code, equation: Any, seed: Value) -> list[Key]:
    """A key from a whole number: its 64 bits (32 for a 32-bit seed)."""
    require_threefry(equation.params["impl"])
    seed = code.store(seed)
    word = np.dtype("uint32")
    if seed.is_big:

        def high(i: Index) -> str:
            return f"Number(BigInt.asUintN(64, {seed.at(i)}) >> 32n)"

        def low(i: Index) -> str:
            return f"Number(BigInt.asUintN(32, {seed.at(i)}))"
    else:

        def high(i: Index) -> str:
            return "0"

        def low(i: Index) -> str:
            return f"({seed.at(i)} >>> 0)"

    return [Key(Value(seed.shape, word, high), Value(seed.shape, word, low))]


def require_threefry(implementation: Any) -> None:
    """Only JAX's default generator is translated."""
    if "fry" not in str(implementation):
        raise UntranslatableError(f"the random generator {implementation}; use threefry2x32")


def random_split(code: Code, equation: Any, key: Key) -> list[Key]:
    """Independent keys: threefry of the counts 0, 1, 2, …"""
    return [new_words(code, key, equation.params["shape"], None)]


def new_words(code: Code, key: Key, shape: Sequence[Any], data: Value | None) -> Key:
    """Keys from threefry of counts (split) or of given data (fold_in)."""
    key = Key(code.store(key.high), code.store(key.low))
    whole = (*key.high.shape, *shape)
    word = np.dtype("uint32")
    high, low = code.buffer(whole or (1,), word), code.buffer(whole or (1,), word)
    threefry = code.helper("threefry")
    code.helper("words")
    with code.loops(whole) as i:
        outer, inner = i[: len(key.high.shape)], i[len(key.high.shape) :]
        count = row_major(inner, tuple(shape)) if data is None else element(data, outer)
        code.line(f"{threefry}({words_of(code, key, outer)}, 0, {count});")
        code.write(high, i or (0,), "words[0]")
        code.write(low, i or (0,), "words[1]")
    if not whole:
        return Key(*(code.scalar(word, f"{half.buffer}[0]") for half in (high, low)))
    return Key(high, low)


def random_fold_in(code: Code, equation: Any, key: Key, data: Value) -> list[Key]:
    """A key from a key and a number."""
    return [new_words(code, key, (), data)]


def random_bits(code: Code, equation: Any, key: Key) -> list[Value]:
    """Uniform bits: threefry of the counts, both words joined (64 bits) or combined."""
    bits, shape = equation.params["bit_width"], equation.params["shape"]
    key = Key(code.store(key.high), code.store(key.low))
    whole = (*key.high.shape, *shape)
    dtype = np.dtype(f"uint{bits}")
    target = code.buffer(whole or (1,), dtype)
    threefry = code.helper("threefry")
    code.helper("words")
    with code.loops(whole) as i:
        outer, inner = i[: len(key.high.shape)], i[len(key.high.shape) :]
        code.line(f"{threefry}({words_of(code, key, outer)}, 0, {row_major(inner, tuple(shape))});")
        if bits == 64:
            text = "(BigInt(words[0]) << 32n) | BigInt(words[1])"
        else:
            text = wrapped("(words[0] ^ words[1])", dtype)
        code.write(target, i or (0,), text)
    return [target if whole else Value((), dtype, lambda _: f"{target.buffer}[0]")]


def random_wrap(code: Code, equation: Any, words: Value) -> list[Key]:
    """A key from its two words."""
    require_threefry(equation.params["impl"])
    shape = words.shape[:-1]
    return [Key(*(moved(words, shape, lambda i, k=k: (*i, k)) for k in (0, 1)))]


def random_unwrap(code: Code, equation: Any, key: Key) -> list[Value]:
    """The two words of a key."""
    target = code.buffer((*key.high.shape, 2), np.dtype("uint32"))
    with code.loops(key.high.shape) as i:
        code.write(target, (*i, 0), key.high.at(i))
        code.write(target, (*i, 1), key.low.at(i))
    return [target]


def threefry2x32(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """The block cipher behind JAX's random numbers."""
    shape = common_shape(inputs)
    word = np.dtype("uint32")
    targets = [code.buffer(shape or (1,), word) for _ in range(2)]
    threefry = code.helper("threefry")
    code.helper("words")
    with code.loops(shape) as i:
        code.line(f"{threefry}({', '.join(element(x, i) for x in inputs)});")
        for n, target in enumerate(targets):
            code.write(target, i or (0,), f"words[{n}]")
    return [t if shape else code.scalar(word, f"{t.buffer}[0]") for t in targets]


# Control flow ---------------------------------------------------------------------------------


def call(name: str) -> Callable:
    """A function called inside a function: its equations in place."""

    def rule(code: Code, equation: Any, *inputs: Any) -> list[Any]:
        inner = equation.params[name]
        consts = getattr(inner, "consts", ())
        return emit(code, getattr(inner, "jaxpr", inner), consts, inputs)

    return rule


def places(code: Code, values: Sequence[Any]) -> list[Any]:
    """Storage of its own for each value, holding it."""

    def place(value: Value) -> Value:
        if not value.shape:
            return code.variable(value.dtype, value.at(()))
        target = code.buffer(value.shape, value.dtype)
        code.fill(target, value)
        return target

    return jax.tree.map(place, list(values), is_leaf=is_value)


def is_value(x: Any) -> bool:
    """Whether a leaf of nested values is reached."""
    return isinstance(x, Value)


def assign(code: Code, targets: Sequence[Any], values: Sequence[Any]) -> None:
    """Overwrite storage with new values, all of which may read the old."""
    old = jax.tree.leaves(list(targets), is_leaf=is_value)
    new = jax.tree.leaves(list(values), is_leaf=is_value)
    names = {t.buffer or t.at(()) for t in old}
    changed = []
    for target, value in zip(old, new, strict=True):
        if value is target or (value.buffer and value.buffer == target.buffer):
            continue
        if value.shape:
            safe = code.store(value)
            if safe.buffer in names:
                safe = code.buffer(value.shape, value.dtype)
                code.fill(safe, value)
        elif value.at(()) in names:
            safe = code.scalar(value.dtype, value.at(()))
        else:
            safe = value
        changed.append((target, safe))
    for target, value in changed:
        if value.buffer and value.size > 16:
            code.line(f"{target.buffer}.set({value.buffer});")
        else:
            code.fill(target, value)


def settled(code: Code, values: Sequence[Any]) -> list[Any]:
    """Values computed before a loop rather than in each of its rounds."""
    return [
        Key(*(code.store(part) for part in x)) if isinstance(x, Key) else code.store(x)
        for x in values
    ]


def scan(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """A loop with a carry, over the leading axis of arrays."""
    p = equation.params
    consts = settled(code, inputs[: p["num_consts"]])
    start = inputs[p["num_consts"] : p["num_consts"] + p["num_carry"]]
    arrays = settled(code, inputs[p["num_consts"] + p["num_carry"] :])
    carry = places(code, start)
    collected = [storage(code, variable.aval) for variable in equation.outvars[p["num_carry"] :]]
    k, length = code.name("k"), p["length"]
    head = f"for (let {k} = 0; {k} < {length}; {k}++)"
    if p["reverse"]:
        head = f"for (let {k} = {length - 1}; {k} >= 0; {k}--)"

    def row(x: Value) -> Value:
        return moved(x, x.shape[1:], lambda i: (k, *i))

    with code.block(head):
        rows = jax.tree.map(row, arrays, is_leaf=is_value)
        results = emit(code, p["jaxpr"].jaxpr, p["jaxpr"].consts, [*consts, *carry, *rows])
        new, gathered = results[: p["num_carry"]], results[p["num_carry"] :]
        for target, value in zip(
            jax.tree.leaves(collected, is_leaf=is_value),
            jax.tree.leaves(gathered, is_leaf=is_value),
            strict=True,
        ):
            code.fill(target, value, (k,))
        assign(code, carry, new)
    return [*carry, *collected]


def storage(code: Code, aval: Any) -> Any:
    """An array to write into (two for keys)."""
    if jax.dtypes.issubdtype(aval.dtype, jax.dtypes.prng_key):
        return Key(*(code.buffer(aval.shape, np.dtype("uint32")) for _ in range(2)))
    return code.buffer(aval.shape, aval.dtype)


def place_for(code: Code, aval: Any) -> Any:
    """A variable or an array to assign to (two for keys)."""
    if aval.shape:
        return storage(code, aval)
    if jax.dtypes.issubdtype(aval.dtype, jax.dtypes.prng_key):
        return Key(*(code.variable(np.dtype("uint32")) for _ in range(2)))
    return code.variable(aval.dtype)


def while_(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """A loop with a condition."""
    p = equation.params
    n_test, n_body = p["cond_nconsts"], p["body_nconsts"]
    test_consts = settled(code, inputs[:n_test])
    body_consts = settled(code, inputs[n_test : n_test + n_body])
    carry = places(code, inputs[n_test + n_body :])
    test, body = p["cond_jaxpr"], p["body_jaxpr"]
    with code.block("while (true)"):
        (going,) = emit(code, test.jaxpr, test.consts, [*test_consts, *carry])
        if going.shape:
            raise UntranslatableError("a while loop whose condition is an array")
        code.line(f"if (!{going.at(())}) break;")
        assign(code, carry, emit(code, body.jaxpr, body.consts, [*body_consts, *carry]))
    return carry


def cond(code: Code, equation: Any, which: Value, *inputs: Any) -> list[Any]:
    """One of several branches."""
    branches = equation.params["branches"]
    inputs = settled(code, inputs)
    results = [place_for(code, variable.aval) for variable in equation.outvars]
    number = code.index(which)
    last = len(branches) - 1
    for n, branch in enumerate(branches):
        # An index out of range takes the nearest branch, as in JAX.
        test = f"{number} <= 0" if n == 0 else f"{number} === {n}"
        head = "else" if n == last else f"if ({test})" if n == 0 else f"else if ({test})"
        with code.block(head if last else "if (true)"):
            values = emit(code, branch.jaxpr, branch.consts, inputs)
            for target, value in zip(
                jax.tree.leaves(results, is_leaf=is_value),
                jax.tree.leaves(values, is_leaf=is_value),
                strict=True,
            ):
                code.fill(target, value)
    return results


def platform_index(code: Code, equation: Any) -> list[Value]:
    """Which variant of a function that differs between processors: the CPU's."""
    for n, platforms in enumerate(equation.params["platforms"]):
        if platforms is None or "cpu" in platforms:
            return [constant(code, np.int32(n))]
    raise UntranslatableError("a function without a variant for CPUs")


def same(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """The operands themselves."""
    return list(inputs)


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
    "tile": tile,
    "squeeze": squeeze,
    "transpose": transpose,
}
# Rules that move elements without computing; random keys pass through them word by word.
STRUCTURAL = frozenset(STRUCTURAL_RULES)

RULES: dict[str, Callable] = {
    # arithmetic
    "add": arithmetic("+"),
    "add_any": arithmetic("+"),
    "sub": arithmetic("-"),
    "mul": elementwise(write_mul),
    "div": elementwise(write_div),
    "rem": elementwise(write_rem),
    "neg": elementwise(write_neg),
    "sign": elementwise(write_sign),
    "abs": elementwise(write_abs),
    "max": elementwise(write_extreme("max")),
    "min": elementwise(write_extreme("min")),
    "pow": pow_,
    "integer_pow": integer_pow,
    "square": square,
    # real functions
    "acos": function("Math.acos"),
    "acosh": function("Math.acosh"),
    "asin": function("Math.asin"),
    "asinh": function("Math.asinh"),
    "atan": function("Math.atan"),
    "atan2": function("Math.atan2"),
    "atanh": function("Math.atanh"),
    "cbrt": function("Math.cbrt"),
    "ceil": function("Math.ceil"),
    "cos": function("Math.cos"),
    "cosh": function("Math.cosh"),
    "erf": function("erf"),
    "erf_inv": function("erfInv"),
    "erfc": function("erfc"),
    "exp": function("Math.exp"),
    "exp2": function("exp2"),
    "expm1": function("Math.expm1"),
    "floor": function("Math.floor"),
    "is_finite": function("Number.isFinite"),
    "log": function("Math.log"),
    "log1p": function("Math.log1p"),
    "logistic": function("logistic"),
    "round": round_,
    "rsqrt": function("inverseSqrt"),
    "sin": function("Math.sin"),
    "sinh": function("Math.sinh"),
    "sqrt": function("Math.sqrt"),
    "tan": function("Math.tan"),
    "tanh": function("Math.tanh"),
    # comparisons, bits, conversions
    "eq": comparison("=="),
    "ne": comparison("!="),
    "lt": comparison("<"),
    "le": comparison("<="),
    "gt": comparison(">"),
    "ge": comparison(">="),
    "and": bitwise("&"),
    "or": bitwise("|"),
    "xor": bitwise("^"),
    "not": elementwise(write_not),
    "shift_left": shift("left"),
    "shift_right_logical": shift("logical"),
    "shift_right_arithmetic": shift("arithmetic"),
    "clamp": clamp,
    "convert_element_type": convert,
    "bitcast_convert_type": bitcast,
    # structure
    **STRUCTURAL_RULES,
    "iota": iota,
    "pad": pad,
    "scatter-add": scatter(write_add),
    "scatter-sub": scatter(write_sub),
    "scatter-mul": scatter(write_mul),
    "scatter-max": scatter(write_extreme("max")),
    "scatter-min": scatter(write_extreme("min")),
    # reductions
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
    # linear algebra
    "cholesky": matrices("cholesky", 1),
    "triangular_solve": triangular_solve,
    "lu": lu,
    "custom_linear_solve": linear_solve,
    # random numbers
    "random_seed": random_seed,
    "random_split": random_split,
    "random_fold_in": random_fold_in,
    "random_bits": random_bits,
    "random_wrap": random_wrap,
    "random_unwrap": random_unwrap,
    "threefry2x32": threefry2x32,
    # control flow
    "jit": call("jaxpr"),
    "closed_call": call("call_jaxpr"),
    "custom_jvp_call": call("call_jaxpr"),
    "custom_vjp_call": call("call_jaxpr"),
    "remat2": call("jaxpr"),
    "checkpoint": call("jaxpr"),
    "scan": scan,
    "while": while_,
    "cond": cond,
    "platform_index": platform_index,
    "copy": same,
    "copy_p": same,
    "stop_gradient": same,
    "optimization_barrier": same,
}
