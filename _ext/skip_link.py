"""Lead the link "Skip to main content" to the text: the theme's leads to the buttons above it."""

from pathlib import Path

from sphinx.application import Sphinx

CHANGES = {
    '<a href="#main-content">Skip': '<a href="#text">Skip',
    '<article class="bd-article">': '<article class="bd-article" id="text" tabindex="-1">',
}


def lead_to_text(app: Sphinx, exception: Exception | None) -> None:
    """Change the written pages, as both stand in the theme's templates."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if all(before in text for before in CHANGES):  # the page of the search has no text
            for before, after in CHANGES.items():
                text = text.replace(before, after)
            page.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", lead_to_text)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
