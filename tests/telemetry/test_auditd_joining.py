"""The audit log reader: reported commands, joining, lines inside other logs, what cannot be read."""

import io
import re
from pathlib import Path

import pytest
from tests.telemetry.auditd_records import STAMP, call, cwd, execve, hexed, one, raw_execve, read, title

from ttpline.errors import UnknownFormatError
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry.auditd import READER, AuditdReader

# --- reported commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ['"id"', hexed("id")])
def test_a_command_that_sudo_reports_is_a_string(command: str) -> None:
    row = one(
        f"type=USER_CMD msg={STAMP}: pid=9 uid=1000 auid=1000 ses=3 subj=x "
        f'msg=\'cwd="/home/o\'hara" cmd={command} exe="/usr/bin/sudo" terminal=pts/0 res=success\''
        '\x1dUID="alice" AUID="alice"'
    )
    assert (row.origin, row.command_line, row.argv, row.success) == ("user_cmd", "id", None, True)
    assert (row.cwd, row.exe, row.user, row.pid, row.session) == ("/home/o'hara", "/usr/bin/sudo", "alice", 9, 3)


def test_a_refused_command_did_not_succeed() -> None:
    assert one(f"type=USER_CMD msg={STAMP}: pid=9 uid=0 auid=0 ses=3 msg='cmd=6964 res=failed'").success is False


def test_a_report_without_its_command_is_counted() -> None:
    assert read([f"type=USER_CMD msg={STAMP}: pid=9 msg='cwd=\"/\" res=success'"]) == (
        [],
        {"record without its command": 1},
    )


def test_a_report_that_is_cut_is_not_complete() -> None:
    (row,), skips = read([f'type=USER_CMD msg={STAMP}: pid=9 uid=0 msg=\'cwd="/" cmd=6964'])
    assert (row.command_line, row.complete, skips) == ("id", False, {"damaged record": 1})


@pytest.mark.parametrize("kind", ["TTY", "USER_TTY", "UNKNOWN[1319]", "1124"])
def test_keystrokes_are_kept_with_their_control_characters(kind: str) -> None:
    typed = hexed("idx\x7f\r")
    row = one(f'type={kind} msg={STAMP}: tty pid=9 uid=0 auid=1000 ses=3 comm="bash" data={typed}')
    assert (row.origin, row.command_line, row.argv, row.auid) == ("tty", "idx\x7f\r", None, 1000)


def test_two_reports_with_one_key_have_two_ids() -> None:
    rows, _ = read([f"type=USER_CMD msg={STAMP}: pid=9 msg='cmd={hexed(word)}'" for word in ("id", "ls")])
    assert [row.event_id for row in rows] == [":1718000000.137:1001", ":1718000000.137:1001#2"]


# --- joining ----------------------------------------------------------------------------------------------------------


def test_two_nodes_with_equal_times_and_serials_are_two_events() -> None:
    lines = [f"node={node} {line}" for line in (call(), execve("id")) for node in ("web01", "db02")]
    rows, _ = read(lines)
    assert [row.host for row in rows] == ["web01", "db02"]


def test_a_serial_that_comes_again_after_a_reboot_is_another_event() -> None:
    later = "audit(1718007211.455:1001)"
    rows, skips = read([call(), execve("id"), call(later), execve("date", stamp=later)])
    assert ([row.argv for row in rows], skips) == ([("id",), ("date",)], {})


def test_interleaved_events_come_in_the_order_of_their_first_records() -> None:
    other = "audit(1718000000.138:1002)"
    rows, _ = read([call(other), call(), execve("id"), cwd(), execve("ls", stamp=other)])
    assert [row.command_line for row in rows] == ["ls", "id"]
    assert rows[0].source.record == 1 and rows[1].source.record == 2


def test_records_in_reverse_order_are_joined() -> None:
    assert one(title('"ls"'), cwd(), execve("ls"), call()).argv == ("ls",)


