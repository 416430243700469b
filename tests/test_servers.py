"""What tests start is closed again, however it ended."""

from pathlib import Path

import pytest

from tests.servers import running_server


@pytest.mark.process
def test_what_a_server_that_died_by_itself_printed_is_closed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        died = server.process
        died.kill()
        died.wait()
        server.restart()
        assert died.stdout
        assert died.stdout.closed
