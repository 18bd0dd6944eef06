"""The audit log reader, one behaviour a test; the samples are our own."""

import io

import pytest
from tests.telemetry.auditd_records import STAMP, call, cwd, execve, hexed, one, raw_execve, read, title

from ttpline.columns.event_batch import EVENT_SCHEMA
from ttpline.telemetry.auditd import READER, AuditdReader
from ttpline.telemetry.base import readers

# --- fields -----------------------------------------------------------------------------------------------------------


def test_the_registry_finds_it_by_name() -> None:
    assert readers().get("auditd") is READER


def test_an_ordinary_execution_has_all_its_fields() -> None:
    lines = [call(tail='\x1dARCH=x86_64 SYSCALL=execve AUID="bob" UID="alice" EUID="root"'), execve("id", "-u"), cwd()]
    row = one(*lines)
    assert row.to_dict() == {
        "event_id": ":1718000000.137:1001", "time": "2024-06-10T06:13:20.137000Z", "host": None, "user": "alice",
        "uid": 1000, "auid": 1000, "euid": 0, "session": 3, "tty": "pts0", "pid": 2222, "ppid": 2100,
        "exe": "/usr/bin/id", "cwd": "/home/alice", "parent_command_line": None, "argv": ["id", "-u"],
        "argv_hex": None, "command_line": "id -u", "origin": "execve", "complete": True, "success": True,
        "platform": "linux", "technique": None,
        "source": {"format": "auditd", "uri": "audit.log", "record": 1, "offset": 0,
                   "length": len("\n".join(lines).encode())},
    }  # fmt: skip


def test_batches_have_the_schema_of_events_with_a_numeric_session() -> None:
    (batch,) = READER.read(io.BytesIO(f"{call()}\n{execve('id')}\n".encode()), "x")
    types = dict(batch.frame.schema)
    assert str(types.pop("session")) == "Int64"
    assert types == {name: dtype for name, dtype in EVENT_SCHEMA.items() if name != "session"}
    assert batch.records_read == 2


@pytest.mark.parametrize("unset", ["4294967295", "-1"])
def test_unset_ids_and_terminals_are_null(unset: str) -> None:
    row = one(call(ids=f"auid={unset} uid=0", tty="(none)", ses=unset), execve("cron"))
    assert (row.auid, row.session, row.tty, row.uid) == (None, None, None, 0)


@pytest.mark.parametrize("name", ["unset", "unknown(1000)"])
def test_an_id_without_a_name_gives_no_user(name: str) -> None:
    assert one(call(tail=f'\x1dARCH=x86_64 SYSCALL=execve AUID="a" UID="{name}"'), execve("id")).user is None


def test_a_user_is_named_where_the_log_has_a_name_in_place_of_the_number() -> None:
    row = one(call(ids="auid=1000 uid=alice"), execve("id"))
    assert (row.user, row.uid) == ("alice", None)


def test_without_a_name_in_the_log_there_is_no_user() -> None:
    assert one(call(), execve("id")).user is None


def test_hex_of_exe_and_cwd_is_decoded() -> None:
    row = one(call(exe=hexed("/dev/shm/.x (deleted)")), execve("x"), cwd(hexed("/home/a b")))
    assert (row.exe, row.cwd) == ("/dev/shm/.x (deleted)", "/home/a b")


def test_a_missing_cwd_is_null() -> None:
    assert one(call(), execve("id")).cwd is None


def test_a_node_is_the_host() -> None:
    row = one(*(f"node=web01 {line}" for line in (call(), execve("id"))))
    assert (row.host, row.event_id) == ("web01", "web01:1718000000.137:1001")


# --- arguments --------------------------------------------------------------------------------------------------------


def test_a_quoted_argument_is_text_even_if_it_looks_like_hex() -> None:
    assert one(call(), execve("useradd", "-u", "3005", "cafe")).argv == ("useradd", "-u", "3005", "cafe")


def test_a_bare_argument_is_hex() -> None:
    row = one(call(), raw_execve(f'argc=3 a0="sh" a1="-c" a2={hexed("cat /etc/shadow | base64")}'))
    assert row.argv == ("sh", "-c", "cat /etc/shadow | base64")
    assert row.command_line == "sh -c 'cat /etc/shadow | base64'"


def test_an_empty_argument_is_kept() -> None:
    row = one(call(), execve("grep", "", "/etc/passwd"))
    assert (row.argv, row.command_line) == (("grep", "", "/etc/passwd"), "grep '' /etc/passwd")


