r"""The two factors of a matrix factorization, and its loss $\|UV^\top - M\|_F^2$."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from lib import checks


class Factors(NamedTuple):
    r"""The two factors of $UV^\top$."""

    left: Float[ArrayLike, "m p"]
    """$U$, shape (m, p)."""
    right: Float[ArrayLike, "n p"]
    """$V$, shape (n, p)."""


def factorization_loss(
    target: Float[ArrayLike, "m n"],
) -> Callable[[Factors], Float[Array, ""]]:
    r"""How far the product of two factors is from a matrix, $f(U, V) = \|UV^\top - M\|_F^2$.

    Without a factor 1/2: the Hessian at a minimum is twice the square of the product's derivative.

    Args:
      target: $M$, shape (m, n), floating-point.

    Returns:
      A function `loss(factors)` of `Factors(left, right)` alone, to a scalar that is not negative.

    Raises:
      ValueError: `target` is not a floating-point matrix. When the loss is evaluated: the factors
        are not two floating-point matrices of the shapes (m, p) and (n, p).

    Used in {ref}`matrix-factorization`.

    >>> import jax.numpy as jnp
    >>> from lib.quasistatic import Factors, factorization_loss
    >>> loss = factorization_loss(jnp.array([[3.0]]))
    >>> print(loss(Factors(jnp.array([[2.0]]), jnp.array([[1.0]]))))
    1.0
    """
    target = checks.matrix("target", target)

    def loss(factors: Factors) -> Float[Array, ""]:
        left, right = factor_pair(factors, target.shape)
        return jnp.sum((left @ right.T - target.astype(left.dtype)) ** 2)

    return loss


def factor_pair(factors: Any, product: tuple[int, ...] | None = None) -> Factors:
    """The two factors, checked; the shape of their product as well where it is given."""
    pair = checks.parameters("factors", factors)
    shapes = [leaf.shape for leaf in jax.tree.leaves(pair)]
    if not isinstance(pair, tuple) or len(pair) != 2 or [len(s) for s in shapes] != [2, 2]:
        fits = False
    else:
        (m, p), (n, q) = shapes
        fits = p == q and product in (None, (m, n)) and pair[0].dtype == pair[1].dtype
    if not fits:
        m, n = product or ("m", "n")
        raise ValueError(
            f"`factors` must be two matrices of shapes ({m}, p) and ({n}, p) and of one dtype, but "
            f"they are "
            f"{checks.layout(factors)}. Pass Factors(left, right)."
        )
    return Factors(*pair)
