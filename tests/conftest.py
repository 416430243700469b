"""What all tests share."""

import signal
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.leaks import no_leaks  # noqa: F401 - a fixture for every test
from tests.nursery import nursery
from tests.postgres import blank_postgres_url, postgres_server, postgres_template, postgres_url  # noqa: F401 - fixtures
from tests.servers import Server, running_server


def pytest_configure() -> None:
    """Let Ctrl-C end what tests start; what a shell runs in its background ignores it, and so would all of this."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def forking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let servers be forked, which is cheap, where there are tests that have some."""
    with nursery() if any(item.get_closest_marker("process") for item in request.session.items) else nullcontext():
        yield


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server with an empty database; use `running_server` for one with flags of its own."""
    with running_server(tmp_path) as running:
        yield running
