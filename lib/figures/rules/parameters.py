"""Parameters of JAX's primitives that no rule reads, each with the reason why no number changes.

A parameter that is neither read by the rule of its primitive nor listed here stops the
translation: what a new version of JAX adds is not passed over in silence.
"""

RESULT = "the shapes or dtypes of the results say it, and those are read"
PLACE = "where an array lies in memory, or on which devices"
SPEED = "how the work is ordered or compiled, not what is computed"
DERIVATIVE = "how to differentiate; when a function is translated, that has been done"
NAME = "a label for people"
ROUNDING = "which of several algorithms rounds the result; all are right to a few last digits"
ONE_PLACE = "a promise of the reader's about the indices; JAX leaves open what a broken one gives"
OWN = "the primitive's own operation once more"

NOT_READ: dict[str, dict[str, str]] = {
    "every primitive": {
        "accuracy": ROUNDING,
        "algorithm": ROUNDING,
        "indices_are_sorted": ONE_PLACE,
        "name": NAME,
        "out_sharding": PLACE,
        "preferred_element_type": RESULT,
        "sharding": PLACE,
        "unique_indices": ONE_PLACE,
        "weak_type": "whether later operations promote the dtype; those have been traced",
    },
    "approx_top_k": {
        "k": RESULT,
        "recall_target": "a processor finds all of the largest",
        "reduction_input_size_override": "a processor finds all of the largest",
    },
    "composite": {"attributes": NAME, "version": NAME},
    "cond": {"branches_platforms": "branches for other processors than the one at hand"},
    "custom_jvp_call": {
        "jvp_jaxpr_fun": DERIVATIVE,
        "num_consts": DERIVATIVE,
        "symbolic_zeros": DERIVATIVE,
    },
    "custom_vjp_call": {
        "bwd": DERIVATIVE,
        "fwd_jaxpr_thunk": DERIVATIVE,
        "num_consts": DERIVATIVE,
        "out_trees": DERIVATIVE,
        "symbolic_zeros": DERIVATIVE,
    },
    "custom_vmap_call": {
        "in_tree": RESULT,
        "out_tree": RESULT,
        "rule": "how to batch; when a function is translated, that has been done",
    },
    "device_put": {"copy_semantics": PLACE, "devices": PLACE, "srcs": PLACE},
    "eigh": {"sort_eigenvalues": "a processor sorts them in any case"},
    "empty2": {"memory_space": PLACE},
    "eval_jaxpr": {"subfuns": "the function that `call_jaxpr` was traced from"},
    "iota": {"dtype": RESULT, "shape": RESULT},
    "jit": {
        "compiler_options_kvs": SPEED,
        "ctx_mesh": PLACE,
        "donated_invars": SPEED,
        "in_layouts": PLACE,
        "in_shardings": PLACE,
        "inline": SPEED,
        "keep_unused": SPEED,
        "out_layouts": PLACE,
        "out_shardings": PLACE,
    },
    "linear_call": {"num_callee_consts": RESULT, "num_res": RESULT, "transpose_thunk": DERIVATIVE},
    "mul": {"out_dtype": RESULT},
    "polynomial": {"unroll": SPEED},
    "random_seed": {"impl": RESULT},
    "random_wrap": {"impl": RESULT},
    "pure_callback": {
        "result_avals": RESULT,
        "vmap_method": "how to batch; when a function is translated, that has been done",
    },
    "reduce": {"computation": "the function that `jaxpr` was traced from"},
    "remat2": {"differentiated": DERIVATIVE, "policy": SPEED, "prevent_cse": SPEED},
    "remat_opt": {"fun_jaxpr_thunk": DERIVATIVE, "num_consts": DERIVATIVE, "num_res": DERIVATIVE},
    "reshape": {"new_sizes": RESULT},
    "scan": {"ft_out": RESULT, "unroll": SPEED},
    **{
        f"scatter-{operation}": {"update_consts": OWN, "update_jaxpr": OWN}
        for operation in ("add", "sub", "mul", "max", "min")
    },
    "sharding_constraint": {"context_mesh": PLACE, "layout": PLACE, "unconstrained_dims": PLACE},
    "slice": {"limit_indices": RESULT},
    "squeeze": {"dimensions": RESULT},
    "svd": {"compute_uv": RESULT, "full_matrices": RESULT},
    "tile": {"reps": RESULT},
    "top_k": {"k": RESULT},
    "triangular_solve": {"conjugate_a": "of a real matrix, the matrix itself"},
}
