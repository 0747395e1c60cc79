"""Decompositions of matrices, what is built of them, and systems of equations.

Signs of eigenvectors and singular vectors are free: they are compared by what they satisfy.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, agree_in_each, arrays, examples
from jax import lax

from lib.figures import UntranslatableError, to_javascript


def normal(*shape):
    """Draws arrays of standard normal numbers."""
    return lambda random, example: random.normal(size=shape)


def batches(n, m, count=4):
    """Several batches of eight random matrices."""
    return [a for (a,) in examples(normal(8, n, m), count=count)]


def close(node, function, each, **how):
    """Agreement up to an error that counts against numbers of size one."""
    agree_in_each(node, function, each, **{"rtol": 1e-9, "atol": 1e-9, "zeros": False, **how})


def computed(node, function, matrices):
    """Each of some matrices of one shape, and what the translation gives for it."""
    found = node.run(to_javascript(function, matrices[0]), [(a,) for a in matrices])
    return zip(matrices, found, strict=True)


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
def test_eigenvectors(node, n):
    matrices = [a + transposed(a) for a in batches(n, n)]
    for a, (values, vectors) in computed(node, jnp.linalg.eigh, matrices):
        np.testing.assert_allclose(values, np.linalg.eigvalsh(a), rtol=0, atol=1e-12 * n)
        np.testing.assert_allclose(a @ vectors, vectors * values[:, None], atol=1e-12 * n)
        orthonormal(vectors)
        assert (main_elements(vectors) > 0).all()


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 3), (6, 6), (5, 4), (4, 5), (7, 3), (3, 7), (5, 1), (1, 4), (25, 25)]
)
@pytest.mark.parametrize("full", [False, True])
def test_singular_vectors(node, shape, full):
    matrices = batches(*shape)

    def both(a):
        alone = jnp.linalg.svd(a, compute_uv=False)
        return *jnp.linalg.svd(a, full_matrices=full), alone

    for a, (u, values, v, alone) in computed(node, both, matrices):
        for found in (values, alone):
            np.testing.assert_allclose(found, np.linalg.svd(a, compute_uv=False), atol=1e-12)
        q = min(shape)
        np.testing.assert_allclose((u[..., :q] * values[:, None]) @ v[:, :q], a, atol=1e-12)
        orthonormal(u, transposed(v))
        assert (main_elements(u[..., :q]) > 0).all()


def separated(n):
    """Draws symmetric matrices of the eigenvalues 1 to n."""

    def draw(random, example):
        q, _ = np.linalg.qr(random.normal(size=(n, n)))
        return (q * np.arange(1.0, n + 1)) @ q.T

    return draw


def test_vectors_of_separated_values_are_those_of_jax_up_to_sign(node):
    def vectors(a):
        part = jnp.linalg.svd(a[:5], full_matrices=False)
        return abs(jnp.linalg.eigh(a)[1]), abs(jnp.linalg.svd(a)[0]), abs(part[2])

    close(node, vectors, examples(separated(8)), atol=1e-12)


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
def test_eigenvectors_of_awkward_matrices(node, n):
    matrices = awkward(n)
    each = computed(node, jnp.linalg.eigh, list(matrices.values()))
    for name, (a, (values, vectors)) in zip(matrices, each, strict=True):
        bound = {"rtol": 0, "atol": 1e-12 * np.linalg.norm(a, 2), "err_msg": name}
        np.testing.assert_allclose(values, np.linalg.eigvalsh(a), **bound)
        np.testing.assert_allclose(a @ vectors, vectors * values, **bound)
        orthonormal(vectors)


@pytest.mark.parametrize("n", [2, 8, 25])
@pytest.mark.parametrize("part", ["all", "rows", "columns"])
def test_singular_vectors_of_awkward_matrices(node, n, part):
    rows, columns = {"all": (n, n), "rows": (n // 2, n), "columns": (n, n // 2)}[part]
    matrices = awkward(n)
    each = computed(node, jnp.linalg.svd, [a[:rows, :columns] for a in matrices.values()])
    for (name, whole), (a, (u, values, v)) in zip(matrices.items(), each, strict=True):
        bound = {"rtol": 0, "atol": 1e-12 * np.linalg.norm(whole, 2), "err_msg": name}
        q = len(values)
        np.testing.assert_allclose(values, np.linalg.svd(a, compute_uv=False), **bound)
        np.testing.assert_allclose((u[:, :q] * values) @ v[:q], a, **bound)
        orthonormal(u, v.T)


def test_derivatives_of_what_does_not_depend_on_signs(node):
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

    def forward(f, a, t):
        return jax.jvp(f, (a,), (t,))

    def backward(f, a):
        return jax.grad(lambda a: (f(a) ** 3).sum())(a)

    def derivatives(a, t):
        return (
            [forward(f, a, t) for f in (jnp.linalg.eigvalsh, root, projection, polar, values)],
            [backward(f, a) for f in (jnp.linalg.eigvalsh, root, projection, polar, values)],
            forward(values, a[:3], t[:3]),
            forward(values, a[:, :3], t[:, :3]),
            backward(polar, a[:3]),
            backward(polar, a[:, :3]),
        )

    close(node, derivatives, examples(separated(5), normal(5, 5)))


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (5, 3), (3, 5)])
def test_qr(node, shape):
    def modes(a):
        return [jnp.linalg.qr(a, mode=mode) for mode in ("reduced", "complete", "r")]

    close(node, modes, examples(normal(8, *shape)))


def test_pseudo_inverse_of_low_rank(node):
    each = [(low @ low.T,) for (low,) in examples(normal(5, 2), count=4)]
    close(node, jnp.linalg.pinv, each)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
def test_no_singular_values(node, shape):
    def both(a):
        return [jnp.linalg.svd(a, full_matrices=full) for full in (False, True)]

    agree(node, both, np.zeros(shape))


def test_very_small_and_large_elements(node):
    def scaled(a, scale):
        return (
            jnp.linalg.eigh(a + a.T)[0] / scale,
            jnp.linalg.svd(a)[1] / scale,
            jnp.linalg.qr(a)[0],
        )

    (a,) = examples(normal(4, 4), count=1)[0]
    close(node, scaled, [(a * scale, scale) for scale in (1e-150, 1e150)])


def test_nan_in_gives_nan_out(node):
    a = np.arange(9.0).reshape(3, 3)
    a[1, 0] = np.nan
    functions = (jnp.linalg.eigh, jnp.linalg.svd, jnp.linalg.qr)
    agree(node, lambda a: [f(a) for f in functions], a, zeros=False)


def test_cholesky_of_an_indefinite_matrix_is_nan_as_in_jax(node):
    agree(node, jnp.linalg.cholesky, np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_what_is_built_of_them(node):
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

    close(node, built, examples(normal(5, 3), count=4), rtol=1e-7, atol=1e-7)


def test_systems_of_equations(node):
    def solve(a):
        definite = a @ jnp.swapaxes(a, 1, 2) + 4 * jnp.eye(4)[None]
        well = a + 14 * jnp.eye(4)[None]
        right = jnp.arange(8.0).reshape(4, 2)
        triangle = jax.scipy.linalg.solve_triangular
        factor = jnp.linalg.cholesky(definite)
        return (
            factor,
            jnp.linalg.solve(well[0], right),
            jnp.linalg.inv(well),
            jnp.linalg.det(well),
            jax.grad(lambda m: jnp.linalg.solve(m, right).sum())(well[0]),
            *(
                triangle(factor[0], right, lower=lower, trans=trans, unit_diagonal=unit)
                for lower in (False, True)
                for trans in (0, 1)
                for unit in (False, True)
            ),
            lax.linalg.triangular_solve(factor[0], right.T, left_side=False, lower=True),
        )

    close(node, solve, examples(arrays("float64", (2, 4, 4), low=-3, high=3, special=())))


def test_tridiagonal_systems(node):
    def solve(low, main, up, right):
        low, up = low.at[0].set(0), up.at[-1].set(0)
        solved = lax.linalg.tridiagonal_solve(low, main, up, right)
        return solved, jax.grad(lambda m: lax.linalg.tridiagonal_solve(low, m, up, right).sum())(
            main
        )

    each = examples(normal(6), normal(6), normal(6), normal(6, 3))
    close(node, solve, each, rtol=1e-8, atol=0)
    alone = [(main[:1],) for _, main, *_ in each]
    close(node, lambda m: lax.linalg.tridiagonal_solve(0 * m, m, 0 * m, m[:, None]), alone)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda a: jnp.linalg.eigh(a, UPLO="U"),
            "'eigh': an eigh of the upper triangle; leave out UPLO",
        ),
        (
            lambda a: jax.scipy.linalg.qr(a, pivoting=True),
            "'qr': a qr with pivoting; use it without",
        ),
        (
            lambda a: jnp.linalg.eigh(a.astype("float32")),
            "'eigh': linear algebra in float32; convert to float64",
        ),
        (
            lambda a: jnp.linalg.svd(a.astype("float32")),
            "'svd': linear algebra in float32; convert to float64",
        ),
    ],
)
def test_what_is_left_out_is_said(function, words):
    primitive, reason = words.split(": ")
    place = rf"the primitive {primitive}, used at \S*test_decompositions\.py:\d+ \(.*\)"
    with pytest.raises(UntranslatableError, match=rf"^{reason} \({place}\)$"):
        to_javascript(function, np.eye(3))
