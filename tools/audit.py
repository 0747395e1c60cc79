"""Looks up every package of uv.lock and of package-lock.json among known vulnerabilities.

What it finds is printed and written to _build/audit.txt.
"""

import shutil
import subprocess
import sys

import javascript

BUILD = javascript.ROOT / "_build"
UV = shutil.which("uv") or javascript.ROOT / ".venv" / "uv" / "bin" / "uv"


def commands() -> list[tuple[list, str]]:
    """Each command that looks up one lock, and the folder in which it runs."""
    pins = BUILD / "pins.txt"
    export = [UV, "export", "--frozen", "--no-emit-project", "--all-groups", "--quiet"]
    subprocess.run([*export, "--output-file", pins], cwd=javascript.ROOT, check=True)
    # The pins have hashes and are complete, so nothing is resolved or installed. Strict: one that
    # could not be looked up is a failure.
    python = [UV, "tool", "run", "pip-audit>=2.9,<3", "--strict", "-r", pins, "--disable-pip"]
    npm = [javascript.NODE, javascript.NPM, "audit"]
    return [(python, javascript.ROOT), (npm, javascript.HOME)]


def main() -> None:
    """Run both; exit with 1 where one found something, or could not look."""
    BUILD.mkdir(exist_ok=True)
    failed, report = False, []
    for command, folder in commands():
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(done.stdout, end="", flush=True)
        report.append(done.stdout)
        failed |= done.returncode != 0
    (BUILD / "audit.txt").write_text("\n".join(report), encoding="utf-8")
    sys.exit(failed)


if __name__ == "__main__":
    main()
