"""Primitives of JAX that have no rule: why, and what a reader can do instead."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """Why some primitives are left out, what to do instead, and their names."""

    why: str
    instead: str
    names: tuple[str, ...]


def started(*names: str) -> tuple[str, ...]:
    """The names of operations that are begun and ended by two primitives of their own."""
    return tuple(f"{name}{end}" for name in names for end in ("", "_start", "_done"))


LEFT_OUT = (
    Reason(
        "complex numbers",
        "compute with the real and the imaginary parts as two arrays",
        ("complex", "conj", "imag", "real", "fft", "eig"),
    ),
    Reason(
        "several devices",
        "a page has one processor; leave it out, or use jax.vmap(…, axis_name=…)",
        (
            *started("all_gather", "all_to_all", "pbroadcast", "ppermute", "reduce_scatter"),
            *("all_gather_reduced", "all_gather_reduced_start", "psum_invariant"),
            *("psum_invariant_start", "unreduced_psum", "unreduced_psum_start"),
            *("unreduced_reduce_scatter", "unreduced_reduce_scatter_start"),
            *("all_gather_invariant", "axis_index", "pbroadcast_dynamic", "preduced", "psum_done"),
            *("precv", "psend", "psum_start", "pvary", "ragged_all_to_all", "reduced_vary_cast"),
            *("reduced_vary_cast_p", "relayout", "reshard", "shard_map", "unreduced_pmax"),
            *("unreduced_pmin", "vary_unreduced_cast", "vary_unreduced_cast_p"),
            *("inspect_sharding", "layout_constraint", "with_memory_space_constraint"),
            *("custom_partitioning", "global_array_to_host_local_array"),
            "host_local_array_to_global_array",
        ),
    ),
    Reason(
        "printing and calling Python",
        "remove it: a page has no console and no Python",
        ("debug_callback", "debug_print", "io_callback", "call_exported", "ffi_call"),
    ),
    Reason(
        "references that are written to, and effects",
        "return the new array instead, as x.at[i].set(y) does",
        (
            *("after_all", "create_linear", "create_token", "dce_sink", "get", "pin", "run_state"),
            *("stage", "swap", "tie", "unpin"),
        ),
    ),
    Reason(
        "random numbers that differ between processors",
        "use a key of threefry2x32, JAX's default",
        (
            *("rng_bit_generator", "rng_uniform", "iota_2x32_shape", "philox2x32", "philox4x32"),
            "threefry4x32",
        ),
    ),
    Reason(
        "other processors only",
        "write it with other operations of JAX",
        (
            *("core_map", "cudnn_fusion", "scaled_dot", "scaled_matmul", "scaled_matmul_wrapper"),
            *(
                f"dot_product_attention_{which}{wrapper}"
                for which in ("fwd", "bwd", "fp8_fwd", "fp8_bwd")
                for wrapper in ("", "_wrapper")
            ),
        ),
    ),
    Reason(
        "shapes that are not known, and checks of them",
        "pass examples of a fixed shape",
        ("broadcast_to", "check", "dim_as_value", "dimension_size", "shape_assertion"),
    ),
    Reason(
        "other decompositions",
        "use cholesky, eigh, lu, qr or svd",
        (
            *("cholesky_update", "geqp3", "hessenberg", "schur", "symmetric_product"),
            "tridiagonal",
        ),
    ),
    Reason(
        "inside of JAX only",
        "write it with other operations of JAX",
        ("custom_lin", "empty", "from_edtype", "to_edtype", "unreachable"),
    ),
)
