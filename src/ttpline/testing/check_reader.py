"""The contract of ``TelemetryReader``, checked on any reader with any samples of its format."""

import random
from collections.abc import Iterator, Mapping

import polars as pl

from ttpline.columns.event_batch import BATCH_ROWS, EVENT_SCHEMA, EventBatch
from ttpline.domain.event import EVENT_FIELDS, CommandEvent, Origin
from ttpline.telemetry.base import TelemetryReader
from ttpline.testing.reading import SAMPLE_URI, Reading, ShortReads, reading_of

WINDOW_EVENTS = 1
"""A cut may change as many events before it: the last one may have been waiting for more."""

CUTS = 120
"""Places where each sample is cut: all of a small one would take minutes in the slowest readers."""

MUTATIONS = 60
"""Damaged copies of each sample."""

HOSTILE = (
    b"\0",
    b'"',
    b"'",
    b"\r",
    b"\n",
    b"\n\n",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xf4\x8f\xbf\xbf",
    b"{",
    b"=",
    b"\\ud800",
)
"""What is put into damaged copies: quotes, line ends, broken and reserved UTF-8, openings without an end."""


def check_reader(
    reader: TelemetryReader,
    samples: Mapping[str, bytes],
    *,
    window: int = WINDOW_EVENTS,
    uncounted_lines: int | None = None,
    binary: bool = False,
    seed: int = 0,
) -> None:
    """``AssertionError``, naming the sample, where ``reader`` breaks a promise of ``TelemetryReader``.

    ``samples``: name -> bytes, each of which must hold at least one event. ``uncounted_lines``: for a format in which
    every line is a record, how many lines of a sample are neither event nor skip (a header); None makes no claim.
    ``binary``: records need not begin and end at lines.
    """
    assert samples, f"{reader.name}: there is no sample to check it with"
    check_description(reader)
    check_empty_input(reader)
    draw = random.Random(seed)
    check_sniff(reader, [*samples.values(), *(draw.randbytes(size) for size in (1, 2, 3, 100, 70_000))])
    for name, data in samples.items():
        where = f"{reader.name}, {name}"
        reading = reading_of(reader, data)
        assert reading.error is None, f"{where}: {reading.error}"
        assert reading.events, f"{where}: holds no event"
        check_batches(reading, where)
        check_ids(reading, where)
        check_places(reader, reading, data, where, binary=binary)
        check_same_again(reader, reading, data, where, seed)
        check_cuts(reader, reading, data, where, window)
        if uncounted_lines is not None:
            check_every_line(reader, reading, data, where, uncounted_lines)
        for damaged in damaged_copies(data, MUTATIONS, draw):
            of_damaged = reading_of(reader, damaged)
            check_batches(of_damaged, f"{where}, damaged: {damaged!r}")
            check_ids(of_damaged, f"{where}, damaged: {damaged!r}")


def check_description(reader: TelemetryReader) -> None:
    """A name that can be a file name and a flag, and one line that says what it is."""
    assert reader.name == reader.name.lower().strip() and reader.name, f"{reader.name!r} is no name"
    assert reader.description and "\n" not in reader.description, f"{reader.name}: no description of one line"


def check_empty_input(reader: TelemetryReader) -> None:
    """No bytes are no events and no error."""
    reading = reading_of(reader, b"")
    assert not reading.events and not reading.skipped.total, f"{reader.name}: read something from nothing"
    assert reading.error is None, f"{reader.name}: an empty file is an error: {reading.error}"


