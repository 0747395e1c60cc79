r"""Sweeps: a function at every setting and seed, on all devices, in files that survive.

The runs are cut into chunks of one size, and every device always computes one chunk, by the same
program of `jax.vmap`. So no number depends on how many devices or processes there are, and a run's
random key depends on its seed alone: `jax.random.fold_in(key, seed)`, the same for all settings.

A chunk of runs is a chunk of the Zarr arrays that keep the results. Zarr renames a file into its
place once it is whole, and the file that says that a chunk is there comes last: the results are
their own checkpoint, and nothing is stored twice.
"""

import hashlib
import inspect
import json
import math
import os
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.multihost_utils import sync_global_devices
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, ArrayLike, Key

from lib import checks
from lib.classifiers import check_key

try:
    import filelock
    import xarray
    import zarr
    from tqdm.auto import tqdm
except ImportError as error:
    raise ImportError(
        f"`lib.sweep` needs {error.name}, which is not installed. Install what sweeps need: "
        f"pip install 'geometry-of-optimizer-dynamics[sweep]'."
    ) from error

MISSING, FINITE, NOT_FINITE = 0, 1, 2
"""What the variable `status` says of a run: 0 for one that is not computed yet, 1 for one whose
results are finite, and 2 for one with NaN or infinity among them."""

CHUNKS = 16  # at least, where there are as many runs: work for the devices, and little is lost
LARGEST = 1024  # runs in a chunk; more of them are no faster on a processor
KEPT = 16  # programs that a process keeps
COMPILED: dict[tuple, jax.stages.Compiled] = {}
NAMED = 10  # settings that the result names when their runs are not finite
NUMBERS = tuple(map(np.dtype, "?bBhHiIlLefd"))  # the kinds that NumPy and Zarr know
RESERVED = ("key", "seed", "setting", "status")

Values = ArrayLike | Sequence[int | float]
"""A number, or a vector of numbers."""


