"""A sweep that tests run here and in processes of their own.

python swept.py OUT                           # alone
python swept.py OUT ADDRESS COUNT NUMBER      # one of several processes of a job
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import lib  # noqa: F401 float64, before JAX computes
from lib.noise import box_muller
from lib.sweep import sweep

RATES, SEEDS, CHUNK = [0.01, 0.3, 5.0], 40, 2
MIX = np.linspace(-1.0, 1.0, 9).reshape(3, 3)  # jax.distributed comes before JAX computes


def wander(key, rate, steps=4000):
    """Products, roots and exponentials, so that other programs would round them otherwise."""
    draws = box_muller(key, (steps, 3))

    def step(point, draw):
        pull = jnp.tanh(MIX @ point) + point * jnp.sqrt(1 + jnp.square(point))
        point = point - rate * pull + 0.1 * rate * draw
        return point, jnp.exp(-jnp.square(point[0]))

    end, seen = jax.lax.scan(step, jnp.ones(3), draws)
    return {"end": end, "seen": seen[:: steps // 4]}


def swept(**named):
    """The sweep, with the arguments that are not the same for all."""
    given = {
        "settings": {"rate": RATES},
        "seeds": SEEDS,
        "dimensions": {"end": ["coordinate"], "seen": ["time"]},
        "coordinates": {"time": np.arange(4) * 1000},
        "attributes": {"time": {"units": "steps"}, "rate": {"long_name": "learning rate"}},
        "chunk_size": CHUNK,
        "progress": False,
    } | named
    return sweep(wander, given.pop("settings"), given.pop("seeds"), jax.random.key(7), **given)


if __name__ == "__main__":
    out, *job = sys.argv[1:]
    if job:
        jax.distributed.initialize(job[0], int(job[1]), int(job[2]))
    swept(out=out)
