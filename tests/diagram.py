"""The transition table as a picture: a Mermaid state diagram, drawn from `paths.PATHS`."""

from collections.abc import Iterator
from textwrap import wrap

from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.paths import PATHS, Cause
from phaseboard.domain.phase import FINAL_PHASES

ASIDE = (Phase.PAUSED_BY_USER, Phase.PAUSED_BY_FAILURE, Phase.ARCHIVED)
"""Phases beside the course of a release: so many arrows lead there and back that they are drawn as one each."""

COURSE = "UNDER_WAY"

NOTE_WIDTH = 60


def mermaid() -> str:
    """Return the diagram: the course of a release in a box, the rest beside it, with notes on what leads where."""
    lines = ["stateDiagram-v2", f'    state "The course of a release" as {COURSE} {{', "        direction TB"]
    lines += [f"        {line}" for line in _course()]
    lines += ["    }", *(f"    {line}" for line in _aside())]
    return "\n".join(lines) + "\n"


def _course() -> Iterator[str]:
    yield f"[*] --> {Phase.NOT_STARTED}"
    for before, paths in PATHS.items():
        if before in ASIDE:
            continue
        for after in Phase:
            causes = [cause for cause, phases in paths.items() if after in phases and after not in ASIDE]
            if causes:
                yield _arrow(before, after, causes)
        if before in FINAL_PHASES:
            yield f"{before} --> [*]"


def _aside() -> Iterator[str]:
    for phase in ASIDE:
        into, back = _from_course(phase), _to_course(phase)
        yield _arrow(COURSE, phase, list(into))
        if back:
            yield _arrow(phase, COURSE, list(back))
        for after in ASIDE:
            causes = [cause for cause, phases in PATHS[phase].items() if after in phases]
            if causes:
                yield _arrow(phase, after, causes)
        if phase in FINAL_PHASES:
            yield f"{phase} --> [*]"
        yield f"note right of {phase}"
        for cause, phases in into.items():
            yield from _wrapped(f"{cause}: from {_listed(phases)}")
        for cause, phases in back.items():
            yield from _wrapped(f"{cause}: to {_listed(phases)}")
        yield "end note"


def _from_course(aside: Phase) -> dict[Action | Cause, list[Phase]]:
    into: dict[Action | Cause, list[Phase]] = {}
    for before, paths in PATHS.items():
        for cause, phases in paths.items():
            if aside in phases and before not in ASIDE:
                into.setdefault(cause, []).append(before)
    return into


def _to_course(aside: Phase) -> dict[Action | Cause, list[Phase]]:
    back = {cause: [phase for phase in phases if phase not in ASIDE] for cause, phases in PATHS[aside].items()}
    return {cause: phases for cause, phases in back.items() if phases}


def _arrow(before: str, after: str, causes: list[Action | Cause]) -> str:
    return f"{before} --> {after}: {', '.join(causes)}"


def _listed(phases: list[Phase]) -> str:
    others = [phase for phase in Phase if phase not in ASIDE and phase not in phases]
    return f"all but {', '.join(others)}" if len(others) < len(phases) else ", ".join(phases)


def _wrapped(text: str) -> list[str]:
    return wrap(text, NOTE_WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
