"""Groups that many join: whoever joins gets what it missed first, then what all get.

A member of the log that begins further back than its group remembers catches up by a replay, with all others that
missed the same. It ends where the group can take over: at an answer that the group remembers, or that is yet to come.
What it ended with the group remembers from then on, as far as there is room. Of a status only the newest counts, so one
execution of its own is enough for a member, and is needed only if a commit made the newest of the group old, as one
shows who knows a newer one.
"""

import asyncio
from contextlib import aclosing

from phaseboard.api.context import Span
from phaseboard.api.exchange import begin_shared
from phaseboard.api.streams.counts import Counts
from phaseboard.api.streams.execution import Execution, Refused
from phaseboard.api.streams.group import ALL, Group, Member, OnEnd, completion, fault, refusal
from phaseboard.api.streams.replay import Replay, Replays
from phaseboard.api.streams.ring import Ring
from phaseboard.feed.feed import Feed
from phaseboard.feed.recent import RecentStatuses


class _Over(Exception):
    """The stream ended while a member caught up: nothing can follow."""


class SharedGroup(Group):
    """A group whose members catch up before they follow."""

    def __init__(self, execution: Execution, span: Span, counts: Counts, on_end: OnEnd) -> None:
        super().__init__(execution, span, counts, on_end)
        self._joining: dict[Member, asyncio.Task[None]] = {}

    @property
    def watchers(self) -> int:
        """How many follow, or catch up to do so."""
        return len(self.members) + len(self._joining)

    def join(self, member: Member) -> None:
        """Let a member follow, from where it begins."""
        if self.is_behind(member):
            self.catch_up(member)
        else:
            self.admit(member)

    def catch_up(self, member: Member) -> None:
        """Give a member what it missed first; it follows after that."""
        self._joining[member] = asyncio.create_task(self._catch_up(member), name="subscription catches up")

    def leave(self, member: Member) -> None:
        """Let a member go; the last one ends the group."""
        if catching_up := self._joining.pop(member, None):
            catching_up.cancel()
        super().leave(member)

    def close(self) -> None:
        """End because the server stops."""
        for member, catching_up in self._joining.items():
            catching_up.cancel()
            self.members[member] = ALL
        self._joining.clear()
        super().close()

    async def _run(self, span: Span) -> None:
        begin_shared()
        await super()._run(span)

    async def paced(self) -> None:
        """Let others run before the next answer is made; no member holds up another."""
        await asyncio.sleep(0)

    async def _catch_up(self, member: Member) -> None:
        """Give a member what it missed; the group may have ended by then."""
        above = ALL
        try:
            above = await self.told_missed(member)
            ending = self.ending
        except _Over:
            ending = completion
        except Refused as refused:
            ending = refusal(refused.errors)
        except Exception:  # noqa: BLE001 - logged there
            ending = fault()
        del self._joining[member]
        if ending is None:
            self.attach(member, above)
        else:
            ending(member)
            self.end_if_empty()

    def is_behind(self, member: Member) -> bool:
        """Whether a member that joins now has to catch up."""
        raise NotImplementedError

    def admit(self, member: Member) -> None:
        """Let a member follow that is not behind."""
        raise NotImplementedError

    async def told_missed(self, member: Member) -> int:
        """Give a member what it missed; returns the number of the last answer. Raises _Over when nothing can follow."""
        raise NotImplementedError

    def attach(self, member: Member, above: int) -> None:
        """Let a member follow that was told everything up to a number."""
        raise NotImplementedError