def test_an_argument_that_is_not_utf8_is_kept_byte_for_byte() -> None:
    row = one(call(), raw_execve('argc=2 a0="touch" a1=626164FFFE'))
    assert row.argv == ("touch", "bad\udcff\udcfe")
    assert row.argv_hex == ("746f756368", "626164fffe")


def test_a_character_that_marks_undecodable_bytes_is_itself_taken_apart() -> None:
    row = one(call(), raw_execve(f'argc=2 a0="touch" a1={hexed(chr(0x10FFFF))}'))
    assert row.argv_hex == ("746f756368", "f48fbfbf")


def test_a_long_argument_in_pieces_over_many_records_is_joined() -> None:
    row = one(
        call(),
        raw_execve(f'argc=3 a0="echo" a1_len=12 a1[0]={hexed("ab ")}'),
        raw_execve(f"a1[1]={hexed('cd ')}"),
        raw_execve('a2_len=4 a2[0]="ef"'),
        raw_execve('a2[1]="gh"'),
    )
    assert (row.argv, row.complete) == (("echo", "ab cd ", "efgh"), True)


def test_hex_that_is_cut_within_a_byte_is_joined_before_it_is_decoded() -> None:
    row = one(call(), raw_execve('argc=2 a0="echo" a1_len=4 a1[0]=412'), raw_execve("a1[1]=0"))
    assert row.argv == ("echo", "A ")


def test_arguments_in_later_records_and_out_of_order_are_put_in_place() -> None:
    row = one(raw_execve('a2="c" a3="d"'), raw_execve('argc=4 a0="a" a1="b"'), call())
    assert (row.argv, row.complete) == (("a", "b", "c", "d"), True)


@pytest.mark.parametrize(
    ("bodies", "argv"),
    [
        (['argc=3 a0="a" a2="c"'], ("a", "c")),
        (['argc=3 a0="a" a1="b"'], ("a", "b")),
        (['a0="a" a1="b"'], ("a", "b")),
        (['argc=2 a0="a" a1_len=9 a1[0]="bcd"'], ("a", "bcd")),
        (['argc=2 a0="a" a1_len=6 a1[0]="bc" a1[2]="de"'], ("a", "bcde")),
        (['argc=4000000000 a0="a"'], ("a",)),
    ],
)
def test_a_missing_argument_is_never_guessed(bodies: list[str], argv: tuple[str, ...]) -> None:
    row = one(call(), *map(raw_execve, bodies))
    assert (row.argv, row.complete) == (argv, False)


def test_an_argument_that_is_neither_quoted_nor_hex_is_counted() -> None:
    (row,), skips = read([call(), raw_execve('argc=2 a0="ls" a1=-la')])
    assert (row.argv, row.complete, skips) == (("ls",), False, {"damaged record": 1})


def test_two_values_for_one_argument_are_counted() -> None:
    (row,), skips = read([call(), execve("ls", "a"), execve("ls", "b")])
    assert (row.argv, row.complete) == (("ls", "a"), False)
    assert skips == {"record contradicts another of its event": 1}


# --- which calls are executions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arch", "syscall"),
    [
        ("c000003e", "59"), ("c000003e", "322"), ("c000003e", "1073742344"), ("c000003e", "1073742369"),
        ("40000003", "11"), ("40000003", "358"), ("c00000b7", "221"), ("c00000b7", "281"), ("40000028", "11"),
        ("40000028", "387"), ("c0000015", "11"), ("80000015", "362"), ("80000016", "354"), ("c00000f3", "221"),
        ("x86_64", "execve"), ("i386", "11"), ("feed", "execveat"),
    ],
)  # fmt: skip
def test_the_number_of_execve_depends_on_the_architecture(arch: str, syscall: str) -> None:
    assert one(call(arch=arch, syscall=syscall), title('"id"')).argv == ("id",)


@pytest.mark.parametrize(("arch", "syscall"), [("c000003e", "11"), ("40000003", "59"), ("c00000b7", "59")])
def test_the_same_number_elsewhere_is_no_execution(arch: str, syscall: str) -> None:
    assert read([call(arch=arch, syscall=syscall), title('"id"')]) == ([], {})


def test_an_unknown_architecture_is_counted_when_nothing_else_tells() -> None:
    assert read([call(arch="feed"), title('"id"')]) == ([], {"system call of an unknown architecture": 1})


def test_auditds_own_translation_decides_for_an_unknown_architecture() -> None:
    assert one(call(arch="feed", tail="\x1dARCH=new SYSCALL=execve"), title('"id"')).argv == ("id",)


