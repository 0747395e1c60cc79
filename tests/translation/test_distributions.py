"""Every distribution of jax.random: the same seed gives the same draw."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree_in_each
from jax import random

SHAPES = np.array([0.3, 1.0, 4.5, 30.0])
ODDS = SHAPES / SHAPES.sum()
SPREAD = np.eye(3) + np.diag([0.3, 0.1], 1) + np.diag([0.3, 0.1], -1) + np.diag([0.0, 1.0, 2.0])
ROWS = np.arange(12.0).reshape(4, 3)

DRAWS = {
    "ball": lambda key: random.ball(key, 3, 2.0, (4,)),
    "bernoulli": lambda key: random.bernoulli(key, 0.3, (5,)),
    "beta": lambda key: random.beta(key, SHAPES, 2.0),
    "binomial": lambda key: random.binomial(key, 20.0, SHAPES / 60),
    "bits": lambda key: [random.bits(key, (3,), f"uint{n}") for n in (8, 16, 32, 64)],
    "categorical": lambda key: (
        random.categorical(key, SHAPES, shape=(6,)),
        random.categorical(key, SHAPES, shape=(3,), replace=False),
    ),
    "cauchy": lambda key: random.cauchy(key, (5,)),
    "chisquare": lambda key: random.chisquare(key, SHAPES),
    "choice": lambda key: (
        random.choice(key, 10, (4,)),
        random.choice(key, 10, (4,), replace=False),
        random.choice(key, 4, (6,), p=ODDS),
        random.choice(key, 4, (3,), p=ODDS, replace=False),
        random.choice(key, ROWS, (2,), axis=1),
    ),
    "dirichlet": lambda key: random.dirichlet(key, SHAPES, (3,)),
    "double_sided_maxwell": lambda key: random.double_sided_maxwell(key, 0.0, 1.0, (4,)),
    "exponential": lambda key: random.exponential(key, (5,)),
    "f": lambda key: random.f(key, 3.0, 4.0, (4,)),
    "gamma": lambda key: (
        random.gamma(key, SHAPES),
        jax.grad(lambda a: random.gamma(key, a).sum())(jnp.asarray(SHAPES)),
        jax.vmap(lambda k, a: random.gamma(k, a, (2,)))(random.split(key, 4), SHAPES),
    ),
    "generalized_normal": lambda key: random.generalized_normal(key, 1.5, (4,)),
    "geometric": lambda key: random.geometric(key, 0.2, (5,)),
    "gumbel": lambda key: [random.gumbel(key, (5,), mode=mode) for mode in ("low", "high")],
    "laplace": lambda key: random.laplace(key, (5,)),
    "loggamma": lambda key: random.loggamma(key, SHAPES),
    "logistic": lambda key: random.logistic(key, (5,)),
    "lognormal": lambda key: random.lognormal(key, 0.5, (5,)),
    "maxwell": lambda key: random.maxwell(key, (5,)),
    "multinomial": lambda key: random.multinomial(key, 10.0, jnp.asarray(ODDS)),
    # Not by eigh or svd, whose vectors have no sign of their own.
    "multivariate_normal": lambda key: random.multivariate_normal(
        key, np.arange(3.0), SPREAD, (2,), method="cholesky"
    ),
    "normal": lambda key: (random.normal(key, (50,)), random.normal(key, (9,), jnp.float32)),
    "orthogonal": lambda key: random.orthogonal(key, 4),
    "pareto": lambda key: random.pareto(key, 2.0, (5,)),
    "permutation": lambda key: (
        random.permutation(key, 9),
        random.permutation(key, ROWS, axis=1, independent=True),
    ),
    "poisson": lambda key: random.poisson(key, 3 * SHAPES),
    "rademacher": lambda key: random.rademacher(key, (5,)),
    "randint": lambda key: [random.randint(key, (6,), -4, 9, n) for n in ("int32", "int64")],
    "rayleigh": lambda key: random.rayleigh(key, 2.0, (5,)),
    "t": lambda key: random.t(key, SHAPES),
    "triangular": lambda key: random.triangular(key, 0.0, 0.3, 1.0, (4,)),
    "truncated_normal": lambda key: random.truncated_normal(key, -1.0, 2.0, (5,)),
    "uniform": lambda key: random.uniform(key, (5,), minval=-1.0, maxval=3.0),
    "wald": lambda key: random.wald(key, 2.0, (4,)),
    "weibull_min": lambda key: random.weibull_min(key, 1.0, 2.0, (4,)),
}
KEYS = {
    *("PRNGKey", "clone", "fold_in", "key", "key_data", "key_dtype", "key_impl", "split"),
    *("wrap_key_data", "random_gamma_p"),
    *(("Key",) if jax.__version_info__ >= (0, 12) else ()),
}


def test_no_distribution_is_forgotten():
    assert {n for n in dir(random) if not n.startswith("_")} == set(DRAWS) | KEYS


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_draw(node, name):
    seeds = [(np.int32(seed),) for seed in (0, -5, 2**31 - 1)]
    agree_in_each(node, lambda seed: DRAWS[name](random.key(seed)), seeds, rtol=1e-9)
