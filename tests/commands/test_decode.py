"""Decoding: cases as data, and what holds for any text."""

import csv
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ttpline.commands.decode import MAX_LAYERS, decode
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import DecodedCommand

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "decode.yaml").read_text("utf-8"))
CASES_ENOUGH = 150
FALSE_DECODINGS = 0.0005
"""Of ordinary commands. What is left are here texts piped into a shell and one placeholder with quotes."""

PIECES = st.sampled_from(
    [
        "'",
        '"',
        "\\",
        "$",
        "`",
        "^",
        "%",
        "!",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "|",
        "&",
        ";",
        "<",
        ">",
        "+",
        "-",
        ",",
        ".",
        "/",
        "=",
        "~",
        "#",
        "@",
        "*",
        "?",
        ":",
        "$(",
        "${",
        "$'",
        "<<<",
        "<<",
        "-enc",
        "-join",
        "-f",
        "-split",
        "-replace",
        "iex\n",
        "",
        "",
        "",
        "base64",
        "-d",
        "xxd",
        "-r",
        "-p",
        "sh",
        "bash",
        "echo",
        "printf",
        "rev",
        "tr",
        "eval",
        "set",
        "cmd",
        "/c",
        "powershell",
        "[char]",
        "105",
        "${IFS}",
        "$@",
        "\\x41",
        "\\101",
        "%a%",
        "!a!",
        "%a:~0,1%\n",
        "",
        "",
        "",
        "[Convert]::FromBase64String(",
        "'YWJj'",
        "YWJjZA==",
        "2>&1",
        "\n",
        "EOF",
        "é",
        "語",
        "a=b",
        "for",
        "do",
        "done",
        "{0}",
        "chr(",
        "b64decode(",
        "exec(",
        "New-Object",
    ]
)
HOSTILE = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=40).map("".join),
    st.lists(PIECES, max_size=40).map(" ".join),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["text"])[:60])
def test_case(case: dict[str, Any]) -> None:
    decoded = decode(case["text"])
    assert decoded.text == case["decoded"]
    assert sorted({layer.kind for layer in decoded.layers}) == case["kinds"]
    assert decoded.is_complete


def test_there_are_cases_of_every_kind_and_ordinary_ones() -> None:
    assert len(CASES) >= CASES_ENOUGH
    assert sum(not case["kinds"] for case in CASES) >= CASES_ENOUGH // 3


def replayed(decoded: DecodedCommand) -> str:
    text = decoded.original
    for layer in decoded.layers:
        start, end = layer.span
        assert text[start:end] == layer.before
        text = text[:start] + layer.after + text[end:]
    return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["text"])[:60])
def test_the_layers_lead_from_the_original_to_the_text(case: dict[str, Any]) -> None:
    decoded = decode(case["text"])
    assert replayed(decoded) == decoded.text


@settings(max_examples=400, deadline=None)
@given(HOSTILE)
@example("$(" * 3000)
@example("`" * 2001)
@example("'" * 5001)
@example("${" * 3000)
@example("(" * 5000 + "'a'+'b'")
@example("iex (" + "'a'+" * 3000 + "'b')")
@example("%a:~0,1%" * 4000)
@example("a=b;" * 4000 + "$a")
@example("w^" * 5000)
def test_any_text_is_decoded_the_same_way_twice_and_nothing_is_left_to_undo(text: str) -> None:
    decoded = decode(text)
    assert decode(text) == decoded
    assert decoded.original == text
    assert replayed(decoded) == decoded.text
    if decoded.is_complete:
        assert decode(decoded.text).text == decoded.text


@settings(max_examples=100, deadline=None)
@given(HOSTILE, st.sampled_from(Dialect))
def test_a_given_dialect_is_taken_and_nothing_is_left_to_undo(text: str, dialect: Dialect) -> None:
    decoded = decode(text, dialect)
    if decoded.is_complete:
        assert decode(decoded.text, dialect).text == decoded.text


@settings(max_examples=40, deadline=None)
@example("$a", "", 20_000)
@example("a=b;", "$a ", 20_000)
@example("$(echo ab)", "", 20_000)
@example("%a:~0,1%", "", 20_000)
@example(" -e 'do'", "", 20_000)
@given(PIECES, PIECES, st.integers(1, 20000))
def test_long_hostile_texts_end_within_the_bound_on_work(one: str, other: str, count: int) -> None:
    text = ((one + other) * count)[:60_000]
    started = time.process_time()
    decode(text)
    assert time.process_time() - started < 8  # the bound is a count; about a second here, slower machines get room


def test_a_bomb_is_not_unpacked() -> None:
    import base64
    import gzip

    packed = base64.b64encode(gzip.compress(b"a" * 10_000_000)).decode()
    command = f"echo {packed} | base64 -d | gunzip | sh"
    assert decode(command).text == command


def test_a_text_that_is_too_long_is_left_and_said_to_be_incomplete() -> None:
    text = "echo aWQ= | base64 -d | sh #" + "x" * 70_000
    assert decode(text) == DecodedCommand(text, text, is_complete=False)


def test_nesting_without_end_stops_at_a_bound_and_says_so() -> None:
    command = "id"
    for _ in range(60):
        command = "eval '" + command.replace("'", "'\\''") + "'" if len(command) < 15_000 else command
    decoded = decode(command)
    assert len(decoded.layers) <= MAX_LAYERS
    assert decoded.is_complete == (decode(decoded.text).text == decoded.text)


def test_the_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    before = decode("${HOME:0:1}bin; $EDITOR; %EDITOR:~0,1%")
    monkeypatch.setenv("HOME", "xyz")
    monkeypatch.setenv("EDITOR", "abc")
    assert decode("${HOME:0:1}bin; $EDITOR; %EDITOR:~0,1%") == before


@pytest.mark.parametrize("name", ["normal_commands.csv", "normal_scripts.csv", "normal_windows_background.csv"])
def test_ordinary_commands_of_the_shared_data_stay_as_they_are(shared: Path, name: str) -> None:
    with (shared / "data" / name).open(encoding="utf-8", newline="") as file:
        commands = [row["command"] for row in csv.DictReader(file)]
    changed = [command for command in commands if decode(command).layers]
    assert len(changed) <= FALSE_DECODINGS * len(commands), changed[:20]
