"""The library of the book *The Geometry of Optimizer Dynamics*.

Importing it switches JAX to float64, keeps XLA from AVX-512 code, and does nothing else. Take the
module you need: `from lib import fields`.

- `lib.fields`: vector fields on a tree of parameters: gradient fields, brackets, flows
- `lib.landscapes`: the losses the chapters use
- `lib.datasets`: real data that comes without a download
- `lib.simulate`: steps of optimizers, and one runner for all of them
- `lib.noise`: noisy gradients: a draw of noise is an example
- `lib.valleys`: losses whose minima form a valley or a manifold, and their noise
- `lib.convergence`: the order at which an error falls
- `lib.polar`: the polar factor of a matrix, its derivative, and Muon's stand-in for it
- `lib.brackets`: Chapter 1, the order gaps of any optimizer
- `lib.quasistatic`: Chapter 2, the slow motion along a manifold of minima
- `lib.adam`: Chapter 3, Adam's motion along a valley, at any angle
- `lib.figures`: figures with sliders, with a kernel or without one
- `lib.checks`: the checks of arguments that these modules share
"""

import os
import platform

import jax

# On processors with AVX-512, XLA (of JAX 0.10.2) compiles some norms of joined arrays wrongly:
# tests/install/test_compiler.py. JAX reads the flags when it computes for the first time.
if platform.machine() in ("x86_64", "AMD64") and "max_isa" not in os.environ.get("XLA_FLAGS", ""):
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_max_isa=AVX2".strip()

# Brackets are differences of nearly equal numbers: float32 loses them at small learning rates.
jax.config.update("jax_enable_x64", True)
