"""What the workflows run exists: actionlint, in `make lint`, reads the rest of them."""

import json
import re

import pytest
import yaml
from notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_action_and_test_that_a_workflow_names_exists(path):
    jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    ran = [step.get("run", "") for step in steps]
    assert {name for line in ran for name in re.findall(r"make (\w+)", line)} <= {*TARGETS}
    for step in steps:
        if step.get("uses", "").startswith("./"):
            action = yaml.safe_load((ROOT / step["uses"] / "action.yml").read_text("utf-8"))
            assert set(step.get("with", {})) <= set(action.get("inputs", {}))
    assert any(line.startswith(("make", ".ci/run")) for line in ran)
    for left_out in re.findall(r"--deselect (\S+)", path.read_text("utf-8")):
        file, test = left_out.split("::")
        assert f"def {test}(" in (ROOT / file).read_text("utf-8")


def test_actions_of_others_are_named_by_their_hashes_with_the_version_beside():
    used = [
        line.strip()
        for path in sorted((ROOT / ".github").rglob("*.yml"))
        for line in re.findall(r"uses: (?!\./)(.*)", path.read_text("utf-8"))
    ]
    assert used
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_the_container_of_codespaces_is_set_up_by_a_command_that_exists():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    make, target = container["postCreateCommand"].split()
    assert make == "make"
    assert target in TARGETS
    assert 8000 in container["forwardPorts"], "where make serve serves the book"
