"""Groups: everybody who follows the same, one execution and one encoding for all of them.

`Group` runs an operation once and gives every member the bytes of each answer. It has no memory: who joins gets what
comes. That is enough for operations that nobody shares; for the others see `shared`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from time import perf_counter
from typing import Protocol

from graphql import GraphQLError

from phaseboard.api.context import Span
from phaseboard.api.schema import FAULT
from phaseboard.api.streams.counts import Counts
from phaseboard.api.streams.execution import Execution, Refused
from phaseboard.api.streams.latency import Place

log = logging.getLogger(__name__)

ALL = -1
"""Below every number."""


class Member(Protocol):
    """One who follows; what a group calls for all of its members may not wait, and does not."""

    begins: int | None
    """The number of the answer known last: the position to begin after, or the revision to leave out."""

    def answer(self, number: int | None, payload: bytes) -> None:
        """Take an answer: the JSON of an execution result."""
        ...

    async def room(self) -> None:
        """Wait until what was answered is on its way; awaited where a member is told at its own pace."""
        ...

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        """Take what was wrong with the operation; nothing follows."""
        ...

    def complete(self) -> None:
        """Learn that nothing follows."""
        ...

    def hang_up(self) -> None:
        """Learn that the server stops: what follows can be had from another one, or from this one later."""
        ...


Ending = Callable[[Member], None]
OnEnd = Callable[["Group"], None]


class Group:
    """One execution for any number of members; it ends with the last of them, or by itself: then `on_end` is called."""

    field = ""
    """The root field that is subscribed to."""

    def __init__(self, execution: Execution, span: Span, counts: Counts, on_end: OnEnd) -> None:
        self.execution = execution
        self._counts = counts
        self._on_end = on_end
        self._span = span
        self._began = perf_counter()
        self.members: dict[Member, int] = {}
        self.ending: Ending | None = None
        self._task = asyncio.create_task(self._run(span), name="shared subscription")

    @property
    def watchers(self) -> int:
        """How many follow."""
        return len(self.members)

    def join(self, member: Member) -> None:
        """Let a member follow."""
        self.members[member] = ALL

    def leave(self, member: Member) -> None:
        """Let a member go; the last one ends the group."""
        self.members.pop(member, None)
        self.end_if_empty()

    def close(self) -> None:
        """End because the server stops."""
        self._task.cancel()
        self._end(_hanging_up)

    def end_if_empty(self) -> None:
        """End unless somebody follows."""
        if not self.watchers:
            self._task.cancel()
            self._on_end(self)

    async def _run(self, span: Span) -> None:
        try:
            async with aclosing(self.execution.answers(span)) as answers:
                async for number, payload in answers:
                    self.tell_all(number, payload)
                    await self.paced()
        except Refused as refused:
            self._end(refusal(refused.errors))
        except Exception:  # noqa: BLE001 - logged there
            self._end(fault())
        else:
            self._end(completion)

    async def paced(self) -> None:
        """Wait before the next answer is made: nobody else waits for it."""
        for member in tuple(self.members):
            await member.room()

    def tell_all(self, number: int | None, payload: bytes) -> None:
        """Give an answer to all for whom it is news."""
        with self._counts.latency.telling(self._place(number), self._began, self._counts):
            for member, above in tuple(self.members.items()):
                if number is None or number > above:
                    self.tell(member, number, payload)

    def _place(self, number: int | None) -> Place | None:
        """Return which change an answer is about."""
        release_id = self._span.release_id
        return number if number is None or release_id is None else (release_id, number)

    def tell(self, member: Member, number: int | None, payload: bytes) -> None:
        """Give a member an answer; a fault of one harms no other."""
        self._counts.deliveries += 1
        try:
            member.answer(number, payload)
        except Exception:
            log.exception("fault of a follower", extra={"action": "api.fault"})

    def _end(self, ending: Ending) -> None:
        self.ending = ending
        self._on_end(self)
        members, self.members = tuple(self.members), {}
        for member in members:
            ending(member)


def completion(member: Member) -> None:
    """Tell a member that nothing follows."""
    member.complete()


def _hanging_up(member: Member) -> None:
    member.hang_up()


def refusal(errors: Sequence[GraphQLError]) -> Ending:
    """Return what tells members why an operation could not begin."""
    return lambda member: member.refused(errors)


def fault() -> Ending:
    """Log the exception in hand; return what tells members that there was one."""
    log.exception("fault in a subscription", extra={"action": "api.fault"})
    return refusal([GraphQLError(FAULT)])
