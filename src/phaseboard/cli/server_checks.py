"""What there is to see of a server that runs: that it is ready, and how far it tells the log."""

import asyncio
import re
from time import monotonic

import httpx

from phaseboard.cli.findings import Finding
from phaseboard.cli.server import Server

PATIENCE = 5.0
"""Seconds that the server may take for an answer, and its feed to reach the end of the log."""

AGAIN = 0.1
"""Seconds between two looks at the feed."""

REFUSED = (401, 403)

_HEAD = re.compile(r"^phaseboard_feed_head (\S+)$", re.MULTILINE)


async def server_findings(server: Server, end: int | None) -> list[Finding]:
    """Return what is found; `end` is the position that the log had just now, None when that is not known."""
    try:
        async with httpx.AsyncClient(base_url=server.address, timeout=PATIENCE, headers=server.headers) as client:
            return [await _ready(client, server), await _feed(client, end)]
    except httpx.HTTPError as error:
        advice = "Start it, or look at the address and at what stands in between."
        return [Finding("server", f"{server.shown} does not answer ({type(error).__name__}).", False, advice)]


async def _ready(client: httpx.AsyncClient, server: Server) -> Finding:
    response = await client.get("/readyz")
    if response.is_success:
        return Finding("server", f"{server.shown} is ready")
    try:
        reasons = response.json()["reasons"]
        told = "; ".join(f"{part}: {reason}" for part, reason in reasons.items())
    except (ValueError, LookupError, TypeError, AttributeError):
        told = f"it answers with {response.status_code}"
        return Finding("server", f"{server.shown} is no Phaseboard server, or not ready: {told}.", False, _ADDRESS)
    return Finding("server", f"{server.shown} is not ready. {told}", False, _MEND)


async def _feed(client: httpx.AsyncClient, end: int | None) -> Finding:
    deadline = monotonic() + PATIENCE
    while True:
        response = await client.get("/metrics")
        if response.status_code in REFUSED:
            return Finding("feed", "not looked at: /metrics asks for a token that may read", True, _TOKEN)
        found = _HEAD.search(response.text)
        if found is None:
            return Finding("feed", "The server does not tell how far it is.", False, _ADDRESS)
        head = int(float(found[1]))
        if end is None or head >= end:
            return Finding("feed", f"told up to {head}" + ("" if end is None else ", the end of the log"))
        if monotonic() > deadline:
            told = f"It is told up to {head}, the log reaches up to {end}."
            return Finding("feed", told, False, _BEHIND)
        await asyncio.sleep(AGAIN)


_ADDRESS = "Look at the address: --url names the server, without a path."
_MEND = "What is not ready mends itself when the database answers; else its log says why."
_TOKEN = "Give one with --token or PHASEBOARD_TOKEN."
_BEHIND = "Is it on this database? If it is, its log says why it cannot read on."
