"""What a reader of the Markdown pages relies on: commands, links and the example of README.md."""

import doctest
import re

import jax
import pytest
from notebooks import ROOT

from lib.brackets import order_gap
from lib.simulate import gradient_step

PAGES = ["README.md", "CONTRIBUTING.md", "index.md"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def commands_in(text):
    """The targets of `make X`, inside a line of text or at the start of a line of a code block."""
    return set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))


def files_linked_from(text):
    """The files of the repository that links and pictures point at."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"\{figure\} (\S+)", text)
    return {target for target in targets if not re.match(r"https?:|#", target)}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_a_make_target(page):
    commands = commands_in(text_of(page))
    assert commands
    assert commands <= TARGETS


def test_readme_names_the_two_commands():
    assert {"book", "test"} <= commands_in(text_of("README.md"))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_file_linked_on_github_exists(page):
    missing = {file for file in files_linked_from(text_of(page)) if not (ROOT / file).exists()}
    assert not missing


def test_readme_links_the_licences_and_the_guide():
    linked = files_linked_from(text_of("README.md"))
    assert {"LICENSE", "LICENSE-TEXT", "CITATION.cff", "CONTRIBUTING.md", "_config.yml"} <= linked


def test_the_picture_exists_is_small_and_has_words():
    text = text_of("README.md")
    assert len(re.search(r"!\[([^\]]+)\]\(assets/", text)[1]) > 50
    (picture,) = [file for file in files_linked_from(text) if file.endswith(".png")]
    assert (ROOT / picture).stat().st_size < 120_000


def test_the_notebooks_that_binder_and_colab_open_exist():
    paths = re.findall(r"(?:lab/tree|blob/\w+)/(chapters/[\w/-]+\.ipynb)", text_of("README.md"))
    assert len(paths) == 4  # a badge and a link for each
    assert all((ROOT / path).exists() for path in paths)


def test_readmes_example_is_the_gap_of_two_real_steps():
    example = doctest.DocTestParser().get_doctest(text_of("README.md"), {}, "README", None, 0)
    assert len(example.examples) == 6
    names = example.globs
    assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
    epsilon, params = names["epsilon"], names["params"]
    step = gradient_step(names["field"], learning_rate=epsilon)
    gap = order_gap(step, params, (1.0, 0.5), (-2.0, 0.3))
    leading = jax.tree.map(lambda slope: epsilon**2 * slope, names["bracket"](params))
    # The remainder is of order epsilon, relative to the leading term.
    assert jax.tree.all(jax.tree.map(lambda a, b: abs(a - b) < 5 * epsilon * abs(b), gap, leading))
