"""Give the entries of a bibliography the role of list items.

Docutils calls them "doc-biblioentry", which WAI-ARIA has deprecated: a screen reader that no longer
knows it finds a list without items.

Also find the backend of citations once: pybtex looks for it in all that is installed, each time.
"""

from pybtex.plugin import find_plugin, register_plugin

BACKEND = ("pybtex.backends", "plaintext")


def mend_roles(app, pagename, templatename, context, doctree):
    """Replace the role in one page."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    """Register with Sphinx."""
    register_plugin(*BACKEND, find_plugin(*BACKEND), force=True)
    app.connect("html-page-context", mend_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