def test_records_that_are_there_twice_are_one_event() -> None:
    row = one(*[call(), execve("ls"), cwd()] * 2)
    assert (row.argv, row.complete) == (("ls",), True)


SMALL = AuditdReader(window_bytes=2000, block_bytes=500)


def far_apart(first: list[str], second: list[str]) -> list[str]:
    filler = [f"type=EOE msg=audit(1718000001.{n % 1000:03d}:{n}): " for n in range(5000, 5200)]
    return [*first, *filler, *second]


def test_a_late_record_within_the_window_is_joined() -> None:
    lines = [call(), *(f"type=EOE msg=audit(1718000001.000:{n}): " for n in range(5000, 5010)), execve("ls", "-la")]
    assert one(*lines, reader=SMALL).argv == ("ls", "-la")


def test_a_record_that_is_too_late_is_counted_and_its_event_not_complete() -> None:
    (row,), skips = read(far_apart([call(), title(hexed("x" * 128))], [execve("x" * 200)]), SMALL)
    assert (row.complete, skips) == (False, {"record too late for its event": 1})


def test_an_event_that_is_delivered_again_far_away_is_counted_not_given() -> None:
    rows, skips = read(far_apart([call(), execve("ls")], [call(), execve("ls")]), SMALL)
    assert (len(rows), skips) == (1, {"event delivered twice": 1})


def test_a_title_that_is_too_late_for_another_call_is_no_event() -> None:
    rows, skips = read(far_apart([call(syscall="257")], [title('"sshd"')]), SMALL)
    assert (rows, skips) == ([], {"record too late for its event": 1})


def test_a_directory_that_comes_long_before_its_event_is_not_too_late() -> None:
    rows, skips = read(far_apart([cwd()], [call(), execve("ls")]), SMALL)
    assert ([row.cwd for row in rows], skips) == ([None], {})
    rows, skips = read(far_apart([call(), execve("ls")], [cwd()]), SMALL)
    assert ([row.cwd for row in rows], skips) == ([None], {"record too late for its event": 1})


# --- lines inside other logs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix",
    [
        "<85>Jun 10 06:13:21 web01 audispd[611]: ",
        "Jun 10 06:13:21 web01 audispd: node=web01 ",
        "2024-06-10T06:13:21.123456+02:00 web01 audisp-syslog[7]: ",
        "<85>1 2024-06-10T06:13:21Z web01 audispd 611 - - ",
    ],
)
def test_a_syslog_line_gives_the_host(prefix: str) -> None:
    tail = '#035ARCH=x86_64 SYSCALL=execve AUID="bob" UID="alice"'
    row = one(*(prefix + line for line in (call(tail=tail), execve("id"))))
    assert (row.host, row.argv, row.user, row.complete) == ("web01", ("id",), "alice", True)


def test_kernel_messages_have_numbers_for_types() -> None:
    numbers = {"SYSCALL": "1300", "EXECVE": "1309", "CWD": "1307"}
    lines = [
        re.sub(r"^type=(\w+) msg=", lambda match: f"type={numbers[match[1]]} ", line)
        for line in (call(), execve("id"), cwd())
    ]
    row = one(*(f"Jun 10 06:13:20 web01 kernel: [ 1042.000000] audit: {line}" for line in lines))
    assert (row.host, row.argv, row.cwd) == ("web01", ("id",), "/home/alice")
    assert one(*(f"[ 1042.000000] audit: {line}" for line in lines)).host is None


def test_other_lines_of_a_syslog_are_counted() -> None:
    rows, skips = read(["Jun 10 06:13:20 web01 sshd[1]: Accepted publickey for alice", call(), execve("id")])
    assert (len(rows), skips) == (1, {"not an audit record": 1})


