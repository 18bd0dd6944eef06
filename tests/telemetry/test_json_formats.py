"""What the JSON formats promise beyond their samples: one event a command, whatever the log calls and repeats."""

import io
import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._ecs.meaning import joined
from ttpline.telemetry.auditd import AuditdReader
from ttpline.telemetry.base import readers
from ttpline.testing.reading import Reading, reading_of

Row = dict[str, Any]


def reading(name: str, *rows: Row) -> Reading:
    return reading_of(readers().get(name), "".join(json.dumps(row) + "\n" for row in rows).encode())


def events(name: str, *rows: Row) -> list[CommandEvent]:
    return reading(name, *rows).events


def cowrie(**fields: Any) -> Row:
    return {"eventid": "cowrie.command.input", "input": "id", "sensor": "pot", "session": "s1",
            "timestamp": "2025-03-01T08:00:00.000001Z", "message": "CMD: id", **fields}  # fmt: skip


def osquery(**columns: Any) -> Row:
    return {"name": "q", "hostIdentifier": "h", "unixTime": 1740816000, "columns": columns, "action": "added"}


def request(stage: str, uri: str, **fields: Any) -> Row:
    pod = {"resource": "pods", "namespace": "n", "name": "p", "subresource": "exec"}
    whole = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a-1", "stage": stage, "requestURI": uri}
    return {**whole, "objectRef": pod, **fields}


def auoms(command: str, more: str = "") -> Row:
    fields = f'auoms_version=1 node=w syscall=execve success=yes {more}cmdline="{command}" redactors= containerid='
    return {"SyslogMessage": f"type=AUOMS_EXECVE audit(1740816000.100:5): {fields}", "ProcessName": "auoms"}


def rollup(**fields: Any) -> Row:
    return {"event_simpleName": "ProcessRollup2", "aid": "a", "TargetProcessId": "7", "CommandLine": "id",
            "timestamp": "1740816000123", **fields}  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["command.failed", "command.success", "session.input", "login.success", "command.chpasswd"]
)
def test_cowrie_gives_one_event_for_a_line_typed_whatever_else_repeats_it(kind: str) -> None:
    found = events("cowrie", cowrie(), cowrie(eventid=f"cowrie.{kind}"))
    assert [event.command_line for event in found] == ["id"]


def test_cowrie_delivered_twice_is_counted_and_given_once() -> None:
    found = reading("cowrie", cowrie(), {"result": cowrie()}, cowrie(session="s2"))
    assert (len(found.events), found.skipped.counts) == (2, {"the same event again": 1})


def test_cowrie_without_its_sensor_is_unique_in_its_file_only() -> None:
    (event,) = events("cowrie", cowrie(sensor=None))
    assert event.host is None and event.event_id.startswith("1:")


def test_osquery_directories_are_without_the_quotes_and_hex_of_audit_records() -> None:
    found = events("osquery", *(osquery(cmdline="id", time="1", cwd=one) for one in ('"/a b"', "2F6120C3A9", "/c", "")))
    assert [event.cwd for event in found] == ["/a b", "/a é", "/c", None]


@pytest.mark.parametrize("column,value", [("syscall", "fork"), ("syscall", "clone"), ("event_type", "exit")])
def test_osquery_rows_that_execute_nothing_are_no_events(column: str, value: str) -> None:
    assert events("osquery", osquery(cmdline="id", time="1", **{column: value})) == []


def test_osquery_rows_alike_in_one_record_are_all_given() -> None:
    row = {"cmdline": "id", "time": "1740816000", "pid": "1"}
    batch = {"name": "q", "hostIdentifier": "h", "unixTime": 1, "diffResults": {"added": [row, row], "removed": [row]}}
    assert len({event.event_id for event in events("osquery", batch)}) == 2


def test_osquery_rows_that_are_no_objects_are_counted() -> None:
    batch = {"name": "q", "hostIdentifier": "h", "unixTime": 1, "diffResults": {"added": [7, {"cmdline": "id"}]}}
    assert reading("osquery", batch).skipped.counts == {"rows that are no objects": 1}


