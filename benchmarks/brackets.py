"""How fast the brackets of all pairs of a batch are, beside PyTorch on the same cores.

32 examples, an MLP 64-128-128-10 with tanh and cross-entropy: 1,024 brackets of 26,122 numbers.
First every way is compared with `lib`. The same brackets, in PyTorch:

- double backward, in a loop: each gradient's graph is kept, and one backward pass through it gives
  one Hessian-vector product.
- double backward, batched: `vjp` of the gradient, with `vmap` over pairs.
- forward over reverse: `jvp` of all gradients along one of them, a loop over directions.
- forward over reverse, compiled: the same with `vmap` over directions, through `torch.compile`.
  It needs a C++ compiler.

One more row says what to expect: an array of the result's shape filled with one number, which no
way of filling it can beat by much.
"""

import functools
import shutil
from collections.abc import Callable, Iterator
from typing import Any

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
ROUNDS = 9
SAMPLE = 0.05  # seconds that one sample takes at least
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}

Tree = list[dict[str, Any]]
"""The layers of a network, each a weight and a bias."""


def rows(rounds: int = ROUNDS) -> Iterator[report.Row]:
    """Both precisions; every way is checked first, then measured."""
    torch.set_num_threads(report.cores())
    for precision, tolerance in TOLERANCE.items():
        network = mlp(WIDTHS)
        field = gradient_field(cross_entropy(network.apply))
        dtype = jnp.dtype(precision)
        params = jax.tree.map(lambda leaf, t=dtype: leaf.astype(t), network.init(jax.random.key(0)))
        inputs = jax.random.normal(jax.random.key(1), (EXAMPLES, WIDTHS[0]), dtype)
        examples = (inputs, jnp.arange(EXAMPLES) % WIDTHS[-1])
        ours = jax.jit(functools.partial(bracket_matrix, field))
        theirs = jax.tree.map(lambda leaf: torch.tensor(np.asarray(leaf)), (params, *examples))
        ways: dict[str, report.Way] = {
            "`bracket_matrix`, jitted": functools.partial(ours, params, examples)
        }
        for name, way in peers().items():
            ways[name] = way if isinstance(way, str) else functools.partial(way, *theirs)
        right = report.checked(ways, report.within(tolerance))
        right["an array of that shape, filled"] = functools.partial(filled, params)
        times = report.medians(right, rounds, sample=SAMPLE, budget=25)
        what = f"brackets of all pairs of {EXAMPLES} examples, {precision}"
        settings = f"an MLP {'-'.join(map(str, WIDTHS))}, {report.cores()} threads each"
        yield from report.rows(what, times, settings, "torch")


@jax.jit
def filled(params: Tree) -> Tree:
    """The first number of each leaf, as often as the brackets have numbers."""
    shape = (EXAMPLES, EXAMPLES)
    return jax.tree.map(lambda leaf: jnp.full((*shape, *leaf.shape), leaf.ravel()[0]), params)


def peers() -> dict[str, Callable[..., Tree] | str]:
    """The ways of PyTorch: functions of the parameters, the inputs and the labels."""
    compiled = torch.compile(batched_forward) if shutil.which("c++") else "there is no `c++`"
    return {
        "PyTorch, double backward, in a loop": looped_double_backward,
        "PyTorch, double backward, batched": batched_double_backward,
        "PyTorch, forward over reverse": forward_over_reverse,
        "PyTorch, forward over reverse, compiled": compiled,
    }


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
