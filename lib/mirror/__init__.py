r"""Chapter 4: steepest descent in the $L_p$ norms, and the mirror flows it makes of networks.

$q$ is the dual exponent, $\tfrac1p + \tfrac1q = 1$: $q = 2$ is gradient flow and $q = 1$ sign flow.
A deep diagonal network is $x = w_1w_2\cdots w_L$, coordinate by coordinate; its weights are stacked
on the first axis, the layers. Two dense layers are $W = UV^\top$.
"""

from lib.mirror.decay import decay_exponent, decay_penalty, diagonal_descent, steepest_descent
from lib.mirror.dense import (
    DenseFactors,
    DenseFlow,
    aligned_factors,
    dense_flow,
    dense_laws,
    dense_velocity,
    hidden_volume,
    schatten_direction,
)
from lib.mirror.directions import steepest_direction
from lib.mirror.escape import Window, escape_time, learning_rate_window
from lib.mirror.flows import SteepestFlow, balance, steepest_flow
from lib.mirror.maps import (
    bregman_divergence,
    bregman_projection,
    inverse_metric,
    metric_exponent,
    mirror_map,
    mirror_potential,
)

__all__ = [
    "DenseFactors",
    "DenseFlow",
    "SteepestFlow",
    "Window",
    "aligned_factors",
    "balance",
    "bregman_divergence",
    "bregman_projection",
    "decay_exponent",
    "decay_penalty",
    "dense_flow",
    "dense_laws",
    "dense_velocity",
    "diagonal_descent",
    "escape_time",
    "hidden_volume",
    "inverse_metric",
    "learning_rate_window",
    "metric_exponent",
    "mirror_map",
    "mirror_potential",
    "schatten_direction",
    "steepest_descent",
    "steepest_direction",
    "steepest_flow",
]
