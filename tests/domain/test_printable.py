"""Nothing that acts on a terminal is shown, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.domain.printable import printable, unprintable
from ttpline.domain.raw_text import to_surrogates

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_the_way_back_is_exact(text: str) -> None:
    assert unprintable(printable(text)) == to_surrogates(text)


@given(ANY_TEXT)
def test_nothing_that_acts_is_left(text: str) -> None:
    shown = printable(text)
    assert not [char for char in shown if ord(char) < 32 or 0x7F <= ord(char) <= 0x9F]
    shown.encode()


@pytest.mark.parametrize("text", ["ls -la", "C:\\Windows\\System32", "日本 é 😀", "", "a\\b\\nc"])
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\u001b[31m"),
        ("a\nb", "a\\u000ab"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\udcff", "\\xff"),
        ("\U0010ffff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("\\x41", "\\\\x41"),
        ("\\\\server\\share", "\\\\\\\\server\\\\share"),
    ],
)
def test_what_acts_is_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
