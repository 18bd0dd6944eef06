"""Which messages of which programs tell of a command. Only forms that their programs (or their manuals) define.

Every pattern reads its text once. What a service prints is no command, so a program's name alone is never enough.
"""

import re
from collections.abc import Callable

from ttpline.domain.event import Origin
from ttpline.telemetry._syslog.said import Said
from ttpline.telemetry._syslog.sudo import message_of, said_by_sudo, said_in_json

Handler = Callable[[str], Said | None]

_CRON = re.compile(r"\(([^()]{1,64})\) CMD \((.*)\)\s*", re.DOTALL)
_BUSYBOX_CRON = re.compile(r"USER (\S{1,64}) pid +(\d{1,10}) cmd (.+)", re.DOTALL)
_FORCED = re.compile(
    r"Starting session: forced-command (?:\([a-z-]{1,20}\) )?'(.*)'"
    r"(?: on (\S{1,64}))? for (\S{1,64}) from \S{1,64} port \d{1,5}(?: id \d{1,10})?\s*",
    re.DOTALL,
)
SSHD_CUT = 900
"""sshd prints no more of a forced command (``%.900s``)."""

_DOAS = re.compile(r"(\S{1,64}) ran command (.*) as (\S{1,64}) from (\S.*)", re.DOTALL)
_DOAS_SHORT = re.compile(r"(\S{1,64}) ran command (.*) as (\S{1,64})\s*", re.DOTALL)
_DOAS_REFUSED = re.compile(r"command not permitted for (\S{1,64}): (.*)", re.DOTALL)
_PKEXEC = re.compile(
    r"(\S{1,64}): (.{1,300}?) \[USER=([^\]]{0,64})\] \[TTY=([^\]]{0,64})\] \[CWD=(.{0,4096}?)\] \[COMMAND=(.*)\]\s*",
    re.DOTALL,
)
_STARTED = re.compile(r"Started (?:run-[\w@:-]{1,100}\.(?:service|scope) - )?(?:\[systemd-run\] )?(/\S.*)", re.DOTALL)
_NO_PROGRAM = re.compile(r"/(?:etc/rc|dev/initctl)")
"""Units of systemd itself that are described by a path: no command of anybody."""

_RSHD = re.compile(r"\S{1,64}@\S{1,255} as (\S{1,64}): cmd='(.*)'\s*", re.DOTALL)
RSHD_CUT = 80

_SNOOPY = re.compile(r"\[([a-z_]{2,32}:[^\]]{0,8192})\]: ?(.+)", re.DOTALL)
_SNOOPY_KEY = re.compile(r"([a-z_]{2,32}):(\S*)")
_HISTORY = re.compile(
    r"-?HISTORY: ((?:(?:PPID|PID|UID|EUID|SID|TTY|USER|User|LOGNAME|PWD|CWD)=\S{0,256} +){1,10})(?:CMD=)?(.*)",
    re.DOTALL,
)
_PAIR = re.compile(r"([A-Za-z]{3,8})=(\S*)")
_PROMPT = re.compile(r"([A-Za-z_][\w.@$-]{0,63}) \[(\d{1,10})\]: +(.+?) \[(\d{1,3})\]\s*", re.DOTALL)
_BRACKETED = re.compile(r"\[(?!\d{1,10}\.\d)([^\]].*)\]\s*", re.DOTALL)
_NUMBERED = re.compile(r" {0,5}\d{1,6}\*? {2}(\S.*)", re.DOTALL)
_TIMESTAMP = re.compile(r"#\d{9,11}\s*")
SHELLS = frozenset({"bash", "-bash", "zsh", "-zsh", "ksh"})