def check_sniff(reader: TelemetryReader, heads: list[bytes]) -> None:
    """Between 0 and 1 for whatever bytes, and 0 for none."""
    for head in heads:
        for cut in (head, head[:65_536], head[: len(head) // 2], head[:7]):
            sureness = reader.sniff(cut)
            assert 0.0 <= sureness <= 1.0, f"{reader.name}: sniff says {sureness}"
    assert reader.sniff(b"") == 0.0, f"{reader.name}: is sure of an empty file"


def check_batches(reading: Reading, where: str) -> None:
    """Columns, kinds, sizes and nulls are those of ``EVENT_FIELDS``."""
    for batch in reading.batches:
        assert batch.frame.height <= BATCH_ROWS, f"{where}: a batch of {batch.frame.height} rows"
        _check_schema(batch, where)
        for column in EVENT_FIELDS:
            nulls = batch.frame[column.name].null_count()
            assert column.nullable or not nulls, f"{where}: {column.name} is null in {nulls} rows"
    origins = {event.origin for event in reading.events} - {origin.value for origin in Origin}
    assert not origins, f"{where}: unknown origins {origins}"


def _check_schema(batch: EventBatch, where: str) -> None:
    expected = dict(EVENT_SCHEMA)
    if batch.frame.schema["session"] == pl.Int64:
        expected["session"] = pl.Int64()
    assert dict(batch.frame.schema) == expected, f"{where}: columns are {batch.frame.schema}"


def check_ids(reading: Reading, where: str) -> None:
    """Within one source, every event has its own id."""
    seen: set[tuple[str, str]] = set()
    for event in reading.events:
        key = (event.source.uri, event.event_id)
        assert key not in seen, f"{where}: two events are {event.event_id!r}"
        seen.add(key)


def _own(reader: TelemetryReader, events: list[CommandEvent]) -> list[CommandEvent]:
    """Events that were read from these bytes, not from bytes that these tell of."""
    return [event for event in events if (event.source.format, event.source.uri) == (reader.name, SAMPLE_URI)]


def check_places(reader: TelemetryReader, reading: Reading, data: bytes, where: str, *, binary: bool = False) -> None:
    """Records count from 1 and rise; the byte range lies in the input and, unless ``binary``, is of whole lines."""
    last = 0
    for event in _own(reader, reading.events):
        source = event.source
        assert source.record >= max(last, 1), f"{where}: record {source.record} follows record {last}"
        last = source.record
        assert 0 <= source.offset < source.offset + source.length <= len(data), f"{where}: {source} is outside"
        if binary:
            continue
        before, after = data[: source.offset], data[source.offset + source.length :]
        starts = not before.strip(b"\xef\xbb\xbf\xff\xfe") or before.rstrip(b"\0").endswith(b"\n")
        ends = not after or after.lstrip(b"\0")[:1] in (b"\r", b"\n") or data[: -len(after)].endswith(b"\n")
        assert starts and ends, f"{where}: {source} does not begin and end at lines"


def check_same_again(reader: TelemetryReader, reading: Reading, data: bytes, where: str, seed: int) -> None:
    """The same bytes give the same events and skips, however the stream hands them out."""
    streams = {
        "at once": ShortReads(data, lambda: max(len(data), 1)),
        "a byte at a time": ShortReads(data, lambda: 1),
        "up to 7 bytes at a time": ShortReads.of_random_length(data, 7, seed),
        "up to 4096 bytes at a time": ShortReads.of_random_length(data, 4096, seed),
    }
    for how, stream in streams.items():
        again = reading_of(reader, stream.as_binary())
        assert again.error is None, f"{where}: read {how}: {again.error}"
        assert again.events == reading.events, f"{where}: read {how}, the events differ"
        assert again.skipped.counts == reading.skipped.counts, f"{where}: read {how}, the skips differ"


def cuts_of(data: bytes, most: int = CUTS) -> list[int]:
    """Where to cut: the start, the end, around line ends, and evenly over the rest."""
    ends = [at for at, byte in enumerate(data) if byte == 0x0A]
    near = {at + step for at in ends for step in (0, 1, 2)} & set(range(len(data)))
    chosen = sorted(near)[:: max(1, len(near) * 2 // most)]
    even = range(0, len(data), max(1, len(data) * 2 // most))
    return sorted({*chosen, *even, max(len(data) - 1, 0)})


def check_cuts(reader: TelemetryReader, reading: Reading, data: bytes, where: str, window: int) -> None:
    """Cut anywhere, what ended before the cut is still read, but for the last ``window`` events."""
    own = _own(reader, reading.events)
    for cut in cuts_of(data):
        short = reading_of(reader, data[:cut])
        if len(own) == len(reading.events):
            kept = set(map(_key, short.events))
            ended = [event for event in own if event.source.offset + event.source.length <= cut]
            lost = [event.event_id for event in ended if _key(event) not in kept]
            assert len(lost) <= window, f"{where}, cut at {cut}: lost {lost}"
        else:
            sure = short.events[: len(short.events) - window]
            earlier = reading.events[: len(sure)]
            assert list(map(_key, sure)) == list(map(_key, earlier)), f"{where}, cut at {cut}: earlier events differ"


def _key(event: CommandEvent) -> str:
    """All of ``event``; a session counts as text, for its column becomes text where a later one is."""
    return repr(event.to_dict() | {"session": None if event.session is None else str(event.session)})


def check_every_line(reader: TelemetryReader, reading: Reading, data: bytes, where: str, uncounted: int) -> None:
    """Each line that is not blank is in an event or counted as skipped, but for ``uncounted`` ones."""
    own = _own(reader, reading.events)
    if len(own) < len(reading.events):
        in_events = len(reading.events)
    else:
        in_events = sum(len(_lines(data[e.source.offset : e.source.offset + e.source.length])) for e in own)
    lines = len(_lines(data))
    missing = lines - in_events - reading.skipped.total
    assert missing <= uncounted, f"{where}: {missing} of {lines} lines are neither event nor skip"


def _lines(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line.strip(b" \t\r\0\xff\xfe\xef\xbb\xbf")]


def damaged_copies(data: bytes, count: int, draw: random.Random) -> Iterator[bytes]:
    """``data`` with bytes flipped, dropped, doubled, moved, and hostile ones put in."""
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(copy) + 1)
            to = min(len(copy), at + draw.randint(1, 40))
            match draw.randrange(5):
                case 0 if at < len(copy):
                    copy[at] ^= 1 << draw.randrange(8)
                case 1:
                    del copy[at:to]
                case 2:
                    copy[at:at] = copy[at:to]
                case 3:
                    copy[at:at] = draw.choice(HOSTILE)
                case _:
                    start = draw.randrange(len(data) + 1)
                    copy[at:to] = data[start : start + draw.randint(0, 200)]
        yield bytes(copy)
