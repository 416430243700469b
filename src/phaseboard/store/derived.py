"""What is kept beside a release because a query asks for it; always derived from the release itself."""

from datetime import datetime

from phaseboard.domain.enums import ReleaseStatus, TaskStatus
from phaseboard.domain.release import Release
from phaseboard.domain.tasks import ready_times
from phaseboard.store.census import OPEN


def turns(release: Release) -> dict[str, datetime | None]:
    """Return the tasks that may be claimed, by id, with the time from which; None: once their lease has run out."""
    if release.status is not ReleaseStatus.IN_PROGRESS:
        return {}
    handed_out = (task.id for task in release.tasks if task.status is TaskStatus.IN_PROGRESS)
    return {**ready_times(release), **dict.fromkeys(handed_out)}


def counted(release: Release) -> frozenset[str]:
    """Return the tasks that a census counts, by id: open ones of the stage or cycle under way, paused or not."""
    if release.status is ReleaseStatus.ARCHIVED:
        return frozenset()
    return frozenset(task.id for task in release.tasks_under_way() if task.status in OPEN)


def search_text(release: Release) -> str:
    """Return what the text filter of a list looks into."""
    return folded(f"{release.plan.name}\n{release.plan.version}\n{release.id}")


def folded(text: str) -> str:
    """Return a text as it is compared when upper and lower case do not matter."""
    return text.casefold()
