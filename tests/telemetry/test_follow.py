"""Reading what grows gives what reading it whole at the end gives."""

import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.telemetry.growing import cut_at, events_of, read_growing, read_whole, skips_of

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry import _follow, _followers
from ttpline.telemetry._follow import GrowingFile, GrowingPipe, Identity
from ttpline.telemetry._followers import Followers, How, Item, Progress
from ttpline.telemetry._given import Given, OnceOnly
from ttpline.telemetry._wanted import wanted_readers
from ttpline.telemetry.base import readers

CASES = Path(__file__).parents[1] / "cases" / "telemetry"
WHOLE_FILES = {"evtx", "parquet"}
"""Formats that are no lines: nobody follows them."""

NAMES = frozenset(readers(plugins=False).names()) - WHOLE_FILES
SAMPLES = sorted(
    (path.parent.name, path)
    for path in CASES.glob("*/*")
    if path.is_file() and path.name != "claims.json" and path.parent.name in NAMES
)
AUDIT = b"".join(
    b"type=SYSCALL msg=audit(170000000%d.000:%d): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=%d auid=1000 "
    b'uid=0 euid=0 tty=pts0 ses=1 comm="id" exe="/usr/bin/id" key=(null)\n'
    b'type=EXECVE msg=audit(170000000%d.000:%d): argc=2 a0="id" a1="-%d"\n' % (n, n, n, n, n, n)
    for n in range(1, 6)
)
TABLE = (
    b'time,host,command\n2026-01-01T00:00:00Z,h,ls\n2026-01-01T00:00:01Z,h,"echo ""a\nb"""\n2026-01-01T00:00:02Z,h,id\n'
)
TEXT = b"ls -la\n\nwhoami\r\ncat /etc/passwd\nid\n"


