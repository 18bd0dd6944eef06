"""Hostile bytes for bounded time: nothing but ``TelemetryError`` comes out, and all columns stay in shape."""

import io
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttpline.errors import TelemetryError
from ttpline.telemetry.base import readers
from ttpline.testing.check_reader import check_batches, check_ids
from ttpline.testing.reading import Reading, ShortReads, reading_of

pytestmark = pytest.mark.fuzz

NAMES = readers().names()

IN_TIME_S = 20.0
"""600 kB take about a second; what grows with the square of the input would take minutes."""

FRAGMENTS = (
    b"command,host\n", b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\0", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf",
    b"\xf4\x8f\xbf\xbf", b"{", b'{"event_id":"1","command_line":"a","origin":"input","complete":true,"source":',
    b'{"format":"a","uri":"b","record":1,"offset":0,"length":1}}', b"\\ud800", b"[" * 2000, b"9" * 400, b"null",
    b"type=EXECVE msg=audit(1.2:3): argc=1 a0=", b"type=SYSCALL msg=audit(1.2:3): syscall=59 success=yes", b"argc=",
    b"a0_len=99999999999 a0[0]=", b"node=x ", b"6964", b"=", b"\x1d", b"msg='", b"'",
)  # fmt: skip

hostile = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=40)), max_size=30).map(b"".join)


def bounded(test: Callable[..., None]) -> Callable[..., None]:
    """A fixed number of inputs: the same ones on every run, a few seconds a reader."""
    return settings(
        max_examples=120, deadline=timedelta(seconds=5), derandomize=True, suppress_health_check=list(HealthCheck)
    )(test)


@pytest.mark.parametrize("name", NAMES)
@bounded
@given(data=hostile)
def test_hostile_bytes_raise_nothing_but_telemetry_errors(name: str, data: bytes) -> None:
    reader = readers().get(name)
    assert 0 <= reader.sniff(data) <= 1
    reading = reading_of(reader, data)
    check_batches(reading, name)
    check_ids(reading, name)


@pytest.mark.parametrize("name", NAMES)
@bounded
@given(data=hostile, longest=st.integers(1, 9))
def test_hostile_bytes_read_the_same_in_short_pieces(name: str, data: bytes, longest: int) -> None:
    reader = readers().get(name)
    whole = reading_of(reader, data)
    pieces = reading_of(reader, ShortReads.of_random_length(data, longest, 1).as_binary())
    assert pieces.events == whole.events
    assert pieces.skipped.counts == whole.skipped.counts


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("unit", [b"\n", b'"', b'"\n', b'"a""\n', b"{", b"a" * 4095 + b"\n", b"\0"])
def test_much_of_one_thing_ends_in_time(name: str, unit: bytes) -> None:
    data = b"command,x\n" + unit * (600_000 // len(unit))
    began = time.monotonic()
    with suppress(TelemetryError):
        for batch in readers().get(name).read(io.BytesIO(data), "x"):
            check_batches(Reading([batch]), name)
    assert time.monotonic() - began < IN_TIME_S
