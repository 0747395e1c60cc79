"""How long it takes to count the conservation laws of a transformer block, and how much memory.

The block has the width 16, four heads that share two keys, rotary encodings and 16 gates: 1568
parameters. It is counted as a function, once in a new process, compilation included, and the count
must be certified: as many laws as its parts have.
"""

import resource
import time
from collections.abc import Iterator

import jax
import report

from lib.conservation import count_laws, transformer_network

WIDTH, HEADS, KEYS, GATES = 16, 4, 2, 16
OF_A_KEY = 2 + 4 * 5 // 2  # pairs of coordinates, and entries of a symmetric matrix
LAWS = KEYS * OF_A_KEY + GATES + 2 * WIDTH


def rows() -> Iterator[report.Row]:
    """The time of one count."""
    key = jax.random.key(0)
    start = time.perf_counter()
    block = transformer_network(key, width=WIDTH, heads=HEADS, key_heads=KEYS, hidden=GATES)
    size = sum(leaf.size for leaf in jax.tree.leaves(block.params))
    count = count_laws(block, key, samples=size + 16)
    took = time.perf_counter() - start
    if not count.certified or count.laws != LAWS:
        raise SystemExit(f"{count}, but the parts have {LAWS}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    settings = f"{count.laws} laws of {size:,} parameters, compilation included, {peak:.1f} GB"
    yield report.alone("laws of a transformer block", "`count_laws`", took, settings)
