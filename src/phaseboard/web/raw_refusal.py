"""Refusals of what never became a request: whole answers as bytes, written before there is an application to ask."""

import json


def raw_refusal(status: bytes, message: str) -> bytes:
    """Return an answer that is the last of its connection."""
    body = json.dumps({"errors": [{"message": message}]}).encode()
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(body)) + body


TOO_LATE = raw_refusal(b"408 Request Timeout", "The request took too long to become whole.")
MALFORMED = raw_refusal(b"400 Bad Request", "This is no request of HTTP/1.1.")
TOO_LARGE = b"431 Request Header Fields Too Large"
