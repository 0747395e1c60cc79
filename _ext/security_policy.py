"""A content-security policy in every page: what may run there, and whom the page may ask.

Scripts are the site's own files, and those few lines in the page whose hash the policy names. No
page may compile text; one with figures may run their functions in workers, which are made of text.
The policy is written when all pages are, as it depends on every script in them.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from html import unescape

from sphinx.application import Sphinx
from written_site import EVENT, Site

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S)
IS_NO_SCRIPT = re.compile(r'\bsrc=|\btype="(?!text/javascript|module)')  # but a file, or data
HANDLER = re.compile(r'<[a-z][^>]*?\son[a-z]+="([^"]*)"')
START = re.compile(r'(<head\b[^>]*>\s*<meta charset="utf-8"\s*/?>)', re.I)
POLICY = re.compile(r'\n *<meta http-equiv="Content-Security-Policy" content="[^"]*">')


def hashes(texts: Iterable[str]) -> list[str]:
    """The sources of a policy that allow these scripts."""
    digests = {hashlib.sha256(text.encode()).digest() for text in texts}
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def handlers_of(page: str) -> set[str]:
    """The scripts in the attributes of a page, what its buttons do."""
    return {unescape(text) for text in HANDLER.findall(SCRIPT.sub("", page))}


def policy(page: str, handlers: Iterable[str]) -> str:
    """The policy of a page, from its HTML and the handlers of all pages, which the search reads."""
    scripts = hashes(
        text for options, text in SCRIPT.findall(page) if not IS_NO_SCRIPT.search(options)
    )
    figures = "<geometry-explorer" in page
    allowed = {
        "default-src": ["'none'"],
        "script-src": [
            "'self'",
            *scripts,
            "'unsafe-hashes'",
            *hashes(handlers),
        ],
        "worker-src": ["blob:"] if figures else ["'none'"],
        "style-src": ["'self'", "'unsafe-inline'"],  # places and widths
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in allowed.items())


def with_policy(page: str, handlers: Iterable[str]) -> str:
    """A page with its policy before everything that the policy is about."""
    page = POLICY.sub("", page)
    meta = f'\n<meta http-equiv="Content-Security-Policy" content="{policy(page, handlers)}">'
    return START.sub(lambda start: start[0] + meta, page, count=1)


def write(app: Sphinx, site: Site) -> None:
    """Write it into every page of the site."""
    handlers = set().union(*map(handlers_of, site.pages.values()))
    for file, page in site.pages.items():
        site.pages[file] = with_policy(page, handlers)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("written_site")
    app.connect(EVENT, write, priority=999)  # when nothing changes the pages any more
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
