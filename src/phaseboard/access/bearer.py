"""Access by bearer tokens: our own, and those of an issuer where one is configured.

Who was let in is kept in memory, by the header that was sent, so that the next request needs no look. Twice a second
the tokens in use are read again: another process may have revoked one. What ended is forgotten, and whoever still goes
on by it is told. Before something is told to those who follow, a count says whether any of theirs has to be read.

The token of an issuer ends when it says, like ours. Requests are let in by it a little longer, because clocks differ
(see `oidc.LEEWAY`); streams are not: nobody is let in only to be sent away again.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from phaseboard.access import tokens
from phaseboard.access.errors import Unauthenticated
from phaseboard.access.oidc import Verified, Verifier
from phaseboard.access.principal import Principal
from phaseboard.access.scopes import Scope
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.store.errors import StoreError
from phaseboard.store.port import Store
from phaseboard.store.tokens import StoredToken, TokenCount

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=0.5)
"""How often the tokens in use are read again."""

ANSWER = timedelta(seconds=1)
"""How long the database may take to tell of them, until nobody is let in by what is known."""

LATELY = timedelta(seconds=60)
"""How long the token of an issuer is taken for good before its signature is looked at again."""

MAX_KNOWN = 10_000

NO_TOKEN = "Send an access token: `Authorization: Bearer ...`."
SCHEME = b"bearer"


@dataclass(slots=True)
class _Session:
    """A principal, the token of ours it stands on, and how many there were before that was read last."""

    principal: Principal
    token: StoredToken | None = None
    count: TokenCount | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    until: datetime | None


class BearerAccess:
    """Lets in who sends a good token; `changed` is called when one does not stand any more for what it did."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        verifier: Verifier | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier
        self._changed = changed
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._sessions: dict[str, _Session] = {}

    def known(self, authorization: bytes | None) -> Principal | None:
        """Return who sent this header lately, unless their rights have ended."""
        found = self._known.get(authorization) if authorization is not None else None
        if found is None or found.principal.ended or (found.until is not None and self._clock() >= found.until):
            return None
        return found.principal

    async def resolve(self, authorization: bytes | None) -> Principal:
        """Return who sends this header. Raises Unauthenticated, KeysUnavailable or the store's errors."""
        if principal := self.known(authorization):
            return principal
        text = _token_in(authorization)
        if text.startswith(tokens.PREFIX) or self._verifier is None:
            found = await self._of_token(text)
        else:
            found = await self._of_issuer(self._verifier, text)
        self._keep(authorization or b"", found)
        return found.principal

    async def run(self) -> None:
        """Look after the tokens in use until cancelled."""
        while True:
            try:
                async with asyncio.timeout(ANSWER.total_seconds()):
                    await self.look()
            except (StoreError, TimeoutError):
                self._known.clear()
                log.warning("cannot read the access tokens: everybody is looked up again", extra=_ACTION)
            except Exception:
                log.exception("cannot look after access tokens", extra=_ACTION)
            await asyncio.sleep(self._pause())

    async def look(self) -> None:
        """End the principals whose rights have ended, now."""
        await self._look_at({token_id: session for token_id, session in self._sessions.items() if session.token})

    async def check(self) -> None:
        """End those who follow by tokens that were revoked by now. Raises TimeoutError, or the store's errors.

        Tokens are read only if others were added or revoked since they were read last.
        """
        held = {key: session for key, session in self._sessions.items() if session.token and session.principal.followed}
        if not held:
            return
        async with asyncio.timeout(ANSWER.total_seconds()):
            count = await self._store.read(lambda reader: reader.token_count())
            await self._look_at({key: session for key, session in held.items() if session.count != count}, count)

    async def _look_at(self, held: Mapping[str, _Session], count: TokenCount | None = None) -> None:
        stored = await self._store.read(lambda reader: reader.tokens(list(held))) if held else {}
        now = self._clock()
        still = ((token_id, session) for token_id, session in held.items() if self._sessions.get(token_id) is session)
        changed = [token_id for token_id, session in still if stored.get(token_id) != session.token]
        over = [key for key, session in self._sessions.items() if _is_over(session.principal, now)]
        for session in held.values():
            session.count = count or session.count
        for key in {*changed, *over}:
            self._end(key)
        if changed:
            self._changed()

    async def _of_token(self, text: str) -> _Known:
        token = await tokens.stored(self._store, text, self._clock())
        session = self._sessions.get(token.id)
        if session is None or session.token != token:
            if self._end(token.id):
                self._changed()
            actor = Actor(ActorKind.TOKEN, token.name)
            scopes = tuple(scope for scope in Scope if scope in token.scopes)
            principal = Principal(actor, scopes, token.expires_at, clock=self._clock)
            session = self._sessions[token.id] = _Session(principal, token)
        return _Known(session.principal, token.expires_at)

    async def _of_issuer(self, verifier: Verifier, text: str) -> _Known:
        key = "jwt " + sha256(text.encode()).hexdigest()
        try:
            verified = await verifier.verify(text)
        except Unauthenticated:
            self._end(key)
            raise
        now = self._clock()
        session = self._sessions.get(key)
        if session is None or session.principal.ended:
            session = _Session(self._holder_of(verified))
        if now < verified.expires_at:
            self._sessions[key] = session
        return _Known(session.principal, min(verified.leeway_until, now + LATELY))

    def _holder_of(self, verified: Verified) -> Principal:
        holder = verified.subject
        return Principal(verified.actor, verified.scopes, verified.expires_at, holder=holder, clock=self._clock)

    def _keep(self, authorization: bytes, found: _Known) -> None:
        self._known[authorization] = found
        self._known.move_to_end(authorization)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def _end(self, key: str) -> bool:
        """End a principal; False when there is none."""
        session = self._sessions.pop(key, None)
        if session is None:
            return False
        session.principal.end()
        for header in [header for header, known in self._known.items() if known.principal.ended]:
            del self._known[header]
        return True

    def _pause(self) -> float:
        ends = [session.principal.expires_at for session in self._sessions.values()]
        next_end = min((end for end in ends if end is not None), default=None)
        left = EVERY if next_end is None else min(EVERY, next_end - self._clock())
        return max(left.total_seconds(), 0.001)


_ACTION = {"action": "access.look"}


def _is_over(principal: Principal, now: datetime) -> bool:
    return principal.expires_at is not None and now >= principal.expires_at


def _token_in(authorization: bytes | None) -> str:
    """Return the token in a header. Raises Unauthenticated."""
    if not authorization:
        raise Unauthenticated(NO_TOKEN, given=False)
    scheme, _, token = authorization.strip().partition(b" ")
    text = token.strip()
    if scheme.lower() != SCHEME or not text or not text.isascii():
        raise Unauthenticated(f"The Authorization header is not understood. {NO_TOKEN}")
    return text.decode()
