"""A gathered folder packed in one archive gives the events that the folder gives."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import CommandEvent
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import TelemetryError
from ttpline.telemetry._inputs import read_inputs

AUDIT = (
    b'type=SYSCALL msg=audit(1767323045.123:7): arch=c000003e syscall=59 success=yes pid=5 exe="/usr/bin/id"\n'
    b'type=EXECVE msg=audit(1767323045.123:7): argc=2 a0="id" a1="-u"\n'
)
ECS = (
    json.dumps(
        {
            "@timestamp": "2026-01-02T03:04:05.000Z",
            "event": {"id": "e1", "category": ["process"], "type": ["start"], "kind": "event"},
            "process": {"pid": 9, "command_line": "whoami --help", "args": ["whoami", "--help"]},
            "host": {"name": "web1"},
        }
    ).encode()
    + b"\n"
)
FILES = {
    "var/log/audit/audit.log": AUDIT,
    "var/log/audit/audit.log.1.gz": gzip.compress(AUDIT.replace(b":7)", b":8)").replace(b'"-u"', b'"-g"')),
    "mixed.log": AUDIT.replace(b":7)", b":9)") + ECS,
    "home/x/.bash_history": b"ls\n# later\ncurl http://192.0.2.7/\n",
    "table.csv": b"command,host\nls -la,web1\n",
}


def pack_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)


def pack_tar(path: Path) -> None:
    with tarfile.open(path, "w:xz" if path.suffix == ".xz" else "w") as archive:
        for name, data in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def read_all(paths: list[str], **options: object) -> tuple[list[CommandEvent], SkipCounter]:
    events: list[CommandEvent] = []
    skipped = SkipCounter()
    batches: Iterator[EventBatch] = read_inputs(paths, **options)  # type: ignore[arg-type]
    for batch in batches:
        events.extend(batch.rows())
        skipped.merge(batch.skipped)
    return events, skipped


@pytest.mark.parametrize("name", ["evidence.zip", "evidence.tar", "evidence.tar.xz"])
@pytest.mark.parametrize("through_a_pipe", [False, True])
def test_archive_gives_what_its_files_give(tmp_path: Path, name: str, through_a_pipe: bool) -> None:
    folder = tmp_path / "folder"
    for member, data in FILES.items():
        (folder / member).parent.mkdir(parents=True, exist_ok=True)
        (folder / member).write_bytes(data)
    archive = tmp_path / name
    (pack_zip if name.endswith(".zip") else pack_tar)(archive)
    alone, _ = read_all([str(folder / member) for member in FILES])
    if through_a_pipe:
        packed, skipped = read_all(["-"], stdin=io.BytesIO(archive.read_bytes()))
    else:
        packed, skipped = read_all([str(archive)])
    prefix = "-" if through_a_pipe else str(archive)
    assert {event.source.uri for event in packed} == {f"{prefix}!/{member}" for member in FILES}
    assert [event.command_line for event in packed] == [event.command_line for event in alone]
    assert len(packed) == 8 and skipped.total == 0


def test_member_that_cannot_be_read_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0")
        archive.writestr("audit.log", AUDIT)
    events, skipped = read_all([str(tmp_path / "a.zip")])
    assert [event.command_line for event in events] == ["id -u"]
    assert dict(skipped.counts) == {"unknown format: it holds bytes that no text has": 1}
    assert skipped.samples[0].uri == f"{tmp_path / 'a.zip'}!/picture.png"


def test_archive_of_nothing_readable_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(TelemetryError, match=r"a\.zip!/picture\.png: unknown format"):
        read_all([str(tmp_path / "a.zip")])


def test_events_of_the_archive_and_of_its_file_beside_it_are_one(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_bytes(AUDIT.replace(b"type=", b"node=web1 type="))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "audit.log", "audit.log")
    events, skipped = read_all([str(tmp_path)])
    assert [event.command_line for event in events] == ["id -u"]
    assert skipped.total == 1
