"""Put the code below a figure, which a closed box holds, into a file that loads as it is opened.

The file is a script, as a page that is opened from a disk may load nothing else. The page keeps the
places of the cells with their buttons for copying, and for readers without scripts a link to the
notebook.
"""

import hashlib
import json
import os
import re
from pathlib import Path

from sphinx.application import Sphinx
from written_site import EVENT, Site

BOX = re.compile(
    r'(<details class="code-of-figure")(><summary>.*?</summary>)(.*?)(?=</details>)', re.S
)
CELL = re.compile(r"<pre>(.*?)</pre>", re.S)
FILL = (
    '%s.forEach((code, n) => {document.currentScript.parentElement.querySelectorAll("pre")[n]'
    ".innerHTML = code;});\n"
)


def move(page: str, notebook: str, write) -> str:
    """A page without the code of its figures.

    Args:
      page: its HTML.
      notebook: the address of its source.
      write: keeps the text of a script, and returns its address.
    """
    there = f'<noscript>Without scripts, it is in <a href="{notebook}">the notebook</a>.</noscript>'

    def empty(box: re.Match[str]) -> str:
        start, summary, cells = box.groups()
        address = write(FILL % json.dumps(CELL.findall(cells), ensure_ascii=False))
        return f'{start} data-code="{address}"{summary}{there}{CELL.sub("<pre></pre>", cells)}'

    return BOX.sub(empty, page)


def move_all(app: Sphinx, site: Site) -> None:
    """Change the pages, and write the files beside the functions of the figures."""
    for file, page in site.pages.items():
        up = os.path.relpath(site.folder, file.parent)
        notebook = file.relative_to(site.folder).with_suffix(".ipynb")

        def write(text: str, up: str = up) -> str:
            name = f"figures/code-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js"
            (site.static / name).write_text(text, encoding="utf-8")
            return f"{up}/_static/{name}"

        site.pages[file] = move(page, Path(up, "_sources", notebook).as_posix(), write)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, move_all, priority=550)  # when plain_code.py has changed the code
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
