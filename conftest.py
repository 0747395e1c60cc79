"""What nbval compares: everything that is text in a notebook's outputs."""


def pytest_collectstart(collector):
    """Leave out what a committed notebook does not hold; a figure still compares as text."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml", "text/html", "text/latex", "stderr")
