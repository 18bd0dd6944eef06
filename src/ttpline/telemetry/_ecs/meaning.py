"""What the values of ECS fields mean, the same for one document and for many at once."""

import re
import shlex
from collections.abc import Iterable, Sequence

_RAN = frozenset({"exec", "executed", "process_started", "start", "creation_event", "created-process"})
"""``event.action`` of writers that give no ``event.type``, or give several."""

_NOT_RUN = frozenset({"fork", "end", "existing_process", "process_stopped", "process_error"})
"""Not an execution, whatever the type says: a fork goes on with its parent's program."""

PLATFORMS = {"linux": "linux", "windows": "windows", "darwin": "macos", "macos": "macos"}
_DRIVE = re.compile(r"[A-Za-z]:\\")

_NEEDS_QUOTES = re.compile(r"[^\w@%+=:,./ -]", re.ASCII)
"""Beside a space, what ``shlex.quote`` quotes."""

SUCCESS = {"success": True, "failure": False}

Labels = str | Iterable[str] | None
"""A field that may have several values."""


def is_execution(action: Labels, category: Labels, type: Labels) -> bool:
    """Whether an event with these is the start of a program."""
    actions = _set(action)
    if "exec" in actions or "executed" in actions:  # Elastic Defend gives fork and exec in one event
        return True
    if actions & _NOT_RUN:
        return False
    categories = _set(category)
    if "process" in categories:
        return "start" in _set(type) or bool(actions & _RAN)
    return not categories and bool(actions & _RAN)


def _set(value: Labels) -> frozenset[str]:
    return frozenset() if value is None else frozenset((value,)) if isinstance(value, str) else frozenset(value)


def platform_by_os(*names: str | None) -> str | None:
    """By the first of ``names`` that is known."""
    return next((known for name in names if name and (known := PLATFORMS.get(name.lower()))), None)


def platform_by_path(exe: str | None) -> str | None:
    if exe is None:
        return None
    return "windows" if _DRIVE.match(exe) else "linux" if exe.startswith("/") else None


def joined(arguments: Sequence[str]) -> str:
    """As ``shlex.join`` has it, which looks at each argument; at most lines it is enough to look once.

    >>> joined(["ls", "-l", "a b"]), joined(["ls", ""]), joined(["id", "-u"])
    ("ls -l 'a b'", "ls ''", 'id -u')
    """
    line = " ".join(arguments)
    if line.count(" ") != len(arguments) - 1 or "" in arguments or _NEEDS_QUOTES.search(line):
        return shlex.join(arguments)
    return line
