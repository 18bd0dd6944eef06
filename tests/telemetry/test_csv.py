"""Tables: columns by name or guess, quoting as RFC 4180 says, and nothing lost without a word."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.errors import TelemetryError, UsageError
from ttpline.telemetry.csv import READER, CsvReader
from ttpline.testing.reading import Reading, reading_of


def read(data: bytes | str, reader: CsvReader = READER) -> Reading:
    reading = reading_of(reader, data.encode() if isinstance(data, str) else data)
    if reading.error is not None:
        raise reading.error
    return reading


def commands_of(data: bytes | str, reader: CsvReader = READER) -> list[str]:
    return [event.command_line for event in read(data, reader).events]


@pytest.mark.parametrize("name", ["command", "command_line", "CommandLine", "cmd", "proctitle", "process.command_line"])
def test_usual_names_of_the_command_are_guessed(name: str) -> None:
    assert commands_of(f"host,{name}\nweb1,id\n") == ["id"]


def test_column_may_be_named() -> None:
    assert commands_of("a,b\nls,id\n", CsvReader(columns={"command_line": "b"})) == ["id"]


def test_named_column_goes_before_the_guess() -> None:
    assert commands_of("command,raw\nls,id\n", CsvReader(columns={"command_line": "raw"})) == ["id"]


def test_missing_column_is_an_error_that_lists_the_columns() -> None:
    with pytest.raises(TelemetryError, match=r"there is no column 'cmdline' for command_line; columns are: 'a', 'b'"):
        read("a,b\n1,2\n", CsvReader(columns={"command_line": "cmdline"}))


def test_header_without_a_command_is_an_error_with_the_remedy() -> None:
    with pytest.raises(TelemetryError, match="name it with --column command_line=NAME"):
        read("a,b\n1,2\n")


def test_field_that_no_column_can_fill_is_refused() -> None:
    with pytest.raises(UsageError, match="no column can fill argv"):
        CsvReader(columns={"argv": "x"})


def test_without_a_header_columns_are_numbers() -> None:
    reader = CsvReader(columns={"command_line": "2", "host": "1"}, header=False)
    (event,) = read("web1,id\n", reader).events
    assert (event.command_line, event.host, event.source.record) == ("id", "web1", 1)


def test_without_a_header_the_command_must_be_named() -> None:
    with pytest.raises(UsageError, match="column command_line=1"):
        CsvReader(header=False)


def test_other_columns_are_known_by_the_field_they_fill() -> None:
    (event,) = read(
        "CommandLine,Computer,user,pid,ppid,UtcTime,technique,platform,session,success\n"
        "id,web1,root,0x1F4,77,2026-03-01T10:00:00+01:00,T1033,Linux,c2,true\n"
    ).events
    assert (event.host, event.user, event.pid, event.ppid) == ("web1", "root", 500, 77)
    assert (event.time, event.technique) == ("2026-03-01T09:00:00.000000Z", "T1033")
    assert (event.platform, event.session, event.success) == ("linux", "c2", True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_in_the_header(delimiter: str) -> None:
    assert commands_of(delimiter.join(["host", "cmd"]) + "\n" + delimiter.join(["a", "id"]) + "\n") == ["id"]


def test_delimiter_may_be_given() -> None:
    assert commands_of("host:cmd\na:id\n", CsvReader(delimiter=":")) == ["id"]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_what_cannot_stand_between_cells_is_refused(delimiter: str) -> None:
    with pytest.raises(UsageError, match="cannot stand between cells"):
        CsvReader(delimiter=delimiter)


def test_quoted_cell_holds_delimiters_quotes_and_line_ends_exactly() -> None:
    data = b'host,cmd\r\na,"echo ""x, y""\r\necho z\n"\r\nb,id\r\n'
    reading = read(data)
    assert [event.command_line for event in reading.events] == ['echo "x, y"\r\necho z\n', "id"]
    places = [event.source for event in reading.events]
    assert [data[place.offset : place.offset + place.length] for place in places] == [
        b'a,"echo ""x, y""\r\necho z\n"',
        b"b,id",
    ]
    assert [place.record for place in places] == [2, 3]


def test_mark_of_utf8_and_utf16_are_no_part_of_the_header() -> None:
    assert commands_of(b"\xef\xbb\xbfcommand,x\nid,1\n") == ["id"]
    assert commands_of("command;x\r\nid;1\r\n".encode("utf-16")) == ["id"]


def test_bytes_that_are_no_utf8_are_kept() -> None:
    assert commands_of(b"command,x\ngrep \xff,1\n") == ["grep \udcff"]


def test_formula_is_a_command_like_any_other() -> None:
    assert commands_of("command,x\n\"=cmd|' /C calc'!A0\",1\n") == ["=cmd|' /C calc'!A0"]


def test_ragged_rows_are_counted_with_their_number() -> None:
    reading = read("command,x\nid\nls,1\nps,1,2\n")
    assert [event.command_line for event in reading.events] == ["ls"]
    assert reading.skipped.counts == {
        "row of fewer cells than the header": 1,
        "row of more cells than the header": 1,
    }
    assert [sample.record for sample in reading.skipped.samples] == [2, 4]


def test_empty_command_is_counted_and_empty_lines_are_not() -> None:
    reading = read("command,x\n\n ,1\nid,1\n\n")
    assert [event.source.record for event in reading.events] == [4]
    assert reading.skipped.counts == {"the command is empty": 1}


def test_cell_of_the_wrong_kind_is_left_empty_and_counted() -> None:
    reading = read("command,pid,time\nid,x,yesterday\n")
    (event,) = reading.events
    assert (event.pid, event.time) == (None, None)
    assert reading.skipped.counts == {
        "pid is not a whole number: the command is kept without it": 1,
        "time is not a time: the command is kept without it": 1,
    }


def test_stray_quote_costs_one_line_not_the_file() -> None:
    reading = read('command,x\n"never closed,1\nid,1\nls,1\n')
    assert [event.command_line for event in reading.events] == ["id", "ls"]
    assert reading.skipped.total == 1


def test_text_after_a_closing_quote_is_counted_not_glued() -> None:
    reading = read('command,x\n"a" b,1\nid,1\n')
    assert [event.command_line for event in reading.events] == ["id"]
    assert reading.skipped.counts == {"a quote inside a quoted cell is not doubled": 1}


def test_row_past_the_bound_is_counted_and_the_rest_is_read() -> None:
    reading = read(b"command,x\n" + b"A" * 2_000_000 + b",1\nid,1\n")
    assert [event.command_line for event in reading.events] == ["id"]
    assert reading.skipped.counts == {"row of more than 1048576 bytes": 1}


def test_batches_are_bounded_in_bytes_too() -> None:
    data = b"command,x\n" + (b"A" * 500_000 + b",1\n") * 40
    batches = list(READER.read(io.BytesIO(data), "x"))
    assert sum(batch.frame.height for batch in batches) == 40
    assert max(batch.frame.height for batch in batches) <= 10


def test_cell_longer_than_the_default_limit_of_python_is_read() -> None:
    assert commands_of("command,x\n" + "A" * 500_000 + ",1\n") == ["A" * 500_000]


def test_header_with_a_stray_quote_is_an_error() -> None:
    with pytest.raises(TelemetryError, match="the header is unreadable"):
        read('"command,x\nid,1\n')


@pytest.mark.parametrize(
    ("head", "sureness"),
    [
        (b"id,CommandLine\n1,id\n", 0.9),
        (b"command\nid\n", 0.5),
        (b"a,b\n1,2\n", 0.0),
        (b"ls -la, then more\n", 0.0),
        (b"", 0.0),
        (b'"', 0.0),
    ],
)
def test_sniffing_looks_for_a_column_of_commands(head: bytes, sureness: float) -> None:
    assert READER.sniff(head) == sureness


def test_sniffing_knows_a_named_column() -> None:
    assert CsvReader(columns={"command_line": "b"}).sniff(b"a,b\n") == 0.9


cell = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x10FF7F), max_size=12).filter(
    lambda text: text.strip() != ""
)


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(cell, cell), max_size=8), delimiter=st.sampled_from(",;\t|"))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("host", "command"), *rows])
    reading = read(out.getvalue().encode(), CsvReader(delimiter=delimiter))
    assert [(event.host, event.command_line) for event in reading.events] == rows
    assert reading.skipped.total == 0
