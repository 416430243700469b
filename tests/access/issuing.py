"""A real issuer of JSON Web Tokens on a free port of the loopback; its keys are made by the test."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

AUDIENCE = "phaseboard"
CANARY = "canary-of-the-issuer"

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)
_KINDS: dict[str, Any] = {"RS": RSA, "PS": RSA, "ES": EC, "Ed": ED}


def jwk(key: Any, key_id: str | None, algorithm: str, **more: Any) -> dict[str, Any]:
    """Return the public half of a key as issuers publish it."""
    made: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    made.pop("key_ops", None)
    return {**made, **({"kid": key_id} if key_id else {}), **more}


class LocalIssuer:
    """What it serves and what was asked of it; `answer` replaces the answer of a path by status and body."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys = [jwk(RSA, "k1", "RS256")]
        self.answer: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []

    def serve(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.answer:
            return self.answer[path]
        documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": self.keys},
        }
        found = documents.get(path)
        return (404, b"no") if found is None else (200, json.dumps(found).encode())

    def redirect(self, path: str) -> str | None:
        """Return where a request is sent on to; only issuers that sign people in do that."""
        return None

    def redeem(self, form: str) -> tuple[int, bytes]:
        """Answer what is posted."""
        return 404, b"no"

    def token(self, *, key: Any = None, key_id: str | None = "k1", algorithm: str = "RS256", **claims: Any) -> str:
        """Return a signed token, good unless claims say otherwise; a claim that is None is left out."""
        good = {"iss": self.url, "aud": AUDIENCE, "sub": "anna", "exp": int(time()) + 600, "scope": "releases:read"}
        said = {name: value for name, value in {**good, **claims}.items() if value is not None}
        headers = {"kid": key_id} if key_id else {}
        return jwt.encode(said, key or _KINDS[algorithm[:2]], algorithm, headers=headers)


Kind = TypeVar("Kind", bound=LocalIssuer)


@contextmanager
def issuing_as(kind: type[Kind]) -> Iterator[Kind]:
    """Run an issuer of a kind; pages of all origins may ask it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if location := issuer.redirect(self.path):
                self._say(302, b"", Location=location)
            else:
                self._say(*issuer.serve(self.path))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*(issuer.answer.get(self.path) or issuer.redeem(form)))

        def _say(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.send_header("Access-Control-Allow-Origin", "*")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = kind(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def issuing() -> Iterator[LocalIssuer]:
    """Run an issuer."""
    with issuing_as(LocalIssuer) as issuer:
        yield issuer