class _Grid(NamedTuple):
    """The settings of a sweep and its seeds, as the axes of the results."""

    names: tuple[str, ...]
    """The axes before the last one, which is the seeds': settings, or `setting` for a list."""
    settings: dict[str, np.ndarray]
    """The values of each setting: along its own axis, along `setting`, or one for all runs."""
    seeds: np.ndarray

    @property
    def dims(self) -> tuple[str, ...]:
        """The names of all axes."""
        return (*self.names, "seed")

    @property
    def shape(self) -> tuple[int, ...]:
        """How many runs there are along each axis."""
        lengths = {name: len(v) for name, v in self.settings.items() if v.ndim}
        if self.names == ("setting",):
            return (next(iter(lengths.values())), len(self.seeds))
        return (*(lengths[name] for name in self.names), len(self.seeds))

    def axis_of(self, name: str) -> tuple[str, ...]:
        """The axes of one setting's values."""
        if not self.settings[name].ndim:
            return ()
        return ("setting",) if self.names == ("setting",) else (name,)

    def at(self, places: tuple[np.ndarray, ...]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The settings and the seeds at some places of the grid, given by their indices."""
        settings = {}
        for name, values in self.settings.items():
            axis = self.axis_of(name)
            index = places[self.names.index(axis[0])] if axis else np.zeros_like(places[-1])
            settings[name] = np.atleast_1d(values)[index]
        return settings, self.seeds[places[-1]]


class _Program(NamedTuple):
    """The program of a chunk on every device at once, each its own, compiled."""

    run: Callable[[dict[str, np.ndarray], np.ndarray], dict[str, Array]]
    """From the settings and the seeds of a chunk for each device to the variables."""
    memory: int
    """The bytes that it takes on a device."""


def sweep(
    function: Callable[..., Any],
    settings: Mapping[str, Values] | Sequence[Mapping[str, Values]],
    seeds: Values,
    key: Key[Array, ""],
    *,
    out: str | os.PathLike | None = None,
    resume: bool = False,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    coordinates: Mapping[str, Values] | None = None,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
    chunk_size: int | None = None,
    memory: int = 2**28,
    devices: Sequence[jax.Device] | None = None,
    title: str | None = None,
    progress: bool = True,
) -> xarray.Dataset:
    r"""Run a function at every setting and for every seed, on all devices that there are.

    The same call runs on one processor, on its cores as devices of their own
    (`XLA_FLAGS=--xla_force_host_platform_device_count=8`), on GPUs, and in each process of a job
    that has called `jax.distributed.initialize()`; there `out` is a folder that all processes see.
    On devices of one kind the numbers are the same bit by bit, however many there are.

    Ctrl-C ends it with what was computed. A run that is not finite does not touch the others.

    Args:
      function: a function `function(key, **setting)` to an array, or to a dict or named tuple of
        arrays, one for each variable of the result. It is traced once and runs under `jax.vmap`.
      settings: a dict of numbers and of vectors, whose product is taken; or a list of dicts with
        the same names, whose numbers belong together.
      seeds: how many, for 0, 1, …, or a sequence of different whole numbers from 0.
      key: the random key of the sweep. The run of a seed gets `jax.random.fold_in(key, seed)`.
      out: a folder for the results, by custom `NAME.zarr`; None keeps them in memory.
      resume: go on with what `out` holds. With the same arguments, whatever the devices, the result
        is that of a sweep that was never stopped. A folder that is not there yet is started.
      dimensions: the names of a variable's own axes, such as `{"x": ["time"]}`, or one name.
      coordinates: the values along such an axis, such as `{"time": jnp.arange(11)}`.
      attributes: what the results say of a variable, a setting or an axis, such as
        `{"time": {"units": "steps"}}`.
      chunk_size: how many runs at most a device computes at once; None for as many as `memory`
        allows, up to 1,024, and few enough for 16 chunks where there are as many runs.
      memory: how many bytes a chunk may take on a device, where `chunk_size` is None.
      devices: which devices of this process to use; None for all.
      title: what the results are called, their attribute `title`.
      progress: show a bar with the time that is left.

    Returns:
      An xarray Dataset with an axis for each setting that is a vector (or `setting` for a list),
      `seed`, and the variable's own axes. Its variable `status` says which runs are there and
      finite, its attribute `not_finite` names the settings of those that are not. With `out` the
      arrays are read from the folder as they are used.

    Raises:
      ValueError: `function` is not a function; it does not take these settings; it refuses a
        setting's smallest or largest value, in its own words; it asks for the value of a setting
        while it is traced; it returns something else than arrays of real numbers with names of
        their own; `settings` or `seeds` are not as said; `key` is not one random key, or is one of
        XLA's generator; `dimensions`, `coordinates` or `attributes` do not fit what the function
        returns; `chunk_size` or `memory` is not a positive integer; `devices` are not different
        devices of this process; one run takes more than `memory`; `out` is not a path; there are
        several processes, but no `out`; `out` exists, and `resume` is False; `out` holds something
        else than a sweep; another call has started it.
      RuntimeError: another process is writing to `out`.
      OSError: `out` cannot be made; a chunk cannot be written, for instance to a full disk.

    Used in {ref}`scaling-up`.

    >>> import jax
    >>> from lib.sweep import sweep
    >>> def square(key, width):
    ...     return {"area": (width + jax.random.uniform(key)) ** 2}
    >>> found = sweep(square, {"width": [1.0, 2.0, 3.0]}, 100, jax.random.key(0), progress=False)
    >>> print(dict(found.sizes), found.area.mean("seed").round(1).values)
    {'width': 3, 'seed': 100} [ 2.3  6.3 12.3]
    """
    checks.callable_argument("function", function, "function(key, **setting)")
    check_key(key)
    if str(jax.random.key_impl(key)) in ("rbg", "unsafe_rbg"):
        raise ValueError(
            f"`key` must give a run numbers of its own, but under `vmap` those of "
            f"{jax.random.key_impl(key)} depend on the other runs. Pass jax.random.key(0, "
            f'impl="threefry2x32").'
        )
    grid = _grid(settings, seeds)
    _check_names(function, grid)
    for name, size in (("chunk_size", chunk_size), ("memory", memory)):
        if size is not None:
            checks.whole_number(name, size, remedy="Pass a Python int.")
    outputs = _outputs(function, grid, key)
    described = _described(grid, outputs, dimensions or {}, coordinates or {}, attributes or {})
    devices = _devices(devices)
    text = cache(partial(_text, function, grid, key))
    program = cache(partial(_compiled, function, grid, key, devices, text))
    made_by = partial(_made_by, text, key, devices[0].platform)
    first = jax.process_index() == 0
    if jax.process_count() > 1 and out is None:
        raise ValueError(
            f"`out` must be a folder that all {jax.process_count()} processes see, but it is None. "
            f"Pass a path."
        )

    folder = None if out is None else _path("out", out)
    with _locked(folder) if folder is not None and first else nullcontext():
        if first:
            store = _started(
                folder, resume, grid, outputs, described, chunk_size, memory, program, made_by
            )
        if jax.process_count() > 1:
            sync_global_devices("the files are there")
            store = folder
        root = zarr.open_group(store, mode="r+")
        whole = _fill(root, grid, outputs, len(devices), program, progress and first)
        if jax.process_count() > 1:
            sync_global_devices("every process is done")
        if first:
            named = {} if title is None else {"title": title}
            root.attrs.update(**named, not_finite=_not_finite(root, grid))
    if not whole:
        done = int((root["status"][...] != MISSING).sum())
        where = "" if out is None else f" and are in {out}: `resume=True` goes on from there"
        warnings.warn(
            f"The sweep was stopped: {done:,} of {math.prod(grid.shape):,} runs are done{where}.",
            stacklevel=2,
        )
    dataset = xarray.open_dataset(store, engine="zarr", consolidated=False)
    return dataset.load() if out is None else dataset


def read(path: str | os.PathLike) -> xarray.Dataset:
    """Open the results of a sweep, finished or not.

    Args:
      path: the folder that {func}`sweep` got as `out`.

    Returns:
      The Dataset of {func}`sweep`; its arrays are read as they are used.

    Raises:
      ValueError: `path` is not a path; there is no sweep.

    Used in {ref}`scaling-up`.

    >>> from lib.sweep import read
    >>> read("nowhere.zarr")
    Traceback (most recent call last):
      ...
    ValueError: nowhere.zarr holds no sweep. Pass the folder that `sweep` got as `out`.
    """
    folder = _path("path", path)
    if not folder.is_dir() or _stamp(folder) is None:
        raise ValueError(f"{path} holds no sweep. Pass the folder that `sweep` got as `out`.")
    return xarray.open_dataset(folder, engine="zarr", consolidated=False)


# What is asked for.


def _path(name: str, value: Any) -> Path:
    """The path of a folder, checked."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError(
            f"`{name}` must be the path of a folder, but it is {checks.described(value)}. Pass a "
            f'path such as "runs.zarr".'
        )
    return Path(value)


