"""Tokens of a server with access control."""

from tests.servers import Server, printed


def token(server: Server, name: str, scope: str) -> str:
    """Create a token of a server and return it."""
    database = ("--database-url", f"sqlite:///{server.database}")
    return printed("token", "create", "--name", name, "--scope", scope, *database, folder=server.folder)
