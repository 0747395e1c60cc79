"""Every primitive of this version of JAX has a rule, or a reason why it has none."""

import pytest

from lib.figures import coverage
from lib.figures.rules import RULES


def test_every_primitive_of_jax_is_accounted_for():
    rows = coverage.primitives()
    assert {row.name for row in rows if row.covered} == set(RULES)
    assert len({row.name for row in rows}) == len(rows)


def test_a_new_primitive_is_noticed(monkeypatch):
    monkeypatch.setattr(coverage, "LEFT_OUT", {})
    words = (
        r"^JAX \S+ has the primitives .*\bfft, .*; "
        "add a rule for each to lib/figures/rules, or a reason to LEFT_OUT$"
    )
    with pytest.raises(LookupError, match=words):
        coverage.primitives()
