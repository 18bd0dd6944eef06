"""Parquet: our own events come back whole, other tables as csv would read them, hostile files end in an error."""

import gzip
import io
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ttpline.errors import TelemetryError, UsageError
from ttpline.telemetry import parquet
from ttpline.telemetry._inputs import read, read_inputs
from ttpline.telemetry.parquet import ParquetReader
from ttpline.testing.reading import Reading, reading_of

READER = ParquetReader()
CASES = Path(__file__).parents[1] / "cases" / "telemetry"


def written(frame: pl.DataFrame, **options: Any) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, **options)
    return out.getvalue()


def table(**columns: Any) -> bytes:
    return written(pl.DataFrame(columns))


def read_table(reader: ParquetReader = READER, **columns: Any) -> Reading:
    return reading_of(reader, table(**columns))


@pytest.mark.parametrize("sample", sorted(path.name for path in (CASES / "jsonl").glob("*.jsonl")))
def test_events_that_were_written_come_back_whole(sample: str) -> None:
    """What ``jsonl`` reads, written to parquet and read again, is the same, but that a session counts as text."""
    before = [event.to_dict() for event in read(str(CASES / "jsonl" / sample), "jsonl")]
    batches = list(read_inputs([str(CASES / "jsonl" / sample)], "jsonl"))
    frame = pl.concat([batch.frame.with_columns(pl.col("session").cast(pl.String)) for batch in batches])
    after = [event.to_dict() for event in reading_of(READER, written(frame)).events]
    for row in before:
        row["session"] = None if row["session"] is None else str(row["session"])
    assert after == before and after


def test_a_number_in_session_stays_one_where_the_column_is_of_numbers() -> None:
    batches = list(read_inputs([str(CASES / "auditd" / "plain.log")], "auditd"))
    frame = batches[0].frame
    assert frame.schema["session"] == pl.Int64
    assert reading_of(READER, written(frame)).events == list(batches[0].rows())


def test_answers_beside_our_events_are_not_read() -> None:
    batches = list(read_inputs([str(CASES / "auditd" / "plain.log")], "auditd"))
    frame = batches[0].frame.with_columns(pl.struct(text=pl.lit("x")).alias("command"), prediction=pl.lit(1))
    assert reading_of(READER, written(frame)).events == list(batches[0].rows())


def test_column_is_named_by_option_with_dots_for_nested_ones() -> None:
    reader = ParquetReader(columns={"command_line": "event.what", "host": "where"})
    reading = read_table(reader, event=[{"what": "id"}, {"what": None}], where=["a", "b"])
    assert [(event.command_line, event.host) for event in reading.events] == [("id", "a")]
    assert dict(reading.skipped.counts) == {"the command is empty": 1}


def test_option_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError):
        ParquetReader(columns={"source": "x"})
    with pytest.raises(UsageError):
        ParquetReader(tz="Nowhere/Land")
    reading = read_table(ParquetReader(columns={"command_line": "nope"}), command=["id"])
    assert reading.error is not None and "there is no column 'nope'" in reading.error.reason


def test_table_without_commands_is_no_input() -> None:
    reading = read_table(x=[1])
    assert reading.error is not None and reading.error.reason == "no column is known to hold the command"
    reading = read_table(command=[1])
    assert reading.error is not None and reading.error.reason == "the column of the command holds no text"


def test_times_of_every_kind() -> None:
    moment = datetime(2026, 7, 2, 3, 4, 5, 678)
    kinds = {
        "naive": [moment], "text": ["2026-07-02 03:04:05.000678"], "date": [date(2026, 7, 2)], "seconds": [1782961445],
        "milliseconds": [1782961445000], "nothing": [None],
    }  # fmt: skip
    found = {}
    for name, values in kinds.items():
        (event,) = read_table(ParquetReader(tz="+02:00"), command=["id"], time=values).events
        found[name] = event.time
    assert found == {
        "naive": "2026-07-02T01:04:05.000678Z", "text": "2026-07-02T01:04:05.000678Z",
        "date": "2026-07-01T22:00:00.000000Z", "seconds": "2026-07-02T03:04:05.000000Z",
        "milliseconds": "2026-07-02T03:04:05.000000Z", "nothing": None,
    }  # fmt: skip


