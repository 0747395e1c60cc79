r"""Chapter 1: what the order of training examples changes, for any optimizer.

An example $x$ is the field $v_x(\theta) = -\nabla_\theta L(\theta, x)$, and a step on it moves
$\theta$ to $\theta + \varepsilon v_x(\theta)$. Every gap here is *x first* minus *y first*. With
the book's sign of the bracket, $[u, v] = (u\cdot\nabla)v - (v\cdot\nabla)u$, the gap of plain
gradient steps then begins with $+\varepsilon^2[v_x, v_y]$.
"""

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
from lib.brackets.pairs import bracket_matrix, prediction_change, tensor_rms

__all__ = [
    "AdamGap",
    "GapExpansion",
    "MomentumGap",
    "adam_gap",
    "bracket_matrix",
    "gap_expansion",
    "gap_series",
    "momentum_gap",
    "order_gap",
    "prediction_change",
    "second_derivative_along",
    "settled_gap",
    "settled_position",
    "tensor_rms",
]
