"""What a plan has to know of the executors it names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel


class ExecutorInfo(Protocol):
    """What an executor declares: the model of its settings and how long it waits for a callback by default."""

    @property
    def settings(self) -> type[BaseModel]:
        """The pydantic model that `with` is checked against, before and after templates are rendered."""
        ...

    @property
    def callback_timeout(self) -> timedelta:
        """How long a task waits for its callback unless the plan says otherwise."""
        ...


@runtime_checkable
class ChecksSettings(Protocol):
    """What an executor may offer besides: a check that its settings model cannot make, because it needs the server.

    It is asked when a plan is checked, before templates are rendered; what it answers is shown to the plan's author.
    """

    def check(self, settings: Any) -> list[str]:
        """Return a sentence for each thing that is wrong with the settings on this server; it must not block."""
        ...


Catalog = Mapping[str, ExecutorInfo]
"""The executors that a plan may name."""
