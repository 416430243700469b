"""The ring: the answers that a group remembers."""

from phaseboard.api.streams.ring import MAX_BYTES, Ring


def test_the_ring_keeps_the_newest_within_its_bounds() -> None:
    ring = Ring(floor=5, most=3)
    for number in (6, 8, 9, 12):
        ring.add(number, b"%d" % number)
    assert ring.floor == 6
    assert list(ring.above(8)) == [(9, b"9"), (12, b"12")]
    ring.add(13, b"x" * MAX_BYTES)
    assert (ring.floor, list(ring.above(12))) == (12, [(13, b"x" * MAX_BYTES)])
    ring.add(14, b"x")
    assert (ring.floor, list(ring.above(12))) == (13, [(14, b"x")])
