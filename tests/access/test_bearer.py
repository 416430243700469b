"""Who is let in, for how long, and who is told when it is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from phaseboard.access import bearer
from phaseboard.access.bearer import BearerAccess
from phaseboard.access.errors import Unauthenticated
from phaseboard.access.port import OpenAccess
from phaseboard.access.principal import ANONYMOUS
from phaseboard.access.scopes import Scope
from phaseboard.access.tokens import new_token
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.engine.clock import system_clock
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.tokens import StoredToken
from tests.access.scene import READ, Scene
from tests.engine.hands import PATIENCE
from tests.factory import NOW

DAY = timedelta(days=1)


async def test_a_token_is_looked_up_once(scene: Scene):
    token, header = await scene.issue(scopes=(Scope.WRITE, Scope.REPORT))
    assert scene.access.known(header) is None
    principal = await scene.access.resolve(header)
    assert principal.actor == Actor(ActorKind.TOKEN, token.name)
    assert principal.scopes == (Scope.WRITE, Scope.REPORT)
    await scene.store.close()
    assert scene.access.known(header) is principal
    assert await scene.access.resolve(header) is principal


@pytest.mark.parametrize("write", ["Bearer {}", "bearer {}", "BEARER   {} ", " Bearer {}"])
async def test_the_scheme_is_read_in_any_case(scene: Scene, write: str):
    _, header = await scene.issue()
    text = header.decode().split()[1]
    first = await scene.access.resolve(header)
    assert await scene.access.resolve(write.format(text).encode()) is first


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer",
        b"Bearer ",
        b"Basic YTpi",
        b"Bearer x",
        b"Bearer pb_x",
        b"\xff\xfe",
        b"Bearer \xff",
        b"Bearer a.b.c",
        b"x" * 99,
    ],
)
async def test_other_headers_are_refused(scene: Scene, header: bytes):
    with pytest.raises(Unauthenticated) as refused:
        await scene.access.resolve(header)
    assert refused.value.given
    assert scene.access.known(header) is None


@pytest.mark.parametrize("header", [None, b""])
async def test_without_a_header_one_is_asked_for(scene: Scene, header: bytes | None):
    with pytest.raises(Unauthenticated, match="Authorization: Bearer") as refused:
        await scene.access.resolve(header)
    assert not refused.value.given


async def test_a_revoked_token_ends_its_principal_at_the_next_look(scene: Scene):
    token, header = await scene.issue()
    _, other_header = await scene.issue("cd")
    principal, other = await scene.access.resolve(header), await scene.access.resolve(other_header)
    told: list[str] = []
    principal.on_end(lambda: told.append("ended"))
    await scene.access.look()
    assert (told, scene.changes) == ([], 0)
    await scene.revoke(token)
    await scene.access.look()
    assert (told, scene.changes) == (["ended"], 1)
    assert scene.access.known(header) is None
    assert scene.access.known(other_header) is other
    with pytest.raises(Unauthenticated, match="revoked"):
        await scene.access.resolve(header)
    await scene.access.look()
    assert scene.changes == 1


async def test_an_expired_token_is_not_known_from_the_very_instant(scene: Scene):
    _, header = await scene.issue(expires_at=NOW + DAY)
    principal = await scene.access.resolve(header)
    scene.clock.now = NOW + DAY - timedelta(milliseconds=1)
    await scene.access.look()
    assert scene.access.known(header) is principal
    scene.clock.now = NOW + DAY
    assert scene.access.known(header) is None
    assert not principal.ended
    await scene.access.look()
    assert principal.ended
    with pytest.raises(Unauthenticated, match="expired"):
        await scene.access.resolve(header)


@pytest.mark.parametrize("looked", [True, False])
async def test_rights_that_shrink_end_the_principal_and_give_another(scene: Scene, looked: bool):
    token, header = await scene.issue(scopes=(Scope.READ, Scope.WRITE))
    before = await scene.access.resolve(header)
    kept = scene.store._kept.tokens
    kept[token.id] = StoredToken(
        **{**{name: getattr(token, name) for name in token.__slots__}, "scopes": ("releases:read",)}
    )
    if looked:
        await scene.access.look()
    assert (await scene.access.resolve(header + b" ")).scopes == READ
    assert before.ended
    assert scene.changes == 1
    assert (await scene.access.resolve(header)).scopes == READ


async def test_while_tokens_cannot_be_read_nobody_is_taken_for_known(scene: Scene):
    _, header = await scene.issue()
    principal = await scene.access.resolve(header)
    await scene.store.close()
    watching = asyncio.create_task(scene.access.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert scene.access.known(header) is None
    assert not principal.ended
    with pytest.raises(Unavailable):
        await scene.access.resolve(header)
    await scene.store.open()
    assert await scene.access.resolve(header) is principal
    watching.cancel()
    await asyncio.wait([watching])


class SilentStore(MemoryStore):
    """Does not answer while told so."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()

    async def read(self, work):
        await self.answers.wait()
        return await super().read(work)


