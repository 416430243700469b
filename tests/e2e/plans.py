"""Plans for tests: the example of the playground made quick, and small ones of simulated tasks."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

EXAMPLE = Path(__file__).parents[2] / "playground" / "examples" / "mobile-4.2.0.yaml"
CI_OF_THE_EXAMPLE = "127.0.0.1:9000"


def quick_example(ci: str) -> dict[str, Any]:
    """Return the example with its times shortened and its CI at this host; all else is as in the file."""
    text = EXAMPLE.read_text()
    assert CI_OF_THE_EXAMPLE in text
    plan: dict[str, Any] = YAML(typ="safe").load(text.replace(CI_OF_THE_EXAMPLE, ci))
    for cycle, seconds in zip(plan["regression"]["cycles"], (0, 1, 2), strict=True):
        cycle["after"] = f"{seconds}s"
    for task in [*plan["kickoff"], *plan["regression"]["tasks"], *plan["preRelease"]]:
        if "retries" in task:
            task["retries"]["delaySeconds"] = 0
    return plan


def simulated_plan(*kickoff: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a small plan of simulated tasks that runs through by itself; `kickoff` replaces the tasks of stage 1."""
    return {
        "name": "Small",
        "version": "1.0.0",
        "autoTrigger": {"stage2": True, "stage3": True},
        "kickoff": list(kickoff) or [simulated("branch")],
        "regression": {"cycles": [{"after": "0s"}], "tasks": [simulated("test")]},
        "preRelease": [simulated("submit")],
        **more,
    }


def simulated(name: str, seconds: float = 0, **more: Any) -> dict[str, Any]:
    """Return a task that takes its time."""
    return {"name": name, "executor": "simulated", "with": {"durationSeconds": seconds}, **more}