def test_osquery_history_without_timestamps_has_no_time() -> None:
    (event,) = events("osquery", osquery(uid="0", time="0", command="ls", history_file="/root/.bash_history"))
    assert (event.time, event.origin) == (None, "history")


def test_kypo_commands_are_kept_as_logged() -> None:
    rows = [{"cmd": one, "cmd_type": "bash-command", "hostname": "h"} for one in ("ls \n", "", " ", "id")]
    assert [event.command_line for event in events("kypo", *rows)] == ["ls \n", "id"]


def test_auoms_commands_may_hold_what_looks_like_fields() -> None:
    command = 'sh -c "echo pid=5 redactors= cmdline=x containerid=y"'
    (event,) = events("auoms", auoms(command, "pid=9 "))
    assert (event.command_line, event.pid, event.complete) == (command, 9, True)


def test_auoms_laurel_and_auditd_call_one_event_alike() -> None:
    log = (
        b"node=w type=SYSCALL msg=audit(1740816000.100:5): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=9 "
        b'auid=1 uid=0 euid=0 tty=pts0 ses=1 comm="id" exe="/usr/bin/id"\n'
        b'node=w type=EXECVE msg=audit(1740816000.100:5): argc=1 a0="id"\n'
    )
    (plain,) = [row for batch in AuditdReader().read(io.BytesIO(log), "x") for row in batch.rows()]
    (joined,) = events("auoms", auoms("id"))
    call = {"arch": "0xc000003e", "syscall": 59, "success": "yes", "pid": 9, "exe": "/usr/bin/id"}
    (laurel,) = events(
        "laurel", {"ID": "1740816000.100:5", "NODE": "w", "SYSCALL": call, "EXECVE": {"argc": 1, "ARGV": ["id"]}}
    )
    assert {event.event_id for event in (plain, joined, laurel)} == {"w:1740816000.100:5"}


def test_laurel_arguments_that_were_left_out_are_not_guessed() -> None:
    call = {"arch": "0xc000003e", "syscall": 59, "success": "yes", "pid": 9, "exe": "/bin/rm"}
    argv = ["rm", "<<< Skipped: args=3, bytes=40 >>>", "z"]
    (event,) = events("laurel", {"ID": "1740816000.100:5", "SYSCALL": call, "EXECVE": {"argc": 5, "ARGV": argv}})
    assert (event.argv, event.complete) == (None, False)


def test_falco_gives_one_event_when_two_rules_fire_on_one_execution() -> None:
    fields = {"proc.cmdline": "id", "proc.pid": 3, "evt.time": 1740816000123456789}
    alerts = [{"rule": rule, "priority": "Notice", "hostname": "h", "output_fields": fields} for rule in ("a", "b")]
    assert len(events("falco", *alerts)) == 1


def test_falco_sentences_are_not_taken_apart() -> None:
    alert = {
        "rule": "a",
        "priority": "Notice",
        "output": "shell (cmdline=id user=root)",
        "time": "2025-03-01T08:00:00Z",
    }
    assert reading("falco", alert).skipped.counts == {"an alert without output_fields": 1}


def test_kubernetes_stages_are_one_event_that_says_how_it_ended() -> None:
    uri = "/api/v1/namespaces/n/pods/p/exec?command=sh&command=-c&command=a%26b+%3D&stdin=true"
    stages = [request("RequestReceived", uri), request("ResponseComplete", uri, responseStatus={"code": 403})]
    found = reading("kubernetes-audit", *stages)
    (event,) = found.events
    assert (event.argv, event.success, event.source.record) == (("sh", "-c", "a&b ="), False, 1)
    assert not found.skipped.counts


@pytest.mark.parametrize("uri", ["/exec?container=a", "/exec", "/exec?commands=id"])
def test_kubernetes_requests_without_a_command_are_no_events(uri: str) -> None:
    assert events("kubernetes-audit", request("ResponseComplete", uri)) == []


