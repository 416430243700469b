"""The HTTP protocol of our server: uvicorn's, with a way to cut off a reader that reads no more.

Without it a response that nobody reads is kept for ever: closing waits until everything is sent.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from phaseboard.api.streams.sse import ABORT


class HttpProtocol(HttpToolsProtocol):
    """Offers the application to abort the connection of a request."""

    def on_message_begin(self) -> None:
        """Begin the scope of the next request."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {ABORT: self.transport.abort}
