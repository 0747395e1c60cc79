"""Random programs, put together from a table of operations, give what JAX gives."""

import os
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import run
from gate import worst_error
from jax import lax

# The weekly run tries more of them.
PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "15"))
INPUTS = 4
STEPS = 14
LENGTHS = (1, 2, 3, 4)


class Operation(NamedTuple):
    """One way to grow a program.

    Attributes:
      applies: whether it is defined for some arrays, which are drawn from those at hand.
      build: from a random generator and those arrays, a function of them. What is drawn is drawn
        here, so that the function is the same each time it is traced.
      count: how many arrays it takes.
    """

    applies: Callable[..., bool]
    build: Callable[..., Callable]
    count: int = 1


def kind(*kinds, least=0):
    """Whether all arrays are of some kinds (f, i, b) and have at least so many dimensions."""
    return lambda *xs: all(x.dtype.kind in kinds and x.ndim >= least for x in xs)


def alike(*kinds):
    """Whether arrays are of one of some kinds, and have one shape and dtype."""
    return lambda x, y: x.dtype.kind in kinds and (x.shape, x.dtype) == (y.shape, y.dtype)


def one_of(*functions):
    """Any one of some functions."""
    return lambda random, *_: functions[random.integers(len(functions))]


def along_an_axis(*functions):
    """Any one of some functions of an array and an axis."""

    def build(random, x):
        function = functions[random.integers(len(functions))]
        axis = int(random.integers(x.ndim))
        return lambda x: function(x, axis)

    return build


def permuted(random, x):
    order = tuple(int(d) for d in random.permutation(x.ndim))
    return lambda x: jnp.transpose(x, order)


def sliced(random, x):
    start = tuple(int(random.integers(n)) for n in x.shape)
    step = tuple(int(random.integers(1, 3)) for _ in x.shape)
    return lambda x: lax.slice(x, start, x.shape, step)


def padded(random, x):
    widths = [
        tuple(int(w) for w in (*random.integers(0, 2, 2), random.integers(2))) for _ in x.shape
    ]
    return lambda x: lax.pad(x, jnp.zeros((), x.dtype), widths)


def window(random, x, n):
    axis, where = int(random.integers(x.ndim)), int(random.integers(n.size))
    return lambda x, n: lax.dynamic_slice_in_dim(x, n.ravel()[where], 1, axis)


def overwritten(random, x, n):
    where = int(random.integers(n.size))
    return lambda x, n: lax.dynamic_update_slice_in_dim(x, x[:1], n.ravel()[where], 0)


def gathered(random, x, n):
    mode = ("clip", "fill")[random.integers(2)]
    return lambda x, n: bounded(x.at[n.ravel()[:4]].get(mode=mode, fill_value=1))


def scattered(random, x, n):
    name = ("set", "add", "max", "min")[random.integers(4)]

    def scatter(x, n):
        # Where indices meet, the order of additions alone doesn't matter.
        where = n.ravel()[:1] if name == "set" else n.ravel()[:4]
        value = jnp.ones((), x.dtype)
        return bounded(getattr(x.at[where], name)(value, mode="drop"))

    return scatter


def multiplied(random, x, y):
    return lambda x, y: jnp.tensordot(x, jnp.reshape(y, (-1, x.shape[-1])), (x.ndim - 1, 1))


def scanned(random, x):
    factor, backwards = float(random.normal()), bool(random.integers(2))

    def step(carry, row):
        new = jnp.sin(carry * factor + row)
        return new, (new + row, carry)

    return lambda x: lax.scan(step, x[0], x, reverse=backwards)


def branched(random, x, n):
    bound = int(random.integers(-3, 4))
    return lambda x, n: lax.cond(n.ravel()[0] > bound, jnp.sin, lambda v: v * 2 - 1, x)


def switched(random, x, n):
    return lambda x, n: lax.switch(n.ravel()[-1], [jnp.cos, jnp.negative, jnp.tanh], x)


def looped(random, x):
    bound = float(random.uniform(2, 9))

    def loop(x):
        going = lambda c: (jnp.abs(c[0]).max() < bound) & (c[1] < 9)  # noqa: E731
        return lax.while_loop(going, lambda c: (c[0] * 1.5 + 0.5, c[1] + 1), (x, jnp.int32(0)))

    return loop


