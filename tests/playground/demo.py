"""A real `phaseboard demo` in a process of its own, on a free port of the loopback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import clean_environment, started

_SERVES = re.compile(r"releases under way on (http://\S+)")


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Run a demo with its data in a folder; yields its address once it serves. Ended by its own id."""
    with (folder / "demo.stderr").open("a+") as log:
        process = started(["demo", "--port", "0"], folder, clean_environment(), log)
    assert process.stdout
    try:
        found = next(filter(None, map(_SERVES.search, process.stdout)), None)
        assert found, (folder / "demo.stderr").read_text()
        yield found[1]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    assert "Traceback" not in (folder / "demo.stderr").read_text()
