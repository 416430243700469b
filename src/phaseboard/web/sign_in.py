"""Where the board signs people in: what its pages are told of the issuer, and which of its origins they have to ask."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from time import monotonic
from urllib.parse import urlsplit

import httpx

from phaseboard.access.issuer import Issuer, is_secure_url
from phaseboard.access.keys import FRESH, PAUSE, discovery

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a page waits for the issuer at most."""

_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class SignIn:
    """The way in by an issuer that knows the board as a client; `time` returns seconds that never step back."""

    def __init__(self, issuer: Issuer, time: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer
        self._time = time
        self._origins = tuple(filter(None, [_origin(issuer.url)]))
        self._next = float("-inf")
        self._turn = asyncio.Lock()

    @property
    def told(self) -> dict[str, object]:
        """What the pages need to know."""
        issuer = self._issuer
        token = "id_token" if issuer.audience == issuer.client_id else "access_token"
        oidc = {"issuer": issuer.url, "clientId": issuer.client_id, "scope": issuer.client_scopes, "token": token}
        return {"oidc": oidc}

    async def origins(self) -> Sequence[str]:
        """Return the issuer's origin and that of its token endpoint; as known last while it does not answer."""
        async with self._turn:
            if self._time() >= self._next:
                await self._look()
        return self._origins

    async def _look(self) -> None:
        self._next = self._time() + PAUSE
        try:
            async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
                endpoint = (await discovery(client, self._issuer)).get("token_endpoint")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            extra = {"action": "access.discovery", "issuer": self._issuer.url}
            log.warning("cannot look for the issuer's endpoints: %s", error or type(error).__name__, extra=extra)
            return
        self._next = self._time() + FRESH
        other = _origin(endpoint) if isinstance(endpoint, str) and is_secure_url(endpoint) else None
        self._origins = tuple(dict.fromkeys(filter(None, (_origin(self._issuer.url), other))))


def _origin(url: str) -> str | None:
    """Return the origin of an address; None for one that could end a rule of the policy."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else None
