"""Which operations of JAX a figure may use: each primitive, by kind, and why some are left out."""

from __future__ import annotations

from typing import NamedTuple

import jax

from lib.figures import jax_inside
from lib.figures.rules import KINDS, LEFT_OUT

__all__ = ["Primitive", "primitives"]


class Primitive(NamedTuple):
    """A primitive of JAX: its name, its kind or why it is left out, and whether it is covered."""

    name: str
    kind: str
    covered: bool


def primitives() -> list[Primitive]:
    """Every primitive of the versions of JAX that `lib` is tested with, by kind and name.

    Raises:
      LookupError: the JAX at hand has primitives of which nothing is known here.

    >>> next(p for p in primitives() if p.name == "sin").covered
    True
    >>> next(p for p in primitives() if p.name == "fft")
    Primitive(name='fft', kind='complex numbers', covered=False)
    """
    rows = [Primitive(name, kind, True) for kind, rules in KINDS.items() for name in sorted(rules)]
    rows += [Primitive(name, reason.why, False) for reason in LEFT_OUT for name in reason.names]
    unknown = jax_inside.names_of_primitives() - {row.name for row in rows}
    if unknown:
        raise LookupError(
            f"JAX {jax.__version__} has the primitives {', '.join(sorted(unknown))}; "
            "add a rule for each to lib/figures/rules, or a reason to left_out.py there"
        )
    return rows
