"""The board of a server with access control: signing in, what a token does not allow, its end."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.playground.board_page import live
from tests.playground.browser import open_tab
from tests.playground.examples import Releases
from tests.servers import Server, printed, running_server

pytestmark = [pytest.mark.browser, pytest.mark.process]


def _token(folder: Path, verb: str, *words: str) -> str:
    told = printed(
        "token", verb, *words, folder=folder, env={"PHASEBOARD_DATABASE_URL": f"sqlite:///{folder}/phaseboard.db"}
    )
    return next((word for word in told.split() if len(word) > 30), "")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    """A server that asks for tokens."""
    with running_server(tmp_path, "--auth", "tokens") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def page(guarded: Server) -> AsyncIterator[Page]:
    """A page for it, which may be refused."""
    assert guarded.url
    async with open_tab() as tab:
        tab.allow("401|WebSocket")
        yield tab.page


async def _sign_in(page: Page, url: str, token: str) -> None:
    await page.goto(url)
    await page.get_by_label("Access token").fill(token)
    await page.get_by_role("button", name="Sign in").click()


async def test_who_comes_first_is_greeted_and_can_type_at_once(page: Page, guarded: Server) -> None:
    await page.goto(guarded.url)
    await expect(page.get_by_label("Access token")).to_be_focused()
    await expect(page.get_by_role("status")).to_have_text("This server shows its releases only to people it knows.")


async def test_who_may_read_sees_why_nothing_can_be_done(page: Page, guarded: Server, tmp_path: Path) -> None:
    writer = _token(tmp_path, "create", "--name", "ci", "--scope", "admin", "--expires", "1d")
    reader = _token(tmp_path, "create", "--name", "eve", "--scope", "releases:read", "--expires", "1d")
    with httpx.Client(base_url=guarded.url, headers={"Authorization": f"Bearer {writer}"}, timeout=30) as http:
        release = Releases(http).created()
    await _sign_in(page, guarded.url, "nonsense")
    await expect(page.get_by_role("alert")).to_be_visible()
    await _sign_in(page, guarded.url, reader)
    await live(page)
    await page.locator(f'[data-release="{release}"] a').click()
    start = page.locator('[data-action="START"]')
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(start).to_have_accessible_description(
        "Your token does not allow this: it needs the scope releases:write."
    )
    await page.reload()
    await live(page)  # the tab keeps the token


async def test_who_may_not_report_sees_why(page: Page, guarded: Server, tmp_path: Path) -> None:
    writer = _token(tmp_path, "create", "--name", "ci", "--scope", "admin", "--expires", "1d")
    reader = _token(tmp_path, "create", "--name", "eve", "--scope", "releases:read", "--expires", "1d")
    with httpx.Client(base_url=guarded.url, headers={"Authorization": f"Bearer {writer}"}, timeout=30) as http:
        releases = Releases(http)
        waiting, submitted = releases.started(), releases.submitted()
        releases.task(waiting)
    await _sign_in(page, f"{guarded.url}/releases/{waiting}", reader)
    for verb in ("Report done", "Report failed"):
        await expect(page.get_by_role("button", name=verb).first).to_be_disabled()
    words = "Your token does not allow this: it needs the scope tasks:report."
    await expect(page.locator(".task .do").first).to_contain_text(words)
    await page.goto(f"{guarded.url}/releases/{submitted}")
    await expect(page.get_by_role("button", name="Approved by App Store")).to_be_disabled()
    await expect(page.locator(".do").first).to_contain_text(words)
    await page.goto(f"{guarded.url}/new")
    await page.get_by_role("button", name="Hotfix, simulated").click()
    await expect(page.get_by_role("button", name="Create release")).to_be_disabled()
    await expect(page.locator("main")).to_contain_text("it needs the scope releases:write.")


async def test_a_token_that_expires_leads_back_with_words(page: Page, guarded: Server, tmp_path: Path) -> None:
    await page.goto(guarded.url)  # first, so that the token's time does not go by while the browser begins
    token = _token(tmp_path, "create", "--name", "brief", "--scope", "admin", "--expires", "8s")
    await _sign_in(page, guarded.url, token)
    await live(page)
    ended = "Your token has expired or was revoked. Sign in again."
    await expect(page.get_by_text(ended)).to_be_visible(timeout=20_000)
    await _sign_in(page, guarded.url, token)
    await expect(page.get_by_role("alert")).to_contain_text("expired")


async def test_a_revoked_token_leads_back_with_words(page: Page, guarded: Server, tmp_path: Path) -> None:
    token = _token(tmp_path, "create", "--name", "mallory", "--scope", "admin", "--expires", "1d")
    await _sign_in(page, guarded.url, token)
    await live(page)
    _token(tmp_path, "revoke", "mallory")
    await expect(page.get_by_text("Your token has expired or was revoked. Sign in again.")).to_be_visible(
        timeout=10_000
    )
    assert await page.evaluate("sessionStorage.length") == 0