@pytest.mark.parametrize("activity,count", [(1, 1), (2, 0), (3, 0), (99, 0)])
def test_ocsf_only_launches_are_events(activity: int, count: int) -> None:
    row = {"class_uid": 1007, "activity_id": activity, "metadata": {}, "process": {"cmd_line": "id", "pid": 1}}
    assert len(events("ocsf", row)) == count


def test_ocsf_parent_is_the_actor_where_the_process_names_none() -> None:
    row = {"class_uid": 1007, "activity_id": 1, "metadata": {}, "process": {"cmd_line": "id"},
           "actor": {"process": {"pid": 4, "cmd_line": "sh"}, "user": {"name": "ann"}}}  # fmt: skip
    (event,) = events("ocsf", row)
    assert (event.ppid, event.parent_command_line, event.user) == (4, "sh", "ann")


def test_defender_event_is_one_in_the_export_and_in_the_stream() -> None:
    row = {"Timestamp": "2025-03-01T08:00:00.1Z", "DeviceId": "d", "DeviceName": "n", "ActionType": "ProcessCreated",
           "ReportId": 5, "ProcessCommandLine": "id"}  # fmt: skip
    streamed = {"time": "2025-03-01T09:00:00Z", "category": "AdvancedHunting-DeviceProcessEvents", "properties": row}
    found = reading("defender", row, streamed)
    assert (len(found.events), found.skipped.counts) == (1, {"the same event again": 1})


def test_crowdstrike_falcon_numbers_are_no_process_ids() -> None:
    (event,) = events("crowdstrike", rollup(RawProcessId="42", ParentProcessId="99"))
    assert (event.pid, event.ppid) == (42, None)


def test_crowdstrike_history_is_one_event_a_line() -> None:
    row = {"event_simpleName": "CommandHistory", "aid": "a", "CommandHistory": "dir\u00b6cd x\u00b6\u00b6dir"}
    assert [event.command_line for event in events("crowdstrike", row)] == ["dir", "cd x", "dir"]


def test_crowdstrike_names_of_logscale_are_known() -> None:
    row = rollup(**{"#event_simpleName": "ProcessRollup2", "@timestamp": 1740816000123})
    del row["event_simpleName"], row["timestamp"]
    (event,) = events("crowdstrike", row)
    assert event.time == "2025-03-01T08:00:00.123000Z"


@pytest.mark.parametrize(
    "name,make",
    [
        ("cowrie", lambda value: cowrie(input=value)),
        ("osquery", lambda value: osquery(cmdline=value, time="1")),
        ("kypo", lambda value: {"cmd": value, "cmd_type": "bash-command"}),
        ("auoms", lambda value: {"SerialNumber": 1, "Timestamp": "1.000", "records": value}),
        ("laurel", lambda value: {"ID": "1.000:1", "EXECVE": value}),
        ("falco", lambda value: {"rule": "a", "priority": "b", "output_fields": {"proc.cmdline": value}}),
        ("kubernetes-audit", lambda value: request("a", "/exec?command=x", objectRef=value)),
        ("ocsf", lambda value: {"class_uid": 1007, "activity_id": 1, "metadata": {}, "process": value}),
        ("defender", lambda value: {"DeviceId": "d", "ReportId": 1, "ActionType": "ProcessCreated", "FileName": value}),
        ("crowdstrike", lambda value: rollup(CommandLine=value)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, 7, 1.5, True, [], {}, ["a"], {"a": 1}, [[]], "", "\ud800", 10**30])
def test_values_of_any_kind_are_events_or_skips_and_never_errors(
    name: str, make: Callable[[Any], Row], value: Any
) -> None:
    found = reading(name, make(value))
    assert found.error is None


def test_windows_numbers_that_no_id_can_be_are_no_ids() -> None:
    row = {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Channel": "S", "CommandLine": "id", "ProcessId": 7}
    (event,) = events("windows-json", {**row, "ParentProcessId": 10**30})
    assert (event.pid, event.ppid) == (7, None)


@given(st.lists(st.text(st.sampled_from("ab0_@%+=:,./- '\"\\$\té\n")), max_size=5))
def test_arguments_are_joined_as_a_shell_reads_them(arguments: list[str]) -> None:
    assert joined(arguments) == shlex.join(arguments)
