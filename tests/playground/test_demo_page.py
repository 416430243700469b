"""What a demo offers on its pages, clicked."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.playground.board_page import live
from tests.playground.browser import PHONE, Tab, open_tab
from tests.playground.demo import running_demo
from tests.playground.examples import Releases
from tests.servers import Server

HOUR = {"name": "build", "executor": "simulated", "with": {"durationSeconds": 3600}}

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest_asyncio.fixture(loop_scope="session")
async def demo_tab(tmp_path: Path) -> AsyncIterator[tuple[Tab, httpx.Client]]:
    """A tab on the board of a demo, and a client of it."""
    with running_demo(tmp_path) as url, httpx.Client(base_url=url, timeout=30) as http:
        async with open_tab() as tab:
            await tab.page.goto(url)
            await live(tab.page)
            yield tab, http


async def test_the_clock_runs_fast_and_the_countdowns_follow(demo_tab: tuple[Tab, httpx.Client]) -> None:
    tab, http = demo_tab
    real = tab.page.get_by_role("button", name="real time")
    await expect(real).to_have_attribute("aria-pressed", "true")
    release = Releases(http).created(HOUR)
    Releases(http).start(release)
    await tab.page.goto(f"{http.base_url}/releases/{release}")
    await live(tab.page)
    await tab.page.get_by_role("button", name="60").click()
    await expect(tab.page.get_by_role("button", name="60")).to_have_attribute("aria-pressed", "true")
    await expect(tab.page.locator('[data-task="build"] .span').first).to_contain_text("min")
    assert await tab.flaws() == []
    await tab.page.set_viewport_size(PHONE)
    assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    http.post("/demo/speed", json={"speed": 1})
    await expect(real).to_have_attribute("aria-pressed", "true")  # somebody else set it


async def test_a_task_is_failed_and_another_called_back(demo_tab: tuple[Tab, httpx.Client]) -> None:
    tab, http = demo_tab
    lab = {
        "name": "device lab run",
        "executor": "webhook",
        "with": {"url": f"{http.base_url}/demo/device-lab".replace("//demo", "/demo"), "awaitCallback": True},
    }
    plan = {
        "name": "Played",
        "version": "1.0",
        "kickoff": [HOUR, {**lab, "needs": []}],
        "regression": {"cycles": [{"after": "0s"}], "tasks": [HOUR]},
        "preRelease": [HOUR],
    }
    release = Releases(http).create(plan)
    Releases(http).start(release)
    await tab.page.goto(f"{http.base_url}/releases/{release}")
    await tab.page.get_by_role("button", name="Call back device lab run").click()
    await expect(tab.page.locator('[data-task="device lab run"]')).to_have_attribute("data-status", "COMPLETED")
    await tab.page.locator(".group").first.get_by_role("button", name="Let it fail build").click()
    await expect(tab.page.locator("main")).to_have_attribute("data-phase", "PAUSED_BY_FAILURE")
    await expect(tab.page.locator(".group .failure").first).to_contain_text("Failed by hand, in the demo.")


async def test_other_servers_offer_none_of_it(page: Page, server: Server, http: httpx.Client) -> None:
    release = Releases(http).created(HOUR)
    Releases(http).start(release)
    await page.goto(f"{server.url}/releases/{release}")
    await live(page)
    await expect(page.locator('.group [data-status="IN_PROGRESS"]')).to_have_count(1)
    await expect(page.locator(".speed")).to_have_count(0)
    await expect(page.locator("[data-demo]")).to_have_count(0)