_ANSIBLE = re.compile(r"(?:ansible-)?(?:ansible\.(?:legacy|builtin)\.)?(?:command|shell) Invoked with (.*)", re.DOTALL)
_ANSIBLE_RAW = re.compile(
    r"(?:^|(?<= ))_raw_params=(.*?)(?= (?:_uses_shell|warn|expand_argument_vars|argv|chdir|executable|creates|removes"
    r"|stdin|stdin_add_newline|strip_empty_ends|_raw_params)=|\Z)",
    re.DOTALL,
)


def program_of(tag: str) -> str:
    """``/usr/sbin/CRON`` is ``cron``, ``su(pam_unix)`` is ``su``.

    >>> program_of("/USR/SBIN/CRON"), program_of("su(pam_unix)")
    ('cron', 'su')
    """
    return tag.rpartition("/")[2].partition("(")[0].lower()


def said(tag: str | None, message: str, *, by_logger: bool = False) -> Said | None:
    """The command in ``message`` of the program ``tag``; None where it tells of none.

    ``by_logger``: the tag is one that only a shell's history logger writes. sudo's own continuation lines are joined
    before this is asked.

    >>> said("CRON", "(root) CMD (run-parts /etc/cron.hourly)").command_line
    'run-parts /etc/cron.hourly'
    """
    if tag is None:
        return None
    if by_logger:
        return None if _TIMESTAMP.fullmatch(message) else _typed(message, tag)
    program = program_of(tag)
    handler = _HANDLERS.get(program)
    if handler is not None:
        return handler(message)
    if message.endswith(("]", "] ", "]\r")) or "HISTORY: " in message[:10] or program in SHELLS:
        found = _shell(program, message)
        if found is not None:
            return found
    if "Invoked with " in message[:80]:
        return _ansible(program, message)
    if message.startswith("[") and program.startswith("snoopy"):
        return _snoopy(message)
    return None


def _sudo(message: str) -> Said | None:
    found = said_in_json(message)
    if found is None and (parts := message_of(message)) is not None:
        found = said_by_sudo(*parts)
    if found is not None:
        found.is_parent = True
    return found


def _cron(message: str) -> Said | None:
    found = _CRON.fullmatch(message)
    if found is not None:
        return Said(found[2], Origin.COMMAND_LINE, user=found[1], is_parent=True) if found[2].strip() else None
    found = _BUSYBOX_CRON.fullmatch(message)
    if found is not None:
        return Said(found[3].rstrip("\r\n"), Origin.COMMAND_LINE, user=found[1], pid=int(found[2]))
    return None


def _sshd(message: str) -> Said | None:
    found = _FORCED.fullmatch(message)
    if found is None or not found[1].strip():
        return None
    is_whole = len(found[1].encode()) < SSHD_CUT
    return Said(found[1], Origin.COMMAND_LINE, user=found[3], tty=found[2], complete=is_whole, is_parent=True)


def _doas(message: str) -> Said | None:
    found = _DOAS.fullmatch(message) or _DOAS_SHORT.fullmatch(message)
    if found is not None:
        cwd = found[4].rstrip() if found.re is _DOAS else None
        return Said(found[2], Origin.USER_CMD, user=found[1], cwd=cwd, exe=_path(found[2]), is_parent=True)
    found = _DOAS_REFUSED.fullmatch(message)
    if found is None:
        return None
    return Said(found[2].rstrip(), Origin.USER_CMD, user=found[1], exe=_path(found[2]), success=False, is_parent=True)


def _pkexec(message: str) -> Said | None:
    found = _PKEXEC.fullmatch(message)
    if found is None:
        return None
    user, what, _, tty, cwd, command = found.groups()
    return Said(
        command,
        Origin.USER_CMD,
        user=user,
        tty=None if tty in ("", "unknown") else tty.removeprefix("/dev/"),
        cwd=cwd or None,
        exe=_path(command),
        success=None if what.startswith("Executing command") else False,
        is_parent=True,
    )


def _path(command: str) -> str | None:
    word = command.split(" ", 1)[0]
    return word if word.startswith("/") else None


