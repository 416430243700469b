"""Queries: what is, now."""

import asyncio
from typing import Annotated

import strawberry
from graphql import GraphQLError

from phaseboard.api.context import Context, Info
from phaseboard.api.inputs import ReleaseFilter, ReleaseOrder
from phaseboard.api.listing import ReleaseConnection, release_page
from phaseboard.api.parts import Node
from phaseboard.api.release import RegressionCycle, Release, ReleaseStatusResponse, Task
from phaseboard.api.service import ServiceInfo, Viewer
from phaseboard.api.weight import limit_error
from phaseboard.domain.ids import is_release_id, owner_of
from phaseboard.store.port import Status

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="The release.")]


@strawberry.type(description="Everything that can be asked.")
class Query:
    """The root of queries."""

    @strawberry.field(
        description="The status of a release, in one consistent read; null when there is no such release."
    )
    async def release_status(
        self,
        info: Info,
        release_id: ReleaseId,
        at_least_revision: Annotated[
            int | None,
            strawberry.argument(
                description="Answer with this revision or a later one, whichever server committed it; "
                "an error if there is none."
            ),
        ] = None,
    ) -> ReleaseStatusResponse | None:
        """Return the guide's response."""
        if at_least_revision is not None and at_least_revision > 0:
            return ReleaseStatusResponse.of(await _reached(info.context, release_id, at_least_revision))
        status = await info.context.status(release_id)
        return ReleaseStatusResponse.of(status) if status else None

    @strawberry.field(description="A release; null when there is no such release.")
    async def release(
        self, info: Info, id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
    ) -> Release | None:
        """Return a release."""
        return await _release(info.context, id_)

    @strawberry.field(description="A page of releases: the newest first, unless ordered otherwise.")
    async def releases(  # noqa: PLR0917 - Relay's arguments
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many from the beginning.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only those after this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many from the end.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only those before this cursor.")] = None,
        filter_: Annotated[
            ReleaseFilter | None, strawberry.argument(name="filter", description="Which releases.")
        ] = None,
        order_by: Annotated[ReleaseOrder | None, strawberry.argument(description="In which order.")] = None,
    ) -> ReleaseConnection:
        """Return a page of releases."""
        return await release_page(info.context, first, after, last, before, filter_, order_by)

    @strawberry.field(description="Anything by its id: a release, a task, a regression cycle; null when there is none.")
    async def node(
        self, info: Info, id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
    ) -> Node | None:
        """Return a node."""
        return await _node(info.context, id_)

    @strawberry.field(
        description="Several nodes by their ids, in the order asked for, null for each that there is none of."
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]
    ) -> list[Node | None]:
        """Return nodes."""
        most = info.context.services.limits.page_size
        if len(ids) > most:
            raise limit_error("page_size", most, f"At most {most} ids at a time.")
        return await asyncio.gather(*(_node(info.context, node_id) for node_id in ids))

    @strawberry.field(description="The caller.")
    def viewer(self, info: Info) -> Viewer:
        """Return the caller."""
        info.context.reads.more()
        return Viewer.of(info.context)

    @strawberry.field(description="This server: version, limits, executors.")
    def service(self, info: Info) -> ServiceInfo:
        """Return the server."""
        info.context.reads.more()
        return ServiceInfo.of(info)


async def _reached(context: Context, release_id: str, revision: int) -> Status:
    """Return a status that is at a revision at least: what is in memory, else what is in the database."""
    status = await context.status(release_id)
    if status is None or status.snapshot.revision < revision:
        status = await context.stored_status(release_id)
    found = status.snapshot.revision if status else 0
    if status is None or found < revision:
        raise GraphQLError(
            f"The database does not know revision {revision} of {release_id}, only {found}: it is not the one that "
            "told it, or was restored from a backup. Ask without `atLeastRevision`.",
            extensions={"code": "REVISION_UNKNOWN", "revision": found},
        )
    return status


async def _node(context: Context, node_id: str) -> Node | None:
    if is_release_id(node_id):
        return await _release(context, node_id)
    if found := owner_of(node_id, "tsk"):
        release = await context.releases.load(found[0])
        task = release.task(node_id) if release else None
        return Task.of(release, task) if release and task else None
    if found := owner_of(node_id, "cyc"):
        release = await context.releases.load(found[0])
        cycles = release.cycles if release else ()
        cycle = next((cycle for cycle in cycles if cycle.number == found[1]), None)
        return RegressionCycle.of(found[0], cycle)
    return None


async def _release(context: Context, release_id: str) -> Release | None:
    status = await context.statuses.load(release_id)
    return Release.of(status) if status else None
