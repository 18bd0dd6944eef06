"""Commands in syslog files: which messages tell of one, whose it is, and when it was."""

from pathlib import Path

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._inputs import read
from ttpline.telemetry.auditd import AuditdReader
from ttpline.telemetry.syslog import SyslogReader
from ttpline.testing.reading import Reading, reading_of

HEAD = "Jun 10 06:13:21 lab-web1 "


def reading(*lines: str, year: int | None = None, tz: str = "UTC") -> Reading:
    return reading_of(SyslogReader(year=year, tz=tz), "".join(line + "\n" for line in lines).encode("latin-1"))


def one(message: str) -> CommandEvent:
    (event,) = reading(HEAD + message).events
    return event


SUDO = "TTY=pts/0 ; PWD=/home/alice ; USER=root"


@pytest.mark.parametrize(
    ("before", "success"),
    [
        ("", None),
        ("command not allowed ; ", False),
        ("user NOT in sudoers ; ", False),
        ("3 incorrect password attempts ; ", False),
        ("a password is required ; ", False),
    ],
)
def test_sudo_says_who_ran_what_and_whether_it_was_refused(before: str, success: bool | None) -> None:
    event = one(f"sudo[77]:    alice : {before}{SUDO} ; COMMAND=/usr/bin/id -un ; x")
    assert (event.command_line, event.user, event.exe) == ("/usr/bin/id -un ; x", "alice", "/usr/bin/id")
    assert (event.tty, event.cwd, event.pid, event.success) == ("pts/0", "/home/alice", 77, success)
    assert event.origin == "user_cmd"


@pytest.mark.parametrize("more", ["GROUP=adm", "TSID=000001", "ENV=A=b C=d", "CHROOT=/srv", "HOST=lab-db1"])
def test_sudo_tells_more_of_some_commands(more: str) -> None:
    assert one(f"sudo: bob : {SUDO} ; {more} ; COMMAND=/bin/ls").command_line == "/bin/ls"


def test_the_end_of_a_sudo_command_is_not_another_command() -> None:
    assert reading(f"{HEAD}sudo: bob : {SUDO} ; COMMAND=/bin/ls ; EXIT=1").events == []


def test_pieces_of_a_sudo_message_are_joined_across_other_lines() -> None:
    got = reading(
        f"{HEAD}sudo: alice : {SUDO} ; COMMAND=/bin/echo a",
        f"{HEAD}CRON[9]: (root) CMD (true)",
        f"{HEAD}sudo: alice : (command continued) b",
        f"{HEAD}sudo: alice : (command continued) c",
        f"{HEAD}sudo: alice : {SUDO} ; COMMAND=/bin/true",
    )
    assert [event.command_line for event in got.events] == ["/bin/echo a b c", "true", "/bin/true"]
    assert [event.source.record for event in got.events] == [1, 2, 5]


def test_a_word_longer_than_a_piece_is_joined_without_a_space() -> None:
    piece = "x" * (957 - len("alice"))
    got = reading(
        f"{HEAD}sudo: alice : {SUDO} ; COMMAND=/bin/echo",
        f"{HEAD}sudo: alice : (command continued) {piece}",
        f"{HEAD}sudo: alice : (command continued) yz end",
    )
    assert [event.command_line for event in got.events] == [f"/bin/echo {piece}yz end"]


def test_a_piece_without_its_beginning_is_counted() -> None:
    got = reading(f"{HEAD}sudo: alice : (command continued) tail")
    assert not got.events and dict(got.skipped.counts) == {"continued sudo message without its beginning": 1}


@pytest.mark.parametrize(
    "more", ["last message repeated 3 times", f"sudo: message repeated 3 times: [ a : {SUDO} ; COMMAND=/b]"]
)
def test_a_repeated_command_is_one_event_and_counted(more: str) -> None:
    got = reading(f"{HEAD}sudo: a : {SUDO} ; COMMAND=/b", HEAD + more)
    assert len(got.events) == 1
    assert dict(got.skipped.counts) == {"command that the log says was repeated": 1}


def test_a_repeated_message_of_another_kind_is_nothing() -> None:
    got = reading(f"{HEAD}sudo: a : {SUDO} ; COMMAND=/b", f"{HEAD}app: hello", f"{HEAD}last message repeated 3 times")
    assert len(got.events) == 1 and not got.skipped.total


