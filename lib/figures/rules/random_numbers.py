"""Rules of jax.random: keys are the two words of threefry, and every bit is JAX's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lib.figures import jax_inside
from lib.figures.code import (
    WORD,
    Code,
    Index,
    Key,
    UntranslatableError,
    Value,
    by_tracing,
    moved,
    row_major,
    times,
)
from lib.figures.rules.elementwise import common_shape, element, wrapped


def run_threefry(
    code: Code,
    target: str,
    shape: tuple[int, ...],
    blocks: int,
    operands: Callable[[Index], Sequence[str]],
) -> None:
    """Fill an array of 32-bit words with blocks of threefry.

    Args:
      target: the typed array; a block is two words, the second first, as in a 64-bit integer.
      shape: the shape of the array of keys.
      blocks: how many blocks of consecutive counts each key gets.
      operands: the words of a key and of its first count.
    """
    threefry = code.helper("threefry")
    with code.loops(shape) as i:
        start = times(row_major(i, shape), 2 * blocks)
        code.line(f"{threefry}({', '.join([target, f'{start}', f'{blocks}', *operands(i)])});")


def halves(words: Value) -> Key:
    """The first and second words of stored blocks."""
    shape = words.shape[:-1]
    first, second = (moved(words, shape, lambda i, k=k: (*i, k)) for k in (1, 0))
    return Key(first, second)


def counted(code: Code, target: str, key: Key, shape: Sequence[int]) -> None:
    """Fill an array with threefry of the counts 0, 1, 2, …, over a shape for each key."""
    if not jax_inside.threefry_is_partitionable():
        raise UntranslatableError(
            "random numbers with jax_threefry_partitionable switched off are others than a page's; "
            "switch it on, as it is by default"
        )
    run_threefry(
        code,
        target,
        key.high.shape,
        math.prod(shape),
        lambda i: (key.high.at(i), key.low.at(i), "0", "0"),
    )


def random_seed(code: Code, equation: Any, seed: Value) -> list[Key]:
    """A key from a whole number: its 64 bits (32 for a 32-bit seed)."""
    seed = code.store(seed)
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

    return [Key(Value(seed.shape, WORD, high), Value(seed.shape, WORD, low))]


def random_split(code: Code, equation: Any, key: Key) -> list[Key]:
    """Independent keys: threefry of the counts 0, 1, 2, …"""
    shape = equation.params["shape"]
    words = code.buffer((*key.high.shape, *shape, 2), WORD)
    counted(code, f"{words.buffer}", key, shape)
    return [halves(words)]


def random_fold_in(code: Code, equation: Any, key: Key, data: Value) -> list[Key]:
    """A key from a key and a number: threefry of the number."""
    shape = key.high.shape
    words = code.buffer((*shape, 2), WORD)

    def operands(i: Index) -> tuple[str, ...]:
        return key.high.at(i), key.low.at(i), "0", element(data, i)

    run_threefry(code, f"{words.buffer}", shape, 1, operands)
    return [halves(words)]


def random_bits(code: Code, equation: Any, key: Key) -> list[Value]:
    """Uniform bits: threefry of the counts, both words joined (64 bits) or combined."""
    bits, shape = equation.params["bit_width"], equation.params["shape"]
    whole = (*key.high.shape, *shape)
    dtype = np.dtype(f"uint{bits}")
    if bits == 64:
        target = code.buffer(whole or (1,), dtype)
        counted(code, code.view(f"{target.buffer}", WORD), key, shape)
        return [target if whole else moved(target, (), lambda _: (0,))]
    words = code.buffer((*whole, 2), WORD)
    counted(code, f"{words.buffer}", key, shape)
    first, second = halves(words)
    return [
        Value(
            whole,
            dtype,
            lambda i: wrapped(f"({first.at(i)} ^ {second.at(i)})", dtype),
            cheap=False,
        )
    ]


def random_wrap(code: Code, equation: Any, words: Value) -> list[Key]:
    """A key from its two words."""
    shape = words.shape[:-1]
    return [Key(*(moved(words, shape, lambda i, k=k: (*i, k)) for k in (0, 1)))]


def random_unwrap(code: Code, equation: Any, key: Key) -> list[Value]:
    """The two words of a key."""
    target = code.buffer((*key.high.shape, 2), WORD)
    with code.loops(key.high.shape) as i:
        code.write(target, (*i, 0), key.high.at(i))
        code.write(target, (*i, 1), key.low.at(i))
    return [target]


def threefry2x32(code: Code, equation: Any, *inputs: Value) -> list[Value]:
    """The block cipher behind JAX's random numbers."""
    shape = common_shape(inputs)
    words = code.buffer((*shape, 2), WORD)
    run_threefry(code, f"{words.buffer}", shape, 1, lambda i: [element(x, i) for x in inputs])
    return list(halves(words))


RULES: dict[str, Callable] = {
    "random_seed": random_seed,
    "random_split": random_split,
    "random_fold_in": random_fold_in,
    "random_bits": random_bits,
    "random_gamma": by_tracing(jax_inside.IMPLEMENTATIONS["random_gamma"]),
    "random_wrap": random_wrap,
    "random_unwrap": random_unwrap,
    "threefry2x32": threefry2x32,
}
