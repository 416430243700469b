"""An issuer that signs people in: authorization code with PKCE, as real ones do it, everybody being let in at once."""

import base64
import json
import secrets
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.access.issuing import LocalIssuer

CLIENT = "board"
ALLOWED = "releases:read releases:write tasks:report"


class SigningIssuer(LocalIssuer):
    """`refusal` is an error instead of a code, `state` one that nobody sent, `lasts` the seconds of its tokens."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.refusal: str | None = None
        self.state: str | None = None
        self.nonce: str | None = None
        self.lasts = 600
        self._codes: dict[str, dict[str, str]] = {}

    def serve(self, path: str) -> tuple[int, bytes]:
        """Tell of itself also where people sign in."""
        status, body = super().serve(path)
        if not path.startswith("/.well-known/") or status != 200:
            return status, body
        endpoints = {"authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token"}
        return status, json.dumps({**json.loads(body), **endpoints}).encode()

    def redirect(self, path: str) -> str | None:
        """Let in who is sent here, and send them back with a code."""
        if not path.startswith("/authorize?"):
            return None
        asked = dict(parse_qsl(urlsplit(path).query))
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        answer = {"error": self.refusal} if self.refusal else {"code": code}
        return f"{asked['redirect_uri']}?{urlencode({**answer, 'state': self.state or asked['state']})}"

    def redeem(self, form: str) -> tuple[int, bytes]:
        """Give tokens for a code, once, to who can prove to have asked for it."""
        given = dict(parse_qsl(form))
        asked = self._codes.pop(given["code"], None)
        digest = base64.urlsafe_b64encode(sha256(given["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or digest != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        ends = int(time()) + self.lasts
        identity = self.token(aud=CLIENT, nonce=self.nonce or asked["nonce"], exp=ends, iat=int(time()), scope=None)
        tokens: dict[str, Any] = {
            "access_token": self.token(scope=ALLOWED, exp=ends),
            "id_token": identity,
            "token_type": "Bearer",
        }
        return 200, json.dumps(tokens).encode()
