"""What a template says of its values: which of them is the event's number, its time, its host, the value of a field."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ttpline.telemetry._evtx.template import Element, Gap


@dataclass(frozen=True, slots=True)
class SystemPlan:
    """Which value is which part of the event. ``provider``, ``channel``, ``computer`` may be literals.

    ``nested``: the value that is the rest of the event, an instance of a template of its own; None where the rest
    stands in this template (``fields``).
    """

    event_id: int
    record_id: int
    time: int
    process_id: int
    user: int
    provider: int | str
    channel: int | str
    computer: int | str
    nested: int | None
    fields: "DataPlan | None"

    @property
    def most(self) -> int:
        """The highest value that is used."""
        parts = (self.event_id, self.record_id, self.time, self.process_id, self.user, self.nested)
        texts = (self.provider, self.channel, self.computer)
        return max(
            *(part for part in (*parts, *texts) if isinstance(part, int)), self.fields.most if self.fields else 0
        )


@dataclass(frozen=True, slots=True)
class DataPlan:
    """The values of ``EventData`` by their names; None for a field that is always empty."""

    names: tuple[tuple[str, int | None], ...]

    @property
    def values(self) -> Mapping[str, int | None]:
        return MappingProxyType(dict(self.names))

    @property
    def most(self) -> int:
        return max((value for _, value in self.names if value is not None), default=0)


_TYPED = frozenset({"Name", "SystemTime", "ProcessID", "UserID"})
"""Attributes that mean something; each only on its own element."""


def system_plan(root: Element) -> SystemPlan | None:
    """Of the template of a whole event; None where it is not as those of Windows are."""
    if root.name != "Event" or not 1 <= len(root.content) <= 2:
        return None
    system, *rest = root.content
    if not isinstance(system, Element) or system.name != "System" or system.attributes:
        return None
    parts = {part.name: part for part in system.elements}
    if len(parts) != len(system.content) or any(part.elements or len(part.content) > 1 for part in parts.values()):
        return None
    fields = data_plan(rest[0]) if rest and isinstance(rest[0], Element) else None
    nested = rest[0].value if rest and isinstance(rest[0], Gap) else None
    provider = _attribute(parts, "Provider", "Name")
    channel, computer = _content(parts, "Channel"), _content(parts, "Computer")
    numbers = (
        _content(parts, "EventID"),
        _content(parts, "EventRecordID"),
        _attribute(parts, "TimeCreated", "SystemTime"),
        _attribute(parts, "Execution", "ProcessID"),
        _attribute(parts, "Security", "UserID"),
    )
    if (fields is None) == (nested is None) or provider is None or channel is None or computer is None:
        return None
    event_id, record_id, time, process_id, user = (one if isinstance(one, int) else -1 for one in numbers)
    if min(event_id, record_id, time, process_id, user) < 0:
        return None
    return SystemPlan(event_id, record_id, time, process_id, user, provider, channel, computer, nested, fields)


def data_plan(root: Element) -> DataPlan | None:
    """Of ``EventData`` whose fields have names, all different."""
    if root.name != "EventData" or root.attributes:
        return None
    names: dict[str, int | None] = {}
    for part in root.content:
        if not isinstance(part, Element) or part.name != "Data" or part.attributes.keys() != {"Name"}:
            return None
        name = part.attributes["Name"]
        if not isinstance(name, str) or name in names or len(part.content) > 1:
            return None
        inner = part.content[0] if part.content else None
        if inner is not None and not isinstance(inner, Gap):
            return None
        names[name] = inner.value if inner else None
    return DataPlan(tuple(names.items())) if names else None


def _attribute(parts: Mapping[str, Element], element: str, name: str) -> int | str | None:
    """The value of the one attribute that counts of an element without content."""
    part = parts.get(element)
    if part is None or part.content or part.attributes.keys() & _TYPED != {name}:
        return None
    return _plain(part.attributes[name])


def _content(parts: Mapping[str, Element], element: str) -> int | str | None:
    part = parts.get(element)
    if part is None or not part.content or part.attributes.keys() & _TYPED:
        return None
    inner = part.content[0]
    return None if isinstance(inner, Element) else _plain(inner)


def _plain(part: str | Gap) -> int | str:
    return part.value if isinstance(part, Gap) else part
