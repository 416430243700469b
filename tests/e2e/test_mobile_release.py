"""The example plan on a real server, from createRelease to COMPLETED (the issue's item 7)."""

import asyncio

import pytest

from tests.servers import Server

from .ci import early, late, says
from .mobile import Mobile, mobile_release

pytestmark = pytest.mark.process


async def test_the_example_runs_from_its_plan_to_completed(server: Server) -> None:
    async with mobile_release(server.url) as mobile:
        await kickoff_with_failures(mobile)
        await a_cycle_with_a_skipped_task_and_a_pause(mobile)
        await an_abandoned_cycle(mobile)
        await a_smooth_cycle(mobile)
        await pre_release(mobile)
        await mobile.check_streams(
            "NOT_STARTED",
            "KICKOFF",
            "PAUSED_BY_FAILURE",
            "KICKOFF",
            "AWAITING_REGRESSION",
            "REGRESSION_CYCLE_STARTING",
            "REGRESSION_CYCLE_RUNNING",
            "PAUSED_BY_FAILURE",
            "REGRESSION_CYCLE_RUNNING",
            "PAUSED_BY_USER",
            "REGRESSION_AWAITING_NEXT_CYCLE",
            "REGRESSION_CYCLE_STARTING",
            "REGRESSION_CYCLE_RUNNING",
            "REGRESSION_AWAITING_NEXT_CYCLE",
            "REGRESSION_CYCLE_STARTING",
            "REGRESSION_CYCLE_RUNNING",
            "AWAITING_POST_REGRESSION",
            "POST_REGRESSION",
            "SUBMITTED",
            "COMPLETED",
        )


async def kickoff_with_failures(mobile: Mobile) -> None:
    ci = mobile.ci
    ci.script["/git/branches"] = [says("503 Service Unavailable")]
    ci.script["/tickets"] = [says("500 Internal Server Error")]
    ci.script["/builds/ios"] = [late("FAILED", message="signing failed"), early("FAILED", message="signing failed")]

    await mobile.act("startRelease", reason="the sprint is over")
    await mobile.phase("PAUSED_BY_FAILURE")
    branched, again = ci.of("/git/branches")
    assert (branched.attempt, again.attempt, branched.key) == (1, 2, again.key), "an automatic retry keeps its key"

    build = await mobile.task("Pre-regression build iOS", "FAILED")
    assert (build["attempt"], build["reason"]) == (2, "signing failed")
    assert [report.answer for report in ci.reports if report.call.name == "/builds/ios"] == ["ACCEPTED", "ACCEPTED"]
    await mobile.api.act("retryTask", taskId=build["taskId"], reason="a new certificate")
    await mobile.phase("AWAITING_REGRESSION")

    first, second, third = ci.of("/builds/ios")
    assert first.key == second.key != third.key, "a person's retry is a new try"
    tickets = await mobile.api.task(mobile.id, "Create tickets")
    assert (tickets["status"], tickets["critical"]) == ("FAILED", False)


async def a_cycle_with_a_skipped_task_and_a_pause(mobile: Mobile) -> None:
    mobile.ci.script["/automation/runs v4.2.0-rc1"] = [early("FAILED", message="3 of 148 checks failed")]
    await mobile.act("triggerStage2")
    failed = await mobile.task("Automation run", "FAILED", cycle=1)
    refused = await mobile.api.mutate("resumeRelease", releaseId=mobile.id)
    assert [error["__typename"] for error in refused["userErrors"]] == ["ActionNotAllowedError"]
    await mobile.api.act("skipTask", taskId=failed["taskId"], reason="flaky")

    await mobile.task("Notify QA", "COMPLETED", cycle=1)
    waiting = await mobile.task("QA sign-off", "AWAITING_CALLBACK", cycle=1)
    await mobile.act("pauseRelease", reason="lunch")
    reported = await mobile.report(waiting, "SUCCEEDED")
    assert (reported["task"]["status"], reported["status"]["currentPhase"]) == ("COMPLETED", "PAUSED_BY_USER")
    resumed = await mobile.act("resumeRelease")
    assert resumed["status"]["currentPhase"] == "REGRESSION_AWAITING_NEXT_CYCLE"


async def an_abandoned_cycle(mobile: Mobile) -> None:
    go = asyncio.Event()
    mobile.ci.script["/builds/ios v4.2.0-rc2"] = [late(go=go)]
    build = await mobile.ci.called("/builds/ios v4.2.0-rc2")
    await mobile.ci.parked(build)
    abandoned = await mobile.act("abandonCycle", reason="a blocker is known")
    assert abandoned["status"]["displayText"].startswith("RC2 Abandoned - RC3 scheduled at ")

    go.set()
    reported = await mobile.ci.reported(build)
    assert (reported.status, reported.answer) == (409, "SETTLED")


async def a_smooth_cycle(mobile: Mobile) -> None:
    await mobile.sign_off("QA sign-off", cycle=3)
    await mobile.phase("AWAITING_POST_REGRESSION")


async def pre_release(mobile: Mobile) -> None:
    await mobile.act("triggerStage3")
    await mobile.sign_off("Final approval")
    await mobile.phase("SUBMITTED")
    (submission,) = mobile.ci.of("/stores/submissions")
    assert submission.body["callbackUrl"] == submission.callback_url
    first = await mobile.act("reportStoreReview", store="PLAY_STORE", decision="APPROVED")
    assert first["status"]["currentPhase"] == "SUBMITTED"
    last = await mobile.act("reportStoreReview", store="APP_STORE", decision="APPROVED")
    assert (last["status"]["currentPhase"], last["status"]["actions"]) == ("COMPLETED", [])


async def test_a_rejected_submission_is_submitted_again(server: Server) -> None:
    quick = {"autoTrigger": {"stage2": True, "stage3": True}}
    async with mobile_release(server.url, **quick) as mobile:
        await mobile.act("startRelease")
        for cycle in 1, 2, 3:
            await mobile.sign_off("QA sign-off", cycle=cycle)
        await mobile.sign_off("Final approval")
        await mobile.phase("SUBMITTED")

        await mobile.act("reportStoreReview", store="PLAY_STORE", decision="APPROVED")
        rejection = {"store": "APP_STORE", "decision": "REJECTED", "message": "a screenshot is missing"}
        rejected = await mobile.act("reportStoreReview", **rejection)
        assert rejected["status"]["currentPhase"] == "PAUSED_BY_FAILURE"
        submission = await mobile.api.task(mobile.id, "Submit to stores")
        assert submission["failureReason"] == "APP_STORE rejected the submission: a screenshot is missing"

        await mobile.api.act("retryTask", taskId=submission["id"])
        await mobile.phase("SUBMITTED", times=2)
        first, second = mobile.ci.of("/stores/submissions")
        assert first.key != second.key
        for store in "APP_STORE", "PLAY_STORE":
            await mobile.act("reportStoreReview", store=store, decision="APPROVED")
        cycle = ("REGRESSION_CYCLE_STARTING", "REGRESSION_CYCLE_RUNNING", "REGRESSION_AWAITING_NEXT_CYCLE")
        await mobile.check_streams(
            "NOT_STARTED",
            "KICKOFF",
            *(cycle + cycle + cycle[:2]),
            "POST_REGRESSION",
            "SUBMITTED",
            "PAUSED_BY_FAILURE",
            "POST_REGRESSION",
            "SUBMITTED",
            "COMPLETED",
        )
