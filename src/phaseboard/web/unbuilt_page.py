"""The page that is served where no playground is built: from a source tree, before `make`."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Phaseboard</title>
<style>body {font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem}</style>
</head><body><h1>Phaseboard</h1>
<p>The dashboard is not built here. In a checkout <code>make demo</code> builds and opens it,
<code>make playground</code> only builds it; then start the server again. Wheels bring it along.</p>
<p>This server answers GraphQL at <a href="/graphql">/graphql</a>: queries and mutations by <code>POST</code>,
subscriptions by <code>graphql-transport-ws</code> or, with <code>Accept: text/event-stream</code>, as
Server-Sent Events. <a href="/readyz">/readyz</a> tells whether it serves, <a href="/metrics">/metrics</a> how.</p>
<p>In a terminal: <code>phaseboard release list</code>, <code>phaseboard watch rel-...</code>,
<code>phaseboard --help</code>.</p></body></html>
"""


async def index(_: Request) -> Response:
    """Say what this server is, and how to build its pages."""
    return HTMLResponse(_PAGE)
