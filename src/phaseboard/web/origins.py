"""Who may ask from a browser: pages of this server, and of the origins that are allowed by name.

A browser sends along where a page comes from (`Origin`) and by which name it reached the server (`Host`). A page of
another origin may neither open a socket nor post. Without access control the name decides as well: one that only
pretends to be this machine's (DNS rebinding) is refused.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from phaseboard.access.loopback import is_loopback
from phaseboard.api.request import headers_of
from phaseboard.web.refusal import Refusal, refuse

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Sites:
    """The origins whose pages may ask, besides the server's own, and whether the server goes by any name."""

    origins: Collection[str] = field(default_factory=frozenset)
    public_url: str | None = None
    any_name: bool = True


class CheckOrigin:
    """Middleware that refuses what pages of other origins send."""

    def __init__(self, app: ASGIApp, sites: Sites) -> None:
        self._app = app
        self._sites = sites
        public = urlsplit(sites.public_url or "")
        self._public_name, self._public_host = public.hostname, public.netloc.lower()
        self._is_own = lru_cache(maxsize=128)(self._goes_by)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        problem = self._problem(scope) if scope["type"] in ("http", "websocket") else None
        if problem:
            await refuse(Refusal(403, "FORBIDDEN", problem), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        headers = headers_of(scope)
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._sites.any_name and not self._is_own(host):
            return (
                "Without access control this server is only reached as 127.0.0.1 or localhost, or by the name in "
                "PHASEBOARD_PUBLIC_URL."
            )
        if scope["type"] == "http" and scope["method"] in _READING:
            return None
        origin = headers.get(b"origin")
        if origin is None or self._may_ask(origin.decode("latin-1"), host):
            return None
        return "Pages of this origin may not ask this server: name it in PHASEBOARD_ALLOWED_ORIGINS if they should."

    def _goes_by(self, host: str) -> bool:
        name = name_in(host)
        return host == "" or (name is not None and (is_loopback(name) or name == self._public_name))

    def _may_ask(self, origin: str, host: str) -> bool:
        try:
            netloc = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        own = netloc != "" and netloc in (host.lower(), self._public_host)
        return own or origin in self._sites.origins


def name_in(host: str) -> str | None:
    """Return the name or address in a `Host` header, None for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None
