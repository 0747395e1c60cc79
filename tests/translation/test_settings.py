"""Random generators other than JAX's default, and settings of JAX that change numbers."""

from fnmatch import fnmatch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree

from lib.figures import UntranslatableError, to_javascript

GENERATORS = ("rbg", "unsafe_rbg")


def made_inside(generator):
    return lambda x: x * jax.random.normal(jax.random.key(7, impl=generator))


def constant(generator):
    key = jax.random.key(7, impl=generator)
    return lambda x: x * jax.random.normal(key)


def array_of_keys(generator):
    keys = jax.random.split(jax.random.key(7, impl=generator), 3)
    return lambda x: x * jax.vmap(jax.random.normal)(keys)


def only_moved(generator):
    """A constant that no random primitive reads."""
    keys = jax.random.split(jax.random.key(7, impl=generator), 3)
    return lambda x: (x, jax.random.key_data(keys[::-1]))


def wrapped(generator):
    words = jnp.arange(4, dtype="uint32")
    return lambda x: x * jax.random.normal(jax.random.wrap_key_data(words, impl=generator))


def under_a_branch(generator):
    key = jax.random.key(7, impl=generator)
    return lambda x: jax.lax.cond(x > 0, lambda: jax.random.normal(key), lambda: 0.0)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize(
    "function", [made_inside, constant, array_of_keys, only_moved, wrapped, under_a_branch]
)
def test_a_key_of_another_generator_is_refused(function, generator):
    with pytest.raises(UntranslatableError) as caught:
        to_javascript(function(generator), 1.0)
    assert (
        f"a key of the random generator {generator}: expected one of threefry2x32, JAX's default; "
        'make it by jax.random.key(seed, impl="threefry2x32")'
    ) in str(caught.value)


def test_a_key_of_the_default_generator_is_a_constant_like_others(node):
    for function in (constant, array_of_keys, only_moved):
        agree(node, function("threefry2x32"), 2.0)


OFF = (
    "random numbers with jax_threefry_partitionable switched off are others than a page's; switch "
    "it on, as it is by default"
)
DRAWS = {
    "split": lambda key: jax.random.key_data(jax.random.split(key)),
    "bits": lambda key: jax.random.bits(key, (3,)),
    "uniform": lambda key: jax.random.uniform(key, (3,), jnp.float32),
    "normal": jax.random.normal,
    "permutation": lambda key: jax.random.permutation(key, 5),
    "gamma": lambda key: jax.random.gamma(key, 2.0),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_older_way_of_drawing_is_refused(name):
    with jax.threefry_partitionable(False), pytest.raises(UntranslatableError) as caught:
        to_javascript(lambda seed: DRAWS[name](jax.random.key(seed)), 0)
    assert OFF in str(caught.value)


def test_settings_that_tracing_honours(node):
    """Each of these settings changes the numbers, and JAX has it in the traced function."""
    x = np.array([0.3, -1.5, 2.0])
    with jax.enable_x64(False):
        agree(node, lambda x: jnp.sin(x) / 3, x.astype("float32"))
    old = jax.config.jax_random_seed_offset
    jax.config.update("jax_random_seed_offset", 5)
    try:
        agree(node, lambda s: jax.random.normal(jax.random.key(s), (3,)), np.int32(2))
    finally:
        jax.config.update("jax_random_seed_offset", old)


# Every setting of JAX, by the reason why a figure's numbers are right whatever it is. The names
# may end in *, which stands for any end.
WHY = {
    "refused where it changes numbers": ["jax_threefry_partitionable"],
    "at work when a function is traced, so the traced function has it": [
        *("jax_default_prng_impl", "jax_enable_custom_prng", "jax_enable_x64"),
        *("jax_explicit_x64_dtypes", "jax_high_dynamic_range_gumbel", "jax_numpy_*"),
        *("jax_random_seed_offset", "jax_softmax_custom_jvp", "jax_use_direct_linearize"),
        *("eager_constant_folding", "jax_disable_jit", "jax_*3", "jax_bcoo_*", "jax2tf_*"),
        *("jax_remat_barrier_no_cotangents", "jax_use_simplified_jaxpr_constants"),
    ],
    "rounding in the last digits": [
        *("jax_accurate_erf_inv", "jax_disable_most_optimizations", "jax_exec_time_*"),
        *("jax_optimization_level", "jax_use_hlo_logistic_lowering", "jax_use_magma"),
    ],
    "of numbers in 16 bits, which are refused": ["jax_allow_f16_reductions"],
    "of products on other processors; on this one all precisions are the operands' own": [
        "jax_default_matmul_precision"
    ],
    "checks and errors": [
        *("jax_check_*", "check_vma", "jax_debug_*", "jax_enable_checks", "jax_error_checking_*"),
        *("jax_legacy_prng_key", "jax_no_*", "jax_thread_guard", "jax_transfer_guard*"),
        *("jax_array_garbage_collection_guard", "jax_disable_bwd_checks", "jax_disallow_*"),
        *("jax_disable_vmap_shmap_error", "jax_mutable_array_checks", "jax_raise_*"),
        "jax_experimental_unsafe_xla_runtime_errors",
    ],
    "messages, logs and names": [
        *("jax_captured_*", "jax_compiler_detailed_*", "jax_distributed_debug", "jax_dump_*"),
        *("jax_explain_cache_misses", "jax_hlo_source_*", "jax_include_*", "jax_log*"),
        *("jax_pprint_use_color", "jax_send_traceback_*", "jax_source_url_schema"),
        *("jax_trace*", "jax_xla_profile_version", "jax_mosaic_unzip_debug_locations"),
    ],
    "caches and speed": [
        *("jax_compilation_*", "jax_compiler_enable_remat_pass", "jax_enable_compilation_cache"),
        *("jax_enable_pgle", "jax_memory_fitting_*", "jax_persistent_*", "jax_pgle_*"),
        *("jax_remove_custom_partitioning_*", "jax_share_binary_*", "jax_embedded_*"),
        *("jax_refs_to_pins", "jax_use_cpp_shard_args", "jax_use_rgv3"),
    ],
    "which processor, and several of them": [
        *("jax_auto_pcast", "jax_backend_target", "jax_cpu_*", "jax_cross_host_*"),
        *("jax_cuda_*", "jax_default_device", "jax_distributed_*", "jax_enable_preemption_*"),
        *("jax_enable_recoverability", "jax_force_dcn_*", "jax_mock_gpu_topology", "jax_mosaic_*"),
        *("jax_mtls_*", "jax_num_cpu_devices", "jax_oneapi_*", "jax_pallas_*", "jax_pjrt_*"),
        *("jax_platform*", "jax_ragged_dot_*", "jax_remove_size_one_*", "jax_rocm_*"),
        *("jax_sort_devices_*", "jax_threefry_gpu_*", "jax_use_emit_pipeline_primitive"),
        *("jax_use_shardy_partitioner", "jax_xla_backend", "mock_num_gpu_processes"),
    ],
    "programs that are saved": ["jax_export_*", "jax_serialization_version"],
}


def test_every_setting_of_jax_is_accounted_for():
    def listed(name):
        patterns = [pattern for names in WHY.values() for pattern in names]
        return [p for p in patterns if fnmatch(name, p)]

    settings = jax.config.values
    assert len(settings) > 100
    assert [name for name in settings if len(listed(name)) == 0] == []