def test_a_title_beside_another_system_call_is_no_event() -> None:
    assert read([call(syscall="257"), title('"sshd"')]) == ([], {})


def test_titles_of_all_system_calls_can_be_asked_for() -> None:
    row = one(call(syscall="257"), title(hexed("sshd\0-D")), reader=AuditdReader(all_titles=True))
    assert (row.origin, row.argv, row.complete) == ("proctitle", ("sshd", "-D"), True)


# --- titles and lost records ------------------------------------------------------------------------------------------


def test_a_title_takes_the_place_of_lost_arguments() -> None:
    row = one(call(), cwd(), title(hexed("ls\0\0a b")))
    assert (row.argv, row.command_line) == (("ls", "", "a b"), "ls '' 'a b'")
    assert (row.origin, row.complete) == ("proctitle", False), "a record is missing, and the kernel may trim a title"


@pytest.mark.parametrize(("size", "complete"), [(126, True), (127, False), (128, False)])
def test_a_title_that_may_be_cut_is_not_complete(size: int, complete: bool) -> None:
    reader = AuditdReader(all_titles=True)
    assert one(call(syscall="257"), title(hexed("x" * size)), reader=reader).complete is complete


def test_a_cut_title_does_not_matter_beside_the_arguments() -> None:
    assert one(call(), execve("echo", "x" * 200), title(hexed("echo\0" + "x" * 123))).complete


def test_a_failed_call_keeps_the_callers_title_without_arguments() -> None:
    row = one(call(result="success=no exit=-2"), title(hexed("java\0-jar\0a b.jar")))
    assert (row.success, row.argv, row.origin, row.complete) == (False, None, "proctitle", False)
    assert row.command_line == "java -jar 'a b.jar'"


def test_a_callers_title_of_one_piece_stays_as_it_is() -> None:
    assert one(call(result="success=no exit=-2"), title(hexed("sshd: bob [priv]"))).command_line == "sshd: bob [priv]"


def test_a_call_without_arguments_and_title_is_named_by_its_program() -> None:
    row = one(call(), cwd())
    assert (row.argv, row.command_line, row.origin, row.complete) == (None, "/usr/bin/id", "execve", False)


def test_arguments_without_their_call_are_an_event_that_is_not_complete() -> None:
    row = one(execve("id", "-u"), cwd())
    assert (row.argv, row.success, row.pid, row.cwd, row.complete) == (("id", "-u"), None, None, "/home/alice", False)


def test_a_title_alone_is_an_event_that_is_not_complete() -> None:
    row = one(title(hexed("ls\0-la")))
    assert (row.origin, row.command_line, row.success, row.complete) == ("proctitle", "ls -la", None, False)


def test_a_call_that_is_cut_is_counted_and_not_complete() -> None:
    (row,), skips = read([call()[:120], execve("id")])
    assert (row.complete, skips) == (False, {"damaged record": 1})


def test_a_title_also_takes_the_place_of_arguments_that_are_all_unreadable() -> None:
    (row,), skips = read([call(), raw_execve("argc=2 a0=x a1=-la"), title(hexed("ls\0-la"))])
    assert (row.argv, row.origin, row.complete, skips) == (("ls", "-la"), "proctitle", False, {"damaged record": 1})


def test_an_execution_without_any_argument_is_whole() -> None:
    row = one(call(), raw_execve("argc=0"))
    assert (row.argv, row.command_line, row.complete) == ((), "/usr/bin/id", True)


@pytest.mark.parametrize("value", ["(null)", '""'])
def test_a_title_that_is_not_there_names_nothing(value: str) -> None:
    row = one(call(), title(value))
    assert (row.argv, row.command_line, row.origin, row.complete) == (None, "/usr/bin/id", "execve", False)


def test_a_failed_call_that_logged_its_arguments_keeps_them() -> None:
    row = one(call(result="success=no exit=-8"), execve("./a.out"))
    assert (row.argv, row.success, row.origin) == (("./a.out",), False, "execve")


def test_half_a_value_at_the_cut_end_of_a_record_is_no_value() -> None:
    whole = call()
    (row,), _ = read([whole[: whole.index("pid=2222") + 6], execve("id")])
    assert (row.pid, row.ppid, row.complete) == (None, 2100, False)
    (row,), _ = read([whole[: whole.index("/bin/id") + 4], execve("id"), "type=CWD msg=" + STAMP + ': cwd="/ho'])
    assert (row.pid, row.exe, row.cwd) == (2222, None, None)
