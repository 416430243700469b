"""A watched release as lines: one for each phase, each once, over as many connections as it takes."""

from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from phaseboard.cli.answers import ENDED, Release, event_of
from phaseboard.cli.client import PhaseboardClient
from phaseboard.cli.console import note, say
from phaseboard.cli.documents import PHASES, WATCHED
from phaseboard.cli.follow import Connected, Lost, Received, Update, follow
from phaseboard.cli.status import existing
from phaseboard.cli.words import clean, stamp

_LOOK_BACK = 100
"""Events in which to find when the present phase began."""


def phase_line(occurred_at: datetime, phase: str, text: str) -> str:
    """Return the line of a phase: `2026-01-15T14:00:00Z KICKOFF Stage 1 - Kickoff Running`."""
    return f"{stamp(occurred_at)} {clean(phase)} {clean(text)}"


async def print_lines(client: PhaseboardClient, release_id: str, time_zone: str | None) -> None:
    """Print the present phase and then each change, until the release has ended. Raises CliError."""
    release, since = await _begin(client, release_id, time_zone)
    status = release.status_response
    say(phase_line(since, status.current_phase, status.display_text))
    printer = Printer(phase=status.current_phase)
    variables = {"id": release_id, "timeZone": time_zone}
    async with aclosing(follow(client, PHASES, variables, status.cursor)) as updates:
        while printer.phase not in ENDED:
            printer.take(await anext(updates))


class Printer:
    """Prints what a subscription tells: phases on stdout, the state of the connection on stderr."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self._interrupted = False

    def take(self, update: Update) -> None:
        """Print one update, the loss of a connection once."""
        match update:
            case Received(item=change):
                self._print(change)
            case Lost(why=why):
                if not self._interrupted:
                    note(f"Connection lost, trying again: {why}")
                self._interrupted = True
            case Connected():
                if self._interrupted:
                    note("Connected again.")
                self._interrupted = False

    def _print(self, change: Mapping[str, Any]) -> None:
        self.phase = change["to"]
        occurred_at = datetime.fromisoformat(change["occurredAt"])
        say(phase_line(occurred_at, self.phase, change["status"]["displayText"]))


async def _begin(client: PhaseboardClient, release_id: str, time_zone: str | None) -> tuple[Release, datetime]:
    """Return the release as it is, and since when it has been in its phase, as far as its last events tell."""
    async with client.session() as session:
        answer = await session.execute(WATCHED, {"id": release_id, "timeZone": time_zone, "events": _LOOK_BACK})
    found = existing(answer, "release", release_id)
    events = [event_of(edge["node"]) for edge in found["events"]["edges"]]
    changes = [event.occurred_at for event in events if event.type == "PhaseChanged"]
    earliest = events[0].occurred_at if events else datetime.now(UTC)
    return Release.model_validate(found), changes[-1] if changes else earliest
