"""The algebra of the bracket, on random fields over random trees of parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from trees import (
    SHAPES,
    assert_close,
    assert_identity,
    combine,
    linear_field,
    random_field,
    random_function,
    random_point,
)

from lib.fields import gradient_field, lie_bracket

for_every_tree = pytest.mark.parametrize("tree", SHAPES, ids=["array", "layer", "nest"])


def draw(tree, seed, fields):
    """Some random fields and a random point, all different."""
    seed = 10 * seed
    return *(random_field(tree, seed + i) for i in range(fields)), random_point(tree, seed + 9)


@for_every_tree
def test_it_is_antisymmetric_and_no_field_disagrees_with_itself(tree):
    def sides(seed):
        u, v, point = draw(tree, seed, 2)
        return lie_bracket(u, v)(point), combine(-1.0, lie_bracket(v, u)(point), 0.0, point)

    assert_identity(sides)
    u, point = draw(tree, 0, 1)
    assert all(not leaf.any() for leaf in jax.tree.leaves(jax.jit(lie_bracket(u, u))(point)))


@for_every_tree
def test_jacobi(tree):
    def sides(seed):
        u, v, w, point = draw(tree, seed, 3)
        one = lie_bracket(u, lie_bracket(v, w))(point)
        two = lie_bracket(v, lie_bracket(w, u))(point)
        three = lie_bracket(w, lie_bracket(u, v))(point)
        return one, combine(-1.0, two, -1.0, three)

    assert_identity(sides)


@for_every_tree
@pytest.mark.parametrize("in_second", [True, False])
def test_it_is_linear_in_each_argument(tree, in_second):
    def bracket(x, y):
        return lie_bracket(x, y) if in_second else lie_bracket(y, x)

    def sides(seed):
        u, v, w, point = draw(tree, seed, 3)
        a, b = jax.random.normal(jax.random.key(seed), (2,))
        mixed = bracket(u, lambda p: combine(a, v(p), b, w(p)))(point)
        return mixed, combine(a, bracket(u, v)(point), b, bracket(u, w)(point))

    assert_identity(sides)


@for_every_tree
def test_leibniz_for_a_field_times_a_function(tree):
    def sides(seed):
        u, v, point = draw(tree, seed, 2)
        f = random_function(tree, seed)
        slope_of_f = jax.jvp(f, (point,), (u(point),))[1]
        scaled = lie_bracket(u, lambda p: jax.tree.map(lambda leaf: f(p) * leaf, v(p)))(point)
        return scaled, combine(slope_of_f, v(point), f(point), lie_bracket(u, v)(point))

    assert_identity(sides)


def test_linear_fields_give_the_matrix_commutator():
    a, b = np.random.default_rng(0).normal(size=(2, 4, 4))
    x = np.arange(1.0, 5.0)
    came = lie_bracket(linear_field(jnp.asarray(a)), linear_field(jnp.asarray(b)))(jnp.asarray(x))
    # (Dv)u - (Du)v with u = Ax and v = Bx is (BA - AB)x.
    np.testing.assert_allclose(came, (b @ a - a @ b) @ x, rtol=1e-12)


def test_a_change_of_coordinates_carries_the_bracket_along():
    def chart(x):
        return x + 0.3 * jnp.sin(jnp.roll(x, 1))

    def inverse(y):
        def improve(x, _):  # a contraction with factor 0.3
            return y - 0.3 * jnp.sin(jnp.roll(x, 1)), None

        return jax.lax.scan(improve, y, None, length=40)[0]

    def pushed(field):
        def new_field(y):
            x = inverse(y)
            return jax.jvp(chart, (x,), (field(x),))[1]

        return new_field

    def sides(seed):
        u, v, point = draw(jnp.zeros(3), seed, 2)
        bracket_of_pushed = lie_bracket(pushed(u), pushed(v))
        return bracket_of_pushed(chart(point)), pushed(lie_bracket(u, v))(chart(point))

    assert_identity(sides)


@for_every_tree
def test_gradient_fields_give_the_hessians_times_the_gradients(tree):
    # 1.1: [v1, v2] = H2 g1 - H1 g2, with whole Hessians as an independent way.
    one, two = random_function(tree, 1), random_function(tree, 2)
    point = random_point(tree, 3)
    field = gradient_field(lambda params, loss: loss(params))
    came = lie_bracket(lambda p: field(p, one), lambda p: field(p, two))(point)
    flat, unravel = ravel_pytree(point)
    g1, g2 = (jax.grad(lambda x, f=f: f(unravel(x)))(flat) for f in (one, two))
    h1, h2 = (jax.hessian(lambda x, f=f: f(unravel(x)))(flat) for f in (one, two))
    assert_close(came, unravel(h2 @ g1 - h1 @ g2))
