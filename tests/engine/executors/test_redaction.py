import json
from urllib.parse import quote

import pytest

from phaseboard.engine.executors.redaction import Redactor


def test_blotting_out_keeps_the_length() -> None:
    hidden = Redactor(["secret", ""])
    assert hidden.redact_bytes(b"a secret, a secret") == b"a ******, a ******"
    assert hidden.redact_text("größer: secret") == "größer: ******"
    assert (hidden.longest, Redactor([]).longest, Redactor([""]).redact_text("all")) == (6, 0, "all")


def test_a_value_within_another_hides_no_less() -> None:
    assert Redactor(["abcdef", "abcdefgh"]).redact_text("abcdefgh abcdef") == "******** ******"


@pytest.mark.parametrize("value", ['pass"word\\', "ünïcode key", "a+b/c=d e"])
def test_a_value_is_known_however_it_is_written(value: str) -> None:
    hidden = Redactor([value])
    forms = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe=""))
    for form in forms:
        assert set(hidden.redact_text(form)) == {"*"}
