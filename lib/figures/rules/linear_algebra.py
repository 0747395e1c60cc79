"""Rules of small dense linear algebra, done by the routines of runtime.js."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from lib.figures import jax_inside
from lib.figures.code import (
    Code,
    Index,
    UntranslatableError,
    Value,
    by_tracing,
    emit,
    plus,
    row_major,
    times,
)


def matrices(routine: str, outputs: int) -> Callable:
    """A routine of runtime.js that works on one matrix in place, applied to a stack of them."""

    def rule(code: Code, equation: Any, x: Value) -> list[Value]:
        *batch, rows, columns = x.shape
        target = in_place(code, x)
        more = [code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars[1:outputs]]
        code.helper(routine)
        with code.loops(batch) as i:
            windows = [window(v, i) for v in (target, *more)]
            code.line(f"{routine}({', '.join(windows)}, {rows}, {columns});")
        return [target, *more]

    return rule


def in_place(code: Code, x: Value) -> Value:
    """A copy of an array for a routine to work on."""
    if x.dtype != "float64":
        raise UntranslatableError(f"linear algebra in {x.dtype}; convert to float64")
    return code.copy(x)


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
    a, target = code.store(a), in_place(code, b)
    *batch, rows, columns = b.shape
    name = code.helper("triangularSolve")
    flags = ", ".join(
        str(bool(p[k])).lower() for k in ("left_side", "lower", "transpose_a", "unit_diagonal")
    )
    with code.loops(batch) as i:
        code.line(f"{name}({window(a, i)}, {window(target, i)}, {rows}, {columns}, {flags});")
    return [target]


def tridiagonal_solve(
    code: Code, equation: Any, low: Value, main: Value, up: Value, b: Value
) -> list[Value]:
    """Solve with a tridiagonal matrix by elimination."""
    if equation.params["perturb_singular"]:
        raise UntranslatableError("a tridiagonal solve that perturbs a singular matrix")
    target = in_place(code, b)
    diagonals = [in_place(code, x) for x in (low, main, up)]
    *batch, rows, columns = b.shape
    name = code.helper("tridiagonalSolve")
    with code.loops(batch) as i:
        windows = ", ".join(window(x, i) for x in (*diagonals, target))
        code.line(f"{name}({windows}, {rows}, {columns});")
    return [target]


def eigh(code: Code, equation: Any, x: Value) -> list[Value]:
    """Eigenvectors and eigenvalues of a symmetric matrix.

    The signs of the eigenvectors need not be JAX's, nor the vectors of equal eigenvalues. A figure
    must draw what doesn't depend on them; the comparison with JAX refuses one that does.
    """
    p = equation.params
    if not p["lower"]:
        raise UntranslatableError("an eigh of the upper triangle; leave out UPLO")
    if p["subset_by_index"] not in (None, (0, x.shape[-1])):
        raise UntranslatableError("an eigh of some eigenvalues; compute them all and slice")
    return matrices("eigh", 2)(code, equation, x)


def svd(code: Code, equation: Any, x: Value) -> list[Value]:
    """Singular values and vectors; of the vectors the same holds as in `eigh`."""
    p = equation.params
    if p["subset_by_index"] not in (None, (0, min(x.shape[-2:]))):
        raise UntranslatableError("an svd of some singular values; compute them all and slice")
    *batch, rows, columns = x.shape
    work = in_place(code, x)
    targets = [code.buffer(v.aval.shape, v.aval.dtype) for v in equation.outvars]
    name = code.helper("svd")
    with code.loops(batch) as i:
        windows = [window(v, i) for v in (work, *targets)]
        windows += ["[]"] * (4 - len(windows))
        code.line(f"{name}({', '.join(windows)}, {rows}, {columns});")
    return targets


def qr(code: Code, equation: Any, x: Value) -> list[Value]:
    """Q and R by Householder's reflections, whose signs are LAPACK's."""
    if equation.params["pivoting"]:
        raise UntranslatableError("a qr with pivoting; use it without")
    return by_tracing(jax_inside.IMPLEMENTATIONS["qr"])(code, equation, x)


def times_reflectors(a: Any, taus: Any, c: Any, *, left: bool, transpose: bool) -> Any:
    """The product of a matrix and the square Q that reflections make: one more step of a qr."""
    missing = a.shape[-2] - a.shape[-1]
    dimensions = [(0, 0)] * (a.ndim - 1)
    square = jnp.pad(a, [*dimensions, (0, missing)])
    q = lax.linalg.householder_product(square, jnp.pad(taus, [*dimensions[1:], (0, missing)]))
    q = jnp.swapaxes(q, -1, -2) if transpose else q
    return q @ c if left else c @ q


def householder_product(code: Code, equation: Any, a: Value, taus: Value) -> list[Value]:
    """The product of reflections."""
    target, taus = in_place(code, a), code.store(taus)
    *batch, rows, columns = a.shape
    name = code.helper("reflectorProduct")
    with code.loops(batch) as i:
        code.line(f"{name}({window(target, i)}, {window(taus, i)}, {rows}, {columns});")
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
    "lu_pivots_to_permutation": by_tracing(jax_inside.IMPLEMENTATIONS["lu_pivots_to_permutation"]),
    "ormqr": by_tracing(times_reflectors),
    "custom_linear_solve": linear_solve,
    "tridiagonal_solve": tridiagonal_solve,
    "eigh": eigh,
    "svd": svd,
    "qr": qr,
    "geqrf": matrices("triangularize", 2),
    "householder_product": householder_product,
}
