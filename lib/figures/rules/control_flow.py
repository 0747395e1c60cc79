"""Rules of loops, branches and functions inside functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from lib.figures import jax_inside
from lib.figures.code import (
    Code,
    Key,
    UntranslatableError,
    Value,
    by_tracing,
    constant,
    emit,
    moved,
)


def call(*names: str) -> Callable:
    """A function called inside a function: its equations in place.

    Args:
      names: the parameter that holds the function, as JAX's versions call it.
    """

    def rule(code: Code, equation: Any, *inputs: Any) -> list[Any]:
        inner = next(equation.params[name] for name in names if name in equation.params)
        consts = getattr(inner, "consts", ())
        return emit(code, getattr(inner, "jaxpr", inner), consts, inputs, code.free)

    return rule


def places(code: Code, values: Sequence[Any], free: frozenset[str] = frozenset()) -> list[Any]:
    """Storage of its own for each value, holding it; what the value lies in, where that is free."""

    def place(value: Value) -> Value:
        if not value.shape:
            return code.variable(value.dtype, value.at(()))
        return value if value.buffer in free else code.copy(value)

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
                safe = code.copy(value)
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


def arrays_of(values: Sequence[Any]) -> frozenset[str]:
    """The names of the typed arrays in which values are stored."""
    leaves = jax.tree.leaves(list(values), is_leaf=is_value)
    return frozenset(value.buffer for value in leaves if value.buffer is not None)


def settled(code: Code, values: Sequence[Any]) -> list[Any]:
    """Values computed before a loop rather than in each of its rounds."""
    return [
        Key(*(code.store(part) for part in x)) if isinstance(x, Key) else code.store(x)
        for x in values
    ]


def scan(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """A loop with a carry, over the leading axis of arrays."""
    p = equation.params
    free = code.free
    n_consts, n_carry = jax_inside.scan_lengths(p)
    consts = settled(code, inputs[:n_consts])
    start = inputs[n_consts : n_consts + n_carry]
    arrays = settled(code, inputs[n_consts + n_carry :])
    carry = places(code, start, free)
    own = arrays_of(carry)
    collected = [storage(code, variable.aval) for variable in equation.outvars[n_carry:]]
    k, length = code.name("k"), p["length"]
    head = f"for (let {k} = 0; {k} < {length}; {k}++)"
    if p["reverse"]:
        head = f"for (let {k} = {length - 1}; {k} >= 0; {k}--)"

    def row(x: Value) -> Value:
        return moved(x, x.shape[1:], lambda i: (k, *i))

    with code.block(head):
        rows = jax.tree.map(row, arrays, is_leaf=is_value)
        results = emit(code, p["jaxpr"].jaxpr, p["jaxpr"].consts, [*consts, *carry, *rows], own)
        new, gathered = results[:n_carry], results[n_carry:]
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


def place_like(code: Code, value: Value) -> Value:
    """A variable or an array to assign such a value to."""
    return code.buffer(value.shape, value.dtype) if value.shape else code.variable(value.dtype)


def while_(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """A loop with a condition; one a batch, where it is an array: each member stops for itself."""
    p = equation.params
    free = code.free
    n_test, n_body = p["cond_nconsts"], p["body_nconsts"]
    test_consts = settled(code, inputs[:n_test])
    body_consts = settled(code, inputs[n_test : n_test + n_body])
    carry = places(code, inputs[n_test + n_body :], free)
    test, body = p["cond_jaxpr"], p["body_jaxpr"]
    with code.block("while (true)"):
        (going,) = emit(code, test.jaxpr, test.consts, [*test_consts, *carry])
        if going.shape:
            going = code.store(going)
            code.line(f"if (!{going.buffer}.includes(1)) break;")
        else:
            code.line(f"if (!{going.at(())}) break;")
        # A member of a batch that has stopped keeps its old elements, so those must stay.
        own = frozenset() if going.shape else arrays_of(carry)
        new = emit(code, body.jaxpr, body.consts, [*body_consts, *carry], own)
        if going.shape:
            new = [where(going, x, old) for x, old in zip(new, carry, strict=True)]
        assign(code, carry, new)
    return carry


def where(going: Value, new: Any, old: Any) -> Any:
    """The new value where its member of the batch is going on, and otherwise the old."""
    if isinstance(new, Key):
        return Key(*(where(going, *words) for words in zip(new, old, strict=True)))
    batch = len(going.shape)
    return Value(
        new.shape,
        new.dtype,
        lambda i: f"({going.at(i[:batch])} ? {new.at(i)} : {old.at(i)})",
        cheap=False,
    )


def cond(code: Code, equation: Any, which: Value, *inputs: Any) -> list[Any]:
    """One of several branches."""
    branches = equation.params["branches"]
    free = code.free
    inputs = settled(code, inputs)
    number = code.index(which)
    bodies, outcomes = [], []
    for branch in branches:
        with code.aside() as lines:
            results = emit(code, branch.jaxpr, branch.consts, inputs, free)
        bodies.append(lines)
        outcomes.append(jax.tree.leaves(results, is_leaf=is_value))
    targets = []
    for values in zip(*outcomes, strict=True):
        names = {value.buffer for value in values}
        stays = len(names) == 1 and names <= free  # updated or not, in every branch
        targets.append(values[0] if stays else place_like(code, values[0]))
    last = len(branches) - 1
    for n, (lines, values) in enumerate(zip(bodies, outcomes, strict=True)):
        # An index out of range takes the nearest branch, as in JAX.
        test = f"{number} <= 0" if n == 0 else f"{number} === {n}"
        head = "else" if n == last else f"if ({test})" if n == 0 else f"else if ({test})"
        with code.block(head if last else "if (true)"):
            code.lines += lines
            for target, value in zip(targets, values, strict=True):
                if target.buffer is None or target.buffer != value.buffer:
                    code.fill(target, value)
    return jax.tree.unflatten(jax.tree.structure(results, is_leaf=is_value), targets)


def platform_index(code: Code, equation: Any) -> list[Value]:
    """Which variant of a function that differs between processors: the CPU's."""
    for n, platforms in enumerate(equation.params["platforms"]):
        if platforms is None or "cpu" in platforms:
            return [constant(code, np.int32(n))]
    raise UntranslatableError("a function without a variant for CPUs")


