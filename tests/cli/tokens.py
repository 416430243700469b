"""Tokens as the tests make them by the command, and use them at a server."""

import asyncio
import re
from pathlib import Path

import httpx

from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.store.tokens import StoredToken
from tests.cli.command import Command, Ended
from tests.engine.hands import PATIENCE
from tests.servers import Server

TOKEN = re.compile(r"pb_[a-zA-Z0-9]{10}_[a-zA-Z0-9]{43}")
QUERY = {"query": "{ releases { edges { cursor } } viewer { actor { kind name } } }"}
PLAN = """
name: By hand
version: "1"
kickoff: [{name: look, executor: manual}]
regression: {cycles: [{after: 0s}], tasks: [{name: look, executor: manual}]}
preRelease: [{name: look, executor: manual}]
"""


class Tokens:
    """`phaseboard token ...` on one file."""

    def __init__(self, command: Command, path: Path) -> None:
        self.command = command
        self.path = path

    def __call__(self, *arguments: str) -> Ended:
        return self.command("token", *arguments, PHASEBOARD_DATABASE_URL=f"sqlite:///{self.path}")

    def create(self, name: str, *scopes: str, expires: str | None = None) -> str:
        """Return a new token's text."""
        chosen = [word for scope in scopes or ("releases:read",) for word in ("--scope", scope)]
        ended = self("create", "--name", name, *chosen, *(("--expires", expires) if expires else ()))
        assert ended.exit_code == 0, ended.stderr
        return ended.stdout.strip()

    def stored(self) -> list[StoredToken]:
        async def read() -> list[StoredToken]:
            store = SQLiteStore(self.path, tokens_only=True)
            await store.open()
            try:
                return await store.read(lambda reader: reader.all_tokens())
            finally:
                await store.close()

        return asyncio.run(read())


def ask(server: Server, token: str | None) -> httpx.Response:
    """Return what a server answers the holder of a token, or somebody without one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{server.url}/graphql", json=QUERY, headers=headers, timeout=PATIENCE)
