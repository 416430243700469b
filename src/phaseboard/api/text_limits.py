"""Texts that callers send: bounded, and free of what does not belong in a text."""

from collections.abc import Mapping

KEY_LIMIT = 200
REASON_LIMIT = 1_000
MESSAGE_LIMIT = 2_000
URL_LIMIT = 2_000


class InvalidTexts(Exception):
    """Some texts of an input cannot be taken; `faults` has a message for each such field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults.items()))
        self.faults = faults


def check_texts(texts: Mapping[str, tuple[str | None, int]]) -> None:
    """Raise InvalidTexts naming every field whose text is empty, longer than its limit, or holds control characters."""
    found = ((field, text_fault(text, limit)) for field, (text, limit) in texts.items())
    if faults := {field: fault for field, fault in found if fault}:
        raise InvalidTexts(faults)


def check_report(external_url: str | None, message: str | None) -> None:
    """Raise InvalidTexts unless what a report carries can be shown."""
    check_texts({"message": (message, MESSAGE_LIMIT), "externalUrl": (external_url, URL_LIMIT)})
    if external_url and (not external_url.startswith(("http://", "https://")) or any(map(str.isspace, external_url))):
        raise InvalidTexts({"externalUrl": "This is no web address: it has to begin with http:// or https://."})


def text_fault(text: str | None, limit: int) -> str | None:
    """Return what is wrong with a text, None when nothing is or there is none."""
    if text is None:
        return None
    if not text.strip():
        return "This is empty: leave it out, or write something."
    if len(text) > limit:
        return f"This has {len(text)} characters; at most {limit} are taken."
    if any(not (char.isprintable() or char in "\r\n\t") for char in text):
        return "This holds control characters: remove them."
    return None
