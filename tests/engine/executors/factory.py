"""Jobs for tests of executors."""

from dataclasses import replace
from typing import Any

from phaseboard.engine.executors.port import Job

SECRET = "5ec3e7" * 10

_JOB = Job(
    release_id="rel-abc",
    release_name="Mobile",
    release_version="4.2.0",
    task_id="tsk-abc-1",
    task_name="Build RC",
    cycle_tag="RC1",
    attempt=1,
    idempotency_key="idem-1",
    callback_url="http://127.0.0.1:8000/callbacks/tsk-abc-1/1",
    callback_secret=SECRET,
)


def job(**changes: Any) -> Job:
    return replace(_JOB, **changes)
