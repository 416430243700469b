"""What an executor gets and what is recorded of what it returns: bounded, and fit to be shown."""

import pytest

from phaseboard.domain.commands import AwaitCallback, Finish
from phaseboard.domain.enums import TaskOutcome
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed
from phaseboard.engine.jobs import MESSAGE_LIMIT, OUTPUT_LIMIT, URL_LIMIT, command_for
from phaseboard.engine.steps import Claimed
from tests.factory import Walk, make_plan


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
