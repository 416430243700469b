"""What a client accepts: the `Accept` header (RFC 9110, section 12.5.1), as GraphQL over HTTP needs it."""

from dataclasses import dataclass
from functools import lru_cache

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"

_RANGES = {JSON: (JSON, "application/*", "*/*"), RESPONSE: (RESPONSE,), EVENTS: (EVENTS,)}
"""What names each media type, the closest first; a range stands for plain JSON, which all clients read."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media types to answer with: `media` for JSON, None for none, and whether event streams are welcome."""

    media: str | None
    events: bool


@lru_cache(maxsize=256)
def accepted(header: str) -> Accepted:
    """Return what a header accepts; an empty one accepts plain JSON."""
    weights = _weights(header) if header.strip() else {JSON: 1.0}
    known = {media: weight for media in _RANGES if (weight := _weight(media, weights)) > 0}
    best = max((media for media in (JSON, RESPONSE) if media in known), key=known.__getitem__, default=None)
    if best == JSON and known.get(RESPONSE) == known[JSON] and _comes_first(RESPONSE, weights):
        best = RESPONSE
    return Accepted(best, EVENTS in known)


def _weights(header: str) -> dict[str, float]:
    weights = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = next((_quality(given[2:]) for given in parameters if given.startswith("q=")), 1.0)
    return weights


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _weight(media: str, weights: dict[str, float]) -> float:
    return next((weights[name] for name in _RANGES[media] if name in weights), 0.0)


def _comes_first(media: str, weights: dict[str, float]) -> bool:
    named = [name for name in weights if name in (JSON, RESPONSE)]
    return not named or named[0] == media
