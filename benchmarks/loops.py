"""The problems of the benchmark as loops in plain Python, for a kernel and for Pyodide.

Single numbers are Python's floats, which loops add up faster than arrays of two. Where x and y are
arrays of NumPy, the same loop runs many members at once.
"""

import math
import random
import time

START = (1.0, 0.8)


def slope(x, y):
    """The gradient of h(x) y² with h = (1 + x²)/2."""
    return x * y * y, (1 + x * x) * y


def sgdm(learning_rate, momentum, noise):
    """The path of SGD with momentum, a step for each pair of noise."""
    (x, y), u, v, path = START, 0.0, 0.0, []
    for noise_x, noise_y in noise:
        slope_x, slope_y = slope(x, y)
        u = momentum * u - learning_rate * (slope_x + noise_x)
        v = momentum * v - learning_rate * (slope_y + noise_y)
        x, y = x + u, y + v
        path.append((x, y))
    return path


def draws(seed):
    """2,000 pairs of normal numbers of size 0.1."""
    gauss = random.Random(seed).gauss
    return [(gauss(0, 0.1), gauss(0, 0.1)) for _ in range(2000)]


def one_run(learning_rate, momentum, seed):
    """SGD with momentum: the path of one run."""
    return sgdm(learning_rate, momentum, draws(seed))


def ensemble(learning_rate, momentum, seed):
    """SGD with momentum: where 32 runs end."""
    return [one_run(learning_rate, momentum, seed + member)[-1] for member in range(32)]


def adam(learning_rate, momentum, seed):
    """The path of Adam over 2,000 noisy steps."""
    return adam_path(learning_rate, momentum, draws(seed))


def adam_path(learning_rate, momentum, noise):
    """The path of Adam, a step for each pair of noise."""
    position, mean, square, path = list(START), [0.0, 0.0], [0.0, 0.0], []
    for k, draw in enumerate(noise, 1):
        gradient = slope(*position)
        rest, rest_square = 1 - momentum**k, 1 - 0.999**k
        for n in (0, 1):
            g = gradient[n] + draw[n]
            mean[n] = momentum * mean[n] + (1 - momentum) * g
            square[n] = 0.999 * square[n] + 0.001 * g * g
            size = math.sqrt(square[n] / rest_square) + 1e-8
            position[n] -= learning_rate * mean[n] / rest / size
        path.append(tuple(position))
    return path


def runge_kutta(step_size, stiffness, twist):
    """The path of 500 steps of RK4 in the plane."""

    def field(x, y):
        return stiffness * (x - x**3 / 3) - y, x + twist * math.sin(y)

    (x, y), path = START, []
    for _ in range(500):
        ax, ay = field(x, y)
        bx, by = field(x + step_size / 2 * ax, y + step_size / 2 * ay)
        cx, cy = field(x + step_size / 2 * bx, y + step_size / 2 * by)
        dx, dy = field(x + step_size * cx, y + step_size * cy)
        x += step_size / 6 * (ax + 2 * bx + 2 * cx + dx)
        y += step_size / 6 * (ay + 2 * by + 2 * cy + dy)
        path.append((x, y))
    return path


def clock(function, arguments, calls):
    """Milliseconds that some calls of a function take together."""
    start = time.perf_counter()
    for _ in range(calls):
        function(*arguments)
    return 1e3 * (time.perf_counter() - start)
