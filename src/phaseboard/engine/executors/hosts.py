"""Hosts that plans may have called.

Whoever may create a release chooses an address that this server calls from within its network. With a list only what
it names is called. Without one everything is, but for link-local addresses: there clouds hand out the keys of machines.
"""

import asyncio
import ipaddress
import socket
from fnmatch import fnmatchcase

import httpx

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
        """Return the addresses at which a host is to be called, none for those of its name at that time.

        Raises HostRefused, or OSError for a name that does not resolve.
        """
        if self._allowed:
            self._check_name(url)
            return []
        try:
            addresses = await _addresses(url)
        except OSError:
            if self._by_proxy:
                return []
            raise
        if any(_is_link_local(address) for address in addresses):
            raise HostRefused(f"leads to a link-local address, which is called only if {HOSTS} names its host")
        return [] if self._by_proxy else addresses

    def _check_name(self, url: httpx.URL) -> None:
        host = f"[{url.host}]" if ":" in url.host else url.host
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        names = (host.lower(), f"{host.lower()}:{port}")
        if not any(fnmatchcase(name, entry.replace("[", "[[]")) for name in names for entry in self._allowed):
            raise HostRefused(f"names a host that {HOSTS} does not")


async def _addresses(url: httpx.URL) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_link_local(address: str) -> bool:
    return _plain(ipaddress.ip_address(address.partition("%")[0])).is_link_local


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
