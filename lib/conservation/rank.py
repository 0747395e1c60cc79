r"""The rank of sampled vectors: numerically by new directions, exactly modulo a prime."""

from typing import Any, NamedTuple

import numpy as np

THRESHOLD = 1e-9  # of a unit vector, what is left outside of the span found so far
PRIME = 2**31 - 19
EXACT = 2.0**53  # float64 holds every integer up to here


class NewDirections(NamedTuple):
    """What some vectors add to a span."""

    projector: Any
    """The projection onto the span with them, (D, D)."""
    count: Any
    """How many directions are new."""
    kept: Any
    """The smallest singular value that counts as new, infinity if none does."""
    dropped: Any
    """The largest that doesn't, at least 1e-17."""


def new_directions(vectors: Any, projector: Any, *, floor: Any = 0.0) -> NewDirections:
    """The directions of the rows of `vectors` outside of the span that `projector` projects on.

    Every row is scaled to length 1, and what the span holds already is taken out of it (twice, for
    rounding): so vectors of one depth are never compared with the size of those of another. Rows no
    longer than `floor` are rounding errors and taken for zero. Works on arrays of NumPy and JAX.
    """
    xp = vectors.__array_namespace__()
    lengths = xp.sqrt(xp.sum(vectors**2, axis=1, keepdims=True))
    rest = vectors * xp.where(lengths > floor, 1 / xp.maximum(lengths, 1e-300 + 0 * lengths), 0)
    for _ in range(2):
        rest = rest - rest @ projector
    if isinstance(rest, np.ndarray):
        # The triangular factor has the same singular values and is no taller than wide.
        rest = np.linalg.qr(rest, mode="r")
    _, values, directions = xp.linalg.svd(rest, full_matrices=False)
    new = values > THRESHOLD
    basis = directions * xp.where(new, xp.ones_like(values), xp.zeros_like(values))[:, None]
    return NewDirections(
        projector + basis.T @ basis,
        xp.sum(xp.where(new, 1, 0)),
        xp.min(xp.where(new, values, xp.full_like(values, xp.inf))),
        xp.max(xp.where(new, xp.full_like(values, 1e-17), xp.maximum(values, 1e-17 + 0 * values))),
    )


def rounding_floor(fields: Any, theta: Any, depth: int) -> Any:
    """A length far below that of a bracket of this depth, and far above its rounding error.

    A bracket divides by the parameters once for each field beyond the first, so it is about as long
    as s (s/|θ|)^(depth − 1) for fields of the length s; brackets that vanish leave 1e-16 of that.
    """
    xp = fields.__array_namespace__()
    length = xp.sqrt(xp.mean(xp.sum(fields**2, axis=1)))
    size = xp.sqrt(xp.sum(theta**2)) + 1e-30
    return 1e-11 * length * (length / size) ** (depth - 1)


def rank_modulo_prime(rows: np.ndarray) -> int:
    """The rank of a matrix of integers modulo the prime 2³¹ − 19: at most its rank."""
    rows = np.mod(rows.astype(np.int64), PRIME)
    rank, columns = 0, rows.shape[1]
    for column in range(columns):
        nonzero = np.flatnonzero(rows[rank:, column])
        if not nonzero.size:
            continue
        pivot = rank + nonzero[0]
        rows[[rank, pivot]] = rows[[pivot, rank]]
        inverse = pow(int(rows[rank, column]), -1, PRIME)
        rows[rank, column:] = rows[rank, column:] * inverse % PRIME
        below = rank + 1 + np.flatnonzero(rows[rank + 1 :, column])
        # A product of two residues is below 2⁶², so int64 holds it.
        change = rows[below, column, None] * rows[None, rank, column:] % PRIME
        rows[below, column:] = (rows[below, column:] - change) % PRIME
        rank += 1
        if rank == rows.shape[0]:
            break
    return rank