def zero(code: Code, equation: Any) -> list[Any]:
    """A number that no result depends on."""
    if jax.dtypes.issubdtype(equation.params["dtype"], jax.dtypes.prng_key):
        return [Key(*(constant(code, np.uint32(0)) for _ in range(2)))]
    return [constant(code, np.zeros((), equation.params["dtype"]))]


def same(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """The operands themselves."""
    return list(inputs)


def callback(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """A function of Python's: only Equinox's, which raise an error.

    Where they would do so, the page's numbers are NaN (of integers the largest), as Equinox's own
    are with `EQX_ON_ERROR=nan`.
    """
    function = jax_inside.callback_of(equation.params)
    if getattr(function, "__module__", "") != "equinox._errors":
        name = getattr(function, "__name__", function)
        raise UntranslatableError(
            f"a callback to the Python function {name!r}; remove it, or compute with JAX what it "
            "returns: a page has no Python"
        )
    return [filled(code, variable.aval) for variable in equation.outvars]


def filled(code: Code, aval: Any) -> Value:
    """An array of what stands for an error in its dtype."""
    dtype = np.dtype(aval.dtype)
    number = np.nan if dtype.kind == "f" else dtype.kind == "b" or np.iinfo(dtype).max
    return moved(constant(code, dtype.type(number)), aval.shape, lambda _: ())


def high(code: Code, equation: Any, *inputs: Any) -> list[Any]:
    """An operation of JAX's that stands for other ones."""
    return by_tracing(jax_inside.expanded(equation.primitive))(code, equation, *inputs)


RULES: dict[str, Callable] = {
    "jit": call("jaxpr"),
    "call": call("call_jaxpr"),
    "closed_call": call("call_jaxpr"),
    "call_hi_primitive": high,
    "composite": call("jaxpr", "call_jaxpr"),
    "custom_vmap_call": call("call"),
    "eval_jaxpr": call("call_jaxpr", "jaxpr"),  # what JAX 0.11 has for call and closed_call
    "linear_call": call("callee"),
    "custom_jvp_call": call("call_jaxpr"),
    "custom_vjp_call": call("call_jaxpr"),
    "pure_callback": callback,
    "remat2": call("jaxpr"),
    "remat_opt": call("fwd_jaxpr"),
    "scan": scan,
    "while": while_,
    "cond": cond,
    "platform_index": platform_index,
    "empty2": zero,
    "copy": same,
    "device_put": same,
    "name": same,
    "random_clone": same,
    "sharding_constraint": same,
    "stop_gradient": same,
    "optimization_barrier": same,
}
