"""Several nodes on one database, as their clients see them: any will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.api.serving import Address
from tests.e2e.client import Api
from tests.servers import Server

ASK_ELSEWHERE = 4.0
"""Seconds after which a client asks another node."""

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Killed:
    """When a node was killed; the folder is that of its journal."""

    folder: Path
    at: datetime

    @classmethod
    def now(cls, server: Server) -> "Killed":
        """Kill a node."""
        server.kill()
        return cls(server.folder, datetime.now(UTC))


class AnyNode(Api):
    """The API, each request at another node."""

    def __init__(self, servers: Sequence[Server], http: httpx.AsyncClient, chance: Random) -> None:
        super().__init__(servers[0].url, http)
        self._servers = servers
        self._chance = chance
        self.http.timeout = httpx.Timeout(ASK_ELSEWHERE)

    async def post(self, document: str, **variables: Any) -> Item:
        self.url = self._chance.choice(self._servers).url
        return await super().post(document, **variables)


class Roaming(Address):
    """An address for subscribers who come back at another node each time."""

    def __init__(self, servers: Sequence[Server], chance: Random) -> None:
        self.token = None
        self._servers = servers
        self._chance = chance

    @property
    def http(self) -> str:  # type: ignore[override]
        return f"{self._chance.choice(self._servers).url}/graphql"

    @property
    def ws(self) -> str:  # type: ignore[override]
        return f"ws{self.http.removeprefix('http')}"
