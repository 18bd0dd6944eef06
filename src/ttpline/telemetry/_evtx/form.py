"""Events of one form: as fields of command events where a process was created, one by one where a script ran."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ttpline.telemetry._evtx.cells import Cells, NotRead
from ttpline.telemetry._evtx.commands import CREATIONS, FIELDS, Creations, script_data
from ttpline.telemetry._evtx.instances import Bools, Int64s, Numbers, different
from ttpline.telemetry._evtx.plan import DataPlan, SystemPlan
from ttpline.telemetry._evtx.sid import sid_text
from ttpline.telemetry._evtx.values import EARLIEST, FILETIME, SID, TEXT, UINT16, UINT32, UINT64, Values
from ttpline.telemetry._windows.created import Created
from ttpline.telemetry._windows.event import CommandKind, WindowsEvent
from ttpline.telemetry._windows.process import WINDOWS_SYSMON

_MAX_PARTS = 8
"""Kinds of events of one form, told apart by their number and their provider."""

_ID, _NUMBER, _TIME, _PROCESS, _USER = "#EventID", "#EventRecordID", "#TimeCreated", "#Execution", "#Security"
_CHANNEL, _COMPUTER = "#Channel", "#Computer"
"""Columns of the system part; no field that is read has such a name."""


@dataclass(slots=True)
class Part:
    """``rows`` of a piece's records: process creations, or ``events``; neither: no commands."""

    rows: Int64s
    created: Created | None = None
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
        ids = self.numbers.u2(self.system.starts[self.plan.event_id])
        raws, provider_of = self._providers()
        keys = ids * len(raws) + provider_of
        kinds = [int(keys[0])] if (keys == keys[0]).all() else list(dict.fromkeys(keys.tolist()))
        for key in kinds[:_MAX_PARTS]:
            event_id, provider = divmod(key, len(raws))
            which = slice(None) if len(kinds) == 1 else keys == key
            try:
                part = self._part(which, event_id, raws[provider].decode("utf-16-le").partition("\0")[0])
            except (NotRead, UnicodeDecodeError):
                continue
            yield part

    def _providers(self) -> tuple[list[bytes], Int64s]:
        """Those that there are, and which each event has."""
        part = self.plan.provider
        if isinstance(part, str):
            return [part.encode("utf-16-le")], np.zeros(len(self.rows), np.int64)
        return self.numbers.different(self.system.starts[part], self.system.stops[part])

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
        numbers = cells.numbers(_NUMBER, UINT64)
        processes = cells.numbers(_PROCESS, UINT32)
        times = ((cells.numbers(_TIME, FILETIME) - EARLIEST) // 10).astype(np.int64)
        channels, channel_of = self._few(cells, _CHANNEL, self.plan.channel)
        computers, computer_of = self._few(cells, _COMPUTER, self.plan.computer)
        rows = self.rows[which]
        if kind is None:
            return Part(rows[~cells.is_left])
        cells.decode(FIELDS[kind])
        if kind in CREATIONS:
            creations = Creations(cells, kind)
            pairs, pair_of = different(computer_of * len(channels) + channel_of)
            origins = [(computers[pair // len(channels)], channels[pair % len(channels)]) for pair in pairs]
            # Without a name of its own an event is one for those who know every form.
            if not all(map(all, origins)):
                cells.is_left |= np.array([not all(origin) for origin in origins])[pair_of]
            begins = [(computer, f"win:{computer.lower()}:{channel.lower()}:") for computer, channel in origins]
            created = creations.columns(times, numbers, begins, pair_of)
            if not cells.is_left.any():
                return Part(rows, created)
            kept = np.flatnonzero(~cells.is_left)
            return Part(rows[kept], created.of(kept))
        users = [sid_text(raw) if raw else None for raw in cells.slices(_USER)]
        datas = script_data(cells, FIELDS[kind], self.data_plan.values)
        system = (channel_of, computer_of, numbers, times, processes, cells.is_left)
        parts = zip(datas, users, *(column.tolist() for column in system), strict=True)
        events = [
            WindowsEvent(
                event_id, data, provider, channels[channel] or None, computers[computer] or None, number, time, process,
                user,
            )
            for data, user, channel, computer, number, time, process, is_left in parts
            if not is_left
        ]  # fmt: skip
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

    def _few(self, cells: Cells, name: str, part: int | str) -> tuple[list[str], Int64s]:
        return ([part], np.zeros(len(cells), np.int64)) if isinstance(part, str) else cells.few(name)
