"""``powershell-transcript``: what ``Start-Transcript`` and the policy of the same name write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import BinaryIO
from zlib import crc32

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._history.lines import TOO_LONG, Entry, Line, history_lines, skip_long
from ttpline.telemetry._history.transcript import STARS, Block, Session, transcript_time
from ttpline.telemetry._lines import LongLine, head_text
from ttpline.telemetry._times import UTC_NAME, zone

_PROMPT = re.compile(
    rb"(?:\[DBG\]: )?(?:\[([^\]\s]{1,255})\]: (?:\[DBG\]: )?)?PS(?: ([^>]{1,1024}))?(>{1,9}) ?(.*)", re.DOTALL
)
"""``[DBG]: [remote host]: PS path> command``; one more ``>`` for each nested prompt."""

_RECORD = re.compile(
    rb"(?:CommandInvocation|ParameterBinding|TerminatingError|NonTerminatingError)\(|\$global:\?[ \t]*\Z"
)
"""What PowerShell notes behind a prompt of its own: no command line of anybody."""

_MORE = b">>"

SURE = 0.95
REMEDY = "is it a transcript of PowerShell? say what it is with --from"
NO_HEADER = "a header that makes no sense"


@dataclass(frozen=True, slots=True)
class PowershellTranscriptReader:
    """Events are the host application of each header and what was typed at each prompt; output is none.

    ``tz``: the zone of the machine's clock, which a transcript does not name.
    """

    name: str = "powershell-transcript"
    description: str = "transcripts of PowerShell: what was typed, and the process that ran it"
    tz: str = UTC_NAME

    def __post_init__(self) -> None:
        zone(self.tz)

    def sniff(self, head: bytes) -> float:
        lines = [line.rstrip("\r").encode(errors="replace") for line in head_text(head).split("\n") if line.strip()]
        if len(lines) < 3 or not STARS.fullmatch(lines[0]):
            return 0.0
        block = Block(Line(1, lines[0], 0, 0, False))
        is_block = all(block.takes(Line(at + 2, line, 0, 0, False)) for at, line in enumerate(lines[1:3]))
        return SURE if is_block and block.start_time else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        transcript = _Transcript(EventRows(self.name, uri, REMEDY), zone(self.tz), self.name)
        rows = transcript.rows
        for line in history_lines(stream):
            rows.count()
            if isinstance(line, LongLine):
                transcript.long_line(line)
            else:
                transcript.line(line)
            yield from rows.full()
        transcript.end()
        yield from rows.rest()


@dataclass(slots=True)
class _Transcript:
    """Where in a transcript we are: in a block, behind a prompt, or among output."""

    rows: EventRows
    zone: tzinfo
    format: str
    session: Session | None = None
    block: Block | None = None
    typed: Entry | None = None
    fields: dict[str, str | int | None] = field(default_factory=dict)
    command_time: int | None = None
    commands: int = 0

    def line(self, line: Line) -> None:
        if STARS.fullmatch(line.raw):
            self._finish_typed()
            block, self.block = self.block, None
            if block is None:
                self.block = Block(line)
            elif not self._closes(block):
                self._as_output(block)
                self.block = Block(line)
        elif self.block is not None:
            if not self.block.takes(line):
                block, self.block = self.block, None
                self._as_output(block)
        else:
            self._content(line)

    def long_line(self, line: LongLine) -> None:
        """Output may be as long as it likes; only a command of that length is one that is not read."""
        if self.typed is not None or line.sample.startswith("PS "):
            skip_long(self.rows, line)
        self.typed = None

    def end(self) -> None:
        block, self.block = self.block, None
        if block is not None and len(block.lines) > 2 and block.start_time:
            self._open(block)  # cut inside its header
        elif block is not None and not block.command_time and not block.start_time:
            self._as_output(block)
        self._finish_typed()

    def _closes(self, block: Block) -> bool:
        """Whether the asterisks after ``block`` end it; else they are the first of a block of their own."""
        if block.command_time:
            self.command_time = transcript_time(block.command_time, self.zone)
            if self.command_time is None:
                self.rows.skip(block.lines[0].record, "a command start time that is no time", block.lines[0].raw)
            return True
        if not block.start_time:
            return False
        if block.is_short and self.session is not None:
            self.session = self.command_time = None
        else:
            self._open(block)
        return True

    def _open(self, block: Block) -> None:
        session = block.session(self.zone)
        self.session, self.command_time, self.commands = session, None, 0
        if session.start is None:
            self.rows.skip(block.lines[0].record, NO_HEADER, b"\n".join(line.raw for line in block.lines))
        if session.application is not None and session.application_lines:
            first, last = session.application_lines[0], session.application_lines[-1]
            raw = b"\n".join(line.raw for line in session.application_lines)
            self.rows.add(
                Place(first.record, first.offset, last.offset + last.length - first.offset),
                raw,
                session.application,
                event_id=self._id(raw),
                complete=not any(line.damaged for line in session.application_lines),
                time=session.start,
                pid=session.pid,
                host=session.host,
                user=session.user,
                platform=session.platform,
            )

    def _id(self, raw: bytes) -> str | None:
        """The same in every copy of the transcript; None where it does not say whose it is."""
        session, self.commands = self.session, self.commands + 1
        if session is None or session.host is None or session.start is None or session.pid is None:
            return None
        host = session.host.lower()
        return f"{self.format}:{host}:{session.start}:{session.pid}:{self.commands}:{crc32(raw)}"

    def _as_output(self, block: Block) -> None:
        for line in block.lines:
            self._content(line)

    def _content(self, line: Line) -> None:
        if self.typed is not None and line.raw.startswith(_MORE):
            more = line.raw[len(_MORE) :].removeprefix(b" ")
            if not _RECORD.match(more):
                self.typed.add(line, more)
            return
        self._finish_typed()
        found = _PROMPT.fullmatch(line.raw) if line.raw[:1] in (b"P", b"[") else None
        if found and _is_place(found[2]):
            remote, path, _, command = found.groups()
            self.typed = Entry(line)
            self.typed.add(line, command)
            self.fields = {"cwd": decode(path) if path else None, "remote": decode(remote) if remote else None}

    def _finish_typed(self) -> None:
        typed, self.typed = self.typed, None
        if typed is None:
            return
        command = typed.command()
        if typed.is_too_long:
            self.rows.skip(typed.first.record, TOO_LONG, command)
        elif command and not _RECORD.match(command):
            self._add(typed, command)

    def _add(self, typed: Entry, command: bytes) -> None:
        session = self.session or Session(None)
        remote = self.fields["remote"]
        self.rows.add(
            typed.place,
            command,
            decode(command),
            event_id=self._id(command),
            origin=Origin.HISTORY,
            complete=not typed.damaged,
            time=session.start if self.command_time is None else self.command_time,
            host=session.host if remote is None else remote,
            user=session.user if remote is None else None,
            pid=session.pid if remote is None else None,
            cwd=self.fields["cwd"],
            platform=session.platform if remote is None else None,
        )


def _is_place(path: bytes | None) -> bool:
    """Whether a prompt may name it: a drive, a provider, a path; a line of output seldom has one there."""
    return path is None or b":" in path or path.startswith((b"/", b"\\", b"~"))


READER = PowershellTranscriptReader()
