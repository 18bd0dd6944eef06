"""The label file of one instance: which audit events (machine, serial) show which technique.

``{"<uid>": {"id": "<uid>", "auditd_events": {"<machine>": ["<serial>", …]}, "technique": "T1069: …"}}``. What does not
look like this is counted by reason and left out, one label at a time; a file that is not JSON at all is an error.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ttpline.errors import DatasetError

MAX_LABEL_BYTES = 256 << 20
"""One instance's labels; the published ones have a few megabytes."""

_SERIAL = re.compile(r"\d{1,18}", re.ASCII)
_WITH_ID = re.compile(r"T\d{4}(\.\d{3})?\b", re.ASCII)
_NUMBERED = re.compile(r"(.+)-\d{1,6}", re.ASCII | re.DOTALL)


class _Object(tuple[tuple[str, Any], ...]):
    """A JSON object with every pair, equal keys too."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the technique as labelled, and the events it is on, by machine as the file names it."""

    uid: str
    technique: str
    events: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def has_id(self) -> bool:
        """Whether the technique begins with an ATT&CK id, or is ``Normal``."""
        return bool(_WITH_ID.match(self.technique)) or self.technique.casefold() == "normal"


@dataclass(slots=True)
class Labels:
    """All labels of one instance in the order of the file, and what was wrong, counted."""

    labels: list[Label] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)


def read_labels(raw: bytes, where: str) -> Labels:
    """Parse one label file; ``DatasetError`` when it is not a JSON object.

    A uid that comes twice is counted, and both are used; the second gets ``#2`` after it.

    >>> text = b'{"u1": {"id": "u1", "auditd_events": {"web": ["12", 13]}, "technique": "T1069: Groups"}}'
    >>> read_labels(text, "1.json").labels
    [Label(uid='u1', technique='T1069: Groups', events=(('web', (12, 13)),))]
    """
    try:
        document = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, a number of 10,000 digits, a tower of brackets
        raise DatasetError(
            f"is not a label file: {error}", where=where, remedy="give the files as published"
        ) from error
    if not isinstance(document, _Object):
        raise DatasetError("is not a label file: not a JSON object", where=where, remedy="give the files as published")
    found = Labels()
    times: Counter[str] = Counter()
    for uid, body in document:
        times[uid] += 1
        if times[uid] > 1:
            found.problems["uid twice"] += 1
        label = _label(uid if times[uid] == 1 else f"{uid}#{times[uid]}", body, found.problems)
        if label is not None:
            if body_id(body) not in (None, uid):
                found.problems["id differs from its uid"] += 1
            found.labels.append(label)
    return found


def body_id(body: Any) -> Any:
    return dict(body).get("id") if isinstance(body, _Object) else None


def _label(uid: str, body: Any, problems: Counter[str]) -> Label | None:
    if not isinstance(body, _Object):
        problems["label that is not an object"] += 1
        return None
    fields = dict(body)
    technique, events = fields.get("technique"), fields.get("auditd_events")
    if not isinstance(technique, str) or not technique.strip():
        problems["label without a technique"] += 1
        return None
    if events is None:
        events = _Object()
    if not isinstance(events, _Object):
        problems["label whose events are not by machine"] += 1
        return None
    by_machine = []
    for machine, serials in events:
        if not isinstance(serials, list):
            problems["machine without a list of serials"] += 1
            continue
        by_machine.append((machine, tuple(_serials(serials, problems))))
    return Label(uid, technique.strip().encode(errors="backslashreplace").decode(), tuple(by_machine))


def _serials(serials: Iterable[Any], problems: Counter[str]) -> Iterator[int]:
    seen: set[int] = set()
    for serial in serials:
        text = str(serial) if isinstance(serial, int) and not isinstance(serial, bool) else serial
        if not isinstance(text, str) or not _SERIAL.fullmatch(text):
            problems["serial that is not a number"] += 1
        elif int(text) in seen:
            problems["serial twice in one label"] += 1
        else:
            seen.add(int(text))
            yield int(text)


def machine_folders(machine: str, folders: Iterable[str]) -> list[str]:
    """The log folders that a label's machine may mean: the one of exactly that name; else those that are it without
    their ``-<nn>``, or that it is without its own. More than one means that nobody can tell.

    >>> machine_folders("web", ["web-01", "db-01"]), machine_folders("web-01", ["web"])
    (['web-01'], ['web'])
    >>> machine_folders("web", ["web-01", "web-02"])
    ['web-01', 'web-02']
    """
    known = list(folders)
    if machine in known:
        return [machine]
    found = [folder for folder in known if _without_number(folder) == machine]
    return found or [folder for folder in known if folder == _without_number(machine)]


def _without_number(name: str) -> str | None:
    match = _NUMBERED.fullmatch(name)
    return match[1] if match else None
