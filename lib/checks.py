"""Checks of arguments that several modules share; each raises a ValueError that says the mend.

Shapes and types are known while JAX traces, so those checks also work under `jit`, `vmap` and
`grad`. Values are not: only concrete numbers are tested for being finite, and with NumPy, since
inside a traced function every operation of JAX is traced.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

LONGEST = 240  # characters of a layout in a message


def is_traced(value: Any) -> bool:
    """Whether `value` is a placeholder without a number, as under `jit`, `vmap` and `grad`.

    >>> is_traced(1.0)
    False
    """
    return isinstance(value, jax.core.Tracer)


def dtype_of(value: Any) -> Any:
    """The dtype that JAX gives `value`, or None for what cannot be an array.

    >>> dtype_of(1.0), dtype_of("text"), dtype_of(None)
    (dtype('float64'), None, None)
    """
    # JAX would read "f" or float as the name of a dtype, and None as its default.
    if value is None or isinstance(value, str | type):
        return None
    try:
        return jnp.result_type(value)
    except (TypeError, ValueError):
        return None


def callable_argument(name: str, value: Any, expected: str) -> Callable:
    """Return `value`, which must be callable.

    Args:
      name: what the caller's argument is called.
      value: what came.
      expected: the signature it should have, for the message.

    Raises:
      ValueError: it is not callable.

    >>> callable_argument("loss", 3.0, "loss(params, example)")
    Traceback (most recent call last):
      ...
    ValueError: `loss` must be a function loss(params, example), but it is the float 3.0. Pass the \
function itself, not the value it returns.
    """
    if not callable(value):
        raise ValueError(
            f"`{name}` must be a function {expected}, but it is the {type(value).__name__} "
            f"{value!r}. Pass the function itself, not the value it returns."
        )
    return value


def real_scalar(name: str, value: Any) -> Float[Array, ""]:
    """Return `value` as a float64 scalar; it must be one real number, finite if it is concrete.

    Args:
      name: what the caller's argument is called.
      value: a Python, NumPy or JAX number; traced allowed.

    Raises:
      ValueError: it has a shape, is not real, or is not finite.

    >>> float(real_scalar("time", 2))
    2.0
    """
    dtype = dtype_of(value)
    if dtype is None or not (
        jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer)
    ):
        raise ValueError(
            f"`{name}` must be one real number, but it is {described(value)}. "
            f"Pass a float, for example 0.1."
        )
    if jnp.shape(value) != ():
        raise ValueError(
            f"`{name}` must be one real number, but it has shape {jnp.shape(value)}. "
            f"Use jax.vmap to try several values at once."
        )
    if not is_traced(value) and not np.isfinite(value):
        raise ValueError(f"`{name}` must be finite, but it is {value}. Pass a number, not NaN.")
    return jnp.asarray(value, jnp.float64)


def positive(name: str, value: Any) -> Float[Array, ""]:
    """Return `value` as a float64 scalar; a concrete one must be above zero.

    Args:
      name: what the caller's argument is called.
      value: a Python, NumPy or JAX number; traced allowed.

    Raises:
      ValueError: as {func}`real_scalar`; it is zero or negative.

    >>> float(positive("batch_size", 8))
    8.0
    """
    checked = real_scalar(name, value)
    if not is_traced(value) and float(value) <= 0:
        raise ValueError(f"`{name}` must be above 0, but it is {value}.")
    return checked


def decay(name: str, value: Any, beyond: str = "") -> Float[Array, ""]:
    """Return the decay of a running mean as a float64 scalar; a concrete one must lie in [0, 1).

    Args:
      name: what the caller's argument is called.
      value: a Python, NumPy or JAX number; traced allowed.
      beyond: one sentence that says what happens outside, for the message.

    Raises:
      ValueError: as {func}`real_scalar`; it is not in [0, 1).

    >>> float(decay("beta2", 0.999))
    0.999
    """
    checked = real_scalar(name, value)
    if not is_traced(value) and not 0 <= float(value) < 1:
        raise ValueError(f"`{name}` must lie in [0, 1), but it is {value}. {beyond}".rstrip())
    return checked


def not_negative(name: str, value: Any) -> Float[Array, ""]:
    """Return `value` as a float64 scalar; a concrete one must be zero or above.

    Args:
      name: what the caller's argument is called.
      value: a Python, NumPy or JAX number; traced allowed.

    Raises:
      ValueError: as {func}`real_scalar`; it is negative.

    >>> float(not_negative("iterations", 0))
    0.0
    """
    checked = real_scalar(name, value)
    if not is_traced(value) and float(value) < 0:
        raise ValueError(f"`{name}` must not be negative, but it is {value}.")
    return checked


def whole_number(
    name: str, value: Any, *, least: int = 1, most: int | None = None, remedy: str = ""
) -> int:
    """Return `value` as a Python int; it must be a whole number that is known while JAX traces.

    Args:
      name: what the caller's argument is called.
      value: a Python or NumPy integer.
      least, most: the range, both ends included; None for no upper end.
      remedy: one sentence that says how to mend it.

    Raises:
      ValueError: it is not an integer, or not in the range.

    >>> whole_number("steps", 2.5, remedy="Pass a Python int such as 64.")
    Traceback (most recent call last):
      ...
    ValueError: `steps` must be a positive integer, but it is 2.5. Pass a Python int such as 64.
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):
        if most is not None:
            expected = f"a whole number from {least} to {most}"
        else:
            expected = "a positive integer" if least == 1 else f"a whole number from {least}"
        raise ValueError(f"`{name}` must be {expected}, but it is {value!r}. {remedy}".rstrip())
    return int(value)


