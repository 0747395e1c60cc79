r"""Chapter 1: what the order of training examples changes, for any optimizer.

An example $x$ is the field $v_x(\theta) = -\nabla_\theta L(\theta, x)$, and a step on it moves
$\theta$ to $\theta + \varepsilon v_x(\theta)$. Every gap here is *x first* minus *y first*. With
the book's sign of the bracket, $[u, v] = (u\cdot\nabla)v - (v\cdot\nabla)u$, the gap of plain
gradient steps then begins with $+\varepsilon^2[v_x, v_y]$.
"""

from lib.brackets.frozen import adam_divisor, frozen_adam_gap
from lib.brackets.gaps import (
    GapExpansion,
    gap_expansion,
    gap_series,
    order_gap,
    second_derivative_along,
)
from lib.brackets.optimizers import (
    AdamGap,
    MomentumGap,
    adam_gap,
    momentum_gap,
    settled_gap,
    settled_position,
)
from lib.brackets.pairs import (
    bracket_matrix,
    prediction_change,
    tangent_lengths,
    tangent_vectors,
    tensor_rms,
)
from lib.brackets.training import Checkpoints, or_group, train_residual

__all__ = [
    "AdamGap",
    "Checkpoints",
    "GapExpansion",
    "MomentumGap",
    "adam_divisor",
    "adam_gap",
    "bracket_matrix",
    "frozen_adam_gap",
    "gap_expansion",
    "gap_series",
    "momentum_gap",
    "or_group",
    "order_gap",
    "prediction_change",
    "second_derivative_along",
    "settled_gap",
    "settled_position",
    "tangent_lengths",
    "tangent_vectors",
    "tensor_rms",
    "train_residual",
]
