"""Strawberry as it comes: its ASGI app, and a pubsub of one asyncio queue per subscriber.

`POST /change` pauses and resumes the release.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Self

import strawberry
from serving import Releases, serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from phaseboard.domain.enums import (
    Action,
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    StageStatus,
)

for kind in (Action, CronStatus, PauseType, Phase, RegressionCycleStatus, ReleaseStatus, StageStatus):
    strawberry.enum(kind)


@strawberry.type
class Release:
    id: strawberry.ID
    status: ReleaseStatus


@strawberry.type
class Stages:
    stage1: StageStatus
    stage2: StageStatus
    stage3: StageStatus


@strawberry.type
class Cron:
    status: CronStatus
    pause_type: PauseType


@strawberry.type
class RegressionCycle:
    number: int
    tag: str
    status: RegressionCycleStatus


@strawberry.type
class ScheduledCycle:
    number: int
    tag: str
    scheduled_at: str


@strawberry.type
class RegressionProgress:
    completed: int
    total: int


@strawberry.type
class Regression:
    current_cycle: RegressionCycle | None
    next_cycle: ScheduledCycle | None
    progress: RegressionProgress


@strawberry.type
class ReleaseStatusResponse:
    release: Release
    stages: Stages
    cron: Cron
    current_phase: Phase
    display_text: str
    regression: Regression | None
    actions: list[Action]

    @classmethod
    def of(cls, status: dict[str, Any]) -> Self:
        """Return the status for clients."""
        release, cron, regression = status["release"], status["cron"], status["regression"]
        current, following = regression["currentCycle"], regression["nextCycle"]
        return cls(
            release=Release(id=release["id"], status=ReleaseStatus(release["status"])),
            stages=Stages(**{stage: StageStatus(value) for stage, value in status["stages"].items()}),
            cron=Cron(status=CronStatus(cron["status"]), pause_type=PauseType(cron["pauseType"])),
            current_phase=Phase(status["currentPhase"]),
            display_text=status["displayText"],
            regression=Regression(
                current_cycle=RegressionCycle(**{**current, "status": RegressionCycleStatus(current["status"])}),
                next_cycle=ScheduledCycle(
                    number=following["number"], tag=following["tag"], scheduled_at=following["scheduledAt"]
                ),
                progress=RegressionProgress(**regression["progress"]),
            ),
            actions=[Action(action) for action in status["actions"]],
        )


releases = Releases()
followers: set[asyncio.Queue[ReleaseStatusResponse]] = set()


@strawberry.type
class Query:
    @strawberry.field
    def release_status(self, release_id: strawberry.ID) -> ReleaseStatusResponse | None:
        return ReleaseStatusResponse.of(releases.now) if releases.now["release"]["id"] == release_id else None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def release_status(self, release_id: strawberry.ID) -> AsyncGenerator[ReleaseStatusResponse, None]:
        queue: asyncio.Queue[ReleaseStatusResponse] = asyncio.Queue()
        followers.add(queue)
        try:
            yield ReleaseStatusResponse.of(releases.now)
            while True:
                yield await queue.get()
        finally:
            followers.discard(queue)


async def _change(_: Request) -> Response:
    releases.change()
    status = ReleaseStatusResponse.of(releases.now)
    for queue in followers:
        queue.put_nowait(status)
    return Response(b"{}", media_type="application/json")


graphql: GraphQL[Any, Any] = GraphQL(strawberry.Schema(query=Query, subscription=Subscription))
app = Starlette(
    routes=[
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        Route("/change", _change, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    serve(app)
