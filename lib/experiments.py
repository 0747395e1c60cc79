r"""The main figure of each chapter as an experiment: for {func}`lib.sweep.sweep`, at any size.

An experiment is a function of a random key and of settings, with the values that these have unless
you say otherwise, and a picture. `python -m lib` runs them; here they are data for code of your
own: `EXPERIMENTS["valley-slide"]`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Key
from matplotlib.figure import Figure

from lib import checks
from lib.brackets import order_gap
from lib.classifiers import logistic_loss
from lib.datasets import digits, intensity_and_symmetry, standardize
from lib.fields import gradient_field, lie_bracket
from lib.mirror import steepest_descent
from lib.noise import box_muller, noisy_field
from lib.simulate import HeavyBall, gradient_step, heavy_ball_step, run_optimizer, simulate
from lib.sweep import Values, sweep, xarray
from lib.valleys import Valley, run_in_valley

LINES = 8  # in one picture; more cannot be told apart

Variables = dict[str, Array]

LEARNING_RATE = {"long_name": "learning rate η", "units": "1"}
MOMENTUM = {"long_name": "momentum μ", "units": "1"}
TIME = {"long_name": "step k", "units": "steps"}


class Experiment(NamedTuple):
    """What a chapter's main figure shows, in a form that scales, as {func}`experiment` gives it."""

    question: str
    """What it answers, in one line."""
    function: Callable[..., Variables]
    """A function `function(key, **setting)` of one run, for {func}`lib.sweep.sweep`."""
    settings: dict[str, Values]
    """The settings that the function takes, each with the values it has by default."""
    shown: tuple[str, str]
    """The variable of the picture, and the setting or axis that it is drawn over."""
    attributes: dict[str, dict[str, Any]]
    """Long names and units of the settings, the variables and the axes."""
    dimensions: dict[str, list[str]] = {}  # noqa: RUF012 a default that nothing changes
    """The names of the variables' own axes."""
    coordinates: dict[str, np.ndarray] = {}  # noqa: RUF012
    """The values along them."""
    scales: tuple[str, str] = ("linear", "linear")
    """The scale of each of the picture's two axes, `linear` or `log`."""


# Chapter 1: two examples in either order.


def _ones_and_fives() -> tuple[Array, Array]:
    with jax.ensure_compile_time_eval():  # data, not part of the program
        every = digits()
        wanted = (every.labels == 1) | (every.labels == 5)
        features = standardize(intensity_and_symmetry(every.images[wanted]))
        return features, (every.labels[wanted] == 5).astype(jnp.int32)


def _order_gap(key: Key[Array, ""], learning_rate: ArrayLike) -> Variables:
    features, labels = _ones_and_fives()
    for_start, for_pair = jax.random.split(key)
    start = jax.random.normal(for_start, (2,))
    pair = jax.random.choice(for_pair, len(labels), (2,), replace=False)
    a, b = ((features[n], labels[n]) for n in pair)
    field = gradient_field(logistic_loss)
    gap = order_gap(gradient_step(field, learning_rate=learning_rate), start, a, b)
    bracket = lie_bracket(lambda p: field(p, a), lambda p: field(p, b))(start)
    return {
        "gap": jnp.linalg.norm(gap),
        "law": learning_rate**2 * jnp.linalg.norm(bracket),
    }


# Chapter 2: noise pushes heavy ball along the floor of a valley.

SLIDE, SLIDE_EVERY = 2_000, 50


