"""Access as the web sees it."""

from typing import Protocol

from phaseboard.access.principal import ANONYMOUS, Principal


class Access(Protocol):
    """Tells who calls by the value of an `Authorization` header, None for a request without one."""

    def known(self, authorization: bytes | None) -> Principal | None:
        """Return who this is if that is known in memory, without waiting; else None, and `resolve` has to tell."""
        ...

    async def resolve(self, authorization: bytes | None) -> Principal:
        """Return who this is. Raises Unauthenticated, KeysUnavailable or the store's errors."""
        ...

    async def run(self) -> None:
        """End principals as their rights end, until cancelled."""
        ...

    async def check(self) -> None:
        """End those whose rights ended by now and who would be told of what happened since."""
        ...


class OpenAccess:
    """No access control: everybody is the same and may do everything."""

    def known(self, authorization: bytes | None) -> Principal:  # noqa: ARG002 - whatever it is
        """Return the anonymous principal."""
        return ANONYMOUS

    async def resolve(self, authorization: bytes | None) -> Principal:
        """Return the anonymous principal."""
        return self.known(authorization)

    async def run(self) -> None:
        """Do nothing: nobody loses anything."""

    async def check(self) -> None:
        """Do nothing."""
