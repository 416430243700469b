"""The whole life of a release, by clicking, from its plan to the stores."""

import re

import httpx
import pytest
import yaml
from playwright.async_api import Page, expect

from tests.playground.board_page import SHORT
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.process]


async def _in_phase(page: Page, phase: str) -> None:
    await expect(page.locator("main")).to_have_attribute("data-phase", phase, timeout=10_000)


async def test_from_plan_to_released(page: Page, server: Server, http: httpx.Client) -> None:
    await page.goto(f"{server.url}/new")
    await page.get_by_label("Plan, in YAML or JSON").fill(yaml.safe_dump(SHORT, sort_keys=False))
    await expect(page.locator(".preview")).to_contain_text("RC1 at once")
    await page.get_by_role("button", name="Create release").click()
    await expect(page).to_have_url(re.compile(r"/releases/rel-"))
    await _in_phase(page, "NOT_STARTED")
    await page.locator('[data-action="START"]').click()
    await _in_phase(page, "AWAITING_REGRESSION")
    await page.locator('[data-action="TRIGGER_STAGE_2"]').click()
    await _in_phase(page, "REGRESSION_CYCLE_RUNNING")
    await page.get_by_role("button", name="Report done sign-off").click()
    await _in_phase(page, "AWAITING_POST_REGRESSION")
    await page.locator('[data-action="TRIGGER_STAGE_3"]').click()
    await page.get_by_role("button", name="Report failed final approval").click()
    await _in_phase(page, "PAUSED_BY_FAILURE")
    await page.get_by_role("button", name="Retry final approval").click()
    await page.get_by_role("button", name="Report done final approval").click()
    await _in_phase(page, "SUBMITTED")
    await page.get_by_role("button", name="Approved by App Store").click()
    await page.get_by_role("button", name="Approved by Google Play").click()
    await _in_phase(page, "COMPLETED")
    history = await page.locator("ol.events li p > span:first-child").all_text_contents()
    assert history[0] == "Released"
    assert history[-1] == "Release 4.2.0 created"


async def test_a_dangerous_action_names_the_release(page: Page, server: Server, http: httpx.Client) -> None:
    await page.goto(f"{server.url}/new")
    await page.get_by_label("Plan, in YAML or JSON").fill(yaml.safe_dump({**SHORT, "name": "Doomed"}))
    await page.get_by_role("button", name="Create release").click()
    await page.locator('[data-action="START"]').click()
    await _in_phase(page, "AWAITING_REGRESSION")
    await page.locator('[data-action="ARCHIVE"]').click()
    dialog = page.get_by_role("dialog", name="Archive?")
    await expect(dialog).to_contain_text("Doomed 4.2.0")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.locator('[data-action="ARCHIVE"]').click()
    await page.get_by_label("Reason, for the history").fill("branched too early")
    await dialog.get_by_role("button", name="Archive").click()
    await _in_phase(page, "ARCHIVED")
    await expect(page.locator("ol.events")).to_contain_text("branched too early")


async def test_mistakes_are_told_at_their_lines(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/new")
    await page.get_by_role("button", name="Hotfix, simulated").click()
    editor = page.get_by_label("Plan, in YAML or JSON")
    text = await editor.input_value()
    line = text[: text.index("executor: simulated")].count("\n") + 1
    await editor.fill(text.replace("executor: simulated", "executor: teleport", 1))
    await page.get_by_role("button", name="Create release").click()
    problem = page.locator(".problems li")
    await expect(problem).to_contain_text("teleport")
    await expect(problem.get_by_role("button")).to_have_text(f"Line {line}")
    await editor.fill(text.replace("executor:", "colour: red\n    executor:", 1))
    await page.get_by_role("button", name="Create release").click()
    await expect(page.locator(".problems li").first).to_contain_text("colour")
    await editor.fill("kickoff: [")
    await expect(page.locator(".problems li").first).to_contain_text("Line")
    await expect(page.get_by_role("button", name="Create release")).to_be_disabled()