def leading_axis(name: str, value: PyTree, counts: str, remedy: str) -> int:
    """The length of the first axis, which the arrays of a tree must share.

    Args:
      name: what the caller's argument is called.
      value: a pytree of arrays; traced allowed.
      counts: what that axis counts, in the plural.
      remedy: one sentence that says how to mend it.

    Raises:
      ValueError: there is no leaf, or one without axes, or the lengths differ.

    >>> leading_axis("keys", jnp.zeros((3, 2)), "runs", "")
    3
    """
    lengths = {jnp.shape(leaf)[0] if jnp.ndim(leaf) else None for leaf in jax.tree.leaves(value)}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            f"`{name}` must be arrays whose first axis counts the {counts}, but they are "
            f"{layout(value)}. {remedy}"
        )
    return lengths.pop()


def matrix(
    name: str, value: Any, remedy: str = "Pass an array of shape (m, n)."
) -> Float[Array, "m n"]:
    """Return `value` as a JAX array; it must be a matrix of real floating-point numbers.

    Args:
      name: what the caller's argument is called.
      value: what came; traced allowed.
      remedy: one sentence that says how to mend it.

    Raises:
      ValueError: it is not real floating-point, or has not two axes.

    >>> matrix("target", jnp.eye(2)).shape
    (2, 2)
    """
    dtype = dtype_of(value)
    if dtype is None or not jnp.issubdtype(dtype, jnp.floating) or jnp.ndim(value) != 2:
        raise ValueError(
            f"`{name}` must be a real floating-point matrix, but it is {layout(value)}. {remedy}"
        )
    return jnp.asarray(value)


def symmetric(name: str, value: Any) -> Float[Array, "n n"]:
    """Return `value` as a square float64 matrix; a concrete one must be finite and symmetric.

    Args:
      name: what the caller's argument is called.
      value: what came; traced allowed. Rounding in its own dtype is no asymmetry.

    Raises:
      ValueError: it is not a square matrix, not finite or not symmetric.

    >>> symmetric("hessian", np.eye(2, dtype=np.float32)).dtype
    dtype('float64')
    """
    dtype = dtype_of(value)
    shape = None if dtype is None else jnp.shape(value)
    if shape is None or len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        came = f"the {type(value).__name__} {value!r}" if shape is None else f"of shape {shape}"
        raise ValueError(
            f"`{name}` must be a square matrix, but it is {came}. Pass an array of shape (n, n)."
        )
    if not is_traced(value):
        found = np.asarray(value, float)
        scale = np.abs(found).max()
        if not np.isfinite(scale) or np.abs(found - found.T).max() > _rounding(dtype) * scale:
            raise ValueError(
                f"`{name}` must be finite and symmetric, but it is not. Pass (A + A.T)/2 if the "
                f"difference is rounding."
            )
    return jnp.asarray(value, jnp.float64)


def semidefinite(name: str, value: Any) -> Float[Array, "n n"]:
    """Return `value` as a float64 matrix; a concrete one must be a covariance.

    Args:
      name: what the caller's argument is called.
      value: what came; traced allowed. Rounding in its own dtype makes no eigenvalue negative.

    Raises:
      ValueError: as {func}`symmetric`; an eigenvalue is negative.

    >>> semidefinite("noise_covariance", jnp.diag(jnp.array([1.0, -1.0])))
    Traceback (most recent call last):
      ...
    ValueError: `noise_covariance` must be positive semidefinite, but it has the eigenvalue -1. \
A covariance has none below 0.
    """
    checked = symmetric(name, value)
    if not is_traced(checked):
        values = np.linalg.eigvalsh(checked)
        if values[0] < -_rounding(dtype_of(value)) * max(abs(values[-1]), abs(values[0])):
            raise ValueError(
                f"`{name}` must be positive semidefinite, but it has the eigenvalue "
                f"{values[0]:.3g}. A covariance has none below 0."
            )
    return checked