@pytest.mark.parametrize(
    ("message", "command", "user"),
    [
        ("/USR/SBIN/CRON[31]: (root) CMD (a && (b))", "a && (b)", "root"),
        ("crond[1]: USER bob pid  77 cmd /bin/x y", "/bin/x y", "bob"),
        ("sshd[1]: Starting session: forced-command (config) 'a -b' for bob from 192.0.2.1 port 5 id 0", "a -b", "bob"),
        ("doas: bob ran command ls as x as root from /home/bob", "ls as x", "bob"),
        ("doas: command not permitted for bob: rm -rf /x", "rm -rf /x", "bob"),
        ("pkexec[1]: bob: Executing command [USER=root] [TTY=x] [CWD=/] [COMMAND=/bin/a [b]]", "/bin/a [b]", "bob"),
        ("systemd[1]: Started run-u7.service - /usr/bin/sleep 1.", "/usr/bin/sleep 1", None),
        ("systemd[1]: Started [systemd-run] /usr/bin/sleep 2.", "/usr/bin/sleep 2", None),
        ("-bash: HISTORY: PID=7 UID=0 vi a b", "vi a b", None),
        ("bash[7]: 1012  ls -la", "ls -la", None),
        ("root: [ls -la]", "ls -la", "root"),
        ("bob: bob [77]:   512  ls [x] [127]", "ls [x]", "bob"),
        ("bob[77] 192.0.2.1 5 192.0.2.2 22: whoami", "whoami", "bob"),
        ("snoopy[7]: [login:bob ssh:((undefined)) username:eve uid:0 tty:(none) cwd:/]: a b]c", "a b]c", "eve"),
    ],
)  # fmt: skip
def test_programs_tell_of_commands(message: str, command: str, user: str | None) -> None:
    event = one(message)
    assert (event.command_line, event.user) == (command, user)


@pytest.mark.parametrize(
    "message",
    [
        "sudo: pam_unix(sudo:session): session opened for user root by alice(uid=0)",
        "sudo: pam_unix(sudo:auth): authentication failure; logname=a uid=1 tty=/dev/pts/0 ruser=a rhost=  user=a",
        "CRON[1]: (root) CMDEND (true)",
        "CRON[1]: (root) RELOAD (crontabs/root)",
        "crontab[1]: (root) LIST (root)",
        "sshd[1]: Starting session: command for bob from 192.0.2.1 port 5 id 0",
        "sshd[1]: Starting session: subsystem 'sftp' for bob from 192.0.2.1 port 5 id 0",
        "systemd[1]: Started Session 4 of user bob.",
        "systemd[1]: Started /etc/rc.local Compatibility.",
        "su: (to root) bob on pts/0",
        "kernel: [    1.234567] usb 1-1: new device [x]",
        "app[7]: done [ok]",
        "bash[7]: some output of a service",
        "app: COMMAND=/bin/x",
    ],
)
def test_other_messages_are_no_commands(message: str) -> None:
    got = reading(HEAD + message)
    assert got.events == [] and not got.skipped.total


def test_a_year_is_never_guessed() -> None:
    assert one("CRON[1]: (root) CMD (true)").time is None


def test_the_year_given_is_the_first_lines_and_turns_with_the_log() -> None:
    stamps = [
        "Dec 30 23:00:00",
        "Dec 31 23:59:59",
        "Jan  1 00:00:00",
        "Dec 31 23:59:58",
        "Jan  1 00:00:02",
        "Mar  1 10:00:00",
    ]
    got = reading(*(f"{stamp} lab CRON[1]: (root) CMD (true)" for stamp in stamps), year=2023)
    assert [str(event.time)[:10] for event in got.events] == [
        "2023-12-30", "2023-12-31", "2024-01-01", "2023-12-31", "2024-01-01", "2024-03-01",
    ]  # fmt: skip


def test_a_zone_is_of_times_that_have_none() -> None:
    got = reading(
        "Jun 10 06:00:00.25 lab CRON[1]: (root) CMD (a)",
        "2024-06-10T06:00:00+00:00 lab CRON[1]: (root) CMD (b)",
        year=2024,
        tz="Europe/Prague",
    )
    assert [event.time for event in got.events] == ["2024-06-10T04:00:00.250000Z", "2024-06-10T06:00:00.000000Z"]


def test_a_day_that_no_year_has_is_no_time() -> None:
    (event,) = reading("Feb 29 06:00:00 lab CRON[1]: (root) CMD (a)", year=2023).events
    assert event.time is None


def test_octal_escapes_are_their_characters_and_colours_stay() -> None:
    assert (
        one("CRON[1]: (root) CMD (a#011b#033[1m #000000 #177 x#101)").command_line == "a\tb\x1b[1m #000000 \x7f x#101"
    )


