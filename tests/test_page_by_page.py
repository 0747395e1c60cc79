"""How the site's tests are handed out: a process that ends in the middle costs one test."""

import os
import subprocess
import sys
from pathlib import Path

import page_by_page
import pytest

TESTS = """
import os
import time

import pytest


@pytest.fixture(autouse=True)
def end(request):
    if request.node.name == "LOST":
        os._exit(1)


@pytest.fixture(params=[f"{n}.html" for n in range(6)])
def page(request):
    yield request.param
    time.sleep(0.02)
    with open("ran", "a") as file:
        file.write(f"{request.node.name} {request.param} {os.getpid()}\\n")


def test_one(page):
    pass


def test_two(page):
    if page == "5.html":
        time.sleep(100)


@pytest.mark.parametrize("n", range(4))
def test_of_no_page(n):
    pass
"""


@pytest.mark.parametrize(
    ("lost", "processes", "noted"),
    [("test_one[0.html]", 2, 10), ("test_one[4.html]", 2, 10), ("test_of_no_page[2]", 1, 11)],
)
def test_a_process_that_ends_loses_one_test_and_no_other(lost, processes, noted, tmp_path):
    (tmp_path / "test_pages.py").write_text(TESTS.replace("LOST", lost))
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(processes)]
    command += ["-p", page_by_page.__name__]
    command += ["-o", "faulthandler_timeout=3", "-o", "faulthandler_exit_on_timeout=true"]
    environment = os.environ | {"PYTHONPATH": str(Path(page_by_page.__file__).parent)}
    found = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert "2 failed, 14 passed" in found.stdout, found.stdout
    assert "in test_two" in found.stderr, "where it hung"
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    assert len({name for name, _, _ in ran}) == len(ran) == noted, "a test ran twice"
    assert len({(page, process) for _, page, process in ran}) == 6, "a page in two processes"
