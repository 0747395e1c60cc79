"""Decompositions of matrices, and what is built of them.

Signs of eigenvectors and singular vectors are free: they are compared by what they satisfy.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, run
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from lib.figures import UntranslatableError, to_javascript

seeds = st.integers(0, 2**32 - 1)


def matrices(seed, rows, columns, count=8):
    """Several random matrices: a test of many costs as much as a test of one."""
    return np.random.default_rng(seed).normal(size=(count, rows, columns))


def close(node, function, *values, atol=1e-9):
    for want, got in zip(*run(node, function, *values), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=atol)


def computed(node, function, *values):
    """What the translation gives."""
    return run(node, function, *values)[1]


def orthonormal(*bases):
    """The columns of each matrix are."""
    for q in bases:
        unit = np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], *[q.shape[-1]] * 2))
        np.testing.assert_allclose(transposed(q) @ q, unit, atol=1e-13)


def transposed(a):
    return np.swapaxes(a, -1, -2)


def main_elements(vectors):
    """The element of largest size of each column."""
    return np.take_along_axis(vectors, abs(vectors).argmax(-2, keepdims=True), -2)


@pytest.mark.parametrize("n", [*range(1, 9), 25])
@settings(max_examples=4)
@given(seed=seeds)
def test_eigenvectors(node, n, seed):
    a = matrices(seed, n, n)
    a = a + transposed(a)
    values, vectors = computed(node, jnp.linalg.eigh, a)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a), rtol=0, atol=1e-12 * n)
    np.testing.assert_allclose(a @ vectors, vectors * values[:, None], atol=1e-12 * n)
    orthonormal(vectors)
    assert (main_elements(vectors) > 0).all()


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 3), (6, 6), (5, 4), (4, 5), (7, 3), (3, 7), (5, 1), (1, 4), (25, 25)]
)
@pytest.mark.parametrize("full", [False, True])
@settings(max_examples=4)
@given(seed=seeds)
def test_singular_vectors(node, shape, full, seed):
    a = matrices(seed, *shape)
    u, values, v = computed(node, lambda a: jnp.linalg.svd(a, full_matrices=full), a)
    (alone,) = computed(node, lambda a: jnp.linalg.svd(a, compute_uv=False), a)
    for found in (values, alone):
        np.testing.assert_allclose(found, np.linalg.svd(a, compute_uv=False), atol=1e-12)
    q = min(shape)
    np.testing.assert_allclose((u[..., :q] * values[:, None]) @ v[:, :q], a, atol=1e-12)
    orthonormal(u, transposed(v))
    assert (main_elements(u[..., :q]) > 0).all()


def separated(seed, n):
    """A symmetric matrix of the eigenvalues 1 to n."""
    q, _ = np.linalg.qr(matrices(seed, n, n, 1)[0])
    return (q * np.arange(1.0, n + 1)) @ q.T


@given(seed=seeds)
def test_vectors_of_separated_values_are_those_of_jax_up_to_sign(node, seed):
    a = separated(seed, 8)
    close(node, lambda a: abs(jnp.linalg.eigh(a)[1]), a, atol=1e-12)
    close(node, lambda a: abs(jnp.linalg.svd(a)[0]), a, atol=1e-12)
    close(node, lambda a: abs(jnp.linalg.svd(a[:5], full_matrices=False)[2]), a, atol=1e-12)


def awkward(n):
    """Matrices of which some are clustered, some graded, and some without full rank."""
    random = np.random.default_rng(n)
    q, _ = np.linalg.qr(random.normal(size=(n, n)))
    k = np.arange(n)
    low = random.normal(size=(n, max(1, n // 4)))
    second = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    return {
        "zero": np.zeros((n, n)),
        "ones": np.ones((n, n)),
        "diagonal": np.diag(k - n / 2),
        "nearly one": np.eye(n) + 1e-9 * (np.eye(n, k=1) + np.eye(n, k=-1)),
        "clustered": (q * np.array([1.0, 1 + 1e-9, -1.0, 3.0])[k % 4]) @ q.T,
        "graded values": (q * 10.0**-k) @ q.T,
        "graded elements": (q + q.T) * 10.0 ** -(k[:, None] + k[None]),
        "low rank": low @ low.T,
        "Hilbert": 1.0 / (1 + k[:, None] + k[None]),
        "second differences": second,
        "blocks": np.kron(np.eye(2), q + q.T)[:n, :n],
    }


@pytest.mark.parametrize("n", [2, 8, 25])
@pytest.mark.parametrize("name", awkward(2))
def test_awkward_matrices(node, name, n):
    a = awkward(n)[name]
    size = np.linalg.norm(a, 2)
    values, vectors = computed(node, jnp.linalg.eigh, a)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a), rtol=0, atol=1e-12 * size)
    np.testing.assert_allclose(a @ vectors, vectors * values, rtol=0, atol=1e-12 * size)
    orthonormal(vectors)
    for part in (a, a[: n // 2], a[:, : n // 2]):
        u, values, v = computed(node, jnp.linalg.svd, part)
        q = len(values)
        expected = np.linalg.svd(part, compute_uv=False)
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12 * size)
        np.testing.assert_allclose((u[:, :q] * values) @ v[:q], part, rtol=0, atol=1e-12 * size)
        orthonormal(u, v.T)


@given(seed=seeds)
def test_derivatives_of_what_does_not_depend_on_signs(node, seed):
    a = separated(seed, 5)
    along = matrices(seed, 5, 5, 2)[1]

    def root(a):
        values, vectors = jnp.linalg.eigh(a)
        return (vectors * jnp.sqrt(values)[None]) @ vectors.T

    def projection(a):
        vectors = jnp.linalg.eigh(a)[1][:, :2]
        return vectors @ vectors.T

    def polar(a):
        u, _, v = jnp.linalg.svd(a, full_matrices=False)
        return u @ v

    def values(a):
        return jnp.linalg.svd(a, compute_uv=False)

    for function in (jnp.linalg.eigvalsh, root, projection, polar, values):
        close(node, lambda a, t, f=function: jax.jvp(f, (a,), (t,)), a, along)
        close(node, jax.grad(lambda a, f=function: (f(a) ** 3).sum()), a)
    for part in (a[:3], a[:, :3]):
        close(
            node,
            lambda a, t: jax.jvp(values, (a,), (t,)),
            part,
            along[: part.shape[0], : part.shape[1]],
        )
        close(node, jax.grad(lambda a: (polar(a) ** 3).sum()), part)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (5, 3), (3, 5)])
@pytest.mark.parametrize("mode", ["reduced", "complete", "r"])
@given(seed=seeds)
def test_qr(node, shape, mode, seed):
    close(node, lambda a: jnp.linalg.qr(a, mode=mode), matrices(seed, *shape))


@settings(max_examples=4)
@given(seed=seeds)
def test_pseudo_inverse_of_low_rank(node, seed):
    low = np.random.default_rng(seed).normal(size=(5, 2))
    close(node, jnp.linalg.pinv, low @ low.T)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
@pytest.mark.parametrize("full", [False, True])
def test_no_singular_values(node, shape, full):
    agree(node, lambda a: jnp.linalg.svd(a, full_matrices=full), np.zeros(shape))


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_very_small_and_large_elements(node, scale):
    a = matrices(1, 4, 4, 1)[0] * scale
    close(node, lambda a: jnp.linalg.eigh(a + a.T)[0] / scale, a)
    close(node, lambda a: jnp.linalg.svd(a)[1] / scale, a)
    close(node, lambda a: jnp.linalg.qr(a)[0], a)


def test_nan_in_gives_nan_out(node):
    a = np.arange(9.0).reshape(3, 3)
    a[1, 0] = np.nan
    for function in (jnp.linalg.eigh, jnp.linalg.svd, jnp.linalg.qr):
        agree(node, function, a, zeros=False)


@settings(max_examples=4)
@given(seed=seeds)
def test_what_is_built_of_them(node, seed):
    a = matrices(seed, 5, 3, 1)[0]

    def built(a):
        square = a.T @ a + jnp.diag(jnp.arange(3.0))
        return (
            jnp.linalg.lstsq(a, a[:, 0])[0],
            jnp.linalg.norm(a, 2),
            jnp.linalg.cond(a),
            jnp.linalg.matrix_rank(a),
            jnp.linalg.slogdet(square),
            jax.scipy.linalg.expm(square / 20),
            jax.grad(lambda m: (jnp.linalg.eigh(m)[1][:, 0] @ m[0]) ** 2)(square),
            jax.grad(lambda m: jnp.linalg.svd(m, compute_uv=False).sum())(a),
            jax.jvp(jnp.linalg.qr, (a,), (a * a,)),
        )

    for want, got in zip(*run(node, built, a), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-7)


@given(seed=seeds)
def test_tridiagonal_systems(node, seed):
    low, main, up, *right = matrices(seed, 6, 6, 1)[0]
    low[0] = up[-1] = 0

    def solve(low, main, up, right):
        solved = lax.linalg.tridiagonal_solve(low, main, up, right)
        return solved, jax.grad(lambda m: lax.linalg.tridiagonal_solve(low, m, up, right).sum())(
            main
        )

    for want, got in zip(*run(node, solve, low, main, up, np.transpose(right)), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-8)
    close(node, lambda m: lax.linalg.tridiagonal_solve(0 * m, m, 0 * m, m[:, None]), main[:1])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: jnp.linalg.eigh(a, UPLO="U"), "UPLO"),
        (lambda a: jax.scipy.linalg.qr(a, pivoting=True), "pivoting"),
        (lambda a: jnp.linalg.eigh(a.astype("float32")), "float32"),
        (lambda a: jnp.linalg.svd(a.astype("float32")), "float32"),
    ],
)
def test_what_is_left_out_is_said(function, message):
    with pytest.raises(UntranslatableError, match=message):
        to_javascript(function, np.eye(3))
