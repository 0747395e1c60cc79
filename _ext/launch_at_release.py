"""Let Binder and Colab open a released state of the book, and the other buttons the newest.

Binder builds an image for every state that is asked for, which takes minutes: of a release it has
one already. `repository.release` of _config.yml names the tag; until there is one, the branch.
"""

from functools import cache
from pathlib import Path

import yaml
from sphinx.application import Sphinx


@cache
def repository(book: Path) -> dict[str, str]:
    """What _config.yml says of the repository."""
    return yaml.safe_load((book / "_config.yml").read_text("utf-8"))["repository"]


def launch(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Put the tag in the place of the branch into the addresses of the launch buttons."""
    names = repository(Path(app.confdir))
    branch, release = names["branch"], names["release"]
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            for button in group["buttons"]:
                for before, after in (("/blob/", "/"), ("/", "?")):  # of Colab, of Binder
                    old, new = f"{before}{branch}{after}", f"{before}{release}{after}"
                    button["url"] = button["url"].replace(old, new, 1)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", launch, priority=900)  # after the theme has made the buttons
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
