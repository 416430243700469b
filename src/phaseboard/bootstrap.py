"""Puts a server together: the only place that picks implementations."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from graphql import DocumentNode, GraphQLError
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from phaseboard.access.bearer import BearerAccess
from phaseboard.access.oidc import Verifier
from phaseboard.access.port import Access, OpenAccess
from phaseboard.activity import Watchers
from phaseboard.api.answers import Answers
from phaseboard.api.context import Services
from phaseboard.api.introspection import introspective
from phaseboard.api.schema import PhaseboardSchema, schema
from phaseboard.api.streams.hub import Hub
from phaseboard.api.weight import check_document, too_many_values
from phaseboard.engine.clock import Clock, system_clock
from phaseboard.engine.demo_clock import DemoClock
from phaseboard.engine.executors.port import Executor
from phaseboard.engine.executors.registry import load_executors
from phaseboard.engine.executors.simulated import SimulatedExecutor
from phaseboard.engine.housekeeping import Housekeeping
from phaseboard.engine.log_freshness import LogFreshness
from phaseboard.engine.loop import CronLoop
from phaseboard.engine.runner import TaskRunner
from phaseboard.engine.use_cases import UseCases
from phaseboard.engine.watched_steps import WatchedSteps
from phaseboard.feed.feed import Feed
from phaseboard.feed.recent import RecentStatuses
from phaseboard.settings import Settings
from phaseboard.shutdown import Shutdown
from phaseboard.store.choice import store_at
from phaseboard.store.port import Store
from phaseboard.store.postgres.listen import longest_silence
from phaseboard.tracing import traces_of
from phaseboard.web.app import make_app
from phaseboard.web.demo import demo_routes
from phaseboard.web.exchanges import Exchanges
from phaseboard.web.health import Readiness
from phaseboard.web.insight import Insight
from phaseboard.web.metrics.census import CensusMetrics
from phaseboard.web.metrics.lag import LoopLag
from phaseboard.web.metrics.metrics import Metrics
from phaseboard.web.metrics.server import (
    RunnerMetrics,
    answer_metrics,
    feed_metrics,
    housekeeping_metrics,
    lag_metrics,
)
from phaseboard.web.metrics.stays import Stays
from phaseboard.web.metrics.streams import StreamMetrics
from phaseboard.web.origins import Sites
from phaseboard.web.playground import playground_routes
from phaseboard.web.repeats import Repeats
from phaseboard.web.sign_in import SignIn

log = logging.getLogger(__name__)


class Phaseboard:
    """One server's parts, wired; `running` starts them and ends them in the right order."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store | None = None,
        executors: Mapping[str, Executor] | None = None,
        clock: Clock | None = None,
        demo: DemoClock | None = None,
    ) -> None:
        self.settings = settings
        self.store = store or store_at(
            settings.database_url, connections=settings.database_pool, poll=settings.poll_seconds
        )
        clock = demo or clock or self.store.clock or system_clock
        self.executors = _installed_executors(demo) if executors is None else executors
        self._demo = demo
        self._shutdown = Shutdown()
        self.use_cases = UseCases(self.store, clock)
        self.feed = Feed(self.store)
        self.freshness = LogFreshness(silence=longest_silence(settings.poll_seconds))
        self.recent = RecentStatuses(is_current=self.freshness.is_current)
        self.answers = Answers(enabled=settings.answers, is_current=self.freshness.is_current)
        self.access = self._access(clock)
        guarded = _guarded_schema(settings)
        self.hub = Hub(guarded, self.feed, self.recent, sharing=settings.sharing, limits=settings.limits)
        self.metrics = Metrics(CensusMetrics(self.store, clock, self.executors))
        self.watch = Watchers(self.metrics.watch)
        self._traces = traces_of(os.environ)
        if self._traces:
            self.watch.add(self._traces.watch)
        steps = WatchedSteps(self.store, clock, settings.lease, self.watch)
        public_url = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
        self.runner = TaskRunner(steps, self.executors, public_url, settings.concurrent_tasks, self.watch)
        self.loop = self._cron_loop(steps, clock)
        self.housekeeping = Housekeeping(self.store, clock, settings.keep_events, self.answers.outdate)
        self.lag = LoopLag(self.metrics.lag.observe)
        self._tell_metrics()
        self.services = Services(
            self.store, self.use_cases, self.feed, self.recent, self.executors, clock, settings.limits
        )
        self.repeats = Repeats(self.answers, self.access)
        self.app = self._app(guarded)

    def _cron_loop(self, steps: WatchedSteps, clock: Clock) -> CronLoop:
        """Return the loop, and let all who keep something hear of commits: of those here at once, of all in order.

        Statuses and answers are told first, so that nobody who is told later finds an older one.
        """
        latency, stays = self.hub.counts.latency, Stays(self.metrics.stayed)
        latency.observe = self.metrics.delivery.observe
        for keeper in (self.recent, self.answers, latency, stays):
            self.store.on_commit(keeper.committed)
        self.store.on_timed(self.metrics.committed)
        return CronLoop(
            store=self.store,
            steps=steps,
            runner=self.runner,
            publish=(
                self.recent.publish,
                self.answers.publish,
                latency.publish,
                self.feed.publish,
                self.runner.observe,
                stays.publish,
            ),
            check=self.access.check,
            clock=clock,
            freshness=self.freshness,
        )

    def _app(self, guarded: PhaseboardSchema) -> ASGIApp:
        readiness = Readiness(self.store, self.feed, self.loop.pulse)
        return make_app(
            guarded,
            self.services,
            self.hub,
            self.answers,
            Insight(self.metrics, readiness, Exchanges(self.watch, self.metrics.mutated)),
            access=self.access,
            sites=sites_of(self.settings),
            pages=self._pages(),
            lifespan=self._lifespan,
        )

    def _pages(self) -> list[BaseRoute]:
        issuer, graphiql = self.settings.issuer, self.settings.serves_graphiql
        if issuer and issuer.client_id:
            sign_in = SignIn(issuer)
            return playground_routes(graphiql=graphiql, told=sign_in.told, reach=sign_in.origins)
        if self._demo is None:
            return playground_routes(graphiql=graphiql)
        pages = playground_routes(graphiql=graphiql, told={"demo": True})
        return [*pages, *demo_routes(self._demo, self.store, self.use_cases, self.metrics.answered)]

    def _tell_metrics(self) -> None:
        self.metrics.add(
            StreamMetrics(self.hub),
            RunnerMetrics(self.runner, self.executors),
            answer_metrics(self.answers),
            feed_metrics(self.feed, self.freshness),
            housekeeping_metrics(self.housekeeping),
            lag_metrics(self.lag),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the loop; at the end stop claiming, end the streams, drain the tasks, publish the rest, close.

        The end comes in time, whatever does not answer: then tasks are taken up when their leases run out.
        """
        await self.store.open()
        try:
            await self.feed.open()
            if self._demo and (newest := await _newest(self.store)):
                self._demo.catch_up(newest)
            looping = asyncio.create_task(self.loop.run(self.feed.head), name="cron loop")
            tidying = asyncio.create_task(self.housekeeping.run(), name="housekeeping")
            looking = asyncio.create_task(self.lag.run(), name="event loop lag")
            watching = asyncio.create_task(self.access.run(), name="access")
            driving = asyncio.create_task(self._drive(), name="demo clock")
            try:
                yield
            finally:
                self.end_streams()
                beside = [tidying, looking, watching, driving]
                for task in beside:
                    task.cancel()
                self.loop.stop_claiming()
                async with self._shutdown.of("what runs"):
                    await self.runner.stop(self._shutdown.left(self.settings.shutdown_grace.total_seconds()))
                    self.loop.stop()
                    await looping
                looping.cancel()
                await asyncio.wait([looping, *beside])
        finally:
            self._shutdown.begin()
            async with self._shutdown.of("an executor"):
                await self._close_executors()
            async with self._shutdown.of("the store"):
                await self.store.close()
            if self._traces:
                self._traces.close()

    async def _drive(self) -> None:
        """Let the loop follow the clock of a demo, if this is one."""
        if self._demo:
            await self._demo.drive(self.loop.nudge)

    def _access(self, clock: Clock) -> Access:
        if not self.settings.needs_tokens:
            return OpenAccess()
        issuer = self.settings.issuer
        return BearerAccess(self.store, clock, Verifier(issuer) if issuer else None, self.answers.outdate)

    def end_streams(self) -> None:
        """End all subscriptions, so that nobody holds the server up: it stops."""
        self._shutdown.begin()
        self.hub.close()
        self.feed.close()

    async def _close_executors(self) -> None:
        for name, executor in self.executors.items():
            try:
                await executor.close()
            except Exception:
                log.exception("executor did not close", extra={"action": "executor.close", "executor": name})

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.running():
            yield


def sites_of(settings: Settings) -> Sites:
    """Return from which pages a server with these settings may be asked."""
    return Sites(settings.allowed_origins, settings.public_url, any_name=settings.needs_tokens)


def _guarded_schema(settings: Settings) -> PhaseboardSchema:
    limits, telling = settings.limits, settings.introspection

    def check(document: DocumentNode) -> Sequence[GraphQLError]:
        return check_document(document, limits) or (() if telling else introspective(document))

    return schema.guarded(
        check=check,
        max_tokens=limits.tokens,
        suggesting=telling,
        check_variables=lambda variables: too_many_values(variables, limits),
        max_fields=limits.answer_fields,
    )


async def _newest(store: Store) -> datetime | None:
    """Return when the last event happened; None when there is none."""
    events = await store.read(lambda reader: reader.events(2**63 - 1, 1, backwards=True))
    return events[0].occurred_at if events else None


def _installed_executors(demo: DemoClock | None) -> Mapping[str, Executor]:
    executors, problems = load_executors(os.environ)
    for problem in problems:
        log.warning(problem, extra={"action": "executor.unavailable"})
    if demo:
        return {**executors, "simulated": SimulatedExecutor(os.environ, demo.sleep)}
    return executors
