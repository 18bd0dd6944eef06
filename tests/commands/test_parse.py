"""What holds for every command line that is parsed, whatever is in it."""

import re
import shlex
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands._parse_cmd import read_argv
from ttpline.commands.dialect import Dialect
from ttpline.commands.parse import MAX_DEPTH, MAX_PARTS, parse, shell_of
from ttpline.domain.parsed import ParsedCommand, SimpleCommand, Word

_PLAIN = re.compile(r"[A-Za-z0-9_./-]+").fullmatch

HOSTILE = st.text("abc -/\\'\"`$(){}[];|&<>\n\t%^@#=,:.*~+!0é\x00", max_size=60)
_UNIT_TEXT = (
    '( $( a"_ {_ `" if_ if_( <<a_ <<a\n a; ${ a( "${ case_x_in_ "$( [[_ @{ try_{ foreach_($a_in_ for_'
    "/f_%i_in_(' if_exist_\" %a \\\" \"_\\ sh_-c_ sudo_ cmd_/c_ ' powershell_-c_ iex_' a| env_-S_ python_"
    "-c_ os.system(' eval_ a&"
)
"""What is repeated to look for time that is not linear; ``_`` stands for a blank."""

_FRAGMENT_TEXT = (
    "sudo |sh -c |cmd /c |powershell -c |ssh h |find . -exec |xargs |eval |iex |for |in |do |done|ca"
    "se |esac|if |fi|$(|`|)|'|\"|\\\"|{|}|<<E\n|E\n|;|&&|a |-x |/c |start |foreach ($a in |@{|@'\n|'@|wmic"
    " process call create |python -c |os.system('|osascript -e |do shell script |docker run |env -S "
    "|trap |Start-Process |%a%|^|'command='"
)
"""Pieces of commands, between bars."""

FRAGMENTS = _FRAGMENT_TEXT.split("|")
COMPOSED = st.lists(
    st.sampled_from(FRAGMENTS),
    max_size=25,
).map("".join)


def _words(part: SimpleCommand) -> list[Word]:
    return [
        part.program_word,
        *part.arguments,
        *part.assignments,
        *(redirection.target for redirection in part.redirections),
    ]


def _check(parsed: ParsedCommand) -> None:
    length = len(parsed.text)
    assert len(parsed.parts) <= MAX_PARTS
    for part in parsed.parts:
        assert 0 <= part.span[0] <= part.span[1] <= length
        assert part.depth <= 2 * MAX_DEPTH + 1
        assert len(part.wrappers) <= part.depth
        assert part.program == part.program.lower()
        for word in _words(part):
            start, end = word.span
            assert 0 <= start <= end <= length
            if _PLAIN(parsed.text[start:end]):
                assert parsed.text[start:end] == word.text


@given(st.one_of(HOSTILE, COMPOSED), st.sampled_from([None, *Dialect]), st.sampled_from([None, "windows", "linux"]))
@settings(deadline=None, max_examples=800)
def test_any_text_gives_parts_with_spans_inside_it(text: str, dialect: Dialect | None, platform: str | None) -> None:
    _check(parse(text, dialect, platform=platform))


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20), min_size=1))
@settings(deadline=None, max_examples=600)
def test_a_quoted_argv_is_read_back_exactly(argv: list[str]) -> None:
    text = shlex.join(["./prog", *argv])
    parsed = parse(text, Dialect.POSIX)
    assert [word.text for word in parsed.parts[0].arguments] == argv
    assert all(word.is_exact for word in parsed.parts[0].arguments)
    assert len(parsed.parts) == 1 and not parsed.is_damaged
    for word, argument in zip(parsed.parts[0].arguments, argv, strict=True):
        assert shlex.split(text[slice(*word.span)]) == [argument]


@given(st.lists(st.text("ab -;|&'\"$\\", min_size=1, max_size=12), min_size=1, max_size=4))
@settings(deadline=None, max_examples=400)
def test_a_command_inside_a_shell_is_the_command_itself(argv: list[str]) -> None:
    inner = shlex.join(["./prog", *argv])
    text = shlex.join(["sh", "-c", inner])
    outer, part = parse(text, Dialect.POSIX).parts
    assert outer.program == "sh" and part.wrappers == ("sh",) and part.depth == 1
    assert [word.text for word in part.arguments] == argv


@given(st.lists(st.text("ab -;|&'\"$\\", max_size=12), max_size=5))
@settings(deadline=None, max_examples=400)
def test_a_windows_argv_is_read_back_exactly(argv: list[str]) -> None:
    drafts, is_damaged = read_argv(subprocess.list2cmdline(["prog", *argv]))
    assert [token.text for token in drafts[0].words[1:]] == argv
    assert not is_damaged


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    "unit",
    _UNIT_TEXT.split(" "),
)
def test_time_is_linear_in_the_text(unit: str, dialect: Dialect) -> None:
    text = unit.replace("_", " ") * (20_000 // len(unit))
    began = time.process_time()
    _check(parse(text, dialect))
    assert time.process_time() - began < 3  # quadratic would be minutes


def test_what_is_nested_too_deep_is_left_out_and_said() -> None:
    parsed = parse("sudo " * 40 + "id", Dialect.POSIX)
    assert parsed.is_damaged
    assert max(part.depth for part in parsed.parts) == MAX_DEPTH


def test_only_so_many_parts_are_made() -> None:
    parsed = parse("a;" * (MAX_PARTS + 5), Dialect.POSIX)
    assert len(parsed.parts) == MAX_PARTS and parsed.is_damaged


def test_words_are_slices_of_the_text_through_every_wrapper() -> None:
    text = 'sudo sh -c "ssh h \'cat \\"/etc/shadow\\"\'"'
    cat = parse(text).parts[-1]
    assert cat.program == "cat" and cat.wrappers == ("sudo", "sh", "ssh")
    assert text[slice(*cat.arguments[0].span)] == '\\"/etc/shadow\\"'
    assert text[slice(*cat.program_word.span)] == "cat"
    assert text[slice(*cat.span)] == 'cat \\"/etc/shadow\\"'


def test_what_only_the_shell_knows_is_not_exact() -> None:
    part = parse("cp $a *.txt ~/b ${c} $(d) 'e*' \"f\" g{1,2}", Dialect.POSIX).parts[0]
    assert [word.is_exact for word in part.arguments] == [False, False, False, False, False, True, True, False]


@pytest.mark.parametrize(
    ("text", "platform", "dialect"),
    [
        (r"reg query HKLM\SOFTWARE", None, Dialect.CMD),
        (r"copy a.txt \\192.0.2.1\c$\b", None, Dialect.CMD),
        ("net user /domain", None, Dialect.CMD),
        ("date +%Y%m%d", None, Dialect.POSIX),
        ("curl -u 'corp\\user:pw' http://192.0.2.1", "linux", Dialect.POSIX),
        ("$a = 1; $a.b()", None, Dialect.POWERSHELL),
        ("npm install", "windows", Dialect.CMD),
        ("npm run $x", "windows", Dialect.POWERSHELL),
        ("cmd /c Get-Process", None, Dialect.CMD),
        ("type ls", None, Dialect.POSIX),
        ("find / -name x", None, Dialect.POSIX),
        ("sort /etc/passwd", None, Dialect.POSIX),
    ],
)
def test_the_grammar_follows_text_and_platform(text: str, platform: str | None, dialect: Dialect) -> None:
    assert shell_of(text, platform) is dialect


def test_parsing_twice_gives_the_same() -> None:
    text = "sudo sh -c 'a | b $(c)' > d"
    assert parse(text) == parse(text)