def _devices(asked: Any) -> list[jax.Device]:
    """The devices to use, checked."""
    here = jax.local_devices()
    if asked is None:
        return here
    found = list(asked) if isinstance(asked, Sequence) else []
    # Equal ones would compute the same twice; those of other processes cannot be reached.
    if (
        not found
        or len(set(map(id, found))) < len(found)
        or any(each not in here for each in found)
    ):
        raise ValueError(
            f"`devices` must be different devices of this process, but they are {asked!r}. Pass "
            f"some of jax.local_devices()."
        )
    return found


def _grid(settings: Any, seeds: Any) -> _Grid:
    """The axes of a sweep, checked."""
    refused = ValueError(
        f"`settings` must be a dict or a list of dicts of numbers, but it is "
        f'{checks.described(settings)}. Pass a dict such as {{"learning_rate": [0.1, 0.2]}}, or a '
        f"list of such dicts."
    )
    if isinstance(settings, Mapping):
        values = {name: _numbers(name, value, (0, 1)) for name, value in settings.items()}
        names = tuple(name for name, value in values.items() if value.ndim)
    elif isinstance(settings, Sequence) and settings and not isinstance(settings, str):
        if not all(isinstance(each, Mapping) for each in settings):
            raise refused
        for number, each in enumerate(settings):
            if set(each) != set(settings[0]):
                raise ValueError(
                    f"The dicts in `settings` must have the same names, but number 0 has "
                    f"{', '.join(settings[0])}, and number {number} has {', '.join(each)}. Give "
                    f"every setting a value in each."
                )
        if not settings[0]:
            raise refused
        values = {
            name: np.stack([_numbers(name, each[name], (0,)) for each in settings])
            for name in settings[0]
        }
        names = ("setting",)
    else:
        raise refused
    for name in values:
        if not _is_name(name) or name in RESERVED:
            raise ValueError(
                f"A setting cannot be called {name!r}. Choose a Python name other than "
                f"{', '.join(RESERVED)}."
            )
    if isinstance(seeds, int | np.integer) and not isinstance(seeds, bool):
        seeds = np.arange(checks.whole_number("seeds", seeds, remedy="Pass how many runs."))
    found = np.asarray(seeds)
    if (
        found.ndim != 1
        or not found.size
        or not np.issubdtype(found.dtype, np.integer)
        or found.min() < 0
        or found.max() >= 2**32
        or len(np.unique(found)) < len(found)
    ):
        raise ValueError(
            f"`seeds` must be how many, or different whole numbers from 0 to 2³² − 1, but they are "
            f"{seeds!r}. Pass a number such as 100, or range(100, 200)."
        )
    return _Grid(names, values, found.astype(np.int64))


