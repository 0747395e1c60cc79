"""Run the book's notebooks and keep them in normal form.

A notebook is committed with its outputs, so that nbval can compare every number it prints. So that
a change in a notebook shows as a change in what it says, its outputs are text only, and everything
that differs from run to run is left out.

    python tools/notebooks.py            # run all notebooks and write them in normal form
    python tools/notebooks.py --check    # say which notebook and cell is not in normal form
"""

import argparse
import asyncio
import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import kernels
import nbformat
import quickly
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
CELL_METADATA = ("tags", "mystnb")  # what a cell may carry; the rest is an editor's state
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class FailedCell(Exception):
    """A cell of a notebook raised; the message says which, and holds the traceback."""


def find_notebooks(folder: Path = CHAPTERS) -> list[Path]:
    """The notebooks below `folder`, in a fixed order."""
    hidden = ".ipynb_checkpoints"
    return sorted(path for path in folder.rglob("*.ipynb") if hidden not in path.parts)


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path`, as it is: neither converted nor validated."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)


def run(
    paths: Iterable[Path],
    done: Callable[[Path, nbformat.NotebookNode, float], None],
    finish: Callable[[Path], str] | None = None,
) -> None:
    """Run notebooks in parallel, one kernel per core, and say how far it is.

    Args:
      paths: the notebooks; the files are only read.
      done: called with path, run notebook and seconds as each one finishes.
      finish: the code that a notebook's kernel runs after the last cell. It is no cell of the run
        notebook, and what it prints is lost.

    Raises:
      SystemExit: cells failed; the message holds notebook, cell and traceback. The other
        notebooks have run.
    """
    paths = list(paths)
    cores = asyncio.Semaphore(os.cpu_count() or 1)
    left = len(paths)

    async def run_one(path: Path) -> None:
        nonlocal left
        async with cores:
            notebook = nbformat.read(path, as_version=4)
            client = NotebookClient(
                notebook,
                kernels.Kernel(source),
                timeout=None,  # a long cell is not an error
                extra_arguments=["--log-level=ERROR"],  # it warns that it talks over TCP
                store_widget_state=False,  # a page needs none, and it holds each view's script
                record_timing=False,  # a cell's metadata is part of its key in the cache
                resources={"metadata": {"path": str(path.parent)}},
            )
            optimizing = False

            async def switch(cell: nbformat.NotebookNode, **_: int) -> None:
                nonlocal optimizing
                if optimizing != (quickly.LONG_RUN in cell.metadata.get("tags", [])):
                    optimizing = not optimizing
                    await run_silently(client, quickly.switch(optimize=optimizing))

            client.on_cell_execute = switch
            start = time.perf_counter()
            try:
                async with client.async_setup_kernel(cleanup_kc=True):
                    await client.async_execute(cleanup_kc=False)
                    if finish is not None:
                        await run_silently(client, finish(path))
            except (CellExecutionError, FailedCell) as error:
                left -= 1
                where = f"{show(path)}: {failed_cell(notebook)} failed"
                print(f"  {where}, {left} left", flush=True)
                raise FailedCell(f"{where}.\n{error}") from None
            seconds = time.perf_counter() - start
        done(path, notebook, seconds)
        left -= 1
        print(f"  {show(path)}: {seconds:.1f} s, {left} left", flush=True)

    async def run_all() -> list[BaseException | None]:
        return await asyncio.gather(*map(run_one, paths), return_exceptions=True)

    if not paths:
        return
    print(f"Running {left} notebook(s) on {os.cpu_count()} core(s)", flush=True)
    with kernels.source({**os.environ, **quickly.environment()}) as source:
        errors = [error for error in asyncio.run(run_all()) if error]
    for error in errors:
        if not isinstance(error, FailedCell):
            raise error
    if errors:
        sys.exit("\n".join(map(str, errors)))


def failed_cell(notebook: nbformat.NotebookNode) -> str:
    """Which cell of a notebook holds an error."""
    for number, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"cell {number}"
    return "the code after the last cell"


async def run_silently(client: NotebookClient, code: str) -> None:
    """Run code in a notebook's kernel that its outputs do not show."""
    answer = await client.kc.execute_interactive(
        code, silent=True, store_history=False, output_hook=lambda _: None
    )
    if answer["content"]["status"] != "ok":
        raise FailedCell("\n".join(answer["content"]["traceback"]))


def normal_outputs(outputs: list) -> list:
    """The outputs of a cell, text only: what is printed, what is shown as text, errors' names."""
    normal = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if output["name"] != "stdout":
                continue  # warnings and progress bars are not results
            if normal and normal[-1]["output_type"] == "stream":
                normal[-1]["text"] += output["text"]
            else:
                normal.append({"output_type": kind, "name": "stdout", "text": output["text"]})
        elif kind == "error":
            line = f"{output['ename']}: {output['evalue']}"
            error = {"ename": output["ename"], "evalue": output["evalue"], "traceback": [line]}
            normal.append({"output_type": kind, **error})
        elif "text/plain" in output["data"]:
            shown = {"data": {"text/plain": output["data"]["text/plain"]}, "metadata": {}}
            if kind == "execute_result":
                shown["execution_count"] = None
            normal.append({"output_type": kind, **shown})
    return normal


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of `notebook` in normal form.

    Ids are made from the cells' sources and counts run 1…n, so neither depends on when or where
    a notebook was run or which editor wrote it.
    """
    cells, seen, count = [], {}, 0
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}:{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        normal = {
            "cell_type": cell.cell_type,
            "id": digest if seen[digest] == 1 else f"{digest}-{seen[digest]}",
            "metadata": {k: cell.metadata[k] for k in CELL_METADATA if k in cell.metadata},
            "source": cell.source,
        }
        if {"hide-input", "remove-cell"} & set(cell.metadata.get("tags", [])):
            normal["metadata"]["jupyter"] = {"source_hidden": True}  # JupyterLab folds it too
        if cell.cell_type == "code":
            count += 1
            normal["execution_count"] = count
            normal["outputs"] = normal_outputs(cell.outputs)
            for output in normal["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
        cells.append(normal)
    return nbformat.from_dict(
        {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


def write(notebook: nbformat.NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def problems(path: Path) -> list[str]:
    """What keeps the notebook at `path` from normal form, one line per finding."""
    notebook = read(path)
    if notebook.nbformat != 4:
        return [f"{show(path)}: is of notebook format {notebook.nbformat}, not 4"]
    normal = normalise(notebook)
    found = []

    def say(number: int, what: str) -> None:
        found.append(f"{show(path)}: cell {number}: {what}")

    for number, (cell, wanted) in enumerate(zip(notebook.cells, normal.cells, strict=True), 1):
        if cell.get("id") != wanted.id:
            say(number, f"its id is {cell.get('id')!r}, not {wanted.id!r}")
        if extra := set(cell.metadata) - set(wanted.metadata):
            say(number, f"it carries an editor's metadata: {', '.join(sorted(extra))}")
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():
            say(number, "it is an empty code cell")
        if cell.execution_count != wanted.execution_count:
            say(number, f"its count is {cell.execution_count}, not {wanted.execution_count}")
        if cell.outputs != wanted.outputs:
            say(number, "its outputs are more than text (images, HTML, stderr, widgets, counts)")
        if re.search(r"\bat 0x[0-9a-f]{6,}", str(wanted.outputs)):
            say(number, "it prints a memory address, which differs from run to run")
    if notebook.metadata != normal.metadata:
        found.append(f"{show(path)}: its metadata is not that of a plain python3 notebook")
    if not found and path.read_text(encoding="utf-8") != write(normal):
        found.append(f"{show(path)}: its file is not laid out as `make notebooks` writes it")
    return found


def show(path: Path) -> str:
    """`path` as a reader types it: from the repository's root where it lies below it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def main() -> None:
    """Run or check the notebooks named on the command line, or else all of the book's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only check the normal form")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all below chapters/")
    arguments = parser.parse_args()
    paths = [path.resolve() for path in arguments.notebooks] or find_notebooks()
    if not paths:
        sys.exit("There is no notebook below chapters/.")
    if arguments.check:
        found = [line for path in paths for line in problems(path)]
        if found:
            sys.exit("\n".join([*found, "`make notebooks` brings them into normal form."]))
        print(f"{len(paths)} notebook(s) in normal form")
    else:
        run(
            paths,
            lambda path, notebook, seconds: path.write_text(
                write(normalise(notebook)), encoding="utf-8"
            ),
        )


if __name__ == "__main__":
    main()
