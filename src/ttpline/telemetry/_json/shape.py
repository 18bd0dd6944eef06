"""What a JSON format says about its records; one object a format, wrapped by ``JsonReader``."""

from typing import Any, Protocol

from ttpline.telemetry._event_rows import EventRows, Place


class UnreadableRecordError(Exception):
    """Why a record that should be a command is none. Fixed wording: skips are counted by it."""


class Shape(Protocol):
    """``record``: a ``msgspec.Struct`` with the fields that are needed, each with a default, typed ``Any`` where logs
    write it in more than one way. ``mark``: every record of this format has these bytes.

    ``command_marks``: a record that is a command has all the bytes of at least one of them; records without are passed
    over unread. Empty: every record is read.
    """

    record: type[Any]
    mark: bytes
    command_marks: tuple[tuple[bytes, ...], ...]

    def sniff(self, record: dict[str, Any]) -> float:
        """From 0 to 1, how sure it is that this object is of the format, a command or not."""
        ...

    def add(self, record: Any, raw: bytes, place: Place, rows: EventRows) -> None:
        """Give ``rows`` the commands of ``record`` (none for a record of another kind).

        ``UnreadableRecordError`` for one that should have been a command and is none.
        """
        ...
