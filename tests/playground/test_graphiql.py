"""GraphiQL in a real browser, against a real server."""

from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.playground.browser import PHONE, Tab, open_tab
from tests.playground.examples import Releases
from tests.playground.tokens import token
from tests.servers import Server, running_server

ANSWERED = 20_000
"""Milliseconds: the editor is large, and its worker looks at a document before it is run."""

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pytestmark = [pytest.mark.browser, pytest.mark.process]


async def opened(page: Page, server: Server, address: str = "/graphiql") -> None:
    """Open GraphiQL and return once its editor is there."""
    await page.goto(server.url + address)
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=ANSWERED)


async def example(page: Page, title: str) -> None:
    """Open one of the examples."""
    await page.get_by_role("button", name=title).click()


async def run(page: Page) -> None:
    await page.locator(".graphiql-execute-button").click()


async def test_an_example_finds_its_ids_and_is_answered(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await example(tab.page, "Query only what you need")
    await expect(tab.page.locator(".graphiql-editor-tool")).to_contain_text('"rel-', timeout=ANSWERED)
    await run(tab.page)
    answer = tab.page.locator(".result-window")
    await expect(answer).to_contain_text("currentPhase", timeout=ANSWERED)
    await expect(answer).not_to_contain_text("errors")
    await tab.shows("graphiql")


async def test_a_subscription_pushes(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await example(tab.page, "Follow everything")
    await expect(tab.page.locator(".graphiql-editor-tool")).to_contain_text('"after"', timeout=ANSWERED)
    await run(tab.page)
    answer = tab.page.locator(".result-window")
    await expect(answer).to_contain_text("releaseEvents", timeout=ANSWERED)
    first = await answer.inner_text()
    await expect(answer).not_to_have_text(first, timeout=ANSWERED)
    await run(tab.page)


async def test_a_link_opens_an_operation(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo, "/graphiql?operation=query%20Linked%20%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
    await expect(tab.page.locator(".graphiql-query-editor")).to_contain_text("Linked")
    await run(tab.page)
    await expect(tab.page.locator(".result-window")).to_contain_text("releases:write", timeout=ANSWERED)


async def test_a_link_does_not_take_the_variables_of_the_tab_before(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await example(tab.page, "Follow everything")
    variables = tab.page.locator(".graphiql-editor-tool")
    await expect(variables).to_contain_text('"after"', timeout=ANSWERED)
    await opened(tab.page, demo, "/graphiql?operation=query%20Linked%20%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
    await expect(tab.page.locator(".graphiql-query-editor")).to_contain_text("Linked")
    await expect(variables).not_to_contain_text('"after"')


async def test_the_history_of_a_quiet_release_is_answered_at_once(tab: Tab, demo: Server) -> None:
    with httpx.Client(base_url=demo.url, timeout=30) as http:
        quiet = Releases(http).created()
    await tab.page.goto(f"{demo.url}/releases/{quiet}")
    await tab.page.get_by_role("link", name="History in GraphiQL").click()
    await expect(tab.page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=ANSWERED)
    await run(tab.page)
    await expect(tab.page.locator(".result-window")).to_contain_text("ReleaseCreated", timeout=ANSWERED)


async def test_it_greets_with_what_runs(tab: Tab, demo: Server) -> None:
    await opened(tab.page, demo)
    await run(tab.page)
    await expect(tab.page.locator(".result-window")).to_contain_text('"version"', timeout=ANSWERED)
    await expect(tab.page.locator(".graphiql-query-editor .squiggly-error")).to_have_count(0)


async def test_it_fits_a_phone(demo: Server) -> None:
    async with open_tab(viewport=PHONE, is_mobile=True, has_touch=True) as tab:
        await opened(tab.page, demo)
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await example(tab.page, "Query only what you need")
        await expect(tab.page.locator(".graphiql-query-editor")).to_contain_text("currentPhase", timeout=ANSWERED)
        await run(tab.page)
        answer = tab.page.locator(".result-window")
        await expect(answer).to_contain_text("currentPhase", timeout=ANSWERED)
        box = await answer.bounding_box()
        assert box is not None
        assert box["width"] > PHONE["width"] / 2
        await tab.shows("graphiql-phone")


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
        await expect(tab.page.locator(".result-window")).to_contain_text("releases:write", timeout=ANSWERED)


async def test_a_token_lets_in_and_is_kept_for_the_tab(tab: Tab, tmp_path: Path) -> None:
    tab.allow(r"status of 401 .*/graphql")
    with running_server(tmp_path, "--auth", "tokens", "--graphiql") as server:
        mine = token(server, "me", "releases:read")
        await opened(tab.page, server, "/graphiql?operation=%7B%20viewer%20%7B%20scopes%20%7D%20%7D")
        await expect(tab.page.get_by_role("status")).to_contain_text("Authorization: Bearer")
        await tab.page.get_by_label("Token").fill(mine)
        await tab.page.get_by_role("button", name="Use", exact=True).click()
        await expect(tab.page.get_by_role("status")).to_be_empty()
        await run(tab.page)
        await expect(tab.page.locator(".result-window")).to_contain_text("releases:read", timeout=ANSWERED)
        await opened(tab.page, server, "/graphiql?operation=subscription%20%7B%20phaseChanged%20%7B%20to%20%7D%20%7D")
        await expect(tab.page.get_by_label("Token")).to_have_value(mine)
        await run(tab.page)
        await expect(tab.page.get_by_role("button", name="Stop")).to_be_visible()
        assert mine not in "".join(tab.requests)
