import pytest

from phaseboard.engine.executors.excerpt import last_line, one_line, readable


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07shell", "shell"),
        (b"a\x00b\x08c\x7f\xc2\x9bd", "abcd"),
        (b"tab\tstays", "tab\tstays"),
        (b"\xff\xfe broken", "�� broken"),
        ("right\u202eto left".encode(), "rightto left"),
        (b"unfinished \x1b]0;title", "unfinished ]0;title"),
    ],
)
def test_readable_text_has_no_control_characters(data: bytes, text: str) -> None:
    assert readable(data) == text


def test_one_line_is_short() -> None:
    assert one_line("  a\n b  c\n") == "a b c"
    assert one_line("x" * 600) == "x" * 499 + "…"
    assert len(one_line("x " * 10_000)) <= 500


def test_last_line_is_the_last_with_anything_in_it() -> None:
    assert last_line("first\nsecond\n \n\n") == "second"
    assert last_line("\n \n") == ""