def looped_in_batch(random, x):
    bound = float(random.uniform(2, 9))

    def loop(v):
        return lax.while_loop(lambda c: jnp.abs(c) < bound, lambda c: c * 2 + 0.75, v)

    return lambda x: bounded(jax.vmap(loop)(x.ravel()))


def drawn(random, n):
    draw = (jax.random.normal, jax.random.uniform, jax.random.exponential)[random.integers(3)]
    shape = tuple(int(k) for k in random.choice(LENGTHS, random.integers(3)))

    def sample(n):
        keys = jax.random.split(jax.random.key(n.ravel()[0]))
        return draw(jax.random.fold_in(keys[1], n.size), shape)

    return sample


def differentiated(random, x):
    function = (jnp.sin, jnp.tanh, jax.nn.softplus)[random.integers(3)]
    return lambda x: jax.grad(lambda v: jnp.sum(function(v) * v))(x)


def pooled(random, x):
    size = tuple(int(min(2, n)) for n in x.shape)
    start, combine = ((-jnp.inf, lax.max), (0.0, lax.add))[random.integers(2)]
    return lambda x: lax.reduce_window(x, start, combine, size, size, "SAME")


def bounded(x):
    """Floats folded into a moderate range, so that a long program neither overflows nor dies."""
    return jnp.where(jnp.abs(x) < 8, x, jnp.sin(x)) if x.dtype.kind == "f" else x


FLOAT_FUNCTIONS = (
    *(jnp.sin, jnp.cos, jnp.tanh, jnp.arctan, jnp.abs, jnp.negative, jnp.square, jnp.sign),
    *(jax.nn.sigmoid, jnp.cbrt, jnp.floor, jnp.round, lambda x: jnp.exp(-jnp.abs(x))),
    *(lambda x: jnp.log1p(jnp.abs(x)), lambda x: jnp.sqrt(jnp.abs(x)), lax.erf),
    *(
        lambda x: lax.integer_pow(x, 3),
        lambda x: x / (1 + x * x),
        lambda x: lax.clamp(-1.0, x, 1.0),
    ),
)
FLOAT_PAIRS = (jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.minimum, jnp.arctan2)
INTEGER_PAIRS = (jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.bitwise_xor, jnp.bitwise_and)
COMPARISONS = (jnp.less, jnp.greater_equal, jnp.equal, jnp.not_equal)
OPERATIONS = {
    "function": Operation(kind("f"), one_of(*FLOAT_FUNCTIONS)),
    "floats": Operation(alike("f"), one_of(*FLOAT_PAIRS), 2),
    "integers": Operation(alike("i"), one_of(*INTEGER_PAIRS), 2),
    "integer": Operation(
        kind("i"), one_of(jnp.negative, jnp.abs, lambda n: n >> 3, lambda n: n % n.dtype.type(7))
    ),
    "bools": Operation(alike("b"), one_of(jnp.logical_and, jnp.logical_or, jnp.logical_xor), 2),
    "not": Operation(kind("b"), one_of(jnp.logical_not)),
    "compare": Operation(alike("f", "i"), one_of(*COMPARISONS), 2),
    "convert": Operation(
        kind("i", "b"), one_of(lambda n: n.astype(float), lambda n: n.astype("int32"))
    ),
    "choose": Operation(
        lambda p, x, y: p.dtype.kind == "b" and p.shape == x.shape and alike("f", "i", "b")(x, y),
        one_of(jnp.where),
        3,
    ),
    "transpose": Operation(kind("f", "i", "b"), permuted),
    "ravel": Operation(kind("f", "i", "b"), one_of(jnp.ravel, lambda x: x.reshape(x.size, 1))),
    "reverse": Operation(kind("f", "i", "b", least=1), along_an_axis(jnp.flip)),
    "roll": Operation(kind("f", "i", least=1), along_an_axis(lambda x, axis: jnp.roll(x, 1, axis))),
    "slice": Operation(kind("f", "i", "b", least=1), sliced),
    "pad": Operation(kind("f", "i", least=1), padded),
    "repeat": Operation(lambda x: x.ndim < 3, one_of(lambda x: jnp.broadcast_to(x, (2, *x.shape)))),
    "join": Operation(alike("f", "i", "b"), one_of(lambda x, y: jnp.stack([x, y], -1)), 2),
    "window": Operation(
        lambda x, n: kind("f", "i", least=1)(x) and kind("i")(n) and n.size > 0, window, 2
    ),
    "overwrite": Operation(lambda x, n: x.ndim > 0 and kind("i")(n), overwritten, 2),
    "gather": Operation(lambda x, n: kind("f", "i", least=1)(x) and kind("i")(n), gathered, 2),
    "scatter": Operation(lambda x, n: kind("f", "i", least=1)(x) and kind("i")(n), scattered, 2),
    "reduce": Operation(
        kind("f", "i", least=1), along_an_axis(jnp.sum, jnp.max, jnp.min, jnp.argmax, jnp.prod)
    ),
    "any": Operation(kind("b", least=1), along_an_axis(jnp.any, jnp.all)),
    "running": Operation(
        kind("f", "i", least=1), along_an_axis(jnp.cumsum, lambda x, axis: lax.cummax(x, axis))
    ),
    "sort": Operation(kind("f", "i", least=1), along_an_axis(jnp.sort, jnp.argsort)),
    "dot": Operation(
        lambda x, y: alike_or_not(x, y) and x.shape[-1:] and y.size % x.shape[-1] == 0,
        multiplied,
        2,
    ),
    "scan": Operation(kind("f", least=1), scanned),
    "cond": Operation(lambda x, n: kind("f")(x) and kind("i")(n), branched, 2),
    "switch": Operation(lambda x, n: kind("f")(x) and kind("i")(n), switched, 2),
    "while": Operation(kind("f"), looped),
    "batched while": Operation(kind("f"), looped_in_batch),
    "random": Operation(kind("i"), drawn),
    "gradient": Operation(kind("f"), differentiated),
    "pool": Operation(kind("f", least=1), pooled),
}


