"""How long releases stayed in their phases: told once each, whoever publishes it, whatever was restarted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.events import PhaseChanged, RecordedEvent
from phaseboard.store.port import Change
from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.web.metrics.stays import EARLY, MOST, Stays
from tests.api.nodes import all_told, serving
from tests.engine.board import Board
from tests.engine.hands import Clock
from tests.factory import NOW, make_release
from tests.store.hearing import HearingStore
from tests.web.test_metrics import scrape

SNAPSHOT = make_release(Phase.KICKOFF).snapshot
CHANGE = Change(SNAPSHOT.release_id, SNAPSHOT.revision)
LEFT = PhaseChanged(before=Phase.NOT_STARTED, after=Phase.KICKOFF, since=NOW)
STAY = (Phase.NOT_STARTED, 90.0)


class Told(list[tuple[Phase, float]]):
    """What was observed."""

    def __init__(self) -> None:
        self.stays = Stays(lambda phase, seconds: self.append((phase, seconds)))


def ended(change: PhaseChanged = LEFT, release_id: str = SNAPSHOT.release_id) -> Sequence[RecordedEvent]:
    event = RecordedEvent(
        position=1,
        release_id=release_id,
        revision=SNAPSHOT.revision,
        occurred_at=NOW + timedelta(seconds=90),
        actor=None,
        event=change,
        snapshot=SNAPSHOT,
    )
    return [event]


def test_a_stay_is_told_once_its_end_is_published() -> None:
    told = Told()
    told.stays.committed([CHANGE])
    assert told == []
    told.stays.publish(ended())
    told.stays.publish(ended())
    assert told == [STAY]


def test_one_that_is_published_before_its_commit_is_answered_is_told_then() -> None:
    told = Told()
    told.stays.publish(ended())
    assert told == []
    told.stays.committed([CHANGE])
    told.stays.committed([CHANGE])
    assert told == [STAY]


def test_the_commits_of_others_are_not_told() -> None:
    told = Told()
    told.stays.committed([replace(CHANGE, revision=CHANGE.revision + 1)])
    told.stays.publish(ended())
    assert told == []


def test_where_no_stay_ended_or_its_beginning_is_not_known_none_is_told() -> None:
    told = Told()
    told.stays.committed([CHANGE])
    told.stays.publish(ended(replace(LEFT, before=None, since=None)))
    told.stays.publish(ended(replace(LEFT, since=None)))
    assert told == []


def test_what_is_remembered_does_not_grow_without_end() -> None:
    told = Told()
    told.stays.committed([CHANGE, *(Change("rel-other", number) for number in range(MOST))])
    told.stays.publish(ended())
    assert told == [], "so many commits later"
    told.stays.committed([CHANGE])
    assert told == [STAY]
    told = Told()
    told.stays.publish([event for number in range(EARLY + 1) for event in ended(release_id=f"rel-{number}")])
    told.stays.committed([Change(f"rel-{number}", CHANGE.revision) for number in (0, 1)])
    assert told == [STAY], "the first of them is forgotten"


async def test_stays_are_measured_by_phase_over_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with Board(SQLiteStore(tmp_path / "phaseboard.db"), clock=clock).running() as board:
        await board.add()
        told = await scrape(board)
        assert told("phase_stay_seconds_count", phase="NOT_STARTED") == 0, "a stay that goes on is not measured yet"
    clock.move(minutes=10)
    async with Board(SQLiteStore(tmp_path / "phaseboard.db"), clock=clock).running() as board:
        board.server.loop.stop_claiming()
        await board.act(Action.START)
        await board.until(Phase.KICKOFF)
        clock.move(seconds=7)
        told = await scrape(board)
    assert told("phase_stay_seconds_count", phase="NOT_STARTED") == 1
    assert told("phase_stay_seconds_sum", phase="NOT_STARTED") == 600
    assert told("phase_stay_seconds_bucket", phase="NOT_STARTED", le="60.0") == 0
    assert told("phase_stay_seconds_count", phase="KICKOFF") == 0
    assert told("phase_longest_stay_seconds", phase="KICKOFF") == 7
    assert told("phase_longest_stay_seconds", phase="NOT_STARTED") == 0


async def test_of_several_nodes_the_one_tells_that_ended_the_stay(postgres_url: str) -> None:
    async with serving(HearingStore(postgres_url), HearingStore(postgres_url)) as nodes:
        one, other = nodes
        await one.add()
        await all_told(nodes)
        await other.act(Action.START)
        await all_told(nodes)
        counts = [(await scrape(node))("phase_stay_seconds_count", phase="NOT_STARTED") for node in nodes]
    assert counts == [0, 1]
