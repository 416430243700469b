"""Who is let in, for how long, and who is told when it is over."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from phaseboard.access import bearer
from phaseboard.access.bearer import BearerAccess
from phaseboard.access.errors import KeysUnavailable, Unauthenticated
from phaseboard.access.issuer import Issuer
from phaseboard.access.oidc import LEEWAY, Verifier
from phaseboard.access.port import OpenAccess
from phaseboard.access.principal import ANONYMOUS, Principal
from phaseboard.access.scopes import Scope, Scopes
from phaseboard.access.tokens import new_token
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.engine.clock import system_clock
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader
from phaseboard.store.tokens import StoredToken
from tests.access.issuing import AUDIENCE, LocalIssuer
from tests.engine.hands import PATIENCE, Clock
from tests.factory import NOW

DAY = timedelta(days=1)
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


@pytest.fixture
def scene(store: MemoryStore) -> Scene:
    return Scene(store)


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


class TestIssuer:
    """Tokens of a configured issuer."""

    @pytest.fixture
    def scene(self, store: MemoryStore, issuer: LocalIssuer) -> Scene:
        scene = Scene(store)
        scene.clock.now = system_clock()
        verifier = Verifier(Issuer(url=issuer.url, audience=AUDIENCE))
        scene.access = BearerAccess(store, scene.clock, verifier)
        return scene

    async def test_both_kinds_of_tokens_are_let_in(self, scene: Scene, issuer: LocalIssuer):
        _, header = await scene.issue()
        assert (await scene.access.resolve(header)).actor.kind is ActorKind.TOKEN
        person = await scene.access.resolve(f"Bearer {issuer.token()}".encode())
        assert (person.actor, person.scopes) == (Actor(ActorKind.PERSON, "anna"), READ)

    async def test_the_signature_is_looked_at_again_after_a_while(self, scene: Scene, issuer: LocalIssuer):
        header = f"Bearer {issuer.token()}".encode()
        principal = await scene.access.resolve(header)
        scene.clock.now += bearer.LATELY
        assert scene.access.known(header) is None
        assert not principal.ended
        assert await scene.access.resolve(header) is principal

    async def test_it_ends_when_it_says(self, scene: Scene, issuer: LocalIssuer):
        expires = int(scene.clock().timestamp()) + 600
        header = f"Bearer {issuer.token(exp=expires)}".encode()
        principal = await scene.access.resolve(header)
        scene.clock.now = datetime.fromtimestamp(expires - 0.001, UTC)
        await scene.access.look()
        assert principal.is_valid
        scene.clock.move(milliseconds=1)
        assert not principal.is_valid
        await scene.access.look()
        assert principal.ended
        assert scene.access.known(header) is None

    async def test_requests_are_let_in_a_little_longer_and_nobody_ends_what_has_ended(
        self, scene: Scene, issuer: LocalIssuer
    ):
        expires = int(scene.clock().timestamp()) + 600
        header = f"Bearer {issuer.token(exp=expires)}".encode()
        before = await scene.access.resolve(header)
        scene.clock.now = datetime.fromtimestamp(expires, UTC)
        await scene.access.look()
        late = await scene.access.resolve(header)
        assert late is not before
        assert not late.is_valid
        await scene.access.look()
        scene.clock.now += LEEWAY - timedelta(milliseconds=1)
        assert scene.access.known(header) is late
        assert not late.ended
        scene.clock.move(milliseconds=1)
        assert scene.access.known(header) is None

    async def test_all_tokens_of_a_subject_have_one_holder(self, scene: Scene, issuer: LocalIssuer):
        one, again, other = [
            await scene.access.resolve(f"Bearer {issuer.token(**claims)}".encode())
            for claims in ({"sub": "anna"}, {"sub": "anna", "jti": "2"}, {"sub": "ben"})
        ]
        assert one is not again
        assert one.holder == again.holder != other.holder

    async def test_an_issuer_that_is_down_is_no_refusal(self, scene: Scene, issuer: LocalIssuer):
        issuer.answer["/keys"] = (500, b"")
        with pytest.raises(KeysUnavailable):
            await scene.access.resolve(f"Bearer {issuer.token()}".encode())


async def test_without_an_issuer_its_tokens_are_unknown(scene: Scene, issuer: LocalIssuer):
    with pytest.raises(Unauthenticated, match="not known here"):
        await scene.access.resolve(f"Bearer {issuer.token()}".encode())
    assert issuer.asked == []


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
