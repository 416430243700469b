"""Settings of a server: environment variables `PHASEBOARD_...`, and flags of `phaseboard serve` of the same names."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from phaseboard.access.issuer import Issuer
from phaseboard.access.loopback import is_loopback
from phaseboard.limits import Limits
from phaseboard.store.address import Address, AddressInvalid, is_postgres

SQLITE = "sqlite:///"
OFF, TOKENS = "off", "tokens"
FEWEST_CONNECTIONS = 2

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class SettingsInvalid(Exception):
    """A setting cannot be used; the message names it and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. Building one that cannot work raises SettingsInvalid."""

    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = "sqlite:///phaseboard.db"
    database_pool: int = 5
    database_listen: bool = True
    database_poll: timedelta = timedelta(seconds=0.5)
    auth: str = OFF
    issuer: Issuer | None = None
    allowed_origins: frozenset[str] = frozenset()
    public_url: str | None = None
    concurrent_tasks: int = 32
    lease: timedelta = timedelta(seconds=15)
    sharing: bool = True
    answers: bool = True
    keep_events: timedelta | None = None
    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    graphiql: bool | None = None
    """None: where nobody has to say who they are."""
    shutdown_grace: timedelta = timedelta(seconds=2.5)

    def __post_init__(self) -> None:
        self._check_access()
        self._check_database()
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            raise SettingsInvalid("PHASEBOARD_PUBLIC_URL is no web address: it begins with http:// or https://.")

    def _check_database(self) -> None:
        if is_postgres(self.database_url):
            try:
                Address(self.database_url)
            except AddressInvalid as error:
                raise SettingsInvalid(
                    f"PHASEBOARD_DATABASE_URL cannot be used: {error}. Write postgresql://user@host/database."
                ) from None
        elif not self.database_url.startswith(SQLITE) or not self.database_path.name:
            raise SettingsInvalid(
                "PHASEBOARD_DATABASE_URL names no database; write sqlite:///path/to/file.db "
                "(four slashes for an absolute path) or postgresql://user@host/database."
            )
        if self.database_pool < FEWEST_CONNECTIONS:
            raise SettingsInvalid(
                f"PHASEBOARD_DATABASE_POOL is {self.database_pool}; a node needs {FEWEST_CONNECTIONS} connections."
            )

    def _check_access(self) -> None:
        if self.auth not in (OFF, TOKENS):
            raise SettingsInvalid(f'PHASEBOARD_AUTH is "{self.auth}"; it is "{OFF}" or "{TOKENS}".')
        if self.auth == OFF and not is_loopback(self.host):
            raise SettingsInvalid(
                f"PHASEBOARD_AUTH is off, so everybody who reaches {self.host} could do everything: "
                f"listen on 127.0.0.1 only (PHASEBOARD_HOST), or ask for tokens (PHASEBOARD_AUTH={TOKENS})."
            )
        if self.auth == OFF and self.issuer is not None:
            raise SettingsInvalid(f"PHASEBOARD_OIDC_ISSUER is of no use without PHASEBOARD_AUTH={TOKENS}.")
        for origin in self.allowed_origins:
            if not _ORIGIN.fullmatch(origin):
                shown = origin.rpartition("@")[2]
                raise SettingsInvalid(
                    f'PHASEBOARD_ALLOWED_ORIGINS names "{shown}"; an origin is written as browsers send it: '
                    "https://board.example.com, in small letters, with no path."
                )

    @property
    def needs_tokens(self) -> bool:
        """Whether callers have to say who they are."""
        return self.auth == TOKENS

    @property
    def serves_graphiql(self) -> bool:
        """Whether there is a page to try the API, which strangers see as well."""
        return not self.needs_tokens if self.graphiql is None else self.graphiql

    @property
    def poll_seconds(self) -> float | None:
        """How often to look for commits of other nodes; None to listen for them."""
        return None if self.database_listen else self.database_poll.total_seconds()

    @property
    def database(self) -> str:
        """The database as it may be shown: without its password."""
        if is_postgres(self.database_url):
            return str(Address(self.database_url))
        return str(self.database_path)

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix(SQLITE))
