"""Which messages are worth a look: a test on bytes that never says no to one that tells of a command."""

from functools import lru_cache

from ttpline.domain.raw_text import decode
from ttpline.telemetry._syslog.messages import SHELLS, program_of

_CRON = (b"CMD (", b" cmd ")
_HINTS: dict[str, tuple[bytes, ...]] = {
    "sudo": (b" : ", b"@cee:"),
    "cron": _CRON,
    "crond": _CRON,
    "anacron": _CRON,
    "fcron": _CRON,
    "sshd": (b"forced-command ",),
    "sshd-session": (b"forced-command ",),
    "doas": (b"command ",),
    "pkexec": (b"COMMAND=",),
    "systemd": (b"Started ",),
    "rshd": (b"cmd='",),
    "in.rshd": (b"cmd='",),
    "snoopy": (b"[",),
}
_ALWAYS = (b"",)
_BLANK = b" \r"


@lru_cache(maxsize=1024)
def _hints_of(tag: bytes) -> tuple[bytes, ...] | None:
    program = program_of(decode(tag))
    return _ALWAYS if program in SHELLS else _HINTS.get(program)


def may_tell(tag: bytes | None, message: bytes) -> bool:
    """False only for a message of which ``messages.said`` makes nothing and which repeats none.

    >>> may_tell(b"sshd", b"Accepted publickey for bob"), may_tell(b"CRON", b"(root) CMD (true)")
    (False, True)
    """
    if message[:13] in (b"last message ", b"--- last mess", b"message repea"):
        return True
    if tag is None:
        return False
    hints = _hints_of(tag)
    if hints is not None:
        return any(hint in message for hint in hints)
    head = message[:96]
    return b"HISTORY: " in head or b"Invoked with " in head or message.rstrip(_BLANK).endswith(b"]") or head[:1] == b"["
