"""The JavaScript under construction: values, loops, storage, and the equations of a jaxpr.

Four conventions keep the emitted code small and fast:

* Shapes are static, so every array lives in a typed array that is allocated once, outside of the
  function; a call allocates only what it returns.
* An array is a recipe for its element at an index (`Value.at`). Chains of elementwise operations
  thus become one loop, and slices, transposes and broadcasts cost nothing. An array is stored
  when it is read more than once, and when its recipe gets long.
* An array that a loop carries is updated where it stands, unless its old elements are still needed.
* A scalar is a JavaScript constant. 64-bit integers are BigInts, so that they wrap around as
  JAX's do; random bits are two 32-bit words as long as that will do, since only Chromium computes
  with BigInts fast.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import Literal

from lib.figures import jax_inside

# A position along an axis: known, or an expression. Some parameters of JAX hold NumPy integers.
Place = int | np.integer | str
Index = tuple[Place, ...]

TYPED_ARRAYS = {
    "float64": "Float64Array",
    "float32": "Float32Array",
    "int64": "BigInt64Array",
    "uint64": "BigUint64Array",
    "int32": "Int32Array",
    "uint32": "Uint32Array",
    "int16": "Int16Array",
    "uint16": "Uint16Array",
    "int8": "Int8Array",
    "uint8": "Uint8Array",
    "bool": "Uint8Array",
}
WORD = np.dtype("uint32")  # what random keys are made of, and the halves of 64-bit integers
DEEP = (
    40  # operations in one recipe; a step of the recipe is some calls of Python, which are limited
)

LONG = 12  # elements that an array has at least, where a rule is shorter than their list


def big(dtype: np.dtype) -> bool:
    """Whether a dtype's elements are BigInts."""
    return dtype.kind in "iu" and dtype.itemsize == 8


class UntranslatableError(NotImplementedError):
    """A part of a function has no JavaScript translation; the message says which and where.

    Attributes:
      primitive: the operation of JAX that it is about; empty until that is known.
      line: the reader's line that asks for it; likewise.
    """

    primitive = ""
    line = ""

    def __str__(self) -> str:
        """The message, with the operation and the line as far as they are known."""
        place = f"used at {self.line}" if self.line else ""
        about = f"the primitive '{self.primitive}'" if self.primitive else ""
        more = ", ".join(part for part in (about, place) if part)
        return f"{super().__str__()} ({more})" if more else super().__str__()


class Parameters(Mapping):
    """An equation's parameters, and which of them a rule has read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Nothing has been read."""
        self.given, self.read = values, set()

    def __getitem__(self, name: str) -> Any:
        """A parameter, which is now read."""
        self.read.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self.given)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.given)


@dataclass(frozen=True, eq=False)
class Value:
    """An array in the emitted code: what its element at an index reads as."""

    shape: tuple[int, ...]
    dtype: np.dtype
    at: Callable[[Index], str]
    buffer: str | None = None  # the typed array it is stored in, row-major
    literal: Any = None  # the number itself, where it is known when the code is emitted
    cheap: bool = True  # reading an element costs no arithmetic worth saving
    number: Callable[[Index], str] | None = None  # a 64-bit integer read as a plain number
    words: Callable[[Index], tuple[str, str]] | None = None  # its halves, low and high
    depth: int = 0  # how many operations its recipe goes through before it reads what is stored
    sources: frozenset[str] = frozenset()  # the typed arrays that the recipe reads

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def is_big(self) -> bool:
        """Whether its elements are BigInts."""
        return big(self.dtype)


class Key(NamedTuple):
    """A random key (or an array of them): the two 32-bit words of threefry."""

    high: Value
    low: Value


def parts(value: Value | Key) -> tuple[Value, ...]:
    """The arrays that a value consists of: itself, or the two words of a key."""
    return value if isinstance(value, Key) else (value,)


def each_part(change: Callable[[Value], Value], value: Value | Key) -> Value | Key:
    """The same value with each of its arrays changed."""
    return Key(*map(change, value)) if isinstance(value, Key) else change(value)


