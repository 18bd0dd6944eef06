"""Commands that a split must keep together."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.datasets.near_duplicates import inseparable, masked_tokens, overlapping, similarity_key, similarity_keys
from ttpline.domain.labelled import LabelledCommand


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ping 192.0.2.1", "ping 198.51.100.77"),
        ("cat /etc/passwd", "cat /var/log/app/error.log"),
        ("curl http://example.com/a.sh", "curl https://198.51.100.4:8080/b?c=d"),
        (r"copy C:\Temp\a.txt C:\Users\b", r"COPY D:\x\y.txt E:\z"),
        ("sleep 10", "sleep 3600"),
        ("kill -9  1234", 'kill "-9" 77'),
        (r"type %TEMP%\a.log", r"type %APPDATA%\x\b.log"),
    ],
)
def test_commands_that_differ_in_paths_addresses_or_numbers_are_near_duplicates(one: str, other: str) -> None:
    assert similarity_key(one) == similarity_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat /etc/passwd", "less /etc/passwd"),
        ("/usr/bin/cat /etc/passwd", "/usr/bin/nc /etc/passwd"),
        ("schtasks /create /tn a", "schtasks /query /tn a"),
        (r"reg query HKLM\SAM", r"reg query HKLM\Software\Run"),
        ("ls -l", "ls -a"),
        ("git pull", "git push"),
    ],
)
def test_commands_that_do_different_things_are_not(one: str, other: str) -> None:
    assert similarity_key(one) != similarity_key(other)


def test_rows_are_tied_by_group_and_likeness_in_chains() -> None:
    rows = [
        LabelledCommand("cat /etc/passwd", "T1087", "a"),
        LabelledCommand("cat /etc/group", "T1069", "b"),
        LabelledCommand("getent group", "T1069", "b"),
        LabelledCommand("uname -a", "T1082", "c"),
    ]
    assert inseparable(rows).tolist() == [0, 0, 0, 1]


def test_no_rows_have_no_ties() -> None:
    assert inseparable([]).tolist() == []


def test_overlap_is_found_from_keys_alone() -> None:
    known = similarity_keys(["ping 192.0.2.1", "id"])
    assert known.dtype == np.uint64 and np.all(np.diff(known.astype(object)) > 0)
    assert overlapping(["ping 203.0.113.9", "whoami"], known).tolist() == [True, False]


@given(st.text(max_size=300))
def test_any_text_has_tokens_without_blanks(text: str) -> None:
    assert all(token and not token.isspace() for token in masked_tokens(text))
    assert similarity_key(text) == similarity_key(text)


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "../" * 30_000, "a@" * 40_000, "1." * 50_000, "%a" * 50_000, "::" * 50_000]
)
def test_masking_takes_time_in_proportion_to_the_text(text: str) -> None:
    start = time.perf_counter()
    masked_tokens("x " + text)
    assert time.perf_counter() - start < 1.0
