"""The beginning of a syslog line: when, which machine, which program. RFC 3164, RFC 5424 and rsyslog's own times."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ttpline.domain.raw_text import decode
from ttpline.telemetry._times import microseconds, rfc3339

_MONTHS = {name: number for number, name in enumerate(
    (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
)}  # fmt: skip

_PRIORITY = rb"(?:<\d{1,3}>)?"
_ISO = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_OLD = re.compile(
    _PRIORITY + rb"(?:(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (?:(\d{4}) )?"
    rb"(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?|(" + _ISO + rb")) "
)
_NEW = re.compile(
    _PRIORITY + rb"1 (-|" + _ISO + rb") (\S{1,255}) (\S{1,128}) (\S{1,128}) \S{1,64} "
    rb'(?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*+")*+\])++)(?: (?:\xef\xbb\xbf)?|\Z)'
)
_LEVEL = rb"(?:[a-z][a-z0-9]{1,9}\.(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug) )?"
_TAG = re.compile(rb"(?:<[a-z0-9.]{3,20}> )?" + _LEVEL + rb"([^\s:\[\]]{1,128})(?:\[(\d{1,10})\])?: ?")
_HOST = re.compile(rb"([^\s\[\]<>{}\"'=,;]{1,255}) ")
_LEVELS = frozenset({b"EMERG", b"ALERT", b"CRIT", b"ERR", b"ERROR", b"WARNING", b"WARN", b"NOTICE", b"INFO", b"DEBUG"})
"""Chrome OS writes the level where others write the machine."""

_USUAL = re.compile(_OLD.pattern + _HOST.pattern[:-1] + rb"(?<!:) ([^\s:\[\]]{1,128})(?:\[(\d{1,10})\])?: ?")
"""Nearly all lines, in one go; the groups of the stamp are those of ``_OLD``."""

_LOGGER_OF_A_SHELL = re.compile(
    rb"([^\s:\[\]]{1,64})\[(\d{1,10})\] ([0-9A-Fa-f.:]{2,45} \d{1,5} [0-9A-Fa-f.:]{2,45} \d{1,5}): "
)

_OCTAL = re.compile(r"#(0[0-3][0-7]|177)(?![0-9A-Fa-f]{3}(?![0-9A-Za-z]))")
"""A control character as rsyslog and sudo write it. ``#000000`` is a colour."""

SAME_YEAR_DAYS = 31
"""How far a log may jump back within a year (a clock set, lines of several machines); further back is a new year."""


@dataclass(slots=True)
class SyslogLine:
    """``time``: the header's place in ``groups``; ``message`` as bytes. ``tag`` is None where there is none.

    ``ssh``: what ``logger -t "$USER[$$] $SSH_CONNECTION"`` puts behind the tag.
    """

    stamp: "re.Match[bytes]"
    is_new: bool
    host: bytes | None
    tag: bytes | None
    pid: int | None
    message: bytes
    ssh: bytes | None = None


def split_line(line: bytes) -> SyslogLine | None:
    """The parts of one line; None where it does not begin as a syslog line does.

    >>> found = split_line(b"Jun 10 06:13:21 web1 sudo[7]: hello")
    >>> found.host, found.tag, found.pid, found.message
    (b'web1', b'sudo', 7, b'hello')
    """
    usual = _USUAL.match(line)
    if usual is not None:
        host, tag, pid = usual.group(9, 10, 11)
        host = None if host in _LEVELS else host
        return SyslogLine(usual, False, host, tag, int(pid) if pid else None, line[usual.end() :])
    old = _OLD.match(line)
    if old is None:
        new = _NEW.match(line)
        if new is None:
            return None
        host, tag, pid = (None if part == b"-" else part for part in new.group(2, 3, 4))
        number = int(pid) if pid is not None and pid.isdigit() and len(pid) < 11 else None
        return SyslogLine(new, True, host, tag, number, line[new.end() :])
    return _unusual(line, old)


def _unusual(line: bytes, old: "re.Match[bytes]") -> SyslogLine:
    """Without host, with a level, without tag, or from a shell's logger."""
    at = old.end()
    tag = _TAG.match(line, at)
    host = None
    if tag is None or line[at : at + 1] == b"<":
        named = _HOST.match(line, at)
        if named is not None:
            host, at = named[1], named.end()
            tag = _TAG.match(line, at)
    if tag is None:
        shell = _LOGGER_OF_A_SHELL.match(line, at)
        if shell is not None:
            return SyslogLine(old, False, host, shell[1], int(shell[2]), line[shell.end() :], shell[3])
        return SyslogLine(old, False, host, None, None, line[at:])
    pid = int(tag[2]) if tag[2] else None
    return SyslogLine(old, False, host, tag[1], pid, line[tag.end() :])


class SyslogClock:
    """Times of lines in the order of the file. Lines without a year have one only if ``year`` says the first one's."""

    def __init__(self, zone: tzinfo, year: int | None) -> None:
        self._zone = zone
        self._year = year
        self._last = (0, 0)

    def see(self, line: SyslogLine) -> None:
        """Every line, so that the turn of the year is noticed."""
        if self._year is None or line.is_new or line.stamp[1] is None or line.stamp[3] is not None:
            return
        month, day = _MONTHS[line.stamp[1]], int(line.stamp[2])
        back = (self._last[0] - month) * SAME_YEAR_DAYS + self._last[1] - day
        if back > SAME_YEAR_DAYS and self._last[0]:
            self._year += 1
        elif self._last == (1, 1) and (month, day) == (12, 31):
            return  # one late line of the old year: it is dated by ``time``, the year goes on
        self._last = (month, day)

    def time(self, line: SyslogLine) -> int | None:
        """Microseconds since 1970 UTC; None for a line without its year."""
        stamp = line.stamp
        if line.is_new:
            return None if stamp[1] == b"-" else rfc3339(stamp[1].decode(), self._zone)
        if stamp[8] is not None:
            return rfc3339(stamp[8].decode(), self._zone)
        month, day = _MONTHS[stamp[1]], int(stamp[2])
        year = int(stamp[3]) if stamp[3] else self._year
        if year is None:
            return None
        if stamp[3] is None and self._last == (1, 1) and (month, day) == (12, 31):
            year -= 1
        micro = int((stamp[7] or b"0")[:6].ljust(6, b"0"))
        try:
            at = datetime(year, month, day, int(stamp[4]), int(stamp[5]), min(int(stamp[6]), 59), micro, self._zone)
            return microseconds(at)
        except (ValueError, OverflowError):
            return None

    @staticmethod
    def is_exact(line: SyslogLine) -> bool:
        """Whether the time counts parts of a second, so that it can name an event."""
        stamp = line.stamp
        if line.is_new:
            return b"." in stamp[1] or b"," in stamp[1]
        written = stamp[8]
        return bool(stamp[7]) if written is None else b"." in written or b"," in written


def unescaped(text: str) -> str:
    """Control characters as themselves, where rsyslog or sudo wrote them in octal.

    >>> unescaped("a#011b #000000 #1"), unescaped("#033[1m")
    ('a\\tb #000000 #1', '\\x1b[1m')
    """
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text) if "#" in text else text


def message_text(raw: bytes) -> str:
    """A message as text, escapes replaced, without the line's own CR."""
    return unescaped(decode(raw.removesuffix(b"\r")))
