"""Rules of small dense linear algebra, done by the routines of runtime.js."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lib.figures.code import (
    Code,
    Index,
    UntranslatableError,
    Value,
    emit,
    plus,
    row_major,
    times,
)


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


RULES: dict[str, Callable] = {
    "cholesky": matrices("cholesky", 1),
    "triangular_solve": triangular_solve,
    "lu": lu,
    "custom_linear_solve": linear_solve,
}
