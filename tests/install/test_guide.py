"""The steps of "Your first section in 30 minutes" in CONTRIBUTING.md work as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Your first section")[1]
COMMANDS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", GUIDE.split("\n## ")[0], re.S)
    for line in block.strip().splitlines()
]
PAGES = """\
format: jb-book
root: index
parts:
  - caption: 1 · Lie brackets
    chapters:
      - file: chapters/lie-brackets/my-question
"""
LINKS = ("lib", "template", "pyproject.toml", "conftest.py", "uv.lock")
COPIES = ("tools", "tests/notebooks", "tests/support")


@pytest.fixture
def clone(tmp_path):
    """A clone whose book has no section but the one to come, with this environment."""
    for name in LINKS:
        (tmp_path / name).symlink_to(ROOT / name)
    for name in COPIES:
        left_out = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "chapters" / "lie-brackets").mkdir(parents=True)
    return tmp_path


def step(clone: Path, command: str) -> None:
    """One command of the guide."""
    done = subprocess.run(command, shell=True, cwd=clone, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_first_section_is_made_in_the_steps_of_the_guide(clone):
    copy, lab, run, check, serve = COMMANDS
    step(clone, copy)
    section = clone / "chapters" / "lie-brackets" / "my-question.ipynb"
    (clone / "_toc.yml").write_text(PAGES)  # with the line that the guide says to add
    assert lab == f".venv/bin/jupyter lab {section.relative_to(clone)}"
    step(clone, run)
    assert section.read_text("utf-8") == (ROOT / "template" / "section.ipynb").read_text("utf-8")
    step(clone, check)

    assert serve == "make serve"  # of which the other tests know that it builds what is listed