def parameters(name: str, value: PyTree) -> PyTree[Float[Array, "..."]]:
    """Return `value` with JAX arrays as leaves; every leaf must be real floating-point.

    Args:
      name: what the caller's argument is called.
      value: a pytree of arrays or floats of any shape; traced allowed.

    Raises:
      ValueError: there is no leaf, a leaf is not real floating-point (named by its path), or a
        concrete leaf holds NaN or infinity.

    >>> parameters("params", {"weight": 1.0})
    {'weight': Array(1., dtype=float64)}
    """
    if not jax.tree.leaves(value):
        raise ValueError(
            f"`{name}` must hold at least one array, but {value!r} holds none. "
            f"Pass an array or a list, tuple or dict of arrays."
        )
    return jax.tree_util.tree_map_with_path(lambda path, leaf: _parameter(name, path, leaf), value)


def tangent_argument(
    name: str, came: PyTree, params: PyTree, *, like: str = "params", remedy: str = ""
) -> PyTree[Float[Array, "..."]]:
    """Return an argument with JAX arrays as leaves; it must be a finite tangent at `params`.

    Args:
      name: what the caller's argument is called.
      came: the argument; traced allowed.
      params: the parameters, with the layout that the tangent should have.
      like: what the caller's argument with that layout is called.
      remedy: one sentence that says how to mend another layout.

    Raises:
      ValueError: as {func}`parameters`; the layouts differ.

    >>> tangent_argument("velocity", jnp.zeros(2), jnp.zeros(3), remedy="Start from zeros.")
    Traceback (most recent call last):
      ...
    ValueError: `velocity` must have the layout of `params`, float64[3], but it is float64[2]. \
Start from zeros.
    """
    came = parameters(name, came)
    difference = _difference(came, params)
    if difference:
        wanted, given = difference
        raise ValueError(
            f"`{name}` must have the layout of `{like}`, {wanted}, but it is {given}. "
            f"{remedy}".rstrip()
        )
    return came


def returned_layout(name: str, came: PyTree, wanted: PyTree, remedy: str) -> None:
    """Check that what a function returned agrees with its argument: structure, shapes, dtypes.

    Args:
      name: the function, for the message.
      came: what it returned; arrays, numbers or `jax.ShapeDtypeStruct`s.
      wanted: the tree it should look like.
      remedy: one sentence that says how to mend a difference.

    Raises:
      ValueError: they differ (what was expected and what came are both named).

    >>> returned_layout("`step`", jnp.zeros(2), jnp.zeros(3), "A step keeps the layout.")
    Traceback (most recent call last):
      ...
    ValueError: `step` must return float64[3], like its argument, but returned float64[2]. A step \
keeps the layout.
    """
    difference = _difference(came, wanted)
    if difference:
        expected, given = difference
        raise ValueError(
            f"{name} must return {expected}, like its argument, but returned {given}. {remedy}"
        )


def returned_tangent(name: str, came: PyTree, params: PyTree) -> PyTree[Float[Array, "..."]]:
    """Return what a field returned with JAX arrays as leaves; it must be a finite tangent.

    Args:
      name: the field, for the message.
      came: the tree to check; traced allowed.
      params: the parameters, with the layout that the tangent should have.

    Raises:
      ValueError: the layouts differ; or as {func}`finite`.

    >>> returned_tangent("`field`", {"weight": jnp.zeros(2)}, {"weight": jnp.ones(2)})
    {'weight': Array([0., 0.], dtype=float64)}
    """
    returned_layout(name, came, params, "A field gives every parameter one rate of change.")
    return finite(name, jax.tree.map(jnp.asarray, came))


def finite(name: str, tangents: PyTree) -> PyTree:
    """Return `tangents`, one or many; every concrete leaf must be finite.

    Args:
      name: what gave them, for the message.
      tangents: a pytree of arrays; traced allowed.

    Raises:
      ValueError: a concrete leaf holds NaN or infinity.

    >>> finite("`field`", jnp.nan)
    Traceback (most recent call last):
      ...
    ValueError: `field` must be finite, but it holds NaN or infinity at finite parameters. A root, \
a norm and a quotient have no slope at zero: keep away from it, or smooth it there.
    """
    if not all(is_traced(leaf) or np.isfinite(leaf).all() for leaf in jax.tree.leaves(tangents)):
        raise ValueError(
            f"{name} must be finite, but it holds NaN or infinity at finite parameters. A root, a "
            f"norm and a quotient have no slope at zero: keep away from it, or smooth it there."
        )
    return tangents


def layout(tree: PyTree) -> str:
    """The structure of a tree in words: its containers, with dtype and shape for each leaf.

    A class of somebody else's is its name with the paths of its arrays; long words are cut.

    >>> layout({"weight": jnp.zeros((2, 3)), "bias": 0.0})
    '{bias: float64[], weight: float64[2,3]}'
    """
    words = _words(tree)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"


