"""The guide's examples over HTTP: releases brought to each state by actions and by the engine's own steps."""

from typing import Any

import pytest

from phaseboard.domain.enums import Action, Phase
from tests.api.client import GUIDE, ask, errors, status
from tests.domain import guide
from tests.engine.board import ID, Board, to_phase
from tests.factory import at, make_plan


@pytest.mark.parametrize("example", guide.EXAMPLES, ids=lambda example: example["currentPhase"])
async def test_a_release_reads_as_the_guides_example(board: Board, example: dict[str, Any]) -> None:
    await to_phase(board, Phase(example["currentPhase"]))
    found = await status(board)
    assert found == example
    assert list(found) == list(example)


async def test_a_release_reads_as_the_guides_sample(board: Board) -> None:
    await to_phase(board, Phase.REGRESSION_AWAITING_NEXT_CYCLE)
    assert await status(board) == guide.SAMPLE


async def test_there_is_no_status_of_a_release_that_does_not_exist(board: Board) -> None:
    for unknown in ("rel-456", "", "rel-", "REL-123", "tsk-123-1", "x" * 10_000, "\0", "\ud800"):
        assert await status(board, unknown) is None


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (None, "RC1 Done - RC2 scheduled at 3:00 PM (1/3)"),
        ("UTC", "RC1 Done - RC2 scheduled at 2:00 PM (1/3)"),
        ("America/Los_Angeles", "RC1 Done - RC2 scheduled at 6:00 AM (1/3)"),
        ("Asia/Kolkata", "RC1 Done - RC2 scheduled at 7:30 PM (1/3)"),
    ],
)
async def test_clock_times_are_in_the_zone_asked_for_else_in_the_plans(
    board: Board, zone: str | None, text: str
) -> None:
    await board.add(make_plan(time_zone="Europe/Berlin"))
    await board.act(Action.START)
    await board.work()
    await board.act(Action.TRIGGER_STAGE_2)
    await board.tick()
    await board.tick()
    await board.work()
    query = "query ($zone: TimeZone) { releaseStatus(releaseId: %s) { displayText(timeZone: $zone) } }"
    answer = await ask(board, query % f'"{ID}"', zone=zone)
    assert answer["releaseStatus"]["displayText"] == text


@pytest.mark.parametrize("zone", ["Nowhere", "", "../../etc/passwd", "/etc/passwd", "\0", "x" * 10_000, "posixrules/"])
async def test_a_zone_that_does_not_exist_is_refused(board: Board, zone: str) -> None:
    query = "query ($zone: TimeZone) { releaseStatus(releaseId: 1) { displayText(timeZone: $zone) } }"
    assert "TimeZone" in " ".join(await errors(board, query, zone=zone))


async def test_status_and_release_lead_to_each_other_at_one_revision(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    query = f"""query ($id: ID!) {{
      releaseStatus(releaseId: $id) {{ revision cursor release {{ revision statusResponse {{ revision {GUIDE} }} }} }}
      release(id: $id) {{ revision statusResponse {{ cursor {GUIDE} }} }}
    }}"""
    data = await ask(board, query, id=ID)
    one, other = data["releaseStatus"], data["release"]
    assert one["revision"] == one["release"]["revision"] == other["revision"] == 2
    assert one["cursor"] == other["statusResponse"].pop("cursor")
    assert {"revision": 2, **other["statusResponse"]} == one["release"]["statusResponse"]


async def test_a_release_tells_all_of_itself(board: Board) -> None:
    await to_phase(board, Phase.REGRESSION_CYCLE_RUNNING)
    query = """query ($id: ID!) { release(id: $id) {
      name version timeZone status createdAt updatedAt createdBy { name } nextCycleAt stores { store decision }
      tasks(stage: STAGE_2, statuses: [PENDING]) {
        name stage status executor critical needs attempt startedAt finishedAt nextAttemptAt deadline
        externalUrl failureReason output attempts { number } cycle { tag } release { id }
      }
      cycles { id tag status scheduledAt startedAt finishedAt tasks { name } }
    } }"""
    release = (await ask(board, query, id=ID))["release"]
    tasks, cycles = release.pop("tasks"), release.pop("cycles")
    assert release == {
        "name": "Mobile",
        "version": "1.0.0",
        "timeZone": "UTC",
        "status": "IN_PROGRESS",
        "createdAt": "2024-01-15T09:00:00Z",
        "updatedAt": "2024-01-15T12:00:00Z",
        "createdBy": None,
        "nextCycleAt": "2024-01-15T14:00:00Z",
        "stores": [],
    }
    assert [(task["name"], task["needs"], task["cycle"]) for task in tasks] == [
        ("build", [], {"tag": "RC1"}),
        ("test", ["build"], {"tag": "RC1"}),
    ]
    assert tasks[0]["release"] == {"id": ID}
    assert [(cycle["id"], cycle["tag"], cycle["startedAt"]) for cycle in cycles] == [
        ("cyc-123-1", "RC1", "2024-01-15T12:00:00Z")
    ]
    assert [task["name"] for task in cycles[0]["tasks"]] == ["build", "test"]


async def test_instants_have_a_fraction_only_when_it_is_not_zero(board: Board) -> None:
    board.clock.now = at(9).replace(microsecond=120_000)
    await board.add()
    query = "query ($id: ID!) { release(id: $id) { createdAt } service { time } }"
    assert await ask(board, query, id=ID) == {
        "release": {"createdAt": "2024-01-15T09:00:00.120Z"},
        "service": {"time": "2024-01-15T09:00:00.120Z"},
    }
