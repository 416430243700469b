"""The playground: the pages that `make` builds into `static`, open to everybody because no data is in them.

Their headers let in what they need from this server and nothing else: no script, style, frame or request of another
origin. The names in `/assets` hold a hash of what is in them, so browsers keep those for good and ask for the pages.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from phaseboard.web.pages import index

STATIC = Path(__file__).with_name("static")
GRAPHIQL = "/graphiql"
BOARD = ("/", "/new", "/releases/{release}")
"""The paths that the dashboard shows something at."""

OPEN = frozenset({"/", "/new", GRAPHIQL})
OPEN_BELOW = ("/assets/", "/releases/")

SAFE = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Headers of all that is served from here."""

_BOARD_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
_GRAPHIQL_POLICY = _BOARD_POLICY | {
    "style-src": "'self' 'unsafe-inline'",  # its editor writes its colours into the page
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
"""Told by ourselves: what a machine knows about suffixes differs, and browsers are told not to guess."""

Endpoint = Callable[[Request], Awaitable[Response]]


def playground_routes(*, graphiql: bool, folder: Path = STATIC) -> list[BaseRoute]:
    """Return the routes of the pages; where none are built, a page that says how to build them."""
    if not (folder / "index.html").is_file():
        return [Route(path, index) for path in (*BOARD, GRAPHIQL)]
    board = page(folder / "index.html", _BOARD_POLICY)
    ide = page(folder / "graphiql.html", _GRAPHIQL_POLICY) if graphiql else _switched_off
    return [
        *(Route(path, board) for path in BOARD),
        Route(GRAPHIQL, ide),
        Mount("/assets", Assets(folder / "assets")),
    ]


def page(file: Path, policy: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a page, read once."""
    body = file.read_bytes()
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    rules = "; ".join(f"{name} {value}" for name, value in policy.items())
    headers = {**SAFE, "content-security-policy": rules, "cache-control": "no-cache", "etag": tag}

    async def endpoint(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/html")

    return endpoint


class Assets(StaticFiles):
    """What the pages load; compressed where the build did that and the browser takes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._compressed = frozenset(file.stem for file in folder.glob("*.gz"))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or the error, as StaticFiles does."""
        compressed = path in self._compressed and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        response = await super().get_response(f"{path}.gz" if compressed else path, scope)
        response.headers.update(SAFE)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["vary"] = "accept-encoding"
        response.headers["content-type"] = _TYPES.get(Path(path).suffix, "application/octet-stream")
        if compressed:
            response.headers["content-encoding"] = "gzip"
        return response


async def _switched_off(_: Request) -> Response:
    return PlainTextResponse("GraphiQL is switched off on this server (PHASEBOARD_GRAPHIQL).\n", 404)