def described(value: Any) -> str:
    """A value in words: its dtype and shape, or its class and itself.

    >>> described(jnp.zeros(2)), described("text")
    ('float64[2]', "the str 'text'")
    """
    dtype = dtype_of(value)
    return f"the {type(value).__name__} {value!r}" if dtype is None else layout(value)


def _words(tree: PyTree) -> str:
    """The layout in words, of any length."""
    if tree is None:
        return "None"
    if type(tree) is dict:
        pairs = jax.tree_util.tree_flatten_with_path(tree, is_leaf=lambda part: part is not tree)[0]
        return "{" + ", ".join(f"{path[0].key}: {_words(part)}" for path, part in pairs) + "}"
    if isinstance(tree, list | tuple):
        if hasattr(tree, "_fields"):
            parts = zip(tree._fields, tree, strict=True)
            return f"{type(tree).__name__}({', '.join(f'{n}={_words(part)}' for n, part in parts)})"
        inside = ", ".join(map(_words, tree))
        if isinstance(tree, list):
            return f"[{inside}]"
        return f"({inside},)" if len(tree) == 1 else f"({inside})"
    if jax.tree_util.all_leaves([tree]):
        return _leaf_layout(tree)
    leaves = ", ".join(f"{_place(path)}: {_leaf_layout(leaf)}" for path, leaf in _by_path(tree))
    return f"{type(tree).__name__}({leaves})"


def _difference(came: PyTree, wanted: PyTree) -> tuple[str, str] | None:
    """What was wanted and what came, in two short texts that differ; None for equal layouts."""
    same_structure = jax.tree.structure(came) == jax.tree.structure(wanted)
    given, expected = _by_path(came), _by_path(wanted)
    same_leaves = [_leaf_layout(leaf) for _, leaf in given] == [
        _leaf_layout(leaf) for _, leaf in expected
    ]
    if same_structure and same_leaves:
        return None
    texts = _words(wanted), _words(came)
    if texts[0] == texts[1]:
        return layout(wanted), "the same arrays with other constants, which its class stores aside"
    if max(map(len, texts)) <= LONGEST:
        return texts
    # Two long texts would differ somewhere in the middle: say where.
    for (here, leaf), (there, other) in zip(expected, given, strict=False):
        if _place(here) != _place(there):
            break
        if _leaf_layout(leaf) != _leaf_layout(other):
            return f"{_leaf_layout(leaf)} at {_place(here)}", f"{_leaf_layout(other)} there"
    kind, other = type(wanted).__name__, type(came).__name__
    here, there = ([_place(path) for path, _ in paths] for paths in (expected, given))
    missing = [place for place in here if place not in there][:3]
    added = [place for place in there if place not in here][:3]
    return (
        f"the {kind} with {len(here)} arrays",
        f"a {other} with {len(there)}"
        + (f", without {', '.join(missing)}" if missing else "")
        + (f", with {', '.join(added)} besides" if added else ""),
    )


def _by_path(tree: PyTree) -> list[tuple[Any, Any]]:
    return jax.tree_util.tree_flatten_with_path(tree)[0]


def _place(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _rounding(dtype: Any) -> float:
    """How far rounding takes a matrix of this dtype from symmetry, as a share of its size."""
    eps = jnp.finfo(dtype).eps if jnp.issubdtype(dtype, jnp.floating) else 0.0
    return max(1e-8, 100 * float(eps))


def _parameter(name: str, path: tuple, leaf: Any) -> Array:
    place = f"`{name}{jax.tree_util.keystr(path)}`"
    dtype = dtype_of(leaf)
    if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(
            f"{place} must be a real floating-point array, but it is {described(leaf)}. "
            f"Convert it with jnp.asarray(..., float), or keep what is not trained out of "
            f"`{name}`."
        )
    if not is_traced(leaf) and not np.isfinite(leaf).all():
        remedy = "Pass finite numbers."
        if name == "params":
            remedy = "The run may have diverged: try a smaller learning rate."
            if jnp.finfo(dtype).smallest_subnormal > 1e-8:
                remedy = (
                    f"In {dtype} the 1e-8 of Adam is 0, and a gradient of 0 gives 0/0: use float32 "
                    f"or a larger `eps`. Otherwise the run may have diverged."
                )
        raise ValueError(f"{place} must be finite, but it holds NaN or infinity. {remedy}")
    return jnp.asarray(leaf, dtype)


def _leaf_layout(leaf: Any) -> str:
    dtype = dtype_of(leaf)
    if dtype is None:
        return type(leaf).__name__
    return f"{dtype}[{','.join(map(str, jnp.shape(leaf)))}]"
