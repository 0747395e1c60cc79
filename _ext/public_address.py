"""Tell search engines and other sites where the book's pages are, from the repository's address.

With the base address, Sphinx names each page's own, sphinxext-opengraph describes them, and
sphinx-notfound-page writes the page for an address where there is none.
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
    """Write the list of pages that search engines read, and robots.txt, which says where it is.

    All pages: sphinx-sitemap lists those alone that a build writes, and few have changed.
    """
    if failed or app.builder.name != "html":
        return
    root, folder = app.config.html_baseurl, Path(app.outdir)
    pages = "".join(
        f"<url><loc>{root}{page}.html</loc></url>\n" for page in sorted(app.env.found_docs)
    )
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n'
    (folder / "sitemap.xml").write_text(text, encoding="utf-8")
    text = f"User-agent: *\nAllow: /\nSitemap: {root}sitemap.xml\n"
    (folder / "robots.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", derive, priority=100)  # before the extensions that read them
    app.connect("build-finished", invite)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
