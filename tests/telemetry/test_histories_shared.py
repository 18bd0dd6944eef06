"""The histories of the shared set, every entry by hand: they are short and have no twin."""

from pathlib import Path

import pytest

from ttpline.telemetry.base import readers
from ttpline.testing.reading import Reading, reading_of


def history(shared: Path, name: str, format: str) -> Reading:
    data = (shared / "telemetry" / "history" / name).read_bytes()
    reading = reading_of(readers().get(format), data)
    assert reading.error is None and not reading.skipped.total
    return reading


def told(reading: Reading) -> list[tuple[str | None, str]]:
    return [(None if event.time is None else event.time[:19], event.command_line) for event in reading.events]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("plaso-bash_history", "bash-history"),
        ("plaso-fish_history", "fish-history"),
        ("plaso-zsh_extended_history.txt", "zsh-history"),
        ("plaso-powershell_transcript.txt", "powershell-transcript"),
    ],
)
def test_history_is_recognised_by_its_content_alone(shared: Path, name: str, format: str) -> None:
    head = (shared / "telemetry" / "history" / name).read_bytes()
    sure = {one: readers().get(one).sniff(head) for one in readers().names()}
    assert [one for one, sureness in sure.items() if sureness] == [format]


def test_plain_history_is_likely_bash_as_all_its_lines_are_typed_commands(shared: Path) -> None:
    head = (shared / "telemetry" / "history" / "bash_plain").read_bytes()
    sure = {one: readers().get(one).sniff(head) for one in readers().names()}
    assert {one: sureness for one, sureness in sure.items() if sureness} == {"bash-history": 0.55}


def test_plain_bash_history_has_an_entry_a_line_and_its_comment_is_one(shared: Path) -> None:
    lines = (shared / "telemetry" / "history" / "bash_plain").read_text().splitlines()
    reading = history(shared, "bash_plain", "bash-history")
    assert told(reading) == [(None, line) for line in lines if line]
    assert any(line.startswith("#") for line in lines)
    assert [event.source.record for event in reading.events] == [at for at, line in enumerate(lines, 1) if line]


def test_stamped_bash_history_joins_what_stands_between_two_stamps(shared: Path) -> None:
    assert told(history(shared, "plaso-bash_history", "bash-history")) == [
        ("2013-10-01T12:36:17", "/usr/lib/plaso"),
        ("2013-10-01T12:36:18", "/bin/bash"),
        ("2013-10-01T12:36:19", "/usr/local/bin/splunk -p 8080"),
        ("2021-06-10T22:30:36", 'binary argument1 "--params=\\\nparam1=foo,\nparam2=bar\n" argument2'),
    ]


def test_fish_history(shared: Path) -> None:
    assert told(history(shared, "plaso-fish_history", "fish-history")) == [
        ("2021-04-29T22:53:00", "ll"),
        ("2021-04-29T22:53:02", "la"),
        ("2021-04-29T22:53:24", "mkdir test"),
        ("2021-04-29T22:53:32", "cp *.txt test"),
        ("2021-04-29T22:53:37", "cd test"),
        ("2021-04-29T22:54:18", "rm -rf test"),
        ("2021-05-03T08:20:14", "clear"),
        ("2021-05-03T19:08:19", "pwd"),
        ("2021-07-11T02:58:01", "git clone git@github.com:log2timeline/plaso.git"),
        ("2021-07-11T02:58:35", "cd plaso"),
    ]


def test_zsh_history_takes_back_the_backslash_that_zsh_wrote_and_no_other(shared: Path) -> None:
    """``savehistfile`` puts a backslash before a line end, ``readhistline`` takes one away: the other was typed."""
    assert told(history(shared, "plaso-zsh_extended_history.txt", "zsh-history")) == [
        ("2016-03-12T08:26:50", "cd plaso"),
        ("2016-03-12T08:26:52", "ls"),
        ("2016-03-26T11:54:53", "echo dfgdfg \\\n& touch /tmp/afile"),
        ("2016-03-26T11:54:57", "PYTHONPATH=. ./runtests.py"),
    ]


def test_powershell_transcript(shared: Path) -> None:
    reading = history(shared, "plaso-powershell_transcript.txt", "powershell-transcript")
    program = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
    assert told(reading) == [("2022-07-21T02:37:49", program), ("2022-07-21T02:37:49", "whoami")]
    for event in reading.events:
        assert (event.host, event.user, event.pid) == ("MSEDGEWIN10", r"MSEDGEWIN10\IEUser", 6456)
        assert event.platform == "windows"
    assert reading.events[1].cwd == r"C:\Windows\system32"
