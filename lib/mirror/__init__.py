r"""Chapter 4: steepest descent in the $L_p$ norms, and the mirror flows it makes of networks.

$q$ is the dual exponent, $\tfrac1p + \tfrac1q = 1$: $q = 2$ is gradient flow and $q = 1$ sign flow.
A deep diagonal network is $x = w_1w_2\cdots w_L$, coordinate by coordinate; its weights are stacked
on the first axis, the layers.
"""

from lib.mirror.directions import steepest_direction

__all__ = ["steepest_direction"]
