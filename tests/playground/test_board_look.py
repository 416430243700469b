"""How the board looks and is reached: phones, dark mode, the keyboard alone, assistive technology."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.playground.board_page import BROKEN, SHORT, create, live
from tests.playground.browser import PHONE, open_tab
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]


BEYOND = """() => [...document.querySelectorAll("main *")]
    .filter(part => !part.closest(".jumps, pre, .editor, .unseen"))
    .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
    .map(part => part.outerHTML.slice(0, 80))"""
"""What is cut off at the right of the screen."""


@pytest.fixture
def releases(http: httpx.Client) -> list[str]:
    """Releases in several phases."""
    made = Releases(http)
    failed = made.failed_task()
    return [made.created(), made.started(), made.submitted(), f"rel-{failed.split('-')[1]}"]


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing(server: Server, releases: list[str], colours: str) -> None:
    async with open_tab(color_scheme=colours, reduced_motion="reduce") as tab:
        page = tab.page
        for path in ("/", *(f"/releases/{release}" for release in releases), "/new"):
            await page.goto(server.url + path)
            await live(page)
            await page.locator("main :is([data-release], .panel)").first.wait_for()
            assert await tab.flaws() == [], path
        await page.get_by_role("button", name="Keyboard help").click()
        assert await tab.flaws() == []


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_in_what_comes_up(server: Server, colours: str) -> None:
    async with open_tab(color_scheme=colours, reduced_motion="reduce") as tab:
        page = tab.page
        with httpx.Client(base_url=server.url, timeout=30) as http:
            release = create(http, {**SHORT, "kickoff": [BROKEN]})
            await page.goto(f"{server.url}/releases/{release}")
            await page.locator('[data-action="START"]').click()
            await expect(page.locator("main")).to_have_attribute("data-phase", "PAUSED_BY_FAILURE")
            await expect(page.locator(".toast")).to_be_visible()
            assert await tab.flaws() == [], "a toast, what failed"
            await page.locator('[data-action="PAUSE"]').hover()
            await expect(page.locator(".tip:popover-open")).to_be_visible()
            assert await tab.flaws() == [], "a tip"
            await page.locator('[data-action="ARCHIVE"]').click()
            await expect(page.get_by_role("dialog")).to_be_visible()
            assert await tab.flaws() == [], "a dialog"


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_what_may_be_old_says_so_and_can_be_read(
    tmp_path: Path, server: Server, releases: list[str], colours: str
) -> None:
    async with open_tab(color_scheme=colours, reduced_motion="reduce") as tab:
        tab.allow("WebSocket|ERR_|Failed to load")
        page = tab.page
        for path in ("/", f"/releases/{releases[3]}"):
            await page.goto(server.url + path)
            await live(page)
            await page.locator("main :is([data-release], .panel)").first.wait_for()
            await page.context.set_offline(True)
            await expect(page.get_by_text("Not connected: what is shown may be old.")).to_be_visible()
            await expect(page.locator("main")).to_have_attribute("data-stale", "true")
            assert await tab.flaws() == [], path
            await page.context.set_offline(False)


async def test_a_phone_never_scrolls_sideways(server: Server, releases: list[str]) -> None:
    async with open_tab(viewport=PHONE, is_mobile=True, has_touch=True) as tab:
        page = tab.page
        for path in ("/", f"/releases/{releases[3]}", "/new"):
            await page.goto(server.url + path)
            await live(page)
            await page.locator("main :is([data-release], .panel)").first.wait_for()
            assert await page.evaluate("innerWidth") == PHONE["width"], path  # else it was zoomed out to fit
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            beyond = await page.evaluate(BEYOND)
            assert beyond == [], path


async def test_colours_follow_the_system_until_they_are_chosen(server: Server) -> None:
    async with open_tab(color_scheme="dark") as tab:
        page = tab.page
        await page.goto(server.url)
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        dark = await page.evaluate(ground)
        await page.get_by_role("button", name="Colours: as the system").click()
        await expect(page.get_by_role("button", name="Colours: light")).to_be_visible()
        light = await page.evaluate(ground)
        assert light != dark
        await page.reload()
        await live(page)
        assert await page.evaluate(ground) == light


async def test_the_keyboard_alone_is_enough(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, {**SHORT, "name": "Keyboard only"})
    create(http, {**SHORT, "name": "Another"})
    await page.goto(server.url)
    await live(page)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("/")
    await page.keyboard.type("keyboard only")
    await expect(page.locator("[data-release]")).to_have_count(1)
    await page.keyboard.press("Tab")  # out of the search, where letters are letters
    await page.keyboard.press("j")
    await expect(page.locator(f'[data-release="{release}"] a')).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/releases/{release}")
    start = page.locator('[data-action="START"]')
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await start.evaluate("button => button === document.activeElement"):
            break
    await expect(start).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_have_attribute("data-phase", "AWAITING_REGRESSION")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{server.url}/")


async def test_an_empty_board_says_what_comes_next(page: Page, server: Server) -> None:
    await page.goto(server.url)
    await page.get_by_role("link", name="Create a release").click()
    await expect(page.get_by_role("heading", name="New release")).to_be_visible()


async def test_links_to_nowhere_say_so(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/releases/rel-none")
    await expect(page.get_by_role("heading", name="There is no such release")).to_be_visible()
