"""Our own decoder of binary XML against the parser of the package: what the one reads, the other reads the same."""

import io
import runpy
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evtx import PyEvtxParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ttpline.telemetry._evtx import templates
from ttpline.telemetry._evtx.chunks import CHUNK_BYTES, Piece, pieces
from ttpline.telemetry._evtx.commands import FIELDS
from ttpline.telemetry._evtx.decoder import Decoded, Decoder
from ttpline.telemetry._evtx.records import event_of
from ttpline.telemetry._evtx.wheel import texts
from ttpline.telemetry._windows import created
from ttpline.telemetry._windows.created import CREATED_FIELDS, joined
from ttpline.telemetry._windows.event import CommandKind, WindowsEvent
from ttpline.telemetry._windows.process import security_fields, sysmon_fields
from ttpline.telemetry.evtx import READER
from ttpline.testing.reading import reading_of

MAKE: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_evtx.py"))
START = 1_767_323_045_000_000
TEXT, UINT32, HEX32, HEX64, NOTHING, INT32 = 0x01, 0x08, 0x14, 0x15, 0x00, 0x07


def made(source: str, event_id: int, number: int, data: dict[str, Any], *, is_nested: bool = True) -> Any:
    return MAKE["Made"](MAKE[source], event_id, number, START + number, data, is_nested=is_nested)


def sysmon(number: int, **other: Any) -> dict[str, Any]:
    return {
        "UtcTime": "2026-01-02 03:04:05.123\0",
        "ProcessGuid": (0x0F, bytes(range(16))),
        "ProcessId": (UINT32, struct.pack("<I", number)),
        "Image": "C:\\Windows\\System32\\cmd.exe\0",
        "CommandLine": f'"cmd.exe"  /c echo {number} žluť \0',
        "CurrentDirectory": "C:\\\0",
        "User": "NT AUTHORITY\\SYSTEM\0",
        "LogonId": (HEX64, struct.pack("<Q", 0x3E7)),
        "ParentProcessId": (UINT32, struct.pack("<I", 4)),
        "ParentCommandLine": "-\0",
        **other,
    }


def security(number: int, **other: Any) -> dict[str, Any]:
    return {
        "SubjectUserSid": (0x13, MAKE["LOCAL_SYSTEM"]),
        "SubjectUserName": "WS7$",
        "SubjectLogonId": (HEX64, struct.pack("<Q", 0x3E7)),
        "NewProcessId": (HEX64, struct.pack("<Q", 0x1F4)),
        "NewProcessName": "C:\\a.exe",
        "ProcessId": (HEX64, struct.pack("<Q", 0x2A)),
        "CommandLine": "",
        **other,
    }


def log() -> bytes:
    """The forms of Windows and odd ones, two chunks."""
    chunks = []
    for base in (0, 100):
        one = [made("SYSMON", 1, base + at, sysmon(base + at)) for at in range(1, 9)]
        one += [made("SECURITY", 4688, base + at, security(at)) for at in range(9, 13)]
        one += [
            made("SYSMON", 1, base + 13, sysmon(13, Image="", CommandLine="")),
            made("SYSMON", 1, base + 14, sysmon(14, CommandLine="a\0b", User="(null)", CurrentDirectory="N/A")),
            made("SYSMON", 1, base + 15, sysmon(15, CommandLine=(TEXT, b"a\0\0\xd8b\0"))),
            made("SYSMON", 1, base + 16, sysmon(16, CommandLine="\U0001f600 x", ProcessId="17", LogonId="0x3E7")),
            made("SYSMON", 1, base + 17, sysmon(17, User=(NOTHING, b"\xff\xff\xff"), LogonId=(NOTHING, b""))),
            made("SYSMON", 1, base + 18, sysmon(18, ProcessId=(UINT32, b"\1\0"))),
            made("SECURITY", 4688, base + 19, security(19, NewProcessId=(HEX64, b"\xff" * 8), CommandLine="  ")),
            made("SECURITY", 4688, base + 20, security(20, ProcessId=(HEX32, b"\1\0\0\x80"))),
            made("SERVICES", 1, base + 21, {"Image": "x"}),
            made("SYSMON", 1, base + 22, sysmon(22), is_nested=False),
        ]
        numbers = {"MessageNumber": (INT32, b"\1\0\0\0"), "MessageTotal": (INT32, b"\1\0\0\0")}
        block = {**numbers, "ScriptBlockText": "Get-Date\n", "ScriptBlockId": "a-b", "Path": ""}
        one += [
            made("POWERSHELL", 4104, base + 23, block),
            made("POWERSHELL", 4104, base + 24, {**block, "MessageNumber": (INT32, b"\xff" * 4)}),
            made("POWERSHELL", 4104, base + 25, {"ScriptBlockText": "", "MessageTotal": "2"}),
            made("POWERSHELL", 4103, base + 26, {"ContextInfo": MAKE["CONTEXT"], "Payload": MAKE["PAYLOAD"]}),
        ]
        chunks.append(one)
    data: bytes = MAKE["evtx_of"](chunks)
    return data


