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
from lib.figures.rules.left_out import LEFT_OUT
from lib.figures.rules.parameters import NOT_READ
from lib.figures.rules.structure import STRUCTURAL

__all__ = ["KINDS", "LEFT_OUT", "NOT_READ", "RULES", "STRUCTURAL"]

KINDS: dict[str, dict[str, Callable]] = {
    "arithmetic, real functions, bits and conversions": elementwise.RULES,
    "moving elements": structure.RULES,
    "reductions, products and sorting": reductions.RULES,
    "windows and convolutions": windows.RULES,
    "linear algebra": linear_algebra.RULES,
    "random numbers": random_numbers.RULES,
    "control flow and functions": control_flow.RULES,
}
RULES: dict[str, Callable] = {
    name: rule for rules in KINDS.values() for name, rule in rules.items()
}
