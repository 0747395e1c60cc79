r"""Steepest flows of two dense layers $W = UV^\top$: by entries, or by singular values.

$U$ has the shape (n, r) and $V$ the shape (m, r): n outputs, r hidden neurons, m inputs. With
$G = \nabla f(W)$ the gradients of the layers are $GV$ and $G^\top U$. The entrywise flow applies
$S_q(g) = \operatorname{sign}(g)|g|^{q-1}$ to each of their entries, the Schatten flow to each of
their singular values. At $q = 1$ the first is sign flow and the second is Muon's; at $q = 2$ both
are gradient flow.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PyTree

from lib import checks
from lib.mirror.directions import checked_exponent
from lib.mirror.flows import checked_times, checked_value, finite_along, followed

NORMS = ("entrywise", "schatten")
SMOOTH = 1e-8  # of the largest entry of the gradients at the start: the width of a kink
ORTHONORMAL = 1e-6  # by how much columns of length 1 may miss being orthonormal
ROUNDING = 1000  # in units of the largest singular value's last digit: below it one counts as zero


class DenseFactors(NamedTuple):
    r"""The two layers of $W = UV^\top$."""

    left: Float[Array, "n r"]
    """$U$, shape (n, r)."""
    right: Float[Array, "m r"]
    """$V$, shape (m, r)."""


class DenseFlow(NamedTuple):
    """Where a flow of two dense layers was at each of the times."""

    left: Float[Array, "T n r"]
    """$U$, shape (T, n, r)."""
    right: Float[Array, "T m r"]
    """$V$, shape (T, m, r)."""
    product: Float[Array, "T n m"]
    r"""$UV^\top$, shape (T, n, m)."""


def schatten_direction(gradient: PyTree, q: ArrayLike) -> PyTree[Float[Array, "_ _"]]:
    r"""Down the steepest way in a Schatten norm, $-P\,\Sigma^{q-1}R^\top$, matrix by matrix.

    $G = P\Sigma R^\top$ is the singular value decomposition. At $q = 1$ it is minus the orthogonal
    polar factor, the direction of Muon; at $q = 2$ it is $-G$. A singular value that is zero up to
    rounding stays zero, also at $q = 1$. Turning $G$ turns the direction along:
    $AGC^\top$ has the direction of $G$ between $A$ and $C^\top$, for orthogonal $A$ and $C$.

    Args:
      gradient: $G$, a matrix or any pytree of matrices.
      q: the dual exponent, from 1 to 2; it may be traced.

    Returns:
      A tangent with the layout of `gradient`. Its derivative needs singular values that differ.

    Raises:
      ValueError: `gradient` is not a tree of finite real floating-point matrices; `q` is not one
        real number; outside `jit`, `q` is not in [1, 2].

    Derived in {ref}`outside-the-diagonal`, after {cite:t}`bernstein2024old`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import schatten_direction
    >>> print(schatten_direction(jnp.diag(jnp.array([4.0, -9.0])), 1.5) + 0.0)
    [[-2.  0.]
     [ 0.  3.]]
    """
    gradient, q = checks.parameters("gradient", gradient), checked_exponent(q)
    remedy = "For a vector there is steepest_direction."
    return jax.tree.map(
        lambda g: (
            -_by_singular_values(
                partial(_softened, q=q, width=jnp.zeros(())), checks.matrix("gradient", g, remedy)
            )
        ),
        gradient,
    )


def dense_velocity(
    gradient: Float[ArrayLike, "n m"],
    left: Float[ArrayLike, "n r"],
    right: Float[ArrayLike, "m r"],
    *,
    q: ArrayLike,
    norm: str = "entrywise",
    smooth: ArrayLike = 0.0,
) -> DenseFactors:
    r"""Where the steepest flow of two dense layers goes, $-S_q(GV)$ and $-S_q(G^\top U)$.

    $S_q$ acts on the entries, or for `norm="schatten"` on the singular values. With a width
    $\epsilon$ it is the smooth $a(a^2 + \epsilon^2)^{q/2-1}$ instead of
    $\operatorname{sign}(a)|a|^{q-1}$, which has a kink at zero: small steps then slide along the
    kink and do not jump to and fro across it.

    Args:
      gradient: $G = \nabla f(UV^\top)$, shape (n, m).
      left: $U$, shape (n, r).
      right: $V$, shape (m, r).
      q: the dual exponent, from 1 to 2; it may be traced.
      norm: "entrywise" or "schatten".
      smooth: $\epsilon$, not negative, in the units of the layers' gradients; it may be traced.

    Returns:
      `DenseFactors(left, right)`: the velocities of $U$ and $V$.

    Raises:
      ValueError: the three are not finite real matrices of fitting shapes; `q` is not one real
        number in [1, 2]; `norm` is none of the two; `smooth` is negative.

    Derived in {ref}`outside-the-diagonal`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import dense_velocity
    >>> one, force = jnp.ones((1, 1)), jnp.array([[1.0], [-0.5]])
    >>> velocity = dense_velocity(force, jnp.ones((2, 1)), one, q=1.0)
    >>> print(velocity.left.T, velocity.right)
    [[-1.  1.]] [[-1.]]
    """
    layers, q = _checked_factors(left, right), checked_exponent(q)
    width = checks.not_negative("smooth", smooth)
    _check_norm(norm)
    force = checks.parameters("gradient", checks.matrix("gradient", gradient)).astype(jnp.float64)
    n, m = len(layers.left), len(layers.right)
    if force.shape != (n, m):
        raise ValueError(
            f"`gradient` must have the shape of the product, ({n}, {m}), but it has the shape "
            f"{force.shape}. It is the gradient with respect to left @ right.T."
        )
    function = partial(_softened, q=q, width=width)
    act = function if norm == "entrywise" else partial(_by_singular_values, function)
    return DenseFactors(-act(force @ layers.right), -act(force.T @ layers.left))


def dense_flow(
    loss: Callable[[Array], ArrayLike],
    left: Float[ArrayLike, "n r"],
    right: Float[ArrayLike, "m r"],
    times: Float[ArrayLike, " T"],
    *,
    q: ArrayLike,
    norm: str = "entrywise",
) -> DenseFlow:
    r"""Follow the steepest flow of two dense layers.

    $$\dot U = -S_q(GV), \quad \dot V = -S_q(G^\top U), \qquad G = \nabla f(UV^\top)$$

    with $S_q(a) = \operatorname{sign}(a)\,|a|^{q-1}$ of the entries, or of the singular values for
    `norm="schatten"`. SciPy integrates it.
    Below $q = 2$ each power is smoothed within $10^{-8}$ of the largest gradient at the start, so
    that the flow slides along a kink. It does not run under `jit`, `vmap` and `grad`.

    Args:
      loss: $f$, a function of the product $UV^\top$, shape (n, m), to one number.
      left: $U$ at the start, shape (n, r).
      right: $V$ at the start, shape (m, r).
      times: increasing, the first one 0; shape (T,).
      q: the dual exponent, from 1 to 2.
      norm: "entrywise" or "schatten".

    Returns:
      `DenseFlow(left, right, product)` at the times.

    Raises:
      ValueError: `loss` is not a function to one number, or it is not finite on the way; the
        flow cannot be followed, as it grows without bound or is too stiff; `left` and `right` are
        not finite real matrices with as many columns; `times` do not increase from 0; `q` is not
        one real number in [1, 2]; `norm` is none of the two; an argument is traced.

    Derived in {ref}`outside-the-diagonal`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import dense_flow
    >>> half = jnp.eye(2) / 2
    >>> late = jnp.array([0.0, 0.25])
    >>> run = dense_flow(lambda w: -w.trace(), half, half, late, q=1.0, norm="schatten")
    >>> print(run.product[-1].round(4) + 0.0)
    [[0.5625 0.    ]
     [0.     0.5625]]
    """
    checks.callable_argument("loss", loss, "loss(product)")
    if any(map(checks.is_traced, (left, right, times, q))):
        raise ValueError(
            "The arguments of `dense_flow` must be numbers, but one is traced. SciPy integrates "
            "the flow; call it outside of jit, vmap and grad."
        )
    start, q = _checked_factors(left, right), float(checked_exponent(q))
    _check_norm(norm)
    moments = checked_times(times)
    checked_value(loss, start.left @ start.right.T)
    shapes = start.left.shape, start.right.shape
    cut = start.left.size

    def layers(flat: Array) -> tuple[Array, Array]:
        return flat[:cut].reshape(shapes[0]), flat[cut:].reshape(shapes[1])

    def velocity(flat: Array, smooth: Array) -> Array:
        left, right = layers(flat)
        slope = jax.grad(loss)(left @ right.T)
        both = dense_velocity(slope, left, right, q=q, norm=norm, smooth=smooth)
        return jnp.concatenate([both.left.ravel(), both.right.ravel()])

    flat = np.concatenate([np.ravel(leaf) for leaf in start])
    slope = finite_along(np.asarray(jax.grad(loss)(start.left @ start.right.T)))
    gradients = slope @ start.right, slope.T @ start.left
    smooth = SMOOTH * jnp.max(jnp.stack([jnp.abs(g).max() for g in gradients]))
    run = followed(jax.jit(partial(velocity, smooth=smooth)), flat, moments)
    path = jnp.asarray(finite_along(run.y.T))
    lefts, rights = jax.vmap(layers)(path)
    product = jnp.einsum("tnr,tmr->tnm", lefts, rights)
    finite_along(np.asarray(jax.vmap(loss)(product)))
    return DenseFlow(lefts, rights, product)


def aligned_factors(
    target: Float[ArrayLike, "n m"],
    left: Float[ArrayLike, " k"],
    right: Float[ArrayLike, " k"],
    hidden: Float[ArrayLike, "r k"] | None = None,
) -> DenseFactors:
    r"""Layers that share the singular vectors of a target $M = A\operatorname{diag}(\mu)C^\top$.

    $$U = A\operatorname{diag}(u)B^\top, \qquad V = C\operatorname{diag}(v)B^\top$$

    For the loss $\tfrac12\|UV^\top - M\|_F^2$ the Schatten flow from there keeps $A$, $B$ and $C$.
    Its singular values $u_i$, $v_i$ follow the steepest flow of the diagonal network $x_i =
    u_iv_i$ with the same $q$, and keep the balance $|u_i|^q - |v_i|^q$.

    Args:
      target: $M$, shape (n, m); k is the smaller of the two.
      left: $u$, shape (k,).
      right: $v$, shape (k,).
      hidden: $B$, shape (r, k), with orthonormal columns; the identity by default, where r = k.

    Returns:
      `DenseFactors(left, right)`: $U$, shape (n, r), and $V$, shape (m, r).

    Raises:
      ValueError: `target` is not a floating-point matrix; `left` and `right` do not hold a real
        number for each of its singular values; `hidden` is not a matrix of k columns, or outside
        `jit` they are not orthonormal.

    Derived in {ref}`outside-the-diagonal`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import aligned_factors
    >>> target = jnp.array([[0.0, 3.0], [1.0, 0.0]])
    >>> factors = aligned_factors(target, jnp.array([2.0, 1.0]), jnp.array([0.5, 0.5]))
    >>> print(abs(factors.left @ factors.right.T))
    [[0.  1. ]
     [0.5 0. ]]
    """
    target = checks.matrix("target", target).astype(jnp.float64)
    a, _, ct = jnp.linalg.svd(target, full_matrices=False)
    size = min(target.shape)
    sizes = []
    for name, values in (("left", left), ("right", right)):
        checked = checks.parameters(name, values)
        if jnp.shape(checked) != (size,):
            raise ValueError(
                f"`{name}` must have the shape ({size},), one number for each singular value of "
                f"`target`, but it is {checks.layout(values)}."
            )
        sizes.append(checked.astype(jnp.float64))
    if hidden is None:
        turn = jnp.eye(size)
    else:
        turn = checks.matrix("hidden", hidden).astype(jnp.float64)
        concrete = not checks.is_traced(turn)
        if turn.shape[1] != size or (
            concrete and not np.allclose(turn.T @ turn, np.eye(size), rtol=0, atol=ORTHONORMAL)
        ):
            raise ValueError(
                f"`hidden` must have {size} orthonormal columns, one for each singular value of "
                f"`target`, but it is {checks.layout(hidden)}. Take them from jnp.linalg.qr."
            )
    u, v = sizes
    return DenseFactors((a * u[None]) @ turn.T, (ct.T * v[None]) @ turn.T)


def hidden_volume(
    left: Float[ArrayLike, "n r"], right: Float[ArrayLike, "m r"]
) -> Float[Array, ""]:
    r"""The volume that the rows of both layers span, $\sqrt{\det ZZ^\top}$, $Z$ the two stacked.

    Every Schatten flow keeps it, Muon's included, and the row space of $Z$ as well. It is the root
    of the product of the nonzero eigenvalues of $U^\top U - V^\top V$, without its sign.

    Args:
      left: $U$, shape (n, r).
      right: $V$, shape (m, r).

    Returns:
      A scalar, 0 where there are fewer than n + m hidden neurons.

    Raises:
      ValueError: `left` and `right` are not finite real matrices with as many columns.

    Derived in {ref}`outside-the-diagonal`.

    >>> import jax.numpy as jnp
    >>> from lib.mirror import hidden_volume
    >>> print(f"{hidden_volume(jnp.array([[2.0, 0.0]]), jnp.array([[1.0, 3.0]])):.4f}")
    6.0000
    """
    stacked = jnp.concatenate(_checked_factors(left, right))
    if stacked.shape[0] > stacked.shape[1]:
        return jnp.zeros(())
    return jnp.prod(jnp.linalg.svd(stacked, compute_uv=False))


def dense_laws(outputs: int, hidden: int, inputs: int, *, q: float, norm: str = "entrywise") -> int:
    r"""How many independent laws the steepest flow of two dense linear layers has.

    With $N = n + m$ and $(n, m) \ne (1, 1)$, below $q = 2$: none for the entrywise flow, and for
    the Schatten flow $N(r - N) + 1$ if $r \ge N$, otherwise none. One output and one input have
    $2r - 1$ for every $q$ and both norms. At $q = 2$ there are $r(r + 1)/2$, or
    $Nr - N(N - 1)/2$ if $r \ge N$.

    Args:
      outputs: n, a positive whole number.
      hidden: r, a positive whole number.
      inputs: m, a positive whole number.
      q: the dual exponent, from 1 to 2.
      norm: "entrywise" or "schatten".

    Returns:
      A whole number.

    Raises:
      ValueError: a width is not a positive whole number; `q` is not one real number in [1, 2];
        `norm` is none of the two.

    Derived in {ref}`outside-the-diagonal`.

    >>> from lib.mirror import dense_laws
    >>> print([dense_laws(1, r, 2, q=1.0, norm="schatten") for r in (2, 3, 4)])
    [0, 1, 4]
    """
    remedy = "Pass the width of a layer, such as 3."
    widths = {"outputs": outputs, "hidden": hidden, "inputs": inputs}
    n, r, m = (checks.whole_number(name, w, remedy=remedy) for name, w in widths.items())
    exponent = float(checked_exponent(q))
    _check_norm(norm)
    both = n + m
    if both == 2:
        return 2 * r - 1
    if exponent == 2:
        return r * (r + 1) // 2 if r < both else both * r - both * (both - 1) // 2
    return both * (r - both) + 1 if norm == "schatten" and r >= both else 0


def _softened(values: Array, q: Array, width: Array) -> Array:
    r"""The power of degree q - 1 without its kink, $a(a^2 + w^2)^{q/2-1}$; 0 at 0."""
    square = values**2 + (width**2).astype(values.dtype)
    inside = jnp.where(square > 0, square, jnp.ones_like(square))
    return values * inside ** (q / 2 - 1).astype(values.dtype)


def _by_singular_values(
    function: Callable[[Array], Array], matrix: Float[Array, "n m"]
) -> Float[Array, "n m"]:
    """A function that is 0 at 0, applied to the singular values of a matrix."""
    p, sizes, rt = _svd(matrix)
    return (p * function(sizes)[None]) @ rt


@jax.custom_jvp
def _svd(matrix: Float[Array, "n m"]) -> tuple[Array, Array, Array]:
    """The singular value decomposition, in which values that are zero up to rounding are zero."""
    p, sizes, rt = jnp.linalg.svd(matrix, full_matrices=False)
    rounding = ROUNDING * jnp.finfo(matrix.dtype).eps * jnp.max(sizes)
    return p, jnp.where(sizes > rounding, sizes, jnp.zeros_like(sizes)), rt


@_svd.defjvp
def _svd_derivative(primals: tuple, tangents: tuple) -> tuple[tuple, tuple]:
    """The derivative at a fixed rank. JAX's own divides by values that are zero."""
    (matrix,), (direction,) = primals, tangents
    p, sizes, rt = _svd(matrix)
    inverse = _safe_inverse(sizes, sizes > 0)[None]
    inside = p.T @ direction @ rt.T
    difference = (sizes[None] - sizes[:, None]) * (sizes[None] + sizes[:, None])
    # Which vectors belong to the values that are zero is nobody's choice: they do not turn.
    some = (sizes[None] + sizes[:, None] > 0) & ~jnp.eye(len(sizes), dtype=bool)
    apart = _safe_inverse(difference, some)
    across = inside * sizes[None]
    along = inside.T * sizes[None]
    dp = p @ (apart * (across + across.T))
    dr = rt.T @ (apart * (along + along.T))
    dp += (direction @ rt.T - p @ inside) * inverse
    dr += (direction.T @ p - rt.T @ inside.T) * inverse
    change = jnp.where(sizes > 0, jnp.diagonal(inside), jnp.zeros_like(sizes))
    return (p, sizes, rt), (dp, change, dr.T)


def _safe_inverse(values: Array, usable: Array) -> Array:
    """One over the usable values, and zero for the others."""
    return jnp.where(usable, 1 / jnp.where(usable, values, jnp.ones_like(values)), 0)


def _check_norm(norm: Any) -> None:
    if norm not in NORMS:
        raise ValueError(
            f"`norm` must be 'entrywise' or 'schatten', but it is {norm!r}. The first acts on the "
            f"entries of a gradient, the second on its singular values."
        )


def _checked_factors(left: ArrayLike, right: ArrayLike) -> DenseFactors:
    """Both layers as float64 matrices; concrete ones must be finite."""
    pair = [checks.matrix(name, w) for name, w in (("left", left), ("right", right))]
    if pair[0].shape[1] != pair[1].shape[1]:
        raise ValueError(
            f"`left` and `right` must have the shapes (n, r) and (m, r), but they have "
            f"{pair[0].shape} and {pair[1].shape}. The product is left @ right.T."
        )
    for name, layer in zip(("left", "right"), pair, strict=True):
        checks.parameters(name, layer)
    return DenseFactors(*(layer.astype(jnp.float64) for layer in pair))
