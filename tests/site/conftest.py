"""The built site in a real browser, opened from the disk and from a server on this machine."""

import functools
import json
import re

import book
import jax
import jaxtyping
import pytest
from browser import PATIENCE, watch
from chromium import launched, served
from page_by_page import pytest_xdist_make_scheduler  # noqa: F401, a hook of pytest-xdist
from playwright.sync_api import Page
from tables import write_table

WAYS = ("http", "file")
DESK = {"viewport": {"width": 1280, "height": 844}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def pytest_terminal_summary(terminalreporter):
    """Write the tables of what axe-core found and of how far the figures are off JAX."""
    head = "| page | as seen | violations |\n|---|---|---|"
    title = "accessibility: what axe-core found"
    write_table(terminalreporter, "axe", title, head, lambda: set(find_pages()))
    head = "| figure | px of pictures, readouts and controls on a desk |\n|---|---|"
    write_table(terminalreporter, "layout", "figures in one window", head, find_names)
    head = "| figure | settings | chaotic | worst relative error elsewhere |\n|---|---|---|---|"
    title = "figure gate: the page's numbers against JAX's"
    write_table(terminalreporter, "gate", title, head, find_names)


@functools.cache
def check_site() -> None:
    """Refuse to test a site that is not what the sources say."""
    if not book.KEYS.exists() or json.loads(book.KEYS.read_text()) != book.fingerprints():
        raise pytest.UsageError("the site in _build/html is missing or out of date: run make book")


def find_pages() -> list[str]:
    """The addresses of the site's pages below its root; what lies in _static is none.

    Nor is the page for addresses where there is none: it stands for pages in any folder.
    """
    check_site()
    files = (path.relative_to(book.SITE) for path in book.SITE.rglob("*.html"))
    names = [file.as_posix() for file in files if not file.parts[0].startswith("_")]
    return sorted(name for name in names if name != "404.html")


def find_figures() -> dict[str, list[str]]:
    """The ids of the figures on each page that has any."""
    tag = re.compile(r'<geometry-explorer id="([^"]+)"')
    ids = {page: tag.findall((book.SITE / page).read_text("utf-8")) for page in find_pages()}
    return {page: found for page, found in ids.items() if found}


def find_names() -> set[str]:
    """The names of all figures on the site."""
    return {id.removeprefix("explorer-") for ids in find_figures().values() for id in ids}


def pytest_generate_tests(metafunc):
    """Run a test for each page, each page with figures, or each figure that it asks for."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", find_pages())
    if "page_with_figures" in metafunc.fixturenames:
        metafunc.parametrize("page_with_figures", find_figures())
    if "place" in metafunc.fixturenames:
        places = [(page, id) for page, ids in find_figures().items() for id in ids]
        metafunc.parametrize("place", places, ids=[f"{page}#{id}" for page, id in places])


@pytest.fixture(autouse=True)
def as_in_a_notebook():
    """Switch off the strictness of tests/conftest.py: no reader's notebook runs under it."""
    jaxtyping.config.update("jaxtyping_disable", True)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def roots():
    """Where the site's root lies for both ways of opening it."""
    with served(book.SITE) as address:
        yield dict(zip(WAYS, (address, book.SITE.as_uri() + "/"), strict=True))


@pytest.fixture
def visit(browser, request):
    """Open pages: visit("index.html", "file", color_scheme="dark"). Whatever goes wrong fails.

    The root is a way of opening the site, or the address of another folder.
    """
    contexts, lists = [], []

    def visit(address: str, root: str = "http", **options) -> Page:
        if root in WAYS:
            root = request.getfixturevalue("roots")[root]
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * PATIENCE)
        lists.append(watch(page, root))
        page.goto(root + address)
        return page

    yield visit
    wrong = [
        line for lines in lists for line in lines
    ]  # before closing, which ends what still loads
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="session")
def open_tabs():
    """The tabs of the page that is open already, with the list of what went wrong in each."""
    return {}


@pytest.fixture
def reopen(browser, roots, open_tabs):
    """Open a page in a tab that its tests share, as loading takes longer than they.

    From the server, on a desk; or, with `on_a_phone`, from the disk. Whatever goes wrong fails. A
    test leaves the figures as it likes and anything else as it was.
    """

    def reopen(page: str, on_a_phone: bool = False) -> Page:
        if any(other != page for other, _ in open_tabs):
            for tab, _ in open_tabs.values():
                tab.close()
            open_tabs.clear()
        if (page, on_a_phone) not in open_tabs:
            tab = browser.new_page(**(PHONE if on_a_phone else DESK))
            tab.set_default_timeout(1000 * PATIENCE)
            root = roots["file" if on_a_phone else "http"]
            open_tabs[page, on_a_phone] = tab, watch(tab, root)
            tab.goto(root + page)
        return open_tabs[page, on_a_phone][0]

    yield reopen
    for tab, wrong in open_tabs.values():
        tab.mouse.up()  # a test that failed in a drag leaves the button down
        assert not wrong, "\n".join(wrong)
