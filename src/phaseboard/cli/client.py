"""A thin client of the GraphQL API over the `gql` library; whatever fails comes out as a CliError."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from phaseboard import __version__
from phaseboard.cli.failures import failures_told
from phaseboard.cli.server import Server

Answer = dict[str, Any]
"""The `data` of a GraphQL response."""

PATIENCE = 30.0
"""Seconds to wait for an answer."""

SOCKET_PATIENCE = 10.0
"""Seconds to wait for a socket to open, be acknowledged or answer a ping."""


for _library in ("gql", "httpx", "websockets"):
    # What these log is told in other words here; without a handler Python would print warnings into the picture.
    logging.getLogger(_library).addHandler(logging.NullHandler())


class Subscriptions:
    """An open socket to the server."""

    def __init__(self, session: AsyncClientSession, server: Server) -> None:
        self._session = session
        self._server = server

    async def items(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[Answer, None]:
        """Yield the data of each message until the server completes. Raises CliError."""
        with failures_told(self._server):
            async for data in self._session.subscribe(_request(document, variables)):
                yield data


class PhaseboardClient:
    """Queries and mutations over one HTTP session, subscriptions over a socket of their own."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Session"]:
        """Open an HTTP session, which makes no connection yet."""
        transport = HTTPXAsyncTransport(
            self.server.http_url,
            headers={"User-Agent": f"phaseboard-cli/{__version__}", **self.server.headers},
            timeout=PATIENCE,
            json_deserialize=_object,
        )
        async with Client(transport=transport, execute_timeout=PATIENCE) as opened:
            yield Session(opened, self.server)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Subscriptions]:
        """Open a socket (graphql-transport-ws). Raises CliError."""
        transport = WebsocketsTransport(
            self.server.socket_url,
            init_payload=dict(self.server.headers),
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
            connect_timeout=SOCKET_PATIENCE,
            ack_timeout=SOCKET_PATIENCE,
            close_timeout=1,
            ping_interval=SOCKET_PATIENCE,
            pong_timeout=SOCKET_PATIENCE / 2,
            connect_args={"user_agent_header": f"phaseboard-cli/{__version__}"},
        )
        with failures_told(self.server):
            async with Client(transport=transport) as opened:
                yield Subscriptions(opened, self.server)


class Session:
    """An open HTTP session."""

    def __init__(self, session: AsyncClientSession, server: Server) -> None:
        self._session = session
        self._server = server

    async def execute(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """Return the data of a query or mutation. Raises CliError."""
        with failures_told(self._server):
            return await self._session.execute(_request(document, variables))


def ask(server: Server, document: str, variables: Mapping[str, Any]) -> Answer:
    """Return the data of one query or mutation. Raises CliError."""

    async def once() -> Answer:
        async with PhaseboardClient(server).session() as session:
            return await session.execute(document, variables)

    return asyncio.run(once())


def _request(document: str, variables: Mapping[str, Any]) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=dict(variables))


def _object(content: bytes) -> Answer:
    # gql looks for keys in whatever this returns; a list or a number would end in a TypeError.
    answer = json.loads(content)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as for text that is no JSON
    return answer
