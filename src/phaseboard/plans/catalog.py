"""What a plan has to know of the executors it names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

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


Catalog = Mapping[str, ExecutorInfo]
"""The executors that a plan may name."""
