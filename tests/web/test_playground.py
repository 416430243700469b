"""How the pages of the playground are served, wherever they come from."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from phaseboard.web.access import is_open
from phaseboard.web.playground import SAFE, playground_routes

SCRIPT = b"console.log(1);" * 100
SITE = "http://localhost"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pages as a build leaves them, and a file beside them that is none of theirs."""
    (tmp_path / "secret").write_text("canary")
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>board</title>")
    (folder / "graphiql.html").write_text("<title>ide</title>")
    (folder / "assets/main-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets/main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets/icons-3c4d.ttf").write_bytes(b"\0\1\0\0")
    return folder


def client(folder: Path, *, graphiql: bool = True) -> httpx.AsyncClient:
    app = Starlette(routes=playground_routes(graphiql=graphiql, folder=folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client(folder) as http:
        yield http


class TestPages:
    @pytest.mark.parametrize(
        ("path", "title"),
        [("/", "board"), ("/new", "board"), ("/releases/rel-1", "board"), ("/graphiql", "ide")],
    )
    async def test_each_path_has_its_page(self, http: httpx.AsyncClient, path: str, title: str) -> None:
        answer = await http.get(path)
        assert (answer.status_code, answer.text) == (200, f"<title>{title}</title>")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert is_open(path)

    @pytest.mark.parametrize("path", ["/nothing", "/releases", "/releases/rel-1/x", "/assets/", "/static/index.html"])
    async def test_other_paths_have_none(self, http: httpx.AsyncClient, path: str) -> None:
        assert (await http.get(path)).status_code == 404

    async def test_nothing_of_another_origin_is_let_in(self, http: httpx.AsyncClient) -> None:
        for path in ("/", "/graphiql"):
            policy = _policy(await http.get(path))
            assert policy["default-src"] == ["'none'"]
            assert policy["script-src"] == policy["connect-src"] == ["'self'"]
            assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
            assert all(source in ("'none'", "'self'", "'unsafe-inline'", "data:", "blob:") for source in _all(policy))

    async def test_only_graphiql_may_style_inline(self, http: httpx.AsyncClient) -> None:
        assert _policy(await http.get("/"))["style-src"] == ["'self'"]
        assert "'unsafe-inline'" in _policy(await http.get("/graphiql"))["style-src"]

    async def test_all_have_the_headers_that_make_browsers_careful(self, http: httpx.AsyncClient) -> None:
        for path in ("/", "/graphiql", "/assets/main-1a2b.js"):
            headers = (await http.get(path)).headers
            assert {name: headers[name] for name in SAFE} == SAFE

    async def test_browsers_ask_again_and_are_told_when_nothing_changed(self, http: httpx.AsyncClient) -> None:
        first = await http.get("/")
        assert first.headers["cache-control"] == "no-cache"
        again = await http.get("/", headers={"If-None-Match": f"W/{first.headers['etag']}"})
        assert (again.status_code, again.content) == (304, b"")
        assert (await http.get("/", headers={"If-None-Match": '"other"'})).status_code == 200

    async def test_pages_are_not_posted_to(self, http: httpx.AsyncClient) -> None:
        assert (await http.post("/")).status_code == 405
        assert (await http.head("/")).status_code == 200


class TestAssets:
    async def test_they_are_kept_for_good(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
        assert answer.content == SCRIPT
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        tag = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "identity"}
        assert (await http.get("/assets/main-1a2b.js", headers=tag)).status_code == 304
        assert is_open("/assets/main-1a2b.js")

    async def test_they_travel_compressed_to_those_who_take_it(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT)
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.content == SCRIPT

    async def test_what_was_not_compressed_goes_as_it_is(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/assets/icons-3c4d.ttf", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
        assert answer.headers["content-type"] == "font/ttf"

    async def test_a_new_build_takes_nothing_away(self, folder: Path) -> None:
        async with client(folder) as http:
            for file in (folder / "assets").iterdir():
                file.unlink()
            (folder / "index.html").write_text("<title>new</title>")
            assert (await http.get("/assets/main-1a2b.js")).content == SCRIPT
            assert "board" in (await http.get("/")).text

    @pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/secret", "..%2f..%2fsecret", "nothing.js", "%00", "../index.html"])
    async def test_nothing_else_is_served(self, http: httpx.AsyncClient, path: str) -> None:
        answer = await http.get(f"/assets/{path}")
        assert answer.status_code == 404
        assert "canary" not in answer.text


async def test_graphiql_may_be_switched_off(folder: Path) -> None:
    async with client(folder, graphiql=False) as http:
        answer = await http.get("/graphiql")
        assert (answer.status_code, "PHASEBOARD_GRAPHIQL" in answer.text) == (404, True)
        assert (await http.get("/")).status_code == 200


async def test_where_nothing_is_built_a_page_says_how_to(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        for path in ("/", "/graphiql", "/releases/rel-1"):
            answer = await http.get(path)
            assert answer.status_code == 200
            assert "make demo" in answer.text


def _policy(answer: httpx.Response) -> dict[str, list[str]]:
    rules = [rule.split() for rule in answer.headers["content-security-policy"].split(";")]
    return {name: sources for name, *sources in rules}


def _all(policy: dict[str, list[str]]) -> list[str]:
    return [source for sources in policy.values() for source in sources]
