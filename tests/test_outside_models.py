"""Models written in Equinox and Flax, as their users write them: lib takes them as they are."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx
from jax.flatten_util import ravel_pytree

from lib.brackets import bracket_matrix, order_gap, prediction_change
from lib.fields import gradient_field, lie_bracket
from lib.simulate import init_state, optimizer_step

INPUTS = jax.random.normal(jax.random.key(0), (4, 3))
LABELS = jnp.array([0, 1, 1, 0])
X, Y = (INPUTS[0], LABELS[0]), (INPUTS[1], LABELS[1])
HELD_OUT = jnp.array([0.5, -1.0, 2.0])


class Case(NamedTuple):
    """What a user has: parameters, and a function from them and an input to logits."""

    params: Any
    predict: Callable[[Any, Any], Any]

    def loss(self, params, example):
        inputs, label = example
        return optax.softmax_cross_entropy_with_integer_labels(self.predict(params, inputs), label)


def equinox_partitioned():
    """An activation function is a leaf of this model: `eqx.partition` sets it aside."""
    model = eqx.nn.MLP(3, 2, 4, 1, activation=jnp.tanh, key=jax.random.key(1))
    params, static = eqx.partition(model, eqx.is_inexact_array)
    return Case(params, lambda params, x: eqx.combine(params, static)(x))


def equinox_module():
    """Every leaf of this model is an array: the module itself is the tree of parameters."""

    class Model(eqx.Module):
        hidden: eqx.nn.Linear
        out: eqx.nn.Linear

        def __call__(self, x):
            return self.out(jnp.tanh(self.hidden(x)))

    first, second = jax.random.split(jax.random.key(2))
    model = Model(eqx.nn.Linear(3, 4, key=first), eqx.nn.Linear(4, 2, key=second))
    return Case(model, lambda model, x: model(x))


def flax_linen():
    """What `init` returns, the collection's name included."""

    class Model(linen.Module):
        @linen.compact
        def __call__(self, x):
            x = jnp.tanh(linen.Dense(4, param_dtype=float)(x))
            return linen.Dense(2, param_dtype=float)(x)

    model = Model()
    return Case(model.init(jax.random.key(3), HELD_OUT), model.apply)


def flax_nnx():
    """The state of `nnx.split`."""

    class Model(nnx.Module):
        def __init__(self, rngs):
            self.hidden = nnx.Linear(3, 4, param_dtype=float, rngs=rngs)
            self.out = nnx.Linear(4, 2, param_dtype=float, rngs=rngs)

        def __call__(self, x):
            return self.out(jnp.tanh(self.hidden(x)))

    graph, params = nnx.split(Model(nnx.Rngs(4)), nnx.Param)
    return Case(params, lambda params, x: nnx.merge(graph, params)(x))


def own_class():
    """A pytree class without `__eq__`, as `jax.tree_util` shows how to write one."""

    @jax.tree_util.register_pytree_node_class
    class Layer:
        def __init__(self, weight):
            self.weight = weight

        def tree_flatten(self):
            return (self.weight,), None

        @classmethod
        def tree_unflatten(cls, _, children):
            return cls(*children)

    weight = jax.random.normal(jax.random.key(5), (2, 3))
    return Case(Layer(weight), lambda layer, x: jnp.tanh(layer.weight @ x))


def flax_nnx_module():
    """The module itself, which is a pytree, too."""
    model = nnx.Linear(3, 2, param_dtype=float, rngs=nnx.Rngs(6))
    return Case(model, lambda model, x: jnp.tanh(model(x)))


MAKERS = [equinox_partitioned, equinox_module, flax_linen, flax_nnx, own_class, flax_nnx_module]


@pytest.fixture(params=MAKERS, ids=[maker.__name__ for maker in MAKERS], scope="module")
def case(request):
    # These libraries rely on JAX's own rules of promotion.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield request.param()