def plus(a: Place, b: Place) -> Place:
    """The sum of two index expressions, folded where both are known."""
    if not isinstance(a, str) and not isinstance(b, str):
        return a + b
    return b if a == 0 else a if b == 0 else f"{a} + {b}"


def times(a: Place, b: Place) -> Place:
    """The product of two index expressions, folded where both are known."""
    if not isinstance(a, str) and not isinstance(b, str):
        return a * b
    if a == 0 or b == 0:
        return 0
    return b if a == 1 else a if b == 1 else f"{bracketed(a)} * {bracketed(b)}"


def bracketed(index: Place) -> str:
    """An index expression, safe to multiply."""
    return f"({index})" if isinstance(index, str) and not index.isidentifier() else f"{index}"


def row_major(index: Index, shape: tuple[int, ...]) -> Place:
    """The offset of an index in a row-major buffer."""
    offset: Place = 0
    for position, length in zip(index, shape, strict=True):
        offset = plus(times(offset, length), position)
    return offset


def literal_text(value: Any, dtype: np.dtype) -> str:
    """A number as JavaScript writes it."""
    if dtype.kind == "b":
        return "true" if value else "false"
    if dtype.kind in "iu":
        text = f"{int(value)}" + ("n" if big(dtype) else "")
    else:
        number = float(value)
        if np.isnan(number):
            return "NaN"
        text = repr(number).replace("inf", "Infinity")
        text = text.removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def written_out(contents: Any, dtype: np.dtype) -> str:
    """What follows `new Float64Array` for these numbers: a rule that gives them all, or a list."""
    numbers = np.ravel(np.asarray(contents, dtype))
    listed = (element_text(x, dtype).strip("()") for x in numbers)
    return rule(numbers) or f"([{', '.join(listed)}])"


def rule(numbers: np.ndarray) -> str | None:
    """The numbers of an array as start + step * i, where that gives each to the last bit."""
    dtype, count = numbers.dtype, len(numbers)
    if count < LONG or dtype.kind == "b":
        return None
    start, second, last = numbers[[0, 1, -1]].tolist()
    for step in (second - start, (last - start) / (count - 1)):
        given = [start + step * i if start else step * i for i in range(count)]
        exact = max(map(abs, given)) < 2**53
        if exact and np.array(given).astype(dtype).tobytes() == numbers.tobytes():
            first, more = (literal_text(x, np.dtype(float)) for x in (start, step))
            text = f"{first} + {more} * i" if start else f"{more} * i"
            return f"({count}).map((_, i) => {f'BigInt({text})' if big(dtype) else text})"
    return None


def element_text(value: Any, dtype: np.dtype) -> str:
    """A number as a typed array reads it: in single precision, of the digits that this has."""
    short = float(str(value)) if dtype == np.float32 else value
    return literal_text(short if dtype.type(short) == value else value, dtype)


class Constant(NamedTuple):
    """An array that is known when the code is emitted, and how long it is written out."""

    characters: int = 0
    dtype: Any = None
    shape: tuple[int, ...] = ()


