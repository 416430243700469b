"""A release that exists: one that breaks an invariant cannot be built (rules 1.1)."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Self

from phaseboard.domain.invariants import check
from phaseboard.domain.phase import CRON_STATUS
from phaseboard.domain.snapshot import Cron
from phaseboard.domain.state import ReleaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(ReleaseState):
    """A legal release; building an illegal one raises IllegalState, which names the broken invariant."""

    def __post_init__(self) -> None:
        check(self)

    def opened(self) -> ReleaseState:
        """Return the same state, unchecked: to pass through what is never committed (rules 1.3)."""
        return ReleaseState(**{field.name: getattr(self, field.name) for field in fields(self)})

    def followed_by(self, state: ReleaseState, now: datetime) -> Self:
        """Return a state as the next revision, its cron status derived from its phase (rules 1.4)."""
        phase = state.phase
        sealed = replace(
            state,
            cron=Cron(CRON_STATUS[phase], state.cron.pause_type),
            revision=state.revision + 1,
            updated_at=now,
            phase_since=state.phase_since if phase is self.phase else now,
        )
        return type(self)(**{field.name: getattr(sealed, field.name) for field in fields(sealed)})
