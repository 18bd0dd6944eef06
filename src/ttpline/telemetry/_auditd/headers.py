"""Type, host, time and serial of every line of a chunk: all ordinary lines at once, the odd ones one by one.

``[node=web01 ]type=EXECVE msg=audit(1718000001.823:41001): `` is ordinary. Lines inside syslog, kernel ``printk``
lines, torn lines and whatever else stands in a log go through one regular expression each.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ttpline.domain.raw_text import decode
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.record_types import RecordType, record_type

MAX_LINE_BYTES = 1 << 20
"""Longest line that is read. The kernel stops a record at 8970 bytes, auditd's translation at twice that."""

CUT, SYSLOG = 1, 2
"""Flags of a line: its end is missing; it came inside a syslog line."""

Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

LINE = np.dtype(
    [
        ("start", np.int64),  # bytes of the input
        ("end", np.int64),  # without the line ending
        ("body", np.int64),  # what follows the header
        ("number", np.int64),  # from 1
        ("ms", np.int64),
        ("serial", np.int64),
        ("host", np.int32),  # in HostNames; -1 for none
        ("type", np.int8),
        ("flags", np.uint8),
    ],
    align=True,
)
"""One line of the table."""

Table = npt.NDArray[np.void]

_NARROW, _WIDE = 40, 160
"""Bytes searched for the end of ``type=… msg=audit(``: enough for every type name; enough for a long node name too."""

_SERIAL_AT = 15
_TIME = 32
"""Bytes that hold ``1718000001.823:4294967295): ``, and where the serial begins in them."""

_KEPT = {  # bytes 0..n of a beginning, as 64-bit masks
    width: np.tril(np.full((width, width), 255, np.uint8)).view(np.uint64) for width in (_NARROW, _WIDE, _TIME)
}

_PREFIX = re.compile(rb"(?:node=(\S+) )?type=(\S+) msg=audit\(")
_HEADER = re.compile(
    rb"(?:node=(\S+) )?type=(\S+) (?:msg=)?audit\((\d{1,10})\.(\d{1,3}):(\d{1,10})\)(?: ?:(?!\S) ?| (?=\S))"
)  # old records of auditd itself have no colon
_STAMP = rb"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}(?:Z|[+-]\d\d:?\d\d)?)"
_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:\d )?" + _STAMP + rb" (\S{1,255}) [^=]{0,120}?(?=(?:node=\S{1,255} )?type=)"
    rb"|(?:<\d{1,3}>)?\[[^\]=]{1,40}\] audit: (?=type=)"
)
_INTERPRETED = re.compile(rb"(?:node=\S+ )?type=\S+ msg=audit\([^()]{6,60}:\d{1,10}\) :")
_SEPARATORS = (b"----", b"time->")  # ausearch puts them between events
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # an editor's addition
_LINES_AT_ONCE = 1 << 15  # many more than an ordinary block has; two million lines of one byte must fit too
_HEAD_BYTES = 1024  # a header lies within these


@dataclass(slots=True)
class HostNames:
    """Host name <-> small number, for the lines of one window."""

    names: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, raw: bytes | None) -> int:
        """The number of a host; -1 for none."""
        if raw is None:
            return -1
        name = decode(raw)
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]

    def forget(self, table: Table) -> None:
        """Keep only the hosts in ``table`` and number them anew (in a new list), so that names cannot pile up."""
        used, inverse = np.unique(table["host"], return_inverse=True)
        kept = [self.names[number] for number in used.tolist() if number >= 0]
        table["host"] = inverse.reshape(-1).astype(np.int32) - (len(used) - len(kept))
        self.names = kept
        self._numbers = {name: number for number, name in enumerate(kept)}


@dataclass(slots=True)
class HeaderScan:
    """The lines of one chunk that are audit records, in order; how many lines and records there were."""

    table: Table
    lines: int
    records: int
    recognised: int  # lines that are audit records, readable or not


def is_record(line: bytes) -> bool:
    """Whether ``scan_headers`` finds a record in one line."""
    if b"audit(" not in line:
        return False
    if b"\0" in line or len(line) > MAX_LINE_BYTES:
        return len(scan_headers(line + b"\n", 0, 1, HostNames(), reasons.Skips("line")).table) > 0
    line = line.removeprefix(_BYTE_ORDER_MARK)
    return not line.startswith(_SEPARATORS) and _header(line[:_HEAD_BYTES])[0] is not None


def _header(head: bytes) -> "tuple[re.Match[bytes] | None, re.Match[bytes] | None]":
    """The header of a record, and that of the syslog line it may stand in."""
    syslog = None if head.startswith((b"type=", b"node=")) else _SYSLOG.match(head)
    return _HEADER.match(head, syslog.end() if syslog else 0), syslog


