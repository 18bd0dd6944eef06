"""What the readers of histories promise beyond their samples: exact escapes, bounds, zones, names."""

import io
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.columns.event_batch import BATCH_BYTES
from ttpline.errors import UsageError
from ttpline.telemetry._history.names import has_name
from ttpline.telemetry.base import TelemetryReader
from ttpline.telemetry.bash_history import READER as BASH
from ttpline.telemetry.fish_history import READER as FISH
from ttpline.telemetry.fish_history import unescaped
from ttpline.telemetry.powershell_history import READER as POWERSHELL
from ttpline.telemetry.powershell_transcript import PowershellTranscriptReader
from ttpline.telemetry.zsh_history import READER as ZSH
from ttpline.telemetry.zsh_history import unmetafied
from ttpline.testing.reading import Reading, reading_of

STARS = "*" * 22
typed = st.lists(
    st.one_of(
        st.sampled_from(["\\", "\n", " ", ":", "é", "`", "#", "a", ";", "n", "- cmd: "]), st.characters(codec="utf-8")
    ),
    min_size=1,
    max_size=12,
).map("".join)


def metafied(raw: bytes) -> bytes:
    """As zsh writes: NUL and 0x83 to 0xA2 are its own tokens."""
    out = bytearray()
    for byte in raw:
        out += bytes([0x83, byte ^ 0x20]) if byte == 0 or 0x83 <= byte <= 0xA2 else bytes([byte])
    return bytes(out)


def zsh_written(command: str) -> bytes:
    """As ``savehistfile`` writes one entry."""
    raw = metafied(command.encode()).replace(b"\n", b"\\\n")
    bare = raw.rstrip(b" ")
    return b": 1767323045:0;" + raw + (b" " if bare.endswith(b"\\") else b"") + b"\n"


def commands(reading: Reading) -> list[str]:
    return [event.command_line for event in reading.events]


@given(st.binary(max_size=300))
def test_zsh_bytes_are_given_back(raw: bytes) -> None:
    assert unmetafied(metafied(raw)) == raw


@settings(deadline=None)
@given(st.lists(typed, min_size=1, max_size=5))
def test_zsh_history_is_read_as_it_was_typed(entries: list[str]) -> None:
    kept = [entry for entry in entries if is_ordinary(entry) and entry.strip()]
    data = b"".join(map(zsh_written, kept))
    assert commands(reading_of(ZSH, data)) == kept


def is_ordinary(entry: str) -> bool:
    """CR before a line end is taken for a line end's, NUL for that of a crash; noncharacters stand for bytes."""
    return not any(char in "\r\0" or ord(char) >= 0x10FF80 for char in entry)


