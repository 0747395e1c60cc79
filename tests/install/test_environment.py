"""Binder installs what uv.lock says."""

import re
import tomllib
from pathlib import Path

import notebooks
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.markers import Marker
from packaging.requirements import Requirement

import binder

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ANY = "python_version > '3'"  # the marker of a package with one version
PINS = dict(pin.split("==") for pin in ENVIRONMENT["dependencies"][-1]["pip"])


def python_version():
    """Binder's Python; repo2docker reads it in the form python=3.12 only."""
    (version,) = [
        match[1]
        for entry in ENVIRONMENT["dependencies"]
        if isinstance(entry, str) and (match := re.fullmatch(r"python=(3\.\d+)", entry))
    ]
    return version


def locked(name):
    """The version of a package in uv.lock for Binder's Python; there may be others for others."""
    python = {"python_full_version": f"{python_version()}.0", "python_version": python_version()}
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    (version,) = [
        package["version"]
        for package in packages
        if package["name"] == name
        and any(Marker(m).evaluate(python) for m in package.get("resolution-markers", []) or [ANY])
    ]
    return version


def test_every_pin_is_the_locked_version():
    assert {name: locked(name) for name in PINS} == PINS


def test_everything_that_lib_needs_is_pinned():
    needed = {Requirement(line).name for line in PROJECT["dependencies"]} | {"jaxlib"}
    shown = {"jupyterlab", "jupyterlab-myst"}  # what shows the notebooks, and their text
    assert set(PINS) == needed | shown


def test_binder_installs_lib_without_touching_the_pins():
    post_build = ROOT / "binder" / "postBuild"
    assert "pip install --no-deps -e ." in post_build.read_text(encoding="utf-8").splitlines()
    assert post_build.stat().st_mode & 0o111, "binder/postBuild has to be executable"


@pytest.mark.parametrize("printed", ["1", "2"])
def test_binders_steps_fail_where_a_notebook_prints_something_else(monkeypatch, tmp_path, printed):
    cell = new_code_cell("print(1)", outputs=[new_output("stream", text=f"{printed}\n")])
    path = tmp_path / "x.ipynb"
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=[cell]))))
    ran = new_notebook(
        cells=[new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")])]
    )
    monkeypatch.setattr(notebooks, "find_notebooks", lambda: [path])
    monkeypatch.setattr(notebooks, "run", lambda paths, done: done(*paths, ran, 0.0))
    if printed == "1":
        binder.compare()
    else:
        with pytest.raises(SystemExit, match=r"^These print something else: .*x\.ipynb$"):
            binder.compare()
