"""The pages as a real server gives them, to those who have a token and to those who have none."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.playground import browser
from tests.servers import running_server

pytestmark = pytest.mark.process


def test_pages_are_open_where_data_is_not(tmp_path: Path) -> None:
    with (
        running_server(tmp_path, "--auth", "tokens", "--graphiql") as server,
        httpx.Client(base_url=server.url) as http,
    ):
        for path in ("/", "/new", "/releases/rel-1", "/graphiql"):
            page = http.get(path)
            assert page.status_code == 200
            assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
            assert assets, "the pages are not built: make playground"
            assert {http.get(asset).status_code for asset in assets} == {200}
        assert http.post("/graphql", json={"query": "{ viewer { scopes } }"}).status_code == 401
        assert "graphiql" not in http.get("/").text
        assert http.get("/assets/../metrics").status_code in (401, 404)


@pytest.mark.parametrize("flags", [("--no-graphiql",), ("--auth", "tokens")], ids=" ".join)
def test_a_server_without_graphiql_leads_nobody_there(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with running_server(tmp_path, *flags) as server, httpx.Client(base_url=server.url) as http:
        assert http.get("/graphiql").status_code == 404
        assert '"graphiql": false' in unescape(http.get("/").text)


@pytest.mark.parametrize(("needed", "outcome"), [("1", "Failed"), ("", "Skipped")])
def test_without_a_browser_the_words_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, needed: str, outcome: str
) -> None:
    monkeypatch.setattr(browser, "_running", [])
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(browser.NEEDED, needed)
    with pytest.raises(BaseException, match="install the package chromium") as told:
        browser.browser()
    assert told.typename == outcome