@dataclass
class Code:
    """The JavaScript under construction.

    Attributes:
      rules: how each primitive is written, by its name.
      moving: the primitives that only move elements; random keys pass through them.
      not_read: the parameters that a rule need not read, by the name of the primitive.
      left_out: why some primitives have no rule, and what to do instead.
      free: the typed arrays that the rule which is called now may write its result into, because
        nothing reads them afterwards. A rule asks before it emits anything.
    """

    rules: Mapping[str, Callable]
    moving: frozenset[str]
    not_read: Mapping[str, Mapping[str, str]]
    left_out: Sequence[Any]
    lines: list[str] = field(default_factory=list)
    declarations: list[str] = field(default_factory=list)
    largest: Constant = field(default_factory=Constant)  # of the arrays that are written out
    helpers: set[str] = field(default_factory=set)
    known: ChainMap = field(default_factory=ChainMap)  # equations already emitted, by what they do
    views: dict[tuple[str, str], str] = field(default_factory=dict)  # by array and type
    free: frozenset[str] = frozenset()  # the arrays that the present equation may overwrite
    depth: int = 1
    count: int = 0

    def line(self, text: str) -> None:
        """Append one line at the present depth."""
        self.lines.append("  " * self.depth + text)

    def name(self, prefix: str) -> str:
        """A fresh name."""
        self.count += 1
        return f"{prefix}{self.count}"

    def helper(self, name: str) -> str:
        """The name of a routine of runtime.js, which is then part of the source."""
        self.helpers.add(name)
        return name

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines inside braces; what is computed there is not reused outside."""
        self.line(f"{head} {{")
        self.depth += 1
        self.known = self.known.new_child()
        yield
        self.known = self.known.parents
        self.depth -= 1
        self.line("}")

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """Lines of a block that is written later; what is computed there is not reused outside."""
        lines, self.lines = self.lines, []
        self.depth += 1
        self.known = self.known.new_child()
        yield self.lines
        self.known = self.known.parents
        self.depth -= 1
        self.lines = lines

    @contextmanager
    def loops(self, shape: Sequence[int], steps: Sequence[int] | None = None) -> Iterator[Index]:
        """Nested loops over every index of a shape, or over the corners of blocks of it."""
        if not shape:
            yield ()
            return
        length, *rest = shape
        step, *steps = steps or [1] * len(shape)
        if length == step:
            with self.loops(rest, steps) as index:
                yield (0, *index)
            return
        i = self.name("i")
        advance = f"{i}++" if step == 1 else f"{i} += {step}"
        with (
            self.block(f"for (let {i} = 0; {i} < {length}; {advance})"),
            self.loops(rest, steps) as index,
        ):
            yield (i, *index)

    def buffer(self, shape: Sequence[int], dtype: np.dtype, contents: Any = None) -> Value:
        """A stored array, allocated once for all calls."""
        shape = tuple(int(n) for n in shape)
        name = self.name("a" if contents is None else "k")
        array = TYPED_ARRAYS[np.dtype(dtype).name]
        size = int(np.prod(shape, dtype=int))
        start = f"({size})"
        if contents is not None:
            start = written_out(contents, np.dtype(dtype))
            self.largest = max(self.largest, Constant(len(start), dtype, shape), key=lambda c: c[0])
        self.declarations.append(f"const {name} = new {array}{start};")
        return self.stored(name, shape, np.dtype(dtype))

    def stored(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> Value:
        """The value that a typed array holds."""

        def words(i: Index) -> tuple[str, str]:
            view = self.view(name, WORD)
            low = times(row_major(i, shape), 2)
            return f"{view}[{low}]", f"{view}[{plus(low, 1)}]"

        return Value(
            shape,
            dtype,
            lambda i: f"{name}[{row_major(i, shape)}]",
            buffer=name,
            words=words if big(dtype) else None,
            sources=frozenset([name]),
        )

    def view(self, buffer: str, dtype: np.dtype) -> str:
        """The name of a second typed array on the bytes of a stored one."""
        array = TYPED_ARRAYS[dtype.name]
        if (buffer, array) not in self.views:
            self.views[buffer, array] = name = self.name("b")
            self.declarations.append(f"const {name} = new {array}({buffer}.buffer);")
        return self.views[buffer, array]

    def scalar(self, dtype: np.dtype, expression: str) -> Value:
        """A named constant."""
        name = self.name("s")
        self.line(f"const {name} = {expression};")
        return Value((), np.dtype(dtype), lambda _: name)

    def variable(self, dtype: np.dtype, expression: str | None = None) -> Value:
        """A named scalar that is assigned again."""
        name = self.name("v")
        self.line(f"let {name};" if expression is None else f"let {name} = {expression};")
        return Value((), np.dtype(dtype), lambda _: name)

    def write(self, target: Value, index: Index, expression: str) -> None:
        """Assign one element of a stored array, or a variable."""
        if target.shape or target.buffer:
            self.line(f"{target.buffer}[{row_major(index, target.shape)}] = {expression};")
        else:
            self.line(f"{target.at(())} = {expression};")

    def fill(self, target: Value, value: Value, prefix: Index = ()) -> None:
        """Copy a value into a stored array (below a leading index) or into a variable."""
        with self.loops(value.shape) as index:
            place = (*prefix, *index)
            if target.words is not None and value.words is not None:
                for half, word in zip(target.words(place), value.words(index), strict=True):
                    self.line(f"{half} = {word};")
            else:
                self.write(target, place, value.at(index))

    def updated(self, value: Value) -> Value:
        """A stored array to write updates into: a copy, or the array itself where it is free."""
        return value if value.buffer in self.free else self.copy(value)

    def copy(self, value: Value) -> Value:
        """A new array that holds the elements of a value."""
        target = self.buffer(value.shape, value.dtype)
        self.fill(target, value)
        return target

    def store(self, value: Value) -> Value:
        """The same value, its elements computed now and kept."""
        if value.buffer is not None or value.literal is not None:
            return value
        if not value.shape:
            if value.dtype == "uint64" and value.words is not None:
                return self.two_words(*value.words(()))
            text = value.at(())
            return value if text.isidentifier() else self.scalar(value.dtype, text)
        return self.copy(value)

    def two_words(self, low: str, high: str) -> Value:
        """An unsigned 64-bit integer from its halves, each a named constant."""
        names = tuple(w if w.isidentifier() else self.scalar(WORD, w).at(()) for w in (low, high))
        text = f"(BigInt({names[1]} >>> 0) << 32n | BigInt({names[0]} >>> 0))"
        return Value((), np.dtype("uint64"), lambda _: text, words=lambda _: names)

    def index(self, value: Value, at: Index = ()) -> str:
        """An integer element as a plain JavaScript number."""
        if value.number is not None:
            return value.number(at)
        return f"Number({value.at(at)})" if value.is_big else value.at(at)


def moved(x: Value, shape: Sequence[Any], to: Callable[[Index], Index]) -> Value:
    """A view: the element at an index is x's at another."""
    number, words = x.number, x.words
    return Value(
        tuple(shape),
        x.dtype,
        lambda i: x.at(to(i)),
        cheap=x.cheap,
        number=None if number is None else lambda i: number(to(i)),
        words=None if words is None else lambda i: words(to(i)),
    )


