"""Tell search engines and other sites where the book's pages are, from the repository's address.

With the base address, Sphinx names each page's own, sphinx-sitemap lists them, sphinxext-opengraph
describes them, and sphinx-notfound-page writes the page for an address where there is none.
"""

from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config


def derive(app: Sphinx, config: Config) -> None:
    """Set the address of GitHub Pages that belongs to the repository."""
    owner, name = urlsplit(config.html_theme_options["repository_url"]).path.strip("/").split("/")
    config.html_baseurl = f"https://{owner.lower()}.github.io/{name}/"
    config.ogp_site_url = config.html_baseurl
    config.notfound_urls_prefix = f"/{name}/"


def invite(app: Sphinx, failed: Exception | None) -> None:
    """Write robots.txt, which says where the list of pages is."""
    if not failed and app.builder.name == "html":
        text = f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n"
        Path(app.outdir, "robots.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", derive, priority=100)  # before the extensions that read them
    app.connect("build-finished", invite)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
