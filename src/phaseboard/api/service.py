"""What the server tells of itself and of the caller."""

from datetime import datetime
from functools import lru_cache
from hashlib import sha256

import strawberry
from strawberry.schema.base import BaseSchema

from phaseboard import __version__
from phaseboard.api.context import Context, Info
from phaseboard.api.parts import Actor
from phaseboard.api.scalars import Json
from phaseboard.limits import DESCRIPTIONS


@strawberry.type(description="The caller.")
class Viewer:
    actor: Actor = strawberry.field(description="How the caller appears in the history.")
    scopes: list[str] = strawberry.field(description="What the caller may do.")

    @classmethod
    def of(cls, context: Context) -> "Viewer":
        """Return the caller of a context."""
        actor = Actor(kind=context.actor.kind, name=context.actor.name)
        return cls(actor=actor, scopes=list(context.scopes))


@strawberry.type(description="An executor that plans may name.")
class ExecutorInfo:
    name: str = strawberry.field(description="What plans write under `executor`.")
    settings_schema: Json = strawberry.field(description="JSON Schema of what they write under `with`.")


@strawberry.type(description="A limit of this server.")
class Limit:
    name: str = strawberry.field(description="Its name, as in `PHASEBOARD_LIMITS`.")
    value: int = strawberry.field(description="The most that is allowed.")
    description: str = strawberry.field(description="What it limits.")


@strawberry.type(description="This server.")
class ServiceInfo:
    """What a server tells."""

    version: str = strawberry.field(description="Phaseboard's version.")
    schema_hash: str = strawberry.field(description="Changes exactly when the schema does.")
    time: datetime = strawberry.field(description="The server's clock: count down by it.")
    limits: list[Limit] = strawberry.field(description="What requests have to keep to.")
    executors: list[ExecutorInfo] = strawberry.field(description="What can run tasks here.")

    @classmethod
    def of(cls, info: Info) -> "ServiceInfo":
        """Return the server behind a context."""
        services = info.context.services
        return cls(
            version=__version__,
            schema_hash=_hash(info.schema),
            time=services.clock(),
            limits=[
                Limit(name=name, value=value, description=DESCRIPTIONS[name])
                for name, value in services.limits.shown.items()
            ],
            executors=[
                ExecutorInfo(name=name, settings_schema=Json(executor.settings.model_json_schema(by_alias=True)))
                for name, executor in sorted(services.catalog.items())
            ],
        )


@lru_cache(maxsize=4)
def _hash(schema: BaseSchema) -> str:
    return sha256(schema.as_str().encode()).hexdigest()[:16]
