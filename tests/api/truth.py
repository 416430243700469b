"""What is true of releases, revision by revision, and whether answers were true when they were asked for.

An answer may tell of any revision that was the newest one at some instant between its request and its arrival: not of
one before the last commit that anybody knew of when it was asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Claim, Finish, Perform
from phaseboard.domain.display import display_text
from phaseboard.domain.enums import Action, Phase, TaskOutcome, TaskStatus
from phaseboard.domain.release import Release
from phaseboard.domain.tasks import startable
from phaseboard.domain.transitions import Decision, advance, decide, next_due
from phaseboard.store.port import Writer
from tests.api.client import ask
from tests.engine.board import Board
from tests.factory import NOW, make_plan, make_task

KEYS = ("1", "2", "3")
KICKOFF = (Phase.KICKOFF, Phase.PAUSED_BY_USER)


@dataclass(frozen=True)
class Question:
    """A query about one release, and what it is answered while the release is so; None while there is none."""

    query: str
    expected: Callable[[Release | None], Any]
    target: str = "rel-{}"
    """The id that is asked for, of a release with a key."""


def _status(zone: str) -> Question:
    query = (
        f'query ($id: ID!) {{ found: releaseStatus(releaseId: $id) {{ revision displayText(timeZone: "{zone}") }} }}'
    )
    return Question(
        query,
        lambda release: (
            release and {"revision": release.revision, "displayText": display_text(release.snapshot, ZoneInfo(zone))}
        ),
    )


def _of_task(release: Release | None) -> Any:
    return release and {"status": release.tasks[0].status}


def _of_cycle(release: Release | None) -> Any:
    return {"status": release.cycles[0].status} if release and release.cycles else None


def _of_release(release: Release | None) -> Any:
    return release and {"revision": release.revision, "statusResponse": {"currentPhase": release.phase}}


def _of_tasks(release: Release | None) -> Any:
    return release and {"tasks": [{"status": task.status} for task in release.tasks]}


def _with_tasks(release: Release | None) -> Any:
    """Return what is read in three steps: a release, its tasks, and the release again by each of them."""
    revision = release and {"revision": release.revision}
    return release and {"id": release.id, **revision, "tasks": [{"release": revision} for _ in release.tasks]}


def _with_newest_event(release: Release | None) -> Any:
    revision = release and {"revision": release.revision}
    return release and {"id": release.id, **revision, "events": {"nodes": [revision]}}


STEPS = "id revision tasks { release { revision } }"
EVENT = "id revision events(last: 1) { nodes { revision } }"

ONE = (
    Question(f"query ($id: ID!) {{ found: release(id: $id) {{ {STEPS} }} }}", _with_tasks),
    Question(f"query ($id: ID!) {{ found: release(id: $id) {{ {EVENT} }} }}", _with_newest_event),
    _status("Europe/Berlin"),
    _status("Asia/Tokyo"),
    Question("query ($id: ID!) { found: release(id: $id) { revision statusResponse { currentPhase } } }", _of_release),
    Question("query ($id: ID!) { found: release(id: $id) { tasks { status } } }", _of_tasks),
    Question("query ($id: ID!) { found: node(id: $id) { ... on Task { status } } }", _of_task, "tsk-{}-1"),
    Question("query ($id: ID!) { found: node(id: $id) { ... on RegressionCycle { status } } }", _of_cycle, "cyc-{}-1"),
)


def _revision(release: Release | None) -> Any:
    return release and {"id": release.id, "revision": release.revision}


def _in_kickoff(release: Release | None) -> Any:
    return _revision(release) if release and release.phase in KICKOFF else None


ALL = (
    Question(f"{{ releases {{ nodes {{ {STEPS} }} }} }}", _with_tasks),
    Question(f"{{ releases {{ nodes {{ {EVENT} }} }} }}", _with_newest_event),
    Question("{ releases { nodes { id revision } } }", _revision),
    Question(f"{{ releases(filter: {{phases: [{', '.join(KICKOFF)}]}}) {{ nodes {{ id revision }} }} }}", _in_kickoff),
)
"""About all releases: each is expected to be told of so, or not at all."""


@dataclass(frozen=True)
class Told:
    """An answer about a release: asked for when a revision was the newest known, here when another one was."""

    key: str
    since: int
    until: int
    question: Question
    answer: Any


@dataclass
class Truth:
    """Releases that only this one changes, as their writer was told; what was answered is checked at the end."""

    board: Board
    history: dict[str, list[Release | None]] = field(default_factory=lambda: {key: [None] for key in KEYS})
    told: list[Told] = field(default_factory=list)

    async def change(self, key: str) -> None:
        """Take the next step of a release's road: one commit."""
        release_id, newest = f"rel-{key}", self.history[key][-1]
        if newest is None:
            plan = make_plan(kickoff=(make_task("branch"),), regression=(make_task("build"),))
            await self.board.add(plan, key)
        else:
            await self._step(release_id)
        self.history[key].append(await self.board.release(release_id))

    async def ask_one(self, question: Question, key: str) -> None:
        since = self._newest(key)
        answer = await ask(self.board, question.query, id=question.target.format(key))
        self.told.append(Told(key, since, self._newest(key), question, answer["found"]))

    async def ask_all(self, question: Question) -> None:
        since = {key: self._newest(key) for key in KEYS}
        nodes = {node["id"]: node for node in (await ask(self.board, question.query))["releases"]["nodes"]}
        self.told += [Told(key, since[key], self._newest(key), question, nodes.get(f"rel-{key}")) for key in KEYS]

    def check(self) -> None:
        """Check that each answer was true: of one that came while a commit was under way, before it or after it."""
        for told in self.told:
            true = [told.question.expected(release) for release in self.history[told.key][told.since : told.until + 2]]
            assert told.answer in true, (told, true)

    def _newest(self, key: str) -> int:
        """Return the newest revision that its writer was told of."""
        return len(self.history[key]) - 1

    async def _step(self, release_id: str) -> None:
        async def work(writer: Writer) -> None:
            release = await writer.release(release_id)
            assert release is not None
            decision = _next(release)
            await writer.save(release, decision.release, decision.events, self.board.clock(), SYSTEM)

        await self.board.store.write(work)


def _next(release: Release) -> Decision:
    """Start, pause and resume, run the task of stage 1, open the first cycle and run its task, then pause for ever."""
    if release.revision == 2:
        return decide(release, Perform(action=Action.PAUSE), NOW)
    if action := _ACTIONS.get(release.phase):
        return decide(release, Perform(action=action), NOW)
    if release.phase is Phase.REGRESSION_CYCLE_STARTING:
        due = next_due(release)
        decision = advance(release, due) if due else None
        assert decision is not None
        return decision
    for task in release.tasks:
        if task.status is TaskStatus.IN_PROGRESS:
            done = Finish(task_id=task.id, token=task.lease_token, outcome=TaskOutcome.SUCCEEDED)
            return decide(release, done, NOW)
    return decide(release, Claim(task_id=startable(release)[0].id), NOW)


_ACTIONS = {
    Phase.NOT_STARTED: Action.START,
    Phase.PAUSED_BY_USER: Action.RESUME,
    Phase.AWAITING_REGRESSION: Action.TRIGGER_STAGE_2,
    Phase.REGRESSION_AWAITING_NEXT_CYCLE: Action.PAUSE,
}
