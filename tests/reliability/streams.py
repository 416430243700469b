"""What subscribers saw, held against the log (I7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.reliability.history import History, Statuses, Stream


@dataclass(frozen=True, slots=True)
class Flaws:
    """How often a stream was wrong: events missing, told again, or told too late."""

    gaps: int = 0
    repeats: int = 0
    disorder: int = 0

    def __add__(self, other: "Flaws") -> "Flaws":
        return Flaws(self.gaps + other.gaps, self.repeats + other.repeats, self.disorder + other.disorder)

    def __bool__(self) -> bool:
        return self != Flaws()


def flaws(seen: Sequence[int], expected: Sequence[int], *, complete: bool) -> Flaws:
    """Compare what was seen with what should have been; without `complete` the end of it may be missing."""
    once, real = set(seen), set(expected)
    until = max((expected if complete else seen)[-1:], default=0)
    missing = [position for position in expected if position <= until and position not in once]
    alien = once - real
    backwards = sum(later < earlier for earlier, later in pairwise(seen))
    return Flaws(len(missing) + len(alien), len(seen) - len(once), backwards)


def flaws_of(history: History, stream: Stream) -> Flaws:
    """Return what is wrong with one stream."""
    expected = [event.position for event in history.events if stream.wants(event)]
    return flaws(stream.seen, expected, complete=stream.complete)


def broken_streams(history: History) -> Iterator[str]:
    """I7: every stream is gap-free, in order, without duplicates, and ends equal to the query."""
    for stream in history.streams:
        if found := flaws_of(history, stream):
            expected = [event.position for event in history.events if stream.wants(event)]
            yield f"{stream.name}: {found}; {_difference(stream.seen, expected)}"
    for statuses in history.statuses:
        yield from _broken_statuses(statuses)


def _broken_statuses(statuses: Statuses) -> Iterator[str]:
    for earlier, later in pairwise(statuses.seen):
        if later <= earlier:
            yield f"{statuses.name}: revision {later} was told after {earlier}"
    if statuses.last is not None and list(statuses.seen[-1:]) != [statuses.last]:
        yield f"{statuses.name}: ends with {list(statuses.seen[-1:])}, the query says {statuses.last}"


def _difference(seen: Sequence[int], expected: Sequence[int]) -> str:
    pairs = zip(seen, expected, strict=False)
    place = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(seen), len(expected)))
    return f"at {place}: saw {list(seen[place : place + 5])}, the log has {list(expected[place : place + 5])}"
