"""Brackets of all pairs of a batch, their sizes, and what a swap does to predictions."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from lib import checks
from lib.fields import Params


def bracket_matrix(
    field: Callable[[Params, Any], Params], params: Params, examples: PyTree
) -> PyTree[Float[Array, "n n ..."]]:
    r"""The brackets of all pairs of examples, $[v_i, v_j] = \mathcal H_j g_i - \mathcal H_i g_j$.

    Each example's field is linearized once and applied to all fields; no Hessian is formed. A
    pair costs about as much as one gradient of one example. The result holds $n^2$ times as many
    numbers as `params`; under `jit`, filling it is most of the work.

    Args:
      field: $v = -g$, a function `field(params, example)`, for instance from
        {func}`lib.fields.gradient_field`.
      params: $\theta$, any pytree of real floating-point arrays.
      examples: a batch: what `field` takes, with a leading axis of length n on every leaf.

    Returns:
      The layout of `params` with two leading axes: entry [i, j] is $[v_i, v_j]$.

    Raises:
      ValueError: `field` is not a function, or returns another layout than `params`; `params` is
        empty or has a leaf that is not real floating-point; `examples` has no leaf, or leaves
        without a leading axis of one length; outside `jit`, one of them is not finite.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import bracket_matrix
    >>> pull = lambda position, target: target - position
    >>> print(bracket_matrix(pull, 0.0, jnp.array([1.0, 3.0])))
    [[ 0.  2.]
     [-2.  0.]]
    """
    checks.callable_argument("field", field, "field(params, example)")
    params = checks.parameters("params", params)
    checks.leading_axis("examples", examples, "examples", "Stack them along a first axis.")

    def of_example(p: Params, x: Any) -> Params:
        return checks.returned_tangent("`field`", field(p, x), p)

    fields = checks.finite("`field`", jax.vmap(of_example, (None, 0))(params, examples))

    def changes(x: Any) -> Params:
        _, derivative = jax.linearize(lambda p: of_example(p, x), params)
        return jax.vmap(derivative)(fields)

    change = jax.vmap(changes)(examples)  # [j, i] is the derivative of v_j along v_i
    return jax.tree.map(lambda c: jnp.swapaxes(c, 0, 1) - c, change)


def tensor_rms(tangent: PyTree, *, batch_axes: int = 0) -> PyTree:
    """The root mean square of each array of a tangent.

    Args:
      tangent: any pytree of arrays.
      batch_axes: how many leading axes count the tangents; they stay.

    Returns:
      The same structure; each leaf has the shape of the leading axes.

    Raises:
      ValueError: `batch_axes` is not a whole number from 0; a leaf has fewer axes than that.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import tensor_rms
    >>> print(tensor_rms({"weight": jnp.array([[3.0, 4.0], [0.0, 0.0]])}, batch_axes=1)["weight"])
    [3.53553391 0.        ]
    """
    checks.whole_number("batch_axes", batch_axes, least=0, remedy="Pass a Python int such as 1.")

    def rms(leaf: Array) -> Array:
        if jnp.ndim(leaf) < batch_axes:
            raise ValueError(
                f"`tangent` must have at least {batch_axes} axes in every leaf, but one has shape "
                f"{jnp.shape(leaf)}. Pass the number of leading axes that count tangents."
            )
        return jnp.sqrt(jnp.mean(jnp.square(leaf), axis=tuple(range(batch_axes, jnp.ndim(leaf)))))

    return jax.tree.map(rms, tangent)


def tangent_lengths(tangents: PyTree, *, batch_axes: int = 0) -> Float[Array, "..."]:
    """The Euclidean length of each of many tangents, over all leaves together.

    Args:
      tangents: any pytree of arrays.
      batch_axes: how many leading axes count the tangents.

    Returns:
      An array of the shape of the leading axes.

    Raises:
      ValueError: as {func}`tangent_vectors`.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import tangent_lengths
    >>> two_leaves = {"weight": jnp.array([[3.0, 0.0]]), "bias": jnp.array([[4.0]])}
    >>> print(tangent_lengths(two_leaves, batch_axes=1))
    [5.]
    """
    return jnp.linalg.norm(tangent_vectors(tangents, batch_axes=batch_axes), axis=-1)


def tangent_vectors(tangents: PyTree, *, batch_axes: int = 0) -> Float[Array, "... d"]:
    """Each of many tangents as one vector, in the order of the leaves.

    Args:
      tangents: any pytree of arrays that share their leading axes.
      batch_axes: how many leading axes count the tangents; they stay.

    Returns:
      An array of the shape of the leading axes, with one last axis.

    Raises:
      ValueError: `batch_axes` is not a whole number from 0; the leaves do not share that many
        leading axes.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import tangent_vectors
    >>> two_leaves = {"weight": jnp.array([[3.0, 0.0]]), "bias": jnp.array([[4.0]])}
    >>> print(tangent_vectors(two_leaves, batch_axes=1))
    [[4. 3. 0.]]
    """
    checks.whole_number("batch_axes", batch_axes, least=0, remedy="Pass a Python int such as 1.")
    leaves = [jnp.asarray(leaf) for leaf in jax.tree.leaves(tangents)]
    shared = {leaf.shape[:batch_axes] for leaf in leaves}
    if len(shared) != 1 or len(next(iter(shared))) < batch_axes:
        raise ValueError(
            f"`tangents` must share {batch_axes} leading axes in every leaf, but it is "
            f"{checks.layout(tangents)}. Pass the number of leading axes that count tangents."
        )
    rows = [leaf.reshape(*leaf.shape[:batch_axes], -1) for leaf in leaves]
    return jnp.concatenate(rows, axis=-1)


def prediction_change(predict: Callable[[Params], Any], params: Params, tangent: Params) -> Any:
    r"""How predictions change along a tangent, $Dz(\theta)\,\tau$: one Jacobian-vector product.

    For $\tau = \varepsilon^2[v_x, v_y]$ it is what a swap of two examples does to the predictions,
    to leading order.

    Args:
      predict: a function of the parameters alone, to any pytree: the logits of held-out examples.
      params, tangent: $\theta$ and $\tau$, two pytrees of one layout.

    Returns:
      The structure of `predict(params)`.

    Raises:
      ValueError: `predict` is not a function; `params` is empty or has a leaf that is not real
        floating-point; `tangent` has another layout than `params`; outside `jit`, one of them is
        not finite.

    Used in {ref}`a-real-network`.

    >>> import jax.numpy as jnp
    >>> from lib.brackets import prediction_change
    >>> print(prediction_change(lambda p: p**2, jnp.array([1.0, 2.0]), jnp.array([0.1, 0.1])))
    [0.2 0.4]
    """
    checks.callable_argument("predict", predict, "of the parameters alone")
    params = checks.parameters("params", params)
    tangent = checks.tangent_argument(
        "tangent", tangent, params, remedy="Pass a tangent at these parameters."
    )
    return jax.jvp(predict, (params,), (tangent,))[1]