def test_carriage_returns_at_line_ends_are_no_part_of_a_record() -> None:
    assert one(call() + "\r", execve("id") + "\r").argv == ("id",)


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_file_without_any_record_is_of_an_unknown_format() -> None:
    with pytest.raises(UnknownFormatError, match=r"audit\.log: not one line is an audit record"):
        read(b"hello\nworld\n")


def test_an_empty_file_has_no_events() -> None:
    assert read(b"") == ([], {}) == read(b"\n\n")


def test_irrelevant_records_and_separators_are_not_skips() -> None:
    rows, skips = read(
        ["----", "time->Mon Jun 10 06:13:21 2024", "", f"type=USER_AUTH msg={STAMP}: pid=1", call(), execve("id")]
    )
    assert (len(rows), skips) == (1, {})


def test_half_a_record_at_the_end_is_counted_and_its_event_not_complete() -> None:
    cut = raw_execve('argc=2 a0="ls" a1=2F7')
    (row,), skips = read(f"{call()}\n{cut}".encode())
    assert (row.argv, row.complete, skips) == (("ls", "/"), False, {"last line has no line end": 1})


def test_hex_at_the_end_of_a_file_without_line_end_may_be_cut() -> None:
    cut = raw_execve('argc=2 a0="ls" a1=2F74')
    (row,), skips = read(f"{call()}\n{cut}".encode())
    assert (row.argv, row.complete, skips) == (("ls", "/t"), False, {"last line has no line end": 1})


def test_a_mark_of_utf8_at_the_start_is_no_part_of_the_first_record() -> None:
    assert one(b"\xef\xbb\xbf" + call().encode(), execve("ls")).success is True


@pytest.mark.parametrize("time", ["99999999999.000", "1718000000.1234", "1718000000", "-1.000", "", "1e9.000"])
def test_a_time_that_is_none_is_a_damaged_header(time: str) -> None:
    rows, skips = read([call(), execve("ls"), execve("id", stamp=f"audit({time}:7)")])
    assert (len(rows), skips) == (1, {"damaged record header": 1})


def test_a_whole_last_record_without_line_end_is_whole() -> None:
    (row,), skips = read(f"{call()}\n{execve('ls')}".encode())
    assert (row.complete, skips) == (True, {})


def test_a_growing_file_is_read_up_to_where_it_ends_now() -> None:
    stream = io.BytesIO(f"{call()}\n{execve('ls')[:-4]}".encode())
    batches = list(READER.read(stream, "x"))
    assert [batch.frame["complete"].to_list() for batch in batches] == [[False]]


def test_nul_bytes_of_a_crash_are_counted_and_the_record_after_them_read() -> None:
    torn = call("audit(1718000000.001:7)").encode()[:90] + b"\0" * 5000
    rows, skips = read([torn + call().encode(), execve("id"), b"\0" * 100])
    assert [row.argv for row in rows if row.complete] == [("id",)]
    assert skips["NUL bytes in a line"] == 2


def test_a_line_of_many_megabytes_is_streamed_past_and_counted() -> None:
    long = b"type=EXECVE msg=audit(1718000000.200:5): " + b"a" * (3 << 20)
    rows, skips = read([call(), long, execve("id"), long, cwd()])
    assert [(row.argv, row.cwd, row.complete) for row in rows] == [(("id",), "/home/alice", True)]
    assert rows[0].source.length > 6 << 20
    assert skips == {"line longer than 1 MiB": 2}


def test_every_reason_stands_in_the_documentation(root: Path) -> None:
    page = (root / "docs/formats/auditd.md").read_text(encoding="utf-8")
    listed = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}
    assert len(listed) == 13
    assert {reason for reason in listed if f"| {reason} |" not in page} == set()


def test_samples_name_the_line_and_stay_short() -> None:
    (batch,) = READER.read(io.BytesIO(f"{call()}\n{'x' * 5000}\n".encode()), "audit.log")
    (sample,) = batch.skipped.samples
    assert (sample.record, sample.reason, len(sample.sample)) == (2, "not an audit record", 200)
