"""How each JAX primitive is written in JavaScript: one rule a primitive, in one table.

A rule is called as `rule(code, equation, *inputs)` with the values of the equation's operands and
returns the values of its results. Most rules are one line of the tables that end the modules here.
"""

from collections.abc import Callable

from lib.figures.rules import (
    control_flow,
    elementwise,
    linear_algebra,
    random_numbers,
    reductions,
    structure,
    windows,
)
from lib.figures.rules.structure import STRUCTURAL

__all__ = ["RULES", "STRUCTURAL"]

RULES: dict[str, Callable] = {
    **elementwise.RULES,
    **structure.RULES,
    **reductions.RULES,
    **linear_algebra.RULES,
    **random_numbers.RULES,
    **control_flow.RULES,
    **windows.RULES,
}