@pytest.fixture(autouse=True)
def standard_promotion():
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def flat(tree):
    return np.asarray(ravel_pytree(tree)[0])


def whole_derivatives(case):
    """Gradients and whole Hessians of all examples, in flat coordinates."""
    start, unravel = ravel_pytree(case.params)

    def loss(vector, example):
        return case.loss(unravel(vector), example)

    of_all = jax.vmap(jax.grad(loss), (None, 0)), jax.vmap(jax.hessian(loss), (None, 0))
    return tuple(np.asarray(f(start, (INPUTS, LABELS))) for f in of_all)


def test_fields_and_brackets_are_those_of_whole_gradients_and_hessians(case):
    gradients, hessians = whole_derivatives(case)
    field = gradient_field(case.loss)
    came = field(case.params, X)
    assert jax.tree.structure(came) == jax.tree.structure(case.params)
    np.testing.assert_allclose(flat(came), -gradients[0], atol=1e-13)

    bracket = lie_bracket(lambda p: field(p, X), lambda p: field(p, Y))(case.params)
    expected = hessians[1] @ gradients[0] - hessians[0] @ gradients[1]
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(flat(bracket), expected, atol=1e-12)

    matrix = jax.jit(lambda p: bracket_matrix(gradient_field(case.loss), p, (INPUTS, LABELS)))(
        case.params
    )
    products = np.einsum("jab,ib->ija", hessians, gradients)
    came = jax.vmap(jax.vmap(lambda tree: ravel_pytree(tree)[0]))(matrix)
    np.testing.assert_allclose(came, products - products.swapaxes(0, 1), atol=1e-12)


@pytest.mark.parametrize("optimizer", [optax.sgd(0.1, momentum=0.9), optax.adamw(0.05)])
def test_the_order_gap_is_that_of_the_user_s_own_loop(case, optimizer):
    def train(*examples):
        params, memory = case.params, optimizer.init(case.params)
        for example in examples:
            gradient = jax.grad(case.loss)(params, example)
            updates, memory = optimizer.update(gradient, memory, params)
            params = optax.apply_updates(params, updates)
        return flat(params)

    step = optimizer_step(optimizer, case.loss)
    gap = order_gap(step, init_state(optimizer, case.params), X, Y)
    expected = train(X, Y) - train(Y, X)
    assert np.abs(expected).max() > 1e-4
    np.testing.assert_allclose(flat(gap.params), expected, atol=1e-13)


def test_the_change_of_a_prediction_is_the_whole_jacobian_times_the_tangent(case):
    start, unravel = ravel_pytree(case.params)
    direction = jax.random.normal(jax.random.key(9), start.shape)
    jacobian = jax.jacrev(lambda vector: case.predict(unravel(vector), HELD_OUT))(start)
    came = prediction_change(lambda p: case.predict(p, HELD_OUT), case.params, unravel(direction))
    np.testing.assert_allclose(came, jacobian @ direction, rtol=1e-12)


def test_a_model_in_single_precision_keeps_it():
    model = linen.Dense(2)  # float32 is the default of Flax
    inputs = INPUTS.astype(jnp.float32)
    params = model.init(jax.random.key(0), inputs[0])
    case = Case(params, model.apply)
    matrix = bracket_matrix(gradient_field(case.loss), params, (inputs, LABELS))
    assert {leaf.dtype for leaf in jax.tree.leaves(matrix)} == {jnp.dtype("float32")}


def test_a_leaf_that_is_no_array_is_named_with_its_place(as_for_readers):
    model = eqx.nn.MLP(3, 2, 4, 1, key=jax.random.key(1))
    field = gradient_field(lambda model, x: jnp.sum(model(x)))
    words = (
        "`params.activation` must be a real floating-point array, but it is the "
        f"{type(model.activation).__name__} {model.activation!r}. Convert it with "
        "jnp.asarray(..., float), or keep what is not trained out of `params`."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        field(model, HELD_OUT)
