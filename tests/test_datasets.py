"""The digits and their features."""

import re

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

from lib.datasets import digits, intensity_and_symmetry, standardize


def test_the_digits_are_scikit_learns_with_ink_from_0_to_1():
    data, stored = digits(), load_digits()
    np.testing.assert_array_equal(data.images * 16, stored.images)
    np.testing.assert_array_equal(data.labels, stored.target)
    assert (data.images.dtype, data.labels.dtype) == (jnp.float64, jnp.int32)
    assert (float(data.images.min()), float(data.images.max())) == (0.0, 1.0)


def test_the_features_count_ink_and_compare_with_the_mirror_image():
    half = np.zeros((4, 4))
    half[:, :2] = 1
    images = jnp.asarray([np.ones((4, 4)), half, half.T])
    expected = [[1.0, 0.0], [0.5, -1.0], [0.5, 0.0]]
    np.testing.assert_array_equal(intensity_and_symmetry(images), expected)


def test_a_line_through_the_two_features_tells_most_zeros_from_sixes():
    data = digits()
    chosen = np.isin(data.labels, (0, 6))
    features = standardize(intensity_and_symmetry(data.images[chosen]))
    design = np.column_stack([features, np.ones(len(features))])
    target = np.where(np.asarray(data.labels)[chosen] == 0, 1.0, -1.0)
    fit = np.linalg.lstsq(design, target, rcond=None)[0]
    accuracy = np.mean(np.sign(design @ fit) == target)
    assert accuracy > 0.9


def test_standardize_agrees_with_scikit_learn():
    features = np.random.default_rng(0).normal(3.0, [1.0, 5.0, 0.1], (50, 3))
    expected = StandardScaler().fit_transform(features)
    np.testing.assert_allclose(standardize(jnp.asarray(features)), expected, atol=1e-12)


@pytest.mark.usefixtures("as_for_readers")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: intensity_and_symmetry(jnp.ones((8, 8))),
            (
                "`images` must be a floating-point array of shape (n, height, width) with at "
                "least one entry, but it is float64[8,8]. Reshape it, or convert it with "
                "jnp.asarray(..., float)."
            ),
        ),
        (
            lambda: intensity_and_symmetry(jnp.ones((1, 8, 8), int)),
            (
                "`images` must be a floating-point array of shape (n, height, width) with at "
                "least one entry, but it is int64[1,8,8]. Reshape it, or convert it with "
                "jnp.asarray(..., float)."
            ),
        ),
        (
            lambda: intensity_and_symmetry(jnp.ones((0, 8, 8))),
            (
                "`images` must be a floating-point array of shape (n, height, width) with at "
                "least one entry, but it is float64[0,8,8]. Reshape it, or convert it with "
                "jnp.asarray(..., float)."
            ),
        ),
        (
            lambda: intensity_and_symmetry("digits"),
            (
                "`images` must be a floating-point array of shape (n, height, width) with at "
                "least one entry, but it is str. Reshape it, or convert it with jnp.asarray(..., "
                "float)."
            ),
        ),
        (
            lambda: standardize(jnp.ones(3)),
            (
                "`features` must be a floating-point array of shape (n, d) with at least one "
                "entry, but it is float64[3]. Reshape it, or convert it with jnp.asarray(..., "
                "float)."
            ),
        ),
        (
            lambda: standardize(jnp.ones((3, 2), int)),
            (
                "`features` must be a floating-point array of shape (n, d) with at least one "
                "entry, but it is int64[3,2]. Reshape it, or convert it with jnp.asarray(..., "
                "float)."
            ),
        ),
        (
            lambda: standardize(jnp.ones((0, 2))),
            (
                "`features` must be a floating-point array of shape (n, d) with at least one "
                "entry, but it is float64[0,2]. Reshape it, or convert it with jnp.asarray(..., "
                "float)."
            ),
        ),
        (
            lambda: standardize(jnp.asarray([[1.0, 0.1], [2.0, 0.1], [3.0, 0.1]])),
            (
                "`features` must vary in every column and be finite, but columns [1] are "
                "constant or hold NaN or infinity. Drop them."
            ),
        ),
        (
            lambda: standardize(jnp.asarray([[1.0], [jnp.nan]])),
            (
                "`features` must vary in every column and be finite, but columns [0] are "
                "constant or hold NaN or infinity. Drop them."
            ),
        ),
        (
            lambda: standardize(jnp.asarray([[1.0], [jnp.inf]])),
            (
                "`features` must vary in every column and be finite, but columns [0] are "
                "constant or hold NaN or infinity. Drop them."
            ),
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}(\n|$)"):
        call()
