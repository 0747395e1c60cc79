"""The repository's address: one setting, and every form of it follows."""

import importlib.metadata
import importlib.util
import sys
from types import SimpleNamespace

import address
import notebooks
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HERE = ("Ada", "geometry", "stable")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("git clone https://github.com/a/b", "git clone https://github.com/Ada/geometry"),
        (
            "https://github.com/a/b/actions/workflows/test.yml",
            "https://github.com/Ada/geometry/actions/workflows/test.yml",
        ),
        ("https://a.github.io/b/", "https://ada.github.io/geometry/"),
        (
            "https://mybinder.org/v2/gh/a/b/main?urlpath=lab",
            "https://mybinder.org/v2/gh/Ada/geometry/stable?urlpath=lab",
        ),
        (
            "https://colab.research.google.com/github/a/b/blob/main/x.ipynb",
            "https://colab.research.google.com/github/Ada/geometry/blob/stable/x.ipynb",
        ),
    ],
)
def test_each_form_of_the_address_follows(before, after):
    assert address.with_address(before, *HERE) == after
    assert address.with_address(after, *HERE) == after


def test_a_notebook_gets_colabs_cell_once(tmp_path):
    path = tmp_path / "sample.ipynb"
    cells = [new_markdown_cell("# A page"), new_code_cell("1")]
    path.write_text(notebooks.write(notebooks.normalise(new_notebook(cells=cells))))
    text = address.notebook_with_address(path, *HERE)
    path.write_text(text)
    assert address.notebook_with_address(path, *HERE) == text
    assert notebooks.problems(path) == []
    title, colab, code = notebooks.read(path).cells
    assert (title.source, code.source) == ("# A page", "1")
    assert '"git+https://github.com/Ada/geometry@stable"' in colab.source
    assert colab.metadata["tags"] == ["colab", "remove-cell"]


@pytest.mark.parametrize(
    ("installed", "loaded", "installs", "asks"),
    [
        (False, [], True, False),  # whatever folder `lib` may lie in the session's directory
        (False, ["jax"], True, True),
        (True, [], False, False),
        (True, ["jax"], False, True),
        (True, ["jax", "lib"], False, False),
    ],
)
def test_colabs_cell_installs_lib_once_and_asks_for_a_restart(
    monkeypatch, capsys, installed, loaded, installs, asks
):
    modules = dict.fromkeys(["google.colab", *loaded])
    monkeypatch.setattr(sys, "modules", modules | {"importlib.metadata": importlib.metadata})
    monkeypatch.setattr(
        importlib.metadata, "distributions", lambda name: [name] if installed else []
    )
    ran, warned = [], []

    def run_line_magic(magic, line):
        ran.append((magic, line))
        warned.append(capsys.readouterr().out)

    shell = SimpleNamespace(run_line_magic=run_line_magic)
    cell = address.COLAB.format(url="https://x", release="main", project="geometry")
    code = TransformerManager().transform_cell(cell)
    exec(code, {"get_ipython": lambda: shell})
    assert ran == ([("pip", 'install --quiet "git+https://x@main"')] if installs else [])
    assert ["may replace this session's JAX" in out for out in warned] == [True] * len(ran)
    assert ("restart the session" in capsys.readouterr().out) == asks


def test_elsewhere_colabs_cell_does_nothing():
    exec(TransformerManager().transform_cell(address.COLAB), {})  # there is no get_ipython


def test_the_check_names_the_file_with_another_address(tmp_path, monkeypatch):
    setting = "repository: {url: https://github.com/Ada/geometry, release: main}\n"
    (tmp_path / "_config.yml").write_text(setting)
    (tmp_path / "CITATION.cff").write_text("repository-code: https://github.com/Ada/geometry\n")
    (tmp_path / "pyproject.toml").write_text("")
    readme = tmp_path / "README.md"
    readme.write_text("<!-- address -->https://github.com/a/b<!-- /address --> //github.com/c/d\n")
    monkeypatch.setattr(address, "ROOT", tmp_path)
    monkeypatch.setattr(address, "find_notebooks", lambda *_: [])

    monkeypatch.setattr(sys, "argv", ["address.py", "--check"])
    with pytest.raises(SystemExit, match=r"README\.md: not the address"):
        address.main()
    monkeypatch.setattr(sys, "argv", ["address.py"])
    address.main()
    assert "//github.com/Ada/geometry<!--" in readme.read_text()
    assert "//github.com/c/d" in readme.read_text(), "outside the marks nothing changes"


@pytest.mark.parametrize("url", ["https://gitlab.com/a/b", "https://github.com/a/b/", "a/b"])
def test_a_malformed_address_is_refused(tmp_path, monkeypatch, url):
    (tmp_path / "_config.yml").write_text(f"repository: {{url: '{url}', release: main}}\n")
    monkeypatch.setattr(address, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match=r"should look like https://github.com/OWNER/NAME"):
        address.read_address()


def test_the_launch_buttons_open_the_release_and_the_others_the_branch(tmp_path):
    path = notebooks.ROOT / "_ext" / "launch_at_release.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    extension = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    (tmp_path / "_config.yml").write_text("repository: {branch: main, release: v0.1.0}\n")
    urls = [
        "https://mybinder.org/v2/gh/main/main/main?urlpath=lab/tree/main/x.ipynb",
        "https://colab.research.google.com/github/main/main/blob/main/main/x.ipynb",
    ]
    launch = {"label": "launch-buttons", "buttons": [{"url": url} for url in urls]}
    edit = {"label": "source-buttons", "buttons": [{"url": "https://github.com/a/b/edit/main/x"}]}
    context = {"header_buttons": [launch, edit]}
    extension.launch(SimpleNamespace(confdir=tmp_path), "x", "page.html", context, None)
    assert [button["url"] for button in launch["buttons"]] == [
        "https://mybinder.org/v2/gh/main/main/v0.1.0?urlpath=lab/tree/main/x.ipynb",
        "https://colab.research.google.com/github/main/main/blob/v0.1.0/main/x.ipynb",
    ]
    assert edit["buttons"][0]["url"].endswith("/edit/main/x")
