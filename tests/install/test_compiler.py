"""The compiler that JAX uses computes what NumPy does, once `lib` has set it up."""

import os
import subprocess
import sys

# Norms of joined differences, for a batch in two axes: with AVX-512 one in four came out wrong.
PROGRAM = """
import lib, jax, jax.numpy as jnp, numpy as np
random = np.random.default_rng(0)
left = [random.normal(size=(20, 4, *shape)) for shape in ((5,), (5, 4), (3,), (3, 5))]
right = [x + 1e-6 * random.normal(size=x.shape) for x in left]
join = lambda a, b: jnp.concatenate([jnp.ravel(x - y) for x, y in zip(a, b)])
found = jax.jit(jax.vmap(jax.vmap(lambda a, b: jnp.linalg.norm(join(a, b)))))(left, right)
joined = np.concatenate([(x - y).reshape(20, 4, -1) for x, y in zip(left, right)], axis=-1)
print(abs(found / np.linalg.norm(joined, axis=-1) - 1).max())
"""


def test_norms_of_joined_arrays_are_right():
    assert float(printed(PROGRAM)) < 1e-9


def test_flags_that_a_user_set_stay():
    flags = "--xla_cpu_max_isa=SSE4_2"
    assert printed("import os, lib; print(os.environ['XLA_FLAGS'])", XLA_FLAGS=flags) == flags


def printed(program, **environment):
    """What a fresh Python prints."""
    command = [sys.executable, "-c", program]
    environment = os.environ | environment
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return run.stdout.strip()
