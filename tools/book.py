"""Build the site into _build/html, running only the notebooks whose outputs are not known yet.

python tools/book.py

A notebook is run once. The cache keeps its outputs, which the site shows and nbval compares, and
what JAX computes for its figures, which the figure gate compares. The code in the
solutions of its exercises is run with it.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import gate
import solutions
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import NbArtifacts
from nbformat import NotebookNode
from notebooks import ROOT, find_notebooks, read, run, show

BUILD = ROOT / "_build"
CACHE = BUILD / ".jupyter_cache"  # where jupyter-book looks for it
DOCTREES = BUILD / ".doctrees"
SITE = BUILD / "html"
KEYS = BUILD / "keys.json"
FIGURES = "figures"  # a run's file of what gate.py notes
SOLUTIONS = "solutions"  # and of what solutions.py does

CODE = (
    "lib",
    "uv.lock",
    *(f"tools/{name}.py" for name in ("gate", "node", "numerals", "quickly", "solutions")),
    "tools/node.js",
)
HOUSE = ("_config.yml", "_toc.yml", "_ext", "assets", "references.bib", "tools/book.py")
PAGES = ("chapters", "index.md")


def fingerprint(names: Iterable[str]) -> str:
    """A hash of the files `names`, folders with all that lies below them."""
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


class Run(NamedTuple):
    """What the cache holds of a notebook's run."""

    cells: list[NotebookNode]  # of code, with their outputs
    figures: Path  # for gate.read
    solutions: Path  # the output of each, by its label


def find_run(path: Path) -> Run | None:
    """The run of the notebook at `path` and its solutions by the code as it is now, if any."""
    if not KEYS.exists() or json.loads(KEYS.read_text())["code"] != fingerprint(CODE):
        return None
    cache = get_cache(str(CACHE))
    try:
        record = cache.match_cache_notebook(read(path))
    except KeyError:
        return None
    if record.data["solutions"] != solutions.digest(path):
        return None
    key = record.pk
    bundle = cache.get_cache_bundle(key)
    with cache.cache_artefacts_temppath(key) as folder:
        return Run(bundle.nb.cells, folder / FIGURES, folder / SOLUTIONS)


def fill_cache() -> None:
    """Run every notebook that is not in the cache, and put it there with its figures' numbers."""
    cache = get_cache(str(CACHE))
    with tempfile.TemporaryDirectory() as temporary:

        def folder_of(path: Path) -> Path:
            folder = Path(temporary) / path.relative_to(ROOT).with_suffix("")
            folder.mkdir(parents=True, exist_ok=True)
            return folder

        def store(path: Path, notebook: NotebookNode, seconds: float) -> None:
            folder = folder_of(path)
            bundle = CacheBundleIn(
                notebook,
                str(path),
                artifacts=NbArtifacts([folder / FIGURES, folder / SOLUTIONS], in_folder=folder),
                data={"execution_seconds": seconds, "solutions": solutions.digest(path)},
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

        def finish(path: Path) -> str:
            noted = gate.code(folder_of(path) / FIGURES)
            return f"{noted}; {solutions.code(path, folder_of(path) / SOLUTIONS)}"

        missing = [path for path in find_notebooks() if find_run(path) is None]
        run(missing, store, finish)


def main() -> None:
    """Bring the site up to date; exit with 1 when that fails."""
    start = time.perf_counter()
    keys = {"code": fingerprint(CODE), "house": fingerprint(HOUSE), "pages": fingerprint(PAGES)}
    old = json.loads(KEYS.read_text()) if KEYS.exists() else {}
    if old != keys or not (SITE / "index.html").exists():
        if old.get("code") != keys["code"]:
            shutil.rmtree(CACHE, ignore_errors=True)
        same_house = all(old.get(key) == keys[key] for key in ("code", "house"))
        if not (same_house and old["pages"]):
            # Sphinx notices neither code nor house, and warns only about the pages it reads: so
            # after a change of those, or a failed build, it has to read all of them.
            shutil.rmtree(DOCTREES, ignore_errors=True)
            shutil.rmtree(SITE, ignore_errors=True)
        BUILD.mkdir(exist_ok=True)
        KEYS.write_text(json.dumps({**keys, "pages": None}))  # not built yet
        fill_cache()
        jupyter_book = Path(sys.executable).with_name("jupyter-book")
        command = [jupyter_book, "build", ".", "-n", "-W", "--keep-going"]
        if subprocess.run(command, cwd=ROOT).returncode:
            sys.exit("The book was not built: see the warnings above.")
        KEYS.write_text(json.dumps(keys))
    print(f"\nThe book is up to date ({time.perf_counter() - start:.0f} s).")
    print(f"Open {show(SITE / 'index.html')}, or run `make serve`.")


if __name__ == "__main__":
    main()
