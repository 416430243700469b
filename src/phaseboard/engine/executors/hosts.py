"""Hosts that plans may have called.

Whoever may create a release chooses an address that this server calls from within its network. With a list only what
it names is called. Without one everything is. Where clouds hand out the keys of machines is called only if the list
names that very address: a name may lead there without the one who listed it knowing.
"""

import asyncio
import socket
from fnmatch import fnmatchcase

import httpx

from phaseboard.engine.executors.cloud_metadata import is_metadata_address

HOSTS = "PHASEBOARD_WEBHOOK_HOSTS"


class HostRefused(Exception):
    """An address must not be called; the message is the end of "The url ..."."""


class Hosts:
    """The hosts of `PHASEBOARD_WEBHOOK_HOSTS`: names or addresses, `*.` before a domain for all below it, with commas.

    A port behind a name allows that port alone. With `by_proxy` it is a proxy that resolves names. Raises ValueError
    for what cannot be a host.
    """

    def __init__(self, text: str, *, by_proxy: bool = False) -> None:
        self._by_proxy = by_proxy
        self._allowed = [part.strip().lower() for part in text.split(",") if part.strip()]
        for entry in self._allowed:
            if "/" in entry or "*" in entry.removeprefix("*."):
                raise ValueError(f"{HOSTS} names {entry!r}; write hosts like ci.example, *.example or 10.0.0.5:8080.")

    async def check(self, url: httpx.URL) -> list[str]:
        """Return the addresses at which a host is to be called, none if a proxy resolves its name.

        Raises HostRefused, or OSError for a name that does not resolve.
        """
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        if self._allowed and not self._names(url.host, port):
            raise HostRefused(f"names a host that {HOSTS} does not")
        try:
            addresses = await _addresses(url)
        except OSError:
            if self._by_proxy:
                return []
            raise
        if any(is_metadata_address(address) and not self._names(address, port) for address in addresses):
            raise HostRefused(f"leads to a link-local or metadata address, which is called only if {HOSTS} names it")
        return [] if self._by_proxy else addresses

    def _names(self, host: str, port: int) -> bool:
        written = f"[{host}]" if ":" in host else host
        names = (written.lower(), f"{written.lower()}:{port}")
        return any(fnmatchcase(name, entry.replace("[", "[[]")) for name in names for entry in self._allowed)


async def _addresses(url: httpx.URL) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
