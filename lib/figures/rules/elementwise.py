"""Rules of operations on each element: arithmetic, real functions, bits, conversions, choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

from lib.figures import jax_inside
from lib.figures.code import (
    Code,
    Index,
    UntranslatableError,
    Value,
    big,
    constant,
    emit,
    literal_text,
    moved,
)

BOOL = np.dtype("bool")


def element(value: Value, index: Index) -> str:
    """An operand's element; dimensions of length one are repeated, as JAX allows in jaxprs."""
    return value.at(repeated(value, index))


def repeated(value: Value, index: Index) -> Index:
    """Where an operand's element lies for an index of the result."""
    if not value.shape:
        return ()
    return tuple(0 if n == 1 else i for n, i in zip(value.shape, index, strict=True))


def computed_once(code: Code, x: Value) -> Value:
    """An operand that is read more often than it has elements."""
    if x.size > 1:
        return code.store(x)
    number = code.store(moved(x, (), lambda _: (0,) * len(x.shape)))
    return moved(number, x.shape, lambda _: ())


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
        size = math.prod(shape)
        operands = [x if x.cheap or x.size == size else computed_once(code, x) for x in inputs]
        return [
            Value(
                shape,
                dtype,
                lambda i: write(code, operand, *(element(x, i) for x in operands)),
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


def implemented(name: str) -> Callable:
    """The rule of a real function that JAX writes with other primitives: those, in a loop."""
    implementation = jax_inside.IMPLEMENTATIONS[name]

    def rule(code: Code, equation: Any, *inputs: Value) -> list[Value]:
        dtype = np.dtype(equation.outvars[0].aval.dtype)
        shape = common_shape(inputs)
        scalars = [jax.ShapeDtypeStruct((), x.dtype) for x in inputs]
        traced = jax.make_jaxpr(partial(implementation, dtype=dtype))(*scalars)
        target = code.buffer(shape, dtype) if shape else code.variable(dtype)
        with code.loops(shape) as i:
            elements = [code.scalar(x.dtype, element(x, i)) for x in inputs]
            (value,) = emit(code, traced.jaxpr, traced.consts, elements)
            code.write(target, i, value.at(()))
        return [target]

    return rule


def arithmetic(operator: str) -> Callable:
    """The rule of + and −, exact up to rounding or wrap-around."""
    return elementwise(lambda code, dtype, a, b: wrapped(f"({a} {operator} {b})", dtype))


def comparison(operator: str) -> Callable:
    """The rule of a comparison; booleans are numbers or booleans, hence == and not ===."""
    return elementwise(lambda code, dtype, a, b: f"({a} {operator} {b})")


def total_comparison(operator: str) -> Callable:
    """The rule of a comparison in which NaN is above all and equal to itself, and −0 below 0."""

    def write(code: Code, dtype: np.dtype, a: str, b: str) -> str:
        if dtype.kind == "f":
            return f"({code.helper('compareTotal')}({a}, {b}) {operator} 0)"
        return f"({a} {operator} {b})"

    return elementwise(write)


def write_add(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The sum."""
    return wrapped(f"({a} + {b})", dtype)


def write_sub(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The difference."""
    return wrapped(f"({a} - {b})", dtype)


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
        if big(dtype):
            return f"{code.helper('bigMax' if which == 'max' else 'bigMin')}({a}, {b})"
        return f"Math.{which}({a}, {b})"

    return write


def write_neg(code: Code, dtype: np.dtype, a: str) -> str:
    """The negative."""
    return wrapped(f"(-{a})", dtype)


def write_sign(code: Code, dtype: np.dtype, a: str) -> str:
    """The sign: −1, 0 or 1; NaN and −0 stay."""
    if big(dtype):
        return f"{code.helper('bigSign')}({a})"
    return f"Math.sign({a})"


def write_abs(code: Code, dtype: np.dtype, a: str) -> str:
    """The absolute value; that of the smallest integer wraps around to itself."""
    if big(dtype):
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

    def rule(code: Code, equation: Any, a: Value, b: Value) -> list[Value]:
        (value,) = elementwise(write)(code, equation, a, b)
        if a.words is None or b.words is None:
            return [value]

        def words(i: Index) -> tuple[str, str]:
            halves = zip(a.words(repeated(a, i)), b.words(repeated(b, i)), strict=True)
            low, high = (f"({p} {operator} {q})" for p, q in halves)
            return low, high

        return [replace(value, words=words)]

    return rule


def shift_words(x: Value, by: Value) -> Callable[[Index], tuple[str, str]] | None:
    """The words of an integer that is shifted to the right by a few known places."""
    if x.words is None or by.literal is None or not 0 < by.literal < 32:
        return None

    def words(i: Index) -> tuple[str, str]:
        low, high = x.words(repeated(x, i))
        n = by.literal
        return f"({low} >>> {n} | {high} << {32 - n})", f"({high} >>> {n})"

    return words


def shift(name: str) -> Callable:
    """Shifts; by the width or more they leave zero (the sign, where arithmetic)."""

    def rule(code: Code, equation: Any, x: Value, by: Value) -> list[Value]:
        words = shift_words(x, by) if name == "logical" else None
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

        return [Value(common_shape((x, by)), dtype, write, cheap=False, words=words)]

    return rule


def count_bits(name: str) -> Callable:
    """How many bits are set, or how many zeros lead; of a narrow integer, within its width."""

    def write(code: Code, dtype: np.dtype, a: str) -> str:
        width = 8 * dtype.itemsize
        positive = wrapped(a, np.dtype(f"uint{width}"))
        if width == 64:
            return f"{code.helper(f'big{name}')}({positive})"
        if name == "BitCount":
            return f"{code.helper('bitCount')}({positive})"
        return f"(Math.clz32({positive}) - {32 - width})" if width < 32 else f"Math.clz32({a})"

    return elementwise(write)


def write_mulhi(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The upper half of a product."""
    high = f"(BigInt({a}) * BigInt({b}) >> {8 * dtype.itemsize}n)"
    return wrapped(high, dtype) if big(dtype) else f"Number({high})"


def write_one_minus_square(code: Code, dtype: np.dtype, a: str) -> str:
    """1 − a² without cancellation at ±1."""
    return wrapped(f"({wrapped(f'(1 + {a})', dtype)} * {wrapped(f'(1 - {a})', dtype)})", dtype)


def write_log2(code: Code, dtype: np.dtype, a: str) -> str:
    """The logarithm to base 2, from the natural one as in JAX."""
    return wrapped(f"({wrapped(f'Math.log({a})', dtype)} * {1 / math.log(2)!r})", dtype)


def with_pole(name: str) -> Callable:
    """The rule of digamma or a derivative of it, which versions of JAX continue at 0 each."""
    at_zero = literal_text(jax_inside.DIGAMMA_OF_ZERO, np.dtype("float64"))

    def write(code: Code, dtype: np.dtype, *x: str) -> str:
        return wrapped(f"{code.helper(name)}({', '.join(x)}, {at_zero})", dtype)

    return elementwise(write)


def write_nextafter(code: Code, dtype: np.dtype, a: str, b: str) -> str:
    """The neighbour of a towards b, by counting in the bits."""
    bits = code.helper("bits64" if dtype == "float64" else "bits32")
    return f"{code.helper('nextAfter')}({a}, {b}, {bits})"


def reduce_precision(code: Code, equation: Any, x: Value) -> list[Value]:
    """Rounding to fewer bits of exponent and mantissa, halves to even."""
    e, m = (int(equation.params[f"{part}_bits"]) for part in ("exponent", "mantissa"))
    width, whole, most = ("64", 11, 52) if x.dtype == "float64" else ("32", 8, 23)
    name = code.helper("reducePrecision")
    bits = code.helper(f"bits{width}")
    formats = f"{most}, {max(most - m, 0)}, {whole}, {min(e, whole)}"

    def write(code: Code, dtype: np.dtype, a: str) -> str:
        return f"{name}({a}, {bits}, {formats})"

    return elementwise(write)(code, equation, x)


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
            return ("1", a, write_mul(code, dtype, a, a))[y]
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


def mul(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """Multiplication, in the dtype of the result where that is another."""
    dtype = np.dtype(equation.outvars[0].aval.dtype)
    return elementwise(write_mul)(code, equation, *(converted(code, x, dtype) for x in inputs))


def write_polynomial(code: Code, dtype: np.dtype, x: str, *coefficients: str) -> str:
    """A polynomial by Horner's rule; the constant term comes first."""
    *lower, total = coefficients
    for coefficient in reversed(lower):
        total = write_add(code, dtype, write_mul(code, dtype, total, x), coefficient)
    return total


def polynomial(code: Code, equation: Any, x: Value, *coefficients: Value) -> list[Value]:
    """A polynomial, whose coefficients are arrays, too."""
    return elementwise(write_polynomial)(code, equation, code.store(x), *coefficients)


def convert(code: Code, equation: Any, x: Value) -> list[Value]:
    """Conversion between dtypes; floats to integers are truncated and clamped, NaN is 0."""
    return [converted(code, x, np.dtype(equation.params["new_dtype"]))]


def converted(code: Code, x: Value, target: np.dtype) -> Value:
    """The same numbers in another dtype."""
    source = x.dtype
    if source == target:
        return x
    if x.literal is not None:
        return constant(code, np.asarray(x.literal, source).astype(target))

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

    number = x.number if target.kind in "iu" and np.can_cast(source, target) else None
    return Value(x.shape, target, at, cheap=False, number=number)


def bitcast(code: Code, equation: Any, x: Value) -> list[Value]:
    """The same bits under another dtype of the same width."""
    target = np.dtype(equation.params["new_dtype"])
    if target.itemsize != x.dtype.itemsize:
        raise UntranslatableError(f"a bitcast from {x.dtype} to {target} changes the width")
    if target == x.dtype:
        return [x]
    # A copy: x may live in storage that is overwritten later.
    copy = code.buffer(x.shape or (1,), x.dtype)
    code.fill(copy, x, () if x.shape else (0,))
    same = code.stored(code.view(f"{copy.buffer}", target), copy.shape, target)
    return [same if x.shape else Value((), target, lambda _: same.at((0,)))]


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


RULES: dict[str, Callable] = {
    # arithmetic
    "add": arithmetic("+"),
    "add_any": arithmetic("+"),
    "sub": arithmetic("-"),
    "mul": mul,
    "mulhi": elementwise(write_mulhi),
    "div": elementwise(write_div),
    "rem": elementwise(write_rem),
    "neg": elementwise(write_neg),
    "sign": elementwise(write_sign),
    "abs": elementwise(write_abs),
    "max": elementwise(write_extreme("max")),
    "min": elementwise(write_extreme("min")),
    "one_minus_square": elementwise(write_one_minus_square),
    "polynomial": polynomial,
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
    "bessel_i0e": function("besselI0e"),
    "bessel_i1e": function("besselI1e"),
    "cbrt": function("Math.cbrt"),
    "ceil": function("Math.ceil"),
    "cos": function("Math.cos"),
    "cosh": function("Math.cosh"),
    "digamma": with_pole("digamma"),
    "erf": function("erf"),
    "erf_inv": function("erfInv"),
    "erfc": function("erfc"),
    "exp": function("Math.exp"),
    "exp2": function("exp2"),
    "expm1": function("Math.expm1"),
    "floor": function("Math.floor"),
    "igamma": implemented("igamma"),
    "igamma_grad_a": implemented("igamma_grad_a"),
    "igammac": implemented("igammac"),
    "is_finite": function("Number.isFinite"),
    "lgamma": function("lgamma"),
    "log": function("Math.log"),
    "log1p": function("Math.log1p"),
    "log2": elementwise(write_log2),
    "logistic": function("logistic"),
    "nextafter": elementwise(write_nextafter),
    "polygamma": with_pole("polygamma"),
    "reduce_precision": reduce_precision,
    "regularized_incomplete_beta": implemented("regularized_incomplete_beta"),
    "round": round_,
    "rsqrt": function("inverseSqrt"),
    "sin": function("Math.sin"),
    "sinh": function("Math.sinh"),
    "sqrt": function("Math.sqrt"),
    "tan": function("Math.tan"),
    "tanh": function("Math.tanh"),
    "zeta": function("zeta"),
    # comparisons, bits, conversions
    "eq": comparison("=="),
    "ne": comparison("!="),
    "lt": comparison("<"),
    "le": comparison("<="),
    "gt": comparison(">"),
    "ge": comparison(">="),
    "eq_to": total_comparison("=="),
    "lt_to": total_comparison("<"),
    "le_to": total_comparison("<="),
    "and": bitwise("&"),
    "or": bitwise("|"),
    "xor": bitwise("^"),
    "not": elementwise(write_not),
    "shift_left": shift("left"),
    "shift_right_logical": shift("logical"),
    "shift_right_arithmetic": shift("arithmetic"),
    "clz": count_bits("LeadingZeros"),
    "population_count": count_bits("BitCount"),
    "clamp": clamp,
    "convert_element_type": convert,
    "bitcast_convert_type": bitcast,
}
