"""What a stranger finds: the findings that scanners of GraphQL servers look for, each asked for here.

With access tokens nothing is found; without, on the loopback of one machine, the schema and GraphiQL, which is meant
so.

graphql-cop is the scanner that the list is from. It is no package: what PyPI has under its name is empty, and npm has
nothing. It looks for aliases, batches, fragments and introspection in circles, directives and fields again and again,
suggestions, introspection, queries and mutations by GET, forms, pages to try the API, tracing, and errors from inside.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.fuzz.responses import INSIDE
from tests.servers import running_server

SCHEMA = "{ __schema { queryType { name } types { name } } }"
TYPENAME = "{ __typename }"
ALIASES = "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }"
REPEATED = "{" + " __typename" * 500 + " }"
DIRECTIVES = "{ __typename " + "@aa" * 100 + " }"
CIRCLES = (
    "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
)
ROUNDABOUT = "{ __schema { ...a } } fragment a on __Schema { __typename ...b } fragment b on __Schema { ...a }"
MISSPELT = "{ viewr { scope } }"
MISSPELT_SCHEMA = "{ __schema { directive } }"
NONSENSE = "nonsense operation { here }"
MUTATION = 'mutation { startRelease(input: {releaseId: "rel-1"}) { replayed } }'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

POSTED: dict[str, Any] = {
    "introspection": {"query": SCHEMA},
    "aliases": {"query": ALIASES},
    "fields again and again": {"query": REPEATED},
    "directives again and again": {"query": DIRECTIVES},
    "introspection in circles": {"query": CIRCLES},
    "fragments in circles": {"query": ROUNDABOUT},
    "a batch": [{"query": TYPENAME}] * 10,
    "tracing": {"query": TYPENAME, "extensions": {"tracing": True}},
    "suggestions": {"query": MISSPELT},
    "suggestions about the schema": {"query": MISSPELT_SCHEMA},
    "errors from inside": {"query": NONSENSE},
    "a mutation": {"query": MUTATION},
}
OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "a query by GET": ("GET", {"params": {"query": TYPENAME}}),
    "a mutation by GET": ("GET", {"params": {"query": "mutation { __typename }"}}),
    "a query as a form": ("POST", {"data": {"query": TYPENAME}}),
    "a query in the address of a POST": ("POST", {"params": {"query": TYPENAME}}),
}
PAGES = ("/graphiql", "/playground", "/console", "/graphql")
WORDS = ("graphiql", "graphql-playground", "graphql playground")
"""By these a page to try the API is known."""

REFUSED_WITHOUT_TOKENS = set(POSTED) - {"introspection", "tracing", "a mutation"}

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for tokens: it does not serve GraphiQL, a page without data, but scanners tell of it."""
    with running_server(tmp_path_factory.mktemp("guarded"), "--auth", "tokens") as server:
        yield server.url


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for one machine, which asks for none."""
    with running_server(tmp_path_factory.mktemp("alone")) as server:
        yield server.url


def asked(url: str, method: str = "POST", **given: Any) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        response = client.request(method, f"{url}/graphql", **given)
    assert not any(part in response.content for part in INSIDE)
    return response


def messages(response: httpx.Response) -> list[str]:
    return [error["message"] for error in response.json()["errors"]]


@pytest.mark.parametrize("body", POSTED.values(), ids=POSTED)
def test_a_stranger_is_told_nothing(guarded: str, body: Any) -> None:
    refused(asked(guarded, json=body))


@pytest.mark.parametrize(("method", "given"), OTHERWISE.values(), ids=OTHERWISE)
def test_a_stranger_is_told_nothing_whatever_the_way(guarded: str, method: str, given: dict[str, Any]) -> None:
    refused(asked(guarded, method, **given))


def refused(response: httpx.Response) -> None:
    """Check that a stranger learns nothing but that a token is needed: no data, no suggestion, no trace."""
    assert response.status_code == 401
    answer = response.json()
    assert set(answer) == {"errors"}
    (error,) = answer["errors"]
    assert set(error) == {"message", "extensions"}
    assert not {"tracing", "exception", "stacktrace"} & set(error["extensions"])
    assert "did you mean" not in error["message"].lower()
    assert response.headers["www-authenticate"].startswith("Bearer ")


def test_a_stranger_gets_no_figures(guarded: str) -> None:
    assert httpx.get(f"{guarded}/metrics", trust_env=False).status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_finds_no_page_to_try_the_api(guarded: str, path: str) -> None:
    response = httpx.get(guarded + path, trust_env=False, follow_redirects=True, headers={"Accept": "text/html"})
    assert response.is_error or not any(word in response.text.lower() for word in WORDS)


async def test_a_stranger_opens_no_socket(guarded: str) -> None:
    address = f"ws{guarded.removeprefix('http')}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send('{"type": "connection_init", "payload": {}}')
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("name", sorted(REFUSED_WITHOUT_TOKENS))
def test_without_tokens_it_is_refused_all_the_same(alone: str, name: str) -> None:
    response = asked(alone, json=POSTED[name])
    assert not isinstance(response.json(), list)
    assert response.json().get("data") is None
    assert messages(response)


def test_without_tokens_the_schema_is_told_unless_that_is_turned_off(alone: str, tmp_path: Path) -> None:
    assert asked(alone, json={"query": SCHEMA}).json()["data"]
    with running_server(tmp_path, "--no-introspection") as silent:
        assert "data" not in asked(silent.url, json={"query": SCHEMA}).json()
        told = messages(asked(silent.url, json={"query": MISSPELT}))
    assert told
    assert not any("mean" in message for message in told)


def test_nothing_is_traced(alone: str) -> None:
    assert set(asked(alone, json=POSTED["tracing"]).json()) == {"data"}


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {"params": {"query": MUTATION}}),
        ("POST", {"params": {"query": MUTATION}, "content": b""}),
        ("POST", {"data": {"query": MUTATION}, "headers": FORM}),
        ("POST", {"content": MUTATION.encode(), "headers": {"Content-Type": "text/plain"}}),
        ("POST", {"files": {"query": MUTATION}}),
        ("POST", {"json": {"query": MUTATION}, "headers": {"Origin": "http://elsewhere.example"}}),
        ("POST", {"json": {"query": MUTATION}, "headers": {"Origin": "null"}}),
        ("POST", {"json": {"query": MUTATION}, "headers": {"Host": "elsewhere.example"}}),
    ],
    ids=["GET", "POST of a query string", "form", "text", "multipart", "other site", "hidden site", "other name"],
)
def test_no_page_of_another_site_changes_anything(alone: str, method: str, given: dict[str, Any]) -> None:
    response = asked(alone, method, **given)
    assert 400 <= response.status_code < 500
    assert "data" not in response.json()
    assert "access-control-allow-origin" not in response.headers


async def test_no_page_of_another_site_opens_a_socket(alone: str) -> None:
    address = f"ws{alone.removeprefix('http')}/graphql"
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, origin="http://elsewhere.example", proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
