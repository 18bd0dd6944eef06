"""Files read by several processes: the same events in the same order as by one."""

import gzip
import multiprocessing
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import TelemetryError, UnknownFormatError
from ttpline.sinks._json import event_pieces
from ttpline.telemetry import _processes
from ttpline.telemetry._inputs import read_inputs
from ttpline.telemetry._parallel import ParallelFiles
from ttpline.telemetry._processes import Processes

AUDIT = b'type=EXECVE msg=audit(1718000000.%03d:%d): argc=2 a0="id" a1="%d"\n'


def log(start: int, count: int) -> bytes:
    return b"".join(AUDIT % (number % 1000, number, number) for number in range(start, start + count))


def told(batches: list[EventBatch]) -> tuple[list[dict[str, object]], SkipCounter]:
    skipped = SkipCounter()
    for batch in batches:
        skipped.merge(batch.skipped)
    return [event.to_dict() for batch in batches for event in batch.rows()], skipped


@pytest.fixture(autouse=True)
def always_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_processes, "LEAST_BYTES", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.log").write_bytes(log(0, 3000))
    (tmp_path / "b.gz").write_bytes(gzip.compress(log(2990, 100)))
    (tmp_path / "c.csv").write_bytes(b"command,host\nls,h\n\nwho\n")
    (tmp_path / "d").write_bytes(b"\x7fELF\0 is no log")
    (tmp_path / "e.log").write_bytes(log(9000, 5) + b"no record\n")
    return tmp_path


def test_events_skips_and_progress_are_those_of_one_process(folder: Path) -> None:
    taken: list[int] = []
    alone = told(list(read_inputs([str(folder)])))
    together = told(list(read_inputs([str(folder)], jobs=2, on_progress=taken.append)))
    assert together == alone
    assert len(alone[0]) == 3000 + 90 + 1 + 5
    assert alone[1].counts["the same event again"] == 10
    assert sum(taken) == sum(file.stat().st_size for file in folder.iterdir())


def test_a_mixed_file_told_again_is_skipped_as_with_one_process(tmp_path: Path) -> None:
    other = (
        b'{"event_id":"e1","command_line":"who","origin":"input","complete":true,'
        b'"source":{"format":"text","uri":"x","record":1,"offset":0,"length":2}}\n'
    )
    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).write_bytes(log(0, 50) + other + log(50, 50))
    alone = [(batch.skipped, batch.records_read) for batch in read_inputs([str(tmp_path)])]
    together = [(batch.skipped, batch.records_read) for batch in read_inputs([str(tmp_path)], jobs=2)]
    assert together == alone
    assert sum(skipped.repeated for skipped, _ in alone) == 2 * 101


def test_batches_of_other_processes_come_as_the_lines_asked_for(folder: Path) -> None:
    alone = list(read_inputs([str(folder)]))
    together = list(read_inputs([str(folder)], jobs=2, render=event_pieces))
    assert not any(batch.frame.height for batch in together)
    lines = [piece for batch in together if batch.lines is not None for piece in batch.lines.text()]
    assert b"".join(lines) == b"".join(piece for batch in alone for piece in event_pieces(batch.frame))
    about = [[(batch.height, batch.skipped, batch.records_read) for batch in batches] for batches in (alone, together)]
    assert about[0] == about[1]


@pytest.mark.parametrize(
    ("jobs", "files", "processes", "beside"),
    [(1, 3, 0, False), (2, 1, 0, False), (2, 2, 1, True), (2, 3, 2, True), (2, 4, 2, False), (8, 3, 2, True)],
)
def test_this_process_reads_the_first_file_where_each_can_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, files: int, processes: int, beside: bool
) -> None:
    def counted(number: int, *, beside: bool = False) -> tuple[int, bool]:
        return number, beside

    monkeypatch.setattr(_processes, "Processes", counted)
    for number in range(files):
        (tmp_path / str(number)).write_bytes(log(number, 1))
    found: object = _processes.processes_for([str(tmp_path)], jobs)
    assert found == ((processes, beside) if processes else None)


def test_nothing_readable_is_the_first_reason(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"\x7fELF\0")
    with pytest.raises(TelemetryError, match="none of 2 files could be read; the first: unknown format"):
        list(read_inputs([str(tmp_path)], jobs=2))


@pytest.mark.parametrize("readable", [b"", b"\n", log(0, 1)])
def test_archives_end_as_with_one_process(tmp_path: Path, readable: bytes) -> None:
    for name in ("a.zip", "b.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("x", b"\x7fELF\0")
            archive.writestr("y", b"no log at all\n")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("z", readable)

    def ending(paths: list[str], jobs: int) -> tuple[object, ...]:
        try:
            return told(list(read_inputs(paths, jobs=jobs)))
        except TelemetryError as error:
            return type(error), str(error)

    some = [str(tmp_path / name) for name in ("a.zip", "b.zip")]
    everything = [*some, str(tmp_path / "c.zip")]
    assert ending(some, 2) == ending(some, 1)
    assert ending(some, 2)[0] is UnknownFormatError
    assert "none of 4 files" in str(ending(some, 2)[1])
    assert ending(everything, 2) == ending(everything, 1)


def test_an_output_that_is_not_read_to_its_end_leaves_nothing_behind(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("spill")
    monkeypatch.setattr("tempfile.tempdir", str(place))
    batches = read_inputs([str(folder)], jobs=2)
    next(batches)
    assert list(place.iterdir())
    batches.close()  # type: ignore[attr-defined]
    assert not list(place.iterdir())
    assert not multiprocessing.active_children()


def test_a_process_that_ends_before_its_time_is_an_error(folder: Path) -> None:
    processes = Processes(1)
    processes.begin(os._exit, 9)
    with pytest.raises(TelemetryError, match="ended without a word"):
        list(read_inputs([str(folder)], processes=processes))
    assert not multiprocessing.active_children()


def test_a_mistake_in_a_reader_is_told_with_its_place(folder: Path) -> None:
    files = iter([str(folder / "a.log")])
    parallel = ParallelFiles(divmod, Processes(1), print, lambda batch: batch)
    with pytest.raises(RuntimeError, match=r"(?s)a reading process failed.*_read_into.*TypeError"):
        for _, batches in parallel.in_order(files):
            list(batches or ())
    parallel.close()


def test_processes_are_started_without_a_large_library() -> None:
    code = "import sys, ttpline.telemetry._processes; sys.exit(not {'polars', 'numpy'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
