"""Build the site into _build/html, running only the notebooks whose outputs are not known yet.

python tools/book.py

A notebook is run once. The cache keeps its outputs, which the site shows and nbval compares, and
what JAX computes for its figures, which the figure gate compares. The code in the
solutions of its exercises is run with it.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

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
# The files of a run: what gate.py notes, what it has found there, and what solutions.py notes.
FIGURES, COMPARED, SOLUTIONS = "figures", "compared", "solutions"

LONG = {  # notebooks that need longer than their size lets one think
    "lie-brackets/batch-normalization",
    "mirror-flows/escaping-saddles",
    "mirror-flows/fine-tuning",
    "mirror-flows/sparsity-and-margins",
    "quasistatic-manifold/a-network-on-its-minima",
    "quasistatic-manifold/curved-manifolds",
    "quasistatic-manifold/learning-rate-batch-size-momentum",
}

CODE = (
    "lib",
    "uv.lock",
    *(f"tools/{name}.py" for name in ("gate", "node", "numerals", "quickly", "solutions")),
    "tools/node.js",
)
HOUSE = ("_config.yml", "_toc.yml", "_ext", "references.bib", "tools/book.py")
PAGES = ("chapters", "index.md", "benchmarks/table.json")
SOURCES = {"code": CODE, "house": HOUSE, "assets": ("assets",), "pages": PAGES}


def fingerprint(names: Iterable[str]) -> str:
    """A hash of the files `names`, folders with all below them but what tools keep there."""
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            place = file.relative_to(ROOT)
            kept = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
            if file.is_file() and not kept:
                digest.update(f"{place}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def fingerprints() -> dict[str, str]:
    """The hashes of all that the site is made of."""
    return {name: fingerprint(files) for name, files in SOURCES.items()}


class Run(NamedTuple):
    """What the cache holds of a notebook's run."""

    cells: list[NotebookNode]  # of code, with their outputs
    figures: Path  # for gate.read
    solutions: Path  # the output of each, by its label


def find_run(path: Path) -> Run | None:
    """The run of the notebook at `path` and its solutions by the code as it is now, if any."""
    if not KEYS.exists() or json.loads(KEYS.read_text())["code"] != fingerprint(CODE):
        return None
    return find_stored(path)


def find_stored(path: Path) -> Run | None:
    """The run of the notebook at `path` and its solutions in the cache, if any."""
    cache = get_cache(str(CACHE))
    try:
        record = cache.match_cache_notebook(read(path))
    except KeyError:
        return None
    if record.data.get("solutions") != solutions.digest(path):  # Jupyter Book notes none
        return None
    key = record.pk
    bundle = cache.get_cache_bundle(key)
    with cache.cache_artefacts_temppath(key) as folder:
        return Run(bundle.nb.cells, folder / FIGURES, folder / SOLUTIONS)


def last_times() -> dict[str, float]:
    """How many seconds the last run of each notebook in the cache took, by its file."""
    records = get_cache(str(CACHE)).list_cache_records() if CACHE.exists() else []
    records.sort(key=lambda record: record.pk)
    return {record.uri: record.data["execution_seconds"] for record in records}


def longest_first(paths: Iterable[Path], times: dict[str, float]) -> list[Path]:
    """Paths in an order in which no long one is left for the end, when the other cores are done.

    A notebook that has not run here is taken to need half a second for a kilobyte, unless it is
    known to need more.
    """

    def seconds(path: Path) -> float:
        usual = 60 if f"{path.parent.name}/{path.stem}" in LONG else path.stat().st_size / 2000
        return times.get(str(path), usual)

    return sorted(paths, key=seconds, reverse=True)


def fill_cache(times: dict[str, float]) -> None:
    """Run every notebook that is not in the cache, and put it there with its figures' numbers."""
    cache = get_cache(str(CACHE))
    with tempfile.TemporaryDirectory() as temporary:

        def folder_of(path: Path) -> Path:
            folder = Path(temporary) / path.relative_to(ROOT).with_suffix("")
            folder.mkdir(parents=True, exist_ok=True)
            return folder

        def files(path: Path) -> list[Path]:
            return [folder_of(path) / name for name in (FIGURES, COMPARED, SOLUTIONS)]

        def store(path: Path, notebook: NotebookNode, seconds: float) -> None:
            folder = folder_of(path)
            bundle = CacheBundleIn(
                notebook,
                str(path),
                artifacts=NbArtifacts(files(path), in_folder=folder),
                data={"execution_seconds": seconds, "solutions": solutions.digest(path)},
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

        def finish(path: Path) -> str:
            figures, compared, solved = map(str, files(path))
            tools = f"import sys; sys.path.append({str(Path(__file__).parent)!r})"
            noted = f"import gate; gate.write({figures!r}, {compared!r})"
            return f"{tools}; {noted}; {solutions.code(path, solved)}"

        missing = [path for path in find_notebooks() if find_stored(path) is None]
        if missing:
            # Sphinx comes next: while kernels start, there is time to import it.
            threading.Thread(target=import_module, args=["jupyter_book.sphinx"]).start()
        run(longest_first(missing, times), store, finish)


def write_site(every_page: bool) -> bool:
    """Write the pages that have changed, or every one; whether that went without a warning.

    This is what `jupyter-book build . -n -W --keep-going` does after a second Python has started.
    """
    from jupyter_book.sphinx import build_sphinx  # a second, which a book as it should be saves

    settings = {
        "external_toc_path": str(ROOT / "_toc.yml"),
        "nitpicky": True,
        "latex_individualpages": False,
    }
    failed = build_sphinx(
        ROOT,
        SITE,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides=settings,
        warningiserror=True,
        keep_going=True,
        force_all=every_page,
    )
    return not failed


def main() -> None:
    """Bring the site up to date; exit with 1 when that fails."""
    start = time.perf_counter()
    keys = fingerprints()
    old = json.loads(KEYS.read_text()) if KEYS.exists() else {}
    if old != keys or not (SITE / "index.html").exists():
        times = last_times()
        same = {key for key in keys if old.get(key) == keys[key]}
        if "code" not in same:
            shutil.rmtree(CACHE, ignore_errors=True)
        if not ({"code", "house"} <= same and old["pages"]):
            # Sphinx notices neither code nor house, and warns only about the pages it reads: so
            # after a change of those, or a failed build, it has to read all of them.
            shutil.rmtree(DOCTREES, ignore_errors=True)
            shutil.rmtree(SITE, ignore_errors=True)
        elif "assets" not in same:
            shutil.rmtree(SITE / "_static", ignore_errors=True)
        BUILD.mkdir(exist_ok=True)
        KEYS.write_text(json.dumps({**keys, "pages": None}))  # not built yet
        fill_cache(times)
        if not write_site(every_page="assets" not in same):  # the pages name them by their hashes
            sys.exit("The book was not built: see the warnings above.")
        KEYS.write_text(json.dumps(keys))
    print(f"\nThe book is up to date ({time.perf_counter() - start:.0f} s).")
    print(f"Open {show(SITE / 'index.html')}, or run `make serve`.")


if __name__ == "__main__":
    main()
