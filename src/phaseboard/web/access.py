"""The door: nobody gets further than here without being known, and nothing of a request is read before that.

A socket says who it is in its `connection_init`, because browsers cannot send headers with it: it is let through, and
`callers` asks. Tokens in an address are refused: addresses end up in logs and histories.
"""

import re
from collections.abc import Mapping

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from phaseboard.access.errors import KeysUnavailable, Unauthenticated
from phaseboard.access.port import Access
from phaseboard.access.principal import Principal
from phaseboard.access.scopes import Scope as AccessScope
from phaseboard.api.request import headers_of
from phaseboard.api.schema import BUSY
from phaseboard.api.scopes import missing
from phaseboard.store.errors import StoreError
from phaseboard.web import playground
from phaseboard.web.origins import CheckOrigin, Sites
from phaseboard.web.refusal import Refusal, refuse

PRINCIPAL = "phaseboard.principal"
"""Where the scope of a request holds who sends it."""

OPEN = frozenset({"/favicon.ico", "/healthz", "/readyz"}) | playground.OPEN
OPEN_BELOW = ("/callbacks/", *playground.OPEN_BELOW)
"""What needs no token: pages without data, whether the server is well, and callbacks, which bring a secret."""

NEEDED: Mapping[str, AccessScope] = {"/metrics": AccessScope.READ}
"""What a path needs besides a good token; the API decides by the operation (see `api.scopes`)."""

IN_ADDRESS = re.compile(rb"(?:^|[&;])(?:access_token|api_key|authorization|bearer|token)=", re.IGNORECASE)
NOT_IN_ADDRESS = Refusal(
    400,
    "BAD_REQUEST",
    "A token does not belong in an address: send it as `Authorization: Bearer ...`, or in the payload of "
    "connection_init. This one is best revoked now.",
)
AGAIN = ((b"retry-after", b"10"),)


class RequireAccess:
    """Middleware that notes who sends a request, or refuses it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        refusal = None if scope["type"] == "lifespan" or is_open(scope["path"]) else await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refuse(refusal, scope, receive, send)

    async def _refusal(self, scope: Scope) -> Refusal | None:
        if scope["query_string"] and IN_ADDRESS.search(scope["query_string"]):
            return NOT_IN_ADDRESS
        if scope["type"] == "websocket":
            return None
        authorization = headers_of(scope).get(b"authorization")
        try:
            principal = self._access.known(authorization) or await self._access.resolve(authorization)
        except Unauthenticated as error:
            challenge = ((b"www-authenticate", _challenge(error)),)
            return Refusal(401, "UNAUTHENTICATED", str(error), challenge)
        except KeysUnavailable as error:
            return Refusal(503, "SERVICE_UNAVAILABLE", str(error), AGAIN)
        except StoreError:
            return Refusal(503, "SERVICE_UNAVAILABLE", BUSY, AGAIN)
        scope[PRINCIPAL] = principal
        return _lacking(principal, scope["path"])


def guarded(app: ASGIApp, access: Access, sites: Sites) -> ASGIApp:
    """Return the application behind its doors."""
    inside: ASGIApp = RequireAccess(app, access)
    if sites.origins:
        inside = CORSMiddleware(
            inside,
            allow_origins=sorted(sites.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "last-event-id", "if-none-match", "x-request-id"],
            expose_headers=["etag", "www-authenticate", "retry-after", "x-request-id"],
        )
    return CheckOrigin(inside, sites)


def is_open(path: str) -> bool:
    """Whether a path needs no token."""
    return path in OPEN or path.startswith(OPEN_BELOW)


def _lacking(principal: Principal, path: str) -> Refusal | None:
    needed = NEEDED.get(path)
    if needed is None or principal.allows(needed):
        return None
    return Refusal(403, "FORBIDDEN", missing(needed))


def _challenge(error: Unauthenticated) -> bytes:
    """Return the challenge of RFC 6750; messages hold neither quotation marks nor anything that was sent."""
    described = f', error="invalid_token", error_description="{error}"' if error.given else ""
    return f'Bearer realm="phaseboard"{described}'.encode("latin-1", "replace")
