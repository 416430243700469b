#!/usr/bin/env python3
"""A stand-in for the CI system of mobile-4.2.0.yaml: takes every request, works for a moment, reports by callback.

    python3 playground/examples/ci.py [--port 9000] [--seconds 3] [--fail builds/ios]

Nothing but the standard library. `--fail` makes the first build whose address contains the text fail.
"""

import argparse
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ContinuousIntegration(ThreadingHTTPServer):
    """Remembers what it was asked for, by idempotency key: the same request twice begins one job."""

    daemon_threads = True

    def __init__(self, port: int, seconds: float, fail: str | None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.seconds = seconds
        self.fail = fail
        self.jobs: dict[str, int] = {}

    def outcome_of(self, path: str) -> dict[str, str]:
        """Return what is reported of a job."""
        if self.fail and self.fail in path:
            self.fail = None
            return {"outcome": "FAILED", "message": "2 of 314 tests failed"}
        return {"outcome": "SUCCEEDED"}


class Handler(BaseHTTPRequestHandler):
    """One request of Phaseboard."""

    server: ContinuousIntegration

    def do_POST(self) -> None:
        """Take a job; one that waits for a callback gets it when the work is done."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Idempotency-Key", "")
        number = self.server.jobs.setdefault(key, len(self.server.jobs) + 1)
        run = f"http://127.0.0.1:{self.server.server_port}/runs/{number}"
        callback, secret = self.headers.get("Phaseboard-Callback-Url"), self.headers.get("Phaseboard-Secret")
        if callback and secret:
            threading.Timer(self.server.seconds, self.report, (callback, secret, run)).start()
        self.answer({"externalUrl": run})

    def report(self, callback: str, secret: str, run: str) -> None:
        """Tell Phaseboard how the job ended."""
        body = {**self.server.outcome_of(self.path), "externalUrl": run}
        headers = {"Content-Type": "application/json", "Phaseboard-Secret": secret}
        request = urllib.request.Request(callback, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request) as response:
                print(self.path, body["outcome"], json.load(response)["answer"], flush=True)
        except (urllib.error.URLError, OSError) as error:
            print(self.path, body["outcome"], "not reported:", error, flush=True)

    def answer(self, body: dict[str, str]) -> None:
        """Answer with JSON."""
        encoded = json.dumps(body).encode()
        self.send_response(202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, template: str, *values: object) -> None:
        """Print requests in one short line."""
        print(template % values, flush=True)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A stand-in for a CI system.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a job works")
    parser.add_argument("--fail", help="let the first job whose address contains this fail")
    given = parser.parse_args()
    print(f"CI listens on http://127.0.0.1:{given.port} (Ctrl-C stops it)", flush=True)
    try:
        ContinuousIntegration(given.port, given.seconds, given.fail).serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
