"""How fast the brackets of all pairs of a batch are, beside PyTorch on the same cores.

python benchmarks/brackets.py [--write FILE] [--threads N]

32 examples, an MLP 64-128-128-10 with tanh and cross-entropy: 1,024 brackets of 26,122 numbers.
First every way is compared with `lib`; then all are measured in turn in one run, fifteen times, and
a time is the shortest: other work on the machine can only add to it. The same brackets, in PyTorch:

- double backward, in a loop: each gradient's graph is kept, and one backward pass through it gives
  one Hessian-vector product.
- double backward, batched: `vjp` of the gradient, with `vmap` over pairs.
- forward over reverse: `jvp` of all gradients along one of them, a loop over directions.
- forward over reverse, compiled: the same with `vmap` over directions, through `torch.compile`.
  It needs a C++ compiler, and is left out where there is none.

Two more rows say what to expect: one gradient of one example, which a pair should not exceed, and
an array of the result's shape filled with one number, which no way of filling it can beat by much.
"""

import argparse
import functools
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jax
import jax.numpy as jnp
import numpy as np
import report
import torch
from torch.func import grad, jvp, vjp, vmap

from lib.brackets import bracket_matrix
from lib.classifiers import cross_entropy, mlp
from lib.fields import gradient_field

EXAMPLES, WIDTHS = 32, (64, 128, 128, 10)
PAIRS = EXAMPLES**2
ROUNDS = 15
SAMPLE = 0.05  # seconds that one sample takes at least
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
OURS, GRADIENT, FILLED = (
    "`bracket_matrix`, jitted",
    "one gradient of one example, jitted",
    "an array of that shape, filled",
)
HEAD = """\
| {} | time | beside `bracket_matrix` | a pair | error |
|---|---|---|---|---|"""

Tree = list[dict[str, Any]]
"""The layers of a network, each a weight and a bias."""


def main() -> None:
    """Measure both precisions, print the tables and, if asked, write them."""
    parser = report.parser(__doc__)
    parser.add_argument("--threads", type=int, metavar="N", help="use N cores (Linux)")
    asked = parser.parse_args()
    cores = limit_threads(asked)
    lines = [line for precision in TOLERANCE for line in (*table(precision), "")]
    machine = report.machine(f"PyTorch {torch.__version__}", f"{cores} threads")
    report.publish([*lines, machine], asked.write)


