"""A function in which each primitive occurs, by the primitive's name."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jax.extend import random as jex_random
from jax.extend.core import primitives

MATRIX = np.array([[2.0, -0.5, 1.25], [-0.5, 3.5, 0.75], [1.25, 0.75, -1.5]])
ROW = np.array([0.25, -1.5, 2.5, 0.0, -0.0])
POSITIVE = np.array([0.25, 1.5, 2.5, 7.0])
UNIT = np.array([-0.75, 0.0, 0.125, 0.5])
WHOLE = np.array([5, -7, 0, 2**31 - 1, -(2**31)], np.int32)
FLAGS = np.array([True, False, True])
IMAGE = np.arange(30.0).reshape(5, 6) % 7


def unary(names, *arrays):
    """Functions of lax by their names, all of the same arrays."""
    return {name: (getattr(lax, name), *arrays) for name in names.split()}


def total_order(name):
    """A comparison of JAX's sorting, which its public functions only use inside."""
    from jax._src.lax import lax as inside

    return getattr(inside, f"{name}_p").bind


def keyed(draw):
    """A draw from a key with a seed that is an argument."""
    return lambda seed: draw(jax.random.key(seed)), np.int32(7)


@jax.custom_jvp
def custom_forward(x):
    return jnp.sin(x)


custom_forward.defjvp(lambda x, t: (custom_forward(*x), 2 * t[0]))


@jax.custom_vjp
def custom_backward(x):
    return jnp.sin(x)


custom_backward.defvjp(lambda x: (custom_backward(x), x), lambda x, t: (3 * t * x,))


@jax.custom_vjp
def remembered_backward(x):
    return jnp.sin(x)


remembered_backward.defvjp(
    lambda x: (remembered_backward(x), x), lambda x, t: (3 * t * x,), optimize_remat=True
)


@jax.custom_batching.custom_vmap
def custom_batch(x):
    return jnp.sin(x)


custom_batch.def_vmap(lambda size, batched, x: (2 * jnp.sin(x), True))


def linear(x):
    """A function with a transpose of its own."""
    product = (lambda factor, v: factor * v,) * 2
    return jax.custom_derivatives.linear_call(*product, 2.0, x)


def checked(x):
    """What raises an error where the argument is negative."""
    return eqx.error_if(x, x < 0, "negative")


def collective(name):
    """A reduction over an axis that vmap names."""
    reduce = getattr(lax, name)
    return lambda x: jax.vmap(lambda v: v - reduce(v, "batch"), axis_name="batch")(x)


def solved_by_lu(a):
    return jax.scipy.linalg.lu_solve(jax.scipy.linalg.lu_factor(a), a[0])


def empty(x):
    """A number that nobody has set, and that counts for nothing."""
    from jax._src.lax import lax as inside

    nobody = inside.empty2_p.bind(dtype=x.dtype, memory_space=jax.memory.Space.Device)
    return jnp.where(x == x, x, nobody)


def pooled(x, start=-np.inf, combine=lax.max):
    return lax.reduce_window(x, start, combine, (2, 3), (2, 1), "SAME")


def select_and_scatter(x):
    from jax._src.lax import windowed_reductions as inside

    source = 1.0 + jnp.arange(12.0).reshape(3, 4)
    more = [(2, 2), (2, 2), ((1, 1), (1, 1))]
    return inside._select_and_scatter(x, lax.ge, *more, source, jnp.float64(0), lax.add)


def ragged(x):
    return lax.ragged_dot(x, jnp.ones((2, 6, 3)) * x[:2, 0, None, None], jnp.array([2, 3]))


def eigh(a):
    """What doesn't depend on the signs of eigenvectors."""
    values, vectors = jnp.linalg.eigh(a)
    return values, abs(vectors), (vectors * values[None]) @ vectors.T


def svd(a):
    """What doesn't depend on the signs of singular vectors."""
    u, values, v = jnp.linalg.svd(a)
    return values, abs(u), abs(v), u @ v


def called(primitive, **params):
    """A sine through one of the calls that JAX's transformations leave behind."""
    from jax._src import api_util, linear_util

    def call(x):
        info = api_util.debug_info("called", jnp.sin, (x,), {})
        sine = linear_util.wrap_init(lambda x: [jnp.sin(x)], debug_info=info)
        return primitive.bind(x, subfuns=(sine,), **params)[0]

    return call, 0.3


def here():
    """This processor."""
    return jax.sharding.SingleDeviceSharding(jax.devices()[0])