class LogGroup(SharedGroup):
    """Followers of the log: each gets everything above the position at which it begins."""

    def __init__(self, execution: Execution, counts: Counts, on_end: OnEnd, feed: Feed, remembered: int) -> None:
        super().__init__(execution, Span(after=feed.head), counts, on_end)
        self._feed = feed
        self._ring = Ring(feed.head, remembered)
        self._replays = Replays(execution, remembered, self._remember)

    def is_behind(self, member: Member) -> bool:
        """Whether a member begins below what is remembered."""
        return _position(member) < self._ring.floor

    def admit(self, member: Member) -> None:
        """Let a member follow from where it begins."""
        self.attach(member, _position(member))

    async def told_missed(self, member: Member) -> int:
        """Give a member everything up to what is remembered, which moves on meanwhile."""
        above = _position(member)
        while above < self._ring.floor:
            with self._replays.reading(above, self._ring.floor) as replay:
                above = await self._told(replay, member, above)
            if self._feed.closed:
                raise _Over
        return above

    async def _told(self, replay: Replay, member: Member, above: int) -> int:
        """Give a member what a replay has for it; returns up to where that was all."""
        while replay.reaches(above):
            answers = await replay.above(above)
            if not answers:
                return replay.until
            for number, payload in answers:
                self.tell(member, number, payload)
                if number is None:
                    raise _Over
                above = number
            await member.room()
        return above

    def _remember(self, replay: Replay) -> None:
        """Remember what was missed, for those who come later; where the feed ended, some of it may be missing."""
        if not self._feed.closed:
            self._ring.precede(replay.ring, replay.until)

    def attach(self, member: Member, above: int) -> None:
        """Let a member follow above a position; it gets what is remembered of that."""
        self.members[member] = above
        for number, payload in self._ring.above(above):
            self.tell(member, number, payload)

    def tell_all(self, number: int | None, payload: bytes) -> None:
        """Give an answer to all for whom it is news, and remember it."""
        if number is not None:
            self._ring.add(number, payload)
        super().tell_all(number, payload)


class StatusGroup(SharedGroup):
    """Followers of a status: each gets the newest, unless it knows that one, and whatever is newer."""

    def __init__(self, execution: Execution, counts: Counts, on_end: OnEnd, recent: RecentStatuses) -> None:
        self._recent = recent
        self._newest: tuple[int, bytes] | None = None
        super().__init__(execution, Span(everything=True), counts, on_end)

    def is_behind(self, member: Member) -> bool:
        """Whether a commit made old what the group gives next, or gave last; one that the member knows, maybe."""
        if self._span.release_id is None:
            return False
        known = self._recent.get(self._span.release_id)
        given = self._newest[0] if self._newest else self._span.emitted
        return known is None or (given is not None and max(known.snapshot.revision, member.begins or 0) > given)

    def admit(self, member: Member) -> None:
        """Give a member the newest status, unless it is the one it knows."""
        knows_it = self._newest is not None and self._newest[0] == member.begins
        self.attach(member, member.begins if knows_it and member.begins is not None else ALL)

    async def told_missed(self, member: Member) -> int:
        """Give a member the status as it is, unless it knows that one."""
        async with aclosing(self.execution.answers(Span(everything=True))) as answers:
            async for number, payload in answers:
                if number is None or number != member.begins:
                    self.tell(member, number, payload)
                if number is not None:
                    return number
        raise _Over

    def attach(self, member: Member, above: int) -> None:
        """Let a member follow above a revision; the newest comes at once if it is news."""
        self.members[member] = above
        if self._newest is not None and self._newest[0] > above:
            self.tell(member, *self._newest)

    def tell_all(self, number: int | None, payload: bytes) -> None:
        """Give a status to all for whom it is news, and remember it; of the first one a member may say it knows it."""
        if number is not None:
            if self._newest is None:
                self._compare(number)
            self._newest = number, payload
        super().tell_all(number, payload)

    def _compare(self, first: int) -> None:
        """Sort out who knows the first status, and who may know a newer one, which was committed while it was read."""
        for member in tuple(self.members):
            if member.begins == first:
                self.members[member] = first
            elif member.begins is not None and member.begins > first:
                del self.members[member]
                self.catch_up(member)


def _position(member: Member) -> int:
    return member.begins or 0
