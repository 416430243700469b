"""What the other side of a webhook answered."""

import json
from dataclasses import dataclass

import httpx

from phaseboard.engine.executors.address import external_url
from phaseboard.engine.executors.excerpt import one_line, readable
from phaseboard.engine.executors.redaction import Redactor

READ_BYTES = 64 * 1024
_EXCERPT = 8 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of which at most READ_BYTES were read; nothing that is hidden shows in what its methods return."""

    status: int
    reason: str
    location: str
    body: bytes
    complete: bool
    hidden: Redactor

    @property
    def succeeded(self) -> bool:
        """Whether the other side accepted the request."""
        return httpx.codes.is_success(self.status)

    @property
    def redirects(self) -> bool:
        """Whether the other side points elsewhere."""
        return httpx.codes.is_redirect(self.status)

    def status_line(self) -> str:
        """Return the status in numbers and words."""
        return f"{self.status} {one_line(self.hidden.redact_text(self.reason), 100)}".strip()

    def excerpt(self) -> str:
        """Return the first lines of the body in one short line."""
        said = readable(self.hidden.redact_bytes(self.body[: _EXCERPT + self.hidden.longest])[:_EXCERPT])
        return one_line(self.hidden.redact_text(said))

    def external_url(self) -> str | None:
        """Return where people can follow the work: `externalUrl` of a JSON object, else the header `Location`."""
        found = external_url(self._named_url()) or external_url(self.location)
        return found and self.hidden.redact_text(found)

    def _named_url(self) -> object:
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return content.get("externalUrl") if isinstance(content, dict) else None
