"""Access over a store in memory, in the hands of a test."""

from phaseboard.access.bearer import BearerAccess
from phaseboard.access.scopes import Scope, Scopes
from phaseboard.access.tokens import new_token
from phaseboard.store.memory import MemoryStore
from phaseboard.store.tokens import StoredToken
from tests.engine.hands import Clock

READ = (Scope.READ,)


class Scene:
    """Access over a store in memory, and a clock in the test's hands."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.clock = Clock()
        self.changes = 0
        self.access = BearerAccess(store, self.clock, changed=self._changed)

    def _changed(self) -> None:
        self.changes += 1

    async def issue(self, name: str = "ci", scopes: Scopes = READ, **more) -> tuple[StoredToken, bytes]:
        """Return a new token and the header that its holder sends."""
        token, text = new_token(name, scopes, self.clock(), **more)
        await self.store.write(lambda writer: writer.add_token(token))
        return token, f"Bearer {text}".encode()

    async def revoke(self, token: StoredToken) -> None:
        assert await self.store.write(lambda writer: writer.revoke_token(token.id, self.clock()))
