"""A figure in JupyterLab: its slider moves the picture, and Python sees the value."""

import ast
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import notebooks
import pytest
from browser import watch
from nbformat.v4 import new_code_cell
from playwright.sync_api import expect

NOTEBOOK = notebooks.ROOT / "chapters" / "lie-brackets" / "two-examples.ipynb"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_answer(address: str, server: subprocess.Popen, log: Path) -> None:
    """Wait until a server that has just been started answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab that asks for no token, and the empty folder that it serves."""
    folder, home, log = tmp_path / "folder", tmp_path / "home", tmp_path / "lab.log"
    folder.mkdir()
    port = free_port()
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    options += ["--port-retries=0", "--IdentityProvider.token=", f"--notebook-dir={folder}"]
    own = dict.fromkeys(["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"], str(home))
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | own,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for_answer(address + "api", server, log)
        yield address, folder
    finally:
        server.terminate()  # it ends its kernels
        server.wait(30)


def write_copy(path: Path) -> None:
    """Copy the notebook's code, with a cell after the first figure that prints its settings."""
    notebook = notebooks.read(NOTEBOOK)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    shown = [cell.source.split("\n")[-1] for cell in cells]  # a figure's name, alone on its line
    first = next(n for n, cell in enumerate(cells) if f"{shown[n]} = Explorer(" in cell.source)
    cells.insert(first + 1, new_code_cell(f"print({shown[first]}.settings)", id="settings"))
    notebook.cells = cells
    path.write_text(notebooks.write(notebook), encoding="utf-8")


def test_a_slider_moves_the_picture_and_python_sees_it(browser, lab):
    address, folder = lab
    write_copy(folder / "copy.ipynb")
    context = browser.new_context(viewport={"width": 1400, "height": 2400})
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    wrong = watch(tab, address)
    tab.goto(address + "lab/tree/copy.ipynb?reset")
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    tab.locator(".lm-MenuBar-item", has_text="Run").click()
    tab.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
    drawing = tab.locator(".gx-kernel .gx-drawing svg").first
    drawing.wait_for()
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    settings_cell = tab.locator(".jp-CodeCell", has_text=".settings)")
    printed = settings_cell.locator(".jp-OutputArea-output pre")
    expect(printed).to_contain_text("learning_rate", timeout=60_000)
    settings_cell.scroll_into_view_if_needed()  # the run has scrolled to the last cell
    before, settings = drawing.inner_html(), ast.literal_eval(printed.text_content())

    slider = tab.locator(".widget-slider", has_text="learning rate").first
    handle = slider.locator(".noUi-handle").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 60, y, steps=5)
    tab.mouse.up()
    tab.wait_for_function(
        "(old) => document.querySelector('.gx-kernel .gx-drawing svg').innerHTML !== old",
        arg=before,
    )
    settings_cell.locator(".cm-content").click()
    tab.keyboard.press("Control+Enter")
    expect(printed).not_to_have_text(str(settings))
    moved = ast.literal_eval(printed.text_content())
    assert moved["learning_rate"] < settings["learning_rate"]
    others = {name: value for name, value in settings.items() if name != "learning_rate"}
    assert {name: moved[name] for name in others} == pytest.approx(others)
    shown = slider.locator(".widget-readout").inner_text()
    assert float(shown) == pytest.approx(moved["learning_rate"], rel=0.01)
    errors = tab.locator("[data-mime-type='application/vnd.jupyter.error']")
    assert errors.count() == 0, errors.all_inner_texts()
    context.close()
    assert not [line for line in wrong if "raises" in line], wrong
