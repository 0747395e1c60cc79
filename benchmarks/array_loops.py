"""The problems of the benchmark that need arrays, with NumPy, for a kernel and for Pyodide.

Derivatives are written by hand, as NumPy has none.
"""

from itertools import pairwise

import numpy as np
from loops import sgdm


def ensemble(learning_rate, momentum, seed):
    """SGD with momentum: where 32 runs end, all in one loop."""
    noise = np.random.default_rng(seed).normal(0, 0.1, (2000, 2, 32))
    return sgdm(learning_rate, momentum, noise)[-1]


def network(seed, widths):
    """Random weights and biases of a network with one hidden layer."""
    generator = np.random.default_rng(seed)
    params = []
    for inputs, outputs in pairwise(widths):
        params.append(generator.normal(0, inputs**-0.5, (outputs, inputs)))
        params.append(generator.normal(0, inputs**-0.5, outputs))
    return params


def loss_and_gradient(params, inputs, labels):
    """The mean cross-entropy of a network with one hidden layer, and its gradient."""
    weight_1, bias_1, weight_2, bias_2 = params
    rows = np.arange(len(inputs))
    hidden = np.tanh(inputs @ weight_1.T + bias_1)
    logits = hidden @ weight_2.T + bias_2
    logits = logits - logits.max(axis=1, keepdims=True)
    total = np.exp(logits).sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - logits[rows, labels])
    error = np.exp(logits) / total
    error[rows, labels] -= 1
    error /= len(inputs)
    back = (error @ weight_2) * (1 - hidden**2)
    return loss, [back.T @ inputs, back.sum(axis=0), error.T @ hidden, error.sum(axis=0)]


def bracket(scale, seed):
    """The bracket of the fields of two examples, with differences for its two derivatives."""
    params = [scale * leaf for leaf in network(seed, (8, 16, 3))]
    examples = (np.linspace(-1, 1, 8), 0), (np.cos(np.arange(8.0)), 2)

    def field(p, example):
        inputs, label = example
        return [-g for g in loss_and_gradient(p, inputs[None], np.array([label]))[1]]

    def derivative(example, along):
        ahead, behind = (
            field([p + h * a for p, a in zip(params, along, strict=True)], example)
            for h in (1e-6, -1e-6)
        )
        return [(a - b) / 2e-6 for a, b in zip(ahead, behind, strict=True)]

    first, second = examples
    change_of_second = derivative(second, field(params, first))
    change_of_first = derivative(first, field(params, second))
    return [a - b for a, b in zip(change_of_second, change_of_first, strict=True)]


def training(learning_rate, momentum, seed, inputs, labels):
    """The losses of 300 steps of training a network 16-16-10."""
    inputs, labels = np.asarray(inputs), np.asarray(labels)
    params = network(seed, (16, 16, 10))
    velocity = [np.zeros_like(p) for p in params]
    losses = []
    for _ in range(300):
        loss, gradient = loss_and_gradient(params, inputs, labels)
        velocity = [
            momentum * v - learning_rate * g for v, g in zip(velocity, gradient, strict=True)
        ]
        params = [p + v for p, v in zip(params, velocity, strict=True)]
        losses.append(loss)
    return losses