@given(st.binary(max_size=300))
def test_fish_escapes_are_given_back(raw: bytes) -> None:
    assert unescaped(raw.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")) == raw


@settings(deadline=None)
@given(st.lists(typed, min_size=1, max_size=5))
def test_fish_history_is_read_as_it_was_typed(entries: list[str]) -> None:
    kept = [entry for entry in entries if is_ordinary(entry) and entry.strip()]
    escaped = [entry.replace("\\", "\\\\").replace("\n", "\\n") for entry in kept]
    data = "".join(f"- cmd: {entry}\n  when: 1767323045\n" for entry in escaped).encode()
    assert commands(reading_of(FISH, data)) == kept


@settings(deadline=None)
@given(st.lists(typed, min_size=1, max_size=5))
def test_powershell_history_is_read_as_it_was_typed(entries: list[str]) -> None:
    """A command that ends in a backtick cannot be told from one that goes on: PSReadLine itself joins it."""
    kept = [entry for entry in entries if is_ordinary(entry) and entry.strip("\n `") == entry and entry.strip()]
    data = "".join(entry.replace("\n", "`\n") + "\r\n" for entry in kept).encode()
    assert commands(reading_of(POWERSHELL, data)) == kept


def test_entry_that_the_end_of_the_file_cuts_is_not_complete() -> None:
    for reader, data in ((ZSH, b": 1767323045:0;for f in *; do\\\n"), (POWERSHELL, b"Get-Item |`\n")):
        (event,) = reading_of(cast(TelemetryReader, reader), data).events
        assert not event.complete


def test_entry_past_the_bound_is_counted_and_the_next_is_read() -> None:
    line = b"x" * 1000
    cases: dict[TelemetryReader, bytes] = {
        BASH: b"#1767323045\n" + (line + b"\n") * 1100 + b"#1767323046\nid\n",
        ZSH: b": 1767323045:0;" + (line + b"\\\n") * 1100 + b"\n: 1767323046:0;id\n",
        POWERSHELL: (line + b"`\n") * 1100 + b"end\nid\n",
    }
    for reader, data in cases.items():
        reading = reading_of(reader, data)
        assert commands(reading) == ["id"]
        assert dict(reading.skipped.counts) == {"entry of more than 1 MiB": 1}


def test_nuls_of_a_crash_are_no_part_of_a_command() -> None:
    (event,) = reading_of(BASH, b"\0\0\0\nid\0\0\n").events
    assert (event.command_line, event.source.offset, event.source.length) == ("id", 4, 2)


def test_stray_line_of_fish_history_is_counted() -> None:
    reading = reading_of(FISH, b"- cmd: id\n  when: 1767323045\nwhat is this\n- cmd: ls\n")
    assert commands(reading) == ["id", "ls"]
    assert reading.skipped.total == 1


def transcript(*lines: str, machine: str = "WS-17 (Microsoft Windows NT 10.0.19045.0)") -> bytes:
    head = [STARS, "title", "Start time: 20260702030405", "Username: EXAMPLE\\a", "RunAs User: EXAMPLE\\a",
            f"Machine: {machine}", "Host Application: powershell.exe", "Process ID: 5",
            "PSVersion: 5.1", STARS]  # fmt: skip
    return "\r\n".join([*head, *lines, ""]).encode()


def test_times_of_a_transcript_are_in_the_zone_that_is_said() -> None:
    reader = PowershellTranscriptReader(tz="Europe/Prague")
    (event,) = reading_of(reader, transcript()).events
    assert event.time == "2026-07-02T01:04:05.000000Z"
    with pytest.raises(UsageError):
        PowershellTranscriptReader(tz="Nowhere/Land")


def test_output_is_no_command() -> None:
    reader = PowershellTranscriptReader()
    data = transcript("PS C:\\> ls", "PS is a name > b", ">> not a command", STARS, "a banner", STARS, "PS C:\\> id")
    assert commands(reading_of(reader, data)) == ["powershell.exe", "ls", "id"]


def test_line_behind_a_prompt_goes_on_with_two_marks_only() -> None:
    reader = PowershellTranscriptReader()
    data = transcript("PS C:\\> if (1) {", ">>  'x'", ">> }", "x", ">> no more")
    assert commands(reading_of(reader, data)) == ["powershell.exe", "if (1) {\n 'x'\n}"]


def test_the_same_transcript_twice_is_told_once() -> None:
    reader = PowershellTranscriptReader()
    data = transcript("PS C:\\> id", "PS C:\\> id")
    reading = reading_of(reader, data + data)
    assert commands(reading) == ["powershell.exe", "id", "id"]
    assert dict(reading.skipped.counts) == {"the same event again": 3}


def test_header_of_hostile_length_ends_in_time() -> None:
    long = "Machine: a (" + "1.1" * 50_000
    reading = reading_of(PowershellTranscriptReader(), transcript("PS C:\\> id", machine=long))
    assert commands(reading)[-1] == "id"


def test_transcript_before_powershell_5_is_read() -> None:
    lines = [STARS, "Windows PowerShell transcript start", "Start time: 20160102030405", "Username  : EXAMPLE\\a ",
             "Machine\t  : WS-2 (Microsoft Windows NT 6.1.7601 Service Pack 1) ", STARS, "PS C:\\>whoami"]  # fmt: skip
    (event,) = reading_of(PowershellTranscriptReader(), io.BytesIO("\r\n".join(lines).encode())).events
    assert (event.command_line, event.host, event.user) == ("whoami", "WS-2", "EXAMPLE\\a")


@pytest.mark.parametrize("name", ["x/.bash_history", "bash_history.2", "a-bash_history.bak", "BASH_HISTORY.txt.gz"])
def test_gathered_names_are_known(name: str) -> None:
    assert has_name(name, "bash_history")


@pytest.mark.parametrize("name", ["bash_history/x", "bash_history.sh", "bash_historyX", "xbash_history", ""])
def test_other_names_are_not(name: str) -> None:
    assert not has_name(name, "bash_history")


def test_hostile_name_is_looked_at_in_time() -> None:
    assert not has_name("bash_history" + "-1" * 121 + "x", "bash_history")


def test_long_commands_make_batches_of_few() -> None:
    line = b"echo " + b"x" * 500_000 + b"\n"
    log = b"".join(b"#17180000%02d\n" % number + line for number in range(80))
    batches = list(BASH.read(io.BytesIO(log), "h"))
    assert sum(batch.frame.height for batch in batches) == 80
    assert all(batch.frame.height * len(line) <= 1.2 * BATCH_BYTES for batch in batches)
