import importlib.metadata
import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from phaseboard.engine.executors.manual import ManualExecutor
from phaseboard.engine.executors.registry import GROUP, load_executors

PLUGIN = """
from datetime import timedelta
from phaseboard.engine.executors.manual import ManualExecutor
from phaseboard.engine.executors.settings import ExecutorSettings
from pydantic import BaseModel

class Good(ManualExecutor): pass
class Other(ManualExecutor): pass
class Stubborn(ManualExecutor):
    def __init__(self, environ): raise RuntimeError("no licence")
class Leaving(ManualExecutor):
    def __init__(self, environ): raise SystemExit(2)
class Empty: pass
class Hasty(ManualExecutor):
    callback_timeout = timedelta(0)
class Opaque(BaseModel):
    model_config = {"arbitrary_types_allowed": True}
    thing: object.__class__
class Undescribed(ManualExecutor):
    settings = Opaque
def function(environ): return None
"""


@pytest.fixture(autouse=True)
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "plugin_of_the_test.py").write_text(PLUGIN)
    (tmp_path / "broken_of_the_test.py").write_text("import no_such_module_anywhere")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("plugin_of_the_test", None)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value if ":" in value else f"plugin_of_the_test:{value}", GROUP)


def package(folder: Path, name: str, *lines: str) -> list[EntryPoint]:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
    found = importlib.metadata.distributions(name=name, path=[str(folder)])
    return [point for each in found for point in each.entry_points]


def test_the_built_in_executors_are_there() -> None:
    executors, problems = load_executors({})
    assert {"simulated", "manual", "webhook", "command"} <= set(executors)
    assert problems == ()


def test_a_plug_in_is_found() -> None:
    executors, problems = load_executors({}, [point("good", "Good")])
    assert isinstance(executors["good"], ManualExecutor)
    assert problems == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("broken_of_the_test:Any", "no_such_module_anywhere"),
        ("no_such_module_either:Any", "no_such_module_either"),
        ("Missing", "Missing"),
        ("Stubborn", "RuntimeError: no licence"),
        ("Leaving", "SystemExit: 2"),
        ("Empty", "`settings` must be a pydantic model; `callback_timeout` must be .*; `execute` must be .*; `close`"),
        ("Hasty", "`callback_timeout` must be a timedelta above zero"),
        ("Undescribed", "JsonSchema"),
        ("function", "it is not a class"),
    ],
)
def test_a_broken_one_is_reported_and_stops_nothing(value: str, reason: str) -> None:
    executors, problems = load_executors({}, [point("broken", value), point("good", "Good")])
    assert set(executors) == {"good"}
    [problem] = problems
    assert problem.startswith('The executor "broken" (')
    assert re.search(reason, problem), problem
    assert "\n" not in problem


def test_settings_of_the_server_that_are_wrong_are_reported() -> None:
    executors, problems = load_executors({"PHASEBOARD_COMMANDS": "{"})
    assert "command" not in executors
    assert "webhook" in executors
    assert "PHASEBOARD_COMMANDS must be a JSON object" in problems[0]


def test_of_two_with_one_name_the_built_in_one_is_taken_whatever_the_order(tmp_path: Path) -> None:
    ours = package(tmp_path, "phaseboard", "manual = phaseboard.engine.executors.manual:ManualExecutor")
    theirs = package(tmp_path, "aardvark", "manual = plugin_of_the_test:Good", "extra = plugin_of_the_test:Good")
    others = package(tmp_path, "zebra", "extra = plugin_of_the_test:Other")
    for points in (ours + theirs + others, others + theirs + ours):
        executors, problems = load_executors({}, points)
        assert type(executors["manual"]) is ManualExecutor
        assert type(executors["extra"]).__name__ == "Good"
        extra, manual = problems
        assert extra.startswith('The executor "extra" of zebra, plugin_of_the_test:Other is not used: aardvark, ')
        assert manual.startswith('The executor "manual" of aardvark, plugin_of_the_test:Good is not used: phaseboard, ')


def test_one_that_is_announced_twice_is_no_problem() -> None:
    executors, problems = load_executors({}, [point("good", "Good"), point("good", "Good")])
    assert set(executors) == {"good"}
    assert problems == ()
