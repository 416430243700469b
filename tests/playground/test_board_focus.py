"""Where the keyboard is: it keeps its place through actions, dialogs and pages, and moves by keys."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.playground.board_page import BROKEN, SHORT, create, live, mutate, phase, waiting_plan
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]

SLASH = """() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}));
    return document.activeElement.id;
}"""
"""Presses a key and tells at once what has the keyboard."""


def _card(release: str) -> str:
    return f'[data-release="{release}"] [data-card]'


async def _opened(page: Page, server: Server, release: str) -> None:
    await page.goto(f"{server.url}/releases/{release}")
    await live(page)
    await page.locator(".panel.status").wait_for()


async def test_a_button_keeps_it_when_it_is_possible_no_more(page: Page, server: Server, http: httpx.Client) -> None:
    await _opened(page, server, Releases(http).started())
    pause = page.locator('[data-action="PAUSE"]')
    await pause.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_have_attribute("data-phase", "PAUSED_BY_USER")
    await expect(pause).to_have_attribute("aria-disabled", "true")
    await expect(pause).to_be_focused()


async def test_a_dialog_gives_it_back(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, waiting_plan(1))
    mutate(http, "startRelease", release)
    mutate(http, "pauseRelease", release)
    await _opened(page, server, release)
    archive = page.locator('[data-action="ARCHIVE"]')
    await archive.click()
    await page.keyboard.press("Escape")
    await expect(archive).to_be_focused()
    await archive.click()
    await page.locator("dialog .danger").click()
    await expect(page.locator("main")).to_have_attribute("data-phase", "ARCHIVED")
    await expect(page.locator(".panel.status")).to_be_focused()  # the button is gone


async def test_a_card_keeps_it_on_its_way_to_another_lane(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, {**SHORT, "name": "Moving"})
    await page.goto(server.url)
    await live(page)
    await page.get_by_role("button", name="Start Moving").focus()
    await page.keyboard.press("Enter")
    await phase(page, release, "AWAITING_REGRESSION")
    await expect(page.locator(_card(release))).to_be_focused()


async def test_a_page_takes_it_and_the_board_has_it_again(page: Page, server: Server, http: httpx.Client) -> None:
    made = [create(http, waiting_plan(number)) for number in range(3)]
    await page.goto(server.url)
    await live(page)
    await page.locator(_card(made[1])).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel.status")).to_be_visible()
    await expect(page.locator("#content")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(_card(made[1]))).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator(_card(made[2]))).to_be_focused()


async def test_the_head_of_the_page_can_be_skipped(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, waiting_plan(1))
    await page.goto(server.url)
    await live(page)
    await page.locator(_card(release)).wait_for()
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator(".lanes")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator(_card(release))).to_be_focused()


async def test_keys_move_from_within_a_card_and_past_what_is_folded(
    page: Page, server: Server, http: httpx.Client
) -> None:
    gone = create(http, {**SHORT, "name": "Gone", "kickoff": [BROKEN]})
    mutate(http, "startRelease", gone)
    Releases(http).reaches(gone, "PAUSED_BY_FAILURE")
    mutate(http, "archiveRelease", gone)
    made = [create(http, {**SHORT, "name": f"App {number}"}) for number in range(3)]
    await page.goto(server.url)
    await live(page)
    finished = page.get_by_text("Finished", exact=True)
    await finished.click()
    await phase(page, gone, "ARCHIVED")
    await finished.click()
    await expect(page.locator(_card(gone))).to_be_hidden()
    await page.keyboard.press("k")
    await expect(page.locator(_card(made[2]))).to_be_focused()
    await page.get_by_role("button", name="Start App 1").focus()
    await page.keyboard.press("j")
    await expect(page.locator(_card(made[2]))).to_be_focused()


async def test_enter_opens_the_first_that_the_search_finds(page: Page, server: Server, http: httpx.Client) -> None:
    made = [create(http, {**SHORT, "name": name}) for name in ("Hay", "Needle", "More hay")]
    await page.goto(server.url)
    await live(page)
    await page.keyboard.press("/")
    await page.keyboard.type("needle")
    await expect(page.locator("[data-release]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/releases/{made[1]}")


async def test_the_search_has_it_before_the_next_key(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, SHORT)
    for path in ("/", f"/releases/{release}", "/new"):
        await page.goto(server.url + path)
        await live(page)
        assert await page.evaluate(SLASH) == "search", path
