"""Where things are on the screen: of few releases and of many, on phones, laptops and wide screens."""

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.playground.board_page import BROKEN, SHORT, create, live, mutate, waiting_plan
from tests.playground.browser import PHONE, open_tab
from tests.playground.examples import Releases
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]

MANY = 40


async def _box(part: Locator) -> tuple[float, float, float, float]:
    """Return where its left, top, right and bottom are."""
    box = await part.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


async def _board(page: Page, server: Server, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(server.url)
    await live(page)
    await page.locator("[data-release]").first.wait_for()


async def test_on_a_wide_screen_what_happened_stands_beside_the_lanes(
    page: Page, server: Server, http: httpx.Client
) -> None:
    create(http, waiting_plan(1))
    await _board(page, server, 1920, 1080)
    _, top, right, _ = await _box(page.locator(".lane").last)
    left, feed, _, bottom = await _box(page.locator(".activity"))
    assert left >= right
    assert abs(feed - top) < 8
    assert bottom <= 1080


async def test_many_releases_keep_the_board_on_one_screen(page: Page, server: Server, http: httpx.Client) -> None:
    made = [create(http, waiting_plan(number)) for number in range(MANY)]
    await _board(page, server, 1000, 700)
    lane = page.locator('[data-lane="start"]')
    last = page.locator(f'[data-release="{made[-1]}"]')
    await expect(last).not_to_be_in_viewport()
    _, _, _, bottom = await _box(page.locator(".lanes"))
    assert bottom <= 700  # and with it what it is scrolled sideways by
    assert await page.locator(".lane").evaluate_all("lanes => lanes.every(one => one.scrollWidth <= one.clientWidth)")
    await last.locator("a").focus()
    await expect(last).to_be_in_viewport(ratio=1)
    await expect(lane.get_by_role("heading", name="To start")).to_be_in_viewport(ratio=1)
    assert await page.evaluate("scrollY") == 0
    _, title, _, under = await _box(lane.locator("h2"))
    _, card, _, _ = await _box(last)
    assert title < under <= card


async def test_a_phone_leads_to_each_lane(server: Server, http: httpx.Client) -> None:
    for number in range(MANY):
        create(http, waiting_plan(number))
    async with open_tab(viewport=PHONE, is_mobile=True, has_touch=True) as tab:
        page = tab.page
        await page.goto(server.url)
        await live(page)
        activity = page.get_by_role("heading", name="Activity")
        await expect(activity).not_to_be_in_viewport()
        jumps = page.get_by_role("navigation", name="Lanes")
        await jumps.get_by_role("link", name="Stores").tap()
        stores = page.get_by_role("heading", name="Stores")
        await expect(stores).to_be_in_viewport(ratio=1)
        _, _, _, bar = await _box(jumps)
        _, top, _, _ = await _box(stores)
        assert top >= bar
        await jumps.get_by_role("link", name="Activity").tap()
        await expect(activity).to_be_in_viewport(ratio=1)
        assert await tab.flaws() == []


async def test_what_failed_and_the_ways_on_are_seen_at_once(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, {**SHORT, "kickoff": [BROKEN]})
    mutate(http, "startRelease", release)
    Releases(http).reaches(release, "PAUSED_BY_FAILURE")
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.goto(f"{server.url}/releases/{release}")
    head = page.locator(".panel.status")
    await expect(head.locator(".failure")).to_be_in_viewport(ratio=1)
    await expect(head.locator(".failure")).to_contain_text("Simulated failure")
    for way in ("Skip build", "Retry build"):
        await expect(head.get_by_role("button", name=way)).to_be_in_viewport(ratio=1)
    await head.get_by_role("button", name="Retry build").click()
    await expect(page.locator("main")).to_have_attribute("data-phase", "AWAITING_REGRESSION")


async def test_a_card_keeps_its_height_as_time_goes_by(page: Page, server: Server, http: httpx.Client) -> None:
    plan = {
        **SHORT,
        "autoTrigger": {"stage2": True},
        "regression": {**SHORT["regression"], "cycles": [{"after": "0s"}, {"after": "61m"}]},
    }
    release = create(http, plan)
    await page.clock.install()
    mutate(http, "startRelease", release)
    await _board(page, server, 1280, 720)
    card = page.locator(f'[data-release="{release}"]')
    await expect(card.locator(".next")).to_contain_text("1 h")
    await expect(card.locator(".since")).to_contain_text("for")
    _, top, _, bottom = await _box(card)
    await page.clock.run_for("15:00")
    await expect(card.locator(".since")).to_contain_text("15 min")
    _, top_later, _, bottom_later = await _box(card)
    assert (bottom - top) == (bottom_later - top_later)