def _valley_slide(
    key: Key[Array, ""], learning_rate: ArrayLike, momentum: ArrayLike, batch_size: ArrayLike
) -> Variables:
    valley = Valley(lambda x: 1 + x**2)

    # Two numbers and not a vector of two: what is the same for all runs then lies side by side.
    def loss(place: tuple[Array, Array]) -> Array:
        x, y = place
        return valley.height(x) * y**2

    def across(place: tuple[Array, Array], draw: Array) -> tuple[Array, Array]:
        return jnp.zeros(()), jnp.sqrt(valley.height(place[0])) * draw

    field = noisy_field(loss, across, batch_size=batch_size)
    step = heavy_ball_step(field, learning_rate=learning_rate, momentum=momentum)
    at_rest = HeavyBall((jnp.array(2.0), jnp.array(0.0)), (jnp.zeros(()), jnp.zeros(())))

    def stretch(state: HeavyBall, key: Key[Array, ""]) -> HeavyBall:
        # Many numbers from one key: far faster than a key for every step.
        draws = box_muller(key, (SLIDE_EVERY,))
        return simulate(step, state, draws, every=SLIDE_EVERY).final

    run = simulate(stretch, at_rest, jax.random.split(key, SLIDE // SLIDE_EVERY))
    x, y = run.trajectory.params
    return {"x": x, "y": y}


# Chapter 3: Adam in a valley that is turned.


def _rotated_valley(key: Key[Array, ""], angle: ArrayLike, learning_rate: ArrayLike) -> Variables:
    valley = Valley(lambda x: 1 + x**2, jnp.radians(angle))
    path = run_in_valley(
        optax.adam(learning_rate), valley, 2.0, key, sigma=1.0, steps=SLIDE, every=SLIDE_EVERY
    )
    return {"x": path.along, "y": path.across}


# Chapter 4: which of many solutions steepest descent ends at.

EQUATIONS, UNKNOWNS, SPIKES, FIT, DEEPEST = 12, 24, 2, 4_000, 4


def _sparse_recovery(
    key: Key[Array, ""], q: ArrayLike, depth: ArrayLike, start: ArrayLike, learning_rate: ArrayLike
) -> Variables:
    if not checks.is_traced(depth):
        checks.whole_number("depth", depth, most=DEEPEST)
    for_design, for_places, for_signs = jax.random.split(key, 3)
    design = jax.random.normal(for_design, (EQUATIONS, UNKNOWNS))
    places = jax.random.choice(for_places, UNKNOWNS, (SPIKES,), replace=False)
    signs = jnp.where(jax.random.bernoulli(for_signs, 0.5, (SPIKES,)), 1.0, -1.0)
    truth = jnp.zeros(UNKNOWNS).at[places].set(signs)
    layer = jnp.arange(DEEPEST)[:, None]

    def effective(w: Array) -> Array:
        return jnp.where(layer < depth, w, 1.0).prod(axis=0)

    def loss(w: Array) -> Array:
        return jnp.mean((design @ (effective(w) - truth)) ** 2) / 2

    # One layer starts at zero: the product does, and either sign is as near.
    begin = jnp.where(layer == 0, 0.0, start) * jnp.ones((1, UNKNOWNS))
    run = run_optimizer(
        steepest_descent(learning_rate, q=q),
        lambda w, _: -jax.grad(loss)(w),
        begin,
        jnp.arange(FIT),
        every=FIT,
    )
    far = jnp.linalg.norm(effective(run.final) - truth) / jnp.sqrt(SPIKES)
    return {"distance": far, "loss": loss(run.final)}


# Chapter 5: a law of the flow that steps of finite size break.

TRAINING = 300


def _broken_law(key: Key[Array, ""], learning_rate: ArrayLike, momentum: ArrayLike) -> Variables:
    start = jax.random.normal(key, (2,))

    def field(w: Array, _: Array) -> Array:
        return (1.0 - w[0] * w[1]) * w[::-1]

    step = heavy_ball_step(field, learning_rate=learning_rate, momentum=momentum)
    path = simulate(step, HeavyBall(start, jnp.zeros(2)), jnp.arange(TRAINING)).trajectory.params
    law = path[:, 0] ** 2 - path[:, 1] ** 2
    return {"change": jnp.max(jnp.abs(law - law[0]))}


ALONG = {"time": np.arange(0, SLIDE + 1, SLIDE_EVERY)}

EXPERIMENTS = {
    "order-gap": Experiment(
        "Chapter 1: how large is the gap between two orders of two examples?",
        _order_gap,
        {"learning_rate": [0.01, 0.03, 0.1, 0.3, 1.0]},
        ("gap", "learning_rate"),
        {
            "learning_rate": {"long_name": "learning rate ε", "units": "1"},
            "gap": {"long_name": "gap ‖θ_AB − θ_BA‖", "units": "1"},
            "law": {"long_name": "law ε²‖[v_A, v_B]‖", "units": "1"},
        },
        scales=("log", "log"),
    ),
    "valley-slide": Experiment(
        "Chapter 2: how fast does noise push heavy ball along a valley?",
        _valley_slide,
        {"learning_rate": [0.02], "momentum": [0.0, 0.5, 0.9], "batch_size": [1]},
        ("x", "time"),
        {
            "learning_rate": LEARNING_RATE,
            "momentum": MOMENTUM,
            "batch_size": {"long_name": "batch size B", "units": "examples"},
            "x": {"long_name": "position x along the valley", "units": "1"},
            "y": {"long_name": "distance y from its floor", "units": "1"},
            "time": TIME,
        },
        {"x": ["time"], "y": ["time"]},
        ALONG,
    ),
    "rotated-valley": Experiment(
        "Chapter 3: how does Adam's speed depend on the valley's angle to the axes?",
        _rotated_valley,
        {"angle": [0.0, 15.0, 30.0, 45.0], "learning_rate": [0.02]},
        ("x", "time"),
        {
            "angle": {"long_name": "angle θ", "units": "degrees"},
            "learning_rate": LEARNING_RATE,
            "x": {"long_name": "position x along the valley", "units": "1"},
            "y": {"long_name": "distance y from its floor", "units": "1"},
            "time": TIME,
        },
        {"x": ["time"], "y": ["time"]},
        ALONG,
    ),
    "sparse-recovery": Experiment(
        "Chapter 4: from which starts does steepest descent find the sparse solution?",
        _sparse_recovery,
        {
            "q": [1.0, 1.5, 2.0],
            "depth": [3],
            "start": [0.01, 0.03, 0.1, 0.3, 1.0],
            "learning_rate": [0.005],
        },
        ("distance", "start"),
        {
            "q": {"long_name": "dual exponent q", "units": "1"},
            "depth": {"long_name": "depth L", "units": "layers"},
            "start": {"long_name": "size of the start", "units": "1"},
            "learning_rate": LEARNING_RATE,
            "distance": {"long_name": "distance from the sparse solution", "units": "1"},
            "loss": {"long_name": "loss at the end", "units": "1"},
        },
        scales=("log", "linear"),
    ),
    "broken-law": Experiment(
        "Chapter 5: how far do steps of finite size break a conservation law?",
        _broken_law,
        {"learning_rate": [0.001, 0.003, 0.01, 0.03, 0.1], "momentum": [0.0, 0.9]},
        ("change", "learning_rate"),
        {
            "learning_rate": LEARNING_RATE,
            "momentum": MOMENTUM,
            "change": {"long_name": "largest change of u² − v²", "units": "1"},
        },
        scales=("log", "log"),
    ),
}
"""The experiments by name."""


def experiment(name: str) -> Experiment:
    """The experiment of a name, or an error that says which name was meant.

    Args:
      name: one of the names in `EXPERIMENTS`.

    Returns:
      An `Experiment`.

    Raises:
      ValueError: there is none of that name.

    Explained in {ref}`scaling-up`.

    >>> from lib.experiments import experiment
    >>> experiment("valley-slide").shown
    ('x', 'time')
    """
    if name not in EXPERIMENTS:
        near = get_close_matches(name, EXPERIMENTS, 1)
        meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(EXPERIMENTS)}."
        raise ValueError(f"There is no experiment {name!r}. {meant}")
    return EXPERIMENTS[name]


def run(
    name: str,
    settings: Mapping[str, Values],
    seeds: int | Sequence[int],
    key: Key[Array, ""],
    **named: Any,
) -> xarray.Dataset:
    """Run an experiment at the settings given, and at its own values of the others.

    Args:
      name: one of the names in `EXPERIMENTS`.
      settings: numbers or vectors by name.
      seeds: how many, or which.
      key: the random key of the sweep.
      named: `out`, `resume` and what else {func}`lib.sweep.sweep` takes.

    Returns:
      The Dataset of {func}`lib.sweep.sweep`, whose title is the name.

    Raises:
      ValueError: the experiment has no such setting; and as {func}`experiment` and
        {func}`lib.sweep.sweep`.

    Explained in {ref}`scaling-up`.

    >>> import jax
    >>> from lib.experiments import run
    >>> found = run("order-gap", {"learning_rate": 0.1}, 20, jax.random.key(0), progress=False)
    >>> print(found.title, bool((abs(found.gap - found.law) < 0.1 * found.law).all()))
    order-gap True
    """
    asked = experiment(name)
    for each in settings:
        if each not in asked.settings:
            near = get_close_matches(each, asked.settings, 1)
            meant = f"Did you mean {near[0]}?" if near else f"It has {', '.join(asked.settings)}."
            raise ValueError(f"The experiment {name} has no setting {each!r}. {meant}")
    return sweep(
        asked.function,
        asked.settings | dict(settings),
        seeds,
        key,
        dimensions=asked.dimensions,
        coordinates=asked.coordinates,
        attributes=asked.attributes,
        title=name,
        **named,
    )


def picture(found: xarray.Dataset) -> Figure:
    """The picture of an experiment's results: means over the seeds, with their standard errors.

    A line is drawn for each setting that is not on the horizontal axis. Runs that are missing or
    not finite are left out, and the picture says how many.

    Args:
      found: the Dataset of {func}`run`, whole or not.

    Returns:
      A Matplotlib figure; its `savefig` writes it.

    Raises:
      ValueError: the results are not those of an experiment; there would be more than 8 lines.

    Explained in {ref}`scaling-up`.

    >>> import jax
    >>> from lib.experiments import picture, run
    >>> found = run("order-gap", {}, 5, jax.random.key(0), progress=False)
    >>> print(picture(found).axes[0].get_xlabel())
    learning rate ε
    """
    asked = EXPERIMENTS.get(found.attrs.get("title"))
    if asked is None:
        raise ValueError(
            "The results are not those of an experiment. Pass what `run` returned, or draw them "
            "with xarray: found.x.plot()."
        )
    variable, over = asked.shown
    kept = found[variable].where(found.status == 1)
    counted = kept.notnull().sum("seed")
    mean, error = kept.mean("seed"), kept.std("seed", ddof=1) / np.sqrt(counted)
    others = [name for name in mean.dims if name != over]
    several = [name for name in others if found.sizes[name] > 1]
    count = math.prod(found.sizes[name] for name in several)
    if count > LINES:
        raise ValueError(
            f"The picture has a line for each of {count} settings of {', '.join(several)}, more "
            f"than {LINES}. Choose some first: found.sel({several[0]}=…)."
        )
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for place in product(*(range(found.sizes[name]) for name in others)):
        at = dict(zip(others, place, strict=True))
        label = ", ".join(
            f"{_label(found[name])} = {found[name].values[at[name]]:g}" for name in several
        )
        x, y, e = found[over], mean.isel(at), error.isel(at).fillna(0.0)
        (line,) = axes.plot(x, y, marker="o", markersize=3, label=label)
        axes.fill_between(x, y - e, y + e, color=line.get_color(), alpha=0.25, linewidth=0)
    if several:
        axes.legend()
    axes.set(xscale=asked.scales[0], yscale=asked.scales[1])
    axes.set(xlabel=_label(found[over]), ylabel=f"mean {_label(found[variable])}")
    left_out = int((found.status != 1).sum())
    note = f"; {left_out:,} of {found.status.size:,} runs left out" if left_out else ""
    axes.set_title(f"{asked.question}\n{found.sizes['seed']:,} seeds{note}", fontsize="medium")
    return figure


def _label(values: xarray.DataArray) -> str:
    return values.attrs.get("long_name", values.name)
