"""Rules of jax.random: keys are the two words of threefry, and every bit is JAX's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lib.figures.code import Code, Index, Key, UntranslatableError, Value, row_major
from lib.figures.rules.elementwise import common_shape, element, wrapped
from lib.figures.rules.structure import moved


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


RULES: dict[str, Callable] = {
    "random_seed": random_seed,
    "random_split": random_split,
    "random_fold_in": random_fold_in,
    "random_bits": random_bits,
    "random_wrap": random_wrap,
    "random_unwrap": random_unwrap,
    "threefry2x32": threefry2x32,
}
