"""Ids: opaque to clients, prefixed by kind. The ids of a release's tasks and cycles carry the release's own key."""

import re

_RELEASE = re.compile(r"rel-([a-z0-9]{1,32})")
_PART = re.compile(r"(tsk|cyc)-([a-z0-9]{1,32})-([1-9][0-9]{0,8})")


def release_id(key: str) -> str:
    """Return the id of the release with this key (lower-case letters and digits)."""
    return f"rel-{key}"


def task_id(release: str, number: int) -> str:
    """Return the id of task `number` (from 1, in the order of creation) of a release."""
    return f"tsk-{release.removeprefix('rel-')}-{number}"


def cycle_id(release: str, number: int) -> str:
    """Return the id of regression cycle `number` of a release."""
    return f"cyc-{release.removeprefix('rel-')}-{number}"


def is_release_id(text: str) -> bool:
    """Whether a text has the form of a release id."""
    return _RELEASE.fullmatch(text) is not None


def owner_of(part: str, kind: str) -> tuple[str, int] | None:
    """Return the release id and the number in a task id (`tsk`) or cycle id (`cyc`), None for another text."""
    match = _PART.fullmatch(part)
    if match is None or match[1] != kind:
        return None
    return release_id(match[2]), int(match[3])
