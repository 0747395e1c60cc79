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
            f"`{name}` must be one real number, but it is {_describe(value)}. "
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
      ValueError: as `real_scalar`; it is zero or negative.

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
      ValueError: as `real_scalar`; it is not in [0, 1).

    >>> float(decay("beta2", 0.999))
    0.999
    """
    checked = real_scalar(name, value)
    if not is_traced(value) and not 0 <= float(value) < 1:
        raise ValueError(f"`{name}` must lie in [0, 1), but it is {value}. {beyond}".rstrip())
    return checked


def momentum_below_one(momentum: Any) -> Float[Array, ""]:
    """Return the momentum as a float64 scalar; a concrete one must lie in [0, 1).

    Raises:
      ValueError: as `decay`.

    >>> float(momentum_below_one(0.9))
    0.9
    """
    return decay("momentum", momentum, "At 1 the velocity never settles.")


def manifold_dimension(dimension: Any, size: int) -> int:
    """Return the dimension of a manifold of minima: a whole number below the parameters' number.

    Args:
      dimension: a Python int.
      size: how many parameters there are.

    Raises:
      ValueError: it is not an int from 0 to size - 1.

    >>> manifold_dimension(1, 2)
    1
    """
    if type(dimension) is not int or not 0 <= dimension < size:
        raise ValueError(
            f"`dimension` must be a whole number from 0 to {size - 1}, the number of parameters "
            f"less one, but it is {dimension!r}."
        )
    return dimension


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


def parameters(params: PyTree) -> PyTree[Float[Array, "..."]]:
    """Return `params` with JAX arrays as leaves; every leaf must be real floating-point.

    Args:
      params: a pytree of arrays or floats of any shape; traced allowed.

    Raises:
      ValueError: there is no leaf, a leaf is not real floating-point (named by its path), or a
        concrete leaf holds NaN or infinity.

    >>> parameters({"weight": 1.0})
    {'weight': Array(1., dtype=float64)}
    """
    if not jax.tree.leaves(params):
        raise ValueError(
            f"`params` must hold at least one array, but {params!r} holds none. "
            f"Pass an array or a list, tuple or dict of arrays."
        )
    return jax.tree_util.tree_map_with_path(_parameter, params)


def same_layout(name: str, came: PyTree, wanted: PyTree, remedy: str) -> None:
    """Check that two pytrees agree in structure, shapes and dtypes.

    Args:
      name: what produced `came`, for the message.
      came: the tree to check; arrays, numbers or `jax.ShapeDtypeStruct`s.
      wanted: the tree it should look like.
      remedy: one sentence that says how to mend a difference.

    Raises:
      ValueError: they differ; what was expected and what came are both named.

    >>> same_layout("field", jnp.zeros(2), jnp.zeros(3), "Return one entry per parameter.")
    Traceback (most recent call last):
      ...
    ValueError: field must return float64[3], like its argument, but returned float64[2]. Return \
one entry per parameter.
    """
    if jax.tree.map(_leaf_layout, came) != jax.tree.map(_leaf_layout, wanted):
        raise ValueError(
            f"{name} must return {layout(wanted)}, like its argument, "
            f"but returned {layout(came)}. {remedy}"
        )


def tangent(name: str, came: PyTree, params: PyTree) -> PyTree[Float[Array, "..."]]:
    """Return `came` with JAX arrays as leaves; it must be a tangent at `params`, and finite.

    Args:
      name: what gave the tangent, for the message.
      came: the tree to check; traced allowed.
      params: the parameters, with the layout that the tangent should have.

    Raises:
      ValueError: the layouts differ; or as `finite`.

    >>> tangent("`field`", {"weight": jnp.zeros(2)}, {"weight": jnp.ones(2)})
    {'weight': Array([0., 0.], dtype=float64)}
    """
    same_layout(name, came, params, "A field gives every parameter one rate of change.")
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

    >>> layout({"weight": jnp.zeros((2, 3)), "bias": 0.0})
    '{bias: float64[], weight: float64[2,3]}'
    """
    return str(jax.tree.map(_leaf_layout, tree)).replace("'", "")


def _parameter(path: tuple, leaf: Any) -> Array:
    place = f"`params{jax.tree_util.keystr(path)}`"
    dtype = dtype_of(leaf)
    if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(
            f"{place} must be a real floating-point array, but it is {_describe(leaf)}. "
            f"Convert it with jnp.asarray(..., float), or keep what is not trained out of `params`."
        )
    if not is_traced(leaf) and not np.isfinite(leaf).all():
        raise ValueError(
            f"{place} must be finite, but it holds NaN or infinity. "
            f"The run may have diverged: try a smaller learning rate."
        )
    return jnp.asarray(leaf, dtype)


def _describe(value: Any) -> str:
    dtype = dtype_of(value)
    return f"the {type(value).__name__} {value!r}" if dtype is None else layout(value)


def _leaf_layout(leaf: Any) -> str:
    dtype = dtype_of(leaf)
    if dtype is None:
        return type(leaf).__name__
    return f"{dtype}[{','.join(map(str, jnp.shape(leaf)))}]"
