"""A command that a message tells of."""

from dataclasses import dataclass
from typing import Any

from ttpline.domain.event import Origin


@dataclass(slots=True)
class Said:
    """What the message itself says; the line's header adds host, time and, where ``pid`` is None, the process.

    ``is_own``: the process that logged it is the one that typed or ran it (a shell). ``is_parent``: it
    started the command (sudo). ``is_elsewhere``: it is another one, its number says nothing about the command.
    """

    command_line: str
    origin: Origin
    user: str | None = None
    uid: int | None = None
    tty: str | None = None
    cwd: str | None = None
    exe: str | None = None
    success: bool | None = None
    pid: int | None = None
    ppid: int | None = None
    session: str | int | None = None
    argv: list[str] | None = None
    complete: bool = True
    is_own: bool = False
    is_parent: bool = False
    is_elsewhere: bool = False

    def fields(self) -> dict[str, Any]:
        """As ``EventRows.add`` takes them."""
        return {
            "origin": self.origin,
            "complete": self.complete,
            "user": self.user,
            "uid": self.uid,
            "tty": self.tty,
            "cwd": self.cwd,
            "exe": self.exe,
            "success": self.success,
            "pid": self.pid,
            "ppid": self.ppid,
            "session": self.session,
            "argv": self.argv,
        }
