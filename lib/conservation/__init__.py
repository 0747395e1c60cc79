r"""Chapter 5: what training conserves, how many such laws there are, and how to find them.

The weights of a network are matrices $W_0, \dots, W_{L-1}$ of shapes $w_i\times w_{i+1}$, the
output on the left: $\phi = W_0W_1\cdots W_{L-1}$. A law is a function $h(\theta)$ that stays
constant under gradient flow $\dot\theta = -\nabla L$ whatever the data; $D$ is the number of
parameters.
"""

from lib.conservation.blocks import (
    attention_network,
    convolutional_network,
    feedforward_network,
    mixture_network,
    normalized_network,
    residual_relu_network,
    transformer_network,
)
from lib.conservation.counting import (
    Count,
    count_laws,
    known_laws,
    lie_algebra_dimension,
)
from lib.conservation.directions import natural_direction
from lib.conservation.intrinsic import IntrinsicDefect, intrinsic_defect
from lib.conservation.masked import MaskedCount, masked_count
from lib.conservation.momentum import momentum_laws
from lib.conservation.networks import (
    FunctionNetwork,
    Network,
    function_network,
    linear_network,
    relu_network,
)
from lib.conservation.polynomials import conserved_along, law_function, polynomial_laws

__all__ = [
    "Count",
    "FunctionNetwork",
    "IntrinsicDefect",
    "MaskedCount",
    "Network",
    "attention_network",
    "conserved_along",
    "convolutional_network",
    "count_laws",
    "feedforward_network",
    "function_network",
    "intrinsic_defect",
    "known_laws",
    "law_function",
    "lie_algebra_dimension",
    "linear_network",
    "masked_count",
    "mixture_network",
    "momentum_laws",
    "natural_direction",
    "normalized_network",
    "polynomial_laws",
    "relu_network",
    "residual_relu_network",
    "transformer_network",
]
