"""What the Python peers have in common: the document in memory, and uvicorn with the settings of `phaseboard serve`."""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from phaseboard.limits import Limits

CAPTURED = json.loads(Path(sys.argv[1]).read_text())


class Releases:
    """The one release there is, in the state it is in."""

    def __init__(self) -> None:
        self.running: dict[str, Any] = CAPTURED["running"]
        self.paused: dict[str, Any] = CAPTURED["paused"]
        self.now = self.running

    def change(self) -> None:
        """Pause the release if it runs, resume it if not."""
        self.now = self.paused if self.now is self.running else self.running


def serve(app: ASGIApp, path: str = "/graphql") -> None:
    """Serve on a free port of the loopback until killed, and say where.

    The WebSocket implementation is the one ours builds on; of those of uvicorn it used the least CPU time per message.
    Telling thousands may take a peer longer than uvicorn keeps the connection that the change came on.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=Limits().body_bytes,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=120,
    )
    print(f"serves http://127.0.0.1:{listener.getsockname()[1]}{path}", flush=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))
