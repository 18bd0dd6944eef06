"""Columns of events that tell of a command, as fields of events."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._evtx.cells import HEX, Cells
from ttpline.telemetry._evtx.instances import Bools, Int64s, Numbers, different
from ttpline.telemetry._evtx.values import INT32, NOTHING, TEXT, UINT32
from ttpline.telemetry._regular.numbers import digits
from ttpline.telemetry._regular.scan import WORD
from ttpline.telemetry._windows.created import Created
from ttpline.telemetry._windows.event import CommandKind
from ttpline.telemetry._windows.values import NOTHING as SAYS_NOTHING
from ttpline.telemetry._windows.values import process_id

FIELDS: Mapping[CommandKind, tuple[str, ...]] = {
    CommandKind.SYSMON_CREATE: (
        "Image", "CommandLine", "CurrentDirectory", "User", "LogonId", "ProcessId", "ParentProcessId",
        "ParentCommandLine",
    ),
    CommandKind.SECURITY_CREATE: (
        "NewProcessName", "CommandLine", "SubjectUserName", "SubjectLogonId", "NewProcessId", "ProcessId",
        "ParentCommandLine",
    ),
    CommandKind.SCRIPT_BLOCK: ("ScriptBlockText", "ScriptBlockId", "MessageNumber", "MessageTotal"),
    CommandKind.PIPELINE: ("Payload", "ContextInfo"),
}  # fmt: skip
"""What is used of ``EventData``; what ``_windows`` falls back on is not here: those events are left to it."""

CREATIONS = (CommandKind.SYSMON_CREATE, CommandKind.SECURITY_CREATE)

_TEXTS: Mapping[CommandKind, tuple[str, ...]] = {
    CommandKind.SYSMON_CREATE: (
        "CommandLine", "Image", "User", "CurrentDirectory", "ParentCommandLine", "LogonId",
    ),
    CommandKind.SECURITY_CREATE: (
        "CommandLine", "NewProcessName", "SubjectUserName", "", "ParentCommandLine", "SubjectLogonId",
    ),
}  # fmt: skip
"""As ``CREATED_TEXTS``, as ``_windows.process`` has them."""

_COMMAND, _PROGRAM, _SESSION = 0, 1, 5

_IDS: Mapping[CommandKind, tuple[str, str]] = {
    CommandKind.SYSMON_CREATE: ("ProcessId", "ParentProcessId"),
    CommandKind.SECURITY_CREATE: ("NewProcessId", "ProcessId"),
}

_NUMBERS = frozenset({"MessageNumber", "MessageTotal"})

_MOST_ID = (1 << 63) - 1

_LONGEST_NOTHING = max(map(len, SAYS_NOTHING))
_FIRST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(_LONGEST_NOTHING + 1)], dtype=np.uint64)
_NO_WORDS = np.array([int.from_bytes(text.encode(), "little") for text in SAYS_NOTHING], dtype=np.uint64)

_MAY_BE_BLANK = np.zeros(256, np.bool_)
_MAY_BE_BLANK[[char.encode()[0] for char in "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u3000"]] = True
"""First bytes of characters that Python takes for blanks."""

_IS_RAISED = np.array([code >= 0x80 or chr(code).isupper() for code in range(256)])
"""Bytes of texts that ``lower`` may change."""

_LONGEST_LOGON = 24
"""Longer texts are no numbers of logons."""

_PAD = bytes(WORD)
"""Behind the texts, so that eight bytes can be read where the last one is."""


class Creations:
    """Process creations of one kind, whose columns are decoded; those without command line and program are left."""

    def __init__(self, cells: Cells, kind: CommandKind) -> None:
        self._cells, self._kind = cells, kind
        self._data = cells.data + _PAD
        self._raw, self._numbers = np.frombuffer(self._data, np.uint8), Numbers(self._data)
        *names, session = _TEXTS[kind]
        has_numbers = cells.kind(session, (TEXT, *HEX)) in HEX
        spans = np.array([cells.spans(name) for name in (*names, "" if has_numbers else session)])
        self._starts, self._stops = spans[:, 0], spans[:, 1]
        self._has_text = self._known()
        self._stand_in()
        if has_numbers:
            values, self._has_text[_SESSION] = cells.numbers_or_nothing(session)
            logons, which = different(values)
            self._name_sessions([hex(logon) for logon in logons], which)
        elif self._may_have_capitals():
            places = zip(self._starts[_SESSION].tolist(), self._stops[_SESSION].tolist(), strict=True)
            texts = [self._data[start:stop].decode().lower() for start, stop in places]
            self._name_sessions(texts, np.arange(len(texts)))
        cells.is_left |= ~self._has_text[_COMMAND]

    def columns(
        self, times: Int64s, record_ids: npt.NDArray[np.uint64], origins: Sequence[tuple[str, str]], origin_of: Int64s
    ) -> Created:
        """All that is known of them, with what their system parts say."""
        ids = [self._ids(name) for name in _IDS[self._kind]]
        has_time = np.ones(len(times), np.bool_)
        return Created(
            self._data,
            self._starts,
            self._stops,
            self._has_text,
            np.array([times, *(values for values, _ in ids)]),
            np.array([has_time, *(is_there for _, is_there in ids)]),
            record_ids,
            origins,
            origin_of,
        )

    def _known(self) -> Bools:
        """As ``_windows.values.known``."""
        sizes = self._stops - self._starts
        is_known: Bools = sizes > 0
        short = np.nonzero(is_known & (sizes <= _LONGEST_NOTHING))
        words = self._numbers.u8(self._starts[short]) & _FIRST_BYTES[sizes[short]]
        is_known[short] = (words[:, None] != _NO_WORDS).all(axis=1)
        return is_known

    def _stand_in(self) -> None:
        """The program where there is no command line, or a blank one."""
        starts, stops = self._starts, self._stops
        has_command = self._has_text[_COMMAND].copy()
        for row in np.flatnonzero(has_command & _MAY_BE_BLANK[self._numbers.u1(starts[_COMMAND])]).tolist():
            has_command[row] = not self._data[starts[_COMMAND, row] : stops[_COMMAND, row]].decode().isspace()
        if not has_command.all():
            for column in (starts, stops, self._has_text):
                column[_COMMAND] = np.where(has_command, column[_COMMAND], column[_PROGRAM])

    def _may_have_capitals(self) -> bool:
        """Whether a session is text that is not in lower case, for all that is seen at once."""
        starts, sizes = self._starts[_SESSION], self._stops[_SESSION] - self._starts[_SESSION]
        longest = int(sizes.max(initial=0))
        if longest > _LONGEST_LOGON:
            return True
        chars = self._raw.take(starts[:, None] + np.arange(longest), mode="clip")
        return bool((_IS_RAISED[chars] & (np.arange(longest) < sizes[:, None])).any())

    def _name_sessions(self, texts: Sequence[str], which: Int64s) -> None:
        """Event ``at`` has session ``texts[which[at]]``."""
        raws = [text.encode() for text in texts]
        sizes = np.array([len(raw) for raw in raws], dtype=np.int64)
        stops = np.cumsum(sizes) + len(self._data)
        self._starts[_SESSION], self._stops[_SESSION] = (stops - sizes)[which], stops[which]
        self._data += b"".join(raws)

    def _ids(self, name: str) -> tuple[Int64s, Bools]:
        """Numbers of processes, and which there are; a number that does not fit is none."""
        cells = self._cells
        kind = cells.kind(name, (TEXT, UINT32, *HEX))
        if kind not in (NOTHING, TEXT):
            found, is_there = cells.numbers_or_nothing(name)
            return found.astype(np.int64), is_there & (found <= _MOST_ID)
        starts, stops = cells.spans(name)
        words = np.ndarray((len(self._data) - WORD + 1,), "<u8", self._data, strides=(1,))
        values, is_there = digits(words, starts, stops)
        for row in np.flatnonzero(~is_there & (stops > starts)).tolist():
            number = process_id(self._data[starts[row] : stops[row]].decode())
            if number is not None:
                values[row], is_there[row] = number, True
        return values, is_there


def script_data(cells: Cells, names: Sequence[str], places: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``EventData`` of PowerShell's events; a name that the template does not have is in none."""
    columns = {name: _script_column(cells, name) for name in names if name in places}
    if not columns:
        return [{} for _ in range(len(cells))]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _script_column(cells: Cells, name: str) -> list[Any]:
    if name not in _NUMBERS:
        return cells.texts(name)
    kind = cells.kind(name, (TEXT, UINT32, INT32))
    if kind in (NOTHING, TEXT):
        return cells.texts(name)
    found, is_there = cells.numbers_or_nothing(name)
    if kind == INT32:
        found = found.astype(np.int32)
    return [number if there else "" for number, there in zip(found.tolist(), is_there.tolist(), strict=True)]
