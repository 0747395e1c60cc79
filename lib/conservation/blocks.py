r"""Blocks of modern networks as functions to be counted, with the laws that their symmetries give.

Every function here draws parameters and returns a `FunctionNetwork` that knows its laws, so that
{func}`count_laws` can certify. Each law belongs to a change of the parameters that the block does
not notice and that is a gradient: a stretch $(e^su, e^{-s}v)$ gives $\|u\|^2 - \|v\|^2$, a shift of
all logits their sum, a change of scale in front of a normalization the length. A rotation is no
gradient and gives none.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from lib import checks
from lib.classifiers import check_key
from lib.conservation.networks import FunctionNetwork, function_network

ROTARY_BASE = 100.0  # 10 000 in large models; here the slowest pair has to turn within few tokens
NORMS = ("layer", "rms", "batch")
GATES = ("softmax", "sigmoid", "normalized sigmoid")


class Activation(NamedTuple):
    """A function of one number, and its degree if it is positively homogeneous."""

    function: Callable[[Array], Array]
    degree: int | None
    """k in $f(sz) = s^kf(z)$ for s > 0."""


ACTIVATIONS = {
    "identity": Activation(lambda z: z, 1),
    "relu": Activation(jax.nn.relu, 1),
    "leaky relu": Activation(lambda z: jax.nn.leaky_relu(z, 0.1), 1),
    "abs": Activation(jnp.abs, 1),
    "relu²": Activation(lambda z: jax.nn.relu(z) ** 2, 2),
    "square": Activation(lambda z: z**2, 2),
    "gelu": Activation(partial(jax.nn.gelu, approximate=False), None),
    "silu": Activation(jax.nn.silu, None),
    "tanh": Activation(jnp.tanh, None),
    "sigmoid": Activation(jax.nn.sigmoid, None),
}


def feedforward_network(
    key: Array,
    *,
    inputs: int,
    hidden: int,
    outputs: int,
    activation: str = "relu",
    gated: bool = False,
) -> FunctionNetwork:
    r"""Two layers, $U\,\sigma(Vx)$, or gated ones, $U\,(Vx\odot\sigma(Cx))$.

    A stretch of one hidden neuron gives, for $\sigma$ of degree $k$, the law
    $k\|u_j\|^2 - \|v_j\|^2$, with the columns of $U$ and the rows of $V$. Without a degree there is
    none. A gated layer always has $\|u_j\|^2 - \|v_j\|^2$, and $k\|u_j\|^2 - \|c_j\|^2$ as well if
    the gate has a degree. A linear layer has all entries of $U^\top U - VV^\top$.

    Args:
      key: a key of `jax.random`, for the parameters.
      inputs, hidden, outputs: the widths.
      activation: "identity", "relu", "leaky relu", "abs", "relu²", "square", "gelu", "silu", "tanh"
        or "sigmoid". With `gated`, "silu" is SwiGLU, "gelu" GEGLU, "relu" ReGLU, "sigmoid" GLU, and
        "identity" the bilinear layer.
      gated: whether the activation multiplies a linear layer.

    Returns:
      A `FunctionNetwork`; `params` is {"out": (outputs, hidden), "in": (hidden, inputs)}, and
      "gate" as "in" if it is gated. An input has the shape (inputs,).

    Raises:
      ValueError: a width is not a whole number from 1; `activation` is none of these words; `key`
        is not one key of `jax.random`.

    Used in {ref}`modern-architectures`, after {cite:t}`shazeer2020glu` and
    {cite:t}`tran2026conservation`.

    >>> import jax
    >>> from lib.conservation import count_laws, feedforward_network
    >>> key = jax.random.key(0)
    >>> swiglu = feedforward_network(
    ...     key, inputs=2, hidden=3, outputs=2, activation="silu", gated=True
    ... )
    >>> print(count_laws(swiglu, key))
    exactly 3 laws of 18 parameters
    """
    check_key(key)
    _check_widths(inputs=inputs, hidden=hidden, outputs=outputs)
    function, degree = ACTIVATIONS[_one_of("activation", activation, ACTIVATIONS)]
    shapes = {"out": (outputs, hidden), "in": (hidden, inputs)}
    params = _drawn(key, shapes | ({"gate": (hidden, inputs)} if gated else {}))

    def apply(params: PyTree, x: Array) -> Array:
        if gated:
            return params["out"] @ ((params["in"] @ x) * function(params["gate"] @ x))
        return params["out"] @ function(params["in"] @ x)

    def laws(params: PyTree) -> list[Array]:
        out, first = params["out"], params["in"]
        if gated:
            found = [_squares(out, 0) - _squares(first, 1)]
            if degree is not None:
                found.append(degree * _squares(out, 0) - _squares(params["gate"], 1))
            return found
        if activation == "identity":
            return [_upper(out.T @ out - first @ first.T)]
        return [] if degree is None else [degree * _squares(out, 0) - _squares(first, 1)]

    known = None if degree is None and not gated else laws
    return function_network(apply, params, _normal((inputs,)), known)


def attention_network(
    key: Array,
    *,
    width: int,
    head_width: int,
    heads: int = 1,
    key_heads: int | None = None,
    tokens: int = 3,
    causal: bool = False,
    rotary: bool = False,
    biases: bool = False,
) -> FunctionNetwork:
    r"""Self-attention, with every head's queries, keys, values and outputs.

    $$y_t = \sum_hO_h^\top\sum_sA^h_{ts}V_hx_s, \qquad
      A^h_{t\cdot} = \operatorname{softmax}_s\frac{(Q_hx_t + b_h)\cdot(K_hx_s + c_h)}{\sqrt{w}}$$

    with all matrices of the shape (w, width), where w is `head_width`. Only $Q_h^\top K_h$ and
    $O_h^\top V_h$ matter, so the entries of $Q_hQ_h^\top - K_hK_h^\top$ and
    $V_hV_h^\top - O_hO_h^\top$ are laws. Where several heads share a key and a value, the sums over
    these heads take the place of $Q_hQ_h^\top$ and $O_hO_h^\top$. With biases $Q_hQ_h^\top$ gains
    $b_hb_h^\top$, and $c_h$, which the softmax ignores, stays as it is. Rotary encodings leave of
    the first matrix one law for each pair of coordinates that they turn,
    $\|q\|^2 - \|k\|^2$ with the rows of the pair.

    Args:
      key: a key of `jax.random`, for the parameters.
      width: of a token.
      head_width: of a head; even for rotary encodings.
      heads: how many heads have queries and outputs of their own.
      key_heads: how many keys and values there are, which groups of heads share; by default one for
        each head.
      tokens: how many tokens an input has.
      causal: whether a token sees only itself and those before it.
      rotary: whether queries and keys are turned with the place of their token.
      biases: whether queries and keys have biases.

    Returns:
      A `FunctionNetwork`; `params` is {"query", "out": (heads, head_width, width), "key", "value":
      (key_heads, head_width, width)}, and with biases "query_bias", "key_bias" without the last
      axis. Inputs and outputs have the shape (tokens, width).

    Raises:
      ValueError: a width or a number is not a whole number from 1; `key_heads` does not divide
        `heads`; `head_width` is odd with rotary encodings; `key` is not one key of `jax.random`.

    Used in {ref}`modern-architectures`, after {cite:t}`marcotte2025transformative` and
    {cite:t}`tran2026conservation`.

    >>> import jax
    >>> from lib.conservation import attention_network, count_laws
    >>> key = jax.random.key(0)
    >>> print(count_laws(attention_network(key, width=3, head_width=2), key))
    exactly 6 laws of 24 parameters
    """
    check_key(key)
    groups = heads if key_heads is None else key_heads
    _check_widths(width=width, head_width=head_width, heads=heads, key_heads=groups, tokens=tokens)
    if heads % groups:
        raise ValueError(
            f"`key_heads` must divide `heads`, but {groups} does not divide {heads}. Every key is "
            f"shared by equally many heads."
        )
    if rotary and head_width % 2:
        raise ValueError(
            f"`head_width` must be even for rotary encodings, which turn pairs of coordinates, but "
            f"it is {head_width}."
        )
    attention = Attention(heads, groups, causal, rotary)
    params = _drawn(key, attention.shapes(width, head_width, biases))
    draw = _normal((tokens, width))
    return function_network(attention.apply, params, draw, attention.laws)


class Attention(NamedTuple):
    """Attention as a function, for a block that is nothing else and for a transformer."""

    heads: int
    groups: int
    causal: bool
    rotary: bool

    def shapes(self, width: int, head_width: int, biases: bool) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters."""
        many, few = (self.heads, head_width, width), (self.groups, head_width, width)
        shapes = {"query": many, "key": few, "value": few, "out": many}
        if biases:
            shapes |= {"query_bias": many[:2], "key_bias": few[:2]}
        return shapes

    def apply(self, params: PyTree, x: Array) -> Array:
        """The outputs for all tokens."""
        query, key, value = (
            jnp.einsum("hid,td->hti", params[name], x) for name in ("query", "key", "value")
        )
        if "query_bias" in params:
            query = query + params["query_bias"][:, None, :]
            key = key + params["key_bias"][:, None, :]
        if self.rotary:
            query, key = _turned(query), _turned(key)
        key, value = (jnp.repeat(each, self.heads // self.groups, axis=0) for each in (key, value))
        scores = jnp.einsum("hti,hsi->hts", query, key) / jnp.sqrt(1.0 * query.shape[-1])
        if self.causal:
            seen = jnp.tril(jnp.ones(scores.shape[1:], bool))
            scores = jnp.where(seen[None], scores, -jnp.inf)
        mixed = jnp.einsum("hts,hsi->hti", jax.nn.softmax(scores), value)
        return jnp.einsum("hti,hid->td", mixed, params["out"])

    def laws(self, params: PyTree) -> list[Array]:
        """The laws of one block."""
        query, key, value, out = (_gram(params[n]) for n in ("query", "key", "value", "out"))
        kept = []
        if "query_bias" in params:
            query = query + _outer(params["query_bias"])
            if self.rotary:
                key = key + _outer(params["key_bias"])
            else:
                kept = [params["key_bias"]]
        of_scores = self._shared(query) - key
        if self.rotary:
            diagonals = jnp.diagonal(of_scores, axis1=1, axis2=2)
            kept.append(jnp.sum(diagonals.reshape(self.groups, -1, 2), axis=2))
        else:
            kept.append(_upper(of_scores))
        return [*kept, _upper(value - self._shared(out))]

    def _shared(self, gram: Array) -> Array:
        """Sums over the heads that share a key."""
        return jnp.sum(gram.reshape(self.groups, -1, *gram.shape[1:]), axis=1)


def normalized_network(
    key: Array,
    *,
    inputs: int,
    hidden: int,
    outputs: int,
    norm: str = "layer",
    eps: float = 0.0,
    batch: int = 8,
    normalized_outputs: bool = False,
) -> FunctionNetwork:
    r"""Two ReLU layers with a normalization between, $U\,\sigma(\gamma\odot N(Wx) + \beta)$.

    $N$ subtracts a mean and divides by $\sqrt{s + \mathtt{eps}}$ with a variance $s$: those of the
    hidden layer ("layer"), or those of each neuron over a batch ("batch"). "rms" subtracts nothing,
    divides by the root of the mean square, and has no $\beta$.

    A stretch behind $N$ gives $\gamma_j^2 + \beta_j^2 - \|u_j\|^2$ for every neuron. At `eps=0` the
    scale in front of $N$ is not noticed: $\|W_j\|^2$ is a law for each neuron with "batch", the
    whole $\|W\|^2$ with "layer" and "rms". "layer" does not notice a shift of all pre-activations
    either, so the column sums of $W$ are laws. A second batch normalization, of the outputs, adds
    the lengths of the rows of $U$.

    Args:
      key: a key of `jax.random`, for the parameters: $\gamma = 1 + 0.3\tanh z$, $\beta = 0.1z'$ and
        matrices with normal $z$. Normalized numbers are bounded, so with a large $\beta_j$ a neuron
        would be always on or always off, and there would be more laws at such a point.
      inputs, hidden, outputs: the widths.
      norm: "layer", "rms" or "batch".
      eps: what is added to the variance, at least 0.
      batch: how many examples are normalized together, with "batch".
      normalized_outputs: whether the outputs are normalized over the batch as well.

    Returns:
      A `FunctionNetwork`; `params` is {"in": (hidden, inputs), "scale": (hidden,), "shift":
      (hidden,), "out": (outputs, hidden)}, without "shift" for "rms". An input has the shape
      (examples, inputs), with one example unless `norm` is "batch".

    Raises:
      ValueError: a width is not a whole number from 1, or `batch` not one from 2; `norm` is none of
        these words; `eps` is not a number from 0; `normalized_outputs` is asked for without a
        batch; `key` is not one key of `jax.random`.

    Used in {ref}`modern-architectures`.

    >>> import jax
    >>> from lib.conservation import count_laws, normalized_network
    >>> key = jax.random.key(0)
    >>> network = normalized_network(key, inputs=2, hidden=3, outputs=2, norm="batch")
    >>> print(count_laws(network, key))
    exactly 6 laws of 18 parameters
    """
    check_key(key)
    _check_widths(inputs=inputs, hidden=hidden, outputs=outputs)
    checks.whole_number("batch", batch, least=2, remedy="Pass 8.")
    _one_of("norm", norm, NORMS)
    eps = float(checks.not_negative("eps", eps))
    if normalized_outputs and norm != "batch":
        raise ValueError(
            f"`normalized_outputs` normalizes over a batch, but `norm` is {norm!r}. Pass "
            f'norm="batch".'
        )
    params = _drawn(
        key,
        {"in": (hidden, inputs), "out": (outputs, hidden), "scale": (hidden,), "shift": (hidden,)},
    )
    params |= {"scale": _near_one(params["scale"]), "shift": 0.1 * params["shift"]}
    if norm == "rms":
        del params["shift"]
    axis = 0 if norm == "batch" else 1

    def apply(params: PyTree, x: Array) -> Array:
        before = _normalized(x @ params["in"].T, axis, eps, centred=norm != "rms")
        before = before * params["scale"][None]
        if norm != "rms":
            before = before + params["shift"][None]
        out = jax.nn.relu(before) @ params["out"].T
        return _normalized(out, 0, eps) if normalized_outputs else out

    def laws(params: PyTree) -> list[Array]:
        behind = params["scale"] ** 2 - _squares(params["out"], 0)
        found = [behind if norm == "rms" else behind + params["shift"] ** 2]
        if norm == "layer":
            found.append(jnp.sum(params["in"], axis=0))
        if eps == 0:
            lengths = _squares(params["in"], 1)
            found.append(lengths if norm == "batch" else jnp.sum(lengths))
            if normalized_outputs:
                found.append(_squares(params["out"], 1))
        return found

    shape = (batch if norm == "batch" else 1, inputs)
    return function_network(apply, params, _normal(shape), laws)


def convolutional_network(
    key: Array,
    *,
    channels: tuple[int, int, int],
    size: int = 2,
    length: int = 5,
    activation: str = "relu",
) -> FunctionNetwork:
    r"""Two convolutions around a circle, $u * \sigma(v * x)$.

    A stretch of one hidden channel gives $k\sum\|u_{\cdot j}\|^2 - \sum\|v_{j\cdot}\|^2$ for an
    activation of degree $k$, the sums over the other channels and the filter. Without an activation
    the hidden channels can be mixed, and the laws are the entries of a symmetric matrix, as for two
    dense layers.

    Args:
      key: a key of `jax.random`, for the parameters.
      channels: of the inputs, the hidden layer and the outputs.
      size: how many numbers a filter has between two channels.
      length: how many places there are around the circle.
      activation: as {func}`feedforward_network`.

    Returns:
      A `FunctionNetwork`; `params` is {"out": (outputs, hidden, size), "in": (hidden, inputs,
      size)}. Inputs and outputs have the shape (channels, length).

    Raises:
      ValueError: a number is not a whole number from 1; `channels` are not three; `activation` as
        {func}`feedforward_network`; `key` is not one key of `jax.random`.

    Used in {ref}`modern-architectures`.

    >>> import jax
    >>> from lib.conservation import convolutional_network, count_laws
    >>> key = jax.random.key(0)
    >>> print(count_laws(convolutional_network(key, channels=(1, 3, 1)), key))
    exactly 3 laws of 12 parameters
    """
    check_key(key)
    if len(channels) != 3:
        raise ValueError(
            f"`channels` must be those of the inputs, the hidden layer and the outputs, but it is "
            f"{channels!r}. Pass a tuple such as (1, 3, 1)."
        )
    inputs, hidden, outputs = channels
    _check_widths(inputs=inputs, hidden=hidden, outputs=outputs, size=size, length=length)
    function, degree = ACTIVATIONS[_one_of("activation", activation, ACTIVATIONS)]
    params = _drawn(key, {"out": (outputs, hidden, size), "in": (hidden, inputs, size)})

    def around(filters: Array, x: Array) -> Array:
        moved = jnp.stack([jnp.roll(x, -k, axis=1) for k in range(size)])
        return jnp.einsum("oik,kin->on", filters, moved)

    def apply(params: PyTree, x: Array) -> Array:
        return around(params["out"], function(around(params["in"], x)))

    def laws(params: PyTree) -> list[Array]:
        out = jnp.moveaxis(params["out"], 1, 0).reshape(hidden, -1)
        first = params["in"].reshape(hidden, -1)
        if activation == "identity":
            return [_upper(out @ out.T - first @ first.T)]
        return [degree * _squares(out, 1) - _squares(first, 1)]

    draw = _normal((inputs, length))
    return function_network(apply, params, draw, None if degree is None else laws)


def residual_relu_network(key: Array, *, width: int, hidden: tuple[int, ...]) -> FunctionNetwork:
    r"""Residual blocks $x_{i+1} = x_i + U_i\,\sigma(V_ix_i)$ with ReLU.

    The skip connections change no law: each block keeps $\|u_j\|^2 - \|v_j\|^2$ for its hidden
    neurons.

    Args:
      key: a key of `jax.random`, for the parameters.
      width: of $x$.
      hidden: the hidden width of each block.

    Returns:
      A `FunctionNetwork`; `params` is a list of {"out": (width, hidden), "in": (hidden, width)}.

    Raises:
      ValueError: a width is not a whole number from 1, or there is no block; `key` is not one key
        of `jax.random`.

    Used in {ref}`modern-architectures`, after {cite:t}`marcotte2025transformative`.

    >>> import jax
    >>> from lib.conservation import count_laws, residual_relu_network
    >>> key = jax.random.key(0)
    >>> print(count_laws(residual_relu_network(key, width=2, hidden=(2, 1)), key))
    exactly 3 laws of 12 parameters
    """
    check_key(key)
    if not hidden:
        raise ValueError(
            "`hidden` must name the hidden width of at least one block, but it is empty. Pass a "
            "tuple such as (2, 2)."
        )
    for each in hidden:
        _check_widths(width=width, hidden=each)
    keys = jax.random.split(key, len(hidden))
    params = [
        _drawn(k, {"out": (width, each), "in": (each, width)})
        for k, each in zip(keys, hidden, strict=True)
    ]

    def apply(params: PyTree, x: Array) -> Array:
        for block in params:
            x = x + block["out"] @ jax.nn.relu(block["in"] @ x)
        return x

    def laws(params: PyTree) -> list[Array]:
        return [_squares(block["out"], 0) - _squares(block["in"], 1) for block in params]

    return function_network(apply, params, _normal((width,)), laws)


def mixture_network(
    key: Array,
    *,
    inputs: int,
    experts: int,
    hidden: int,
    outputs: int,
    gate: str = "softmax",
    active: int | None = None,
    renormalized: bool = True,
    bias: bool = False,
) -> FunctionNetwork:
    r"""A mixture of ReLU experts, $\sum_p g_p(Wx + b)\,U_p\,\sigma(V_px)$.

    Each neuron of an expert keeps $\|u_{pj}\|^2 - \|v_{pj}\|^2$. A softmax does not notice a shift
    of all logits, so $\sum_pW_p$, and $\sum_pb_p$, stay as they are; so it is if only the largest
    logits are used. A sigmoid notices the shift, and so does a normalized one,
    $g_p = \varsigma_p/\sum_q\varsigma_q$. If a single expert is used with the weight one, the gate
    does not learn and all of $W$ is conserved.

    Args:
      key: a key of `jax.random`, for the parameters.
      inputs, outputs: the widths.
      experts: how many there are.
      hidden: the hidden width of each.
      gate: "softmax", "sigmoid" or "normalized sigmoid".
      active: how many of the largest logits are used; all by default.
      renormalized: whether the softmax is taken over those that are used only.
      bias: whether the logits have biases.

    Returns:
      A `FunctionNetwork`; `params` is {"gate": (experts, inputs), "out": (experts, outputs,
      hidden), "in": (experts, hidden, inputs)}, and with a bias "gate_bias": (experts,). An input
      has the shape (inputs,).

    Raises:
      ValueError: a width or a number is not a whole number from 1, or `active` is larger than
        `experts`; `gate` is none of these words; `key` is not one key of `jax.random`.

    Used in {ref}`modern-architectures`, after {cite:t}`tran2026conservation`.

    >>> import jax
    >>> from lib.conservation import count_laws, mixture_network
    >>> key = jax.random.key(0)
    >>> network = mixture_network(key, inputs=2, experts=2, hidden=1, outputs=1)
    >>> print(count_laws(network, key))
    exactly 4 laws of 10 parameters
    """
    check_key(key)
    _check_widths(inputs=inputs, experts=experts, hidden=hidden, outputs=outputs)
    _one_of("gate", gate, GATES)
    active = experts if active is None else active
    checks.whole_number("active", active, most=experts)
    shapes = {
        "gate": (experts, inputs),
        "out": (experts, outputs, hidden),
        "in": (experts, hidden, inputs),
    }
    params = _drawn(key, shapes | ({"gate_bias": (experts,)} if bias else {}))

    def weights(logits: Array) -> Array:
        used = logits >= jnp.sort(logits)[experts - active]
        if gate == "softmax":
            if renormalized:
                return jax.nn.softmax(jnp.where(used, logits, -jnp.inf))
            return jnp.where(used, jax.nn.softmax(logits), 0.0)
        parts = jnp.where(used, jax.nn.sigmoid(logits), 0.0)
        return parts / jnp.sum(parts) if gate == "normalized sigmoid" else parts

    def apply(params: PyTree, x: Array) -> Array:
        logits = params["gate"] @ x
        if bias:
            logits = logits + params["gate_bias"]
        neurons = jax.nn.relu(jnp.einsum("phi,i->ph", params["in"], x))
        return jnp.einsum("p,poh,ph->o", weights(logits), params["out"], neurons)

    one = active == 1 and (gate == "normalized sigmoid" or (gate == "softmax" and renormalized))

    def laws(params: PyTree) -> list[Array]:
        found = [_squares(params["out"], 1) - _squares(params["in"], 2)]
        gates = [params[name] for name in ("gate", "gate_bias") if name in params]
        if one:
            found += gates
        elif gate == "softmax":
            found += [jnp.sum(each, axis=0) for each in gates]
        return found

    return function_network(apply, params, _normal((inputs,)), laws)


def transformer_network(
    key: Array,
    *,
    width: int,
    heads: int,
    hidden: int,
    key_heads: int | None = None,
    tokens: int = 4,
    rotary: bool = True,
) -> FunctionNetwork:
    r"""A transformer block: causal attention and a SwiGLU layer, each behind an RMS norm.

    $$x' = x + \operatorname{attention}(\gamma\odot N(x)), \qquad
      y = x' + U\big(V\hat x\odot\operatorname{silu}(C\hat x)\big), \quad
      \hat x = \delta\odot N(x')$$

    To the laws of {func}`attention_network` and {func}`feedforward_network` each norm adds one for
    each coordinate: $\gamma_i^2$ minus the squares of the $i$-th columns of all $Q_h$, $K_h$ and
    $V_h$, and the same for $\delta$ with $V$ and $C$.

    Args:
      key: a key of `jax.random`, for the parameters.
      width: of a token; `heads` must divide it.
      heads, key_heads, tokens, rotary: as {func}`attention_network`; a head has the width
        `width / heads`.
      hidden: the width of the gated layer.

    Returns:
      A `FunctionNetwork`; `params` is {"attention": as {func}`attention_network`, "mlp": {"out",
      "in", "gate"} as {func}`feedforward_network`, "attention_scale": (width,), "mlp_scale":
      (width,)}. Inputs and outputs have the shape (tokens, width). The function is smooth.

    Raises:
      ValueError: as {func}`attention_network`; `heads` does not divide `width`.

    Used in {ref}`modern-architectures`.

    >>> import jax
    >>> from lib.conservation import transformer_network
    >>> network = transformer_network(jax.random.key(0), width=4, heads=2, hidden=3)
    >>> len(jax.tree.leaves(network.laws(network.params)))
    5
    """
    check_key(key)
    _check_widths(width=width, heads=heads, hidden=hidden)
    if width % heads:
        raise ValueError(
            f"`heads` must divide `width`, but {heads} does not divide {width}. Pass a width that "
            f"is a multiple of the number of heads."
        )
    keys = jax.random.split(key, 3)
    block = attention_network(
        keys[0],
        width=width,
        head_width=width // heads,
        heads=heads,
        key_heads=key_heads,
        tokens=tokens,
        causal=True,
        rotary=rotary,
    )
    layer = feedforward_network(
        keys[1], inputs=width, hidden=hidden, outputs=width, activation="silu", gated=True
    )
    scales = _drawn(keys[2], {"attention_scale": (width,), "mlp_scale": (width,)})
    params = {"attention": block.params, "mlp": layer.params} | jax.tree.map(_near_one, scales)

    def apply(params: PyTree, x: Array) -> Array:
        scaled = _normalized(x, 1, 1e-6, centred=False) * params["attention_scale"][None]
        x = x + block.apply(params["attention"], scaled)
        scaled = _normalized(x, 1, 1e-6, centred=False) * params["mlp_scale"][None]
        return x + jax.vmap(layer.apply, (None, 0))(params["mlp"], scaled)

    def laws(params: PyTree) -> list[PyTree]:
        attention, mlp = params["attention"], params["mlp"]
        read = sum(jnp.sum(attention[n] ** 2, axis=(0, 1)) for n in ("query", "key", "value"))
        return [
            *block.laws(attention),
            *layer.laws(mlp),
            params["attention_scale"] ** 2 - read,
            params["mlp_scale"] ** 2 - _squares(mlp["in"], 0) - _squares(mlp["gate"], 0),
        ]

    return function_network(apply, params, block.draw_input, laws)


def _drawn(key: Array, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Normal numbers for each name."""
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    return {name: draw.normal(size=shape) for name, shape in shapes.items()}


def _near_one(normal: np.ndarray) -> np.ndarray:
    """Scales of neurons."""
    return 1 + 0.3 * np.tanh(normal)


@cache
def _normal(shape: tuple[int, ...]) -> Callable[[Array], Array]:
    """Draws normal numbers; one function for each shape, whose program all networks share."""
    return partial(jax.random.normal, shape=shape)


def _normalized(values: Array, axis: int, eps: float, centred: bool = True) -> Array:
    """Divided by the root of the mean square along an axis, after their mean is taken out."""
    if centred:
        values = values - jnp.mean(values, axis=axis, keepdims=True)
    return values / jnp.sqrt(jnp.mean(values**2, axis=axis, keepdims=True) + eps)


def _turned(vectors: Array) -> Array:
    """Pairs of coordinates turned by the place of their token, (heads, tokens, width)."""
    heads, tokens, width = vectors.shape
    speeds = ROTARY_BASE ** (-jnp.arange(0, width, 2) / width)
    angles = (jnp.arange(1.0 * tokens)[:, None] * speeds[None])[None]
    first, second = jnp.moveaxis(vectors.reshape(heads, tokens, width // 2, 2), -1, 0)
    turned = [
        jnp.cos(angles) * first - jnp.sin(angles) * second,
        jnp.sin(angles) * first + jnp.cos(angles) * second,
    ]
    return jnp.stack(turned, axis=-1).reshape(heads, tokens, width)


def _squares(matrix: Array, axis: int) -> Array:
    return jnp.sum(matrix**2, axis=axis)


def _gram(rows: Array) -> Array:
    """The inner products of the rows of every head, (heads, width, width)."""
    return jnp.einsum("hid,hjd->hij", rows, rows)


def _outer(vectors: Array) -> Array:
    return vectors[:, :, None] * vectors[:, None, :]


def _upper(symmetric: Array) -> Array:
    """The entries of symmetric matrices on and above the diagonal."""
    rows, columns = jnp.triu_indices(symmetric.shape[-1])
    return symmetric[..., rows, columns]


def _check_widths(**widths: Any) -> None:
    for name, value in widths.items():
        checks.whole_number(name, value)


def _one_of(name: str, value: Any, allowed: Any) -> str:
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        raise ValueError(f"`{name}` must be one of {words}, but it is {value!r}.")
    return value
