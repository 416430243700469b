"""The audits of GraphQL over HTTP that npm's graphql-http brings: all of them pass, recommendations included."""

import pytest

from tests.clients.programs import run_program
from tests.servers import Server

pytestmark = pytest.mark.process

AUDITS = 61


async def test_every_audit_passes(server: Server) -> None:
    audits = await run_program("audits.mjs", server)
    assert {audit["name"]: audit for audit in audits if audit["status"] != "ok"} == {}
    assert len(audits) == AUDITS