def _is_name(name: Any) -> bool:
    """Whether it can name an array of the results, which is a folder and an attribute."""
    return isinstance(name, str) and name.isidentifier()


def _numbers(name: Any, value: Any, axes: tuple[int, ...]) -> np.ndarray:
    """The values of a setting as float64 or int64."""
    try:
        found = np.asarray(value)
    except ValueError:  # of lists of unlike lengths
        found = np.array(None)
    kind = found.dtype.kind
    if kind not in "iuf" or found.ndim not in axes or not found.size:
        wanted = "one number" if axes == (0,) else "a number or a vector of numbers"
        raise ValueError(
            f"The setting `{name}` must be {wanted}, but it is {checks.described(value)}."
        )
    if np.isnan(found).any():
        raise ValueError(f"The setting `{name}` must be numbers, but it holds NaN. Leave it out.")
    return found.astype(np.float64 if kind == "f" else np.int64)


def _check_names(function: Callable, grid: _Grid) -> None:
    """The function takes a key and these settings."""
    try:
        takes = inspect.signature(function)
    except ValueError as error:
        raise ValueError(
            f"`function` must say what it takes, as functions written in Python do, but {error}. "
            f"Wrap it: lambda key, x: …"
        ) from error
    try:
        takes.bind(None, **grid.settings)
    except TypeError as error:
        known = list(takes.parameters)[1:]
        near = [get_close_matches(name, known, 1) for name in grid.settings if name not in known]
        meant = f"Did you mean `{near[0][0]}`?" if near and near[0] else "Change `settings`."
        raise ValueError(
            f"`function` does not take these settings: {error}. It has {', '.join(known) or 'none'}"
            f" besides the key. {meant}"
        ) from error


def _variables(returned: Any) -> dict[str, Any]:
    """What the function returned, by name."""
    if isinstance(returned, tuple) and hasattr(returned, "_asdict"):
        return returned._asdict()
    return returned if isinstance(returned, dict) else {"value": returned}


def _outputs(function: Callable, grid: _Grid, key: Key[Array, ""]) -> dict[str, Any]:
    """The shapes and dtypes of a run's variables; the ends of each setting are tried in turn.

    Numbers are concrete here, so that the function can refuse them in its own words.
    """
    middle = {name: values.ravel()[0] for name, values in grid.settings.items()}
    tried = [middle]
    for name, values in grid.settings.items():
        for place in (values.argmin(), values.argmax()):
            if grid.names == ("setting",):
                tried.append({other: each[place] for other, each in grid.settings.items()})
            else:
                tried.append({**middle, name: values.ravel()[place]})
    for setting in {tuple(each.items()): each for each in tried}.values():
        concrete = {name: number.item() for name, number in setting.items()}
        jax.eval_shape(lambda k, given=concrete: function(k, **given), key)
    traced = {name: jax.ShapeDtypeStruct((), v.dtype) for name, v in grid.settings.items()}
    try:
        found = jax.eval_shape(lambda k, given: function(k, **given), key, traced)
    except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
        raise ValueError(
            "`function` must be one program for all settings, but it asks for the value of one, "
            "in a Python `if`, a shape or NumPy. Use jnp.where, jax.lax.cond and jax.numpy."
        ) from error
    outputs = _variables(found)
    if not outputs or any(
        not isinstance(leaf, jax.ShapeDtypeStruct) or leaf.dtype not in NUMBERS
        for leaf in outputs.values()
    ):
        raise ValueError(
            f"`function` must return an array of real numbers, or a dict or named tuple of them, "
            f'but it returned {checks.layout(found)}. Give each a name, {{"x": …}}, and a dtype '
            f"that NumPy knows."
        )
    for name in outputs:
        if not _is_name(name) or name in grid.settings or name in RESERVED:
            raise ValueError(
                f"`function` must not return a variable called {name!r}. Choose a Python name "
                f"other than {', '.join((*grid.settings, *RESERVED))}."
            )
    return outputs


