"""GraphiQL in a real browser, against a real server."""

import subprocess
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.playground.browser import Tab
from tests.servers import PHASEBOARD, Server, running_server

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pytestmark = [pytest.mark.browser, pytest.mark.process]


async def opened(page: Page, server: Server, address: str = "/graphiql") -> None:
    """Open GraphiQL and return once its editor is there."""
    await page.goto(server.url + address)
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_be_visible()


async def example(page: Page, title: str) -> None:
    """Open one of the examples."""
    await page.get_by_role("button", name=title).click()


async def run(page: Page) -> None:
    await page.locator(".graphiql-execute-button").click()


async def test_an_example_finds_its_ids_and_is_answered(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await example(tab.page, "Query only what you need")
    await expect(tab.page.locator(".graphiql-editor-tool")).to_contain_text('"rel-')
    await run(tab.page)
    answer = tab.page.locator(".result-window")
    await expect(answer).to_contain_text("currentPhase")
    await expect(answer).not_to_contain_text("errors")
    await tab.shows("graphiql")


async def test_a_subscription_pushes(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await example(tab.page, "Follow everything")
    await expect(tab.page.locator(".graphiql-editor-tool")).to_contain_text('"after"')
    await run(tab.page)
    answer = tab.page.locator(".result-window")
    await expect(answer).to_contain_text("releaseEvents")
    first = await answer.inner_text()
    await expect(answer).not_to_have_text(first)
    await run(tab.page)


async def test_a_link_opens_an_operation(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo, "/graphiql?operation=query%20Linked%20%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
    await expect(tab.page.locator(".graphiql-query-editor")).to_contain_text("Linked")
    await run(tab.page)
    await expect(tab.page.locator(".result-window")).to_contain_text("releases:write")


async def test_axe_finds_nothing_in_what_is_ours(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await expect(tab.page.get_by_role("button", name="Query only what you need")).to_be_visible()
    for scheme in SCHEMES:
        await tab.page.emulate_media(color_scheme=scheme)
        assert await tab.flaws(".bar") == []
        assert await tab.flaws(".examples") == []
        await tab.shows(f"graphiql-{scheme}")


async def test_a_server_that_keeps_its_schema_to_itself_still_answers(tab: Tab, tmp_path: Path) -> None:
    tab.allow(r"status of 400 .*/graphql")
    with running_server(tmp_path, "--no-introspection") as server:
        await opened(tab.page, server, "/graphiql?operation=%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
        await expect(tab.page.get_by_role("status")).to_contain_text("does not tell its schema")
        await run(tab.page)
        await expect(tab.page.locator(".result-window")).to_contain_text("releases:write")


async def test_a_token_lets_in_and_is_kept_for_the_tab(tab: Tab, tmp_path: Path) -> None:
    tab.allow(r"status of 401 .*/graphql")
    with running_server(tmp_path, "--auth", "tokens") as server:
        token = reading_token(server)
        await opened(tab.page, server, "/graphiql?operation=%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
        await expect(tab.page.get_by_role("status")).to_contain_text("Authorization: Bearer")
        await tab.page.get_by_label("Token").fill(token)
        await tab.page.get_by_role("button", name="Use", exact=True).click()
        await expect(tab.page.get_by_role("status")).to_be_empty()
        await run(tab.page)
        await expect(tab.page.locator(".result-window")).to_contain_text("releases:read")
        await opened(tab.page, server, "/graphiql?operation=subscription%20%7B%20phaseChanged%20%7B%20to%20%7D%20%7D")
        await expect(tab.page.get_by_label("Token")).to_have_value(token)
        await run(tab.page)
        await expect(tab.page.get_by_role("button", name="Stop")).to_be_visible()
        assert token not in "".join(tab.requests)


def reading_token(server: Server) -> str:
    """Return a new token of a server, with which one may read."""
    command = [PHASEBOARD, "token", "create", "--name", "me", "--scope", "releases:read"]
    database = ["--database-url", f"sqlite:///{server.database}"]
    return subprocess.check_output([*command, *database], text=True, stderr=subprocess.DEVNULL).strip()
