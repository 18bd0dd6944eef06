"""Lines in blocks: every byte has its place, whatever the block, the mark or the length."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.telemetry import _lines
from ttpline.telemetry._lines import LineBlock, LongLine, head_text, line_blocks

Line = tuple[int, bytes, int, int]
"""Record, content, offset, length."""


def lines_of(data: bytes, max_line: int = 100) -> tuple[list[Line], list[LongLine]]:
    short: list[Line] = []
    long: list[LongLine] = []
    for item in line_blocks(io.BytesIO(data), max_line=max_line):
        if isinstance(item, LineBlock):
            places = zip(item.records.tolist(), item.lines, item.offsets.tolist(), item.lengths.tolist(), strict=True)
            short.extend(places)
        else:
            long.append(item)
    return short, long


pieces = st.lists(
    st.one_of(st.binary(max_size=30), st.sampled_from([b"\n", b"\r\n", b"\r", b"x" * 200, b"\n\n\n"])), max_size=40
).map(b"".join)


@settings(max_examples=200)
@given(data=pieces, block=st.integers(1, 64))
def test_lines_and_places_are_those_of_a_plain_split(data: bytes, block: int) -> None:
    data = b"#" + data  # no mark at the start
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    before = _lines.BLOCK_BYTES
    _lines.BLOCK_BYTES = block
    try:
        short, long = lines_of(data)
    finally:
        _lines.BLOCK_BYTES = before
    found = {record: content for record, content, _, _ in short}
    assert sorted([*found, *(line.record for line in long)]) == list(range(1, len(expected) + 1))
    assert all(content == expected[record - 1] for record, content in found.items())
    assert all(data[offset : offset + length] == content.removesuffix(b"\r") for _, content, offset, length in short)
    for line in long:
        assert data[line.offset : line.offset + line.length] == expected[line.record - 1]
        assert line.length > 100


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_lines_are_utf8_with_places_in_the_input(codec: str) -> None:
    mark = "\ufeff".encode(codec)
    data = mark + "id\r\n\r\nécho \U0001f600\nend".encode(codec)
    short, _ = lines_of(data)
    assert [content.decode() for _, content, _, _ in short] == ["id\r", "\r", "écho \U0001f600", "end"]
    for _, content, offset, length in short:
        assert data[offset : offset + length].decode(codec) == content.decode().removesuffix("\r")


def test_utf16_character_that_holds_a_newline_byte_ends_no_line() -> None:
    data = b"\xff\xfe" + "aਊb\n".encode("utf-16-le")  # U+0A0A
    assert [content.decode() for _, content, _, _ in lines_of(data)[0]] == ["aਊb"]


def test_utf16_that_breaks_off_is_marked() -> None:
    whole, broken = line_blocks(io.BytesIO(b"\xff\xfei\0d\0\n\0l"))
    assert isinstance(whole, LineBlock) and isinstance(broken, LineBlock)
    assert (whole.lines, whole.damaged) == ([b"id"], frozenset())
    assert (broken.lines, broken.damaged) == (["\ufffd".encode()], frozenset({0}))


def test_utf16_line_past_the_bound_is_streamed_past() -> None:
    data = b"\xff\xfe" + ("x" * 300 + "\nid\n").encode("utf-16-le")
    short, long = lines_of(data)
    assert [content for _, content, _, _ in short] == [b"id"]
    assert (long[0].record, long[0].offset, long[0].length) == (1, 2, 600)


def test_ten_megabytes_without_a_line_end_are_one_long_line() -> None:
    short, long = lines_of(b"id\n" + b"A" * 10_000_000 + b"\nls\n" + b"B" * 10_000_000, max_line=1 << 20)
    assert [(record, content) for record, content, _, _ in short] == [(1, b"id"), (3, b"ls")]
    assert [(line.record, line.length) for line in long] == [(2, 10_000_000), (4, 10_000_000)]
    assert long[0].sample == "A" * _lines.SAMPLE_BYTES


def test_lines_after_a_long_one_at_the_end_are_not_lost() -> None:
    short, _ = lines_of(b"A" * 5_000_000 + b"\na\nb\nc")
    assert [content for _, content, _, _ in short] == [b"a", b"b", b"c"]


def test_blocks_are_bounded_in_rows() -> None:
    blocks = [block for block in line_blocks(io.BytesIO(b"\n" * 200_000)) if isinstance(block, LineBlock)]
    assert max(len(block.lines) for block in blocks) <= 65_536
    assert [block.first_record for block in blocks] == [1, 65_537, 131_073, 196_609]
    assert all(int(one.offsets[-1]) < int(two.offsets[0]) for one, two in pairwise(blocks))


def test_mark_alone_is_no_line() -> None:
    assert lines_of(b"\xef\xbb\xbf") == ([], [])
    assert lines_of(b"\xff\xfe") == ([], [])


def test_head_is_text_whatever_its_mark() -> None:
    assert head_text(b"\xef\xbb\xbfid") == head_text(b"\xff\xfei\0d\0") == head_text(b"id") == "id"
