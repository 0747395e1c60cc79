"""Which operations of JAX a figure may use: each primitive, by kind, and why some are left out."""

from __future__ import annotations

from typing import NamedTuple

import jax
from jax.extend.core import primitives as jax_primitives

from lib.figures.rules import KINDS

__all__ = ["Primitive", "primitives"]

LEFT_OUT = {
    "complex numbers": ("complex", "conj", "imag", "real", "fft", "eig", "schur", "hessenberg"),
    "several devices": (
        *("all_gather", "all_to_all", "axis_index", "pmax", "pmin", "ppermute", "psum"),
        "ragged_all_to_all",
    ),
    "references that are written to, and effects": ("after_all", "create_token", "get", "swap"),
    "random numbers that differ between processors": ("rng_bit_generator", "rng_uniform"),
    "inside of JAX only": ("custom_lin", "tridiagonal"),
}


class Primitive(NamedTuple):
    """A primitive of JAX: its name, its kind or why it is left out, and whether it is covered."""

    name: str
    kind: str
    covered: bool


def primitives() -> list[Primitive]:
    """Every primitive that JAX names, and those beyond that have a rule, by kind and name.

    Raises:
      LookupError: JAX has primitives of which this module doesn't say anything.

    >>> next(p for p in primitives() if p.name == "sin").covered
    True
    >>> next(p for p in primitives() if p.name == "fft")
    Primitive(name='fft', kind='complex numbers', covered=False)
    """
    rows = [Primitive(name, kind, True) for kind, rules in KINDS.items() for name in sorted(rules)]
    rows += [Primitive(name, why, False) for why, names in LEFT_OUT.items() for name in names]
    unknown = named_by_jax() - {row.name for row in rows}
    if unknown:
        raise LookupError(
            f"JAX {jax.__version__} has the primitives {', '.join(sorted(unknown))}; "
            "add a rule for each to lib/figures/rules, or a reason to LEFT_OUT"
        )
    return rows


def named_by_jax() -> set[str]:
    """The names of the primitives in `jax.extend.core.primitives`."""
    members = (getattr(jax_primitives, n) for n in dir(jax_primitives) if n.endswith("_p"))
    return {primitive.name for primitive in members}