def _systemd(message: str) -> Said | None:
    """A transient unit is described by its own command line, which begins with a path."""
    found = _STARTED.fullmatch(message.rstrip())
    if found is None or _NO_PROGRAM.match(found[1]):
        return None
    command = found[1].removesuffix(".")
    return Said(command, Origin.COMMAND_LINE, exe=_path(command), is_elsewhere=True)


def _rshd(message: str) -> Said | None:
    found = _RSHD.fullmatch(message)
    if found is None:
        return None
    return Said(found[2], Origin.COMMAND_LINE, user=found[1], complete=len(found[2].encode()) < RSHD_CUT)


def _snoopy(message: str) -> Said | None:
    found = _SNOOPY.fullmatch(message)
    if found is None:
        return None
    keys = dict(_SNOOPY_KEY.findall(found[1]))
    login = keys.get("username") or keys.get("login")
    return Said(
        found[2].rstrip("\r\n"),
        Origin.COMMAND_LINE,
        user=None if login in (None, "", "(unknown)", "(null)") else login,
        uid=_number(keys.get("uid")),
        tty=keys["tty"].removeprefix("/dev/") if keys.get("tty", "").startswith("/") else None,
        cwd=keys.get("cwd") or None,
        exe=keys.get("filename") or None,
        pid=_number(keys.get("pid")),
        ppid=_number(keys.get("ppid")),
        is_own=True,
    )


def _shell(program: str, message: str) -> Said | None:
    """Histories that shells send: bash built with SYSLOG_HISTORY, and the loggers people put into PROMPT_COMMAND."""
    found = _HISTORY.fullmatch(message)
    if found is not None:
        if not found[2].strip():
            return None
        keys = {name.upper(): value for name, value in _PAIR.findall(found[1])}
        typed = _typed(found[2], keys.get("USER") or keys.get("LOGNAME"))
        if typed is not None:
            typed.pid, typed.ppid = _number(keys.get("PID")), _number(keys.get("PPID"))
            typed.uid = _number(keys.get("UID"))
            typed.tty, typed.cwd = keys.get("TTY") or None, keys.get("PWD") or keys.get("CWD")
        return typed
    found = _PROMPT.fullmatch(message)
    if found is not None:
        typed = _typed(found[3], found[1])
        if typed is not None:
            typed.pid = int(found[2])
        return typed
    if program in SHELLS or program == "root":
        found = _BRACKETED.fullmatch(message)
        if found is None and program != "root":
            found = _NUMBERED.fullmatch(message)
        return _typed(found[1], "root" if program == "root" else None) if found is not None else None
    return None


def _typed(command: str, user: str | None) -> Said | None:
    numbered = _NUMBERED.fullmatch(command)
    text = (numbered[1] if numbered else command).rstrip("\r\n")
    return Said(text, Origin.HISTORY, user=user, is_own=True) if text.strip() else None


def _ansible(program: str, message: str) -> Said | None:
    if not program.startswith(("ansible", "python", "platform-python")):
        return None
    found = _ANSIBLE.fullmatch(message)
    if found is None and program.endswith(("command", "shell")) and message.startswith("Invoked with "):
        raw = _ANSIBLE_RAW.search(message.removeprefix("Invoked with "))
    else:
        raw = _ANSIBLE_RAW.search(found[1]) if found is not None else None
    if raw is None or raw[1] in ("", "None"):
        return None
    return Said(raw[1], Origin.COMMAND_LINE, is_parent=True)


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdecimal() and len(value) < 11 else None


_HANDLERS: dict[str, Handler] = {
    "sudo": _sudo,
    "cron": _cron,
    "crond": _cron,
    "anacron": _cron,
    "fcron": _cron,
    "sshd": _sshd,
    "sshd-session": _sshd,
    "doas": _doas,
    "pkexec": _pkexec,
    "systemd": _systemd,
    "rshd": _rshd,
    "in.rshd": _rshd,
    "snoopy": _snoopy,
}
