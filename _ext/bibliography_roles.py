"""Give the entries of a bibliography the role of list items.

Docutils calls them "doc-biblioentry", which WAI-ARIA has deprecated: a screen reader that no longer
knows it finds a list without items.
"""


def mend_roles(app, pagename, templatename, context, doctree):
    """Replace the role in one page."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", mend_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
