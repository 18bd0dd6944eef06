"""The CasinoLimit builder against archives whose truth is known by construction."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.datasets.origins.casinolimit_tables import GROUPS, SYSTEM, counts_of, one_machine, report_of, rows_of
from tests.datasets.origins.conftest import Build, Machine, Tree, Truth, random_tree, title_of, untrusted

from ttpline.datasets.load import load_csv
from ttpline.datasets.origins import _casinolimit_run as running
from ttpline.datasets.origins._casinolimit_filter import LabelledLines
from ttpline.datasets.origins._casinolimit_instance import InstanceJob, InstanceResult, build_instance
from ttpline.datasets.origins._casinolimit_recorded import RecordedTitles
from ttpline.datasets.origins._casinolimit_titles import kernel_title
from ttpline.datasets.origins.casinolimit import input_bytes
from ttpline.domain.raw_text import encode
from ttpline.telemetry.auditd import AuditdReader


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_labelled_event_is_counted_under_its_title_and_technique(
    seed: int, tmp_path: Path, run_build: Build
) -> None:
    tree, truth = random_tree(seed)
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == truth.labelled


def test_unlabelled_commands_are_normal_when_asked(tmp_path: Path, run_build: Build) -> None:
    tree, truth = random_tree(4)
    run_build(tree.folders(tmp_path), unlabelled="normal")
    expected = truth.labelled + Counter({(title, "Normal"): times for title, times in truth.unlabelled.items()})
    assert counts_of(tmp_path / "out.csv") == expected


def test_a_zip_and_a_folder_give_the_same_bytes(tmp_path: Path, run_build: Build) -> None:
    tree, _ = random_tree(5)
    run_build(tree.folders(tmp_path))
    table, report = (tmp_path / "out.csv").read_bytes(), (tmp_path / "out.json").read_bytes()
    run_build(tree.zips(tmp_path))
    assert (tmp_path / "out.csv").read_bytes() == table
    assert (tmp_path / "out.json").read_bytes() == report


def test_two_processes_give_the_bytes_of_one(tmp_path: Path, run_build: Build) -> None:
    tree, _ = random_tree(6)
    inputs = tree.zips(tmp_path)
    run_build(inputs)
    table, report = (tmp_path / "out.csv").read_bytes(), (tmp_path / "out.json").read_bytes()
    run_build(inputs, jobs=2)
    assert (tmp_path / "out.csv").read_bytes() == table
    assert (tmp_path / "out.json").read_bytes() == report


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_adds_up_to_the_bytes_of_the_logs_whether_read_now_or_before(
    jobs: int, tmp_path: Path, run_build: Build
) -> None:
    inputs = random_tree(9)[0].zips(tmp_path)
    total = input_bytes({"syslogs": inputs[0], "labels": inputs[1]})
    for _ in range(2):  # the second time from the state
        done: list[int] = []
        run_build(inputs, jobs=jobs, state=tmp_path / "state", progress=done.append)
        assert sum(done) == total > 0


def test_an_interrupted_build_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, run_build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, _ = random_tree(7)
    inputs = tree.zips(tmp_path)
    run_build(inputs)
    table, report = (tmp_path / "out.csv").read_bytes(), (tmp_path / "out.json").read_bytes()
    (tmp_path / "out.csv").unlink()
    made: list[str] = []

    def interrupted(job: InstanceJob, progress: Any) -> InstanceResult:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(job.instance.name)
        return build_instance(job, progress)

    monkeypatch.setattr(running, "build_instance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_build(inputs)
    assert not (tmp_path / "out.csv").exists()
    assert len(list((tmp_path / "out.csv.state").glob("*.json"))) == 2

    def remembered(job: InstanceJob, progress: Any) -> InstanceResult:
        made.append(job.instance.name)
        return build_instance(job, progress)

    monkeypatch.setattr(running, "build_instance", remembered)
    run_build(inputs)
    assert len(made) == 3, "what was finished is not read again"
    assert (tmp_path / "out.csv").read_bytes() == table
    assert (tmp_path / "out.json").read_bytes() == report
    assert not (tmp_path / "out.csv.state").exists()


@pytest.mark.parametrize("damage", ["rows", "facts", "input"])
def test_a_kept_instance_that_is_damaged_or_old_is_made_again(damage: str, tmp_path: Path, run_build: Build) -> None:
    tree, truth = random_tree(8, instances=1)
    inputs = tree.folders(tmp_path)
    run_build(inputs, state=tmp_path / "state")
    kept = next((tmp_path / "state").glob("*.parquet"))
    if damage == "rows":
        kept.write_bytes(kept.read_bytes()[:-20])
    elif damage == "facts":
        kept.with_suffix(".json").write_text("{")
    else:
        log = Machine()
        log.execve(7, b"new")
        tree.log("inst00", "web-01", log)
        tree.label("inst00", u=(GROUPS, {"web": [7]}))
        inputs = tree.folders(tmp_path)
        truth = Truth(Counter({("new", GROUPS): 1}))
    run_build(inputs, state=tmp_path / "state")
    assert counts_of(tmp_path / "out.csv") == truth.labelled


def test_the_studys_columns_come_first(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    assert (tmp_path / "out.csv").read_bytes() == (
        b"proctitle,technique,count,command_line,origin,complete\n"
        b"id,T1069: Permission Groups Discovery,1,id,execve,true\n"
    )


def test_a_cut_title_keeps_the_whole_command_beside_it(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"curl", b"http://192.0.2.1/" + b"a" * 200)
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    (row,) = rows_of(tmp_path / "out.csv")
    assert row["proctitle"] == "curl http://192.0.2.1/" + "a" * 106
    assert row["command_line"] == "curl http://192.0.2.1/" + "a" * 200
    assert (row["origin"], row["complete"]) == ("execve", "true")
    table = report_of(tmp_path)["table"]
    assert table["occurrences whose title is cut at 128 bytes"] == 1
    assert table["of these, whole in EXECVE"] == 1


def test_a_cut_title_alone_says_that_it_is_cut(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.syscall(5, b"curl", b"b" * 200)
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["origin"], row["complete"]) == ("proctitle", "false")
    assert report_of(tmp_path)["table"]["of these, whole in EXECVE"] == 0


def test_commands_that_share_a_cut_title_are_one_row_or_a_row_each(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    for serial, end in ((1, b"-x"), (2, b"-x"), (3, b"-y")):
        log.execve(serial, b"c" * 140, end)
    inputs = one_machine(log, ("u", GROUPS, [1, 2, 3])).folders(tmp_path)
    run_build(inputs)
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["count"], row["command_line"][-3:]) == ("3", " -x"), "the one that was seen most often"
    assert report_of(tmp_path)["table"]["cut titles that stand for several whole commands"] == 1
    run_build(inputs, rows_by="command")
    assert [(row["command_line"][-3:], row["count"]) for row in rows_of(tmp_path / "out.csv")] == [
        (" -x", "2"),
        (" -y", "1"),
    ]


def test_an_event_with_two_techniques_is_a_row_each_and_reported(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    run_build(one_machine(log, ("u", GROUPS, [5]), ("v", SYSTEM, [5])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1, ("id", SYSTEM): 1}
    assert report_of(tmp_path)["counts"]["labelled serials with several techniques"] == 1


def test_two_labels_with_one_technique_count_an_event_once(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    run_build(one_machine(log, ("u", GROUPS, [5]), ("v", GROUPS, [5])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}
    assert report_of(tmp_path)["counts"]["labelled serials with several labels"] == 1


def test_a_serial_that_comes_again_after_a_reboot_joins_both_and_is_reported(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    log.clock_ms += 3_600_000
    log.execve(5, b"ls")
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1, ("ls", GROUPS): 1}
    assert report_of(tmp_path)["counts"]["labelled serials with several events"] == 1


def test_labels_without_events_are_named(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    log.sudo(6, "ls")
    run_build(one_machine(log, ("u", GROUPS, [5]), ("lost", SYSTEM, [99]), ("typed", SYSTEM, [6])).folders(tmp_path))
    report = report_of(tmp_path)
    assert report["labels_without_events"] == ["a: lost", "a: typed"]
    assert report["counts"]["labels without events"] == 2
    assert report["counts"]["labelled serials without an event"] == 1
    assert report["counts"]["labelled serials whose event has no title"] == 1


@pytest.mark.parametrize(
    ("folder", "labelled"), [("web-01", "web"), ("web-01", "web-01"), ("web", "web-01"), ("web", "web")]
)
def test_a_machine_is_found_with_or_without_its_number(
    folder: str, labelled: str, tmp_path: Path, run_build: Build
) -> None:
    log, tree = Machine(), Tree()
    log.execve(5, b"id")
    tree.log("a", folder, log)
    tree.label("a", u=(GROUPS, {labelled: [5]}))
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}


def test_a_machine_that_may_be_two_folders_is_not_guessed(tmp_path: Path, run_build: Build) -> None:
    log, tree = Machine(), Tree()
    log.execve(5, b"id")
    tree.log("a", "web-01", log)
    tree.log("a", "web-02", log)
    tree.label("a", u=(GROUPS, {"web": [5]}))
    run_build(tree.folders(tmp_path))
    assert not rows_of(tmp_path / "out.csv")
    report = report_of(tmp_path)
    assert report["counts"]["label serials on a machine that several folders may be"] == 1
    assert report["notes"] == ["a: labels for machine 'web', which may be web-01, web-02: not joined"]


def test_labels_for_what_is_not_there_are_reported(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5]))
    tree.log("b", "web-01", log)
    tree.label("c", u=(GROUPS, {"web": [5]}))
    tree.label("a", u=(GROUPS, {"web": [5], "mail": [1, 2]}))
    run_build(tree.folders(tmp_path))
    report = report_of(tmp_path)
    assert report["instances"] == {
        "all": 3, "with logs and labels": 1, "with logs only": ["b"], "with labels only": ["c"]
    }  # fmt: skip
    assert report["counts"]["label serials on a machine without a log"] == 3
    assert "a: labels for machine 'mail', which has no log" in report["notes"]


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 20])
def test_only_lines_of_labelled_events_and_lines_without_an_event_come_through(piece: int) -> None:
    text = (
        b"type=X msg=audit(1.001:5): a\nno record\ntype=X msg=audit(1.001:55): audit(1.001:5)\n"
        b"type=X msg=audit(1.001:5): b"
    )
    lines = LabelledLines([5])
    kept = b"".join(lines.keep(text[start : start + piece]) for start in range(0, len(text), piece)) + lines.rest()
    assert kept == b"type=X msg=audit(1.001:5): a\nno record\ntype=X msg=audit(1.001:5): b"
    assert lines.left_out == 1


@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_the_first_record_comes_through_so_that_the_log_is_known(piece: int) -> None:
    text = b"no record\ntype=X msg=audit(1.001:5): a\ntype=X msg=audit(1.001:6): a\n"
    lines = LabelledLines([])
    kept = b"".join(lines.keep(text[start : start + piece]) for start in range(0, len(text), piece)) + lines.rest()
    assert sorted(kept.splitlines()) == [b"no record", b"type=X msg=audit(1.001:5): a"]
    assert lines.left_out == 1


def test_the_table_is_read_by_the_loader(tmp_path: Path, run_build: Build) -> None:
    tree, truth = random_tree(10)
    run_build(tree.zips(tmp_path), unlabelled="normal")
    dataset = load_csv(tmp_path / "out.csv")
    assert sum(row.count for row in dataset.rows) == truth.labelled.total() + truth.unlabelled.total()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(argv=st.lists(st.binary(min_size=0, max_size=70).filter(lambda raw: b"\0" not in raw), min_size=1, max_size=5))
def test_any_arguments_have_the_title_that_the_log_holds(argv: list[bytes], tmp_path: Path, run_build: Build) -> None:
    """One event by EXECVE, one by the recorded title alone: the two must meet in one row."""
    assume(title_of(argv))
    log = Machine()
    log.execve(5, *argv)
    log.syscall(6, *argv)
    run_build(one_machine(log, ("u", GROUPS, [5, 6])).folders(tmp_path))
    assert [row["count"] for row in rows_of(tmp_path / "out.csv")] == ["2"]


def test_a_failed_execution_has_its_callers_title(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.failed_execve(5, b"sh", b"-c", b"no such")
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["proctitle"], row["origin"], row["complete"]) == ("sh -c no such", "proctitle", "false")


def test_an_event_whose_title_is_null_is_left_out_and_counted(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id")
    tree = one_machine(log, ("u", GROUPS, [5, 6]))
    log.syscall(6, b"gone")
    tree.logs["syslogs/a/web-01/audit.log"] = log.text.replace(b'"gone"', b"(null)")
    run_build(tree.folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id", GROUPS): 1}
    assert report_of(tmp_path)["counts"]["events without title or arguments"] == 1


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 20])
def test_titles_are_taken_from_the_log_however_its_bytes_come(piece: int) -> None:
    log = Machine()
    log.execve(5, b"ls", b"-la")
    log.syscall(6, b"id")
    titles = RecordedTitles()
    for start in range(0, len(log.text), piece):
        titles.feed(log.text[start : start + piece])
    keys = ["1716000000.007:5", "1716000000.014:6", "1716000000.014:7", None]
    assert titles.take(keys) == ["6C73002D6C61", '"id"', None, None]
    assert titles.take(keys) == [None] * 4


def test_a_title_that_the_log_has_is_taken_as_it_is(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id", b"-un")
    tree = one_machine(log, ("u", GROUPS, [5]))
    tree.logs["syslogs/a/web-01/audit.log"] = log.text.replace(untrusted(b"id\0-un").encode(), b'"renamed"')
    run_build(tree.folders(tmp_path))
    assert [(row["proctitle"], row["command_line"]) for row in rows_of(tmp_path / "out.csv")] == [("renamed", "id -un")]


def test_a_title_that_the_log_lacks_is_made_from_the_arguments_and_counted(tmp_path: Path, run_build: Build) -> None:
    log = Machine()
    log.execve(5, b"id", b"x" * 200)
    log.lines = [line for line in log.lines if "PROCTITLE" not in line]
    run_build(one_machine(log, ("u", GROUPS, [5])).folders(tmp_path))
    assert counts_of(tmp_path / "out.csv") == {("id " + "x" * 125, GROUPS): 1}
    assert report_of(tmp_path)["counts"]["titles made from arguments"] == 1


@pytest.mark.parametrize("name", ["msticpy-1.log", "plaso-audit_enriched.log"])
def test_a_title_made_from_arguments_is_the_one_that_was_logged(name: str, shared: Path) -> None:
    raw = (shared / "telemetry/auditd" / name).read_bytes()
    logged = {
        (match[1], match[2]): bytes.fromhex(match[3].decode()) if not match[3].startswith(b'"') else match[3][1:-1]
        for match in re.finditer(rb'type=PROCTITLE msg=audit\(([\d.]+):(\d+)\) ?: proctitle=([0-9A-F]+|"[^"]*")', raw)
    }
    compared = 0
    with (shared / "telemetry/auditd" / name).open("rb") as stream:
        for batch in AuditdReader(all_titles=True).read(stream, name):
            for row in batch.frame.filter(origin="execve").iter_rows(named=True):
                stamp, _, serial = row["event_id"].rpartition(":")
                title = logged.get((stamp.rpartition(":")[2].encode(), serial.encode()))
                if title is not None and row["complete"] and row["success"]:
                    assert kernel_title([encode(argument) for argument in row["argv"]]) == title
                    compared += 1
    if not compared:
        pytest.skip(f"{name} has no execution with a title")
