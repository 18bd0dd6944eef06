"""What was looked at is read once, and nothing after it is lost."""

import io

import pytest

from ttpline.telemetry._peekable import Peekable


@pytest.mark.parametrize("looked", [0, 1, 3, 6, 99])
def test_all_that_is_left_is_the_head_and_the_rest(looked: int) -> None:
    stream = Peekable(io.BytesIO(b"abcdef"))
    assert stream.peek(looked)[:looked] == b"abcdef"[:looked]
    assert stream.read() == b"abcdef"
    assert stream.read() == b""


def test_pieces_after_a_look_are_in_order() -> None:
    stream = Peekable(io.BytesIO(b"abcdef"))
    stream.peek(3)
    assert list(iter(lambda: stream.read(2), b"")) == [b"ab", b"c", b"de", b"f"]
