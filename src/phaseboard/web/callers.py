"""Callers of the API: of requests that were let in, and of sockets that say who they are."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from phaseboard.access.port import Access
from phaseboard.access.principal import Principal
from phaseboard.api.context import Context, Services
from phaseboard.api.streams.hub import Caller
from phaseboard.web.access import PRINCIPAL


class Callers:
    """Makes callers; see `api.transport.Callers`."""

    def __init__(self, services: Services, access: Access) -> None:
        self._services = services
        self._access = access

    def of_request(self, scope: Scope) -> Caller:
        """Return the caller of a request."""
        return self._caller(scope[PRINCIPAL])

    async def of_socket(self, payload: Mapping[str, Any]) -> Caller:
        """Return the caller that the payload of connection_init names. Raises AccessError or the store's errors."""
        authorization = authorization_in(payload)
        return self._caller(self._access.known(authorization) or await self._access.resolve(authorization))

    def _caller(self, principal: Principal) -> Caller:
        services, actor, scopes = self._services, principal.actor, principal.scopes
        return Caller(principal, lambda span: Context(services, actor, scopes, span=span))


def authorization_in(payload: Mapping[str, Any]) -> bytes | None:
    """Return what the payload of connection_init says as an `Authorization` header would, None for nothing."""
    named = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
    if "authorization" in named:
        return named["authorization"].encode(errors="replace")
    return f"Bearer {named['token']}".encode(errors="replace") if "token" in named else None
