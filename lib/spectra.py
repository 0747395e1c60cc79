r"""Functions of symmetric matrices whose derivatives are right where eigenvalues coincide.

The derivative of an eigenvector has the gaps of the eigenvalues in its denominators; those of the
functions here have not. Eigenvalues and eigenvectors serve only to solve linear equations, which
are differentiated themselves: $A(M)X = B$ gives $\dot X = A^{-1}(\dot B - \dot A X)$, in forward
and reverse mode and to any order. One thing JAX leaves out: forward over reverse mode, as
`jax.hessian` goes, forgets custom derivatives in a `jax.lax.scan`. Where eigenvalues coincide it is
NaN then or, as they do so up to rounding only, a wrong number. Reverse over forward mode keeps
them: `jax.jacrev(jax.jacfwd(f))` is the same matrix.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class Spectrum(NamedTuple):
    """A symmetric matrix with its eigenvalues, ascending, and eigenvectors."""

    matrix: Float[Array, "n n"]
    values: Float[Array, " n"]
    vectors: Float[Array, "n n"]


def spectrum(matrix: Float[Array, "n n"]) -> Spectrum:
    """Decompose the symmetric part of a matrix; the functions below are differentiated by that.

    >>> print(spectrum(jnp.diag(jnp.array([2.0, 1.0]))).values)
    [1. 2.]
    """
    matrix = (matrix + matrix.T) / 2
    return Spectrum(matrix, *jnp.linalg.eigh(matrix))


def solve_entries(
    apply: Callable[[Array], Array],
    right: Float[Array, "m n"],
    left_vectors: Float[Array, "m m"],
    right_vectors: Float[Array, "n n"],
    factors: Float[Array, "m n"],
) -> Float[Array, "m n"]:
    r"""The matrix $X$ with `apply(X)` = B, where `apply` multiplies entries between eigenvectors.

    Args:
      apply: a linear self-adjoint map of matrices, with all that it depends on differentiable.
      right: $B$.
      left_vectors, right_vectors: the eigenvectors $p_i$ and $r_j$, as columns.
      factors: the numbers by which `apply` multiplies $p_i r_j^\top$; none is zero.

    Returns:
      $X$; its derivatives solve the derivatives of the equation.

    >>> halve = solve_entries(lambda x: 2 * x, jnp.eye(2), *[jnp.eye(2)] * 2, jnp.full((2, 2), 2.0))
    >>> print(halve[0])
    [0.5 0. ]
    """
    # Only the solver reads these, and JAX differentiates the equation, not its solver.
    left_vectors, right_vectors, factors = jax.lax.stop_gradient(
        (left_vectors, right_vectors, factors)
    )

    def solve(_: Callable, b: Array) -> Array:
        return left_vectors @ ((left_vectors.T @ b @ right_vectors) / factors) @ right_vectors.T

    return jax.lax.custom_linear_solve(apply, right, solve, symmetric=True)


@jax.custom_jvp
def projector(found: Spectrum, chosen: Bool[Array, " n"]) -> Float[Array, "n n"]:
    """The projector on the eigenvectors that are chosen; the others have other eigenvalues.

    Its derivative divides by the gaps between chosen and other eigenvalues only.

    >>> print(projector(spectrum(jnp.eye(2)), jnp.array([True, True])))
    [[1. 0.]
     [0. 1.]]
    """
    return jnp.where(chosen[None, :], found.vectors, 0.0) @ found.vectors.T


@projector.defjvp
def _projector_derivative(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (found, chosen), (change, _) = primals, tangents
    inside = projector(found, chosen)
    gaps = found.values[:, None] - found.values[None, :]
    between = ~chosen[:, None] & chosen[None, :]

    def block(x: Array) -> Array:
        """The part from the chosen to the others."""
        return x @ inside - inside @ x @ inside

    def apply(x: Array) -> Array:
        part = block(x)
        return found.matrix @ part - part @ found.matrix + x - part

    turn = solve_entries(
        apply,
        -block(change.matrix),
        found.vectors,
        found.vectors,
        jnp.where(between, gaps, 1.0),
    )
    return inside, turn + turn.T


def matrix_root(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """The symmetric root of a symmetric matrix; negative eigenvalues count as zero.

    So do those that are rounding next to the largest. At a singular matrix, where the root has
    infinite slope in some directions, the derivative is that among matrices of the same rank.

    >>> print(matrix_root(jnp.diag(jnp.array([4.0, 0.0]))))
    [[2. 0.]
     [0. 0.]]
    """
    return _root(spectrum(matrix))


def _positive(found: Spectrum) -> Bool[Array, " n"]:
    size = found.values.shape[0]
    rounding = size * jnp.finfo(found.values.dtype).eps
    return found.values > rounding * jnp.max(jnp.abs(found.values))


@jax.custom_jvp
def _root(found: Spectrum) -> Float[Array, "n n"]:
    sizes = jnp.sqrt(jnp.where(_positive(found), found.values, 0.0))
    return (found.vectors * sizes[None, :]) @ found.vectors.T


@_root.defjvp
def _root_derivative(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (found,), (change,) = primals, tangents
    root, positive = _root(found), _positive(found)
    inside = projector(found, positive)
    sizes = jnp.sqrt(jnp.where(positive, found.values, 0.0))
    values = found.values

    def mixed(x: Array) -> Array:
        """The part from the positive eigenvectors to the others."""
        return x @ inside - inside @ x @ inside

    def apply(x: Array) -> Array:
        among, across, back = inside @ x @ inside, mixed(x), mixed(x.T).T
        return (
            root @ among
            + among @ root
            + across @ found.matrix
            - found.matrix @ across
            + found.matrix @ back
            - back @ found.matrix
            + (x - among - across - back)
        )

    change = change.matrix
    across, back = mixed(change), mixed(change.T).T
    right = inside @ change @ inside + across @ root + root @ back
    gaps = jnp.abs(values[:, None] - values[None, :])
    both, one = (
        positive[:, None] & positive[None, :],
        positive[:, None] ^ positive[None, :],
    )
    factors = jnp.where(both, sizes[:, None] + sizes[None, :], jnp.where(one, gaps, 1.0))
    return root, solve_entries(apply, right, found.vectors, found.vectors, factors)
