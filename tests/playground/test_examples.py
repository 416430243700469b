"""Every example of GraphiQL fits the schema and does what it says, on a real server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate

from tests.playground.examples import Example, Releases, examples
from tests.servers import Server, running_server

SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())

every_example = pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all examples; each makes the releases that it needs."""
    with running_server(tmp_path_factory.mktemp("examples")) as server:
        yield server


@pytest.fixture
def http(shared: Server) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=shared.url, timeout=30) as http:
        yield http


@every_example
def test_it_fits_the_schema(example: Example) -> None:
    assert example.title
    assert validate(SCHEMA, parse(example.document)) == []


@pytest.mark.process
@every_example
def test_it_does_what_it_says(example: Example, http: httpx.Client) -> None:
    releases = Releases(http)
    variables = releases.fill(example.variables)
    if example.kind == "subscription":
        with closing(releases.stream(example.document, variables)) as pushed:
            assert next(pushed)
        return
    data = releases.ask(example.document, **variables)
    assert None not in data.values()
    if example.kind == "mutation":
        codes = {error.get("code") for payload in data.values() for error in payload["userErrors"]}
        assert codes == ({example.refused} if example.refused else set())


@pytest.mark.process
def test_repeating_shows_a_replay(http: httpx.Client) -> None:
    (example,) = (one for one in examples() if one.name.endswith("idempotency"))
    releases = Releases(http)
    data = releases.ask(example.document, **releases.fill(example.variables))
    assert (data["first"]["replayed"], data["second"]["replayed"]) == (False, True)
    assert data["first"]["status"] == data["second"]["status"]
