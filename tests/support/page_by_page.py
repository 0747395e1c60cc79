"""Hand out the site's tests to the processes page by page, and go on when one of them ends."""

import re

from xdist.scheduler import LoadScopeScheduling


class PageByPage(LoadScopeScheduling):
    """Tests of one page run in one process, which opens the page once in each way.

    When a process ends in the middle of a test, pytest-xdist 3.8 hands out all that it ever ran and
    a single page to the process in its place, and waits for ever (its issues 1323, 1327 and 1378).
    """

    def _split_scope(self, nodeid: str) -> str:
        page = re.search(r"\[(.+\.html)", nodeid)
        return page[1] if page else nodeid

    def remove_node(self, node):
        """The test that ended its process, which is not run again; what it kept waiting is."""
        pages = self.assigned_work[node]
        left = [(tests, name) for tests in pages.values() for name, ran in tests.items() if not ran]
        for tests, name in left[:1]:
            tests[name] = True
        for page in [page for page, tests in pages.items() if all(tests.values())]:
            del pages[page]
        super().remove_node(node)
        return left[0][1] if left else None

    def schedule(self):
        """Hand out two pages to a new process: it runs its last test when it knows what follows."""
        super().schedule()
        for node in self.nodes:
            self._reschedule(node)


def pytest_xdist_make_scheduler(config, log):
    """Use it. (By marks, pytest-xdist 3.8 cannot group tests under pytest 9.)"""
    return PageByPage(config, log)
