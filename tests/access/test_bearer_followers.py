"""Those who follow something are ended before more is told, once their token was revoked."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from phaseboard.access.principal import Principal
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader
from phaseboard.store.tokens import StoredToken
from tests.access.scene import Scene
from tests.factory import NOW


async def test_before_something_is_told_those_who_follow_by_a_revoked_token_are_ended(scene: Scene):
    (token, header), (other, other_header) = await scene.issue(), await scene.issue("cd")
    following, asking = await scene.access.resolve(header), await scene.access.resolve(other_header)
    following.on_end(lambda: None)
    await scene.access.check()
    assert following.is_valid
    await scene.revoke(token)
    await scene.revoke(other)
    await scene.access.check()
    assert not following.is_valid
    assert asking.is_valid, "nobody follows by it: the next look is soon enough"
    await scene.store.close()
    await scene.access.check()


class CountingStore(MemoryStore):
    """Counts the tokens that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens_read = 0

    async def read(self, work):
        return await super().read(lambda reader: work(CountingReader(reader, self)))


class CountingReader:
    """Reads as another does."""

    def __init__(self, reader: Reader, store: CountingStore) -> None:
        self._reader = reader
        self._store = store
        self.token_count = reader.token_count

    async def tokens(self, ids: Sequence[str]) -> dict[str, StoredToken]:
        self._store.tokens_read += len(ids)
        return await self._reader.tokens(ids)


@pytest.mark.parametrize("followed", [1, 100])
async def test_however_many_follow_their_tokens_are_read_again_only_once_one_changed(followed: int):
    store = CountingStore()
    await store.open()
    scene = Scene(store)

    async def read_at_a_check() -> int:
        before = store.tokens_read
        await scene.access.check()
        return store.tokens_read - before

    async def follow(name: str) -> tuple[StoredToken, Principal]:
        token, header = await scene.issue(name)
        principal = await scene.access.resolve(header)
        principal.on_end(lambda: None)
        return token, principal

    tokens = [await follow(f"ci{number}") for number in range(followed)]
    assert [await read_at_a_check() for _ in range(3)] == [followed, 0, 0]
    await scene.access.look()
    assert await read_at_a_check() == 0, "what is looked at meanwhile is no reason to look again"
    other, _ = await scene.issue("other")
    assert [await read_at_a_check() for _ in range(2)] == [followed, 0]
    await scene.revoke(other)
    assert [await read_at_a_check() for _ in range(2)] == [followed, 0]
    revoked, gone = tokens[0]
    await scene.revoke(revoked)
    tokens.append(await follow("late"))
    assert await read_at_a_check() == followed + 1
    assert not gone.is_valid
    assert all(principal.is_valid for _, principal in tokens[1:])
    assert await read_at_a_check() == 0
    await store.close()


async def test_one_that_was_revoked_while_its_holder_was_let_in_is_found(scene: Scene):
    token, header = await scene.issue()
    _, other_header = await scene.issue("cd")
    (await scene.access.resolve(other_header)).on_end(lambda: None)
    stale = (await scene.store.read(lambda reader: reader.tokens([token.id])))[token.id]
    await scene.revoke(token)
    await scene.access.check()
    scene.store._kept.tokens[token.id] = stale
    principal = await scene.access.resolve(header)
    principal.on_end(lambda: None)
    scene.store._kept.tokens[token.id] = replace(stale, revoked_at=NOW)
    await scene.access.check()
    assert not principal.is_valid