class _Described(NamedTuple):
    """An array of the results: its axes, values if they are known, and attributes."""

    dims: tuple[str, ...]
    values: np.ndarray | None
    attributes: dict[str, Any]


def _described(
    grid: _Grid,
    outputs: dict[str, Any],
    dimensions: Mapping[str, Sequence[str]],
    coordinates: Mapping[str, Values],
    attributes: Mapping[str, Mapping[str, Any]],
) -> dict[str, _Described]:
    """The arrays of the results by name, checked against what the function returns."""
    for argument, given in (
        ("dimensions", dimensions),
        ("coordinates", coordinates),
        ("attributes", attributes),
    ):
        if not isinstance(given, Mapping):
            raise ValueError(
                f"`{argument}` must be a dict by name, but it is {checks.described(given)}."
            )
    found = {"seed": _Described(("seed",), grid.seeds, {})}
    for name, values in grid.settings.items():
        found[name] = _Described(grid.axis_of(name), values, {})
    lengths: dict[str, int] = dict(zip(grid.dims, grid.shape, strict=True))
    for name, leaf in outputs.items():
        own = dimensions.get(name, [f"{name}_{n}" for n in range(leaf.ndim)])
        own = (own,) if isinstance(own, str) else tuple(own)
        taken = {*grid.dims, *grid.settings, *outputs, *RESERVED}
        if len(set(own)) != leaf.ndim or not all(map(_is_name, own)) or set(own) & taken:
            raise ValueError(
                f"`dimensions` must name the {leaf.ndim} axes of {name}, {checks.layout(leaf)}, "
                f"each differently and as nothing else, but it names "
                f"{', '.join(map(str, own)) or 'none'}."
            )
        sizes = dict(zip(own, leaf.shape, strict=True))
        for axis, size in sizes.items():
            if lengths.setdefault(axis, size) != size:
                raise ValueError(
                    f"The axis {axis} must have one length, but {name} has {size} and another "
                    f"variable {lengths[axis]}. Name them differently in `dimensions`."
                )
        found[name] = _Described((*grid.dims, *own), None, {})
    for name, values in coordinates.items():
        values = np.asarray(values)
        if values.shape != (lengths.get(name),) or name in found:
            raise ValueError(
                f"`coordinates` must be the values along an axis of a variable, but {name} is "
                f"{checks.layout(values)}, and the axes are "
                f"{', '.join(f'{axis} of {size}' for axis, size in lengths.items())}."
            )
        found[name] = _Described((name,), values, {})
    meaning = {"flag_values": [0, 1, 2], "flag_meanings": "missing finite not_finite"}
    found["status"] = _Described(grid.dims, None, meaning)
    for name, words in attributes.items():
        if name not in found:
            near = get_close_matches(name, list(found), 1)
            meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(found)}."
            raise ValueError(
                f"`attributes` are given for {name}, which is no part of the results. {meant}"
            )
        try:
            found[name].attributes.update(json.loads(json.dumps(words)))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"`attributes` of {name} must be a dict of text and numbers, but they are "
                f"{words!r}."
            ) from error
    unknown = [name for name in dimensions if name not in outputs]
    if unknown:
        raise ValueError(
            f"`dimensions` are given for {unknown[0]}, but `function` returns {', '.join(outputs)}."
        )
    return found


# The files.


def _locked(folder: Path) -> Any:
    """Keep other processes out of a folder until the end."""
    lock = Path(f"{folder}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise OSError(
            error.errno, f"`out` cannot be written: {error.strerror}", error.filename
        ) from error
    try:
        return filelock.FileLock(lock, timeout=0).acquire()
    except filelock.Timeout as error:
        raise RuntimeError(
            f"Another process is writing to {folder}. Wait until it ends, or choose another `out`."
        ) from error


