"""What the index finds is what a search for every literal finds."""

from hypothesis import given
from hypothesis import strategies as st

from ttpline.commands._meaning.literal_index import LiteralIndex

LETTERS = st.sampled_from(["a", "b", "ab", "/", ".", "é", "😀", "\udc80", "\n"])
TEXTS = st.lists(LETTERS, max_size=24).map("".join)
LITERALS = st.lists(LETTERS.filter(lambda letter: letter != "\udc80"), min_size=1, max_size=9).map("".join)


@given(st.lists(LITERALS, max_size=12), st.lists(LITERALS, max_size=12), TEXTS)
def test_all_literals_in_a_text_are_found_at_their_first_place(one: list[str], other: list[str], text: str) -> None:
    index = LiteralIndex(enumerate_keys(one, 0), enumerate_keys(other, len(one)))
    expected = {
        (text.find(literal), literal, key) for key, literal in enumerate([*one, *other]) if text.find(literal) >= 0
    }
    found = index.find(text)
    assert set(found) == expected
    assert len(found) == len(expected)


@given(LITERALS, TEXTS, TEXTS)
def test_a_literal_is_found_wherever_it_stands(literal: str, before: str, after: str) -> None:
    assert [found[1:] for found in LiteralIndex([(literal, 7)]).find(before + literal + after)] == [(literal, 7)]


def enumerate_keys(literals: list[str], first: int) -> list[tuple[str, int]]:
    return [(literal, key) for key, literal in enumerate(literals, first)]