def pieces_of(data: bytes) -> list[Piece]:
    stream = io.BytesIO(data)
    return list(pieces(stream.read(8), stream))


def own(piece: Piece, decoder: Decoder) -> dict[int, Any]:
    """What the decoder reads of each record: fields, an event, or None for what is no command."""
    found: dict[int, Any] = {}
    for part in decoder.read(piece).parts:
        creations = part.created.rows() if part.created is not None else None
        for at, row in enumerate(part.rows.tolist()):
            if creations is not None:
                found[row] = creations[at]
            else:
                found[row] = part.events[at] if part.events is not None else None
    return found


def theirs(piece: Piece, row: int) -> WindowsEvent | None:
    """The same record alone. Its chunk has no table of names: where that is damaged, the parser refuses the chunk."""
    block = bytearray(piece.block)
    for chunk in range(0, len(block), CHUNK_BYTES):
        block[chunk + 128 : chunk + 384] = bytes(len(block[chunk + 128 : chunk + 384]))
    alone = Piece(bytes(block), piece.start, piece.numbers, piece.records)
    [(_, text)] = texts(alone, np.array([row]), PyEvtxParser)
    return event_of(text) if text is not None else None


def check(data: bytes) -> int:
    """How many records the decoder read."""
    count = 0
    decoder = Decoder()
    for piece in pieces_of(data):
        for row, mine in own(piece, decoder).items():
            event = theirs(piece, row)
            assert event is not None
            kind = event.kind
            if kind in (CommandKind.SYSMON_CREATE, CommandKind.SECURITY_CREATE):
                fields = sysmon_fields(event) if kind is CommandKind.SYSMON_CREATE else security_fields(event)
                assert fields is not None
                assert fields["platform"] == "windows"
                assert mine == {name: fields.get(name) for name in CREATED_FIELDS}
            elif kind is None:
                assert mine is None
            else:
                names = FIELDS[kind]
                event.data = {name: value for name, value in event.data.items() if name in names}
                assert mine == event
            count += 1
    return count


LOG = log()
FEW = MAKE["evtx_of"]([[made("SERVICES", 1, 1, {"Image": "x"}), made("SYSMON", 1, 2, sysmon(2), is_nested=False)]])
SAMPLES = (LOG, FEW, MAKE["sample"]())


def test_all_usual_forms_are_read_by_the_decoder() -> None:
    assert check(MAKE["sample"]()) == 11
    assert check(FEW) == 2
    [piece] = pieces_of(LOG)
    left = Decoder().read(piece).left
    # No command and no program, half a character, a number of two bytes, values of other types than most have; and two
    # forms that few records have.
    assert (left % 26 + 1).tolist() == 2 * [13, 15, 16, 18, 20, 21, 22]
    assert check(LOG) == 38