def _stamp(folder: Path) -> dict[str, Any] | None:
    """What a sweep has noted of itself in its folder; None where there is no sweep."""
    try:
        return zarr.open_group(folder, mode="r").attrs.get("sweep")
    except (OSError, ValueError):
        return None


def _started(
    folder: Path | None,
    resume: bool,
    grid: _Grid,
    outputs: dict[str, Any],
    described: dict[str, _Described],
    chunk_size: int | None,
    memory: int,
    program: Callable[[int], _Program],
    made_by: Callable[[tuple[int, ...]], dict[str, Any]],
) -> Any:
    """The store of the results, made or found."""
    if folder is not None and folder.exists():
        if not resume:
            raise ValueError(
                f"`out` must be a new folder, but {folder} exists. Pass resume=True to go on with "
                f"it, or choose another."
            )
        _check_same(folder, grid, described, chunk_size, made_by)
        root = zarr.open_group(folder, mode="r+")
        for name, each in described.items():
            root[name].attrs.update(each.attributes)
        return folder
    chunk = _chunk(grid, outputs, chunk_size, memory, program)
    # In place only when it is whole; what a killed process has left under this name is our own.
    new = None if folder is None else folder.with_name(f"{folder.name}.new")
    if new is not None and new.exists():
        shutil.rmtree(new)
    store = zarr.storage.MemoryStore() if new is None else new
    root = zarr.open_group(store, mode="w")
    for name, (dims, values, attributes) in described.items():
        if values is None:
            leaf = outputs.get(name, jax.ShapeDtypeStruct((), np.uint8))
            dtype, shape, chunks = leaf.dtype, (*grid.shape, *leaf.shape), (*chunk, *leaf.shape)
        else:
            dtype, shape, chunks = values.dtype, values.shape, values.shape
        array = root.create_array(
            name,
            shape=shape,
            dtype=dtype,
            chunks=tuple(max(1, n) for n in chunks),
            dimension_names=dims,
            attributes=attributes,
            fill_value=np.nan if dtype.kind == "f" else 0,
        )
        if values is not None:
            array[...] = values
    root.attrs.update(
        coordinates=" ".join(n for n, each in described.items() if each.values is not None),
        sweep=made_by(chunk),
    )
    if new is not None:
        new.rename(folder)
    return store if folder is None else folder


def _made_by(
    text: Callable[[int], str],
    key: Key[Array, ""],
    platform: str,
    chunk: tuple[int, ...],
) -> dict[str, Any]:
    """What the numbers depend on besides the settings and seeds."""
    return {
        "chunk": list(chunk),
        "key": [str(jax.random.key_impl(key)), *jax.random.key_data(key).ravel().tolist()],
        "JAX": jax.__version__,
        "platform": platform,
        "program": _short(text(math.prod(chunk))),
    }


def _check_same(
    folder: Path,
    grid: _Grid,
    described: dict[str, _Described],
    chunk_size: int | None,
    made_by: Callable[[tuple[int, ...]], dict[str, Any]],
) -> None:
    """Check that a folder's sweep is this one."""
    then = _stamp(folder)
    if then is None:
        raise ValueError(
            f"`out` must be a folder of a sweep, but {folder} holds none. Choose another."
        )
    root = zarr.open_group(folder, mode="r")

    def differs(what: str, was: str = "") -> ValueError:
        return ValueError(
            f"`resume` needs the same sweep again, but {folder} was started with {what}{was}. Pass "
            f"what it was started with, or another `out`."
        )

    for name, (dims, values, _) in described.items():
        if name not in root or root[name].metadata.dimension_names != dims:
            raise differs(f"other axes or variables: {', '.join(sorted(root.array_keys()))}")
        if values is not None and not np.array_equal(root[name][...], values):
            raise differs(f"other values of {name}")
    asked = tuple(then["chunk"])
    if chunk_size is not None:
        asked = _block(grid.shape, chunk_size)
    now = made_by(tuple(then["chunk"]))
    if list(asked) != then["chunk"]:
        raise differs("another `chunk_size`: its chunks are ", " × ".join(map(str, then["chunk"])))
    for what, word in (("JAX", "JAX "), ("platform", "the platform "), ("key", "another `key`")):
        if then[what] != now[what]:
            raise differs(word, "" if what == "key" else then[what])
    if then["program"] != now["program"]:
        raise differs("another `function`: it compiles to another program")


