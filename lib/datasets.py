"""Real data that comes without a download: scikit-learn's handwritten digits and two features."""

import importlib.metadata
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int32

from lib import checks

STORED_DIGITS = "sklearn/datasets/data/digits.csv.gz"


class Digits(NamedTuple):
    """Handwritten digits; row `i` of `images` shows the digit `labels[i]`."""

    images: Float64[Array, "1797 8 8"]
    """Ink in each pixel, from 0 (paper) to 1."""
    labels: Int32[Array, "1797"]
    """The digit, 0 to 9."""


def digits() -> Digits:
    """Load the 1,797 handwritten digits of 8 by 8 pixels that scikit-learn ships.

    Returns:
      `Digits(images, labels)`: `images`, shape (1797, 8, 8), the ink from 0 to 1 (the stored 0 to
      16, divided by 16), and `labels`, shape (1797,), whole numbers.

    Source: the test set of Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI
    Machine Learning Repository (1998), as in `sklearn.datasets.load_digits`.

    >>> from lib.datasets import digits
    >>> digits().images.shape
    (1797, 8, 8)
    """
    # The file itself: importing scikit-learn takes seconds, which every notebook would pay.
    file = importlib.metadata.distribution("scikit-learn").locate_file(STORED_DIGITS)
    table = np.loadtxt(file, delimiter=",")  # which unpacks .gz by itself
    return Digits(
        images=jnp.asarray(table[:, :-1].reshape(-1, 8, 8) / 16),
        labels=jnp.asarray(table[:, -1], jnp.int32),
    )


def intensity_and_symmetry(images: Float[Array, "n height width"]) -> Float[Array, "n 2"]:
    r"""Two numbers for each image: how much ink, and how alike its left and right halves are.

    $$\Big(\tfrac1P\sum_p I_p,\; -\tfrac1P\sum_p |I_p - I_{\bar p}|\Big)$$

    over the $P$ pixels $p$, where $\bar p$ is $p$ mirrored left to right.

    Args:
      images: grey images, shape (n, height, width), any unit; both results have that unit.

    Returns:
      Shape (n, 2): mean intensity, and symmetry, which is 0 for a mirror image and negative
      otherwise.

    Raises:
      ValueError: `images` is not a floating-point array of three axes with at least one pixel.

    Source: Abu-Mostafa, Magdon-Ismail and Lin, *Learning from Data* (2012), digits 1 and 5. Used
    in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.datasets import intensity_and_symmetry
    >>> intensity_and_symmetry(jnp.array([[[1.0, 0.0], [1.0, 1.0]]]))
    Array([[ 0.75, -0.5 ]], dtype=float64)
    """
    _check_array("images", images, axes=3, expected="(n, height, width)")
    intensity = jnp.mean(images, axis=(1, 2))
    asymmetry = jnp.mean(jnp.abs(images - images[:, :, ::-1]), axis=(1, 2))
    return jnp.stack([intensity, -asymmetry], axis=1)


def standardize(features: Float[Array, "n d"]) -> Float[Array, "n d"]:
    r"""Shift and scale every column to mean 0 and standard deviation 1.

    $$x_{ij} \mapsto (x_{ij} - \bar x_j) / s_j, \qquad s_j^2 = \tfrac1n\sum_i (x_{ij}-\bar x_j)^2$$

    Args:
      features: shape (n, d), one row an example, one column a feature, any unit.

    Returns:
      Shape (n, d), without unit.

    Raises:
      ValueError: `features` is not a floating-point array of two axes with at least one entry;
        outside `jit`, a column is constant or holds NaN or infinity.

    Used in {ref}`two-examples`.

    >>> import jax.numpy as jnp
    >>> from lib.datasets import standardize
    >>> standardize(jnp.array([[1.0], [3.0]]))
    Array([[-1.],
           [ 1.]], dtype=float64)
    """
    _check_array("features", features, axes=2, expected="(n, d)")
    spread = jnp.std(features, axis=0)
    if not checks.is_traced(spread):
        # Rounding leaves a constant column of large numbers a spread just above zero.
        noise = 1e-14 * np.abs(features).max(axis=0)
        bad = np.flatnonzero(~(np.asarray(spread) > noise) | np.isinf(spread)).tolist()
        if bad:
            raise ValueError(
                f"`features` must vary in every column and be finite, but columns {bad} are "
                f"constant or hold NaN or infinity. Drop them."
            )
    return (features - jnp.mean(features, axis=0, keepdims=True)) / spread[None, :]


def _check_array(name: str, value: jax.typing.ArrayLike, *, axes: int, expected: str) -> None:
    dtype = checks.dtype_of(value)
    if (
        dtype is None
        or not jnp.issubdtype(dtype, jnp.floating)
        or jnp.ndim(value) != axes
        or jnp.size(value) == 0
    ):
        raise ValueError(
            f"`{name}` must be a floating-point array of shape {expected} with at least one "
            f"entry, but it is {checks.layout(value)}. Reshape it, or convert it with "
            f"jnp.asarray(..., float)."
        )
