"""The plan that benchmarks run: two kickoff tasks, two cycles of two tasks, two tasks before the stores."""

from datetime import timedelta

from phaseboard.domain.enums import Stage
from phaseboard.domain.plan import CycleSpec, Plan, TaskSpec


def bench_plan(number: int = 0, *, seconds: float | None = 0.0, auto: bool = True) -> Plan:
    """Return a plan of simulated tasks that take `seconds` each, of manual ones for None; with `auto` stages follow."""

    def tasks(*names: str) -> tuple[TaskSpec, ...]:
        if seconds is None:
            return tuple(TaskSpec(name=name, executor="manual") for name in names)
        return tuple(TaskSpec(name=name, executor="simulated", settings={"durationSeconds": seconds}) for name in names)

    return Plan(
        name=f"Bench {number}",
        version=f"1.0.{number}",
        kickoff=tasks("branch", "tickets"),
        cycles=(CycleSpec(after=timedelta()), CycleSpec(after=timedelta(milliseconds=1))),
        regression=tasks("build", "automation"),
        pre_release=tasks("notes", "submit"),
        auto_trigger=frozenset({Stage.STAGE_2, Stage.STAGE_3}) if auto else frozenset(),
    )
