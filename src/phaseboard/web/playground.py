"""The playground: the pages that `make` builds into `static`, open to everybody because no data is in them.

Their headers let in what they need from this server and nothing else: no script, style, frame or request of another
origin, but for requests to the issuer where people sign in by it. The names in `/assets` hold a hash of what is in
them, so browsers keep those for good and ask for the pages.
All of it is read at the start: a build or an upgrade under a running server takes nothing away from pages it gave out.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from gzip import decompress
from hashlib import blake2b
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from phaseboard.web.unbuilt_page import index

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
Reach = Callable[[], Awaitable[Sequence[str]]]


def playground_routes(
    *,
    graphiql: bool,
    told: Mapping[str, object] | None = None,
    reach: Reach | None = None,
    folder: Path = STATIC,
) -> list[BaseRoute]:
    """Return the routes of the pages; where none are built, a page that says how to build them.

    `told` is what the dashboard is told of this server, in its `meta` named `phaseboard`; that there is no `graphiql`
    it is told as well, and leads nobody there. `reach` returns the other origins that it has to ask, none without.
    """
    if not (folder / "index.html").is_file():
        return [Route(path, index) for path in (*BOARD, GRAPHIQL)]
    own = {} if graphiql else {"graphiql": False}
    board = page(_telling((folder / "index.html").read_bytes(), {**own, **(told or {})}), _BOARD_POLICY, reach)
    ide = page((folder / "graphiql.html").read_bytes(), _GRAPHIQL_POLICY) if graphiql else _switched_off
    return [
        *(Route(path, board) for path in BOARD),
        Route(GRAPHIQL, ide),
        Route("/assets/{name}", Assets(folder / "assets").get),
    ]


def page(body: bytes, policy: Mapping[str, str], reach: Reach | None = None) -> Endpoint:
    """Return the endpoint of a page."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'

    async def endpoint(request: Request) -> Response:
        others = await reach() if reach else ()
        rules = _rules({**policy, "connect-src": " ".join((policy["connect-src"], *others))})
        headers = {**SAFE, "content-security-policy": rules, "cache-control": "no-cache", "etag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/html")

    return endpoint


def _rules(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _telling(body: bytes, told: Mapping[str, object]) -> bytes:
    """Return a page with what it is told; in an attribute, because its policy lets in no script in the page."""
    if not told:
        return body
    meta = f'<meta name="phaseboard" content="{escape(json.dumps(told))}">'
    return body.replace(b"<head>", b"<head>\n    " + meta.encode(), 1)


class Assets:
    """What the pages load, kept as the build compressed it; those who do not take that get it as it was."""

    def __init__(self, folder: Path) -> None:
        self._compressed = {file.stem: file.read_bytes() for file in folder.glob("*.gz")}
        others = (file for file in folder.iterdir() if file.suffix != ".gz" and file.name not in self._compressed)
        self._plain = {file.name: file.read_bytes() for file in others}

    async def get(self, request: Request) -> Response:
        """Answer with the file of that name."""
        name = request.path_params["name"]
        if name not in self._compressed and name not in self._plain:
            return PlainTextResponse("Not Found", 404)
        headers = {
            **SAFE,
            "cache-control": "public, max-age=31536000, immutable",
            "content-type": _TYPES.get(Path(name).suffix, "application/octet-stream"),
            "etag": f'"{name}"',
            "vary": "accept-encoding",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if name in self._compressed and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self._compressed[name], headers={**headers, "content-encoding": "gzip"})
        return Response(self._as_it_was(name), headers=headers)

    def _as_it_was(self, name: str) -> bytes:
        """Return a file as it was before the build compressed it; kept, because nobody should make us do it often."""
        if name not in self._plain:
            self._plain[name] = decompress(self._compressed[name])
        return self._plain[name]


async def _switched_off(_: Request) -> Response:
    return PlainTextResponse("This server does not serve GraphiQL: PHASEBOARD_GRAPHIQL=on does.\n", 404)
