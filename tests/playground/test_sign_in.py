"""Signing in by an issuer, in a browser: the way there and back, and what may go wrong on it."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.access.issuing import AUDIENCE, issuing_as
from tests.playground.board_page import live
from tests.playground.browser import Tab, open_tab
from tests.playground.examples import Releases
from tests.playground.signing_issuer import ALLOWED, CLIENT, SigningIssuer
from tests.servers import Server, running_server

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest.fixture
def issuer() -> Iterator[SigningIssuer]:
    with issuing_as(SigningIssuer) as issuer:
        yield issuer


@pytest.fixture
def guarded(tmp_path: Path, issuer: SigningIssuer) -> Iterator[Server]:
    """A server that takes the issuer's tokens, and whose board signs in there."""
    flags = ("--oidc-issuer", issuer.url, "--oidc-audience", AUDIENCE, "--oidc-client-id", CLIENT, "--graphiql")
    with running_server(tmp_path, "--auth", "tokens", *flags) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def tab(guarded: Server, issuer: SigningIssuer) -> AsyncIterator[Tab]:
    """A tab for it, which may be refused and may ask the issuer."""
    assert guarded.url
    async with open_tab() as tab:
        tab.allow("401|WebSocket")
        tab.allow(f"request to {re.escape(issuer.url)}/")
        yield tab


def release_of(server: Server, issuer: SigningIssuer) -> str:
    headers = {"Authorization": f"Bearer {issuer.token(scope=ALLOWED)}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as http:
        return Releases(http).created()


async def sign_in(page: Page) -> None:
    await page.get_by_role("button", name="Sign in with").click()


async def is_told(page: Page, words: str) -> None:
    await expect(page.get_by_role("status")).to_contain_text(words)
    await expect(page.get_by_role("button", name="Sign in with")).to_be_enabled()
    assert await page.evaluate("sessionStorage.length") == 0
    assert "code=" not in page.url


async def test_there_and_back_and_act(tab: Tab, guarded: Server, issuer: SigningIssuer) -> None:
    release = release_of(guarded, issuer)
    await tab.page.goto(f"{guarded.url}/releases/{release}")
    await expect(tab.page.get_by_role("button", name="Sign in with")).to_be_visible()
    assert await tab.flaws() == []
    await sign_in(tab.page)
    await expect(tab.page).to_have_url(f"{guarded.url}/releases/{release}")
    await live(tab.page)
    await tab.page.locator('[data-action="START"]').click()
    await expect(tab.page.locator("ol.events")).to_contain_text("anna")
    await tab.page.reload()
    await live(tab.page)  # the tab keeps the token
    await tab.page.get_by_role("button", name="Sign out").click()
    await is_told(tab.page, "You are signed out.")


async def test_who_is_refused_there_is_told(tab: Tab, guarded: Server, issuer: SigningIssuer) -> None:
    issuer.refusal = "access_denied"
    await tab.page.goto(guarded.url)
    await sign_in(tab.page)
    await is_told(tab.page, "You were not let in")


@pytest.mark.parametrize("field", ["state", "nonce"])
async def test_what_was_not_begun_here_is_not_taken(
    tab: Tab, guarded: Server, issuer: SigningIssuer, field: str
) -> None:
    setattr(issuer, field, "forged")
    await tab.page.goto(guarded.url)
    await sign_in(tab.page)
    await is_told(tab.page, "not begun in this tab")


async def test_a_link_with_an_answer_is_not_taken(tab: Tab, guarded: Server) -> None:
    await tab.page.goto(f"{guarded.url}/?code=stolen&state=forged")
    await is_told(tab.page, "not begun in this tab")


async def test_an_issuer_that_is_down_is_told_of(tab: Tab, guarded: Server, issuer: SigningIssuer) -> None:
    tab.allow("status of 503")
    issuer.answer["/token"] = 503, b"down"
    await tab.page.goto(guarded.url)
    await sign_in(tab.page)
    await is_told(tab.page, "does not answer")
    issuer.answer["/.well-known/openid-configuration"] = 503, b"down"
    await sign_in(tab.page)
    await expect(tab.page.get_by_role("alert")).to_contain_text("does not answer")


async def test_a_token_that_ends_in_mid_use_leads_back_here(tab: Tab, guarded: Server, issuer: SigningIssuer) -> None:
    release = release_of(guarded, issuer)
    issuer.lasts = 12
    await tab.page.goto(f"{guarded.url}/releases/{release}")
    await sign_in(tab.page)
    await live(tab.page)
    await expect(tab.page.get_by_role("status")).to_contain_text("Your token has expired", timeout=30_000)
    issuer.lasts = 600
    await sign_in(tab.page)
    await expect(tab.page).to_have_url(f"{guarded.url}/releases/{release}")
    await live(tab.page)


def test_the_issuer_alone_may_be_asked_and_only_where_there_is_one(
    guarded: Server, issuer: SigningIssuer, tmp_path: Path
) -> None:
    connect = re.compile(r"connect-src ([^;]*)")
    policy = httpx.get(guarded.url).headers["content-security-policy"]
    assert connect.findall(policy) == [f"'self' {issuer.url}"]
    assert connect.findall(httpx.get(f"{guarded.url}/graphiql").headers["content-security-policy"]) == ["'self'"]
    (tmp_path / "other").mkdir()
    with running_server(tmp_path / "other") as other:
        answer = httpx.get(other.url)
    assert connect.findall(answer.headers["content-security-policy"]) == ["'self'"]
    assert "oidc" not in answer.text
