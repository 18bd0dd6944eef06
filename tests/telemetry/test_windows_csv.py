"""``windows-csv``: headers that are claimed, times of cultures, messages."""

import pytest

from ttpline.telemetry.windows_csv import BAD_TIME, READER, WindowsCsvReader
from ttpline.testing.reading import Reading, reading_of

HEADER = "EventID,TimeCreated,Computer,NewProcessName,NewProcessId,CommandLine"


def read(*rows: str, header: str = HEADER, tz: str = "UTC") -> Reading:
    return reading_of(WindowsCsvReader(tz=tz), "\r\n".join((header, *rows)).encode())


def times(*written: str, tz: str = "UTC") -> list[str | None]:
    rows = [f'4688,"{one}",h,a.exe,{at},c' for at, one in enumerate(written)]
    return [event.time[:19] if event.time else None for event in read(*rows, tz=tz).events]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T03:04:05Z", "2026-01-31T03:04:05"),
        ("1/2/2026 3:04:05 PM", "2026-01-02T15:04:05"),
        ("1/2/2026, 12:04:05.123 AM", "2026-01-02T00:04:05"),
        ("02.01.2026 03:04:05", "2026-01-02T03:04:05"),
        ("31/1/2026 03:04:05", "2026-01-31T03:04:05"),
        ("Jan 31, 2026 3:04:05 AM", "2026-01-31T03:04:05"),
        ("30/30/2026 03:04:05", None),
        ("1/2/2026 03:04:05", None),
    ],
)
def test_a_time_is_read_as_its_culture_writes_it(written: str, meant: str | None) -> None:
    assert times(written) == [meant]


def test_one_clear_day_tells_the_order_of_the_rows_after_it() -> None:
    found = times("1/2/2026 03:04:05", "13/2/2026 03:04:05", "1/2/2026 03:04:05")
    assert found == [None, "2026-02-13T03:04:05", "2026-02-01T03:04:05"]


def test_a_time_without_zone_is_in_the_one_given() -> None:
    assert times("2026-01-31 03:04:05", tz="+02:00") == ["2026-01-31T01:04:05"]


def test_a_command_without_a_time_is_kept_and_the_time_counted() -> None:
    reading = read("4688,nonsense,h,a.exe,1,c")
    assert [event.command_line for event in reading.events] == ["c"]
    assert reading.skipped.counts == {BAD_TIME: 1}


def test_a_row_of_another_width_is_counted() -> None:
    assert read("4688,x").skipped.counts == {"row of more or fewer cells than the header": 1}


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        "EventID;Computer;Image;CommandLine",
        '#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"Message","Id","ProviderName"',
        "Level,Date and Time,Source,Event ID,Task Category",
        "Timestamp,DeviceName,ActionType,ProcessCommandLine",
        "winlog.event_id,winlog.event_data.Image,winlog.event_data.CommandLine",
    ],
)
def test_tables_of_windows_events_are_claimed(header: str) -> None:
    assert READER.sniff(header.encode() + b"\r\n") == 0.95
    assert READER.sniff(header.encode("utf-16")) == 0.95


@pytest.mark.parametrize("header", ["time,command", "Computer,CommandLine", "id,message", "{", "EventID,Computer"])
def test_other_tables_are_not_claimed(header: str) -> None:
    assert READER.sniff(header.encode() + b"\r\n") == 0.0
