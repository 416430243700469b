"""Groups: who shares, and who joins when; for those who come far behind see `test_catching_up`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from phaseboard.access.scopes import Scope
from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.counts import Counts
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import CommitListener, Reader
from tests.api.streams.scene import EVENTS, PHASES, STATUS, Gated, Recorder, Scene, store_of

START = format_cursor(0)


# Who shares


async def test_all_who_ask_for_the_same_share_one_execution(scene: Scene) -> None:
    members = [scene.join(PHASES, id="rel-a", after=after) for after in (None, START, format_cursor(1))]
    statuses = [scene.join(STATUS, id="rel-a", known=known) for known in (None, 0, 7)]
    await scene.settle()
    await scene.change("a")
    await scene.settle()
    assert [group.watchers for group in scene.hub.groups] == [3, 3]
    assert scene.hub.watchers == 6
    (newest, *_) = members
    assert [member.told[-1] for member in members] == [newest.told[0]] * 3
    assert all(member.numbers == [1, 2] for member in statuses)
    assert scene.hub.counts.executions == 2 + 3, "the two groups, the two that caught up, and who says it knows more"


@pytest.mark.parametrize(
    "other",
    [
        {"rights": (Scope.READ,)},
        {"id": "rel-b"},
        {"id": None},
        {"document": PHASES.replace(" to ", " from ")},
        {"document": PHASES + " # the same, but who can tell"},
        {"name": "Named", "document": PHASES.replace("subscription", "subscription Named")},
        {"after": "garbage"},
        {"more": 1},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_who_asks_for_something_else_shares_nothing(scene: Scene, other: dict[str, Any]) -> None:
    await scene.change("b")
    asked = {"document": PHASES, "id": "rel-a", **other}
    scene.join(PHASES, id="rel-a")
    scene.join(**asked)
    assert [group.watchers for group in scene.hub.groups] == [1, 1]


@pytest.mark.parametrize("names", [("A", "B"), ("B", "A")])
async def test_the_operations_of_one_document_are_not_shared(scene: Scene, names: tuple[str, str]) -> None:
    both = "subscription A { phaseChanged { to } } subscription B { phaseChanged { revision } }"
    fields = {"A": "to", "B": "revision"}
    members = {name: [scene.join(both, name=name) for _ in range(2)] for name in names}
    await scene.change("a")
    await scene.settle()
    assert [group.watchers for group in scene.hub.groups] == [2, 2]
    for name, joined in members.items():
        told = [[list(result["data"]["phaseChanged"]) for result in member.results] for member in joined]
        assert told == [[[fields[name]]]] * 2


@pytest.mark.parametrize("wrong_first", [True, False])
@pytest.mark.parametrize(
    ("document", "right", "wrong", "words"),
    [
        (PHASES.replace("Cursor", "Cursor!"), {"after": START}, {}, "to be provided"),
        (PHASES.replace("Cursor", "Cursor!"), {"after": START}, {"after": None}, "not to be None"),
        (PHASES, {"after": START}, {"after": "e0"}, "no cursor"),
        (PHASES, {}, {"after": [1]}, "no cursor"),
        (PHASES, {}, {"after": format_cursor(99)}, "another database"),
        (STATUS.replace("Int", "Int!"), {"known": 1}, {}, "to be provided"),
        (STATUS, {"known": 1}, {"known": 2**31}, "32-bit"),
        (STATUS, {"known": 1}, {"known": True}, "Int cannot represent"),
        (STATUS, {"known": 1}, {"known": "1"}, "Int cannot represent"),
    ],
)
async def test_who_asks_wrongly_is_refused_alone(
    scene: Scene, document: str, right: dict[str, Any], wrong: dict[str, Any], words: str, *, wrong_first: bool
) -> None:
    asked = [wrong, right] if wrong_first else [right, wrong]
    joined = [scene.join(document, id="rel-a", **given) for given in asked]
    refused, member = joined if wrong_first else reversed(joined)
    await scene.settle()
    assert refused.end == "refused"
    assert words in refused.errors[0]
    await scene.change("a")
    await scene.settle()
    assert member.end is None
    assert member.told
    assert len(scene.hub.groups) == 1


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("subscription { phaseChanged { nothing } }", {}),
        ("subscription {", {}),
        ("subscription ($after: Int) { phaseChanged(after: $after) { to } }", {}),
        ("subscription { phaseChanged { to } releaseEvents { __typename } }", {}),
        ("subscription A { phaseChanged { to } } subscription B { phaseChanged { to } }", {}),
        ("", {}),
        (PHASES, {"id": "rel-9"}),
        (STATUS, {"id": "rel-\ud800"}),
        (STATUS, {"id": None}),
        (EVENTS, {"id": [[]]}),
    ],
)
async def test_what_cannot_be_run_is_refused_for_all(scene: Scene, document: str, variables: dict[str, Any]) -> None:
    members = [scene.join(document, **variables) for _ in range(3)]
    await scene.settle()
    assert [member.end for member in members] == ["refused"] * 3
    assert len({tuple(member.errors) for member in members}) == 1
    assert members[0].errors
    assert scene.hub.groups == ()


async def test_queries_and_mutations_are_answered_once_each(scene: Scene) -> None:
    start = 'mutation { startRelease(input: {releaseId: "rel-a"}) { userErrors { code } } }'
    members = [scene.join(start), scene.join(start), scene.join("{ releases { nodes { id } } }")]
    await scene.settle()
    assert [member.end for member in members] == ["complete"] * 3
    assert [member.results[0]["data"] for member in members] == [
        {"startRelease": {"userErrors": []}},
        {"startRelease": {"userErrors": [{"code": "ACTION_NOT_ALLOWED"}]}},
        {"releases": {"nodes": [{"id": "rel-a"}]}},
    ]


# Who joins when


async def test_who_joins_late_gets_the_newest_status_at_once(scene: Scene) -> None:
    scene.join(STATUS, id="rel-a")
    await scene.change("a")
    await scene.settle()
    late = scene.join(STATUS, id="rel-a")
    knowing = scene.join(STATUS, id="rel-a", known=2)
    assert (late.numbers, knowing.numbers) == ([2], [])
    assert scene.hub.counts.executions == 1
    await scene.change("a")
    await scene.settle()
    assert (late.numbers, knowing.numbers) == ([2, 3], [3])


async def test_a_status_is_not_older_than_the_last_commit(scene: Scene) -> None:
    scene.join(STATUS, id="rel-a")
    await scene.settle()
    await scene.log.change("a")
    late = scene.join(STATUS, id="rel-a")
    knowing = scene.join(STATUS, id="rel-a", known=2)
    await scene.settle()
    assert (late.numbers, knowing.numbers) == ([2], [])
    await scene.publish()
    await scene.change("a")
    await scene.settle()
    assert (late.numbers, knowing.numbers) == ([2, 3], [3])


@pytest.mark.parametrize("published", [True, False])
async def test_a_status_is_not_older_than_the_last_commit_while_the_first_is_made(
    gated: Scene, *, published: bool
) -> None:
    loading = STATUS.replace("revision }", "revision release { tasks { id } } }")
    first = gated.join(loading, id="rel-a")
    assert first.group
    while first.group._span.emitted is None:  # noqa: ASYNC110 - nobody is told that a status is being made
        await asyncio.sleep(0)
    store_of(gated).gate.clear()
    await gated.settle()
    assert first.told == [], "it waits for the tasks"
    await gated.log.change("a")
    if published:
        gated.recent.publish(await MemoryStore.read(gated.store, lambda reader: reader.events(12, 100)))
    late = gated.join(loading, id="rel-a")
    knowing = gated.join(loading, id="rel-a", known=7)
    store_of(gated).gate.set()
    await gated.settle()
    assert (first.numbers, late.numbers, knowing.numbers) == ([6], [7], [])
    await gated.publish()
    await gated.settle()
    assert (first.numbers, late.numbers, knowing.numbers) == ([6, 7], [7], [])


class Late(Gated):
    """A store that others write to, and whose answers are held back when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = asyncio.Event()
        self.answering.set()

    async def read(self, work: Callable[[Reader], Awaitable[Any]]) -> Any:
        found = await super().read(work)
        await self.answering.wait()
        return found

    def on_commit(self, hint: CommitListener) -> None:
        """Say nothing: it is others who commit."""


