"""What `lib` uses of JAX beyond its public interface, for every version that it is tested with.

Whatever is private in JAX, or moves from one version to the next, stands here and nowhere else.
After a new version of JAX has come out, run tests/translation with it and mend what breaks here.
"""

from __future__ import annotations

import math
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
from jax.extend.core import primitives as public_primitives

TESTED = ((0, 10, 2), (0, 13))  # the oldest version, and the first beyond the newest series


def version() -> tuple[int, ...]:
    """JAX's version as numbers."""
    return jax.__version_info__


def version_words() -> str:
    """What to do about an error that is not the reader's, by JAX's version."""
    oldest, beyond = (".".join(map(str, numbers)) for numbers in TESTED)
    if TESTED[0] <= version() < TESTED[1]:
        return (
            f"lib.figures is tested with this version of JAX, {jax.__version__}, so the fault is "
            "its own: please report it"
        )
    return (
        f"This is JAX {jax.__version__}, and lib.figures is tested with {oldest} and later, below "
        f"{beyond}: install one of those"
    )


try:
    from jax._src import dispatch, source_info_util
    from jax._src.interpreters import mlir, partial_eval
    from jax._src.lax import lax, linalg, special
    from jax._src.random.core import _gamma_impl

    # How JAX writes some operations with other ones.
    IMPLEMENTATIONS: dict[str, Callable] = {
        "igamma": special.igamma_impl,
        "igamma_grad_a": special.igamma_grad_a_impl,
        "igammac": special.igammac_impl,
        "lu_pivots_to_permutation": linalg._generic_lu_pivots_to_permutation,
        "qr": linalg._qr_lowering,
        "ragged_dot_general": lax._ragged_dot_general_impl,
        "random_gamma": _gamma_impl,
        "regularized_incomplete_beta": special.regularized_incomplete_beta_impl,
    }
except (ImportError, AttributeError) as error:
    raise ImportError(f"{error}. {version_words()}") from error


# What digamma is at its pole 0; the function has no value there.
DIGAMMA_OF_ZERO = -math.inf if version() >= (0, 11) else math.nan


def live(jaxpr: Any) -> Any:
    """A jaxpr without the equations that no result depends on."""
    return partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars), instantiate=True)[0]


def scan_lengths(params: Mapping[str, Any]) -> tuple[int, int]:
    """How many constants and how many carried values a scan has."""
    if "ft_in" in params:  # since JAX 0.11
        consts, carry, _ = params["ft_in"].unpack()
        return len(consts), len(carry)
    return params["num_consts"], params["num_carry"]


def expanded(primitive: Any) -> Callable | None:
    """What a primitive does in terms of other ones, as a function of its operands and parameters.

    Args:
      primitive: one of JAX's operations that stand for a whole function (since 0.11: searchsorted,
        a custom derivative, …), or one that another library defines by a function of Python.

    Returns:
      That function; None for a primitive that only JAX's compiler knows.
    """
    if primitive.name == "call_hi_primitive":
        return primitive.to_lojax
    function = getattr(primitive.impl, "func", primitive.impl)
    by_compiler = function is dispatch.apply_primitive
    of_jax = str(getattr(function, "__module__", "jax")).split(".")[0] == "jax"
    return None if by_compiler or of_jax else primitive.impl


def generator(implementation: Any) -> str:
    """The name of a random generator, from the dtype of its keys or a parameter of a primitive."""
    return getattr(implementation, "_impl", implementation).name


def threefry_is_partitionable() -> bool:
    """Whether keys are split, and bits drawn, in the way that has been JAX's own since 0.5."""
    return jax.config.jax_threefry_partitionable


def callback_of(params: Mapping[str, Any]) -> Any:
    """The reader's or library's own function that a callback calls."""
    callback = params["callback"]
    return getattr(callback, "callback_func", callback)


def source_line(equation: Any) -> str:
    """Where the reader's own code asked for an operation; empty where JAX has not kept it.

    It is the innermost line that is neither Python's, nor JAX's, nor that of an installed library:
    the line that calls diffrax, not the one inside of it. A function that a library jits keeps no
    line outside of itself; the equation that calls it does.
    """
    traceback = equation.source_info.traceback
    codes, places = traceback.raw_frames() if traceback else ([], [])
    for code, place in zip(codes, places, strict=True):
        if Path(code.co_filename).is_relative_to(FIGURES):  # beyond it is who asked for the figure
            return ""
        if source_info_util.is_user_filename(code.co_filename) and not installed(code.co_filename):
            frame = source_info_util.raw_frame_to_frame(code, place)
            return f"{frame.file_name}:{frame.start_line} ({frame.function_name})"
    return ""


FIGURES = Path(__file__).parent
LIBRARIES = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib")]


def installed(file_name: str) -> bool:
    """Whether a file belongs to an installed library or to Python."""
    return any(Path(file_name).is_relative_to(folder) for folder in LIBRARIES)


def names_of_primitives() -> set[str]:
    """The names of JAX's primitives: those it makes public, and those it can compile or expand."""
    public = {getattr(public_primitives, n) for n in dir(public_primitives) if n.endswith("_p")}
    compiled = set(mlir._lowerings).union(*mlir._platform_specific_lowerings.values())
    names = {primitive.name for primitive in public | compiled if expanded(primitive) is None}
    # JAX's own functions are such primitives since 0.11.
    return names | {"call_hi_primitive"} if version() >= (0, 11) else names