async def test_while_the_database_is_silent_nobody_is_taken_for_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bearer, "ANSWER", timedelta(seconds=0.05))
    store = SilentStore()
    await store.open()
    scene = Scene(store)
    _, header = await scene.issue()
    principal = await scene.access.resolve(header)
    store.answers.clear()
    async with watched(scene.access), asyncio.timeout(PATIENCE):
        while scene.access.known(header):  # noqa: ASYNC110 - nobody tells of what is forgotten
            await asyncio.sleep(0)
        store.answers.set()
        assert await scene.access.resolve(header) is principal
    await store.close()


async def test_a_revocation_is_seen_by_itself(scene: Scene):
    token, header = await scene.issue()
    principal = await scene.access.resolve(header)
    ended = asyncio.Event()
    principal.on_end(ended.set)
    async with watched(scene.access):
        await scene.revoke(token)
        await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_the_next_look_comes_within_half_a_second_and_at_the_end_of_a_token(scene: Scene):
    assert scene.access._pause() == 0.5
    _, header = await scene.issue(expires_at=NOW + timedelta(seconds=0.7))
    await scene.access.resolve(header)
    pauses = [0.5, 0.4, 0.1, 0.001, 0.001]
    for seconds, pause in zip((0, 0.3, 0.3, 0.1, 0.1), pauses, strict=True):
        scene.clock.move(seconds=seconds)
        assert scene.access._pause() == pause
    await scene.access.look()
    assert scene.access._pause() == 0.5


async def test_an_end_is_not_seen_before_it_comes(store: MemoryStore):
    access = BearerAccess(store, system_clock)
    token, text = new_token("ci", READ, system_clock(), system_clock() + timedelta(seconds=0.2))
    await store.write(lambda writer: writer.add_token(token))
    principal = await access.resolve(f"Bearer {text}".encode())
    ended = asyncio.Event()
    principal.on_end(ended.set)
    async with watched(access):
        await asyncio.wait_for(ended.wait(), PATIENCE)
        assert token.expires_at
        assert system_clock() >= token.expires_at


async def test_what_is_known_is_bounded_and_forgetting_ends_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bearer, "MAX_KNOWN", 3)
    _, header = await scene.issue()
    principal = await scene.access.resolve(header)
    for blanks in range(1, 10):
        assert await scene.access.resolve(header + b" " * blanks) is principal
    assert scene.access.known(header) is None
    assert not principal.ended
    assert await scene.access.resolve(header) is principal


@pytest.mark.parametrize("header", [None, b"", b"Bearer whatever"])
async def test_open_access_knows_everybody(header: bytes | None):
    access = OpenAccess()
    assert access.known(header) is await access.resolve(header) is ANONYMOUS
    assert ANONYMOUS.allows(Scope.ADMIN)


@asynccontextmanager
async def watched(access: BearerAccess) -> AsyncIterator[None]:
    watching = asyncio.create_task(access.run())
    yield
    watching.cancel()
    await asyncio.wait([watching])
