"""Points of a manifold of minima: their flat and steep directions, and what they must satisfy.

{func}`lib.quasistatic.manifold_drift` and {func}`lib.adam.manifold_drift` share these checks, and
the form of what they return.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from lib import checks
from lib.fields import Params
from lib.spectra import Spectrum, projector

__all__ = [
    "ManifoldMotion",
]

FLAT, ZERO, STEEP = 1e-9, 1e-7, 1e-4  # shares of the largest eigenvalue; unclear between the ends
OFF = 1e-6  # how far from the minima a point may lie, in units of 1 + its length


class ManifoldMotion(NamedTuple):
    r"""The motion along the minima, $dY = b\,dt + G\,dW$ in Itô's sense.

    The time is $t = k\eta$ in {func}`lib.quasistatic.manifold_drift` and $t = k\eta^2$ in
    {func}`lib.adam.manifold_drift`, with the iterations $k$.
    """

    drift: Params
    """$b$, with the layout of the parameters, in their unit per unit of $t$."""
    diffusion: Float[Array, "n m"]
    r"""$G$, shape (D, D) in the order of `jax.flatten_util.ravel_pytree`, or (d, D) in coordinates:
    the displacement after $dt$ has the covariance $GG^\top dt$."""


def manifold_dimension(dimension: Any, size: int) -> int:
    """The dimension of a manifold of minima: a whole number below the number of parameters.

    >>> manifold_dimension(1, 2)
    1
    """
    return checks.whole_number(
        "dimension",
        dimension,
        least=0,
        most=size - 1,
        remedy="It is below the number of parameters.",
    )


def in_double(point: Params) -> Params:
    """The point in float64: third derivatives of a loss are too coarse in float32."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float64), point)


def in_dtypes_of(point: Params, result: Params) -> Params:
    """The result with each leaf in the dtype of the point's."""
    return jax.tree.map(lambda leaf, found: found.astype(leaf.dtype), point, result)


def one_number(loss: Callable[[Any], ArrayLike]) -> Callable[[Any], Array]:
    """The loss; evaluating it raises a ValueError if it returns anything but one number."""

    def checked(params: Any) -> Array:
        value = loss(params)
        if checks.dtype_of(value) is None or jnp.shape(value) != ():
            raise ValueError(
                f"`loss` must return one number, but it returned {checks.layout(value)}. "
                f"Average or sum over what is left."
            )
        return jnp.asarray(value)

    return checked


def steep_directions(values: Float[Array, " n"], dimension: int | None) -> Bool[Array, " n"]:
    """Which eigenvalues of the Hessian, ascending, belong to directions across the manifold."""
    if dimension is None:
        return values > ZERO * values[-1]
    return jnp.arange(values.shape[0]) >= dimension


def counted_dimension(steep: Bool[Array, " n"]) -> int:
    """The dimension of the manifold: how many directions are not steep.

    Raises:
      ValueError: under `jit`, where the eigenvalues are not known yet.
    """
    if checks.is_traced(steep):
        raise ValueError(
            "`dimension` must be given under `jit` and `vmap`, where the eigenvalues of the "
            "Hessian are not known yet."
        )
    return int(np.sum(~np.asarray(steep)))


def solve_across(
    found: Spectrum, steep: Bool[Array, " n"], right: Float[Array, " n"]
) -> Float[Array, " n"]:
    r"""The direction $\mathcal H^+b$ across the manifold, differentiable as `lib.spectra` is."""
    flat = projector(found, ~steep)
    vectors, rises = jax.lax.stop_gradient((found.vectors, jnp.where(steep, found.values, 1.0)))

    def apply(x: Array) -> Array:
        along = flat @ x
        return found.matrix @ (x - along) + along

    def solve(_: Callable, b: Array) -> Array:
        return vectors @ ((vectors.T @ b) / rises)

    return jax.lax.custom_linear_solve(apply, right - flat @ right, solve, symmetric=True)


def check_minimum(
    point: Array, slope: Array, found: Spectrum, dimension: int | None, name: str = "params"
) -> None:
    """Check that a point lies on a manifold of minima of a dimension; traced points pass.

    Args:
      point: all its numbers, flat.
      slope: the gradient of the loss there.
      found: the Hessian there, decomposed.
      dimension: of the manifold; None to read it off the eigenvalues.
      name: what the caller's argument is called.

    Raises:
      ValueError: the point is not a minimum; the loss falls somewhere; the eigenvalues of the
        Hessian do not agree with the dimension, or do not say one.
    """
    if checks.is_traced(point) or checks.is_traced(slope) or checks.is_traced(found.values):
        return
    point, slope, values, vectors = map(np.asarray, (point, slope, found.values, found.vectors))
    normal = np.asarray(steep_directions(found.values, dimension))
    largest = abs(values).max()
    steep = normal & (values > ZERO * largest)
    across = vectors[:, steep]
    distance = np.linalg.norm((across.T @ slope) / values[steep])
    along = np.linalg.norm(slope - across @ (across.T @ slope))
    shown = np.array2string(values, precision=3, threshold=8, edgeitems=3)
    if not np.isfinite(values).all() or not np.isfinite(slope).all():
        raise ValueError(
            f"`{name}` must be a minimum, but `loss` has derivatives that are not finite there. "
            f"A root, a norm and a quotient have no slope at zero: smooth the loss there."
        )
    if distance > OFF * (1 + np.linalg.norm(point)) or along > OFF * largest:
        raise ValueError(
            f"`{name}` must be a minimum, but it lies about {distance:.1e} away from the nearest. "
            f"Move it there with lib.quasistatic.onto_manifold(loss, params, dimension=…)."
        )
    if values[0] < -ZERO * largest:
        raise ValueError(
            f"`{name}` must be a minimum, but the Hessian has the eigenvalue {values[0]:.3g} "
            f"there: the loss falls in that direction. Move the point down to the minima."
        )
    if dimension is None:
        if largest <= 0 or ((values > FLAT * largest) & (values < STEEP * largest)).any():
            raise ValueError(
                f"The dimension of the manifold cannot be read off the eigenvalues of the Hessian, "
                f"{shown}: there is no clear gap. Pass `dimension`."
            )
        return
    if values[normal].min() <= ZERO * largest:
        raise ValueError(
            f"The loss must rise in all but `dimension` = {dimension} directions, but the "
            f"eigenvalues of its Hessian are {shown}. Pass a larger dimension."
        )
    if dimension and values[~normal].max() >= STEEP * largest:
        raise ValueError(
            f"The loss must be flat in `dimension` = {dimension} directions, but the eigenvalues "
            f"of its Hessian are {shown}. Pass a smaller dimension."
        )
