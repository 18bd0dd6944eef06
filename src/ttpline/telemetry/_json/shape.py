"""What a JSON format says about its records; one object a format, wrapped by ``JsonReader``."""

from typing import Any, Protocol

from ttpline.telemetry._event_rows import Place


class UnreadableRecordError(Exception):
    """Why a record that should be a command is none. Fixed wording: skips are counted by it."""


class Shape(Protocol):
    """``record``: a ``msgspec.Struct`` with the fields that are needed, each with a default, typed ``Any`` where logs
    write it in more than one way. ``mark``: every record of this format has these bytes.

    ``command_marks``: a record that is a command has all the bytes of at least one of them; records without are passed
    over unread. Empty: every record is read.

    Four more methods are optional. ``is_own(raw: bytes) -> bool`` stands for ``mark``, and ``may_be_command(raw: bytes)
    -> bool`` for ``command_marks``, where texts are not enough. ``loosely(record: dict) -> record`` makes what ``add``
    gets of an object whose fields the struct does not take as they are; else ``msgspec.convert`` does.
    ``opened(rows: EventRows)`` gives what ``add`` gets for ``rows``, with ``full`` and ``rest`` of its own: for formats
    that join records.

    A shape may also have ``columns`` (a name -> ``_regular.Column``) and ``events(table: Table) -> EventColumns``. Then
    regular lines with no other values than these come to ``events`` many at once. It gives what ``add`` would for each;
    what would be a skip must be no value that the columns take.
    """

    @property
    def record(self) -> Any: ...

    @property
    def mark(self) -> bytes: ...

    @property
    def command_marks(self) -> tuple[tuple[bytes, ...], ...]: ...

    def sniff(self, record: dict[str, Any]) -> float:
        """From 0 to 1, how sure it is that this object is of the format, a command or not."""
        ...

    def add(self, record: Any, raw: bytes, place: Place, rows: Any) -> None:
        """Give the commands of ``record`` to ``rows``, an ``EventRows`` or what ``opened`` gave: most have none.

        ``UnreadableRecordError`` for one that should have been a command and is none.
        """
        ...
