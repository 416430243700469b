"""Settings of a server: environment variables `PHASEBOARD_...`, and flags of `phaseboard serve` of the same names."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

SQLITE = "sqlite:///"


class SettingsInvalid(Exception):
    """A setting cannot be used; the message names it and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. Building one that cannot work raises SettingsInvalid."""

    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = "sqlite:///phaseboard.db"
    auth: str = "off"
    public_url: str | None = None
    concurrent_tasks: int = 32
    lease: timedelta = timedelta(seconds=15)
    sharing: bool = True
    answers: bool = True
    keep_events: timedelta | None = None
    shutdown_grace: timedelta = timedelta(seconds=3)

    def __post_init__(self) -> None:
        if self.auth != "off":
            raise SettingsInvalid(f'PHASEBOARD_AUTH is "{self.auth}"; this version knows "off" alone.')
        if not is_loopback(self.host):
            raise SettingsInvalid(
                f"PHASEBOARD_AUTH is off, so everybody who reaches {self.host} could do everything: "
                "listen on 127.0.0.1 only (PHASEBOARD_HOST)."
            )
        if not self.database_url.startswith(SQLITE) or self.database_url == SQLITE:
            raise SettingsInvalid(
                f'PHASEBOARD_DATABASE_URL is "{self.database_url}"; write sqlite:///path/to/file.db '
                "(four slashes for an absolute path)."
            )
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            raise SettingsInvalid(f'PHASEBOARD_PUBLIC_URL is "{self.public_url}"; it begins with http:// or https://.')

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix(SQLITE))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