def constant(code: Code, value: Any) -> Value:
    """A number or array that is known when the code is emitted."""
    value = np.asarray(value)
    check_dtype(value.dtype)
    if value.shape:
        return code.buffer(value.shape, value.dtype, value)
    text = literal_text(value, value.dtype)
    plain = text.replace("n", "") if value.dtype.kind in "iu" else text
    halves = None
    if big(value.dtype):
        halves = tuple(str(int(value) >> shift & 0xFFFFFFFF) for shift in (0, 32))
    return Value(
        (),
        value.dtype,
        lambda _: text,
        literal=value.item(),
        number=lambda _: plain,
        words=None if halves is None else lambda _: halves,
    )


def convert_constant(code: Code, value: Any) -> Value | Key:
    """A constant of a jaxpr, random keys included."""
    if isinstance(value, jax.Array) and is_key(value.dtype):
        check_dtype(value.dtype)
        words = np.asarray(jax.random.key_data(value))
        return Key(constant(code, words[..., 0]), constant(code, words[..., 1]))
    return constant(code, value)


def emit(
    code: Code,
    jaxpr: Any,
    consts: Sequence[Any],
    arguments: Sequence[Any],
    own: frozenset[str] = frozenset(),
) -> list[Any]:
    """Emit a jaxpr's equations and return the values of its results.

    Args:
      own: typed arrays that only these equations read from now on: an update may overwrite one.
    """
    jaxpr = jax_inside.live(jaxpr)
    uses: dict[Any, int] = {}
    last: dict[Any, int] = {}  # the equation that reads a variable last; the results come after all
    reads = [*(equation.invars for equation in jaxpr.eqns), jaxpr.outvars]
    for number, variables in enumerate(reads):
        for variable in variables:
            if not isinstance(variable, Literal):
                uses[variable] = uses.get(variable, 0) + 1
                last[variable] = number

    values: dict[Any, Value | Key] = {}

    def read(variable: Any) -> Value | Key:
        if isinstance(variable, Literal):
            return convert_constant(code, variable.val)
        return values[variable]

    def bind(variable: Any, value: Value | Key) -> Value | Key:
        values[variable] = each_part(lambda part: keep(part, uses.get(variable, 0)), value)
        return values[variable]

    def keep(value: Value, times_read: int) -> Value:
        expensive = times_read > 1 and not value.cheap
        store = expensive or not value.shape or value.depth > DEEP
        return code.store(value) if store else value

    def freed(number: int, equation: Any) -> frozenset[str]:
        """Which arrays of `own` are read by an equation, and by nothing after it.

        What was to be computed from them later is computed now.
        """
        inputs = [part.buffer for v in equation.invars for part in parts(read(v))]
        free = frozenset(name for name in own if inputs.count(name) == 1)
        if not free:
            return free
        later = [v for v in values if last.get(v, -1) > number]
        free -= {part.buffer for v in later for part in parts(values[v])}
        for variable in later:
            values[variable] = each_part(
                lambda part: code.store(part) if part.sources & free else part, values[variable]
            )
        return free

    for variable, value in zip(jaxpr.constvars, consts, strict=True):
        bind(variable, value if isinstance(value, Value | Key) else convert_constant(code, value))
    for variable, value in zip(jaxpr.invars, arguments, strict=True):
        bind(variable, value)

    for number, equation in enumerate(jaxpr.eqns):
        free = freed(number, equation)
        inputs = [read(v) for v in equation.invars]
        signature = identity(equation.primitive.name, equation.params, inputs)
        if signature is not None and signature in code.known:
            outputs = code.known[signature]
        else:
            code.free = free
            outputs = traced_back(apply_rule(code, equation, inputs), inputs)
        outputs = [bind(v, x) for v, x in zip(equation.outvars, outputs, strict=True)]
        if signature is not None:
            code.known[signature] = outputs
    return [read(v) for v in jaxpr.outvars]