def scan_headers(chunk: bytes, offset: int, number: int, hosts: HostNames, skips: Skips) -> HeaderScan:
    """The header of every line of ``chunk``, which starts at byte ``offset`` with line ``number``.

    Lines that are no records are counted in ``skips``; empty lines and ausearch's separators are nothing. A last line
    without its line ending is flagged ``CUT`` unless its last value is closed.
    """
    if not chunk:
        return HeaderScan(np.zeros(0, LINE), 0, 0, 0)
    data = np.frombuffer(chunk, np.uint8)
    line_feeds = np.flatnonzero(data == 10)
    starts = np.concatenate([[0], line_feeds + 1])
    ends = np.concatenate([line_feeds, [len(data)]])
    if chunk.endswith(b"\n"):
        starts, ends = starts[:-1], ends[:-1]
    lines = len(starts)
    ends = ends - ((ends > starts) & (data[np.maximum(ends - 1, 0)] == 13))
    filled = np.flatnonzero(ends > starts)
    padded = np.concatenate([data, np.zeros(_WIDE + _TIME, np.uint8)])
    odd = _OddLines(chunk, hosts, skips)
    tables = [np.zeros(0, LINE)]
    for first in range(0, len(filled), _LINES_AT_ONCE):
        rows = filled[first : first + _LINES_AT_ONCE]
        table = np.zeros(len(rows), LINE)
        table["start"], table["end"], table["number"] = starts[rows], ends[rows], rows + number
        tables.append(_scan_lines(padded, table, hosts, odd))
    table = np.concatenate(tables)
    unknown = table[table["type"] == RecordType.UNKNOWN]
    for start, end, at in zip(*(unknown[name].tolist() for name in ("start", "end", "number")), strict=True):
        skips.add(reasons.UNKNOWN_TYPE, at, chunk[start : min(end, start + reasons.SAMPLE_BYTES)])
    for name in ("start", "end", "body"):
        table[name] += offset
    return HeaderScan(table, lines, len(filled) - odd.separators, len(table) + odd.recognised)


def _scan_lines(padded: Bytes, table: Table, hosts: HostNames, odd: "_OddLines") -> Table:
    """The records among the lines of ``table``."""
    ordinary = _scan_ordinary(padded, table, hosts)
    ordinary[odd.torn(table)] = False
    if ordinary.all():
        return table
    found = np.array(odd.scan(table[~ordinary]), LINE)
    table = np.concatenate([table[ordinary], found])
    return table[np.argsort(table["start"], kind="stable")]


def _scan_ordinary(padded: Bytes, table: Table, hosts: HostNames) -> Mask:
    """Fill in ``table`` for all ordinary lines; which those are."""
    done = np.zeros(len(table), np.bool_)
    remaining = np.arange(len(table))
    for width in (_NARROW, _WIDE):
        if not len(remaining):
            break
        ok = _scan_width(padded, table, remaining, width, hosts)
        done[remaining[ok]] = True
        remaining = remaining[~ok]
    done &= table["end"] - table["start"] <= MAX_LINE_BYTES
    return done


def _scan_width(padded: Bytes, table: Table, rows: Int64s, width: int, hosts: HostNames) -> Mask:
    starts = table["start"][rows]
    heads = np.lib.stride_tricks.sliding_window_view(padded, width)[starts]
    bracket = (heads == ord("(")).argmax(axis=1)
    ok: Mask = bracket > 0
    words = np.ascontiguousarray(heads).view(np.uint64) & _KEPT[width][bracket]
    host, kind, known = _prefixes(words, bracket, hosts)
    ok &= known
    at = starts + bracket + 1
    times = np.lib.stride_tricks.sliding_window_view(padded, _TIME)[at]
    close = _SERIAL_AT + (times[:, _SERIAL_AT : _SERIAL_AT + 11] == ord(")")).argmax(axis=1)
    words = np.ascontiguousarray(times).view(np.uint64) & _KEPT[_TIME][close]
    new = np.ones(len(rows), np.bool_)  # lines of one event mostly stand together and repeat their time and serial
    new[1:] = _differ(words[1:], words[:-1])
    run = np.cumsum(new) - 1
    valid, ms, serial = (values[run] for values in _parse_times(times[new], close[new]))
    row = np.arange(len(rows))
    ok &= valid & (times[row, close + 1] == ord(":"))
    space = times[row, close + 2] == ord(" ")
    body = at + close + 2 + space
    ok &= space | (body == table["end"][rows])
    chosen = rows[ok]
    for name, values in (("ms", ms), ("serial", serial), ("body", body), ("host", host), ("type", kind)):
        table[name][chosen] = values[ok]
    return ok


def _parse_times(times: Bytes, close: Int64s) -> tuple[Mask, Int64s, Int64s]:
    """Validity, milliseconds and serial of ``1718000001.823:41001)``, whose bracket is at ``close``."""
    digits = times - ord("0")  # wraps: everything that is no digit is above 9
    ok = (digits[:, :10] <= 9).all(axis=1) & (digits[:, 11:14] <= 9).all(axis=1)
    ok &= (times[:, 10] == ord(".")) & (times[:, 14] == ord(":")) & (close > _SERIAL_AT)
    seconds = digits[:, :10].astype(np.int64) @ (10 ** np.arange(9, -1, -1, dtype=np.int64))
    thousandths = digits[:, 11:14].astype(np.int64) @ np.array([100, 10, 1], np.int64)
    serial = np.zeros(len(times), np.int64)
    for place in range(_SERIAL_AT, _SERIAL_AT + 10):
        inside = place < close
        ok &= ~inside | (digits[:, place] <= 9)
        serial = np.where(inside, serial * 10 + digits[:, place], serial)
    return ok, seconds * 1000 + thousandths, serial