@pytest.mark.parametrize("reading", [True, False])
async def test_who_knows_more_than_its_node_is_told_nothing_older_and_nothing_twice(*, reading: bool) -> None:
    """Who was told of a commit by another node may come before this one hears of it, or while it reads what was."""
    store = Late()
    async with Scene(store=store).open() as scene:
        await scene.change("a", "a")
        if reading:
            store.answering.clear()
        first = scene.join(STATUS, id="rel-a")
        await scene.settle()
        await scene.log.change("a")
        knowing, guessing = scene.join(STATUS, id="rel-a", known=3), scene.join(STATUS, id="rel-a", known=99)
        store.answering.set()
        await scene.settle()
        assert (first.numbers, knowing.numbers, guessing.numbers) == ([2], [], [3])
        await scene.publish()
        await scene.settle()
        await scene.change("a")
        await scene.settle()
        assert (first.numbers, knowing.numbers, guessing.numbers) == ([2, 3, 4], [4], [3, 4])
        assert scene.hub.watchers == 3


async def test_who_joins_while_the_last_status_is_on_its_way_gets_it_before_the_end(scene: Scene) -> None:
    await scene.change("a", "a")
    first = scene.join(STATUS, id="rel-a")
    await scene.settle()
    await scene.log.archive("a")
    late = scene.join(STATUS, id="rel-a")
    await scene.publish()
    await scene.settle()
    assert (first.numbers, first.end) == ([3, 4], "complete")
    assert (late.numbers, late.end) == ([4], "complete")
    assert scene.hub.groups == ()
    after = scene.join(STATUS, id="rel-a")
    knowing = scene.join(STATUS, id="rel-a", known=4)
    await scene.settle()
    assert (after.numbers, after.end) == ([4], "complete")
    assert (knowing.numbers, knowing.end) == ([], "complete")


async def test_members_are_told_in_the_order_in_which_they_came(scene: Scene) -> None:
    order: list[int] = []

    class Numbered(Recorder):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

        def answer(self, number: int | None, payload: bytes) -> None:
            order.append(self.number)

    first = scene.join(EVENTS)
    assert first.group
    for number in range(9):
        late = Numbered(number)
        late.begins = scene.feed.head
        first.group.join(late)
    await scene.change("a")
    await scene.settle()
    assert order == [*range(9)] * 2


async def test_what_happens_is_counted(scene: Scene) -> None:
    assert scene.hub.counts == Counts()
    for _ in range(3):
        scene.join(EVENTS)
    await scene.change("a")
    await scene.settle()
    assert scene.hub.counts == Counts(executions=1, deliveries=6)