def traced_back(outputs: Sequence[Value | Key], inputs: Sequence[Value | Key]) -> list[Value | Key]:
    """The results of a rule, each with what its recipe reads and how long the recipe is."""
    operands = [part for x in inputs for part in parts(x)]
    sources = frozenset().union(*(part.sources for part in operands))
    depth = 1 + max((part.depth for part in operands), default=0)

    def traced(part: Value) -> Value:
        known = part.buffer is not None or part.depth or any(part is x for x in operands)
        return part if known or not part.shape else replace(part, depth=depth, sources=sources)

    return [each_part(traced, x) for x in outputs]


def apply_rule(code: Code, equation: Any, inputs: Sequence[Any]) -> list[Any]:
    """Emit one equation by the rule of its primitive; an error names the reader's own line."""
    primitive = equation.primitive
    try:
        for variable in equation.outvars:
            check_dtype(variable.aval.dtype)
        rule = code.rules.get(primitive.name) or expansion(code, primitive)
        parameters = Parameters(equation.params)
        equation = equation.replace(params=parameters)
        if primitive.name in code.moving and any(isinstance(x, Key) for x in inputs):
            outputs = by_words(code, rule, equation, inputs)
        else:
            outputs = rule(code, equation, *inputs)
        check_parameters(code, primitive.name, parameters)
        return outputs
    except UntranslatableError as error:
        raise placed(error, equation) from error.__cause__
    except Exception as error:
        stopped = UntranslatableError(
            f"the translation stops with {type(error).__name__}: {error}. "
            f"{jax_inside.version_words()}"
        )
        raise placed(stopped, equation) from error


def placed(error: UntranslatableError, equation: Any) -> UntranslatableError:
    """An error with what it is about, unless an equation further inside has said it already."""
    error.primitive = error.primitive or equation.primitive.name
    error.line = error.line or jax_inside.source_line(equation)
    return error


def expansion(code: Code, primitive: Any) -> Callable:
    """The rule of a primitive that stands for other ones: those, in place."""
    function = jax_inside.expanded(primitive)
    if function is not None:
        return by_tracing(traceable(primitive.name, function))
    why, instead = "", "rewrite that line with other operations"
    for reason in code.left_out:
        if primitive.name in reason.names:
            why, instead = f" ({reason.why})", reason.instead
    raise UntranslatableError(f"'{primitive.name}'{why} has no JavaScript rule; {instead}")