@pytest.mark.parametrize("data", SAMPLES)
def test_with_and_without_the_decoder_a_log_reads_the_same(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = reading_of(READER, data)
    everything = lambda _, piece: Decoded(left=np.arange(len(piece.records)))  # noqa: E731
    monkeypatch.setattr(Decoder, "read", everything)
    other = reading_of(READER, data)
    assert mine.events == other.events
    assert mine.skipped.counts == other.skipped.counts


@pytest.mark.parametrize("file", ("omerbenamram-sysmon", "beats-sysmon-9.01"))
def test_real_logs_are_read_by_the_decoder(shared: Path, file: str) -> None:
    data = (shared / "telemetry" / "windows" / "evtx" / f"{file}.evtx").read_bytes()
    decoder = Decoder()
    assert not any(len(decoder.read(piece).left) for piece in pieces_of(data))
    assert check(data)


ODD = (
    "", " ", "-", "(null)", "N/A", "n/a", "\u00a0", "\u3000 ", "\x85", "\x1c", "a\0", "žluť", "\ufffd", "\U0001f600",
    "a\0b", "cmd", "0X3E7", "0x3e7", "İ", "007", "-1", "+1", "1_0", " 12 ", "٣", "9" * 18, "9" * 19, "9" * 21, "-0",
    "x" * 30,
)  # fmt: skip


@example(
    [["a", "b", "c", "d", "0x3e7", pid, "e"] for pid in ("4711", "0", "1234567890123", "7" * 19, "0x1F", "")], True
)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(ODD), min_size=7, max_size=7), min_size=1, max_size=12), st.booleans())
def test_odd_texts_are_read_as_the_parser_reads_them(rows: list[list[str]], is_nested: bool) -> None:
    names = ("CommandLine", "Image", "User", "CurrentDirectory", "LogonId", "ProcessId", "ParentCommandLine")
    events = [
        made("SYSMON", 1, at, sysmon(at, **dict(zip(names, row, strict=True))), is_nested=is_nested)
        for at, row in enumerate(rows, 1)
    ]
    check(MAKE["evtx_of"]([events]))


def test_columns_and_rows_of_creations_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(created, "_SMALL", 0)
    computers = ("PC1", "pc2.Example.COM", "ŽLUŤ")
    events = [replace(made("SYSMON", 1, at, sysmon(at)), computer=computers[at % 3]) for at in range(1, 10)]
    events.append(MAKE["Made"](MAKE["SYSMON"], 1, (1 << 63) + 5, START, sysmon(10, User="-"), is_nested=True))
    first, second = MAKE["evtx_of"]([events]), MAKE["evtx_of"]([[made("SECURITY", 4688, 3, security(3))]])
    parts = [
        part.created
        for data in (first, second)
        for piece in pieces_of(data)
        for part in Decoder().read(piece).parts
        if part.created is not None
    ]
    whole = joined([*parts, parts[0].of(slice(2, 4))])
    rows = [row for part in parts for row in part.rows()]
    rows += parts[0].rows()[2:4]
    assert len(rows) == 13
    assert rows[9]["event_id"] == f"win:ws7.example.com:microsoft-windows-sysmon/operational:{(1 << 63) + 5}"
    few = whole.of(np.array([11]))
    assert len(few.compact().data) < len(few.data) < sum(len(part.data) for part in [*parts, parts[0]])
    for one, wanted in ((whole, rows), (few, rows[11:12]), (few.compact(), rows[11:12])):
        columns = {name: column.to_list() for name, column in one.fields().items()}
        assert [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] == wanted
        assert one.rows() == wanted


def test_templates_known_from_other_logs_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    [piece] = pieces_of(LOG)
    monkeypatch.setattr(templates, "_PARSED", templates._Parsed())
    alone = own(piece, Decoder())
    assert own(piece, Decoder()) == alone
    monkeypatch.setattr(templates, "_MAX_PARSED", 2)
    monkeypatch.setattr(templates, "_PARSED", templates._Parsed())
    for data in SAMPLES:
        for other in pieces_of(data):
            Decoder().read(other)
            assert sum(map(len, templates._PARSED._shapes.values())) <= 2
    assert own(piece, Decoder()) == alone
    # What may be parsed of a log is bounded by that log.
    monkeypatch.setattr(templates, "FREE_PARSES", -1)
    assert not own(piece, Decoder())


def changes() -> st.SearchStrategy[list[tuple[int, bytes]]]:
    place = st.integers(0, len(LOG) - 4097)
    value = st.one_of(
        st.binary(min_size=1, max_size=4), st.sampled_from([b"\0\0", b"\xff\xff", b"\0\xd8", b"\1\0\0\0"])
    )
    return st.lists(st.tuples(place, value), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), changes(), st.booleans())
def test_what_the_decoder_reads_of_damaged_records_the_parser_reads_too(
    data: bytes, changed: list[tuple[int, bytes]], in_records: bool
) -> None:
    damaged = bytearray(data)
    for place, value in changed:
        # Most of a chunk made here is empty.
        at = 4096 + (CHUNK_BYTES * (place & 1) + 512 + place % 15_000 if in_records else place)
        damaged[at : at + len(value)] = value
    check(bytes(damaged[: len(data)]))
