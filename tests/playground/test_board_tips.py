"""The reasons beside buttons that do nothing now: whole, on the screen, and out of the way again."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Locator, expect

from tests.playground.board_page import live
from tests.playground.browser import PHONE, Tab, open_tab
from tests.playground.examples import Releases
from tests.playground.tokens import token
from tests.servers import Server, running_server

pytestmark = [pytest.mark.browser, pytest.mark.process]

SHOWN = ".tip:popover-open"

WHOLE = """tip => {
    const { left, right, top, bottom } = tip.getBoundingClientRect();
    const corners = [[left + 9, top + 15], [right - 9, top + 15], [left + 9, bottom - 15], [right - 9, bottom - 15]];
    return corners.every(([x, y]) => tip.contains(document.elementFromPoint(x, y)));
}"""
"""Whether all of a tip is seen: nothing cuts it off or stands before it."""


async def _is_on_the_screen(tip: Locator, width: int, height: int) -> bool:
    box = await tip.bounding_box()
    assert box is not None
    return box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height


async def test_a_tip_on_a_card_is_seen_whole(tab: Tab, tmp_path: Path) -> None:
    tab.allow("status of 401")
    page = tab.page
    with running_server(tmp_path, "--auth", "tokens") as server:
        writer = {"Authorization": f"Bearer {token(server, 'ci', 'admin')}"}
        with httpx.Client(base_url=server.url, headers=writer, timeout=30) as http:
            Releases(http).created()
        await page.goto(server.url)
        await page.get_by_label("Access token").fill(token(server, "eve", "releases:read"))
        await page.get_by_role("button", name="Sign in").click()
        await live(page)
        await page.locator('.card [data-action="START"]').hover()
        tip = page.locator(SHOWN)
        await expect(tip).to_contain_text("it needs the scope releases:write.")
        assert await tip.evaluate(WHOLE)
        assert await tab.flaws() == []
        await page.mouse.move(0, 0)
        await expect(tip).to_have_count(0)


async def test_on_a_phone_every_tip_is_on_the_screen(server: Server, http: httpx.Client) -> None:
    release = Releases(http).created()
    async with open_tab(viewport=PHONE, is_mobile=True, has_touch=True) as tab:
        page = tab.page
        await page.goto(f"{server.url}/releases/{release}")
        await live(page)
        await page.locator('[data-action="ARCHIVE"]').wait_for()
        buttons = await page.locator('.actions [aria-disabled="true"]').all()
        assert len(buttons) > 5
        for button in buttons:
            await button.tap(force=True)  # it tells by an attribute that it does nothing
            tip = page.locator(f"#{await button.get_attribute('aria-describedby')}")
            await expect(tip).to_be_visible()
            assert await _is_on_the_screen(tip, **PHONE), await button.inner_text()
            assert await page.locator(SHOWN).count() == 1
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_the_keyboard_shows_a_tip_and_hides_it(board: Tab, server: Server, http: httpx.Client) -> None:
    page = board.page
    release = Releases(http).created()
    await page.goto(f"{server.url}/releases/{release}")
    await live(page)
    await page.locator('[data-action="START"]').focus()
    await page.keyboard.press("Tab")
    await expect(page.locator(SHOWN)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(SHOWN)).to_have_count(0)
    await expect(page).to_have_url(f"{server.url}/releases/{release}")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{server.url}/")
