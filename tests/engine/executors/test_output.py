from phaseboard.engine.executors.output import KEPT_BYTES, KeptOutput
from phaseboard.engine.executors.redaction import Redactor

from .factory import SECRET


def kept(*pieces: bytes, limit: int = KEPT_BYTES, secret: str = SECRET) -> str:
    output = KeptOutput(Redactor([secret, "another"]), limit)
    for piece in pieces:
        output.add(piece)
    return output.text()


def test_a_short_output_is_kept_as_it_is() -> None:
    assert kept(b"one\n", b"two\n") == "one\ntwo\n"
    assert kept() == ""


def test_of_a_long_output_the_end_is_kept_and_the_cut_is_told() -> None:
    text = kept(*[b"%06d\n" % number for number in range(100_000)])
    assert text.startswith("[the end of 700000 bytes]\n")
    assert text.endswith("099998\n099999\n")
    assert KEPT_BYTES - 100 < len(text.encode()) <= KEPT_BYTES


def test_memory_stays_bounded() -> None:
    output = KeptOutput(Redactor([SECRET]))
    for _ in range(100):
        output.add(b"x" * 1_000_000)
    assert len(output._kept) <= 2 * (KEPT_BYTES + len(SECRET))


def test_broken_text_does_not_grow_over_the_limit() -> None:
    assert len(kept(b"\xff" * KEPT_BYTES).encode()) <= KEPT_BYTES


def test_no_piece_of_the_secret_shows_wherever_the_cut_falls() -> None:
    secret = "abcdefghij"
    for after in range(90, 125):
        text = kept(b"." * 100 + secret.encode() + b"." * after, limit=100, secret=secret)
        assert not set(text.partition("]")[2]) & set(secret), after


def test_a_secret_that_came_in_pieces_does_not_show() -> None:
    assert SECRET not in kept(SECRET[:7].encode(), SECRET[7:].encode())


def test_a_secret_that_control_characters_take_apart_does_not_show() -> None:
    assert SECRET not in kept(SECRET[:7].encode() + b"\x1b[0m\0" + SECRET[7:].encode())
