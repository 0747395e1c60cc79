r"""The polar factor of a matrix, its derivative, and the iteration with which Muon approaches it.

Muon moves a weight matrix along $-O(G)$, where $O(G) = UV^\top$ is the polar factor of the
gradient $G = U\Sigma V^\top$: every singular value becomes 1. Five Newton–Schulz steps approach it.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lib import checks

RESHAPE = "Reshape a kernel or a bias to two axes."
MUON_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic of {cite:t}`jordan2024muon`; its slope at zero, 3.4445, is chosen for speed."""


@jax.custom_jvp
def polar_factor(matrix: Float[Array, "m n"]) -> Float[Array, "m n"]:
    r"""The orthogonal polar factor $O(G) = UV^\top$ of $G = U\Sigma V^\top$.

    Its derivative along $E$, with $A = U^\top EV$ and
    $K_{ij} = \frac{A_{ij} - A_{ji}}{\sigma_i + \sigma_j}$, is

    $$DO(G)[E] = UKV^\top + (I - UU^\top)EV\Sigma^{-1}V^\top
      + U\Sigma^{-1}U^\top E(I - VV^\top),$$

    also where singular values coincide. It grows without bound towards a rank-deficient $G$.

    Args:
      matrix: $G$, of full rank, at least one row and column.

    Returns:
      $O(G)$, with orthonormal rows or columns, whichever are fewer.

    Raises:
      ValueError: `matrix` is not a real floating-point matrix.

    Derived in {ref}`muon-and-order`.

    >>> import jax.numpy as jnp
    >>> from lib.polar import polar_factor
    >>> print(polar_factor(jnp.diag(jnp.array([2.0, -3.0]))))
    [[ 1.  0.]
     [ 0. -1.]]
    """
    u, _, vt = jnp.linalg.svd(checks.matrix("matrix", matrix, RESHAPE), full_matrices=False)
    return u @ vt


@polar_factor.defjvp
def _polar_derivative(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (matrix,), (direction,) = primals, tangents
    u, sizes, vt = jnp.linalg.svd(checks.matrix("matrix", matrix, RESHAPE), full_matrices=False)
    inside = u.T @ direction @ vt.T
    turn = (inside - inside.T) / (sizes[:, None] + sizes[None, :])
    change = u @ turn @ vt
    rows, columns = matrix.shape
    if rows > columns:
        change += (direction - u @ (u.T @ direction)) @ (vt.T / sizes[None, :]) @ vt
    elif rows < columns:
        change += (u / sizes[None, :]) @ (u.T @ (direction - (direction @ vt.T) @ vt))
    return u @ vt, change


def newton_schulz(
    matrix: Float[Array, "m n"],
    *,
    steps: int = 5,
    coefficients: tuple[float, float, float] = MUON_COEFFICIENTS,
) -> Float[Array, "m n"]:
    r"""Muon's stand-in for the polar factor: an odd polynomial of the matrix, a few times.

    $$X_0 = G / \|G\|_F, \qquad X_{k+1} = aX_k + b\,X_kX_k^\top X_k + c\,(X_kX_k^\top)^2X_k$$

    It maps every singular value $\sigma/\|G\|_F$ in [0.01, 1] into about [0.68, 1.13], and has the
    slope $a^5 = 484.9$ at zero: what is small next to the largest singular value, rounding
    included, is amplified by up to that.

    Args:
      matrix: $G$, not zero.
      steps: how many, a positive Python integer.
      coefficients: $(a, b, c)$.

    Returns:
      $X_\mathrm{steps}$, the shape of `matrix`.

    Raises:
      ValueError: `matrix` is not a real floating-point matrix, or, outside `jit`, it is zero;
        `steps` is not a positive integer.

    Derived in {ref}`muon-and-order`; {cite:t}`jordan2024muon`.

    >>> import jax.numpy as jnp
    >>> from lib.polar import newton_schulz
    >>> print(f"{newton_schulz(jnp.ones((1, 1)))[0, 0]:.4f}")
    0.6964
    """
    matrix = checks.matrix("matrix", matrix, RESHAPE)
    steps = checks.whole_number("steps", steps, remedy="Muon takes 5.")
    if not checks.is_traced(matrix) and not np.asarray(matrix).any():
        raise ValueError("`matrix` must not be zero: no direction can be read from it.")
    a, b, c = coefficients
    x = matrix / jnp.linalg.norm(matrix)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x
