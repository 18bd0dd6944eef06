"""Cowrie's text log: what was typed, once, by whom."""

from pathlib import Path

import pytest

from ttpline.telemetry._inputs import read
from ttpline.telemetry.cowrie_text import CowrieTextReader
from ttpline.testing.reading import Reading, reading_of

AT = "2024-05-03T00:00:03.123456Z "
SSH = "[HoneyPotSSHTransport,5,192.0.2.7] "


def reading(*lines: str, tz: str = "UTC") -> Reading:
    return reading_of(CowrieTextReader(tz=tz), "".join(line + "\n" for line in lines).encode())


def test_a_line_and_its_parts_are_one_event() -> None:
    got = reading(f"{AT}{SSH}CMD: id; nosuch", f"{AT}{SSH}Command found: id", f"{AT}{SSH}Command not found: nosuch")
    assert [event.command_line for event in got.events] == ["id; nosuch"] and not got.skipped.total


def test_parts_are_events_where_lines_were_not_logged() -> None:
    got = reading(f"{AT}{SSH}Command found: id", f"{AT}{SSH}Command not found: nosuch")
    assert [event.command_line for event in got.events] == ["id", "nosuch"]


@pytest.mark.parametrize("name", ["b'root'", "root", 'b"root"'])
def test_session_and_user_come_from_the_connection(name: str) -> None:
    got = reading(
        f"{AT}[cowrie.ssh.factory.CowrieSSHFactory] New connection: 192.0.2.7:1 (198.51.100.1:2222) [session: 0a1b]",
        f"{AT}{SSH}login attempt [{name}/b'a/b'] succeeded",
        f"{AT}[SSHChannel session (0) on SSHService b'ssh-connection' on HoneyPotSSHTransport,5,192.0.2.7] CMD: w",
    )
    (event,) = got.events
    assert (event.session, event.user, event.time) == ("0a1b", "root", "2024-05-03T00:00:03.123456Z")


def test_connections_of_one_address_keep_their_order() -> None:
    connect = "[cowrie.ssh.factory.CowrieSSHFactory] New connection: 192.0.2.7:1 (198.51.100.1:2222) [session: {}]"
    got = reading(
        AT + connect.format("aa"),
        AT + connect.format("bb"),
        f"{AT}[HoneyPotSSHTransport,0,192.0.2.7] CMD: one",
        f"{AT}[HoneyPotSSHTransport,1,192.0.2.7] CMD: two",
        f"{AT}[HoneyPotSSHTransport,0,192.0.2.7] CMD: three",
    )
    assert [event.session for event in got.events] == ["aa", "bb", "aa"]


def test_typed_line_ends_are_kept() -> None:
    (event,) = reading(f"{AT}{SSH}CMD: echo a", "\tb", f"{AT}{SSH}Connection lost").events
    assert event.command_line == "echo a\nb"


def test_nothing_typed_is_nothing() -> None:
    assert reading(f"{AT}{SSH}CMD: ").events == []


def test_old_times_without_zone_are_in_the_one_given() -> None:
    (event,) = reading(f"2024-05-03 02:00:03 {SSH}CMD: w", tz="+02:00").events
    assert event.time == "2024-05-03T00:00:03.000000Z"


def test_lines_of_others_are_counted() -> None:
    got = reading(f"{AT}{SSH}CMD: w", "something else")
    assert dict(got.skipped.counts) == {"a record of another format": 1}


def test_a_real_file_inside_syslog_is_recognised_and_holds_no_command(shared: Path) -> None:
    path = shared / "telemetry" / "cowrie" / "crowdsec-cowrie-textlog.log"
    assert CowrieTextReader().sniff(path.read_bytes()) == 0.95
    assert list(read(str(path))) == []
    assert not reading_of(CowrieTextReader(), path.read_bytes()).skipped.total
