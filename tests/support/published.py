"""The networks that Marcotte et al. (2023, 2024) draw, in the order of their code.

Where they draw a damping, it can only be 0; here the draw is made and not used.
"""

import numpy as np

from lib.conservation import Network, linear_network, relu_network


def drawn_for_flows() -> tuple[list[Network], list[Network]]:
    """Fifty linear networks, then fifty ReLU networks."""
    linear, relu = [], []
    draw = np.random.RandomState(0)
    for _ in range(50):
        depth = draw.randint(2, 5)
        linear.append(linear_network([int(draw.randint(2, 6)) for _ in range(depth + 1)]))
    draw = np.random.RandomState(0)
    for _ in range(50):
        depth = draw.randint(2, 5)
        widths = [int(draw.randint(2, 10)) for _ in range(depth + 1)]
        relu.append(relu_network(widths, bias=_coin(draw)))
    return linear, relu


def drawn_for_polynomials() -> list[tuple[int, ...]]:
    """The widths of ten networks, once taken as linear and once as ReLU."""
    draw = np.random.RandomState(0)
    widths = []
    for _ in range(10):
        depth = draw.randint(2, 4)
        widths.append(tuple(int(draw.randint(2, 5)) for _ in range(depth + 1)))
    return widths


def drawn_for_momentum(relu: bool = False) -> list[Network]:
    """Twenty linear networks, or twenty ReLU networks."""
    networks = []
    draw = np.random.RandomState(0)
    for _ in range(20):
        depth = draw.randint(2, 4)
        widths = [int(draw.randint(1, 4)) for _ in range(depth + 1)]
        draw.randint(0, 1)
        networks.append(relu_network(widths, bias=_coin(draw)) if relu else linear_network(widths))
    return networks


def drawn_for_factorization(momentum: bool = False) -> list[Network]:
    """Twenty nonnegative factorizations: linear networks for the mirror metric."""
    networks = []
    draw = np.random.RandomState(0)
    for _ in range(20):
        widths = [int(draw.randint(1, 6 if momentum else 8)) for _ in range(3)]
        if momentum:
            draw.randint(0, 1)
        networks.append(linear_network(widths))
    return networks


def drawn_for_convex_networks(momentum: bool = False) -> list[Network]:
    """Twenty input-convex networks: ReLU networks whose outer layer has the mirror metric."""
    networks = []
    draw = np.random.RandomState(0)
    for _ in range(20):
        widths = [int(draw.randint(1, 6)) for _ in range(3)]
        networks.append(relu_network(widths, bias=_coin(draw)))
        if momentum:
            draw.randint(0, 1)
    return networks


def _coin(draw: np.random.RandomState) -> bool:
    return bool(draw.random_sample() < 0.5)
