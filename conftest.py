"""What nbval compares: all text in a notebook's outputs, with the run that the book holds."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "tools"))


def pytest_collectstart(collector):
    """Leave out what a committed notebook does not hold; a figure still compares as text."""
    if hasattr(collector, "skip_compare"):
        import replay  # what it needs takes a second, which the other tests need not wait

        collector.skip_compare += ("image/svg+xml", "text/html", "text/latex", "stderr")
        collector.setup = lambda: replay.set_up(collector)
