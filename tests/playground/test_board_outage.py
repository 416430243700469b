"""The board while its server is away: it says so, and comes back by itself to what the server has."""

import signal
import time

import httpx
import pytest
from playwright.async_api import expect

from tests.playground.board_page import kept, live, mutate, phase, shown
from tests.playground.browser import Tab
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]

BACK = 2.0
AWAY = "WebSocket|ERR_|Failed to load"


async def test_a_killed_server_is_followed_again(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        releases = Releases(http)
        made = [releases.created() for _ in range(4)]
        await page.goto(server.url)
        await live(page)
        await phase(page, made[0], "NOT_STARTED")
        server.kill()
        await expect(page.locator(".connection")).to_contain_text("Reconnecting, attempt")
        await expect(page.locator(".board-page")).to_have_attribute("data-stale", "true")
        server.restart()
        ready = time.monotonic()
        await live(page)
        assert time.monotonic() - ready < BACK
        for release in made[:2]:
            mutate(http, "startRelease", release)
            await phase(page, release, "KICKOFF")
        assert await shown(page) == kept(http)


async def test_what_happened_meanwhile_is_caught_up_with(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        release = Releases(http).created()
        await page.goto(server.url)
        await live(page)
        await page.context.set_offline(True)
        await expect(page.locator(".connection")).to_contain_text("Offline")
        mutate(http, "startRelease", release)
        await page.context.set_offline(False)
        await phase(page, release, "KICKOFF")
        await live(page)
        assert await shown(page) == kept(http)


async def test_a_frozen_server_is_noticed(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    await page.clock.install()
    await page.goto(server.url)
    await live(page)
    server.signal(signal.SIGSTOP)
    try:
        await page.clock.run_for(16_000)
        await expect(page.locator(".connection")).to_contain_text("Reconnecting")
    finally:
        server.signal(signal.SIGCONT)
    await page.clock.run_for(5_000)
    await page.clock.resume()
    await live(page)
