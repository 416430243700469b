"""Reports of outside systems, as they are kept: without what the plan gave to them alone.

Of what they answer when they are called executors keep as much; they may repeat it as well in what they report later.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from phaseboard.domain.commands import Report
from phaseboard.domain.release import Release
from phaseboard.engine.executors.port import Job
from phaseboard.engine.executors.secret_values import redactor_for_report
from phaseboard.engine.jobs import MESSAGE_LIMIT, URL_LIMIT, job_for, variables
from phaseboard.plans.templates import TemplateFailed, render

_NO_SERVER = ""
"""Callbacks go to this server, whose address is not needed: the rest of an address is found in the whole of it."""


def redacted(report: Report, release: Release) -> Report:
    """Return a report of a task without the secret of its attempt and without those of its settings."""
    message, url = report.message, report.external_url
    task = release.task(report.task_id)
    if task is None or (message is None and url is None):
        return report
    job = job_for(release, task, report.attempt, _NO_SERVER)
    hidden = redactor_for_report(job, _rendered(task.spec.settings, job))
    if url is not None:
        shown = hidden.redact_text(url)
        url = shown if len(shown) <= URL_LIMIT else None
    if message is not None:
        message = hidden.redact_text(message)[:MESSAGE_LIMIT]
    return replace(report, message=message, external_url=url)


def _rendered(settings: Mapping[str, Any], job: Job) -> Mapping[str, Any]:
    """Return the settings that the executor was called with; it was not called with what cannot be rendered."""
    try:
        return render(settings, variables(job))
    except TemplateFailed:
        return settings
