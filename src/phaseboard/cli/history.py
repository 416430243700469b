"""Events as lines of text."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from rich.text import Text

from phaseboard.cli.answers import Event
from phaseboard.cli.phases import mark, phase_style
from phaseboard.cli.words import clean, command_word, in_words


def event_line(event: Event, zone: tzinfo) -> Text:
    """Return one event with its time of day, and in brackets who caused it."""
    told = _TELLERS.get(event.type, _unknown)(event)
    by = f"  ({clean(event.actor.name, 40)})" if event.actor else ""
    return Text.assemble((f"{event.occurred_at.astimezone(zone):%H:%M:%S}  ", "dim"), told, (by, "dim"))


def _created(_: Event) -> Text:
    return Text("created")


def _action(event: Event) -> Text:
    return Text.assemble((command_word(event.action or ""), "bold"), _because(event))


def _phase(event: Event) -> Text:
    after = event.phase_to or ""
    return Text.assemble("phase ", (in_words(after), f"bold {phase_style(after)}"), _because(event))


def _task(event: Event) -> Text:
    cycle = f"RC{event.cycle} " if event.cycle else ""
    again = f", attempt {event.attempt}" if (event.attempt or 1) > 1 else ""
    failed = _because(event) if event.task_to == "FAILED" else ""
    return Text.assemble(f"{cycle}{clean(event.name or '', 60)}: ", mark(event.task_to or ""), again, failed)


def _cycle(event: Event) -> Text:
    return Text.assemble(f"cycle {clean(event.tag or '')}: ", mark(event.cycle_to or ""))


def _store(event: Event) -> Text:
    message = f": {clean(event.message)}" if event.message else ""
    return Text.assemble(f"{in_words(event.store or '')}: ", mark(event.decision or ""), message)


def _unknown(event: Event) -> Text:
    return Text(clean(event.type))


def _because(event: Event) -> str:
    return f": {clean(event.reason, 200)}" if event.reason else ""


_TELLERS: Mapping[str, Callable[[Event], Text]] = {
    "ReleaseCreated": _created,
    "ActionPerformed": _action,
    "PhaseChanged": _phase,
    "TaskChanged": _task,
    "CycleChanged": _cycle,
    "StoreReviewed": _store,
}
