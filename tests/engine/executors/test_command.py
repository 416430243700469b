import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from phaseboard.engine.executors.command import CommandExecutor
from phaseboard.engine.executors.command_settings import CommandSettings
from phaseboard.engine.executors.port import Done, Failed, Result
from phaseboard.plans.catalog import ChecksSettings

from .factory import SECRET, job

PYTHON = [sys.executable, "-I", "-S", "-c"]


def executor(*, environ: dict[str, str] | None = None, **programs: Any) -> CommandExecutor:
    return CommandExecutor((environ or {}) | {"PHASEBOARD_COMMANDS": json.dumps(programs)})


async def run(code: str, environ: dict[str, str] | None = None, **settings: Any) -> Result:
    runner = executor(environ=environ, program=[*PYTHON, code])
    return await runner.execute(job(), CommandSettings.model_validate({"program": "program"} | settings))


async def test_a_good_end_is_done_with_the_output() -> None:
    assert await run("print('built')") == Done(output="built\n")


async def test_another_end_fails_with_code_and_last_line() -> None:
    result = await run("print('step 1'); print('no space left\\n'); raise SystemExit(3)")
    assert result == Failed(
        message='The program "program" ended with code 3: no space left', output="step 1\nno space left\n\n"
    )
    silent = await run("raise SystemExit(1)")
    assert isinstance(silent, Failed)
    assert silent.message == 'The program "program" ended with code 1.'


async def test_a_signal_is_named() -> None:
    result = await run("import os; os.kill(os.getpid(), 9)")
    assert isinstance(result, Failed)
    assert result.message == 'The program "program" was ended by SIGKILL.'


async def test_arguments_reach_the_program_without_a_shell() -> None:
    args = ["$HOME; echo *", "", "two words", "--flag", "ä"]
    result = await run("import sys, json; print(json.dumps(sys.argv[1:]))", args=args)
    assert json.loads(result.output or "") == args


async def test_the_environment_is_clean() -> None:
    server = {"PATH": "/usr/bin:/bin", "HOME": "/tmp/home", "LANG": "de_DE.UTF-8", "PHASEBOARD_DATABASE_URL": "secret"}
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    result = await run(code, environ=server, env={"FLAVOUR": "beta"})
    seen = json.loads(result.output or "")
    assert {name: value for name, value in seen.items() if name != "LC_CTYPE"} == {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp/home",
        "LANG": "de_DE.UTF-8",
        "FLAVOUR": "beta",
        "PHASEBOARD_TASK": "tsk-abc-1",
        "PHASEBOARD_ATTEMPT": "1",
        "PHASEBOARD_IDEMPOTENCY_KEY": "idem-1",
        "PHASEBOARD_RELEASE": "rel-abc",
        "PHASEBOARD_VERSION": "4.2.0",
        "PHASEBOARD_CYCLE": "RC1",
        "PHASEBOARD_CALLBACK_URL": job().callback_url,
        "PHASEBOARD_CALLBACK_SECRET": "*" * len(SECRET),
    }


async def test_the_secret_does_not_show() -> None:
    result = await run("import os; print(os.environ['PHASEBOARD_CALLBACK_SECRET']); raise SystemExit(1)")
    assert isinstance(result, Failed)
    assert SECRET not in repr(result)


async def test_what_the_plan_gives_to_the_program_alone_does_not_show() -> None:
    code = "import os, sys; print('\\n'.join([os.environ['UPLOAD_KEY'], *sys.argv[1:]])); raise SystemExit(1)"
    result = await run(code, env={"UPLOAD_KEY": "canary-variable"}, args=["--token", "canary-argument"])
    assert isinstance(result, Failed)
    assert "canary" not in repr(result)
    assert result.output == f"{'*' * 15}\n--token\n{'*' * 15}\n"


async def test_broken_text_is_replaced() -> None:
    result = await run("import os; os.write(1, b'\\xff\\x00\\x1b[1mbold\\n')")
    assert result == Done(output="�bold\n")


async def test_a_program_that_is_not_allowed_is_refused_with_those_that_are() -> None:
    runner = executor(deploy="/bin/deploy", build="/bin/build")
    settings = CommandSettings.model_validate({"program": "/bin/sh", "args": ["-c", "id"]})
    expected = 'The program "/bin/sh" is not allowed on this server; allowed are: build, deploy.'
    assert runner.check(settings) == [expected]
    assert await runner.execute(job(), settings) == Failed(message=expected)
    assert runner.check(CommandSettings.model_validate({"program": "build"})) == []
    assert isinstance(runner, ChecksSettings)


def test_without_the_setting_nothing_is_allowed() -> None:
    problems = CommandExecutor({}).check(CommandSettings.model_validate({"program": "build"}))
    assert problems == ['The program "build" is not allowed on this server; PHASEBOARD_COMMANDS allows none.']


@pytest.mark.parametrize("path", ["/nonexistent/program", "no-such-program"])
async def test_a_program_that_is_missing_is_told(path: str) -> None:
    result = await executor(build=path).execute(job(), CommandSettings.model_validate({"program": "build"}))
    assert result == Failed(message='The program "build" is not installed on this server.')


async def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fno program")
    broken.chmod(0o755)
    result = await executor(build=str(broken)).execute(job(), CommandSettings.model_validate({"program": "build"}))
    assert result == Failed(message='The program "build" could not be started: Exec format error.')


async def test_a_plan_cannot_choose_the_program_by_the_path(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho the right one\n")
    tool.chmod(0o755)
    runner = executor(environ={"PATH": str(tmp_path)}, build="tool")
    assert await runner.execute(job(), CommandSettings(program="build")) == Done(output="the right one\n")
    with pytest.raises(ValidationError, match="the server's to set"):
        CommandSettings.model_validate({"program": "build", "env": {"PATH": "/tmp"}})


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "PHASEBOARD_TASK", "BASH_ENV", "A=B", "", "1A", "A\0"])
def test_some_variables_are_not_for_plans(name: str) -> None:
    with pytest.raises(ValidationError):
        CommandSettings.model_validate({"program": "build", "env": {name: "x"}})


@pytest.mark.parametrize(
    "wrong", [{"args": ["a\0b"]}, {"args": "a b"}, {"args": [1]}, {"env": {"A": "\0"}}, {"cwd": "/"}]
)
def test_settings_that_no_program_can_take_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CommandSettings.model_validate({"program": "build"} | wrong)


@pytest.mark.parametrize(
    "text", ["{", "[]", '"build"', '{"build": 1}', '{"build": ""}', '{"build": []}', '{"build": "./x"}', '{"": "/x"}']
)
def test_a_setting_that_names_no_programs_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="PHASEBOARD_COMMANDS"):
        CommandExecutor({"PHASEBOARD_COMMANDS": text})
