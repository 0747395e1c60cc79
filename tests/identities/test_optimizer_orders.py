"""With which power of the learning rate the order of two examples matters, for each optimizer."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree
from optax import contrib
from trees import combine, random_point, size

from lib.brackets import order_gap
from lib.classifiers import cross_entropy, mlp
from lib.convergence import convergence_order
from lib.fields import gradient_field, lie_bracket
from lib.simulate import gradient_step, init_state, optimizer_step

NETWORK = mlp([4, 5, 3])  # 43 parameters
LOSS = cross_entropy(NETWORK.apply)
LAYOUT = NETWORK.init(jax.random.key(0))
RATES = jnp.geomspace(1e-4, 1e-2, 5)
SMALL = jnp.geomspace(1e-6, 1e-4, 5)  # where the slow mean of squares lets Adam reach its law


@pytest.fixture(autouse=True)
def standard_promotion():
    """Optax relies on it."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def start(seed=0):
    """Normal weights (0.6) and biases (0.3)."""
    params = random_point(LAYOUT, seed)
    return [{"weight": 0.6 * p["weight"], "bias": 0.3 * p["bias"]} for p in params]


def two_examples(seed=1):
    """Normal inputs with different labels."""
    inputs, labels = jax.random.split(jax.random.key(seed))
    x = jax.random.normal(inputs, (2, 4))
    label = jax.random.permutation(labels, 3)
    return (x[0], label[0]), (x[1], label[1])


def gaps(make, *, warm):
    """The gaps of the parameters at small rates, after sixty warm-up steps or from the start."""
    x, y = two_examples()

    def at(rate, state):
        return order_gap(optimizer_step(make(rate), LOSS), state, x, y).params

    state = init_state(make(1e-3), start())
    if warm:
        others = (jax.random.normal(jax.random.key(2), (60, 4)), jnp.arange(60) % 3)
        step = optimizer_step(make(1e-3), LOSS)
        state = jax.jit(lambda s: jax.lax.scan(lambda s, e: (step(s, e), None), s, others)[0])(
            state
        )
    return jax.jit(jax.vmap(at, (0, None)))(SMALL, state)


def sizes(tree):
    return jnp.linalg.norm(jax.vmap(lambda t: ravel_pytree(t)[0])(tree), axis=1)


@pytest.mark.parametrize(
    ("make", "warm", "order"),
    [
        (optax.sgd, False, 2),
        (lambda rate: optax.chain(optax.normalize_by_update_norm(), optax.sgd(rate)), False, 2),
        (lambda rate: optax.sgd(rate, momentum=0.9), True, 1),
        (optax.adam, True, 1),
        (lambda rate: optax.adam(rate, b1=0.0), True, 1),
        (optax.rmsprop, True, 1),
        (optax.lion, False, 1),
        (contrib.muon, True, 1),
    ],
    ids=["sgd", "normalised", "heavy ball", "adam", "adam b1=0", "rmsprop", "lion, cold", "muon"],
)
def test_the_gap_falls_with_this_power(make, warm, order):
    found = float(convergence_order(SMALL, sizes(gaps(make, warm=warm))))
    assert found == pytest.approx(order, abs=0.06)


def test_muon_without_momentum_is_of_second_order():
    # Its biases are Adam's; the weights are what Muon steps.
    of_weights = [
        layer["weight"] for layer in gaps(lambda rate: contrib.muon(rate, beta=0.0), warm=False)
    ]
    assert float(convergence_order(SMALL, sizes(of_weights))) == pytest.approx(2, abs=0.1)


def test_lion_whose_momentum_outweighs_every_gradient_leaves_no_gap():
    x, y = two_examples()
    state = init_state(optax.lion(1e-3), start())
    (memory, *rest) = state.opt_state
    heavy = memory._replace(mu=jax.tree.map(lambda leaf: 100 * jnp.ones_like(leaf), memory.mu))
    gap = order_gap(
        optimizer_step(optax.lion(1e-3), LOSS), state._replace(opt_state=(heavy, *rest)), x, y
    )
    assert size(gap.params) < 1e-15
    assert size(gap.opt_state[0].mu) > 1e-5  # the momentum itself does remember the order


def test_sign_descent_pays_two_rates_for_every_sign_that_flips():
    field = gradient_field(LOSS)

    def draw(rate, seed):
        """The gap, and which signs the first step of each order flips for the second."""
        point, (x, y) = start(seed), two_examples(seed + 10**6)
        step = gradient_step(lambda p, e: jax.tree.map(jnp.sign, field(p, e)), learning_rate=rate)

        def flips(early, late):
            before, after = field(point, late), field(step(point, early), late)
            return ravel_pytree(before)[0] * ravel_pytree(after)[0] < 0

        return ravel_pytree(order_gap(step, point, x, y))[0], flips(x, y), flips(y, x)

    rates = np.array([3e-3, 3e-2])
    of_every_rate = jax.jit(jax.vmap(jax.vmap(draw, (None, 0)), (0, None)))
    gaps, of_y, of_x = map(np.asarray, of_every_rate(rates, jnp.arange(300)))
    once = of_y ^ of_x
    in_rates = np.abs(gaps) / rates[:, None, None]
    np.testing.assert_allclose(in_rates[once], 2, rtol=1e-9)
    assert in_rates[~once & ~(of_y & of_x)].max() < 1e-9
    fewer, more = once.sum((1, 2))
    assert more == pytest.approx(10 * fewer, rel=0.3)  # so the gap is of second order on average


def test_a_swap_changes_a_conserved_quantity_one_order_later_than_the_parameters():
    """Two layers with ReLU: ||u_k||^2 - v_k^2 for every hidden unit, with u_k, v_k its weights."""

    def loss(params, example):
        inputs, target = example
        return (params["v"] @ jax.nn.relu(params["u"] @ inputs) - target) ** 2

    def law(params):
        return jnp.sum(params["u"] ** 2, axis=1) - params["v"] ** 2

    keys = jax.random.split(jax.random.key(3), 3)
    params = {"u": jax.random.normal(keys[0], (6, 4)), "v": jax.random.normal(keys[1], (6,))}
    (x, y), field = jax.random.normal(keys[2], (2, 4)), gradient_field(loss)
    x, y = (x, 1.0), (y, -0.5)
    bracket = lie_bracket(lambda p: field(p, x), lambda p: field(p, y))(params)
    assert size(bracket) > 0.1
    np.testing.assert_allclose(jax.jvp(law, (params,), (bracket,))[1], 0, atol=1e-12)

    def changes(rate):
        step = gradient_step(field, learning_rate=rate)
        ends = [step(step(params, a), b) for a, b in ((x, y), (y, x))]
        gap = combine(1.0, ends[0], -1.0, ends[1])
        return jnp.linalg.norm(ravel_pytree(gap)[0]), jnp.linalg.norm(law(ends[0]) - law(ends[1]))

    of_params, of_law = jax.jit(jax.vmap(changes))(RATES)
    assert float(convergence_order(RATES, of_params)) == pytest.approx(2, abs=0.05)
    assert float(convergence_order(RATES, of_law)) == pytest.approx(3, abs=0.1)
