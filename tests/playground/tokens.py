"""Tokens of a server with access control."""

import subprocess

from tests.servers import PHASEBOARD, Server


def token(server: Server, name: str, scope: str) -> str:
    """Create a token of a server and return it."""
    command = [PHASEBOARD, "token", "create", "--name", name, "--scope", scope]
    database = ["--database-url", f"sqlite:///{server.database}"]
    return subprocess.check_output([*command, *database], text=True, stderr=subprocess.DEVNULL).strip()
