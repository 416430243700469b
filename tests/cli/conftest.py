"""The command as tests run it: in this process, against no server or a real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.servers import running_server


@pytest.fixture
def command() -> Command:
    """The command with nobody listening at its address."""
    return Command("http://127.0.0.1:9")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command with a server that all tests here share."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield Command(server.url)


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """Where a test writes its plan."""
    return tmp_path / "plan.yaml"
