"""Where the server is and with which token to ask it: the options that every client command takes."""

from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import urlsplit, urlunsplit

import typer

DEFAULT_URL = "http://127.0.0.1:8000"
PATH = "/graphql"

Url = Annotated[
    str,
    typer.Option(
        "--url", envvar="PHASEBOARD_URL", metavar="URL", help="The server to talk to.", rich_help_panel="Server"
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="PHASEBOARD_TOKEN",
        metavar="TOKEN",
        help="The access token, where the server asks for one.",
        rich_help_panel="Server",
    ),
]


@dataclass(frozen=True, slots=True)
class Server:
    """A server's address without the API's path, and the token to send."""

    address: str
    token: str | None = None

    @classmethod
    def of(cls, url: str, token: str | None = None) -> Self:
        """Return the server that `--url` and `--token` name. Raises typer.BadParameter for no web address."""
        text = url.strip()
        if not _is_web_address(text):
            raise typer.BadParameter(f"It is no web address: write it like {DEFAULT_URL}.", param_hint="--url")
        if token and not (token.isascii() and token.isprintable()):
            raise typer.BadParameter("A token is made of plain letters, digits and signs.", param_hint="--token")
        parts = urlsplit(text)
        path = parts.path.rstrip("/").removesuffix(PATH)
        return cls(urlunsplit((parts.scheme, parts.netloc, path, "", "")), token or None)

    @property
    def shown(self) -> str:
        """The address without the user and password that it may hold."""
        scheme, _, rest = self.address.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"

    @property
    def http_url(self) -> str:
        """Where queries and mutations go."""
        return self.address + PATH

    @property
    def socket_url(self) -> str:
        """Where subscriptions go."""
        return "ws" + self.http_url.removeprefix("http")

    @property
    def headers(self) -> dict[str, str]:
        """What tells the server who asks; the same in the payload of `connection_init`."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable() and " " not in text