# The computation.


def _compute(
    function: Callable, key: Key[Array, ""], settings: dict[str, Array], seeds: Array
) -> dict[str, Array]:
    """The runs of one chunk."""

    def run(setting: dict[str, Array], seed: Array) -> dict[str, Array]:
        return _variables(function(jax.random.fold_in(key, seed), **setting))

    return jax.vmap(run)(settings, seeds)


def _text(function: Callable, grid: _Grid, key: Key[Array, ""], size: int) -> str:
    """The program of one chunk in words, by which it is known again."""
    settings = {
        name: jax.ShapeDtypeStruct((size,), values.dtype) for name, values in grid.settings.items()
    }
    seeds = jax.ShapeDtypeStruct((size,), jnp.int64)
    return jax.jit(partial(_compute, function)).lower(key, settings, seeds).as_text()


def _short(text: str) -> str:
    """A name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _block(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """The shape of a chunk of at most so many runs: whole seeds first, in equal parts.

    >>> _block((3, 4, 1000), 63), _block((3, 4, 10), 63)
    ((1, 1, 63), (1, 4, 10))
    """
    block: list[int] = []
    for length in reversed(shape):
        parts = -(-length // min(length, size))
        block.append(-(-length // parts))
        size = max(1, size // block[-1])
    return tuple(reversed(block))


def _chunk(
    grid: _Grid,
    outputs: dict[str, Any],
    chunk_size: int | None,
    memory: int,
    program: Callable[[int], _Program],
) -> tuple[int, ...]:
    """The shape of a chunk: as asked, or what fits into the memory."""
    if chunk_size is not None:
        return _block(grid.shape, chunk_size)
    of_one = sum(leaf.size * leaf.dtype.itemsize for leaf in outputs.values())
    size = min(LARGEST, -(-math.prod(grid.shape) // CHUNKS), max(1, memory // max(1, of_one)))
    while True:
        chunk = _block(grid.shape, size)
        needed = program(math.prod(chunk)).memory
        if needed <= memory:
            return chunk
        if math.prod(chunk) == 1:
            raise ValueError(
                f"`memory` must hold one run, which takes {needed:,} bytes, but it is {memory:,}. "
                f"Raise it, or let `function` keep less."
            )
        size = max(1, min(math.prod(chunk) - 1, math.prod(chunk) * memory // needed))


def _places(
    index: tuple[int, ...], chunk: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[np.ndarray, ...]:
    """The places of a chunk's runs in the grid; at its end the last ones are repeated."""
    along = [
        np.minimum(i * size + np.arange(size), length - 1)
        for i, size, length in zip(index, chunk, shape, strict=True)
    ]
    return tuple(each.ravel() for each in np.meshgrid(*along, indexing="ij"))


def _compiled(
    function: Callable,
    grid: _Grid,
    key: Key[Array, ""],
    devices: Sequence[jax.Device],
    text: Callable[[int], str],
    size: int,
) -> _Program:
    """The program of chunks of one size; what an earlier sweep has compiled is not compiled again.

    It is known by its text, not by its function, whose program may have changed in the meantime.
    """
    mesh = Mesh(np.array(devices), ("runs",))
    along, everywhere = PartitionSpec("runs"), PartitionSpec()
    split = NamedSharding(mesh, along)
    key = jax.device_put(key, NamedSharding(mesh, everywhere))

    def vector(dtype: Any) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((size * len(devices),), dtype, sharding=split)

    on_all = jax.shard_map(
        partial(_compute, function),
        mesh=mesh,
        in_specs=(everywhere, along, along),
        out_specs=along,
        check_vma=False,  # a loop may start from numbers that are the same for all runs
    )
    settings = {name: vector(values.dtype) for name, values in grid.settings.items()}
    name = (_short(text(size)), *devices)
    program = COMPILED.pop(name, None)
    if program is None:
        lowered = jax.jit(on_all).lower(key, settings, vector(jnp.int64))
        # XLA also shares out the loops of one device among the processor's cores. Where these have
        # devices of their own, that only costs: 4.5 s of processor instead of 2.7.
        shared = len(devices) > 1 and devices[0].platform == "cpu"
        options = {"xla_disable_hlo_passes": "cpu-parallel-task-assigner"} if shared else None
        program = lowered.compile(options)
    COMPILED[name] = program  # the last one used is the last one to go
    while len(COMPILED) > KEPT:
        del COMPILED[next(iter(COMPILED))]
    used = program.memory_analysis()
    return _Program(
        lambda settings, seeds: program(key, *jax.device_put((settings, seeds), split)),
        used.temp_size_in_bytes + used.output_size_in_bytes + used.argument_size_in_bytes,
    )


