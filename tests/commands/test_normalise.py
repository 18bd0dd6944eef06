"""One form for what was logged in several."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands.normalise import SCORED_CHARACTERS, is_cut, model_text, model_texts, normalise, normalised_text
from ttpline.commands.tokens import tokenise

ANY = st.text(max_size=50)


@pytest.mark.parametrize(
    ("logged", "text"),
    [
        ("cat\0/etc/passwd\0", "cat /etc/passwd"),
        ("  ls \n", "ls"),
        ("echo 'a  b'", "echo 'a  b'"),
        ("\u00a0x", "\u00a0x"),
        ("\0\0", ""),
        ("", ""),
    ],
)
def test_boundaries_and_ends_are_normalised_and_nothing_else(logged: str, text: str) -> None:
    command = normalise(logged)
    assert (command.text, command.original) == (text, logged)


@given(ANY)
@settings(deadline=None)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalised_text(text)
    assert normalised_text(once) == once
    assert model_text(model_text(text)) == model_text(text)
    assert model_text(once) == model_text(text)


def test_a_long_command_is_cut_and_says_so() -> None:
    command = normalise("x " * SCORED_CHARACTERS)
    assert len(command.text) == SCORED_CHARACTERS - 1  # the blank at the cut goes too
    assert is_cut(command)
    assert not is_cut(normalise("x" * SCORED_CHARACTERS + "  "))
    assert normalised_text(command.text) == command.text


def test_models_see_what_files_can_hold() -> None:
    assert model_text("a\udcffb\ud800") == "a\U0010ffffb\ufffd"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=6))
@settings(deadline=None)
def test_a_column_is_normalised_as_its_rows_up_to_blanks_at_the_ends(texts: list[str]) -> None:
    column = model_texts(pl.Series(texts, dtype=pl.String)).to_list()
    assert [tokenise(text) for text in column] == [tokenise(model_text(text)) for text in texts]
    assert [text.split() for text in column] == [model_text(text).split() for text in texts]


def test_a_long_row_of_a_column_is_cut_and_a_null_is_empty() -> None:
    column = model_texts(pl.Series(["a" * (SCORED_CHARACTERS + 5), None, "b"]))
    assert column.str.len_chars().to_list() == [SCORED_CHARACTERS, 0, 1]