def alike_or_not(x, y):
    """Two arrays of floats, of any shapes but empty ones."""
    return x.dtype.kind == y.dtype.kind == "f" and x.size > 0 and y.size > 0


def program(seed):
    """A function of three arrays, its steps in words, and several tuples of arguments."""
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.choice(LENGTHS, random.integers(1, 4)))
    inputs = [
        (
            random.normal(size=shape),
            random.integers(-9, 9, shape).astype(np.int32),
            random.random(shape) < 0.5,
        )
        for _ in range(INPUTS)
    ]
    at_hand = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in inputs[0]]
    names = list(OPERATIONS)
    steps, words, tries = [], [], 0
    while len(steps) < STEPS:
        # Every operation gets its turn; where it doesn't apply to what is at hand, any other.
        turn = (seed * STEPS + len(steps)) % len(names)
        name = names[turn if tries < 30 else random.integers(len(names))]
        tries += 1
        operation = OPERATIONS[name]
        # Mostly arrays that were computed lately, so that programs are long and not just wide.
        ages = np.minimum(random.geometric(0.3, operation.count), len(at_hand))
        chosen = [len(at_hand) - int(age) for age in ages]
        operands = [at_hand[k] for k in chosen]
        if not operation.applies(*operands):
            continue
        function = operation.build(random, *operands)

        def step(*xs, function=function):
            return jax.tree.map(bounded, jax.tree.leaves(function(*xs)))

        results = jax.eval_shape(step, *operands)
        if any(r.size > 200 or r.ndim > 4 for r in results):
            continue
        steps.append((step, chosen))
        words.append(f"{name} of {chosen} gives {len(at_hand)}: {results}")
        at_hand.extend(results)
        tries = 0

    def run(*arguments):
        values = [jnp.asarray(x) for x in arguments]
        for step, chosen in steps:
            values.extend(step(*(values[k] for k in chosen)))
        return values[3:]

    return run, words, inputs


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_a_random_program(node, seed):
    function, words, inputs = program(seed)
    error = max(map(worst_error, *run(node, function, inputs)))
    assert error <= 1e-9, f"program({seed}) differs by {error}:\n" + "\n".join(words)


def test_the_programs_use_every_operation():
    used = {word.split(" of ")[0] for seed in range(PROGRAMS) for word in program(seed)[1]}
    assert used == set(OPERATIONS)
