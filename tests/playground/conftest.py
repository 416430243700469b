"""What the tests of the pages share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page

from phaseboard.cli.demo_plans import DEMO_RELEASES, demo_plan
from tests.playground.browser import Tab, open_tab
from tests.playground.examples import Releases
from tests.servers import Server, running_server


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Server]:
    """A server with the releases of the demo: all but the last one run."""
    with running_server(tmp_path) as server:
        fill_with_demo(server)
        yield server


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab of a browser of its own; nothing may go wrong on its page."""
    async with open_tab(tmp_path) as tab:
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


@pytest.fixture
async def board(tmp_path: Path, server: Server) -> AsyncIterator[Tab]:
    """A tab for the dashboard of that server, which outlives it: a page whose server is gone complains."""
    assert server.url
    async with open_tab(tmp_path) as tab:
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
