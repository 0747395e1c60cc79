"""One file of lib knows JAX's inside, and an error there names the version of JAX."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lib
from lib.figures import UntranslatableError, jax_inside, to_javascript
from lib.figures.rules import RULES

INSIDE = Path(jax_inside.__file__)
TESTED = (
    f"lib.figures is tested with this version of JAX, {jax.__version__}, so the fault is its own: "
    "please report it"
)
NEWER = (
    "This is JAX 9.1.0, and lib.figures is tested with 0.10.2 and later, below 0.13: "
    "install one of those"
)


def test_one_file_beside_the_first_touches_what_is_private_in_jax():
    files = Path(lib.__file__).parent.rglob("*.py")
    private = {f for f in files if re.search(r"jax\._src|jax\.interpreters", f.read_text())}
    # lib/__init__.py asks whether JAX has computed before anything else is imported.
    assert private == {INSIDE, Path(lib.__file__)}


def test_the_versions_that_errors_name_are_those_declared():
    declared = INSIDE.parents[2].joinpath("pyproject.toml").read_text()
    oldest, beyond = (".".join(map(str, numbers)) for numbers in jax_inside.TESTED)
    assert f'"jax>={oldest},<{beyond}"' in declared


def test_both_forms_of_scan():
    older = {"num_consts": 2, "num_carry": 1}
    newer = {"ft_in": SimpleNamespace(unpack=lambda: ((None, None), (None,), ()))}
    assert jax_inside.scan_lengths(older) == jax_inside.scan_lengths(newer) == (2, 1)


def broken(code, equation, x):
    raise KeyError("num_consts")


def message(function, *values):
    """The words with which a translation stops, without the name of the line's file."""
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(function, *values)
    return re.sub(r"used at \S*/", "used at ", str(caught.value))


def later(monkeypatch):
    """As if JAX were much newer."""
    monkeypatch.setattr(jax, "__version__", "9.1.0")
    monkeypatch.setattr(jax, "__version_info__", (9, 1, 0))


def test_an_error_inside_of_a_rule_names_the_line_and_the_version(monkeypatch):
    monkeypatch.setitem(RULES, "sin", broken)
    line = test_an_error_inside_of_a_rule_names_the_line_and_the_version.__code__.co_firstlineno + 3
    assert message(lambda x: jax.jit(jnp.sin)(x), 1.0) == (
        f"the translation stops with KeyError: 'num_consts'. {TESTED} (the primitive 'sin', used "
        f"at test_jax_versions.py:{line} "
        "(test_an_error_inside_of_a_rule_names_the_line_and_the_version.<locals>.<lambda>))"
    )
    later(monkeypatch)
    assert f"KeyError: 'num_consts'. {NEWER} (the primitive 'sin', used at " in message(
        lambda x: jnp.sin(x), 1.0
    )


def test_a_jax_without_what_is_needed_is_named_when_lib_is_imported(monkeypatch):
    from jax._src.random import core

    monkeypatch.delattr(core, "_gamma_impl")
    later(monkeypatch)
    with pytest.raises(ImportError) as caught:
        runpy.run_path(str(INSIDE))
    assert str(caught.value).startswith("cannot import name '_gamma_impl' from 'jax._src.random")
    assert str(caught.value).endswith(NEWER)


def test_a_parameter_that_no_rule_reads_stops_the_translation(monkeypatch):
    monkeypatch.setitem(RULES, "cumsum", lambda code, equation, x: [x])
    assert message(jnp.cumsum, np.ones(3)) == (
        "the rule of 'cumsum' doesn't read the parameter axis, reverse, which may change the "
        f"numbers. {TESTED} (the primitive 'cumsum')"
    )
