"""Answers without executing: an answer is given again while everything it was made from still stands.

An execution notes what it read: releases with their revisions, and whether it read a list. The newest revisions are
known in memory, told by each commit before anybody learns of its success. An answer stands while the revisions it read
are the newest, and no release changed at all since if it read a list. So none is ever older than the last commit at the
time it is asked for, and there is no time to live. What others commit who share the store is learnt from the log: what
is published changes what stands, and while the log was not read as far as it may reach, nothing does.

What depends on more than releases (the clock, the caller) is not kept: its resolver says so.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from phaseboard.domain.events import RecordedEvent
from phaseboard.store.port import Change

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of answers that are kept."""

LARGEST = 256 * 1024
"""Bytes of the largest answer that is kept."""

MAX_KNOWN = 100_000
"""Of how many releases the newest revision is known; when there are more, all is forgotten, answers as well."""

OVERHEAD = 1024
"""Bytes that an answer takes besides its own and those of its key."""

OVERHEAD_OF_READ = 128
"""Bytes that each release takes in what an answer read, besides its id."""

Key = tuple[bytes, ...]
"""What makes a request the same as another."""

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Reads:
    """What an execution read. Revision 0 stands for a release that does not exist."""

    began: int
    releases: dict[str, int] = field(default_factory=dict)
    listed: bool = False
    kept: bool = True
    torn: bool = False
    """Whether a commit came in between: a release was read at two revisions."""
    answered: bool = False
    """Whether the execution was a query and went without an error."""

    def release(self, release_id: str, revision: int) -> None:
        """Note that a release was read at a revision."""
        self.torn |= self.releases.setdefault(release_id, revision) != revision

    def event(self, release_id: str, revision: int) -> None:
        """Note that an event was read: the release is at this revision, or further."""
        self.torn |= self.releases.get(release_id, revision) < revision

    def again(self) -> None:
        """Note what is read from now on alone: all is read once more."""
        self.releases.clear()
        self.torn = False

    def list(self) -> None:
        """Note that a list of releases was read."""
        self.listed = True

    def more(self) -> None:
        """Note that something else was read, which no commit tells of."""
        self.kept = False


@dataclass(frozen=True)
class Answer:
    """An encoded answer, its entity tag (empty where it is not told) and its headers."""

    body: bytes
    tag: bytes
    headers: Headers
    reads: Reads

    @cached_property
    def head(self) -> bytes:
        """The headers as they are written in HTTP/1.1, the length among them, with the empty line that ends them."""
        others = [header for header in self.headers if header[0] != b"content-length"]
        lines = [b"%b: %b\r\n" % header for header in (*others, (b"content-length", b"%d" % len(self.body)))]
        return b"".join(lines) + b"\r\n"


class Answers:
    """The answers that are kept, the newest used first to stay. Without `enabled` nothing is kept.

    While not `is_current`, others may have committed without a word: nothing is given again.
    """

    def __init__(
        self,
        *,
        enabled: bool = True,
        max_bytes: int = MAX_BYTES,
        max_known: int = MAX_KNOWN,
        is_current: Callable[[], bool] = lambda: True,
    ) -> None:
        self.hits = 0
        self.misses = 0
        """Executions whose answer might have been kept from before."""
        self.bytes = 0
        """How much is kept, with keys and with what was read."""
        self._enabled = enabled
        self._most_bytes = max_bytes
        self._most_known = max_known
        self._is_current = is_current
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._revisions: dict[str, int] = {}
        self._commits = 0
        self._oldest = 0

    def __len__(self) -> int:
        return len(self._answers)

    def committed(self, changes: Sequence[Change]) -> None:
        """Learn what a commit changed."""
        if changes:
            self._commits += 1
        for change in changes:
            self._revisions[change.release_id] = max(change.revision, self._revisions.get(change.release_id, 0))
        if len(self._revisions) > self._most_known:
            self._revisions.clear()
            self.outdate()

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Learn what others committed; what this process did is known already."""
        self.committed(
            [
                Change(event.release_id, event.revision)
                for event in events
                if event.revision > self._revisions.get(event.release_id, 0)
            ]
        )

    def outdate(self) -> None:
        """Let nothing stand that was begun before now."""
        self._commits += 1
        self._oldest = self._commits

    def reading(self) -> Reads:
        """Return where an execution notes what it reads, begun now."""
        return Reads(self._commits)

    def get(self, key: Key) -> Answer | None:
        """Return the answer kept for a request if it still stands."""
        answer = self.find(key)
        if answer is None:
            self._drop(key)
        return answer

    def find(self, key: Key) -> Answer | None:
        """Return the same; what is found no more stays, since it is asked for again."""
        answer = self._answers.get(key)
        if answer is None or not self._stands(answer.reads) or not self._is_current():
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer that had to be executed, unless it is outdated already, too large, or not to be kept."""
        if not (self._enabled and _may_be_kept(answer)):
            return
        self.misses += 1
        if not self._stands(answer.reads):
            return
        if answer.reads.listed:
            answer.reads.releases.clear()  # it stands only while no release changes at all
        self._drop(key)
        self._answers[key] = answer
        self.bytes += _size(key, answer)
        while self.bytes > self._most_bytes:
            self._drop(next(iter(self._answers)))

    def _stands(self, reads: Reads) -> bool:
        if reads.began < self._oldest or (reads.listed and reads.began != self._commits):
            return False
        return all(self._revisions.get(read, revision) == revision for read, revision in reads.releases.items())

    def _drop(self, key: Key) -> None:
        dropped = self._answers.pop(key, None)
        if dropped is not None:
            self.bytes -= _size(key, dropped)


def _may_be_kept(answer: Answer) -> bool:
    return answer.reads.kept and not answer.reads.torn and answer.reads.answered and len(answer.body) <= LARGEST


def _size(key: Key, answer: Answer) -> int:
    reads = answer.reads.releases
    return OVERHEAD + len(answer.body) + sum(map(len, key)) + OVERHEAD_OF_READ * len(reads) + sum(map(len, reads))
