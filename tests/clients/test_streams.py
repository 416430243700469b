"""The stream clients: a release's whole life over graphql-ws and graphql-sse, through crashes; and raw sockets."""

from pathlib import Path

import pytest

from tests.clients.programs import run_program
from tests.servers import Server, running_server

pytestmark = pytest.mark.process


async def test_graphql_ws(server: Server) -> None:
    found = await run_program("graphql_ws.mjs", server)
    assert found["answered"] >= 5
    assert found["killed"]["events"] == found["stopped"]["events"] > found["killed"]["revision"] / 2


async def test_graphql_sse(server: Server) -> None:
    found = await run_program("graphql_sse.mjs", server)
    assert found["byVariables"] == found["byHeader"] == found["again"]


async def test_each_mistake_on_a_socket_has_its_close_code(tmp_path: Path) -> None:
    with running_server(tmp_path, "--limit", "initSeconds=2") as server:
        closes = await run_program("close_codes.mjs", server)
    assert [close for close in closes if close["code"] != close["expected"]] == []
    assert all(close["reason"] for close in closes)
