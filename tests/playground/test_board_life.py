"""The whole life of a release, by clicking, from its plan to the stores."""

import re

import httpx
import pytest
import yaml
from playwright.async_api import Page, expect

from tests.playground.board_page import SHORT, create, mutate
from tests.playground.examples import Releases
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
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Report failed").click()
    await expect(dialog).to_be_visible()  # there has to be a reason
    await page.get_by_label("Reason, for the history").fill("wrong signing key")
    await page.keyboard.press("Enter")
    await _in_phase(page, "PAUSED_BY_FAILURE")
    await expect(page.locator(".failed")).to_contain_text("wrong signing key")
    await page.locator(".failed").get_by_role("button", name="Retry final approval").click()
    await page.get_by_role("button", name="Report done final approval").click()
    await _in_phase(page, "SUBMITTED")
    for store in ("App Store", "Google Play"):
        await page.get_by_role("button", name=f"Approved by {store}").click()
        await page.get_by_role("dialog", name=f"{store} approved it?").get_by_role("button", name="Approved").click()
    await _in_phase(page, "COMPLETED")
    history = await page.locator("ol.events li p > span:first-child").all_text_contents()
    assert history[0] == "Released"
    assert "Retry final approval" in history
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
    await expect(problem).to_contain_text("colour")
    await expect(problem.get_by_role("button")).to_have_text(f"Line {line}")
    await expect(page.locator(".toast")).to_have_count(0)
    versions = re.sub(r"^version: .*$", "version: 1.0", text, count=1, flags=re.MULTILINE)
    await editor.fill(versions.replace("executor: simulated", "executer: simulated", 1))
    await page.get_by_role("button", name="Create release").click()
    await expect(problem.filter(has_text="put it in quotes").get_by_role("button")).to_have_text(
        f"Line {versions[: versions.index('version:')].count(chr(10)) + 1}"
    )
    await expect(problem.filter(has_text="Did you mean 'executor'?").get_by_role("button")).to_have_text(f"Line {line}")
    await editor.fill("kickoff: [")
    await expect(page.locator(".problems li").first).to_contain_text("Line")
    await expect(page.get_by_role("button", name="Create release")).to_be_disabled()


async def test_what_was_written_is_not_lost(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/new")
    editor = page.get_by_label("Plan, in YAML or JSON")
    await editor.fill("name: Mine")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{server.url}/")
    await page.get_by_role("link", name="New release").click()
    await expect(editor).to_have_value("name: Mine")
    await page.get_by_role("button", name="Hotfix, simulated").click()
    await page.get_by_role("button", name="What I had written").click()
    await expect(editor).to_have_value("name: Mine")


async def test_the_preview_tells_times_in_the_plans_zone(page: Page, server: Server) -> None:
    cycles = [{"scheduledAt": "2099-01-15T19:30:00Z"}]
    plan = {**SHORT, "timeZone": "America/New_York", "regression": {"cycles": cycles, "tasks": []}}
    await page.goto(f"{server.url}/new")
    await page.get_by_label("Plan, in YAML or JSON").fill(yaml.safe_dump(plan, sort_keys=False))
    await expect(page.locator(".preview")).to_contain_text("those in America/New_York")
    await expect(page.locator(".preview")).to_contain_text(re.compile(r"RC1 15 Jan, (14:30|2:30 PM)"))


async def test_the_history_goes_back_to_the_beginning(page: Page, server: Server, http: httpx.Client) -> None:
    release = create(http, SHORT)
    mutate(http, "startRelease", release)
    Releases(http).reaches(release, "AWAITING_REGRESSION")
    mutate(http, "triggerStage2", release)
    Releases(http).task(release)
    for _ in range(10):
        mutate(http, "pauseRelease", release)
        mutate(http, "resumeRelease", release)
    await page.goto(f"{server.url}/releases/{release}")
    await _in_phase(page, "REGRESSION_CYCLE_RUNNING")
    rows = page.locator("ol.events li p > span:first-child")
    await expect(rows.filter(has_text="Resume").first).to_be_visible()
    await expect(rows.filter(has_text="Release 4.2.0 created")).to_have_count(0)
    await page.get_by_role("button", name="Show older").click()
    await expect(rows.last).to_have_text("Release 4.2.0 created")
    await expect(page.get_by_role("button", name="Show older")).to_have_count(0)
    words = await rows.all_text_contents()
    assert words[words.index("RC1 runs") :][:3] == ["RC1 runs", "RC1 opened", "Start regression"]
