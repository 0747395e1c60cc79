"""The compiler that JAX uses computes what NumPy does, once `lib` has set it up."""

import os
import subprocess
import sys

import pytest

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


# Imports lib as on another processor and with another jaxlib; prints what it has set and said.
ELSEWHERE = """
import os, platform, warnings, jax, jaxlib
from pathlib import Path
platform.machine = lambda: "x86_64"
jaxlib.__version__ = {version!r}
Path.read_text = lambda *_, **__: {processor!r}
if {late}: jax.numpy.ones(1) + 1
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import lib
print(os.environ.get("XLA_FLAGS"), *[warning.message for warning in caught], sep="; ")
"""
OLD = {"version": "0.10.2", "processor": "flags: sse4_2 avx2 avx512f", "late": False}
FLAG = "--xla_cpu_max_isa=AVX2"
LATE = (
    "JAX had computed before `lib` was imported, so it uses AVX-512, with which jaxlib 0.10.2 gets "
    "some norms wrong. Restart Python and import `lib` first."
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, FLAG),
        ({"late": True}, f"{FLAG}; {LATE}"),
        ({"version": "0.12.0.1", "late": True}, "None"),
        ({"version": "0.13.0rc1"}, "None"),
        ({"processor": "flags: sse4_2 avx2", "late": True}, "None"),
    ],
    ids=["old", "old and late", "new", "newer", "without AVX-512"],
)
def test_the_flag_is_set_only_where_the_compiler_is_wrong(change, said):
    assert printed(ELSEWHERE.format(**OLD | change), XLA_FLAGS=None) == said


def printed(program, **environment):
    """What a fresh Python prints; a variable that is None is not set."""
    command = [sys.executable, "-c", program]
    merged = {k: v for k, v in (os.environ | environment).items() if v is not None}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=merged)
    return run.stdout.strip()