def traceable(name: str, function: Callable) -> Callable:
    """A library's own implementation of a primitive, with words for one that JAX can't trace."""

    def implementation(*operands: Any, **parameters: Any) -> Any:
        try:
            return function(*operands, **parameters)
        except Exception as error:
            raise UntranslatableError(
                f"'{name}', a primitive that JAX itself doesn't have, has no JavaScript rule, and "
                f"JAX can't trace its implementation in Python ({type(error).__name__}); rewrite "
                "that line with other operations"
            ) from error

    return implementation


def by_tracing(implementation: Callable) -> Callable:
    """The rule of an operation that is written with other primitives: those, in place.

    Args:
      implementation: a JAX function of the operands and the equation's parameters.
    """

    def rule(code: Code, equation: Any, *inputs: Any) -> list[Any]:
        avals = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in equation.invars]
        traced = jax.make_jaxpr(partial(implementation, **equation.params))(*avals)
        return emit(code, traced.jaxpr, traced.consts, inputs, code.free)

    return rule


def check_parameters(code: Code, primitive: str, parameters: Parameters) -> None:
    """Raise where a rule has skipped a parameter that may change the numbers."""
    harmless = {*code.not_read["every primitive"], *code.not_read.get(primitive, ())}
    skipped = set(parameters.given) - parameters.read - harmless
    if skipped:
        raise UntranslatableError(
            f"the rule of '{primitive}' doesn't read the parameter {', '.join(sorted(skipped))}, "
            f"which may change the numbers. {jax_inside.version_words()}"
        )


def is_key(dtype: Any) -> bool:
    """Whether the elements of a dtype are random keys."""
    return jax.dtypes.issubdtype(dtype, jax.dtypes.prng_key)


def check_dtype(dtype: Any) -> None:
    """Raise where JavaScript has no numbers, or the page no random generator, of a dtype."""
    if is_key(dtype):
        name = jax_inside.generator(dtype)
        if name != "threefry2x32":
            raise UntranslatableError(
                f"a key of the random generator {name}: expected one of threefry2x32, JAX's "
                'default; make it by jax.random.key(seed, impl="threefry2x32")'
            )
    elif dtype.kind == "c":
        raise UntranslatableError(
            f"complex numbers ({dtype}) have no JavaScript translation; compute with the real and "
            "the imaginary parts as two arrays"
        )
    elif dtype.name not in TYPED_ARRAYS:
        raise UntranslatableError(
            f"the dtype {dtype} has no JavaScript translation; "
            f"convert to one of {', '.join(TYPED_ARRAYS)}"
        )


def by_words(code: Code, rule: Callable, equation: Any, inputs: Sequence[Any]) -> list[Key]:
    """Apply a rule that only moves elements to both words of random keys."""
    halves = [
        rule(code, equation, *(x[word] if isinstance(x, Key) else x for x in inputs))
        for word in (0, 1)
    ]
    return [Key(high, low) for high, low in zip(*halves, strict=True)]


def identity(primitive: str, params: dict, inputs: Sequence[Any]) -> tuple | None:
    """What makes two equations the same; None for those that hold further jaxprs."""
    if any("jaxpr" in name or name == "branches" for name in params):
        return None
    words = [word for x in inputs for word in parts(x)]
    operands = tuple(
        id(w) if w.literal is None else (literal_text(w.literal, w.dtype), w.dtype) for w in words
    )
    # The inputs are kept alive with the signature: an id names one object only while it lives.
    return (primitive, str(params), operands, Alive(tuple(words)))


class Alive(tuple):
    """Objects that ride along in a key without taking part in its comparison."""

    def __eq__(self, other: object) -> bool:
        """Any two are equal."""
        return isinstance(other, Alive)

    def __hash__(self) -> int:
        """The same for all, as for anything equal."""
        return 0


def from_number(text: str, dtype: np.dtype) -> str:
    """A plain number as an element of a dtype."""
    if dtype.kind == "b":
        return f"({text} != 0)"
    if big(dtype):
        return f"BigInt({text})"
    return f"Math.fround({text})" if dtype == "float32" else text
