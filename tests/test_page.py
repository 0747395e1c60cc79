"""The JavaScript of the page that needs no browser, run by Node."""

import csv
import json
import subprocess

import javascript
import jax
import numpy as np
import pytest
from samples import marks, table

from lib.figures import assets
from lib.figures.javascript import runtime

FOLDER = javascript.ROOT / "tests" / "javascript"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_the_tests_in_javascript_pass(name):
    done = subprocess.run(
        [javascript.NODE, "--test", "--test-reporter=tap", FOLDER / name],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = int(done.stdout.partition("# pass ")[2].split()[0])
    assert passed > 1, "Node found no tests"


@pytest.mark.usefixtures("as_for_readers")
def test_a_table_holds_the_numbers_of_every_mark_in_full_precision():
    explorer = marks()
    settings = {"scale": 0.7}
    leaves, structure = jax.tree.flatten(explorer.run(settings)[1])
    request = {
        "spec": explorer.specification,
        "leaves": [np.ravel(x).tolist() if np.ndim(x) else float(x) for x in leaves],
        "settings": settings,
    }
    done = subprocess.run(
        [javascript.NODE, FOLDER / "csv.mjs"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, head, *rows = csv.reader(done.stdout.splitlines())
    assert first == ["# marks: scale = 0.7"]
    assert second == [f"# last height = {float(leaves[-1])!r}"]
    assert head == ["picture", "series", "curve", "x", "y", "dx", "dy", "z"]
    found = [
        [picture, series, int(curve), *[float(x) if x else None for x in numbers]]
        for picture, series, curve, *numbers in rows
    ]
    assert found == table(jax.tree.unflatten(structure, leaves))


def test_every_routine_of_the_runtime_is_found_by_its_name():
    text = assets.read("runtime.js")
    tops = [line.split()[1] for line in text.splitlines() if line[:1].isalpha()]
    names = [name.partition("(")[0] for name in tops]
    assert len(names) > 50
    assert list(runtime()) == names
    for name, source in runtime().items():
        assert f" {name}" in source
        assert sum(line[:1].isalpha() for line in source.splitlines()) == 1
