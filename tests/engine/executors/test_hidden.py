import json
from urllib.parse import quote

import pytest

from phaseboard.engine.executors.hidden import Hidden


def test_blotting_out_keeps_the_length() -> None:
    hidden = Hidden(["secret", ""])
    assert hidden.in_data(b"a secret, a secret") == b"a ******, a ******"
    assert hidden.in_text("größer: secret") == "größer: ******"
    assert (hidden.longest, Hidden([]).longest, Hidden([""]).in_text("all")) == (6, 0, "all")


def test_a_value_within_another_hides_no_less() -> None:
    assert Hidden(["abcdef", "abcdefgh"]).in_text("abcdefgh abcdef") == "******** ******"


@pytest.mark.parametrize("value", ['pass"word\\', "ünïcode key", "a+b/c=d e"])
def test_a_value_is_known_however_it_is_written(value: str) -> None:
    hidden = Hidden([value])
    forms = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe=""))
    for form in forms:
        assert set(hidden.in_text(form)) == {"*"}
