"""The board in a real browser, on a real server."""

import re
import time
from datetime import datetime
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.playground.board_page import BROKEN, SHORT, create, kept, live, mutate, phase, shown
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]

FIRST_CARD = 1.0
PAINTED = 0.1

WATCH = """release => new Promise(resolve => {
    const card = () => document.querySelector(`[data-release="${release}"]`);
    new MutationObserver((_, watching) => {
        if (card()?.dataset.phase !== "KICKOFF") return;
        watching.disconnect();
        requestAnimationFrame(() => resolve(Date.now() / 1000));
    }).observe(document.body, { subtree: true, attributes: true, childList: true });
})"""
"""Resolves with the time at which a release was painted in kickoff."""


async def test_the_first_card_is_there_within_a_second(page: Page, server: Server, http: httpx.Client) -> None:
    releases = Releases(http)
    made = {releases.created(), releases.started()}
    await page.goto(server.url)  # once, so that neither side is cold
    await page.goto("about:blank")
    began = time.monotonic()
    await page.goto(server.url, wait_until="commit")
    await page.locator("[data-release]").first.wait_for()
    assert time.monotonic() - began < FIRST_CARD
    assert made <= set(await shown(page))


async def test_it_shows_what_the_server_has(page: Page, server: Server, http: httpx.Client) -> None:
    releases = Releases(http)
    releases.created()
    releases.submitted()
    releases.failed_task()
    await page.goto(server.url)
    await live(page)
    await expect(page.locator("[data-release]")).to_have_count(len(kept(http)))
    assert await shown(page) == kept(http)
    assert await page.locator('[data-lane="attention"] [data-phase="PAUSED_BY_FAILURE"]').count() >= 1


async def test_a_change_is_painted_at_once(page: Page, server: Server, http: httpx.Client) -> None:
    release = Releases(http).created()
    await page.goto(server.url)
    await live(page)
    await phase(page, release, "NOT_STARTED")
    took = []
    for _ in range(5):  # the middle one of five: this machine does other things besides
        waiting = await page.evaluate_handle(f"release => ({{ painted: ({WATCH})(release) }})", release)
        mutate(http, "startRelease", release)
        painted = await waiting.evaluate("waiting => waiting.painted")
        took.append(painted - committed(http, release))
        release = Releases(http).created()
        await phase(page, release, "NOT_STARTED")
    print("painted", ", ".join(f"{seconds * 1000:.0f} ms" for seconds in sorted(took)), "after the commit")
    assert sorted(took)[2] < PAINTED


def committed(http: httpx.Client, release: str) -> float:
    """Return when the server last changed a release, in seconds, by the clock that the page has as well."""
    found = Releases(http).ask("query ($id: ID!) { release(id: $id) { updatedAt } }", id=release)
    return datetime.fromisoformat(found["release"]["updatedAt"]).timestamp()


async def test_a_board_opened_on_an_empty_server_misses_nothing(page: Page, server: Server, http: httpx.Client) -> None:
    made: list[str] = []

    async def late(socket: WebSocketRoute) -> None:
        """Have the first release come between what the page reads and what it follows."""
        upstream = socket.connect_to_server()
        socket.on_message(lambda message: upstream.send(_creating(http, made, message)))

    await page.route_web_socket("**/graphql", late)
    await page.goto(server.url)
    await live(page)
    await expect(page.locator("[data-release]")).to_have_count(1)
    assert set(await shown(page)) == set(made)


def _creating(http: httpx.Client, made: list[str], message: str | bytes) -> str | bytes:
    if "phaseChanged" in str(message) and not made:
        made.append(Releases(http).created())
    return message


async def test_an_action_from_the_card(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, {**SHORT, "name": "Clickable"})
    await page.goto(server.url)
    await page.get_by_role("button", name="Start Clickable").click()
    await phase(page, release, "AWAITING_REGRESSION")
    assert kept(http)[release] == "AWAITING_REGRESSION"


async def test_what_failed_is_named_and_retried(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, {**SHORT, "kickoff": [BROKEN]})
    mutate(http, "startRelease", release)
    await page.goto(server.url)
    card = page.locator(f'[data-release="{release}"]')
    await expect(card.locator(".failure")).to_contain_text("build: Simulated failure")
    await card.get_by_role("button", name="Retry build").click()
    await phase(page, release, "AWAITING_REGRESSION")


async def test_a_refused_action_says_why(page: Page, server: Server, http: httpx.Client) -> None:
    release = Releases(http).created()
    await page.goto(f"{server.url}/releases/{release}")
    start = page.locator('[data-action="START"]')
    await expect(start).to_be_enabled()

    async def late(route: Route) -> None:
        """Somebody else was faster than this click; the page's own queries, also late ones, pass."""
        if "startRelease" in (route.request.post_data or ""):
            mutate(http, "startRelease", release)
        await route.continue_()

    await page.route("**/graphql", late)
    await start.click()
    refusal = page.get_by_role("alert").first
    await expect(refusal).to_contain_text("START is not possible in phase KICKOFF.")
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.locator(".toast")).to_have_count(0)


@pytest.mark.parametrize("state", ["created", "started", "submitted"])
async def test_reasons_are_those_of_the_server(page: Page, server: Server, http: httpx.Client, state: str) -> None:
    release = getattr(Releases(http), state)()
    await page.goto(f"{server.url}/releases/{release}")
    await page.locator('[data-action="ARCHIVE"]').wait_for()
    tips = await page.locator('[role="tooltip"]').all_text_contents()
    refused = {
        error["message"].split(". ", 1)[1]
        for field in ("startRelease", "pauseRelease", "resumeRelease", "triggerStage2", "triggerStage3")
        for error in _refusals(http, field, release)
    }
    assert refused <= set(tips)


def _refusals(http: httpx.Client, field: str, release: str) -> Any:
    offered = Releases(http).ask("query ($id: ID!) { releaseStatus(releaseId: $id) { actions } }", id=release)
    action = re.sub(r"Release$", "", field).upper().replace("TRIGGERSTAGE", "TRIGGER_STAGE_")
    if action in offered["releaseStatus"]["actions"]:
        return []
    document = f"mutation ($input: ReleaseActionInput!) {{ {field}(input: $input) {{ userErrors {{ message }} }} }}"
    return Releases(http).ask(document, input={"releaseId": release})[field]["userErrors"]


async def test_search_and_finished(page: Page, server: Server, http: httpx.Client) -> None:
    gone = create(http, {**SHORT, "name": "Gone", "kickoff": [BROKEN]})
    mutate(http, "startRelease", gone)
    Releases(http).reaches(gone, "PAUSED_BY_FAILURE")
    mutate(http, "archiveRelease", gone)
    create(http, {**SHORT, "name": "Needle"})
    await page.goto(server.url)
    await page.get_by_role("searchbox").fill("needle")
    await expect(page.locator("[data-release]")).to_have_count(1)
    await page.get_by_role("searchbox").fill("")
    assert gone not in await shown(page)
    await page.get_by_text("Finished", exact=True).click()
    await phase(page, gone, "ARCHIVED")


async def test_every_page_keeps_to_its_origin_and_policy(page: Page, server: Server, http: httpx.Client) -> None:
    release = Releases(http).started()
    for path in ("/", f"/releases/{release}", "/new"):
        await page.goto(server.url + path)
        await live(page)  # the tab notes what goes wrong, and tells at its end