def test_bytes_that_are_no_utf8_are_kept() -> None:
    assert one("CRON[1]: (root) CMD (caf\xe9)").command_line == "caf\udce9"


def test_the_same_line_in_two_files_has_one_id_where_its_time_is_exact() -> None:
    line = "2024-06-10T06:00:00.000001Z lab CRON[1]: (root) CMD (a)"
    first, second = reading(line).events, reading("2024-06-10T05:00:00Z lab app: x", line).events
    assert first[0].event_id == second[0].event_id and first[0].event_id.startswith("syslog:lab:")


def test_audit_records_are_left_to_their_own_reader() -> None:
    audit = HEAD + 'audispd: type=EXECVE msg=audit(1718000001.823:41001): argc=1 a0="id"'
    kernel = HEAD + 'kernel: [1.2] audit: type=1309 audit(1718000001.823:41001): argc=1 a0="id"'
    mostly = "\n".join([audit, kernel, HEAD + "app: x", ""]).encode()
    assert AuditdReader().sniff(mostly) > SyslogReader().sniff(mostly)
    got = reading(audit, kernel, HEAD + "app: x")
    assert got.events == [] and dict(got.skipped.counts) == {"a record of another format": 2}


def test_a_file_with_lines_of_four_formats_is_read_by_all(tmp_path: Path) -> None:
    sysmon = (
        '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID><TimeCreated SystemTime="2024-06-10T06:13:21'
        '.000100000Z"/><EventRecordID>4</EventRecordID><Computer>lab-web1</Computer></System><EventData>'
        '<Data Name="CommandLine">nproc</Data></EventData></Event>'
    )
    file = tmp_path / "syslog"
    file.write_text(
        f"{HEAD}sudo: alice : {SUDO} ; COMMAND=/bin/id\n{HEAD}CRON[1]: (root) CMD (true)\n{HEAD}app: a\n{HEAD}app: b\n"
        f"{HEAD}sysmon: {sysmon}\n"
        f"{HEAD}cowrie[7]: 2024-06-10T06:13:21.000001Z [HoneyPotSSHTransport,1,192.0.2.7] CMD: w\n"
        f'{HEAD}audispd: type=EXECVE msg=audit(1718000001.823:41001): argc=1 a0="uptime"\n'
    )
    found = {event.source.format: event.command_line for event in read(str(file))}
    assert found == {"syslog": "true", "sysmon-linux": "nproc", "cowrie-text": "w", "auditd": "uptime"}


def test_the_commands_of_a_packed_real_syslog(shared: Path) -> None:
    for kind in ("gz", "bz2", "xz"):
        events = list(read(str(shared / "telemetry" / "compressed" / f"plaso-syslog.{kind}")))
        assert [(event.command_line, event.pid, event.user, event.host) for event in events] == [
            ("touch /var/run/crond.somecheck", 31051, "root", "myhostname.myhost.com"),
            ("touch /var/run/crond.somecheck", 31068, "root", "myhostname.myhost.com"),
            ("/sbin/status.mycheck)", 31067, "root", "myhostname.myhost.com"),
        ]
        assert {event.source.format for event in events} == {"syslog"}


def test_the_quick_look_never_hides_a_command(root: Path) -> None:
    from ttpline.telemetry._syslog.headers import message_text, split_line
    from ttpline.telemetry._syslog.hints import may_tell
    from ttpline.telemetry._syslog.messages import said

    lines = (root / "tests" / "cases" / "telemetry" / "syslog" / "auth.log").read_bytes().splitlines()
    tags = [b"sudo", b"CRON", b"sshd", b"doas", b"pkexec", b"systemd", b"bash", b"root", b"app", b"snoopy", b"python3"]
    seen = 0
    for line in lines:
        parts = split_line(line)
        for tag in tags if parts is not None else []:
            assert parts is not None
            if said(tag.decode(), message_text(parts.message)) is not None:
                seen += 1
                assert may_tell(tag, parts.message), (tag, line)
    assert seen > 15


def test_nuls_that_a_crash_left_hide_no_command() -> None:
    got = reading(HEAD + "app: a", "\0" * 4096 + HEAD + "CRON[1]: (root) CMD (true)")
    assert [event.command_line for event in got.events] == ["true"] and not got.skipped.total


def test_a_level_is_no_machine() -> None:
    (event,) = reading("2024-06-10T06:00:00.000001+00:00 INFO CRON[1]: (root) CMD (true)").events
    assert (event.host, event.command_line) == (None, "true")
