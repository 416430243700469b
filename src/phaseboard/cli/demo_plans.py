"""The plans of the demo: believable mobile releases whose hours are seconds."""

from typing import Any

DEMO_RELEASES = (
    ("Shop iOS and Android", "4.2.0"),
    ("Courier", "2.9.0"),
    ("Wallet", "7.0.1"),
    ("Shop tablet", "4.1.3"),
    ("Scanner", "1.14.0"),
    ("Kiosk", "3.3.0"),
)

_FLAKY = 0.12
"""How often a build of the demo fails at an attempt."""


def demo_plan(name: str, version: str, seed: int, device_lab: str | None = None) -> dict[str, Any]:
    """Return the plan of one release of the demo; `seed` spreads their schedules and decides which builds fail.

    `device_lab` is the address of an outside system that is asked for a run and calls back.
    """
    pace = 1 + seed * 0.35
    builds = ["store build iOS", "store build Android"]
    lab = [_called("device lab run", device_lab, builds)] if device_lab else []
    return {
        "name": name,
        "version": version,
        "timeZone": "UTC",
        "autoTrigger": {"stage2": seed % 2 == 0, "stage3": seed % 3 == 0},
        "kickoff": [
            _task("create release branch", 2 * pace, seed),
            _task("create tickets", 3 * pace, seed),
            _task("freeze translations", 4 * pace, seed, needs=["create release branch"]),
            _task("pre-regression build iOS", 8 * pace, seed, needs=["create release branch"], retries=2, flaky=_FLAKY),
            _task("pre-regression build Android", 6 * pace, seed, needs=["create release branch"], retries=2),
        ],
        "regression": {
            "cycles": [{"after": f"{round(gap * pace)}s"} for gap in (0, 45, 95)],
            "tasks": [
                _task("RC build iOS", 7 * pace, seed, needs=[], retries=1, flaky=_FLAKY),
                _task("RC build Android", 6 * pace, seed, needs=[], retries=1),
                _task("automation run", 12 * pace, seed, needs=["RC build iOS", "RC build Android"], flaky=_FLAKY),
                _task("notify QA", 1 * pace, seed, critical=False),
            ],
        },
        "preRelease": [
            _task("release notes", 4 * pace, seed),
            _task("store build iOS", 8 * pace, seed, needs=["release notes"], retries=1),
            _task("store build Android", 7 * pace, seed, needs=["release notes"], retries=1),
            {
                "name": "final approval",
                "executor": "manual",
                "with": {"instructions": "Look at both store builds."},
                "needs": builds,
            },
            *lab,
            {
                **_task("submit to the stores", 3 * pace, seed),
                "needs": ["final approval", *(task["name"] for task in lab)],
                "submission": True,
            },
        ],
        "stores": ["APP_STORE", "PLAY_STORE"],
    }


def _called(name: str, url: str, needs: list[str]) -> dict[str, Any]:
    return {"name": name, "executor": "webhook", "with": {"url": url, "awaitCallback": True}, "needs": needs}


def _task(
    name: str, seconds: float, seed: int, *, retries: int = 0, flaky: float = 0.0, **options: Any
) -> dict[str, Any]:
    task: dict[str, Any] = {
        "name": name,
        "executor": "simulated",
        "with": {"durationSeconds": round(seconds, 1), "failureRate": flaky, "seed": seed},
        **options,
    }
    if retries:
        task["retries"] = {"count": retries, "delaySeconds": 2}
    return task
