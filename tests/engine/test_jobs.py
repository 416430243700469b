"""What an executor gets and what is recorded of what it returns: bounded, and fit to be shown."""

import pytest
from pydantic import BaseModel

from phaseboard.domain.commands import AwaitCallback, Finish
from phaseboard.domain.enums import Phase, TaskOutcome
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed
from phaseboard.engine.jobs import MESSAGE_LIMIT, OUTPUT_LIMIT, URL_LIMIT, command_for
from phaseboard.engine.steps import Claimed
from tests.engine.board import ID, Board, only, reason
from tests.engine.hands import Hands
from tests.factory import Walk, make_plan, make_task


@pytest.fixture
def claimed() -> Claimed:
    walk = Walk(make_plan())
    walk.do(*walk.release.snapshot.actions).claim("branch")
    return Claimed(walk.release, walk.task("branch"))


def test_each_result_is_a_command_under_the_lease(claimed: Claimed) -> None:
    done, failed = command_for(claimed, Done()), command_for(claimed, Failed(message="red"))
    waiting = command_for(claimed, AwaitingCallback(external_url="https://ci/1", output="sent"))
    assert done == Finish(task_id="tsk-123-1", token=1, outcome=TaskOutcome.SUCCEEDED)
    assert failed == Finish(task_id="tsk-123-1", token=1, outcome=TaskOutcome.FAILED, message="red")
    assert waiting == AwaitCallback(task_id="tsk-123-1", token=1, external_url="https://ci/1", output="sent")


def test_of_a_long_output_the_end_is_kept(claimed: Claimed) -> None:
    command = command_for(claimed, Done(output="x" * OUTPUT_LIMIT + "the end"))
    assert command.output is not None
    assert len(command.output) == OUTPUT_LIMIT
    assert command.output.endswith("the end")


@pytest.mark.parametrize(("message", "kept"), [("x" * 9_999, "x" * MESSAGE_LIMIT), ("", "Failed without a message.")])
def test_a_failure_has_a_message_of_bounded_length(claimed: Claimed, message: str, kept: str) -> None:
    command = command_for(claimed, Failed(message=message))
    assert isinstance(command, Finish)
    assert command.message == kept


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "file:///etc/passwd", "ci/1", "https://" + "x" * URL_LIMIT]
)
def test_what_is_no_web_address_is_not_kept(claimed: Claimed, url: str | None) -> None:
    assert command_for(claimed, Done(external_url=url)).external_url is None


@pytest.mark.parametrize(
    "settings",
    [{"x": "{{ cycle.tag }}"}, {"x": "{{ nothing.at_all }}"}, {"x": "{{ release"}, {"x": "{% for a in b %}"}],
)
async def test_templates_that_cannot_be_rendered_fail_the_task(live: Board, settings: dict[str, str]) -> None:
    await live.started(only(make_task("branch", settings=settings)))
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert await reason(live)
    assert not live.hands.calls


class Picky(Hands):
    class Needs(BaseModel):
        url: str

    settings = Needs


async def test_settings_that_do_not_fit_any_more_fail_the_task() -> None:
    async with Board(executors={"picky": Picky()}).running() as board:
        await board.started(only(make_task("branch", executor="picky", settings={"link": "x"})))
        await board.until(Phase.PAUSED_BY_FAILURE)
        assert "url" in await reason(board)


async def test_a_job_tells_all_that_an_executor_needs() -> None:
    async with Board(public_url="https://board.example/").running() as live:
        settings = {"url": "{{ callback.url }}", "name": "{{ release.name }}-{{ release.version }}/{{ task.name }}"}
        await live.started(only(make_task("branch", settings=settings)))
        call = await live.hands.taken()
        assert call.settings.model_dump() == {
            "url": "https://board.example/callbacks/tsk-123-1/1",
            "name": "Mobile-1.0.0/branch",
        }
        assert (call.job.release_id, call.job.task_id, call.job.cycle_tag) == (ID, "tsk-123-1", None)
        assert call.job.callback_url == "https://board.example/callbacks/tsk-123-1/1"
        assert call.job.callback_secret not in repr(call.job)


async def test_a_task_of_a_cycle_knows_its_tag(board: Board) -> None:
    async with Board().running() as live:
        regression = (make_task("build", settings={"tag": "{{ cycle.tag }}"}),)
        await live.add(make_plan(regression=regression))
        await live.released()
        tags = [call.settings.tag for call in live.hands.calls if call.job.cycle_tag]
        assert tags == ["RC1", "RC2", "RC3"]
