"""Sweeps: the same numbers on any devices, and nothing lost or half-written when they end early."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import quickly
import xarray
import zarr
from swept import RATES, SEEDS, swept, wander

from lib.sweep import read, sweep

SCRIPT = Path(__file__).parent / "support" / "swept.py"
RUNS = len(RATES) * SEEDS
ENVIRONMENT = os.environ | quickly.environment()


@pytest.fixture(scope="module")
def alone():
    """The whole sweep on one device, in memory."""
    return swept()


def start(*arguments, devices=1):
    """The sweep in a process of its own, compiled as the tests are."""
    flags = f"{ENVIRONMENT['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, SCRIPT, *map(str, arguments)],
        env=ENVIRONMENT | {"XLA_FLAGS": flags},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def done(folder):
    """How many runs are there."""
    return int((zarr.open_group(folder, mode="r")["status"][...] > 0).sum())


def test_a_killed_sweep_goes_on_with_other_devices(alone, tmp_path):
    out = tmp_path / "runs.zarr"
    running = start(out, devices=8)
    try:
        while not list(out.glob("status/c/*/*")):  # not even one chunk is whole
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.002)
        with pytest.raises(RuntimeError, match=rf"^Another process is writing to {out}\. Wait "):
            swept(out=out, resume=True)
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert 0 < done(out) < RUNS
    found = swept(out=out, resume=True)
    xarray.testing.assert_identical(found.load(), alone)
    xarray.testing.assert_identical(read(out).load(), alone)


def test_two_processes_find_the_same(alone, tmp_path):
    out = tmp_path / "runs.zarr"
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    both = [start(out, address, 2, number) for number in range(2)]
    try:
        errors = [each.communicate(timeout=120)[1] for each in both]
    finally:
        for each in both:
            each.kill()
    assert [each.returncode for each in both] == [0, 0], errors
    xarray.testing.assert_identical(read(out).load(), alone)


def test_several_processes_need_a_folder(monkeypatch):
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    with pytest.raises(
        ValueError,
        match=r"^`out` must be a folder that all 2 processes see, but it is None\. Pass a path\.$",
    ):
        swept()


def test_what_is_not_finite_stays_by_itself_and_is_named(alone):
    assert (alone.status == 2).equals((alone.rate > 1).broadcast_like(alone.status))
    assert alone.attrs["not_finite"] == [f"rate 5: {SEEDS} of {SEEDS} runs"]
    calm = swept(settings={"rate": RATES[:2]})
    assert calm.attrs["not_finite"] == []
    assert calm.end.identical(alone.end[:2])
    assert calm.seen.identical(alone.seen[:2])


def test_a_run_is_the_function_at_its_setting_and_seed(alone):
    listed = swept(settings=[{"rate": 0.3}, {"rate": 0.01}], seeds=[3, 1])
    assert listed.end.dims == ("setting", "seed", "coordinate")
    assert listed.rate.dims == ("setting",)
    assert np.array_equal(listed.end[0], alone.end.sel(rate=0.3, seed=[3, 1]))
    assert np.array_equal(listed.end[1], alone.end.sel(rate=0.01, seed=[3, 1]))
    one = wander(jax.random.fold_in(jax.random.key(7), 3), 0.3)["end"]
    assert np.allclose(listed.end[0, 0], one, rtol=1e-12)
    bare = sweep(lambda key: jax.random.normal(key), {}, 5, jax.random.key(1), progress=False)
    assert bare.value.dims == ("seed",)
    assert bare.attrs["not_finite"] == []


def test_the_results_say_what_their_axes_are(alone):
    assert alone.end.dims == ("rate", "seed", "coordinate")
    assert alone.seen.dims == ("rate", "seed", "time")
    assert alone.time.attrs == {"units": "steps"}
    assert alone.rate.attrs == {"long_name": "learning rate"}
    assert alone.status.attrs["flag_meanings"].split()[2] == "not_finite"


class Walk(NamedTuple):
    """What a run may return besides a dict."""

    end: jax.Array
    steps: jax.Array


def test_a_result_keeps_its_dtypes_and_new_attributes_are_taken_on(tmp_path):
    def walk(key, width):
        draws = jax.random.normal(key, (3,), jnp.float32)
        return Walk(draws, jnp.arange(3.0) > width)

    def found(**named):
        given = {"dimensions": {"end": "time"}, "out": tmp_path / "walk.zarr"} | named
        width = {"width": np.float32([1, 2])}
        return sweep(walk, width, np.int64(1), jax.random.key(0), progress=False, **given)

    first = found()
    assert first.end.dims == ("width", "seed", "time")
    assert [first[name].dtype for name in ("end", "steps", "width")] == [
        np.float32,
        bool,
        np.float64,
    ]
    again = found(resume=True, title="a walk", attributes={"end": {"units": "metres"}})
    assert again.equals(first)
    assert again.end.attrs == {"units": "metres"}
    assert again.attrs["title"] == "a walk"


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"`out` cannot be written: File exists: '.*file'$"):
        swept(out=tmp_path / "file" / "runs.zarr")


def test_chunks_fit_into_the_memory():
    def wide(key, width):
        return {"large": width * jax.random.normal(key, (1000,))}

    def chunk(**named):
        found = sweep(wide, {"width": [1.0, 2.0]}, 100, jax.random.key(0), progress=False, **named)
        return np.prod(found.attrs["sweep"]["chunk"])

    assert chunk() == 13  # a sixteenth of the 200 runs, rounded up
    assert 1 <= chunk(memory=100_000) <= 12
    assert chunk(chunk_size=70) == 50
    with pytest.raises(
        ValueError,
        match=r"^`memory` must hold one run, which takes [\d,]+ bytes, but it is 100\. Raise it, "
        r"or let `function` keep less\.$",
    ):
        chunk(memory=100)


def test_a_full_disk_is_said_and_nothing_half_written_counts(tmp_path):
    """The limit on the size of a file stands for the disk: chunks of zeros are small."""

    def late_noise(key, rate):
        return {"x": jnp.where(rate > 1, jax.random.normal(key, (4000,)), 0.0)}

    def run(**named):
        rates = {"rate": [0.0, 0.5, 2.0]}
        return sweep(late_noise, rates, 4, jax.random.key(0), chunk_size=4, progress=False, **named)

    out, limits = tmp_path / "runs.zarr", resource.getrlimit(resource.RLIMIT_FSIZE)
    whole = run()
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
    try:
        with pytest.raises(
            OSError,
            match=r"A chunk could not be written: File too large\. 8 of 12 runs are whole\. Make "
            r"room, and go on with resume=True",
        ):
            run(out=out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done(out) == 8
    assert not (read(out).x.sel(rate=2.0).notnull()).any()
    xarray.testing.assert_identical(run(out=out, resume=True).load(), whole)


def test_a_program_is_compiled_once_in_a_process(caplog):
    factor = 1.0

    def found(key):
        return sweep(
            lambda key, width: factor * width * jax.random.normal(key),
            {"width": [1.0, 2.0]},
            40,
            jax.random.key(key),
            progress=False,
        )

    def compiled():
        lines = [line for line in caplog.messages if line.startswith("Finished XLA compilation")]
        return sum("_compute" in line for line in lines)

    with jax.log_compiles():
        first = found(0)
        assert first.attrs["sweep"]["chunk"] == [1, 5]  # compiled, to see whether it fits
        assert compiled() == 1
        assert found(0).identical(first)
        assert not np.intersect1d(found(1).value, first.value).size
        assert compiled() == 1
        factor = 2.0  # the same lines are another program
        assert np.array_equal(found(0).value, 2 * first.value)
        assert compiled() == 2
