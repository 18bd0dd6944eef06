"""Pieces that are left out are places in the text, and none is within another."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands.parse import parse
from ttpline.explain.occlusion import part_spans, without, word_spans

TEXT = st.text(alphabet="ab -/'\"|;&$()`<>\\{}\n", max_size=60)


@given(TEXT)
@settings(max_examples=200)
def test_words_do_not_overlap(text: str) -> None:
    spans = word_spans(parse(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


@given(TEXT)
@settings(max_examples=200)
def test_parts_are_places_and_never_the_whole(text: str) -> None:
    for start, end in part_spans(parse(text)):
        assert 0 <= start < end <= len(text)
        assert (start, end) != (0, len(text))


@pytest.mark.parametrize(
    ("command", "rests"),
    [
        ("cat a | nc b 1", ["nc b 1", "cat a"]),
        ("a; b && c", ["b && c", "a && c", "a; b"]),
        ("sh -c 'a && b'", ["sh -c 'b'", "sh -c 'a'"]),
        ("cat a", []),
        ("sudo rm a", []),
    ],
)
def test_a_part_is_taken_out_with_what_joins_it(command: str, rests: list[str]) -> None:
    assert [without(command, span) for span in part_spans(parse(command))] == rests


def test_a_redirection_is_one_piece() -> None:
    command = "echo a >> ~/.bashrc 2>/dev/null"
    words = [command[slice(*span)] for span in word_spans(parse(command))]
    assert words == ["echo", "a", ">> ~/.bashrc", "2>/dev/null"]
