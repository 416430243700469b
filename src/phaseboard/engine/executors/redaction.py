"""Blotting out what must not be kept: wherever a value shows up, asterisks stand for it."""

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus


class Redactor:
    """Values that never show, in none of the ways in which they may be written: as they are, in JSON or in an address.

    Blotting out keeps the length, so that a cut made later cannot miss a piece; `longest` is that of the longest form,
    in bytes.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value) if form}
        self._forms = sorted(forms, key=len, reverse=True)
        self.longest = len(self._forms[0]) if self._forms else 0

    def redact_bytes(self, data: bytes) -> bytes:
        """Return the data with asterisks for the values."""
        for form in self._forms:
            if form in data:
                data = data.replace(form, b"*" * len(form))
        return data

    def redact_text(self, text: str) -> str:
        """Return the text with asterisks for the values."""
        return self.redact_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _forms(value: str) -> Iterator[bytes]:
    yield value.encode("utf-8", "replace")
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
    yield quote(value, safe="", errors="replace").encode()
    yield quote_plus(value, errors="replace").encode()
