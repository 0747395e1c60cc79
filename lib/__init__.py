"""The library of the book *The Geometry of Optimizer Dynamics*.

Importing it switches JAX to float64 and does nothing else. Take the module you need:
`from lib import fields`.

- `lib.fields`: vector fields on a tree of parameters: gradient fields, brackets, flows
- `lib.landscapes`: the losses the chapters use
- `lib.datasets`: real data that comes without a download
- `lib.simulate`: one runner for every optimizer
- `lib.figures`: figures with sliders, with a kernel or without one
- `lib.checks`: the checks of arguments that these modules share
"""

import jax

# Brackets are differences of nearly equal numbers: float32 loses them at small learning rates.
jax.config.update("jax_enable_x64", True)
