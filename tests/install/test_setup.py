"""The environment is made when it is missing, or when the lock or the chosen Python changes."""

import shutil
import subprocess
import sys

import pytest
from notebooks import ROOT

UV = """\
#!/bin/sh
echo "$4" >>calls
mkdir -p .venv/bin
ln -sf "$(command -v "$4")" .venv/bin/python
"""
OTHER = """\
#!/bin/sh
case "$2" in *print*) echo another version ;; esac
"""


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """A clone where `uv sync` only notes its Python; runs setup.sh and returns what it noted."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    for name, text in [("uv", UV), ("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')]:
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name in ("uv.lock", "pyproject.toml", "calls"):
        (tmp_path / name).write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("PYTHON", raising=False)

    def setup(python=None):
        if python is not None:
            monkeypatch.setenv("PYTHON", python)
        (tmp_path / "calls").write_text("")
        subprocess.run(["sh", "tools/setup.sh"], cwd=tmp_path, check=True, capture_output=True)
        monkeypatch.delenv("PYTHON", raising=False)
        return (tmp_path / "calls").read_text().split()

    return setup


def test_the_environment_is_made_once(setup):
    assert setup() == ["python3"]
    assert setup() == []


def test_another_lock_makes_it_anew(setup, tmp_path):
    setup()
    (tmp_path / "uv.lock").write_text("version = 2")
    assert len(setup()) == 1
    assert setup() == []


def test_the_python_that_was_chosen_stays_until_another_is(setup, tmp_path):
    other = tmp_path / "python-of-another-version"
    other.write_text(OTHER)
    other.chmod(0o755)
    setup()
    assert setup(str(other)) == [str(other)]
    assert setup(str(other)) == []
    assert setup() == []
    (tmp_path / "uv.lock").write_text("version = 2")
    assert setup() == [str(other)]
    assert setup("python3") == ["python3"]
