"""How long it takes to count the laws of all the networks that the sources draw.

python benchmarks/counts.py RUN

Each run is a new process with an empty cache, imports and compilation included: the hundred
networks under gradient flow, the same proved over the integers, and all ten published experiments.
Every count must be certified, and every search must find as many polynomials as there are.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import report

RUNS = {
    "hundred": "100 networks under gradient flow",
    "proofs": "100 networks, proved over the integers",
    "published": "all ten published experiments",
}
CONVEX = ("mirror", "euclidean")


def experiments(run: str) -> dict:
    """The parts of a run: functions of no argument to how many networks they have counted."""
    from functools import partial

    import published

    from lib.conservation import linear_network, relu_network

    linear, relu = published.drawn_for_flows()
    if run != "published":
        return {"": partial(counted, [*linear, *relu], exact=run == "proofs")}
    small = published.drawn_for_polynomials()
    factors, convex = published.drawn_for_factorization(), published.drawn_for_convex_networks()
    moving = {"flow": "momentum"}
    return {
        "linear": partial(counted, linear),
        "ReLU": partial(counted, relu),
        "linear, polynomials of degree 2": partial(found, [linear_network(w) for w in small]),
        "ReLU, polynomials of degree 2": partial(found, [relu_network(w) for w in small]),
        "linear, momentum": partial(counted, published.drawn_for_momentum(), **moving),
        "ReLU, momentum": partial(counted, published.drawn_for_momentum(relu=True), **moving),
        "factorizations, and polynomials of degree 1": lambda: (
            counted(factors, metric="mirror") and found(factors, degree=1, metric="mirror")
        ),
        "factorizations, momentum": partial(
            counted, published.drawn_for_factorization(momentum=True), metric="mirror", **moving
        ),
        "input-convex networks, and polynomials of degree 2": lambda: (
            counted(convex, metric=CONVEX) and found(convex, metric=CONVEX)
        ),
        "input-convex networks, momentum": partial(
            counted, published.drawn_for_convex_networks(momentum=True), metric=CONVEX, **moving
        ),
    }


def counted(networks: list, **options) -> int:
    """Count the laws of some networks; how many networks there are."""
    import jax

    from lib.conservation import count_laws

    for network in networks:
        count = count_laws(network, jax.random.key(0), **options)
        if not count.certified:
            raise SystemExit(f"{network}: {count}")
    return len(networks)


def found(networks: list, degree: int = 2, metric="euclidean") -> int:
    """Find one law a hidden neuron, or all entries of those of linear layers."""
    import jax

    from lib.conservation import count_laws, polynomial_laws

    for network in networks:
        laws = polynomial_laws(network, degree, jax.random.key(0), metric=metric)
        if metric == "euclidean":
            expected = count_laws(network, jax.random.key(0)).laws
        else:  # some laws of factorizations are logarithms
            expected = network.widths[1]
        if len(laws) != expected:
            raise SystemExit(f"{network}: {len(laws)} polynomials instead of {expected}")
    return len(networks)


def rows(runs: dict[str, str] = RUNS) -> Iterator[report.Row]:
    """The time of each run."""
    for run, name in runs.items():
        start = time.perf_counter()
        done = subprocess.run([sys.executable, __file__, run], check=True, stdout=subprocess.PIPE)
        took = time.perf_counter() - start
        settings = f"{int(done.stdout)} networks, a new process, compilation included"
        yield report.alone(f"conservation laws, {name}", "`lib.conservation`", took, settings)


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_compilation_cache", False)
    print(sum(part() for part in experiments(sys.argv[1]).values()))
