"""The issuer's public keys: fetched when they are needed, kept for a while, fetched again for a key nobody knows.

How often they are fetched does not depend on what strangers send: there is a shortest pause between two tries. While
the issuer does not answer, or has not yet, the keys known last go on to count.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

import httpx

from phaseboard.access.errors import KeysUnavailable
from phaseboard.access.issuer import Issuer, is_secure_url

log = logging.getLogger(__name__)

Key = Mapping[str, Any]

FRESH = 300.0
"""Seconds after which keys are fetched again."""

PAUSE = 10.0
"""Seconds between two tries."""

PATIENCE = 5.0
"""Seconds that a try may take, all of it."""

LARGEST = 262_144
"""Bytes of the largest answer that is read."""

DISCOVERY = "/.well-known/openid-configuration"


class IssuerKeys:
    """The keys of one issuer; `time` returns seconds on a clock that never steps back."""

    def __init__(self, issuer: Issuer, time: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer
        self._time = time
        self._keys: Sequence[Key] | None = None
        self._fetched = self._tried = float("-inf")
        self._turn = asyncio.Lock()

    async def find(self, key_id: str | None) -> Key | None:
        """Return the key with an id, or the only one there is for a token that names none. Raises KeysUnavailable."""
        key = self._known(key_id)
        if key and (self._is_fresh or self._turn.locked()):
            return key
        async with self._turn:
            if not (self._is_fresh and self._known(key_id)) and self._time() - self._tried >= PAUSE:
                await self._refresh()
        if self._keys is None:
            raise KeysUnavailable("The keys of the tokens' issuer cannot be had now: try again.")
        return self._known(key_id)

    @property
    def _is_fresh(self) -> bool:
        return self._time() - self._fetched < FRESH

    def _known(self, key_id: str | None) -> Key | None:
        keys = self._keys or ()
        if key_id is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.get("kid") == key_id), None)

    async def _refresh(self) -> None:
        self._tried = self._time()
        try:
            async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
                keys = await _fetched(client, self._issuer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            extra = {"action": "access.keys", "issuer": self._issuer.url}
            log.warning("cannot fetch the issuer's keys: %s", error or type(error).__name__, extra=extra)
        else:
            self._keys, self._fetched = keys, self._time()


async def _fetched(client: httpx.AsyncClient, issuer: Issuer) -> Sequence[Key]:
    document = await _json(client, issuer.keys_url or await _discovered(client, issuer))
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise ValueError("what is there is no set of keys")  # noqa: TRY004 - as for all else that is none
    return [key for key in keys if isinstance(key, dict) and key.get("use", "sig") == "sig"]


async def discovery(client: httpx.AsyncClient, issuer: Issuer) -> Mapping[str, Any]:
    """Return what an issuer tells of itself. Raises ValueError and httpx's errors."""
    document = await _json(client, issuer.url.rstrip("/") + DISCOVERY)
    if document.get("issuer") != issuer.url:
        raise ValueError("the discovery document is that of another issuer")
    return document


async def _discovered(client: httpx.AsyncClient, issuer: Issuer) -> str:
    keys_url = (await discovery(client, issuer)).get("jwks_uri")
    if not isinstance(keys_url, str) or not is_secure_url(keys_url):
        raise ValueError("the discovery document names no safe address of keys")
    return keys_url


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """Return the JSON object at an address. Raises ValueError for anything else."""
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"HTTP status {response.status_code}")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise ValueError(f"more than {LARGEST} bytes")
    try:
        found = json.loads(body)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("what is there is no JSON object")  # noqa: TRY004 - as for text that is no JSON
    return found
