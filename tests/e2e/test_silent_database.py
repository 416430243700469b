"""A server that is told to stop while its database says nothing."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.e2e.client import BEGINNING, EVENTS, connect
from tests.e2e.plans import simulated, simulated_plan
from tests.servers import running_server
from tests.store.test_postgres import gate

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

TASKS = 8
LIMIT = 15
"""Seconds that a busy machine gets; on an idle one it is five."""

RUNNING = "IN_PROGRESS"


async def test_it_ends_in_time_whatever_runs(tmp_path: Path, postgres_url: str) -> None:
    async with gate(postgres_url) as (url, door):
        starting = running_server(tmp_path, database_url=url)
        server = await asyncio.to_thread(starting.__enter__)
        try:
            async with connect(server.url) as api:
                tasks = [{**simulated(f"t{number}", 3_600), "needs": []} for number in range(TASKS)]
                created = await api.act("createRelease", **simulated_plan(*tasks))
                async with api.socket(EVENTS, after=BEGINNING) as events:
                    await api.act("startRelease", releaseId=created["release"]["id"])
                    await events.until(lambda _: [item.get("to") for item in events.items].count(RUNNING) == TASKS)
            door.shut()
            server.signal(signal.SIGTERM)
            assert await asyncio.to_thread(server.ended, LIMIT) == 0
        finally:
            door.open()
            await asyncio.to_thread(starting.__exit__, None, None, None)
