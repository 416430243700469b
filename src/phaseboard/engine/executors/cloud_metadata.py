"""Addresses at which clouds hand out the keys of machines, in whatever form they are written.

Link-local ones are those of nearly all clouds; the others are what Alibaba, Amazon, Azure, Google and Oracle have
besides. An IPv6 address may stand for one of IPv4: translators (RFC 6052, 8215), 6to4 (RFC 3056) and Teredo (RFC 4380)
carry a call on to it.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_REFUSED = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",
            "fe80::/10",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fd20:ce::/32",
        ),
    )
)

_TRANSLATED = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""Where the last 32 bits of an IPv6 address are one of IPv4 (mapped ones aside, which Python knows)."""

_LOCALLY_TRANSLATED = IPv6Network("64:ff9b:1::/48")
"""Where a network of its own choice translates, at any of the lengths of prefixes from 48 bits on."""


def is_metadata_address(text: str) -> bool:
    """Tell whether an address is, or leads to, one at which a cloud hands out keys."""
    address = ip_address(text)
    forms = (address, *_stood_for(address)) if isinstance(address, IPv6Address) else (address,)
    return any(form in network for form in forms for network in _REFUSED)


def _stood_for(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 one may stand for."""
    yield from filter(None, (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())))
    octets = address.packed
    if any(address in network for network in _TRANSLATED):
        yield IPv4Address(octets[12:])
    if address in _LOCALLY_TRANSLATED:
        # The ninth octet is left free by RFC 6052, section 2.2.
        yield from map(IPv4Address, (octets[6:8] + octets[9:11], octets[7:8] + octets[9:12], octets[9:13], octets[12:]))