def limit_threads(asked: argparse.Namespace) -> int:
    """Give both sides the same number of cores; JAX takes those that the process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if asked.threads:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
        cores = min(cores, asked.threads)
    torch.set_num_threads(cores)
    return cores


def table(precision: str) -> list[str]:
    """The lines of one precision: every way is checked first, then measured."""
    network = mlp(WIDTHS)
    loss = cross_entropy(network.apply)
    dtype = jnp.dtype(precision)
    params = jax.tree.map(lambda leaf: leaf.astype(dtype), network.init(jax.random.key(0)))
    inputs = jax.random.normal(jax.random.key(1), (EXAMPLES, WIDTHS[0]), dtype)
    examples = (inputs, jnp.arange(EXAMPLES) % WIDTHS[-1])

    ours = jax.jit(functools.partial(bracket_matrix, gradient_field(loss)))
    gradient = jax.jit(gradient_field(loss))
    filled = jax.jit(
        lambda params: jax.tree.map(
            lambda leaf: jnp.full((EXAMPLES, EXAMPLES, *leaf.shape), leaf.ravel()[0]), params
        )
    )
    one = jax.tree.map(lambda leaf: leaf[0], examples)
    theirs = jax.tree.map(lambda leaf: torch.tensor(np.asarray(leaf)), (params, *examples))
    ways = {
        OURS: lambda: ours(params, examples),
        **{name: functools.partial(way, *theirs) for name, way in peers().items()},
    }
    errors = {name: error(way(), ours(params, examples)) for name, way in ways.items()}
    for name, worst in errors.items():
        if not worst <= TOLERANCE[precision]:
            raise SystemExit(f"{name}: off by {worst:.1e}, more than {TOLERANCE[precision]}")
    limits = {GRADIENT: lambda: gradient(params, one), FILLED: lambda: filled(params)}
    times = report.shortest_times(ways | limits, ROUNDS, SAMPLE)
    return [HEAD.format(precision), *(row(name, times, errors) for name in times)]


def peers() -> dict[str, Callable[..., Tree]]:
    """The ways of PyTorch: functions of the parameters, the inputs and the labels."""
    ways = {
        "PyTorch, double backward, in a loop": looped_double_backward,
        "PyTorch, double backward, batched": batched_double_backward,
        "PyTorch, forward over reverse": forward_over_reverse,
    }
    if shutil.which("c++"):
        ways["PyTorch, forward over reverse, compiled"] = torch.compile(batched_forward)
    return ways


def torch_loss(params: Tree, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """The loss of `lib.classifiers.cross_entropy(mlp(WIDTHS).apply)`, in PyTorch."""
    *hidden, last = params
    for layer in hidden:
        x = torch.tanh(layer["weight"] @ x + layer["bias"])
    logits = last["weight"] @ x + last["bias"]
    return -torch.log_softmax(logits, -1).gather(0, label[None])[0]


slope = grad(torch_loss)
slopes = vmap(slope, (None, 0, 0))


def antisymmetric(change: Tree) -> Tree:
    """From [j, i], the derivative of gradient j along gradient i, to the bracket [i, j]."""
    return jax.tree.map(lambda c: c.transpose(0, 1) - c, change)


def looped_double_backward(params: Tree, inputs: torch.Tensor, labels: torch.Tensor) -> Tree:
    """One graph for each example, one backward pass through it for each pair."""
    flat, tree = jax.tree.flatten(params)
    flat = [leaf.detach().requires_grad_() for leaf in flat]
    graphs = [
        torch.autograd.grad(
            torch_loss(jax.tree.unflatten(tree, flat), x, label), flat, create_graph=True
        )
        for x, label in zip(inputs, labels, strict=True)
    ]
    directions = [[leaf.detach() for leaf in graph] for graph in graphs]
    change = [leaf.new_empty((EXAMPLES, EXAMPLES, *leaf.shape)) for leaf in flat]
    for j, graph in enumerate(graphs):
        for i, direction in enumerate(directions):
            product = torch.autograd.grad(graph, flat, direction, retain_graph=True)
            for target, leaf in zip(change, product, strict=True):
                target[j, i] = leaf
    return antisymmetric(jax.tree.unflatten(tree, change))


def batched_double_backward(params: Tree, inputs: torch.Tensor, labels: torch.Tensor) -> Tree:
    """Reverse over reverse: one graph for each example, all directions through it at once."""
    directions = slopes(params, inputs, labels)

    def changes(x: torch.Tensor, label: torch.Tensor) -> Tree:
        _, pull = vjp(lambda p: slope(p, x, label), params)
        return vmap(lambda direction: pull(direction)[0])(directions)

    return antisymmetric(vmap(changes)(inputs, labels))


def along(params: Tree, inputs: torch.Tensor, labels: torch.Tensor, direction: Tree) -> Tree:
    """The derivatives of all gradients along one direction."""
    return jvp(lambda p: slopes(p, inputs, labels), (params,), (direction,))[1]


def forward_over_reverse(params: Tree, inputs: torch.Tensor, labels: torch.Tensor) -> Tree:
    """A loop over directions, the examples batched."""
    directions = slopes(params, inputs, labels)
    change = jax.tree.map(lambda leaf: leaf.new_empty((EXAMPLES, *leaf.shape)), directions)
    for i in range(EXAMPLES):
        direction = jax.tree.map(lambda leaf, i=i: leaf[i], directions)
        product = along(params, inputs, labels, direction)
        jax.tree.map(lambda c, leaf, i=i: c[:, i].copy_(leaf), change, product)
    return antisymmetric(change)


def batched_forward(params: Tree, inputs: torch.Tensor, labels: torch.Tensor) -> Tree:
    """Directions and examples batched; no function of JAX, which `torch.compile` cannot read."""
    directions = slopes(params, inputs, labels)
    change = vmap(lambda direction: along(params, inputs, labels, direction))(directions)
    return [{name: c - c.transpose(0, 1) for name, c in layer.items()} for layer in change]


def error(came: Tree, expected: Tree) -> float:
    """The largest difference, relative to the largest number."""
    pairs = [
        (np.asarray(c.detach() if isinstance(c, torch.Tensor) else c), np.asarray(e))
        for c, e in zip(jax.tree.leaves(came), jax.tree.leaves(expected), strict=True)
    ]
    return max(abs(c - e).max() for c, e in pairs) / max(abs(e).max() for _, e in pairs)


def row(name: str, times: dict[str, float], errors: dict[str, float]) -> str:
    """One line of a table."""
    took, ours = times[name], times[OURS]
    worst = f"{errors[name]:.0e}" if name in errors and name != OURS else "–"
    if name == GRADIENT:
        return f"| {name} | {1e3 * took:.3g} ms | – | {1e6 * took:.0f} µs | {worst} |"
    return (
        f"| {name} | {1e3 * took:.3g} ms | {took / ours:.1f} | {1e6 * took / PAIRS:.0f} µs "
        f"| {worst} |"
    )


if __name__ == "__main__":
    main()
