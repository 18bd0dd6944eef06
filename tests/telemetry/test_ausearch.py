"""Interpreted audit text: dates by locale, values without quotes, records in any order."""

from datetime import UTC

import pytest

from ttpline.telemetry._auditd.record_types import RecordType
from ttpline.telemetry._ausearch.dates import DateOrder
from ttpline.telemetry._ausearch.records import raw_body
from ttpline.telemetry.ausearch import AusearchReader
from ttpline.testing.reading import Reading, reading_of


def event(stamp: str, serial: int = 7, arguments: str = "argc=1 a0=id") -> str:
    head = f"msg=audit({stamp}:{serial}) : "
    return (
        f"----\ntype=EXECVE {head}{arguments} \ntype=SYSCALL {head}arch=x86_64 syscall=execve success=yes exit=0 "
        f"a0=0x1 ppid=1 pid=2 auid=unset uid=bob gid=bob euid=bob tty=pts0 ses=3 comm=id exe=/usr/bin/id key=(null) \n"
    )


def reading(text: str, *, tz: str = "UTC", day_first: bool = False) -> Reading:
    return reading_of(AusearchReader(tz=tz, day_first=day_first), text.encode("latin-1"))


def command(arguments: str) -> tuple[str, bool]:
    (found,) = reading(event("06/10/24 06:13:21.823", arguments=arguments)).events
    return found.command_line, found.complete


@pytest.mark.parametrize(
    "stamp",
    [
        "06/10/24 06:13:21.823", "06/10/2024 06:13:21.823", "2024-06-10 06:13:21.823", "2024/06/10 06:13:21.823",
        "10.06.2024 06:13:21.823", "10.06.24 06:13:21.823", "06/10/2024 06:13:21 AM.823",
    ],
)  # fmt: skip
def test_dates_of_many_locales(stamp: str) -> None:
    (found,) = reading(event(stamp)).events
    assert (found.time, found.event_id) == ("2024-06-10T06:13:21.823000Z", ":1718000001.823:7")


def test_a_part_above_12_later_in_the_file_shows_the_order_of_all() -> None:
    got = reading(event("06/10/24 06:13:21.823") + event("25/10/24 06:13:21.823", 8))
    assert [str(found.time)[:10] for found in got.events] == ["2024-10-06", "2024-10-25"]


def test_the_order_can_be_said() -> None:
    assert [str(found.time)[:10] for found in reading(event("06/10/24 06:13:21.823"), day_first=True).events] == [
        "2024-10-06"
    ]


def test_what_the_log_shows_counts_more_than_what_was_said() -> None:
    got = reading(event("06/10/24 06:13:21.823") + event("06/25/24 06:13:21.823", 8), day_first=True)
    assert [str(found.time)[:10] for found in got.events] == ["2024-06-10", "2024-06-25"]


def test_a_date_that_is_none_is_counted_and_the_command_kept() -> None:
    got = reading(event("31/31/24 06:13:21.823"))
    assert [(found.command_line, found.time) for found in got.events] == [("id", None)]
    assert dict(got.skipped.counts) == {"date that no locale writes": 1}


def test_afternoon() -> None:
    order = DateOrder(UTC, day_first=False)
    assert order.milliseconds("06/10/24 12:00:00 PM.000") == order.milliseconds("06/10/24 12:00:00.000")


@pytest.mark.parametrize(
    ("arguments", "line", "complete"),
    [
        ("argc=3 a0=sh a1=-c a2=x a7=y", "sh -c x a7=y", True),
        ("argc=2 a0=sh", "sh", False),
        ("argc=2 a0=grep a1=", "grep ", True),
        ("argc=2 a0=printf a1=a\\011b\\033", "printf a\tb\\033", True),
        ("argc=2 a0=sh a1=two\nlines", "sh two\nlines", True),
        ("argc=2 a0=a a1=caf\xe9", "a caf\udce9", True),
    ],
)
def test_arguments_are_joined_by_spaces(arguments: str, line: str, complete: bool) -> None:
    assert command(arguments) == (line, complete)


def test_pieces_of_a_long_argument_come_in_any_order() -> None:
    head = "type=EXECVE msg=audit(06/10/24 06:13:21.823:7) : "
    text = event("06/10/24 06:13:21.823", arguments="argc=2 a0=a a1_len=6 a1[0]=xx")
    got = reading(f"{head}a1[2]=zz \n{head}a1[1]=yy \n{text}")
    assert [(found.command_line, found.complete) for found in got.events] == [("a xxyyzz", True)]


def test_ids_without_names_are_numbers() -> None:
    body = b"arch=x86_64 syscall=execve pid=2 auid=unknown(1005) uid=unknown(1006) comm=a exe=/b c key=(null) "
    assert raw_body(RecordType.SYSCALL, body).startswith(b"arch=x86_64 syscall=execve pid=2 auid=1005 uid=1006 comm=")


def test_calls_that_execute_nothing_are_no_events() -> None:
    got = reading(event("06/10/24 06:13:21.823").replace("execve", "openat").replace("type=EXECVE", "type=PATH"))
    assert got.events == [] and not got.skipped.total


def test_line_ends_of_windows_change_nothing() -> None:
    text = event("06/10/24 06:13:21.823", arguments="argc=2 a0=sh a1=two\nlines")
    (plain,), (windows,) = reading(text).events, reading(text.replace("\n", "\r\n")).events
    assert (plain.command_line, plain.complete) == (windows.command_line, windows.complete) == ("sh two\nlines", True)


def test_lines_of_others_are_counted() -> None:
    got = reading(event("06/10/24 06:13:21.823") + "hello\n")
    assert len(got.events) == 1 and dict(got.skipped.counts) == {"a record of another format": 1}
