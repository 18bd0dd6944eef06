"""A hint may only say no where its kind of layer finds nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.commands._decoding import encoded_command, posix_expansions, posix_pipelines, posix_words, script_calls
from ttpline.commands._decoding.base import LayerKind, Passage, Work
from ttpline.commands._decoding.posix_hints import has_only_whole_quotes, without_quotes
from ttpline.commands.decode import decode

LAYERS = {
    "pipelines": posix_pipelines.LAYER,
    "nested": posix_expansions.NESTED,
    "encoded": encoded_command.LAYER,
    "calls": script_calls.LAYER,
}
PIECES = (
    *(
        "cat",
        "sh",
        "bash -c",
        "echo",
        "base64 -d",
        "python3 -c",
        "powershell -enc",
        "sudo",
        "whoami",
        "pa",
        "xxd -r -p",
    ),
    *("/etc/passwd", "aWQ=", "d2hvYW1pIC1hIC1i", "dwBoAG8AYQBtAGkA", "\\x69\\x64", "$x", "${x}", "$@", "$IFS", "x=sh;"),
    *(" ", " ", "\t", "\n", "'", '"', "\\", "`", "$(", ")", "(", "|", ";", "&&", "<", ">", "<<", "<(", "#", "=", "%"),
    *("'a'", '"b"', "''", '""', "'+'", "chr(105)", "\xa0", "é", ".", "/", "-"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def found_by(layer: LayerKind, text: str) -> list[object]:
    def inner(text: str, dialect: object, is_code: bool) -> list[tuple[str, str]]:
        return [("inner", "decoded")] if decode(text).layers else []

    return list(layer.find(Passage(text, Work(1_000_000), inner)))


@pytest.mark.parametrize("name", LAYERS)
@given(text=texts)
def test_where_a_hint_says_no_nothing_is_found(name: str, text: str) -> None:
    if not LAYERS[name].hint(text):
        assert not found_by(LAYERS[name], text)


@given(text=texts)
def test_no_word_is_in_pieces_where_quotes_are_whole(text: str) -> None:
    if has_only_whole_quotes(text):
        assert not found_by(posix_words.LAYER, text)


@pytest.mark.parametrize(
    "text",
    ["echo 'a b' \"c d\"", "grep -r 'x' .", 'ls; echo "$HOME/x" | cat', "find . -name '*.c' \\;", "(echo 'x')", ""],
)
def test_quotes_around_whole_words(text: str) -> None:
    assert has_only_whole_quotes(text)


@pytest.mark.parametrize(
    "text",
    ["c''at x", "w'ho'ami", "a\\b", "a\\\n'b'", "$'x'", "$x'y'", "${x}", "$IFS", "'open", "`x`", "x # it's", "<<'E'"],
)
def test_what_may_be_in_pieces(text: str) -> None:
    assert not has_only_whole_quotes(text)


def test_what_words_say_without_quotes() -> None:
    assert without_quotes("c''at \"x\"") == "cat x"
    assert without_quotes("cat $x") is None
