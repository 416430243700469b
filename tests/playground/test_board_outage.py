"""The board while its server is away: it says so, and comes back by itself to what the server has."""

import asyncio
import re
import signal
import time

import httpx
import pytest
from playwright.async_api import Route, expect

from tests.benchmarks.machine import hindrance
from tests.playground.board_page import kept, live, mutate, phase, shown
from tests.playground.browser import Tab
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]

BACK = 2.0
"""Seconds, on a usual core that is left alone."""

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
        await expect(page.locator(".connection")).to_contain_text(
            re.compile(r"Reconnecting\s*attempt ([3-9]|\d\d), last heard")
        )
        await expect(page.locator(".board-page")).to_have_attribute("data-stale", "true")
        server.restart()
        ready = time.monotonic()
        await live(page)
        assert (time.monotonic() - ready) / hindrance() < BACK
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
        # The server was heard of last when it answered the page's last ping, if ever.
        await expect(page.locator(".connection")).to_contain_text(re.compile(r"last heard 1\d s ago"))
        await expect(page.locator(".connection small")).to_have_attribute("aria-hidden", "true")  # it never ends
    finally:
        server.signal(signal.SIGCONT)
    await page.clock.run_for(5_000)
    await page.clock.resume()
    await live(page)


async def test_a_release_opened_meanwhile_is_shown_once_the_server_is_back(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        release = Releases(http).created()
        await page.goto(server.url)
        await phase(page, release, "NOT_STARTED")
        await live(page)
        server.kill()
        await expect(page.locator(".connection")).to_have_attribute("data-state", "reconnecting")
        await page.locator(f'[data-release="{release}"] a').click()
        await expect(page.get_by_role("heading", name="This cannot be shown now")).to_be_visible()
        server.restart()
        await expect(page.locator("main")).to_have_attribute("data-phase", "NOT_STARTED")
        await live(page)
        mutate(http, "startRelease", release)
        await expect(page.locator("main")).to_have_attribute("data-phase", "KICKOFF")


async def test_a_read_that_was_lost_is_made_again(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        release = Releases(http).created()
        await page.goto(f"{server.url}/releases/{release}")
        await live(page)
        lost = asyncio.Event()

        async def lose(route: Route) -> None:
            if "query Release(" not in (route.request.post_data or "") or lost.is_set():
                await route.continue_()
            else:
                lost.set()
                await route.fulfill(status=503, body="")

        await page.route("**/graphql", lose)
        mutate(http, "startRelease", release)
        await lost.wait()
        await expect(page.locator("main")).to_have_attribute("data-phase", "KICKOFF")


async def test_nothing_can_be_done_without_a_connection(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        release = Releases(http).started()
        Releases(http).task(release)
        await page.goto(f"{server.url}/releases/{release}")
        await live(page)
        pause = page.locator('[data-action="PAUSE"]')
        report = page.get_by_role("button", name="Report done look").first
        await expect(report).to_be_enabled()
        await page.context.set_offline(True)
        await expect(pause).to_have_accessible_description("No connection.")
        await expect(pause).to_have_attribute("aria-disabled", "true")
        await expect(report).to_be_disabled()
        await page.context.set_offline(False)
        await expect(pause).to_have_attribute("aria-disabled", "false")


async def test_an_action_whose_answer_was_lost_is_done_once(board: Tab, server: Server) -> None:
    page = board.page
    board.allow(AWAY)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        release = Releases(http).created()
        await page.goto(f"{server.url}/releases/{release}")
        await live(page)
        sent: list[str] = []

        async def lose(route: Route) -> None:
            """Have the server do it, and the first answer never come."""
            body = route.request.post_data or ""
            if "startRelease" not in body:
                await route.continue_()
                return
            sent.append(body)
            answer = await route.fetch()
            if len(sent) == 1:
                await route.abort()
            else:
                await route.fulfill(response=answer)

        await page.route("**/graphql", lose)
        await page.locator('[data-action="START"]').click()
        await expect(page.get_by_role("alert")).to_contain_text("it may have been done")
        await expect(page.locator('.toast[data-tone="good"]')).to_contain_text("Example 1.0")
        await expect(page.locator(".toast")).to_have_count(1)
        assert len(sent) == 2
        assert sent[0] == sent[1]
        await expect(page.locator("ol.events [data-kind='ActionPerformed']")).to_have_count(1)
