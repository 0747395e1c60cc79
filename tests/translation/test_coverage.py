"""Every primitive of this version of JAX has a rule, or a reason why it has none."""

import jax
import pytest

from lib.figures import coverage, jax_inside
from lib.figures.rules import RULES

# Primitives with a rule that the JAX at hand doesn't have.
if jax.__version_info__ < (0, 12):
    OF_OTHER_VERSIONS = {"call_hi_primitive", "eval_jaxpr", "log2", "one_minus_square"}
    OF_OTHER_VERSIONS |= {"polynomial"}
else:
    OF_OTHER_VERSIONS = {"call", "closed_call"}


def test_every_primitive_of_jax_is_accounted_for():
    rows = coverage.primitives()
    assert {row.name for row in rows if row.covered} == set(RULES)
    assert len({row.name for row in rows}) == len(rows)
    assert set(RULES) - jax_inside.names_of_primitives() == OF_OTHER_VERSIONS


def test_a_new_primitive_is_noticed(monkeypatch):
    others = [reason for reason in coverage.LEFT_OUT if "get" not in reason.names]
    monkeypatch.setattr(coverage, "LEFT_OUT", others)
    with pytest.raises(LookupError) as caught:
        coverage.primitives()
    assert str(caught.value) == (
        f"JAX {jax.__version__} has the primitives after_all, create_linear, create_token, "
        "dce_sink, get, pin, run_state, stage, swap, tie, unpin; add a rule for each to "
        "lib/figures/rules, or a reason to left_out.py there"
    )