@pytest.mark.parametrize(("name", "sample"), SAMPLES, ids=lambda value: value if isinstance(value, str) else value.name)
def test_every_sample_read_as_it_grows_is_the_sample_read_whole(name: str, sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes()
    if not data or data[:2] in (b"\x1f\x8b", b"PK"):
        pytest.skip("nothing in it that could grow")
    reader = readers(plugins=False).get(name)
    whole = read_whole(reader, data)
    step = max(1, len(data) // 13)
    grown = list(read_growing(reader, tmp_path / "log", cut_at(data, range(0, len(data), step))))
    assert events_of(grown) == events_of(whole)
    assert skips_of(grown) == skips_of(whole)


@pytest.mark.parametrize(("name", "data"), [("auditd", AUDIT), ("csv", TABLE), ("text", TEXT)])
@given(places=st.lists(st.integers(0, 1500), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_where_the_writer_pauses(name: str, data: bytes, places: list[int], tmp_path: Path) -> None:
    reader = readers(plugins=False).get(name)
    grown = list(read_growing(reader, tmp_path / "log", cut_at(data, places)))
    assert events_of(grown) == events_of(read_whole(reader, data))


def test_a_line_is_given_before_the_next_one_is_written(tmp_path: Path) -> None:
    lines = TEXT.splitlines(keepends=True)
    seen = [events_of([batch]) for batch in read_growing(readers().get("text"), tmp_path / "log", lines)]
    assert [[row["command_line"] for row in rows] for rows in seen if rows] == [
        ["ls -la"], ["whoami"], ["cat /etc/passwd"], ["id"]
    ]  # fmt: skip


def test_a_first_line_of_three_bytes_does_not_wait_for_the_second(tmp_path: Path) -> None:
    pieces = iter([b"id\n", b"", b"", b"pwd\n"])
    first = next(iter(read_growing(readers().get("text"), tmp_path / "log", pieces)))
    assert events_of([first])[0]["command_line"] == "id"
    assert next(pieces) == b""


def test_a_half_written_line_is_not_given(tmp_path: Path) -> None:
    pieces = [b"who", b"ami\ncat", b" x\n"]
    seen = [row["command_line"] for row in events_of(read_growing(readers().get("text"), tmp_path / "log", pieces))]
    assert seen == ["whoami", "cat x"]


def test_an_audit_event_waits_for_its_records_and_then_no_longer(tmp_path: Path) -> None:
    halves = AUDIT.splitlines(keepends=True)
    given_after: list[int] = []
    reader = readers().get("auditd")
    batches = read_growing(reader, tmp_path / "log", [*halves, b"", b"", b"", b"", b""], step_s=1.0, wait_s=2.0)
    for batch in batches:
        given_after.extend([batch.frame.height] if batch.frame.height else [])
    assert sum(given_after) == 5
    assert len(given_after) > 2  # not all at the end


# Files with names, threads and rotation


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_follow, _followers):
        monkeypatch.setattr(module, "POLL_S", 0.01)


class Run:
    """Followers of ``paths`` in the background; what they gave so far."""

    def __init__(
        self, paths: Sequence[Path], *, format: str = "text", wait_s: float = 0.1, known: Sequence[Progress] = (),
        gives_held: bool = True,
    ) -> None:  # fmt: skip
        self.stop = threading.Event()
        self.told: list[str] = []
        how = How(
            wanted_readers(format, {}, plugins=False), format == "auto", wait_s, tell=self.told.append,
            gives_held=gives_held,
        )  # fmt: skip
        self._followers = Followers([str(path) for path in paths], how, known, self.stop)
        self.batches: list[EventBatch] = []
        self.progress: dict[str, Progress] = {}
        self._errors: queue.Queue[BaseException] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for item in self._followers.items():
                self._take(item)
        except Exception as error:
            self._errors.put(error)

    def _take(self, item: Item | None) -> None:
        if item is not None:
            self.batches.append(item.batch)
            if item.progress is not None:
                self.progress[item.progress.path] = item.progress

    @property
    def commands(self) -> list[object]:
        return [row["command_line"] for row in events_of(list(self.batches))]

    def until(self, count: int) -> list[object]:
        """The commands once there are ``count`` of them, or after 5 s."""
        end = time.monotonic() + 5
        while len(self.commands) < count and time.monotonic() < end and self._errors.empty():
            time.sleep(0.01)
        return self.commands

    def end(self) -> list[object]:
        self.stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()
        if not self._errors.empty():
            raise self._errors.get()
        return self.commands


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_what_is_there_and_what_comes_is_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\nb\n")
    run = Run([log])
    assert run.until(2) == ["a", "b"]
    append(log, "c\n")
    assert run.until(3) == ["a", "b", "c"]
    time.sleep(0.3)  # longer than the wait: it was read to its end meanwhile
    append(log, "d\n")
    assert run.until(4) == ["a", "b", "c", "d"]
    assert [row["source"] for row in events_of(run.batches)][3] == {
        "format": "text", "uri": str(log), "record": 4, "offset": 6, "length": 1
    }  # fmt: skip
    assert run.end() == ["a", "b", "c", "d"]


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\n")
    run = Run([log])
    run.until(1)
    log.rename(tmp_path / "log.1")
    append(tmp_path / "log.1", "b\n")
    log.write_text("c\n")
    append(tmp_path / "log.1", "late\nunfinished")
    assert run.until(5) == ["a", "b", "late", "unfinished", "c"]
    assert run.end()[-1] == "c"
    records = [row["source"]["record"] for row in events_of(run.batches)]  # type: ignore[index]
    assert records == [1, 2, 3, 4, 1]


def test_two_rotations_at_once_lose_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\n")
    run = Run([log], wait_s=0.3)
    run.until(1)
    log.rename(tmp_path / "log.2")
    (tmp_path / "log.1").write_text("b\n")
    log.write_text("c\n")
    assert run.until(3) == ["a", "b", "c"]
    run.end()


def test_a_log_that_is_cut_is_read_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\nsecond\n")
    run = Run([log])
    run.until(2)
    os.truncate(log, 0)
    time.sleep(0.05)
    append(log, "third\n")
    assert run.until(3) == ["first", "second", "third"]
    run.end()


def test_copytruncate_loses_no_line_that_reached_the_copy(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * 2000 + "\n")
    run = Run([log], wait_s=30)
    run.until(1)
    append(log, "between\n")
    (tmp_path / "log.1").write_bytes(log.read_bytes())
    log.write_text("new\n")
    assert run.until(3)[1:] == ["between", "new"]
    run.end()


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    run = Run([tmp_path / "log"])
    time.sleep(0.05)
    (tmp_path / "log").write_text("a\n")
    assert run.until(1) == ["a"]
    assert any("not there yet" in said for said in run.told)
    run.end()


def test_a_new_file_in_a_folder_is_followed_and_a_renamed_one_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_followers, "RESCAN_S", 0.05)
    (tmp_path / "one").write_text("a\n")
    run = Run([tmp_path])
    run.until(1)
    (tmp_path / "two").write_text("b\n")
    assert run.until(2) == ["a", "b"]
    (tmp_path / "one").rename(tmp_path / "one.1")
    (tmp_path / "one").write_text("c\n")
    assert run.until(3) == ["a", "b", "c"]
    time.sleep(0.3)
    assert run.end() == ["a", "b", "c"]


def test_a_second_run_goes_on_where_the_first_one_was(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\nb\nc")
    first = Run([log], gives_held=False)
    first.until(2)
    assert first.end() == ["a", "b"]  # the unfinished line is left to the next run
    append(log, "\nd\n")
    second = Run([log], known=list(first.progress.values()))
    assert second.until(2) == ["c", "d"]
    second.end()


def test_a_log_that_was_rotated_between_two_runs_is_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\n")
    first = Run([log], gives_held=False)
    first.until(1)
    first.end()
    append(log, "b\n")
    log.rename(tmp_path / "log.2")
    (tmp_path / "log.1").write_text("c\n")
    log.write_text("d\n")
    second = Run([log], known=list(first.progress.values()))
    assert second.until(3) == ["b", "c", "d"]
    second.end()


def test_the_format_is_told_once_enough_is_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(AUDIT[:20])
    run = Run([log], format="auto", wait_s=1.0)
    time.sleep(0.1)
    with log.open("ab") as file:
        file.write(AUDIT[20:])
    assert len(run.until(5)) == 5
    run.end()


def test_a_pipe_gives_its_lines_as_they_come() -> None:
    reading, writing = os.pipe()
    stop = threading.Event()
    with os.fdopen(reading, "rb") as pipe, GrowingPipe(pipe, stop, 1.0) as stream:
        os.write(writing, b"one\ntw")
        assert stream.read(100) == b"one\n"
        os.write(writing, b"o\nrest")
        assert stream.read(100) == b"two\n"
        os.close(writing)
        assert stream.read(100) == b"rest"
        assert stream.read(100) == b""
        assert stream.ended == "closed"


def test_what_was_given_is_not_given_again_whatever_the_batches() -> None:
    whole = read_whole(readers().get("text"), b"a\nb\nc\nd\n")[0]

    def parts(sizes: Sequence[int]) -> Iterator[EventBatch]:
        at = 0
        for size in sizes:
            yield EventBatch(whole.frame[at : at + size])
            at += size

    progress = Given()
    first = OnceOnly(progress)
    new = [row for batch in parts([3]) for row in events_of([first.split(batch)[1]])]
    again = OnceOnly(progress)
    new += [row for batch in parts([1, 2, 1]) for row in events_of([again.split(batch)[1]])]
    assert [row["command_line"] for row in new] == ["a", "b", "c", "d"]


def test_a_file_is_known_by_its_beginning_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n")
    with (tmp_path / "a").open("rb", buffering=0) as file:
        identity = Identity.of(file)
        append(tmp_path / "a", "more\n")
        assert identity.is_file(file)
        (tmp_path / "a").write_text("y\n")
        assert not identity.is_file(file)


def test_a_run_that_comes_back_stops_at_once_however_much_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n" * 100)
    stop = threading.Event()
    with (tmp_path / "a").open("rb", buffering=0) as file:
        stream = GrowingFile(file, str(tmp_path / "a"), stop, 1.0, stops_whole=False)
        assert stream.read(10) == b"x\n" * 5
        stop.set()
        assert stream.read(10) == b""


def test_a_stopped_file_gives_its_unfinished_line_only_if_nobody_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\ny")
    for stops_whole, expected in ((True, [b"x\n", b"y", b""]), (False, [b"x\n", b"", b""])):
        stop = threading.Event()
        with (tmp_path / "a").open("rb", buffering=0) as file:
            stream = GrowingFile(file, str(tmp_path / "a"), stop, 1.0, stops_whole=stops_whole)
            pieces = [stream.read(10)]
            stop.set()
            assert [*pieces, stream.read(10), stream.read(10)] == expected
