"""The diagram shows every path, and nothing else."""

import re

from phaseboard.domain.enums import Phase
from phaseboard.domain.paths import PATHS
from tests.diagram import mermaid

ARROW = re.compile(r"^ *(\S+) --> (\S+): (.+)$", re.MULTILINE)
ASIDE = ("PAUSED_BY_USER", "PAUSED_BY_FAILURE", "ARCHIVED")
COURSE = "UNDER_WAY"


def place(phase: Phase, other: Phase) -> str:
    """Return where an arrow between two phases is drawn: at the box when it leaves the course of a release."""
    return COURSE if other in ASIDE and phase not in ASIDE else phase


def test_the_arrows_are_the_paths() -> None:
    drawn = {
        (before, cause, after) for before, after, causes in ARROW.findall(mermaid()) for cause in causes.split(", ")
    }
    paths = {
        (place(before, after), cause, place(after, before))
        for before, causes in PATHS.items()
        for cause, phases in causes.items()
        for after in phases
    }
    assert drawn == paths


def test_a_release_begins_not_started_and_ends_completed_or_archived() -> None:
    ends = [line.strip() for line in mermaid().splitlines() if "[*]" in line]
    assert ends == ["[*] --> NOT_STARTED", "COMPLETED --> [*]", "ARCHIVED --> [*]"]


def test_notes_say_which_phases_an_arrow_of_the_box_stands_for() -> None:
    text = " ".join(mermaid().split())
    assert "note right of PAUSED_BY_USER PAUSE: from KICKOFF, REGRESSION_CYCLE_STARTING," in text
    assert "RESUME: to all but NOT_STARTED, COMPLETED end note" in text
    assert "task failed: from KICKOFF, REGRESSION_CYCLE_RUNNING, POST_REGRESSION store rejected: from SUBMITTED" in text
    assert "ARCHIVE: from AWAITING_REGRESSION, AWAITING_POST_REGRESSION end note" in text
