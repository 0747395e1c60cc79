"""Solvers of diffrax, optimistix and lineax run in a figure, by their own primitives' Python."""

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import lineax
import numpy as np
import optimistix
import pytest
from agreement import agree_in_each
from jax.extend.core import Primitive

from lib.figures import UntranslatableError, to_javascript

TOLERANCE = {"rtol": 1e-10, "atol": 1e-10}
MATRIX = np.array([[3.0, 0.5, 0.1], [0.5, 2.0, 0.3], [0.1, 0.3, 1.0]])


def oscillator(stiffness):
    """Van der Pol's equation by adaptive steps, at three times."""

    def field(t, y, stiffness):
        return jnp.stack([y[1], stiffness * (1 - y[0] ** 2) * y[1] - y[0]])

    return diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Tsit5(),
        t0=0.0,
        t1=1.0,
        dt0=0.05,
        y0=jnp.array([2.0, 0.0]),
        args=stiffness,
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-8),
        saveat=diffrax.SaveAt(ts=jnp.array([0.3, 0.7, 1.0])),
        max_steps=256,
    ).ys


def noisy(seed):
    """A path of Ornstein and Uhlenbeck's equation."""
    noise = diffrax.VirtualBrownianTree(0.0, 1.0, 1e-2, (), jax.random.key(seed.astype(int)))
    terms = diffrax.MultiTerm(
        diffrax.ODETerm(lambda t, y, args: -y),
        diffrax.ControlTerm(lambda t, y, args: jnp.float64(0.3), noise),
    )
    times = diffrax.SaveAt(ts=jnp.array([0.5, 1.0]))
    return diffrax.diffeqsolve(terms, diffrax.Euler(), 0.0, 1.0, 0.1, 1.0, saveat=times).ys


def root(a):
    def residual(y, a):
        return y**3 + y - a

    return optimistix.root_find(residual, optimistix.Newton(**TOLERANCE), jnp.float64(0.5), a).value


def fit(a):
    def residuals(y, a):
        return jnp.stack([y[0] - a, y[1] - y[0] ** 2])

    solver = optimistix.LevenbergMarquardt(**TOLERANCE)
    return optimistix.least_squares(residuals, solver, jnp.array([0.1, 0.2]), a).value


def minimum(a):
    def loss(y, a):
        return (y[0] - a) ** 2 + 3 * (y[1] - y[0] ** 2) ** 2

    solver = optimistix.BFGS(**TOLERANCE)
    return optimistix.minimise(loss, solver, jnp.array([0.1, 0.2]), a).value


def linear(solver):
    def solve(a):
        matrix = lineax.MatrixLinearOperator(
            MATRIX + a * jnp.eye(3), lineax.positive_semidefinite_tag
        )
        return lineax.linear_solve(matrix, jnp.arange(1.0, 4.0), solver).value

    return solve


FUNCTIONS = {
    "Tsit5 with adaptive steps": oscillator,
    "Euler for a stochastic equation": noisy,
    "Newton": root,
    "the derivative of a root": jax.grad(root),
    "Levenberg and Marquardt": fit,
    "BFGS": minimum,
    "conjugate gradients": linear(lineax.CG(**TOLERANCE)),
    "LU": linear(lineax.LU()),
    "QR": linear(lineax.QR()),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_solver(node, name):
    agree_in_each(node, FUNCTIONS[name], [(1.0,), (0.25,), (3.0,)], rtol=1e-9, atol=1e-12)


def test_an_error_of_equinox_is_nan(node):
    """JAX raises there; a page shows that something went wrong, and recovers."""

    def root_of(x):
        return jnp.sqrt(eqx.error_if(x, x < 0, "expected a positive number"))

    translated = to_javascript(root_of, 1.0)
    assert node.run(translated, [(4.0,), (-1.0,), (9.0,)]) == [
        [2.0],
        [pytest.approx(np.nan, nan_ok=True)],
        [3.0],
    ]


def primitive(name, implementation):
    """A primitive of somebody else's, of one number."""
    new = Primitive(name)
    new.def_impl(implementation)
    new.def_abstract_eval(lambda x: x)
    return new.bind


def test_a_primitive_is_translated_from_its_own_python(node):
    doubled = primitive("doubled", lambda x: jnp.sin(x) * 2)
    inner = primitive("inner", lambda x: doubled(x) + 1)
    translated = to_javascript(lambda x: inner(x) * doubled(x), 1.0)
    twice = 2 * np.sin(0.3)
    assert node.run(translated, [(0.3,)]) == [[pytest.approx((twice + 1) * twice, rel=1e-14)]]


def test_a_primitive_that_jax_cannot_trace_is_refused_with_the_readers_line():
    by_numpy = primitive("by_numpy", lambda x: np.sin(np.asarray(x)))
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(lambda x: jax.jit(jnp.square)(by_numpy(x)), 0.3)
    assert str(caught.value).startswith(
        "'by_numpy', a primitive that JAX itself doesn't have, has no JavaScript rule, and JAX "
        "can't trace its implementation in Python (TracerArrayConversionError); rewrite that line "
        "with other operations (the primitive 'by_numpy', used at "
    )
    assert "test_other_libraries.py" in str(caught.value)


def test_the_line_is_the_readers_though_a_library_compiles_the_function():
    """JAX compiles schur by itself, and keeps no line outside of it."""
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(lambda a: jax.scipy.linalg.schur(a)[0], np.eye(3))
    assert str(caught.value).startswith(
        "'schur' (other decompositions) has no JavaScript rule; use"
    )
    assert "test_other_libraries.py" in str(caught.value)
    assert "used at )" not in str(caught.value)
