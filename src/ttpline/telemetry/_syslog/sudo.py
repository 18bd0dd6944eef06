"""What sudo writes of a command: one message, or the JSON of newer versions."""

import json
import re
import shlex
from typing import Any

from ttpline.domain.event import Origin
from ttpline.telemetry._syslog.said import Said

_MESSAGE = re.compile(r"\s*(\S{1,256}) : (.*)", re.DOTALL)
CONTINUED = re.compile(r"\s*(\S{1,256}) : \(command continued\) ?(.*)", re.DOTALL)
_FIELDS = frozenset({"HOST", "TTY", "CHROOT", "PWD", "USER", "GROUP", "TSID", "ENV"})
_ENDED = re.compile(r" ; (?:SIGNAL=[A-Z0-9 +-]{1,20}(?: \(core dumped\))? ; )?EXIT=\d{1,3}\Z")
"""``log_exit_status``: the end of a command whose beginning was logged before."""

_COMMAND = "COMMAND="
_JSON_MARK = "@cee:"
MAX_PIECE = 957
"""sudo cuts a message into pieces of 960 bytes less the user's name and three, at a space where there is one."""


def message_of(text: str) -> tuple[str, str] | None:
    """User and what follows the colon, where ``text`` is sudo's about a command; no password prompt, no session.

    >>> message_of("   bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id")
    ('bob', 'TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id')
    """
    found = _MESSAGE.match(text)
    if found is None or ("TTY=" not in found[2] and "PWD=" not in found[2] and _COMMAND not in found[2]):
        return None
    return found[1], found[2]


def joined(user: str, first: str, rest: list[str]) -> str:
    """The pieces of one message. A piece is cut at a space, which is lost, or through a word as long as a piece."""
    parts = [first]
    for before, part in zip([first, *rest], rest, strict=False):
        is_through_word = " " not in before and len(before.encode()) == MAX_PIECE - len(user.encode())
        parts += ["" if is_through_word else " ", part]
    return "".join(parts)


def said_by_sudo(user: str, message: str) -> Said | None:
    """The command in a message; None where it tells of none."""
    at = 0 if message.startswith(_COMMAND) else message.find(" ; " + _COMMAND)
    if at < 0:
        return None
    head, command = message[:at], message[at:].removeprefix(" ; ")[len(_COMMAND) :]
    refusal = ""
    keys: dict[str, str] = {}
    for part in head.split(" ; "):
        name, equals, value = part.partition("=")
        if equals and name in _FIELDS:
            keys.setdefault(name, value)
        elif not keys:
            refusal = refusal or part
    if not command.strip() or _ENDED.search(command, max(0, len(command) - 60)):
        return None
    return Said(
        command,
        Origin.USER_CMD,
        user=user,
        tty=_known(keys.get("TTY")),
        cwd=_known(keys.get("PWD")),
        exe=_program(command),
        success=False if refusal.strip() else None,
        session=keys.get("TSID"),
    )


def _known(value: str | None) -> str | None:
    return None if value in (None, "", "unknown", "(none)", "none") else value


def _program(command: str) -> str | None:
    """sudo logs the path it found; a space in it is written ``#040``."""
    word = command.split(" ", 1)[0]
    return word.replace("#040", " ") if word.startswith("/") else None


def said_in_json(text: str) -> Said | None:
    """``log_format=json``: ``@cee:{"sudo":{"accept":{…}}}``; the arguments have their boundaries there."""
    if not text.startswith(_JSON_MARK):
        return None
    try:
        record = json.loads(text[len(_JSON_MARK) :])
    except (ValueError, RecursionError):
        return None
    held = record.get("sudo") if isinstance(record, dict) else None
    if not isinstance(held, dict):
        return None
    for kind in ("accept", "reject", "alert"):
        event = held.get(kind)
        if isinstance(event, dict):
            return _said_of(event, is_refused=kind != "accept")
    return None


def _said_of(event: dict[str, Any], *, is_refused: bool) -> Said | None:
    argv = event.get("runargv")
    words = [one for one in argv if isinstance(one, str)] if isinstance(argv, list) else []
    exe = event.get("command")
    if not words and not isinstance(exe, str):
        return None

    def text(name: str) -> str | None:
        value = event.get(name)
        return value if isinstance(value, str) and value else None

    return Said(
        shlex.join(words) if words else str(exe),
        Origin.USER_CMD,
        user=text("submituser"),
        tty=(text("ttyname") or "").removeprefix("/dev/") or None,
        cwd=text("runcwd") or text("submitcwd"),
        exe=exe if isinstance(exe, str) else None,
        success=False if is_refused else None,
        argv=words or None,
    )
