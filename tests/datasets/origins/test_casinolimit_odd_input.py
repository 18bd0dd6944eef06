"""CasinoLimit: labels and archives that are damaged, hostile or not what they should be."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.datasets.origins.casinolimit_tables import GROUPS, SYSTEM, counts_of, one_machine, report_of
from tests.datasets.origins.conftest import Build, Machine, random_tree

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import DatasetError, SinkError, UsageError


def test_a_technique_without_an_id_is_kept_as_labelled_and_reported(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    run_build(one_machine(log, ("u", "Permission Groups Discovery", [5])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", "Permission Groups Discovery"): 1}
    assert report_of(tmp_path)["techniques_without_id"] == {"Permission Groups Discovery": 1}


def test_damaged_labels_are_counted_one_by_one(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log)
    tree.labels["syslogs_labels/system_labels/a.json"] = (
        b'{"u": {"id": "u", "auditd_events": {"web": ["5", "x", 5, true]}, "technique": "T1069: G"},'
        b' "u": {"id": "w", "auditd_events": {"web": "5"}, "technique": "T1082: S"},'
        b' "x": 3, "y": {"auditd_events": {}}, "z": {"auditd_events": [1], "technique": "T1001"}}'
    )
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", "T1069: G"): 1}
    assert report_of(tmp_path)["label_problems"] == {
        "id differs from its uid": 1,
        "label that is not an object": 1,
        "label whose events are not by machine": 1,
        "label without a technique": 1,
        "machine without a list of serials": 1,
        "serial that is not a number": 2,
        "serial twice in one label": 1,
        "uid twice": 1,
    }


@pytest.mark.parametrize("content", [b"no json", b"[" * 100_000, b"[1]", b'{"a": ' + b"9" * 10_000 + b"}", b"\xff"])
def test_a_label_file_that_is_none_is_noted_and_the_rest_is_built(
    content: bytes, tmp_path: Path, run_build: Build
) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5]))
    tree.log("b", "web-01", log)
    tree.labels["syslogs_labels/system_labels/b.json"] = content
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}
    (note,) = [note for note in report_of(tmp_path)["notes"] if "labels not used" in note]
    assert note.startswith("b: labels not used: syslogs_labels/system_labels/b.json is not a label file")


def test_a_log_that_is_none_is_noted_and_the_rest_is_built(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5]))
    tree.logs["syslogs/a/db-01/audit.log"] = b"\x7fELF not a log\n"
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}
    assert any("log not read: a/db-01/audit.log" in note for note in report_of(tmp_path)["notes"])


def test_rotated_logs_are_read_oldest_first_and_never_run_into_each_other(tmp_path: Path, run_build: Build) -> None:
    old, new = Machine(), Machine(clock_ms=1_716_000_900_000)
    old.execve(5, b"id")
    new.execve(6, b"ls")
    tree = one_machine(new, ("u", GROUPS, [5, 6]))
    tree.logs["syslogs/a/web-01/audit.log.1"] = old.text.rstrip(b"\n")
    run_build(tree.zips(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1, ("ls", GROUPS): 1}
    assert not report_of(tmp_path)["unreadable_records"]


def test_a_zip_that_is_damaged_gives_what_stands_before_and_says_so(tmp_path: Path, run_build: Build) -> None:
    tree, _ = random_tree(9, instances=1, events=400)
    logs, labels = tree.zips(tmp_path)
    raw = bytearray(logs.read_bytes())
    raw[len(raw) // 4] ^= 0xFF
    logs.write_bytes(raw)
    report = run_build((logs, labels))
    assert report.unreadable >= 1
    assert any("log damaged" in note for note in report.facts["notes"])


def test_paths_that_lead_out_and_bombs_are_refused_one_by_one(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5]))
    logs, labels = tree.zips(tmp_path)
    link = zipfile.ZipInfo("syslogs/a/link-01/audit.log")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(logs, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("syslogs/../../a/web-02/audit.log", log.text)
        archive.writestr("/syslogs/a/web-03/audit.log", log.text)
        archive.writestr("syslogs/a/web-04/audit.log", b"\0" * (20 << 20))
        archive.writestr(link, b"/etc/passwd")
    run_build((logs, labels))
    assert report_of(tmp_path)["files_not_used"] == {
        "refused: expands more than 250 times": 1,
        "refused: has an absolute or foreign path": 1,
        "refused: is a link": 1,
        "refused: leads out of the archive": 1,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.zip", "logs.zip", "out.csv", "out.json"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_in_a_zip_twice_is_read_as_it_stands_first(tmp_path: Path, run_build: Build) -> None:
    first, second = Machine(), Machine()
    first.execve(5, b"id")
    second.execve(5, b"ls")
    logs, labels = one_machine(first, ("u", GROUPS, [5])).zips(tmp_path)
    with zipfile.ZipFile(logs, "a") as archive:
        archive.writestr("syslogs/a/web-01/audit.log", second.text)
    run_build((logs, labels))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}
    assert report_of(tmp_path)["files_not_used"] == {"refused: is in the archive twice": 1}


def test_labels_with_text_that_no_file_can_hold_are_written_escaped(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    run_build(one_machine(log, ("u", "T1069\ud800", [5]), ("v\ud800", SYSTEM, [9])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", "T1069\\ud800"): 1}
    assert report_of(tmp_path)["counts"]["labels without events"] == 1


def test_links_in_a_folder_are_not_followed(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    inputs = one_machine(log, ("u", GROUPS, [5])).folders(tmp_path)
    (inputs[0] / "syslogs/a/up-01").symlink_to(tmp_path)
    run_build(inputs)
    assert report_of(tmp_path)["files_not_used"] == {"refused: is a link": 1}


def test_what_is_no_archive_is_an_error_that_names_it(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    logs, labels = one_machine(log, ("u", GROUPS, [5])).folders(tmp_path)
    with pytest.raises(DatasetError, match="nowhere: is not there"):
        run_build((tmp_path / "nowhere", labels))
    with pytest.raises(DatasetError, match=r"holds no <instance>/<machine>/audit\.log"):
        run_build((labels, labels))
    with pytest.raises(DatasetError, match="holds no system_labels"):
        run_build((logs, logs))
    half = tmp_path / "half.zip"
    half.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(DatasetError, match="cannot be opened as a zip file"):
        run_build((half, labels))


def test_two_copies_of_one_log_are_an_error(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5]))
    tree.logs["copy/syslogs/a/web-01/audit.log"] = log.text
    with pytest.raises(DatasetError, match="has two logs for a/web-01"):
        run_build(tree.folders(tmp_path))


def test_a_builder_without_a_reader_refuses(tmp_path: Path, run_build: Build) -> None:
    with pytest.raises(UsageError, match="needs a reader"):
        run_build((tmp_path, tmp_path), reader=None)


def test_an_output_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    inputs = one_machine(log, ("u", GROUPS, [5])).folders(tmp_path)
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(SinkError, match=r"out\.csv"):
        run_build(inputs)
    assert not (tmp_path / "out.csv.part").exists()


def test_the_reader_is_given_the_bytes_as_they_are(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    seen: list[tuple[str, bytes]] = []

    def reader(stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        raw = b"".join(iter(lambda: stream.read(100), b""))
        seen.append((uri, raw))
        yield from ()

    log.execve(6, b"ls")
    inputs = one_machine(log, ("u", GROUPS, [5])).zips(tmp_path)
    run_build(inputs, reader=reader, unlabelled="normal")
    run_build(inputs, reader=reader)
    labelled = b"".join(line for line in log.text.splitlines(keepends=True) if b":5):" in line)
    assert seen == [("a/web-01/audit.log", log.text), ("a/web-01/audit.log", labelled)]
    assert report_of(tmp_path)["counts"]["records of events without a label"] == 4
