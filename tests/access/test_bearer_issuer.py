"""Who is let in by tokens of a configured issuer."""

from datetime import UTC, datetime, timedelta

import pytest

from phaseboard.access import bearer
from phaseboard.access.bearer import BearerAccess
from phaseboard.access.errors import KeysUnavailable, Unauthenticated
from phaseboard.access.issuer import Issuer
from phaseboard.access.oidc import LEEWAY, Verifier
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.engine.clock import system_clock
from phaseboard.store.memory import MemoryStore
from tests.access.issuing import AUDIENCE, LocalIssuer
from tests.access.scene import READ, Scene


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
