"""The guards: every term that claiming, finishing, handing back and looking for what is due stand on.

Each is named with what stands there without it; `make mutants` drops one at a time, and some test has to notice.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = Path("src/phaseboard")
DOMAIN = PACKAGE / "domain"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with a fault in it."""

    name: str
    place: Path
    text: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A term that must not be dropped: where it stands, and what stands there without it."""

    name: str
    place: Path
    term: str
    without: str

    def mutant(self) -> Mutant:
        """Return the file without the term; it has to be there exactly once."""
        text = (ROOT / self.place).read_text()
        assert text.count(self.term) == 1, f"{self.name}: found {text.count(self.term)} times in {self.place}"
        return Mutant(self.name, self.place, text.replace(self.term, self.without))


_STATEMENTS = PACKAGE / "store/statements.py"
_NODES = PACKAGE / "store/postgres/_writer.py"
_MEMORY = PACKAGE / "store/_memory.py"
_REPORTS = DOMAIN / "reports.py"
_LEASE = "select(releases.c.id)\n        .where(releases.c.id == _TASK.release_id, releases.c.status != ReleaseStatus.ARCHIVED)\n        .exists(),"  # noqa: E501

GUARDS = (
    Guard(
        "due tasks: their time has come",
        _STATEMENTS,
        '.where(_TASK.due_at <= bindparam("now"), _BEYOND_TASK)',
        ".where(_TASK.due_at.is_not(None), _BEYOND_TASK)",
    ),
    Guard("due tasks: beyond the last page", _STATEMENTS, 'bindparam("now"), _BEYOND_TASK)', 'bindparam("now"))'),
    Guard("claim: this task", _STATEMENTS, '_TASK.id == bindparam("id"), _TASK.due_at <=', "_TASK.due_at <="),
    Guard(
        "claim: its time has come",
        _STATEMENTS,
        '_TASK.id == bindparam("id"), _TASK.due_at <= bindparam("now")',
        '_TASK.id == bindparam("id")',
    ),
    Guard(
        "lease: this task",
        _STATEMENTS,
        '        _TASK.id == bindparam("task_id"),\n        _TASK.lease_token',
        "        _TASK.lease_token",
    ),
    Guard("lease: its token", _STATEMENTS, '        _TASK.lease_token == bindparam("token"),\n', ""),
    Guard("lease: it runs", _STATEMENTS, "        _TASK.status == TaskStatus.IN_PROGRESS,\n", ""),
    Guard("lease: not archived", _STATEMENTS, _LEASE, ""),
    Guard(
        "lease: of its own release",
        _STATEMENTS,
        "releases.c.id == _TASK.release_id, releases.c.status != ",
        "releases.c.status != ",
    ),
    Guard(
        "lease: what is paused stays withdrawn",
        _STATEMENTS,
        'due_at=case((_TASK.due_at.is_not(None), bindparam("until"))),',
        'due_at=bindparam("until"),',
    ),
    Guard(
        "save: this release",
        _STATEMENTS,
        'releases.c.id == bindparam("release_id"), releases.c.revision ==',
        "releases.c.revision ==",
    ),
    Guard(
        "save: this revision",
        _STATEMENTS,
        'bindparam("release_id"), releases.c.revision == bindparam("expected")',
        'bindparam("release_id")',
    ),
    Guard("save: this task alone", _STATEMENTS, '    .where(_TASK.id == bindparam("task_id"))\n', ""),
    Guard(
        "save: this cron job alone", _STATEMENTS, '    .where(cron_jobs.c.release_id == bindparam("of_release"))\n', ""
    ),
    Guard(
        "due releases: their time has come",
        _STATEMENTS,
        'cron_jobs.c.due_at <= bindparam("now"), bindparam("beyond")',
        'cron_jobs.c.due_at.is_not(None), bindparam("beyond")',
    ),
    Guard(
        "due releases: beyond the last page",
        _STATEMENTS,
        'bindparam("now"), bindparam("beyond") < _DUE_ID)',
        'bindparam("now"))',
    ),
    Guard("next due: later than asked", _STATEMENTS, '.where(due_at > bindparam("after"))', ""),
    Guard("several nodes, claim: this task", _NODES, 'release_tasks.c.id == bindparam("id"), ', ""),
    Guard(
        "several nodes, claim: its time has come",
        _NODES,
        'release_tasks.c.id == bindparam("id"), release_tasks.c.due_at <= bindparam("now")',
        'release_tasks.c.id == bindparam("id")',
    ),
    Guard("several nodes, claim: what others hold is theirs", _NODES, "skip_locked=True", ""),
    Guard(
        "several nodes, claim: of its own release",
        _NODES,
        "releases.c.id == release_tasks.c.release_id",
        "releases.c.id.is_not(None)",
    ),
    Guard(
        "memory, claim: its time has come",
        _MEMORY,
        "task.task_id == task_id and task.due_at <= now for",
        "task.task_id == task_id for",
    ),
    Guard("memory, lease: its token", _MEMORY, "if task is None or task.lease_token != token:", "if task is None:"),
    Guard(
        "memory, save: this revision",
        _MEMORY,
        "if stored is None or stored.revision != before.revision:",
        "if stored is None:",
    ),
    Guard("result: its token", _REPORTS, " or task.lease_token != command.token:", ":"),
    Guard(
        "result: it runs",
        _REPORTS,
        "if task.status is not TaskStatus.IN_PROGRESS or task.lease_token",
        "if task.lease_token",
    ),
    Guard(
        "result: not archived",
        _REPORTS,
        "    if release.status is ReleaseStatus.ARCHIVED:\n        raise LeaseLost",
        "    if False:\n        raise LeaseLost",
    ),
    Guard(
        "claim: not while paused",
        _REPORTS,
        "    if release.status is not ReleaseStatus.IN_PROGRESS:\n        return False\n",
        "",
    ),
    Guard("claim: a retry waits", _REPORTS, " and (task.not_before is None or task.not_before <= now)", ""),
    Guard("claim: not for ever", _REPORTS, "if task.claims < MAX_CLAIMS:", "if True:"),
    Guard(
        "callback: not archived",
        _REPORTS,
        "    if release.status is ReleaseStatus.ARCHIVED:\n        return ReportAnswer",
        "    if False:\n        return ReportAnswer",
    ),
    Guard(
        "callback: this attempt", _REPORTS, "task.running and command.attempt == task.attempt else", "task.running else"
    ),
)
