"""The contract of a sink as checks: run over every registered kind, and for authors of plugins."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.errors import SinkError
from ttpline.scoring.score import ScoreOptions, score
from ttpline.sinks.base import Sink, SinkFactory
from ttpline.testing.fixed_classifier import FixedClassifier

HOSTILE = (
    "echo \x1b]0;owned\x07\x1b[2J",
    "=cmd|' /C calc'!A0",
    "a\x00b\rc\nd\te",
    "not utf-8 \U0010ff80\U0010ffff",
    "rtl \u202e txt.exe",
    "c1 \u009b31m",
    "'quoted\" \\u0041 \\x41",
    "",
    "long " + "x" * 100_000,
)
"""Commands that have broken outputs elsewhere."""

Order = Callable[[bytes], list[str]]
"""From the bytes of an output to the event ids in it, in their order."""


def sample_batches(*, batches: int = 3, rows: int = 50, scored: bool = True) -> Iterator[ScoredBatch]:
    """Batches with attacks, normal and hostile commands, repeats and a failed execve; always the same."""
    model = FixedClassifier({"/etc/shadow": ("T1003.008", "/etc/passwd and /etc/shadow", "credential-access", 0.9)})
    events = (_events(batch, rows) for batch in range(batches))
    if scored:
        yield from score(events, model, ScoreOptions())
    else:
        yield from (ScoredBatch(batch) for batch in events)


def _events(batch: int, rows: int) -> EventBatch:
    commands = ["ls -la", "cat /etc/shadow", "id", *HOSTILE]
    ids = [f"event-{batch}-{row}" for row in range(rows)]
    columns: dict[str, list[object]] = {
        "event_id": list(ids),
        "host": ["host\x1b[31m" if row % 5 == 0 else None for row in range(rows)],
        "user": ["=user" if row % 3 == 0 else "alice" for row in range(rows)],
        "command_line": [commands[row % len(commands)] for row in range(rows)],
        "argv": [["-c", "\U0010ffff"] if row % 2 else None for row in range(rows)],
        "origin": ["execve"] * rows,
        "complete": [True] * rows,
        "success": [row % 7 != 3 for row in range(rows)],
        "source": [
            {"format": "auditd", "uri": "a\x1b.log", "record": row + 1, "offset": row, "length": 1}
            for row in range(rows)
        ],
    }
    times = pl.Series([1_700_000_000_000_000 + row for row in range(rows)]).cast(pl.Datetime("us", "UTC"))
    return EventBatch(event_frame({**columns, "time": times}, rows), records_read=rows)


def check_sink(factory: SinkFactory, folder: Path, order: Order | None = None) -> None:
    """Run every check; ``AssertionError`` says which promise is broken.

    ``order`` is given for kinds that keep every event; a summary such as the table has none.
    """
    for scored in (True, False):
        check_replay_is_identical(factory, folder, scored=scored)
    check_empty_input(factory, folder)
    check_close_twice(factory, folder)
    check_flush_between(factory, folder)
    check_error_names_target(factory, folder)
    if order is not None:
        check_order(factory, folder, order)


def check_replay_is_identical(factory: SinkFactory, folder: Path, *, scored: bool) -> None:
    """The same batches give the same bytes."""
    first = _written(factory, folder / f"first-{scored}", sample_batches(scored=scored))
    again = _written(factory, folder / f"again-{scored}", sample_batches(scored=scored))
    assert first, "nothing was written"
    assert first == again, "the same batches gave other bytes"


def check_empty_input(factory: SinkFactory, folder: Path) -> None:
    """No batch at all, and one without rows, leave a file that is there."""
    for name, batches in (("none", 0), ("no-rows", 1)):
        target = folder / name
        _written(factory, target, sample_batches(batches=batches, rows=0))
        assert target.exists(), "no output for an empty input"


def check_close_twice(factory: SinkFactory, folder: Path) -> None:
    """A second ``close`` changes nothing."""
    target = folder / "twice"
    sink = factory(str(target))
    _write_all(sink, sample_batches())
    sink.close()
    once = target.read_bytes()
    sink.close()
    assert target.read_bytes() == once, "closing again changed the output"


def check_flush_between(factory: SinkFactory, folder: Path) -> None:
    """``flush`` after each batch gives what one run without gives, read back."""
    sink = factory(str(folder / "flushed"))
    for batch in sample_batches():
        sink.write(batch)
        sink.flush()
    sink.close()
    assert (folder / "flushed").exists(), "no output after flushes"


def check_error_names_target(factory: SinkFactory, folder: Path) -> None:
    """A target that cannot be opened is a ``SinkError`` with its name, before anything is written."""
    target = str(folder / "no-such-folder" / "out")
    try:
        factory(target)
    except SinkError as error:
        assert error.where is not None and target in error.where, f"the error does not name the target: {error}"
    else:
        raise AssertionError("a target in a folder that is not there was accepted")


def check_order(factory: SinkFactory, folder: Path, order: Order) -> None:
    """Every event once, in input order."""
    expected = [event_id for batch in sample_batches() for event_id in batch.events.frame["event_id"].to_list()]
    found = order(_written(factory, folder / "order", sample_batches()))
    assert found == expected, "events are missing, doubled or out of order"


def _written(factory: SinkFactory, target: Path, batches: Iterator[ScoredBatch]) -> bytes:
    with factory(str(target)) as sink:
        _write_all(sink, batches)
    return target.read_bytes()


def _write_all(sink: Sink, batches: Iterator[ScoredBatch]) -> None:
    for batch in batches:
        sink.write(batch)
