"""From paths to events: what cannot be read is counted, the others go on, and only nothing at all is an error."""

import gzip
import io
import lzma
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import TelemetryError, UnknownFormatError, UsageError
from ttpline.telemetry._inputs import read, read_inputs

EVENT = (
    b'{"event_id":"1","command_line":"id","origin":"input","complete":true,'
    b'"source":{"format":"text","uri":"x","record":1,"offset":0,"length":2}}\n'
)


def commands_of(batches: Sequence[EventBatch]) -> list[str]:
    return [event.command_line for batch in batches for event in batch.rows()]


def skips_of(batches: Sequence[EventBatch]) -> SkipCounter:
    counter = SkipCounter()
    for batch in batches:
        counter.merge(batch.skipped)
    return counter


def write(folder: Path, **files: bytes) -> str:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return str(folder)


def test_each_file_of_a_folder_is_read_in_its_own_format(tmp_path: Path) -> None:
    write(tmp_path, a=b"command,x\nls,1\n", b=gzip.compress(EVENT), c=b"")
    batches = list(read_inputs([str(tmp_path)]))
    assert commands_of(batches) == ["ls", "id"]
    assert skips_of(batches).total == 0


def test_inputs_come_in_the_order_given(tmp_path: Path) -> None:
    write(tmp_path, a=b"first\n", b=b"second\n")
    paths = [str(tmp_path / "b"), "-", str(tmp_path / "a")]
    assert commands_of(list(read_inputs(paths, "text", stdin=io.BytesIO(b"between\n")))) == [
        "second",
        "between",
        "first",
    ]


def test_no_path_is_standard_input() -> None:
    assert commands_of(list(read_inputs([], "text", stdin=io.BytesIO(b"id\n")))) == ["id"]


def test_standard_input_is_sniffed_too() -> None:
    assert commands_of(list(read_inputs(["-"], stdin=io.BytesIO(lzma.compress(EVENT))))) == ["id"]


def test_hundred_mixed_files_lose_nothing_but_the_unreadable(tmp_path: Path) -> None:
    kinds = [EVENT, b"command,x\nls,1\n", b"\x7fELF\0", b"", b"PK\x03\x04zip", gzip.compress(EVENT)[:25]]
    for number in range(100):
        data = kinds[number % len(kinds)].replace(b'"event_id":"', b'"event_id":"%d-' % number)
        (tmp_path / f"{number:03}").write_bytes(data)
    batches = list(read_inputs([str(tmp_path)]))
    assert len(commands_of(batches)) == 17 + 17
    assert skips_of(batches).counts == {
        "unknown format: it holds bytes that no text has": 17,
        "the zip archive ends too early": 16,
        "gzip data ends too early": 16,
    }


def test_unknown_file_alone_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, notes=b"nothing anybody knows\n")
    with pytest.raises(UnknownFormatError, match=r"notes: unknown format: no reader recognises it; .*--from text"):
        list(read_inputs([str(tmp_path / "notes")]))


def test_folder_of_unknown_files_is_an_error_that_counts_them(tmp_path: Path) -> None:
    write(tmp_path, a=b"prose\n", b=b"more prose\n")
    with pytest.raises(UnknownFormatError, match="none of 2 files could be read; the first: unknown format"):
        list(read_inputs([str(tmp_path)]))


def test_empty_file_and_empty_folder_are_no_events_and_no_error(tmp_path: Path) -> None:
    write(tmp_path, empty=b"")
    (tmp_path / "folder").mkdir()
    assert commands_of(list(read_inputs([str(tmp_path / "empty")]))) == []
    assert commands_of(list(read_inputs([str(tmp_path / "folder")]))) == []


def test_missing_file_among_others_is_counted(tmp_path: Path) -> None:
    write(tmp_path, a=b"id\n")
    batches = list(read_inputs([str(tmp_path / "gone"), str(tmp_path / "a")], "text"))
    assert commands_of(batches) == ["id"]
    (skipped,) = skips_of(batches).samples
    assert (skipped.uri, skipped.record) == (str(tmp_path / "gone"), 0)
    assert skipped.remedy == "check the path and its permissions"


def test_missing_file_alone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match="gone: it cannot be read"):
        list(read_inputs([str(tmp_path / "gone")], "text"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_file_without_permission_is_counted(tmp_path: Path) -> None:
    write(tmp_path, a=b"id\n", b=b"ls\n")
    (tmp_path / "a").chmod(0)
    batches = list(read_inputs([str(tmp_path)], "text"))
    assert commands_of(batches) == ["ls"]
    assert skips_of(batches).counts == {"it cannot be read (Permission denied)": 1}


def test_command_that_broke_off_with_the_file_is_not_complete(tmp_path: Path) -> None:
    text = b"".join(b"echo %d %d\n" % (number, number * 7919 % 10_007) for number in range(5000))
    whole = gzip.compress(text)
    write(tmp_path, half=whole[: len(whole) // 2 + 1])
    batches = list(read_inputs([str(tmp_path / "half")], "text"))
    events = [event for batch in batches for event in batch.rows()]
    assert len(events) > 1000
    is_cut = events[-1].command_line not in text.decode().split("\n")
    assert [event.complete for event in events] == [True] * (len(events) - 1) + [not is_cut]
    assert skips_of(batches).counts == {"gzip data ends too early": 1}


def test_options_reach_the_reader_that_has_them(tmp_path: Path) -> None:
    write(tmp_path, a=b"x;y\n1;id\n")
    options = {"columns": {"command_line": "y"}, "delimiter": ";"}
    assert commands_of(list(read_inputs([str(tmp_path)], "csv", reader_options=options))) == ["id"]
    assert commands_of(list(read_inputs([str(tmp_path)], reader_options=options))) == ["id"]


def test_option_of_another_format_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(UsageError, match="text takes no option delimiter"):
        read_inputs(["nowhere"], "text", reader_options={"delimiter": ";"})


def test_unknown_format_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(UsageError, match="no telemetry is called 'nonsense'"):
        read_inputs(["nowhere"], "nonsense")


def test_progress_adds_up_to_the_files(tmp_path: Path) -> None:
    write(tmp_path, a=gzip.compress(b"id\n" * 1000), b=b"ls\n")
    taken: list[int] = []
    list(read_inputs([str(tmp_path)], "text", on_progress=taken.append))
    assert sum(taken) == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_named_pipe_is_read_when_it_is_named(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(b"id\n",))
    writer.start()
    assert commands_of(list(read_inputs([str(fifo)], "text"))) == ["id"]
    writer.join()


def test_rows_are_read_lazily(tmp_path: Path) -> None:
    write(tmp_path, a=b"id\nls\n")
    events = read(str(tmp_path / "a"), "text")
    assert next(events).command_line == "id"
    assert next(events).source.uri == str(tmp_path / "a")
