"""The networks that Marcotte et al. (2023, 2024) draw, in the order of their code."""

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
        relu.append(relu_network(widths, bias=bool(draw.random_sample() < 0.5)))
    return linear, relu


def drawn_for_momentum() -> list[Network]:
    """Twenty linear networks."""
    networks = []
    draw = np.random.RandomState(0)
    for _ in range(20):
        depth = draw.randint(2, 4)
        networks.append(linear_network([int(draw.randint(1, 4)) for _ in range(depth + 1)]))
        draw.randint(0, 1)
    return networks
