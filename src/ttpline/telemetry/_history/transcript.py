"""Blocks between the lines of asterisks of a PowerShell transcript, known by their shape, not by their words.

Windows writes the words in its own language; the order of the lines and what stands in them is the same everywhere.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from ttpline.telemetry._history.lines import Line
from ttpline.telemetry._times import microseconds

STARS = re.compile(rb"\*{22}[ \t]*", re.ASCII)
"""PowerShell draws exactly so many."""

MAX_BLOCK_LINES = 1_000
MAX_BLOCK_BYTES = 1 << 18
"""A header holds one command line, of which Windows allows 32 thousand characters, and ten short lines."""

_TIMED = re.compile(r"[^:]{1,60}:\s*(\d{14})\s*", re.ASCII)
_VALUE = re.compile(r"[^:]{1,60}:[ \t]*(.*)", re.DOTALL)
_MACHINE = re.compile(r"[^:]{1,60}:\s*(\S[^()]*?)\s*\((.*\d\.\d.*)\)\s*")
_MAX_MACHINE = 600
"""Characters of the machine's line: a name and what the system calls itself."""

_NUMBER = re.compile(r"[^:]{1,60}:\s*(\d{1,10})\s*", re.ASCII)
_VERSION = "PSVersion:"
"""A name of PowerShell's own: it is written alike in every language."""

_PLATFORMS = (("windows", "windows"), ("linux", "linux"), ("darwin", "macos"))


@dataclass(frozen=True, slots=True)
class Session:
    """Who ran PowerShell where, as the header of a transcript says; ``start`` in microseconds."""

    start: int | None
    user: str | None = None
    host: str | None = None
    pid: int | None = None
    platform: str | None = None
    application: str | None = None
    application_lines: tuple[Line, ...] = ()


@dataclass(slots=True)
class Block:
    """Lines after a line of asterisks, as long as they may be one of the three blocks."""

    stars: Line
    lines: list[Line] = field(default_factory=list)
    size: int = 0

    def takes(self, line: Line) -> bool:
        """False where the lines so far are no block: what they were is output that holds asterisks."""
        self.lines.append(line)
        self.size += len(line.raw)
        if len(self.lines) == 2 and not _TIMED.fullmatch(line.text):
            return False
        return len(self.lines) <= MAX_BLOCK_LINES and self.size <= MAX_BLOCK_BYTES

    @property
    def command_time(self) -> str | None:
        """``Command start time``, alone between the asterisks."""
        found = _TIMED.fullmatch(self.lines[0].text) if len(self.lines) == 1 else None
        return found[1] if found else None

    @property
    def start_time(self) -> str | None:
        """The time in the second line of a header, or of the end."""
        found = _TIMED.fullmatch(self.lines[1].text) if len(self.lines) > 1 else None
        return found[1] if found else None

    @property
    def is_short(self) -> bool:
        """A title and a time: the end of a transcript, or its beginning with ``-UseMinimalHeader``."""
        return len(self.lines) == 2

    def session(self, zone: tzinfo) -> Session:
        """What the header says; what it does not say is null."""
        texts = [line.text for line in self.lines]
        start = transcript_time(self.start_time or "", zone)
        machines = ((at, _machine(text)) for at, text in enumerate(texts) if at > 1)
        machine, found = next(((at, found) for at, found in machines if found), (0, None))
        if found is None:
            return Session(start)
        user = _VALUE.fullmatch(texts[2]) if machine > 2 else None
        system = found[2].lower()
        said = Session(
            start,
            user=(user[1].strip() or None) if user else None,
            host=found[1],
            platform=next((name for word, name in _PLATFORMS if word in system), None),
        )
        number = self._process_id(texts, machine)
        if number is None:
            return said
        pid = _NUMBER.fullmatch(texts[number])
        application = _VALUE.fullmatch("\n".join(texts[machine + 1 : number]))
        return replace(
            said,
            pid=int(pid[1]) if pid else None,
            application=(application[1].strip() or None) if application else None,
            application_lines=tuple(self.lines[machine + 1 : number]),
        )

    @staticmethod
    def _process_id(texts: list[str], machine: int) -> int | None:
        """Where the process id stands: before the versions, if there are any, so a long command line ends there."""
        versions = next((at for at, text in enumerate(texts) if at > machine and text.startswith(_VERSION)), None)
        if versions is not None:
            return versions - 1 if versions - 1 > machine and _NUMBER.fullmatch(texts[versions - 1]) else None
        numbers = (at for at, text in enumerate(texts) if at > machine + 1 and _NUMBER.fullmatch(text))
        return next(numbers, None)


def _machine(text: str) -> re.Match[str] | None:
    """``Machine: NAME (system and its version)``."""
    return _MACHINE.fullmatch(text) if len(text) <= _MAX_MACHINE else None


def transcript_time(digits: str, zone: tzinfo) -> int | None:
    """``yyyyMMddHHmmss`` on the clock of ``zone``, in microseconds.

    >>> from datetime import UTC
    >>> transcript_time("19700101000001", UTC)
    1000000
    """
    try:
        return microseconds(datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None
