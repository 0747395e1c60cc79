"""The experiments show what their chapters say, and the command line answers in plain words."""

import re
import shlex
import signal
import sys

import jax
import notebooks
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from lib import __main__, experiments, sweep

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("experiments")


def found(name, settings=None, seeds=6):
    return experiments.run(name, settings or {}, seeds, KEY, progress=False)


def test_the_order_gap_is_the_law_at_small_rates():
    gaps = found("order-gap", {"learning_rate": [0.01, 0.1]}, seeds=20)
    missed = (abs(gaps.gap - gaps.law) / gaps.law).max("seed")
    assert missed[0] < 0.02
    assert 3 * missed[0] < missed[1] < 0.5
    picture = experiments.picture(gaps)
    assert picture.axes[0].get_xscale() == "log"
    assert "20 seeds" in picture.axes[0].get_title()


def test_momentum_and_angle_set_the_speed_in_a_valley():
    slides = found("valley-slide", {"momentum": [0.0, 0.8]}).x.squeeze().mean("seed")
    assert slides.sel(time=0).values.tolist() == [2.0, 2.0]
    assert slides[1, -1] < slides[0, -1] < 1.9
    turned = found("rotated-valley", {"angle": [0.0, 45.0]}).x.squeeze().mean("seed")
    assert abs(turned[0, -1] - turned[1, -1]) > 0.2


def test_depth_and_small_starts_find_the_sparse_solution():
    far = found("sparse-recovery", {"q": [2.0], "start": [0.1, 1.0], "learning_rate": 0.02})
    near, wide = far.distance.squeeze().mean("seed")
    assert near < 0.5 * wide


def test_the_law_breaks_in_proportion_to_the_rate():
    change = found("broken-law", {"learning_rate": [0.02, 0.04], "momentum": 0.0}).change
    assert np.allclose(change[1] / change[0], 2.0, rtol=0.2)


def command(*words):
    return CliRunner().invoke(__main__.main, [*map(str, words)], standalone_mode=False)


def test_what_is_run_can_be_drawn(folder):
    out, image = folder / "law.zarr", folder / "law.png"
    ran = command("run", "broken-law", "--set", "momentum=0,0.5", "--seeds", 3, "--out", out)
    assert ran.exception is None
    assert f"30 runs are in {out}. Draw them: python -m lib plot {out}" in ran.output
    assert sweep.read(out).momentum.values.tolist() == [0.0, 0.5]
    drawn = command("plot", out, "--out", image)
    assert drawn.output == f"The picture is in {image}.\n"
    assert imread(image).std() > 0.05
    many = sweep.read(out).isel(momentum=[0] * 9)
    with pytest.raises(
        ValueError,
        match=r"^The picture has a line for each of 9 settings of momentum, more than 8\. Choose "
        r"some first: found\.sel\(momentum=…\)\.$",
    ):
        experiments.picture(many)
    with pytest.raises(ValueError, match=r"^The results are not those of an experiment\. Pass "):
        experiments.picture(many.assign_attrs(title="mine"))


def test_the_list_can_be_typed_as_it_stands():
    lines = iter(command("list").output.splitlines())
    for name, each in experiments.EXPERIMENTS.items():
        assert [next(lines), next(lines)] == [name, f"    {each.question}"]
        for setting, values in each.settings.items():
            option, typed, *_ = next(lines).split()
            assert option == "--set"
            assert __main__.Setting().convert(typed, None, None) == (setting, values)


REFUSED = {
    "run vally-slide --out x": "There is no experiment 'vally-slide'. Did you mean valley-slide?",
    "run qq --out x": "There is no experiment 'qq'. There are order-gap, valley-slide, "
    "rotated-valley, sparse-recovery, broken-law.",
    "run broken-law --set momentun=1 --out x": (
        "The experiment broken-law has no setting 'momentun'. Did you mean momentum?"
    ),
    "run broken-law --set q=1 --out x": (
        "The experiment broken-law has no setting 'q'. It has learning_rate, momentum."
    ),
    "run valley-slide --set batch_size=0 --out x": "`batch_size` must be above 0, but it is 0.",
    "run sparse-recovery --set depth=5 --out x": (
        "`depth` must be a whole number from 1 to 4, but it is 5."
    ),
    "run broken-law --set momentum --out x": (
        "Invalid value for '--set': 'momentum' is not NAME=NUMBER or NAME=NUMBER,NUMBER,…, such "
        "as learning_rate=0.01,0.1."
    ),
    "run broken-law --set momentum=0 --set momentum=0.5 --out x": (
        "The setting 'momentum' is given 2 times. Give its values together: --set "
        "momentum=NUMBER,NUMBER."
    ),
    "run broken-law --set momentum=nan --out x": (
        "The setting `momentum` must be numbers, but it holds NaN. Leave it out."
    ),
    "run broken-law --key -1 --out x": (
        "Invalid value for '--key': -1 is not in the range 0<=x<=4294967295."
    ),
    "plot nowhere.zarr": (
        "nowhere.zarr holds no sweep. Pass the folder that `sweep` got as `out`."
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_is_said_with_exit_code_2(line, monkeypatch, capsys, as_for_readers):
    monkeypatch.setattr(sys, "argv", ["lib", *line.split()])
    with pytest.raises(SystemExit) as ended:
        __main__.command()
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"Error: {REFUSED[line]}"


@pytest.fixture
def ctrl_c_after_a_chunk(monkeypatch):
    """A bar that sends this process the signal of Ctrl-C when it moves for the first time."""

    class Bar(sweep.tqdm):
        def update(self, n=1):
            super().update(n)
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(sweep, "tqdm", Bar)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_leaves_what_was_computed(folder, monkeypatch, capsys, ctrl_c_after_a_chunk):
    out = folder / "stopped.zarr"
    monkeypatch.setattr(sys, "argv", ["lib", "run", "broken-law", "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        __main__.command()
    assert ended.value.code == 130
    assert int((sweep.read(out).status > 0).sum()) == 5
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"Stopped: 5 of 100 runs are in {out}; --resume goes on from there."
    with pytest.warns(UserWarning, match=r"^The sweep was stopped: 5 of 100 runs are done\.$"):
        found("broken-law", seeds=10)


def blocks(language):
    page = notebooks.CHAPTERS / "appendix" / "scaling-up.md"
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def test_the_commands_of_the_page_are_understood():
    lines = "".join(blocks("bash")).replace("\\\n", "").splitlines()
    commands = [line.split("python -m lib ")[1] for line in lines if "python -m lib" in line]
    assert len(commands) == 5
    for words in map(shlex.split, commands):
        asked = __main__.main.commands[words[0]].make_context(words[0], words[1:]).params
        if "name" in asked:
            settings = experiments.experiment(asked["name"]).settings
            assert {name for name, _ in asked["settings"]} <= set(settings)


def test_the_code_of_the_page_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    experiments.run(
        "valley-slide", {"momentum": [0.5, 0.9]}, 3, KEY, out="slide.zarr", progress=False
    )
    names = {}
    for code in blocks("python"):
        exec(code, names)
    trained = names["found"]
    assert trained.loss.dims == ("learning_rate", "scale", "seed")
    reached = (trained.loss < 1e-3).mean("seed")
    assert reached.sel(learning_rate=0.1, scale=0.5) == 1.0
    assert any("learning_rate 1.6, scale 2: " in each for each in trained.attrs["not_finite"])
    total = names["run"](KEY, lambda state, draw: state + draw, 0.0).trajectory
    assert total.shape == (41,)
    assert 10 < abs(total).max() < 4 * 2000**0.5  # a random walk of 2,000 steps