def test_zoned_time_is_the_moment_it_is() -> None:
    zoned = pl.Series([datetime(2026, 7, 2, 3, 4, 5)]).dt.replace_time_zone("America/New_York").dt.cast_time_unit("ns")
    (event,) = reading_of(READER, written(pl.DataFrame({"command": ["id"], "time": zoned}))).events
    assert event.time == "2026-07-02T07:04:05.000000Z"


def test_value_of_another_kind_is_counted_and_the_command_is_kept() -> None:
    reading = read_table(command=["id", "ls"], pid=["7", "seven"], time=[10**15, -5], user=[["a"], None])
    assert [(event.command_line, event.pid, event.time is None) for event in reading.events] == [
        ("id", 7, False),
        ("ls", None, True),
    ]
    assert dict(reading.skipped.counts) == {
        "user is no single value: the command is kept without it": 1,
        "pid is not a whole number: the command is kept without it": 1,
        "time is not a time: the command is kept without it": 1,
    }


def test_numbers_that_a_missing_one_made_floats_are_whole() -> None:
    reading = read_table(command=["id", "ls"], pid=[7.0, None])
    assert [event.pid for event in reading.events] == [7, None]


def test_arguments_are_exact_where_no_column_has_the_whole_command() -> None:
    reading = read_table(process=[{"args": ["grep", "a b"]}, {"args": None}])
    assert [(event.argv, event.command_line) for event in reading.events] == [(("grep", "a b"), "grep 'a b'")]
    (event,) = read_table(process=[{"args": ["x"], "command_line": "x  y"}]).events
    assert (event.argv, event.command_line) == (None, "x  y")


def test_rows_come_in_order_over_slices_and_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "FIRST_ROWS", 3)
    monkeypatch.setattr(parquet, "SLICE_BYTES", 500)
    frame = pl.DataFrame({"command": [f"echo {number}" for number in range(1000)]})
    reading = reading_of(READER, written(frame, row_group_size=64))
    assert [event.command_line for event in reading.events] == frame["command"].to_list()
    assert [event.source.record for event in reading.events] == list(range(1, 1001))
    assert sum(batch.records_read for batch in reading.batches) == 1000


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_file_and_pipe_are_read_alike_and_progress_counts_the_file(tmp_path: Path, pack: Any) -> None:
    data = pack(table(command=[f"echo {number}" for number in range(50_000)]))
    file = tmp_path / "x"
    file.write_bytes(data)
    taken: list[int] = []
    found = [e for b in read_inputs([str(file)], on_progress=taken.append) for e in b.rows()]
    piped = [e for b in read_inputs(["-"], stdin=io.BytesIO(data)) for e in b.rows()]
    assert len(found) == 50_000
    assert [event.command_line for event in found] == [event.command_line for event in piped]
    assert sum(taken) == len(data)
    assert list(tmp_path.iterdir()) == [file]


def test_cut_or_damaged_file_is_an_error_of_ours() -> None:
    data = table(command=[f"echo {number}" for number in range(100)])
    for cut in range(1, len(data), 37):
        reading = reading_of(READER, data[:cut])
        assert isinstance(reading.error, TelemetryError) and not reading.events


def test_sizes_that_cannot_be_true_are_refused_before_memory_is_asked_for() -> None:
    """Without the look before, the allocator of polars ends the process."""
    draw = random.Random(5)
    samples = [path.read_bytes() for path in sorted((CASES / "parquet").glob("*.parquet"))]
    for _ in range(400):
        copy = bytearray(draw.choice(samples))
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(copy))
            copy[at : at + 5] = draw.choice([b"\xff\xff\xff\xff\x7f", draw.randbytes(3), b"\x80"])
        reading_of(READER, bytes(copy))


def test_index_that_names_another_file_is_refused(tmp_path: Path) -> None:
    from ttpline.telemetry._parquet.check import ParquetDamageError, check_sizes
    from ttpline.telemetry._parquet.thrift import Compact

    data = table(command=["id"])
    length = int.from_bytes(data[-8:-4], "little")
    index = bytearray(data[-8 - length : -8])
    assert 3 in Compact(bytes(index)).struct()[4][0][1][0]
    at = index.index(b"\x26")  # file_offset (field 2) of the first column: a field 1 is put before it
    index[at : at + 1] = b"\x18\x05/etc/\x16"
    assert Compact(bytes(index)).struct()[4][0][1][0][1] == b"/etc/"
    file = tmp_path / "x"
    file.write_bytes(data[: -8 - length] + bytes(index) + len(index).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(ParquetDamageError):
        check_sizes(file)
