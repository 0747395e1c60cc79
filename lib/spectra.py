r"""Symmetric matrices: functions of them, and the eigenvalues of a Hessian that is never formed.

The functions have derivatives that are right where eigenvalues coincide. The derivative of an
eigenvector has the gaps of the eigenvalues in its denominators; those of the functions here have
not. Eigenvalues and eigenvectors serve only to solve linear equations, which are differentiated
themselves: $A(M)X = B$ gives $\dot X = A^{-1}(\dot B - \dot A X)$, in forward and reverse mode and
to any order. One thing JAX leaves out: forward over reverse mode, as `jax.hessian` goes, forgets
custom derivatives in a `jax.lax.scan`. Where eigenvalues coincide it is NaN then or, as they do so
up to rounding only, a wrong number. Reverse over forward mode keeps them:
`jax.jacrev(jax.jacfwd(f))` is the same matrix.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import matfree.decomp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Bool, Float, PyTree

from lib import checks
from lib.fields import value_and_gradient

__all__ = [
    "SpectralMeasure",
    "matrix_root",
    "spectral_measure",
]


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
    r"""The symmetric root of a symmetric matrix, $R = R^\top$ with $R^2 = M$.

    Negative eigenvalues count as zero, and so do those that are rounding next to the largest. At a
    singular matrix, where the root has infinite slope in some directions, the derivative is that
    among matrices of the same rank.

    Args:
      matrix: $M$, shape (n, n); its symmetric part is taken.

    Returns:
      $R$, shape (n, n), positive semidefinite.

    {func}`lib.noise.gaussian_noise` draws with it, and it is $C^{1/2}$ in
    {func}`lib.adam.adam_diffusion`.

    >>> import jax.numpy as jnp
    >>> from lib.spectra import matrix_root
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


class SpectralMeasure(NamedTuple):
    """Eigenvalues, ascending, and the share that each has in a direction; both of shape (m,)."""

    values: Float[Array, " m"]
    weights: Float[Array, " m"]


def spectral_measure(
    loss: Callable[[PyTree], ArrayLike], params: PyTree, direction: PyTree, *, steps: int
) -> SpectralMeasure:
    r"""The eigenvalues of the Hessian as one direction sees them, by Lanczos.

    With the eigenpairs $\lambda_k, u_k$ of $\mathcal H = \nabla^2 L(\theta)$, the direction $v$ has
    the share $\omega_k = (u_k\cdot v)^2/\|v\|^2$ in each $\lambda_k$. After $m$ steps there are $m$
    values $\vartheta_j$ and weights $\omega_j$ in their place: those of Gauss quadrature, with

    $$\sum_j \omega_j\,p(\vartheta_j) = \frac{v\cdot p(\mathcal H)\,v}{v\cdot v}$$

    for each polynomial $p$ of a degree up to $2m - 1$. The outermost values are the first to
    become eigenvalues, from inside. Each step multiplies $\mathcal H$ by one vector; no matrix is
    formed.

    Args:
      loss: $L$, a function `loss(params)` to one real number.
      params: $\theta$, any pytree of real floating-point arrays.
      direction: $v$, with the layout of `params`: the gradient, or a random one to see them all.
      steps: $m$, from 1 to the number of parameters.

    Returns:
      `SpectralMeasure(values, weights)`, both of shape (m,); the weights add up to 1.

    Raises:
      ValueError: `loss` is not a function or does not return one real number; `params` is not a
        tree of finite real floating-point arrays, or `direction` not one of its layout; `steps` is
        not a whole number from 1 to the number of parameters; outside `jit`, where it is NaN
        instead, the direction has a part in fewer eigenvalues than there are steps.

    Used in {ref}`fine-tuning`. Lanczos is that of matfree, with full reorthogonalization;
    the quadrature is that of {cite:t}`golub1969calculation`.

    >>> import jax.numpy as jnp
    >>> from lib.spectra import spectral_measure
    >>> loss = lambda x: x[0] ** 2 - x[1] ** 2
    >>> seen = spectral_measure(loss, jnp.zeros(2), jnp.array([3.0, 1.0]), steps=2)
    >>> print(seen.values, seen.weights)
    [-2.  2.] [0.1 0.9]
    """
    checks.callable_argument("loss", loss, "loss(params)")
    params = checks.parameters("params", params)
    direction = checks.tangent_argument(
        "direction", direction, params, remedy="Pass the gradient, or a random tree like `params`."
    )
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    steps = checks.whole_number(
        "steps", steps, most=count, remedy="Each step finds one of as many values as parameters."
    )
    evaluate = value_and_gradient(lambda p, _: loss(p))

    def curvature(v: PyTree) -> PyTree:
        return jax.jvp(lambda p: evaluate(p, None)[1], (params,), (v,))[1]

    lanczos = matfree.decomp.tridiag_sym(steps, reortho="full", custom_vjp=False)
    flat, unravel = ravel_pytree(direction)
    basis, small, *_ = lanczos(lambda v: ravel_pytree(curvature(unravel(v)))[0], flat)
    # Where the direction is exhausted, Lanczos divides rounding by rounding.
    sound = jnp.all(jnp.abs(basis @ basis.T - jnp.eye(steps)) < 1e-6)
    if not checks.is_traced(sound) and not sound:
        raise ValueError(
            f"`direction` must have a part in as many eigenvalues of a finite Hessian as there are "
            f"`steps`, {steps}, but Lanczos broke down before. Take fewer steps, or a random "
            f"direction."
        )
    values, vectors = jnp.linalg.eigh(small)
    return SpectralMeasure(
        *(jnp.where(sound, found, jnp.nan) for found in (values, vectors[0] ** 2))
    )
