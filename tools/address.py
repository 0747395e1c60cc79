"""Write the repository's public address, which stands once in _config.yml, wherever it is needed.

    python tools/address.py            # write it
    python tools/address.py --check    # say which file holds another one

It goes into CITATION.cff, into pyproject.toml, between `<!-- address -->` and `<!-- /address -->`
of README.md and the other Markdown pages, and into the first code cell of every notebook, which
installs `lib` in Colab.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

import yaml
from nbformat.v4 import new_code_cell
from notebooks import ROOT, find_notebooks, normalise, read, show, write

OWNER_NAME = r"[\w.-]+/[\w.-]*\w"
MARKED = re.compile(r"<!-- address -->.*?<!-- /address -->", re.DOTALL)
TAGS = ["colab", "remove-cell"]  # hidden in the book
COLAB = """\
# In Colab, this installs the book's library `lib`, which switches JAX to
# float64. Elsewhere it does nothing. Where it asks for a restart: "Runtime >
# Restart session", then run all cells again.
import sys
from importlib.metadata import distributions

if "google.colab" in sys.modules:
    # A folder named lib is not enough.
    if not any(distributions(name="{project}")):
        print("Installing `lib`, which may replace this session's JAX.")
        %pip install --quiet "git+{url}@{release}"
    if "jax" in sys.modules and "lib" not in sys.modules:
        print("JAX was imported before `lib`: please restart the session.")"""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]


def read_address() -> tuple[str, str, str]:
    """Owner and name of the repository, and the state that readers get, from _config.yml."""
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    match = re.fullmatch(rf"https://github\.com/({OWNER_NAME})", repository["url"])
    if match is None:
        sys.exit(
            "_config.yml: repository.url should look like https://github.com/OWNER/NAME, "
            f"without a slash at the end; it is {repository['url']!r}."
        )
    owner, name = match[1].split("/")
    return owner, name, repository["release"]


def with_address(text: str, owner: str, name: str, release: str) -> str:
    """`text` with every address of a repository in it (GitHub, Pages, Binder, Colab) replaced."""
    here = f"{owner}/{name}"
    text = re.sub(rf"(//github\.com/){OWNER_NAME}", rf"\g<1>{here}", text)
    text = re.sub(r"//[\w-]+\.github\.io/[\w.-]+", f"//{owner.lower()}.github.io/{name}", text)
    text = re.sub(rf"(/v2/gh/){OWNER_NAME}/[\w.-]+", rf"\g<1>{here}/{release}", text)
    return re.sub(
        rf"(colab\.research\.google\.com/github/){OWNER_NAME}/blob/[\w.-]+",
        rf"\g<1>{here}/blob/{release}",
        text,
    )


def notebook_with_address(path: Path, owner: str, name: str, release: str) -> str:
    """The text of the notebook at `path` with Colab's cell; added before the others if missing."""
    notebook = read(path)
    cell = next((cell for cell in notebook.cells if "colab" in cell.metadata.get("tags", [])), None)
    if cell is None:
        cell = new_code_cell(metadata={"tags": TAGS})
        first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells.insert(first, cell)
    url = f"https://github.com/{owner}/{name}"
    source = COLAB.format(url=url, release=release, project=PROJECT)
    if (cell.source, cell.metadata) == (source, {"tags": TAGS}):
        return path.read_text(encoding="utf-8")
    cell.source, cell.metadata = source, {"tags": TAGS}
    return write(normalise(notebook))


def wanted_texts() -> dict[Path, str]:
    """Every file that holds the address, with the text it should have."""
    address = read_address()
    texts = {}
    for path in (ROOT / "CITATION.cff", ROOT / "pyproject.toml"):
        texts[path] = with_address(path.read_text(encoding="utf-8"), *address)
    for path in [*ROOT.glob("*.md"), *(ROOT / "chapters").rglob("*.md")]:
        texts[path] = MARKED.sub(
            lambda block: with_address(block[0], *address), path.read_text(encoding="utf-8")
        )
    for path in [*find_notebooks(), *find_notebooks(ROOT / "template")]:
        texts[path] = notebook_with_address(path, *address)
    return texts


def main() -> None:
    """Write the address, or with --check only compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    differing = {
        path: text
        for path, text in wanted_texts().items()
        if path.read_text(encoding="utf-8") != text
    }
    if check and differing:
        files = ", ".join(sorted(show(path) for path in differing))
        sys.exit(f"{files}: not the address of _config.yml; `make address` writes it.")
    for path, text in differing.items():
        path.write_text(text, encoding="utf-8")
        print(f"{show(path)}: written")
    if not differing:
        print("The repository's address is the same everywhere.")


if __name__ == "__main__":
    main()
