r"""Chapter 2: how noise moves an optimizer along a manifold of minima.

All Hessians here are the *true* ones, $\mathcal H = \nabla^2 f$. The source of the chapter writes
$f = z^\top Hz$ near a minimum, so its $H$ is half of ours; its formulas carry the factors that
this implies. $C$ is the covariance of the gradient noise of one example, and time runs as
$t = k\eta$ with the iterations $k$.
"""

from lib.minima import ManifoldMotion
from lib.quasistatic.covariance import stationary_covariance
from lib.quasistatic.factorization import (
    factorization_drift,
    factorization_flow,
    factorization_noise,
    factorization_trace,
    flattest_factors,
    imbalance,
    nearest_minimum,
    square_factorization,
    tangent_part,
)
from lib.quasistatic.factors import Factors, factorization_loss
from lib.quasistatic.manifolds import (
    in_chart,
    manifold_drift,
    manifold_flow,
    onto_manifold,
)
from lib.quasistatic.speed import (
    largest_learning_rate,
    range_factor,
    scaled_setting,
    speed_factor,
)
from lib.simulate import Setting

__all__ = [
    "Factors",
    "ManifoldMotion",
    "Setting",
    "factorization_drift",
    "factorization_flow",
    "factorization_loss",
    "factorization_noise",
    "factorization_trace",
    "flattest_factors",
    "imbalance",
    "in_chart",
    "largest_learning_rate",
    "manifold_drift",
    "manifold_flow",
    "nearest_minimum",
    "onto_manifold",
    "range_factor",
    "scaled_setting",
    "speed_factor",
    "square_factorization",
    "stationary_covariance",
    "tangent_part",
]