def _fill(
    root: zarr.Group,
    grid: _Grid,
    outputs: dict[str, Any],
    width: int,
    program: Callable[[int], _Program],
    progress: bool,
) -> bool:
    """Compute the chunks that are missing and this process's; False when Ctrl-C ended it."""
    chunk = tuple(root.attrs["sweep"]["chunk"])
    size, shape = math.prod(chunk), grid.shape
    arrays = {name: root[name] for name in (*outputs, "status")}
    status = arrays["status"][...]
    parts = [-(-length // each) for length, each in zip(shape, chunk, strict=True)]
    missing = [
        index
        for number, index in enumerate(np.ndindex(*parts))
        if number % jax.process_count() == jax.process_index()
        and not status[_region(index, chunk)].all()
    ]
    bar = tqdm(total=status.size, initial=int((status > 0).sum()), unit="run", disable=not progress)

    def start(some: list[tuple[int, ...]]) -> Any:
        filled = [*some, *[some[-1]] * (width - len(some))]  # every device has something to do
        places = [_places(index, chunk, shape) for index in filled]
        return program(size).run(
            *grid.at(tuple(np.concatenate(axis) for axis in zip(*places, strict=True)))
        )

    def save(some: list[tuple[int, ...]], results: Any) -> None:
        found = {name: np.asarray(leaf) for name, leaf in results.items()}
        for n, index in enumerate(some):
            mine = {name: leaf[n * size : (n + 1) * size] for name, leaf in found.items()}
            mine["status"] = np.where(_finite(mine), FINITE, NOT_FINITE).astype(np.uint8)
            region = _region(index, chunk)
            extent = tuple(slice(0, len) for len in status[region].shape)
            for name, leaf in mine.items():  # the status last: a chunk that has it is whole
                arrays[name][region] = leaf.reshape(*chunk, *leaf.shape[1:])[extent]
            status[region] = mine["status"].reshape(chunk)[extent]
            bar.update(status[region].size)

    rounds = [missing[n : n + width] for n in range(0, len(missing), width)]
    waiting: list[tuple[list, Any]] = []
    with bar:
        try:
            for some in rounds:
                waiting.append((some, start(some)))  # it computes while the one before is saved
                if len(waiting) > 1:
                    save(*waiting.pop(0))
            for each in waiting:
                save(*each)
        except KeyboardInterrupt:
            return False
        except OSError as error:
            raise OSError(
                error.errno,
                f"A chunk could not be written: {error.strerror}. {int((status > 0).sum()):,} of "
                f"{status.size:,} runs are whole. Make room, and go on with resume=True",
                error.filename,
            ) from error
    return True


def _region(index: tuple[int, ...], chunk: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(i * n, (i + 1) * n) for i, n in zip(index, chunk, strict=True))


def _finite(variables: dict[str, np.ndarray]) -> np.ndarray:
    """Which runs have neither NaN nor infinity in any variable."""
    return np.all(
        [np.isfinite(leaf).reshape(len(leaf), -1).all(axis=1) for leaf in variables.values()],
        axis=0,
    )


def _not_finite(root: zarr.Group, grid: _Grid) -> list[str]:
    """The settings with runs that are not finite, in words."""
    counts = (root["status"][...] == NOT_FINITE).sum(axis=-1)
    some = np.flatnonzero(counts)
    first = some[:NAMED]
    places = np.unravel_index(first, counts.shape) if counts.ndim else ()
    settings, _ = grid.at((*places, np.zeros_like(first)))
    words = []
    for n, place in enumerate(first):
        named = ", ".join(f"{name} {values[n]:g}" for name, values in settings.items())
        count = f"{counts.ravel()[place]} of {len(grid.seeds)} runs"
        words.append(f"{named}: {count}" if named else count)
    more = len(some) - len(first)
    return [*words, f"and {more:,} more settings"] if more else words
