"""Events of one form: as fields of command events where a process was created, one by one where a script ran."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ttpline.telemetry._evtx.cells import Cells, NotRead
from ttpline.telemetry._evtx.commands import CREATIONS, FIELDS, Columns, script_data
from ttpline.telemetry._evtx.instances import Bools, Int64s, Numbers
from ttpline.telemetry._evtx.plan import DataPlan, SystemPlan
from ttpline.telemetry._evtx.sid import sid_text
from ttpline.telemetry._evtx.values import EARLIEST, FILETIME, SID, TEXT, UINT16, UINT32, UINT64, Values
from ttpline.telemetry._windows.event import CommandKind, WindowsEvent
from ttpline.telemetry._windows.process import WINDOWS_SYSMON

_MAX_PARTS = 8
"""Kinds of events of one form, told apart by their number and their provider."""

_ID, _NUMBER, _TIME, _PROCESS, _USER = "#EventID", "#EventRecordID", "#TimeCreated", "#Execution", "#Security"
_CHANNEL, _COMPUTER = "#Channel", "#Computer"
"""Columns of the system part; no field that is read has such a name."""


@dataclass(slots=True)
class Part:
    """``rows`` of a piece's records: ``columns`` of process creations, or ``events``; neither: no commands."""

    rows: Int64s
    columns: Columns | None = None
    events: list[WindowsEvent] | None = None


@dataclass(slots=True)
class Form:
    """``rows``: which records, all plain; ``plan`` and ``system`` of their system parts, the others of their fields."""

    block: bytes
    numbers: Numbers
    rows: Int64s
    plan: SystemPlan
    system: Values
    data_plan: DataPlan
    data: Values

    def parts(self) -> Iterator[Part]:
        """What is read; rows that are in no part were not."""
        ids = self.numbers.u2(self.system.starts[self.plan.event_id]).tolist()
        keys = list(zip(ids, self._providers(), strict=True))
        kinds = dict.fromkeys(keys)
        for event_id, raw in list(kinds)[:_MAX_PARTS]:
            which = slice(None) if len(kinds) == 1 else np.array([key == (event_id, raw) for key in keys])
            try:
                part = self._part(which, event_id, raw.decode("utf-16-le").partition("\0")[0])
            except (NotRead, UnicodeDecodeError):
                continue
            yield part

    def _providers(self) -> list[bytes]:
        part = self.plan.provider
        if isinstance(part, str):
            return [part.encode("utf-16-le")] * len(self.rows)
        starts, stops = self.system.starts[part].tolist(), self.system.stops[part].tolist()
        return [self.block[start:stop] for start, stop in zip(starts, stops, strict=True)]

    def _part(self, which: slice | Bools, event_id: int, provider: str) -> Part:
        kind = WindowsEvent(event_id, {}, provider).kind
        is_read = kind is None or kind in FIELDS
        if not provider or not is_read or (kind is CommandKind.SYSMON_CREATE and provider != WINDOWS_SYSMON):
            raise NotRead
        if isinstance(self.plan.provider, int) and self.system.kinds[self.plan.provider] != TEXT:
            raise NotRead
        cells = self._cells(which, kind)
        cells.kind(_USER, (SID,))
        cells.numbers(_ID, UINT16)
        numbers = cells.numbers(_NUMBER, UINT64).tolist()
        processes = cells.numbers(_PROCESS, UINT32).tolist()
        times = ((cells.numbers(_TIME, FILETIME) - EARLIEST) // 10).tolist()
        channels = self._texts(cells, _CHANNEL, self.plan.channel)
        computers = self._texts(cells, _COMPUTER, self.plan.computer)
        rows = self.rows[which]
        if kind is None:
            return Part(rows[~cells.is_left])
        if kind in CREATIONS:
            columns = CREATIONS[kind](cells)
            columns |= {"event_id": _keys(computers, channels, numbers), "time": times, "host": computers}
            # Without a command, or a name of its own, an event is one for those who know every form.
            if not all(columns["command_line"]) or not all(columns["event_id"]):
                cells.is_left |= [not part for part in columns["command_line"]]
                cells.is_left |= [not part for part in columns["event_id"]]
            if not cells.is_left.any():
                return Part(rows, columns)
            kept = np.flatnonzero(~cells.is_left).tolist()
            return Part(rows[kept], {name: [column[at] for at in kept] for name, column in columns.items()})
        users = [sid_text(raw) if raw else None for raw in cells.slices(_USER)]
        datas = script_data(cells, FIELDS[kind], self.data_plan.values)
        parts = zip(datas, channels, computers, numbers, times, processes, users, cells.is_left.tolist(), strict=True)
        events = [
            WindowsEvent(event_id, data, provider, channel or None, computer or None, number, time, process, user)
            for data, channel, computer, number, time, process, user, is_left in parts
            if not is_left
        ]
        return Part(rows[~cells.is_left], events=events)

    def _cells(self, which: slice | Bools, kind: CommandKind | None) -> Cells:
        plan, fields = self.plan, self.data_plan.values
        system: dict[str, int | str] = {
            _ID: plan.event_id, _NUMBER: plan.record_id, _TIME: plan.time, _PROCESS: plan.process_id, _USER: plan.user,
            _CHANNEL: plan.channel, _COMPUTER: plan.computer,
        }  # fmt: skip
        whole, data = self.system.of(which), self.data.of(which)
        columns = {name: (whole, at) for name, at in system.items() if isinstance(at, int)}
        names = FIELDS.get(kind, ()) if kind is not None else ()
        columns |= {name: (data, at) for name in names if (at := fields.get(name)) is not None}
        return Cells(self.block, self.numbers, columns, len(whole.is_plain))

    def _texts(self, cells: Cells, name: str, part: int | str) -> list[str]:
        return [part] * len(cells) if isinstance(part, str) else cells.texts(name)


def _keys(computers: list[str], channels: list[str], numbers: list[int]) -> list[str | None]:
    """As ``_windows.process.record_key`` has them."""
    pairs = list(zip(computers, channels, strict=True))
    begins = {
        (computer, channel): f"win:{computer.lower()}:{channel.lower()}:" if computer and channel else None
        for computer, channel in set(pairs)
    }
    return [
        f"{begin}{number}" if (begin := begins[pair]) else None for pair, number in zip(pairs, numbers, strict=True)
    ]
