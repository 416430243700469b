"""What the parts of a server know of themselves."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import Metric

from phaseboard.api.answers import Answers
from phaseboard.engine.housekeeping import Housekeeping
from phaseboard.engine.log_freshness import LogFreshness
from phaseboard.engine.runner import TaskRunner
from phaseboard.feed.feed import Feed
from phaseboard.web.metrics.families import Reading, Readings, gauge
from phaseboard.web.metrics.lag import LoopLag


def answer_metrics(answers: Answers) -> Readings:
    """Return the collector of the answers that are kept."""
    return Readings(
        gauges=(
            Reading("phaseboard_answers", "Answers that are kept.", lambda: len(answers)),
            Reading("phaseboard_answers_bytes", "Bytes of the answers that are kept.", lambda: answers.bytes),
        ),
        counters=(
            Reading("phaseboard_answers_hits", "Requests answered by what is kept.", lambda: answers.hits),
            Reading("phaseboard_answers_misses", "Queries that were executed instead.", lambda: answers.misses),
        ),
    )


def feed_metrics(feed: Feed, freshness: LogFreshness) -> Readings:
    """Return the collector of the feed, and of what it knows of commits that it does not tell yet."""
    return Readings(
        gauges=(
            Reading(
                "phaseboard_feed_followers",
                "Who follows the log of events: executions and others.",
                lambda: feed.followers,
            ),
            Reading("phaseboard_feed_head", "Position in the log of the event published last.", lambda: feed.head),
            Reading(
                "phaseboard_feed_connected",
                "Whether commits of other nodes are heard of: 1 or 0.",
                lambda: freshness.is_connected,
            ),
            Reading(
                "phaseboard_feed_lag_seconds",
                "How long it may be that commits were not published.",
                lambda: freshness.lag,
            ),
        )
    )


def lag_metrics(lag: LoopLag) -> Readings:
    """Return the collector of the event loop's worst lag."""
    told = "The worst lag of the event loop in the last minute."
    return Readings(gauges=(Reading("phaseboard_loop_lag_max_seconds", told, lambda: lag.worst),))


def housekeeping_metrics(housekeeping: Housekeeping) -> Readings:
    """Return the collector of what housekeeping dropped."""
    return Readings(
        counters=(
            Reading(
                "phaseboard_pruned_events",
                "Events that this process pruned from the log.",
                lambda: housekeeping.events_dropped,
            ),
            Reading(
                "phaseboard_forgotten_keys",
                "Idempotency keys that this process forgot.",
                lambda: housekeeping.keys_dropped,
            ),
        )
    )


class RunnerMetrics:
    """A collector of the tasks that run in this process, by executor."""

    def __init__(self, runner: TaskRunner, executors: Iterable[str]) -> None:
        self._runner = runner
        self._executors = tuple(executors)

    def collect(self) -> Iterable[Metric]:
        """Count what runs."""
        running = Counter(dict.fromkeys(self._executors, 0))
        running.update(name if name in running else "other" for name in self._runner.executors_in_use)
        yield gauge("phaseboard_running_tasks", "Tasks that run in this process.", "executor", running)
        yield from Readings(
            gauges=(Reading("phaseboard_free_slots", "How many more tasks this process could run.", self._free),)
        ).collect()

    def _free(self) -> float:
        return self._runner.free