def _prefixes(
    words: Words, bracket: Int64s, hosts: HostNames
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8], Mask]:
    """Host, type and validity of each line's beginning; each distinct beginning is looked at once."""
    first, inverse = _distinct(words)
    host = np.full(len(first), -1, np.int32)
    kind = np.zeros(len(first), np.int8)
    known = np.zeros(len(first), np.bool_)
    for index, row in enumerate(first.tolist()):
        match = _PREFIX.fullmatch(words[row].tobytes()[: bracket[row] + 1])
        if match:
            known[index] = True
            host[index] = hosts.number(match[1])
            kind[index] = record_type(decode(match[2]))
    return host[inverse], kind[inverse], known[inverse]


def _distinct(words: Words) -> tuple[Int64s, Int64s]:
    """Rows that stand for all distinct rows, and for each row which of them it equals."""
    mixed = words[:, 0].copy()
    for column in range(1, words.shape[1]):
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ words[:, column]) * np.uint64(0x9E3779B97F4A7C15)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    strange = np.flatnonzero(_differ(words, words[first[inverse]]))  # another row with the same hash
    inverse[strange] = np.arange(len(first), len(first) + len(strange))
    return np.concatenate([first, strange]), inverse


def _differ(some: Words, others: Words) -> Mask:
    """Which rows differ; column by column, which numpy does five times as fast as row by row."""
    differ: Mask = some[:, 0] != others[:, 0]
    for column in range(1, some.shape[1]):
        differ |= some[:, column] != others[:, column]
    return differ


class _OddLines:
    """Lines that are not ordinary, one by one."""

    def __init__(self, chunk: bytes, hosts: HostNames, skips: Skips) -> None:
        self._chunk = chunk
        self._hosts = hosts
        self._skips = skips
        self._torn_end = not chunk.endswith(b"\n")
        self._nuls = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 0) if b"\0" in chunk else np.zeros(0, np.int64)
        self.separators = 0
        self.recognised = 0

    def torn(self, table: Table) -> Mask:
        """Lines that hold a NUL or lack their line ending."""
        torn: Mask = np.searchsorted(self._nuls, table["start"]) < np.searchsorted(self._nuls, table["end"])
        torn |= self._torn_end & (table["end"] == len(self._chunk))
        return torn

    def scan(self, rows: Table) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        for start, end, number in zip(*(rows[name].tolist() for name in ("start", "end", "number")), strict=True):
            if end - start > MAX_LINE_BYTES:
                self._skips.add(reasons.TOO_LONG, number, self._chunk[start : start + reasons.SAMPLE_BYTES])
                continue
            torn = self._torn_end and end == len(self._chunk)
            if self._chunk.find(b"\0", start, end) >= 0:
                self._skips.add(reasons.NULS, number, self._chunk[start:end].strip(b"\0"))
                for piece in re.finditer(rb"[^\0]+", self._chunk[start:end]):
                    is_torn = start + piece.end() < end or torn
                    found += self._line(start + piece.start(), start + piece.end(), number, torn=is_torn)
            else:
                found += self._line(start, end, number, torn=torn)
        return found

    def _line(self, start: int, end: int, number: int, *, torn: bool) -> list[tuple[int, ...]]:
        if self._chunk.startswith(_BYTE_ORDER_MARK, start):
            start += len(_BYTE_ORDER_MARK)
        line = self._chunk[start:end]
        if line.startswith(_SEPARATORS) or not line.strip():
            self.separators += 1
            return []
        head = line[:_HEAD_BYTES]
        header, syslog = _header(head)
        if header is None:
            self._unreadable(line, head[syslog.end() if syslog else 0 :], number)
            return []
        node = header[1] or (syslog[1] if syslog else None)
        flags = SYSLOG if syslog else 0
        if torn and not line.rstrip().endswith((b'"', b"'", b")", b":")):
            flags |= CUT
            self._skips.add(reasons.CUT_LINE, number, line)
        ms = int(header[3]) * 1000 + int(header[4])
        kind = record_type(decode(header[2]))
        return [(start, end, start + header.end(), number, ms, int(header[5]), self._hosts.number(node), kind, flags)]

    def _unreadable(self, line: bytes, head: bytes, number: int) -> None:
        if _INTERPRETED.match(head):
            reason = reasons.INTERPRETED
            self.recognised += 1
        elif head.startswith((b"type=", b"node=", b"msg=audit(")):
            reason = reasons.DAMAGED_HEADER
        else:
            reason = reasons.NOT_A_RECORD
        self._skips.add(reason, number, line)
