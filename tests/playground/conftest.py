"""What the tests of the pages share: one browser, on one event loop, for all of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page

from phaseboard.cli.demo_plans import DEMO_RELEASES, demo_plan
from tests.playground.browser import Tab, open_tab, running_browser
from tests.playground.examples import Releases
from tests.servers import Server, running_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of pages on the loop that the browser is driven from."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def chromium() -> AsyncIterator[None]:
    """The browser, where there is one."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await asyncio.to_thread(lambda: None)  # the thread that writes files lives as long as the loop
    async with running_browser():
        yield


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Server]:
    """A server with the releases of the demo: all but the last one run."""
    with running_server(tmp_path) as server:
        fill_with_demo(server)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def tab() -> AsyncIterator[Tab]:
    """A tab; nothing may go wrong on its page."""
    async with open_tab() as tab:
        yield tab


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server without releases."""
    with running_server(tmp_path) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=30) as http:
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def board(server: Server) -> AsyncIterator[Tab]:
    """A tab for the dashboard of that server, which outlives it: a page whose server is gone complains."""
    assert server.url
    async with open_tab() as tab:
        yield tab


@pytest.fixture
def page(board: Tab) -> Page:
    """The page in that tab."""
    return board.page


def fill_with_demo(server: Server) -> list[str]:
    """Create the releases of the demo on a server and start all but the last one; returns their ids."""
    with httpx.Client(base_url=server.url, timeout=30) as http:
        releases = Releases(http)
        ids = [releases.create(demo_plan(name, version, seed)) for seed, (name, version) in enumerate(DEMO_RELEASES)]
        for release in ids[:-1]:
            releases.start(release)
    return ids
