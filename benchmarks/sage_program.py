"""Run by Sage: the dimension of Lie(W) at a rational point, by the published algorithm.

sage -python benchmarks/sage_program.py SECONDS '[[2, 2, 2], …]' '[5, …]'

The arguments are a limit for each network, the widths of linear networks, and the dimensions that
their known laws leave. The entries of the product of the matrices are polynomials, and the fields
their gradients. Each round takes the brackets of the fields of the round before with those of the
start and keeps a bracket if its value at the point is a new direction. It ends when nothing is new,
or with the dimension that the known laws leave. Like the authors' program, it first takes only
three of the fields of the start, and all of them where that has not been enough; unlike theirs it
starts no process for each bracket and tries one before it computes the next. It prints a line for
each network: the dimension, or null at the limit, and the seconds of processor time.
"""

import itertools
import json
import signal
import sys
import time

from sage.all import QQ, PolynomialRing, jacobian, matrix, prod, set_random_seed, vector

FEW = 3


def fields_of(widths):
    """The gradients of the entries of the product."""
    shapes = list(itertools.pairwise(widths))
    ring = PolynomialRing(QQ, sum(rows * columns for rows, columns in shapes), "x")
    left, matrices = list(ring.gens()), []
    for rows, columns in shapes:
        matrices.append(matrix(ring, rows, columns, left[: rows * columns]))
        left = left[rows * columns :]
    return [vector(ring, entry.gradient()) for entry in prod(matrices).list()]


def bracket(first, second):
    """The bracket of two fields."""
    gens = first.base_ring().gens()
    return jacobian(second, gens) * first - jacobian(first, gens) * second


def dimension(fields, known, count):
    """The dimension at a random point, by brackets with the first `count` fields."""
    point = [QQ.random_element(100, 100) for _ in fields[0]]
    echelon = []  # each row with the place of its first entry

    def is_new(field):
        value = vector(QQ, [entry(*point) for entry in field])
        for place, row in echelon:
            value -= value[place] * row
        if value:
            place = value.nonzero_positions()[0]
            echelon.append((place, value / value[place]))
        return bool(value)

    for field in fields:
        is_new(field)
    last = fields
    while last and len(echelon) < known:
        kept = []
        for pair in itertools.product(last, fields[:count]):
            found = bracket(*pair)
            if is_new(found):
                kept.append(found)
            if len(echelon) == known:
                break
        last = kept
    return len(echelon)


def stop(number, frame):
    """What happens at the limit."""
    raise TimeoutError


def main():
    """Count each network."""
    set_random_seed(0)
    signal.signal(signal.SIGPROF, stop)
    seconds, *lists = map(json.loads, sys.argv[1:])
    for widths, known in zip(*lists, strict=True):
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            fields = fields_of(widths)
            found = dimension(fields, known, FEW)
            if found < known:
                found = dimension(fields, known, len(fields))
        except TimeoutError:
            found = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps([found, time.process_time() - start]), flush=True)


if __name__ == "__main__":
    main()