EXAMPLES = {
    # arithmetic
    **unary("add sub mul div rem max min pow atan2 nextafter", POSITIVE, POSITIVE[::-1]),
    **unary("neg sign abs square ceil floor round is_finite", ROW),
    **unary("eq ne lt le gt ge", ROW, ROW[::-1]),
    **{name: (total_order(name), ROW, ROW[::-1]) for name in ("eq_to", "lt_to", "le_to")},
    "add_any": (jax.grad(lambda x: x * jnp.sin(x)), 0.3),
    "mulhi": (lax.mulhi, WHOLE, WHOLE[::-1]),
    "integer_pow": (lambda x: lax.integer_pow(x, 3), ROW),
    # real functions
    **unary("exp exp2 expm1 sin cos tan sinh cosh tanh asinh atan cbrt logistic", ROW),
    **unary("acos asin atanh erf erfc erf_inv", UNIT),
    **unary("log log1p sqrt rsqrt lgamma digamma bessel_i0e bessel_i1e", POSITIVE),
    **unary("igamma igammac igamma_grad_a zeta", POSITIVE + 1, POSITIVE[::-1]),
    "acosh": (lax.acosh, POSITIVE + 1),
    "polygamma": (lax.polygamma, np.arange(4.0), POSITIVE),
    "regularized_incomplete_beta": (lax.betainc, POSITIVE, POSITIVE[::-1], abs(UNIT)),
    # bits and conversions
    "and": (lax.bitwise_and, WHOLE, WHOLE[::-1]),
    "or": (lax.bitwise_or, WHOLE, WHOLE[::-1]),
    "xor": (lax.bitwise_xor, WHOLE, WHOLE[::-1]),
    "not": (lax.bitwise_not, WHOLE),
    **unary("clz population_count", WHOLE),
    **unary("shift_left shift_right_logical shift_right_arithmetic", WHOLE, abs(WHOLE) % 31),
    "bitcast_convert_type": (lambda x: lax.bitcast_convert_type(x, jnp.int64), ROW),
    "convert_element_type": (lambda x: lax.convert_element_type(x, jnp.int32), ROW),
    "reduce_precision": (lambda x: lax.reduce_precision(x, 5, 3), ROW / 3),
    "clamp": (lambda x: lax.clamp(-1.0, x, 1.0), ROW),
    # moving elements
    "broadcast_in_dim": (lambda x: jnp.broadcast_to(x, (2, 5)), ROW),
    "concatenate": (lambda x: jnp.concatenate([x, x]), ROW),
    "dynamic_slice": (lambda x: lax.dynamic_slice(x, (WHOLE[0],), (2,)), ROW),
    "dynamic_update_slice": (lambda x, i: lax.dynamic_update_slice(x, x[:2], (i,)), ROW, WHOLE[0]),
    "gather": (lambda x: x[np.array([3, 0, 1])], ROW),
    "iota": (lambda x: x + lax.iota(jnp.float64, 5), ROW),
    "pad": (lambda x: lax.pad(x, 0.5, ((1, -1, 1),)), ROW),
    "reshape": (lambda x: lax.reshape(x, (2, 15), (1, 0)), IMAGE),
    "rev": (lambda x: x[::-1], ROW),
    "scatter": (lambda x: x.at[np.array([3, 9])].set(5.0), ROW),
    "scatter-add": (lambda x: x.at[np.array([3, 3])].add(5.0), ROW),
    "scatter-sub": (lambda x: x.at[np.array([3, 3])].subtract(5.0), ROW),
    "scatter-mul": (lambda x: x.at[np.array([1, 1])].multiply(5.0), ROW),
    "scatter-max": (lambda x: x.at[np.array([1, 2])].max(0.5), ROW),
    "scatter-min": (lambda x: x.at[np.array([1, 2])].min(0.5), ROW),
    "select_n": (lambda p, x: lax.select(p, x, -x), FLAGS, ROW[:3]),
    "slice": (lambda x: x[1:4], ROW),
    "split": (lambda x: jnp.split(x, [2]), ROW),
    "squeeze": (lambda x: x[:1].squeeze(), ROW),
    "stack": (lambda x: jnp.stack([x, -x]), ROW),
    "tile": (lambda x: jnp.tile(x, (2,)), ROW),
    "transpose": (jnp.transpose, IMAGE),
    "unstack": (lax.unstack, IMAGE),
    # reductions and sorting
    "reduce_sum": (jnp.sum, ROW),
    "reduce_prod": (jnp.prod, POSITIVE),
    "reduce_max": (jnp.max, ROW),
    "reduce_min": (jnp.min, ROW),
    "reduce_and": (jnp.all, FLAGS),
    "reduce_or": (jnp.any, FLAGS),
    "reduce_xor": (lambda n: lax.reduce_xor(n, (0,)), WHOLE),
    "reduce": (lambda x: lax.reduce(x, 1.0, lambda a, b: a + 2 * b - b, (0,)), IMAGE),
    "argmax": (jnp.argmax, ROW),
    "argmin": (jnp.argmin, ROW),
    **{name: (collective(name), ROW) for name in ("psum", "pmax", "pmin")},
    **unary("cumsum cumprod cummax cummin cumlogsumexp", POSITIVE),
    "sort": (jnp.sort, ROW),
    "top_k": (lambda x: lax.top_k(x, 3), ROW),
    "approx_top_k": (lambda x: lax.approx_max_k(x, 2)[0], POSITIVE),
    "dot_general": (lambda x: x @ x, MATRIX),
    "ragged_dot_general": (ragged, IMAGE),
    # windows and convolutions
    "conv_general_dilated": (lambda x: jnp.convolve(x, x[:3]), ROW),
    "reduce_window": (lambda x: pooled(x, 1.0, lambda a, b: a * b + a - a), POSITIVE.reshape(2, 2)),
    "reduce_window_max": (pooled, IMAGE),
    "reduce_window_min": (lambda x: pooled(x, np.inf, lax.min), IMAGE),
    "reduce_window_sum": (lambda x: pooled(x, 0.0, lax.add), IMAGE),
    "select_and_gather_add": (lambda x: jax.jvp(pooled, (x,), (x**2,)), IMAGE),
    "select_and_scatter": (select_and_scatter, IMAGE),
    "select_and_scatter_add": (jax.grad(lambda x: (pooled(x) ** 2).sum()), IMAGE),
    # linear algebra
    "cholesky": (lambda a: jnp.linalg.cholesky(a @ a), MATRIX),
    "custom_linear_solve": (lambda a: jnp.linalg.solve(a, a[0]), MATRIX),
    "eigh": (eigh, MATRIX),
    "geqrf": (lambda a: lax.linalg.householder_product(*linalg().geqrf(a)), MATRIX),
    "householder_product": (lambda a: lax.linalg.householder_product(a, a[0] / 9), MATRIX),
    "lu": (lax.linalg.lu, MATRIX),
    "lu_pivots_to_permutation": (solved_by_lu, MATRIX),
    "ormqr": (lambda a: jax.scipy.linalg.qr_multiply(a, a + 1), MATRIX),
    "qr": (jnp.linalg.qr, MATRIX),
    "svd": (svd, MATRIX),
    "triangular_solve": (lambda a: lax.linalg.triangular_solve(a, a, left_side=True), MATRIX),
    "tridiagonal_solve": (lambda a: lax.linalg.tridiagonal_solve(a[1], a[0], a[2], a), MATRIX),
    # random numbers
    "random_seed": keyed(jax.random.key_data),
    "random_split": keyed(lambda key: jax.random.key_data(jax.random.split(key))),
    "random_fold_in": keyed(lambda key: jax.random.key_data(jax.random.fold_in(key, 3))),
    "random_bits": keyed(lambda key: jax.random.bits(key, (3,), jnp.uint32)),
    "random_clone": keyed(lambda key: jax.random.key_data(jax.random.clone(key))),
    "random_gamma": keyed(lambda key: jax.random.gamma(key, POSITIVE)),
    "random_unwrap": keyed(jax.random.key_data),
    "random_wrap": (lambda n: jax.random.normal(jax.random.PRNGKey(n)), np.int32(7)),
    "threefry2x32": (
        lambda n: jex_random.threefry_2x32(n[:2].astype("uint32"), n.astype("uint32")),
        WHOLE,
    ),
    # control flow
    "jit": (jax.jit(jnp.sin), 0.3),
    "composite": (lax.composite(jnp.sin, name="book.sine"), 0.3),
    "cond": (lambda x: lax.cond(x > 0, jnp.sin, jnp.cos, x), 0.3),
    "custom_jvp_call": (custom_forward, 0.3),
    "custom_vjp_call": (custom_backward, 0.3),
    "custom_vmap_call": (custom_batch, 0.3),
    "linear_call": (linear, 0.3),
    "pure_callback": (checked, 0.3),
    "remat_opt": (jax.grad(remembered_backward), 0.3),
    "remat2": (jax.grad(jax.checkpoint(jnp.sin)), 0.3),
    "scan": (lambda x: lax.scan(lambda c, v: (c * v, c + v), 1.0, x), ROW),
    "while": (lambda x: lax.while_loop(lambda c: c < 9, lambda c: 2 * c + 1, x), 0.3),
    "platform_index": (lambda x: lax.platform_dependent(x, cpu=jnp.cos, tpu=jnp.sin), 0.3),
    "copy": (jnp.copy, ROW),
    "device_put": (jax.device_put, ROW),
    "empty2": (empty, 0.3),
    "name": (lambda x: checkpoint_name(x, "x"), ROW),
    "optimization_barrier": (lax.optimization_barrier, ROW),
    "stop_gradient": (lax.stop_gradient, ROW),
    "sharding_constraint": (lambda x: lax.with_sharding_constraint(x, here()), ROW),
}


# Primitives that only some of the versions of JAX have.
if jax.__version_info__ < (0, 12):
    EXAMPLES |= {
        "call": called(primitives.call_p),
        "closed_call": called(primitives.closed_call_p, call_jaxpr=jax.make_jaxpr(jnp.sin)(0.3)),
    }
else:
    EXAMPLES |= {
        "call_hi_primitive": (lambda x: jnp.searchsorted(x, 0.5), np.sort(ROW)),
        "eval_jaxpr": (lambda x: jax.jit(jnp.sin).trace(x)(x), 0.3),
        "log2": (lax.log2, POSITIVE),
        "one_minus_square": (lax.one_minus_square, ROW),
        "polynomial": (lambda x: lax.polynomial(x, [1.0, -2.0, x, 0.25]), ROW),
    }


def linalg():
    """JAX's own linear algebra, part of which is not public."""
    from jax._src.lax import linalg as inside

    return inside
