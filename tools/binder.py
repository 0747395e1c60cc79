"""Takes Binder's steps in a fresh virtual environment, and runs every notebook there.

It needs the Python that environment.yml names, and the network. A notebook that fails, or prints
something else than it did when it was committed, is named.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
# What repo2docker has installed before: Jupyter, and how a notebook is run without a browser.
BASE = ["jupyterlab", "ipykernel", "nbclient", "nbformat", "pyyaml"]


def compare() -> None:
    """Run the notebooks where this runs; SystemExit names those that print something else."""
    import notebooks  # what it needs, only the fresh environment is sure to have

    wrong = []

    def note(path: Path, notebook: dict, seconds: float) -> None:
        if notebooks.normalise(notebook) != notebooks.read(path):
            wrong.append(notebooks.show(path))

    notebooks.run(notebooks.find_notebooks(), note)
    if wrong:
        sys.exit(f"These print something else: {', '.join(wrong)}")


def main() -> None:
    """Install as Binder does, and run the notebooks; a step that fails ends it."""
    *others, pins = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    (version,) = (name.removeprefix("python=") for name in others if name.startswith("python="))
    with tempfile.TemporaryDirectory() as folder:
        programs = Path(folder) / "bin"

        def step(*command: str | Path) -> None:
            environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
            print("binder:", *command[:4], flush=True)
            subprocess.run(command, cwd=ROOT, env=environment, check=True)

        subprocess.run([f"python{version}", "-m", "venv", folder], check=True)
        step(programs / "pip", "install", "--quiet", *BASE)
        step(programs / "pip", "install", "--quiet", *pins["pip"])
        step(ROOT / "binder" / "postBuild")
        step(programs / "python", __file__, "compare")


if __name__ == "__main__":
    compare() if sys.argv[1:] == ["compare"] else main()
