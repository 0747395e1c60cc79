"""The page of the library: complete, and its faults stop the build."""

import json
import pkgutil
import re
import subprocess
import sys

import notebooks

import lib

CONF = f"""
import sys
sys.path[:0] = [{str(notebooks.ROOT / "_ext")!r}, "."]
extensions = ["myst_parser", "library", "formulas"]
html_math_renderer = "typeset"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
exclude_patterns = ["chapters/*.ipynb"]
"""

MODULE = '''
"""Turns."""

ANGLE = 0.5
"""How far, $\\\\vartheta$."""


def turn(point, *, angle=ANGLE):
    r"""The point turned by $\\vartheta$.

    Args:
      point: where it is.
      angle: how far,
        in radians.

    Returns:
      Where it comes to be.

    Used in {ref}`turning`.

    >>> turn(0.0)
    0.0
    """


def shift(point):
    r"""The point moved, unlike in {func}`turn`. FAULTS"""
'''

FAULTS = {
    "Used in {ref}`turning`.": "says that it is used in `turning`, which does not name it",
    "Used in {ref}`shifting`.": "undefined label: 'shifting'",
    "As {func}`twist`.": "py:func reference target not found: twist",
    r"It is $\varthetta$.": r"Undefined control sequence \\varthetta: \\varthetta",
    r"It is $\tfrac{1}{2$.": "Missing close brace",
    r"It is $\left(x)$.": r"Extra \\left or missing \\right",
}


def build(folder, faults=""):
    """Sphinx, as strict as in `make book`, on a page of one module and a section that uses it."""
    (folder / "chapters").mkdir()
    (folder / "conf.py").write_text(CONF)
    (folder / "sample.py").write_text(MODULE.replace("FAULTS", faults))
    (folder / "index.md").write_text(
        "# Sample\n\n(turning)=\n## Turning\n\n```{library} sample\n```\n"
    )
    cells = [("markdown", "(turning)=\n## Turning"), ("code", "from sample import turn")]
    notebook = {"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]}
    (folder / "chapters" / "turning.ipynb").write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", ".", "html"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_a_module_is_on_the_page_with_its_formulas_terms_and_examples(tmp_path):
    done = build(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "html" / "index.html").read_text()
    for wanted in (
        'id="sample.turn"',
        'id="sample.ANGLE"',
        "<math><mi>ϑ</mi></math>",
        "<strong>angle</strong>: how far,\nin radians.",
        "<dt>Returns</dt><dd><p>Where it comes to be.",
        'href="#turning"',
        '<span class="gp">&gt;&gt;&gt; </span>',
    ):
        assert wanted in text


def test_what_is_wrong_in_a_docstring_stops_the_build(tmp_path):
    done = build(tmp_path, " ".join(FAULTS))
    assert done.returncode
    for words in FAULTS.values():
        assert words.replace(r"\\", "\\") in done.stderr
    assert done.stderr.count("WARNING") == len(FAULTS)


def test_every_module_is_on_the_page():
    page = (notebooks.CHAPTERS / "appendix" / "library.md").read_text()
    on_the_page = re.findall(r"^```\{library\} lib\.(\w+)$", page, re.M)
    modules = {module.name for module in pkgutil.iter_modules(lib.__path__)}
    # The checks are for lib itself, and the command line has its own --help.
    assert sorted(on_the_page) == sorted(modules - {"checks", "__main__"})
