"""Documents that hold another log's line: the line's own reader reads it, places are those of the documents."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import CommandEvent
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import UnknownFormatError
from ttpline.telemetry._inputs import read_inputs

CASES = Path(__file__).parents[1] / "cases" / "telemetry"
SYSCALL = (
    "type=SYSCALL msg=audit(1700000000.00{n}:{n}): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2{n} auid=0 "
    'uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="id" exe="/usr/bin/id"'
)
EXECVE = 'type=EXECVE msg=audit(1700000000.00{n}:{n}): argc=2 a0="id" a1="{n}"'
SUDO = "2025-06-10T06:13:2{n}+00:00 web1 sudo[{n}]: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id {n}"

Shipper = Callable[[str], dict[str, Any]]


def told(path: Path, jobs: int = 1) -> tuple[list[CommandEvent], SkipCounter]:
    batches: list[EventBatch] = list(read_inputs([str(path)], jobs=jobs))
    skipped = SkipCounter()
    for batch in batches:
        skipped.merge(batch.skipped)
    return [event for batch in batches for event in batch.rows()], skipped


def audit(*numbers: int) -> list[str]:
    return [line.format(n=number) for number in numbers for line in (SYSCALL, EXECVE)]


def filebeat(line: str) -> dict[str, Any]:
    return {
        "@timestamp": "2025-06-10T06:13:21.250Z", "ecs": {"version": "8.0.0"}, "agent": {"type": "filebeat"},
        "host": {"name": "web1"}, "log": {"file": {"path": "/var/log/audit/audit.log"}, "offset": 7}, "message": line,
    }  # fmt: skip


SHIPPERS: list[Shipper] = [
    filebeat,
    lambda line: {"event": {"original": line, "dataset": "x"}, "message": "parsed", "host": {"hostname": "web1"}},
    lambda line: {"log": line + "\n", "stream": "stdout", "time": "2025-06-10T06:13:21Z"},
    lambda line: {"time": 1749536001.25, "host": "web1", "sourcetype": "linux_audit", "event": line},
    lambda line: {"file": "/var/log/x", "host": "web1", "message": line, "source_type": "file"},
    lambda line: {"MESSAGE": line, "HOST": "web1"},
    lambda line: {"_index": "a", "_source": {"message": line, "host": {"name": "web1"}}},
    lambda line: {"textPayload": line, "insertId": "1"},
    lambda line: {"@timestamp": "2025-06-10", "@message": line},
    lambda line: {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": line}]},
]


def written(path: Path, documents: list[dict[str, Any]]) -> list[bytes]:
    lines = [json.dumps(document).encode() for document in documents]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return lines


@pytest.mark.parametrize("shipper", SHIPPERS)
def test_audit_records_in_documents_are_those_of_the_log(tmp_path: Path, shipper: Shipper) -> None:
    raw = written(tmp_path / "docs.jsonl", [shipper(line) for line in audit(1, 2, 3)])
    events, skipped = told(tmp_path / "docs.jsonl")
    assert [event.argv for event in events] == [("id", "1"), ("id", "2"), ("id", "3")]
    assert not skipped.total
    assert {event.source.format for event in events} == {"auditd"}
    assert [event.source.record for event in events] == [1, 3, 5]
    starts = [sum(len(line) + 1 for line in raw[:at]) for at in range(len(raw))]
    assert [event.source.offset for event in events] == starts[::2]
    assert [event.source.length for event in events] == [len(raw[at]) + 1 + len(raw[at + 1]) for at in (0, 2, 4)]
    if "web1" in raw[0].decode():
        assert {event.host for event in events} == {"web1"}
        assert events[0].event_id == "web1:1700000000.001:1"


@pytest.mark.parametrize("shipper", SHIPPERS)
def test_lines_of_syslog_in_documents_are_read(tmp_path: Path, shipper: Shipper) -> None:
    written(tmp_path / "docs.jsonl", [shipper(SUDO.format(n=number)) for number in range(3)])
    events, skipped = told(tmp_path / "docs.jsonl")
    assert [event.command_line for event in events] == [f"/usr/bin/id {number}" for number in range(3)]
    assert not skipped.total


def test_records_of_two_machines_with_one_serial_are_two_events(tmp_path: Path) -> None:
    documents = [filebeat(line) | {"host": {"name": name}} for line in audit(1) for name in ("a", "b")]
    written(tmp_path / "docs.jsonl", documents)
    events, _ = told(tmp_path / "docs.jsonl")
    assert [(event.host, event.source.record) for event in events] == [("a", 1), ("b", 2)]


def test_documents_in_an_array_have_their_places(tmp_path: Path) -> None:
    path = tmp_path / "docs.json"
    path.write_text(json.dumps([filebeat(line) for line in audit(1, 2)], indent=2))
    events, skipped = told(path)
    assert [event.source.record for event in events] == [1, 3]
    data = path.read_bytes()
    source = events[1].source
    assert json.loads(b"[" + data[source.offset : source.offset + source.length] + b"]")[1]["message"].startswith(
        "type=EXECVE"
    )
    assert not skipped.total


def test_several_records_in_one_document_are_one_event(tmp_path: Path) -> None:
    written(tmp_path / "docs.jsonl", [filebeat("\n".join(audit(number))) for number in (1, 2)])
    events, _ = told(tmp_path / "docs.jsonl")
    assert [(event.argv, event.source.record) for event in events] == [(("id", "1"), 1), (("id", "2"), 2)]


def test_documents_of_several_logs_go_each_to_its_reader(tmp_path: Path) -> None:
    process = {
        "@timestamp": "2025-06-10T06:13:29Z", "event": {"kind": "event", "category": "process", "type": "start"},
        "process": {"args": ["ls", "-l"], "pid": 4}, "message": "Process ls (PID: 4) started",
    }  # fmt: skip
    documents = [
        *(filebeat(line) for line in audit(1, 2, 3)),
        filebeat(SUDO.format(n=4)),
        {"nothing": "here"},
        process,
    ]  # fmt: skip
    written(tmp_path / "docs.jsonl", documents)
    events, skipped = told(tmp_path / "docs.jsonl")
    found = {event.source.format for event in events}
    assert found == {"auditd", "syslog", "ecs"}
    assert {event.source.record for event in events if event.source.format != "auditd"} == {7, 9}
    assert [sample.record for sample in skipped.samples] == [8]


def test_sysmon_xml_in_documents(tmp_path: Path) -> None:
    xml = (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>\n'
        '<Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID>\n'
        '<TimeCreated SystemTime="2025-06-10T06:13:2{n}Z"/><EventRecordID>{n}</EventRecordID>'
        "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WS7</Computer></System>"
        '<EventData><Data Name="Image">C:\\a.exe</Data><Data Name="CommandLine">a.exe {n}</Data></EventData></Event>'
    )
    written(tmp_path / "docs.jsonl", [{"event": {"original": xml.replace("{n}", str(n))}} for n in range(3)])
    events, skipped = told(tmp_path / "docs.jsonl")
    assert [event.command_line for event in events] == ["a.exe 0", "a.exe 1", "a.exe 2"]
    assert [event.source.record for event in events] == [1, 2, 3]
    assert not skipped.total


def test_messages_of_programs_are_no_commands(tmp_path: Path) -> None:
    written(tmp_path / "docs.jsonl", [{"message": line} for line in ("ls -la", "cat x", "id", "whoami", "ps aux")])
    with pytest.raises(UnknownFormatError):
        told(tmp_path / "docs.jsonl")


def test_a_document_that_is_an_event_itself_is_read_as_that(tmp_path: Path) -> None:
    document = filebeat(audit(1)[1]) | {
        "event": {"category": ["process"], "type": ["start"], "kind": "event"},
        "process": {"args": ["ls", "-l"], "pid": 4},
    }
    written(tmp_path / "docs.jsonl", [document])
    events, _ = told(tmp_path / "docs.jsonl")
    assert [(event.source.format, event.argv) for event in events] == [("ecs", ("ls", "-l"))]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(SHIPPERS[:6]), st.integers(0, 60)),
        min_size=1,
        max_size=9,
        unique_by=lambda row: row[0],
    ),
    st.booleans(),
)
def test_places_are_of_whole_documents(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, Shipper, int]], is_array: bool
) -> None:
    path = tmp_path_factory.mktemp("held") / "docs"
    documents = [shipper(EXECVE.format(n=number)) | {"pad": "é" * pad} for number, shipper, pad in rows]
    text = json.dumps(documents, ensure_ascii=False) if is_array else "\n".join(map(json.dumps, documents))
    path.write_text(text)
    events, skipped = told(path)
    assert len(events) + skipped.total == len(rows)
    data = path.read_bytes()
    for event in events:
        held = json.loads(data[event.source.offset : event.source.offset + event.source.length].split(b"\n")[0])
        assert held == documents[event.source.record - 1]
        assert event.argv is not None and f'a1="{event.argv[1]}"' in json.dumps(held).replace("\\", "")


def kubernetes(number: int) -> dict[str, Any]:
    return {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": f"id-{number}", "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=id%20{number}",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web", "subresource": "exec"},
        "user": {"username": "bob"}, "responseStatus": {"code": 101},
        "requestReceivedTimestamp": "2025-06-10T06:13:21.250000Z",
    }  # fmt: skip


def cloudwatch(*numbers: int) -> list[dict[str, Any]]:
    return [
        {"eventId": str(number), "timestamp": 1749536001250, "message": json.dumps(kubernetes(number))}
        for number in numbers
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"events": cloudwatch(1, 2), "searchedLogStreams": []}, indent=4),
        "\n".join(json.dumps(event) for event in cloudwatch(1, 2)),
        json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "/aws/eks/a/cluster", "logEvents": cloudwatch(1, 2)}),
    ],
    ids=["aws logs", "lines", "subscription"],
)
def test_audit_of_eks_in_cloudwatch(tmp_path: Path, text: str) -> None:
    (tmp_path / "eks.json").write_text(text)
    events, skipped = told(tmp_path / "eks.json")
    assert [(event.argv, event.host, event.user) for event in events] == [
        (("sh", "-c", "id 1"), "shop/web", "bob"),
        (("sh", "-c", "id 2"), "shop/web", "bob"),
    ]
    assert [event.event_id for event in events] == ["kubernetes-audit:id-1", "kubernetes-audit:id-2"]
    assert not skipped.total


def cloud_entry(method: str, **more: Any) -> dict[str, Any]:
    payload = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "k8s.io",
        "methodName": f"io.k8s.core.v1.{method}", "resourceName": "core/v1/namespaces/shop/pods/web/exec",
        "authenticationInfo": {"principalEmail": "bob@example.com"}, "status": {},
    }  # fmt: skip
    return {
        "insertId": "x", "timestamp": "2025-06-10T06:13:21.250Z", "operation": {"id": "op-1", "producer": "k8s.io"},
        "resource": {"type": "k8s_cluster"}, "protoPayload": payload | more,
    }  # fmt: skip


def test_audit_of_gke_in_cloud_logging(tmp_path: Path) -> None:
    with_command = cloud_entry("pods.exec.create", request={"command": ["sh", "-c", "id"]})
    denied = cloud_entry("pods.exec.create", request={"command": ["ls"]}, status={"code": 7})
    denied["operation"]["id"] = "op-2"
    entries = [with_command, denied, cloud_entry("pods.exec.create"), cloud_entry("secrets.get")]
    (tmp_path / "gke.json").write_text(json.dumps(entries, indent=2))
    events, skipped = told(tmp_path / "gke.json")
    assert [(event.argv, event.success, event.event_id) for event in events] == [
        (("sh", "-c", "id"), True, "kubernetes-audit:op-1"),
        (("ls",), False, "kubernetes-audit:op-2"),
    ]
    assert (events[0].host, events[0].user, events[0].time) == (
        "shop/web",
        "bob@example.com",
        "2025-06-10T06:13:21.250000Z",
    )
    assert dict(skipped.counts) == {"an exec whose command is not in the log (Cloud Logging leaves it out)": 1}
