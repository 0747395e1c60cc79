"""Rebuilds what the book carries, Observable Plot, MathJax and its fonts, from pinned packages.

Their files are committed, so neither make book nor make test runs this.
"""

import json
import re
import shutil

import javascript

PLOT = javascript.ROOT / "lib" / "figures" / "vendor"
MATHJAX = javascript.ROOT / "_ext" / "vendor" / "mathjax"
FONTS = javascript.ROOT / "assets" / "vendor" / "fonts"
FACES = {  # package: which of its files; a page loads those whose letters it has
    "source-serif-4": ("latin-wght-normal", "latin-wght-italic", "greek-wght-normal"),
    "source-sans-3": ("latin-wght-normal", "greek-wght-normal"),
}
PAGE = javascript.ROOT / "chapters" / "appendix" / "carried-software.md"
PAGE_START = """\
(carried-software)=
# Software that the book carries

The book's repository holds files of these npm packages, each beside its licence. `make vendor`
writes the files and this table. Every week the packages are looked up among known vulnerabilities.

| package | version | licence | what it does | folder |
|:--|:--|:--|:--|:--|
"""
NAMES = ("LICENSE", "LICENSE.txt", "LICENSE.md")
BANNER = "Observable Plot and the parts of d3 it uses: see LICENSES.txt. Built by tools/vendor.py."
MATHJAX_BANNER = "The parts of MathJax 3.2.2 that typeset: see LICENSE. Built by tools/vendor.py."


def licences(meta: dict) -> str:
    """The licences of the packages that esbuild's metafile says are in a bundle."""
    (output,) = meta["outputs"].values()
    used = [name for name, part in output["inputs"].items() if part["bytesInOutput"] > 0]
    inside = [name.partition("node_modules/")[2].split("/") for name in used]
    packages = {"/".join(p[: 2 if p[0].startswith("@") else 1]) for p in inside} - {""}
    texts = []
    for package in sorted(packages):
        folder = javascript.PACKAGES / package
        about = json.loads((folder / "package.json").read_text("utf-8"))
        found = next((folder / name for name in NAMES if (folder / name).exists()), None)
        text = found.read_text("utf-8").strip() if found else "(the package has no licence text)"
        head = f"===== {about['name']} {about['version']} ({about['license']}) ====="
        texts.append(f"{head}\n\n{text}\n")
    return "\n".join(texts)


def build_plot() -> None:
    """One classic script, because a page opened from file:// may not load a module."""
    PLOT.mkdir(parents=True, exist_ok=True)
    meta = javascript.PACKAGES / "meta.json"
    built = javascript.run(
        "esbuild/bin/esbuild",
        javascript.HOME / "plot.mjs",
        *("--bundle", "--minify", "--format=iife", "--target=es2020", "--charset=utf8"),
        *(
            "--legal-comments=none",
            "--tsconfig-raw={}",
            f"--metafile={meta}",
            f"--outfile={PLOT / 'plot.js'}",
        ),
        f"--banner:js=/* {BANNER} */",
    )
    if not built:
        raise SystemExit("vendor: esbuild failed")
    text = licences(json.loads(meta.read_text("utf-8")))
    (PLOT / "LICENSES.txt").write_text(text, encoding="utf-8")


def build_mathjax() -> None:
    """One script that typesets formulas in Node, and the fonts that its style sheet names."""
    shutil.rmtree(MATHJAX, ignore_errors=True)
    MATHJAX.mkdir(parents=True)
    package = javascript.PACKAGES / "mathjax-full"
    built = javascript.run(
        "esbuild/bin/esbuild",
        javascript.HOME / "formulas.mjs",
        *("--bundle", "--minify", "--platform=node", "--target=node20", "--charset=utf8"),
        *("--legal-comments=none", f"--outfile={MATHJAX / 'formulas.js'}"),
        f"--banner:js=/* {MATHJAX_BANNER} */",
    )
    if not built:
        raise SystemExit("vendor: esbuild failed")
    shutil.copy(package / "LICENSE", MATHJAX)
    for font in (package / "es5/output/chtml/fonts/woff-v2").glob("*.woff"):
        shutil.copy(font, MATHJAX)


def copy_fonts() -> None:
    """Copy the faces that the book uses, and write the style sheet that names them."""
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    sheet = ["/* The fonts of the book. Written by tools/vendor.py. */"]
    for package, faces in FACES.items():
        origin = javascript.PACKAGES / "@fontsource-variable" / package
        shutil.copy(origin / "LICENSE", FONTS / f"LICENSE-{package}")
        texts = [(origin / f"wght{s}.css").read_text("utf-8") for s in ("", "-italic")]
        for face in faces:
            file = f"{package}-{face}.woff2"
            shutil.copy(origin / "files" / file, FONTS / file)
            rules = re.findall(r"@font-face \{[^}]*\}", "".join(texts))
            (rule,) = (rule for rule in rules if f"/{file})" in rule)
            sheet.append(rule.replace(" Variable'", "'").replace("./files/", "./"))
    (FONTS / "fonts.css").write_text("\n\n".join(sheet) + "\n", encoding="utf-8")


def page() -> str:
    """The page of the book that lists the packages of which it carries files."""
    lock = json.loads((javascript.HOME / "package-lock.json").read_text("utf-8"))["packages"]
    drawing = re.findall(r"^===== (\S+) ", (PLOT / "LICENSES.txt").read_text("utf-8"), re.M)
    carried = [
        *((name, "draws the figures", PLOT) for name in drawing),
        ("mathjax-full", "typesets the formulas", MATHJAX),
        *((f"@fontsource-variable/{name}", "is a font of the text", FONTS) for name in FACES),
    ]
    rows = []
    for name, use, folder in carried:
        about = lock[f"node_modules/{name}"]
        where = folder.relative_to(javascript.ROOT)
        rows.append(f"| {name} | {about['version']} | {about['license']} | {use} | `{where}` |")
    return PAGE_START + "\n".join(rows) + "\n"


if __name__ == "__main__":
    javascript.install()
    build_plot()
    build_mathjax()
    copy_fonts()
    PAGE.write_text(page(), encoding="utf-8")
