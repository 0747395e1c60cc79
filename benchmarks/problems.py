"""What the benchmark of the engine computes, written as an author of a chapter would."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from lib.classifiers import cross_entropy, mlp
from lib.datasets import digits
from lib.fields import Params, gradient_field, lie_bracket

START = (1.0, 0.8)
DIGITS = digits()
IMAGES = DIGITS.images[:32].reshape(32, 4, 2, 4, 2).mean((2, 4)).reshape(32, 16)
LABELS = DIGITS.labels[:32]


def valley(position: Float[Array, "2"]) -> Array:
    """A valley along x whose walls are steeper further out, h(x) y² with h = (1 + x²)/2."""
    x, y = position
    return 0.5 * (1 + x**2) * y**2


def sgdm(learning_rate: ArrayLike, momentum: ArrayLike, key: Array) -> Float[Array, "2000 2"]:
    """The path of 2,000 noisy steps with momentum."""
    noise = 0.1 * jax.random.normal(key, (2000, 2))

    def step(state: tuple, draw: Array) -> tuple:
        position, velocity = state
        velocity = momentum * velocity - learning_rate * (jax.grad(valley)(position) + draw)
        position = position + velocity
        return (position, velocity), position

    start = jnp.array(START)
    return jax.lax.scan(step, (start, jnp.zeros_like(start)), noise)[1]


def one_run(learning_rate: ArrayLike, momentum: ArrayLike, seed: ArrayLike) -> Array:
    """SGD with momentum: the path of one run."""
    return sgdm(learning_rate, momentum, jax.random.key(seed))


def ensemble(learning_rate: ArrayLike, momentum: ArrayLike, seed: ArrayLike) -> Array:
    """SGD with momentum: where 32 runs end."""
    keys = jax.random.split(jax.random.key(seed), 32)
    return jax.vmap(lambda key: sgdm(learning_rate, momentum, key)[-1])(keys)


def adam(learning_rate: ArrayLike, momentum: ArrayLike, seed: ArrayLike) -> Array:
    """The path of Adam over 2,000 noisy steps."""
    noise = 0.1 * jax.random.normal(jax.random.key(seed), (2000, 2))

    def step(state: tuple, inputs: tuple) -> tuple:
        position, mean, square = state
        k, draw = inputs
        gradient = jax.grad(valley)(position) + draw
        mean = momentum * mean + (1 - momentum) * gradient
        square = 0.999 * square + 0.001 * gradient**2
        size = jnp.sqrt(square / (1 - 0.999**k)) + 1e-8
        position = position - learning_rate * mean / (1 - momentum**k) / size
        return (position, mean, square), position

    start = jnp.array(START)
    zero = jnp.zeros_like(start)
    return jax.lax.scan(step, (start, zero, zero), (jnp.arange(1.0, 2001.0), noise))[1]


def runge_kutta(step_size: ArrayLike, stiffness: ArrayLike, twist: ArrayLike) -> Array:
    """The path of 500 steps of RK4 in the plane."""

    def field(point: Array) -> Array:
        x, y = point
        return jnp.stack([stiffness * (x - x**3 / 3) - y, x + twist * jnp.sin(y)])

    def step(point: Array, _: None) -> tuple:
        a = field(point)
        b = field(point + step_size / 2 * a)
        c = field(point + step_size / 2 * b)
        d = field(point + step_size * c)
        point = point + step_size / 6 * (a + 2 * b + 2 * c + d)
        return point, point

    return jax.lax.scan(step, jnp.array(START), None, length=500)[1]


def bracket(scale: ArrayLike, seed: ArrayLike) -> Params:
    """The bracket of the fields of two examples, of a network 8-16-3."""
    network = mlp([8, 16, 3])
    params = jax.tree.map(lambda leaf: scale * leaf, network.init(jax.random.key(seed)))
    field = gradient_field(cross_entropy(network.apply))
    first, second = jnp.linspace(-1, 1, 8), jnp.cos(jnp.arange(8.0))
    return lie_bracket(lambda p: field(p, (first, 0)), lambda p: field(p, (second, 2)))(params)


def training(learning_rate: ArrayLike, momentum: ArrayLike, seed: ArrayLike) -> Array:
    """The losses of 300 steps of training a network 16-16-10 on 32 digits."""
    network = mlp([16, 16, 10])
    loss = cross_entropy(network.apply)

    def mean_loss(params: Params) -> Array:
        return jnp.mean(jax.vmap(lambda x, y: loss(params, (x, y)))(IMAGES, LABELS))

    def step(state: tuple, _: None) -> tuple:
        params, velocity = state
        value, gradient = jax.value_and_grad(mean_loss)(params)
        velocity = jax.tree.map(lambda v, g: momentum * v - learning_rate * g, velocity, gradient)
        return (jax.tree.map(jnp.add, params, velocity), velocity), value

    params = network.init(jax.random.key(seed))
    rest = jax.tree.map(jnp.zeros_like, params)
    return jax.lax.scan(step, (params, rest), None, length=300)[1]


# Each with the settings at which it is measured.
PROBLEMS = {
    "SGD with momentum, 2,000 noisy steps": (one_run, (0.02, 0.9, 3)),
    "32 such runs": (ensemble, (0.02, 0.9, 3)),
    "Adam, 2,000 noisy steps": (adam, (0.02, 0.9, 3)),
    "RK4, 500 steps": (runge_kutta, (0.05, 1.0, 0.3)),
    "Lie bracket, network 8-16-3": (bracket, (1.0, 3)),
    "training, network 16-16-10, 300 steps": (training, (0.3, 0.9, 3)),
}
