"""One interpreted record -> the same record as the kernel would have written it, so that one set of rules reads both.

Values of interpreted text have neither quotes nor boundaries; a value ends where the next name that belongs there
begins. What is text becomes hex, which the kernel's form takes for any bytes.
"""

import re
from collections.abc import Sequence

from ttpline.telemetry._auditd.record_types import RecordType

_CONTROL = re.compile(rb"\\(01[125])")
"""Tab, line feed and carriage return: commands hold them; of other escapes most were typed as such."""

_EXE = re.compile(rb"(.*?)(?: subj=\S*(?: \(\w{1,20}\))?)?(?: key=.*)?\Z", re.DOTALL)
_ARGUMENT = re.compile(rb"(?:(?<= )|(?<![\s\S]))a(\d{1,7})(?:_len=(\d{1,9}) a\d{1,7}\[0\]|\[(\d{1,7})\])?=")
_IDS = ("auid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid")
_UNKNOWN = re.compile(rb"(\b(?:" + "|".join(_IDS).encode() + rb")=)unknown\((\d{1,10})\)")
"""An id that the machine ausearch ran on has no name for."""

_COUNT = re.compile(rb"argc=(\d{1,7}) ?")
_RESULT = re.compile(rb" terminal=(\S*) res=(\w{1,10})")
_PROGRAM = re.compile(rb"(?: exe=(\S*))?(?: hostname=\S*)?(?: addr=\S*)?\Z")
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*+)"|<([^<>]{1,16})>|,', re.DOTALL)
_KEYS = {
    b"ret": b"\r", b"nl": b"\n", b"tab": b"\t", b"backspace": b"\x7f", b"esc": b"\x1b", b"up": b"\x1b[A",
    b"down": b"\x1b[B", b"right": b"\x1b[C", b"left": b"\x1b[D", b"home": b"\x1b[H", b"end": b"\x1b[F",
    b"delete": b"\x1b[3~", b"insert": b"\x1b[2~", b"pgup": b"\x1b[5~", b"pgdn": b"\x1b[6~",
}  # fmt: skip


def raw_body(kind: RecordType, body: bytes) -> bytes:
    """``body``, what follows ``msg=audit(…) :``, in the kernel's form."""
    if b"=unknown(" in body and kind in (RecordType.SYSCALL, RecordType.USER_CMD, RecordType.TTY):
        body = _UNKNOWN.sub(rb"\1\2", body, count=len(_IDS))
    match kind:
        case RecordType.SYSCALL:
            return _call(body)
        case RecordType.EXECVE:
            return _arguments(body)
        case RecordType.PROCTITLE:
            return b"proctitle=" + _text(_after(body, b"proctitle="))
        case RecordType.CWD:
            return b"cwd=" + _text(_after(body, b"cwd="))
        case RecordType.USER_CMD:
            return _reported(body)
        case RecordType.TTY:
            return _typed(body)
    return body


def _after(body: bytes, name: bytes) -> bytes:
    """What follows ``name``, without the space that ausearch puts behind every value."""
    at = body.find(name)
    value = body[at + len(name) :] if at >= 0 else b""
    return value.removesuffix(b"\r").removesuffix(b" ")


def _plain(value: bytes) -> bytes:
    return _CONTROL.sub(lambda found: bytes([int(found[1], 8)]), value) if b"\\" in value else value


def _text(value: bytes) -> bytes:
    plain = _plain(value)
    return plain.hex().encode() if plain else b'""'


def _call(body: bytes) -> bytes:
    comm = body.find(b" comm=")
    exe = body.find(b" exe=", max(comm, 0))
    if exe < 0:
        return body
    found = _EXE.match(body.rstrip(), exe + 5)
    program = body[exe + 5 :] if found is None else found[1]
    if comm < 0:
        return body[:exe] + b" exe=" + _text(program)
    return body[:comm] + b" comm=" + _text(body[comm + 6 : exe]) + b" exe=" + _text(program)


def _arguments(body: bytes) -> bytes:
    """Names of arguments are taken in their order only: ``a7=`` inside the second argument is its text."""
    body = body.removesuffix(b"\r").removesuffix(b" ")
    out: list[bytes] = []
    count = _COUNT.match(body)
    start = 0
    expected: tuple[int, int] | None = None
    if count is not None:
        out.append(count[0].strip())
        start, expected = count.end(), (0, 0)
    name = b""
    begun = -1
    for found in _ARGUMENT.finditer(body, start):
        index, piece = int(found[1]), int(found[3] or 0)
        if expected is not None and (index, piece) not in (expected, (expected[0] + 1, 0)) and begun >= 0:
            continue
        if begun >= 0:
            out.append(name + _text(body[begun : found.start() - 1]))
        is_piece = found[2] is not None or found[3] is not None
        expected = (index, piece + 1) if is_piece else (index + 1, 0)
        name = found[0]
        begun = found.end()
    if begun >= 0:
        out.append(name + _text(body[begun:]))
    return b" ".join(out)


def _reported(body: bytes) -> bytes:
    start = body.find(b"msg='")
    end = body.rfind(b" terminal=")
    result = _RESULT.match(body, end) if 0 <= start < end else None
    command = body.find(b"cmd=", start, end)
    if result is None or command < 0:
        return body
    program = _PROGRAM.search(body[command + 4 : end])
    stop = end if program is None else command + 4 + program.start()
    said = [b"cmd=" + _text(body[command + 4 : stop]), b"terminal=" + result[1], b"res=" + result[2]]
    before = body[start + 5 : command]
    if before.startswith(b"cwd="):
        said.insert(0, b"cwd=" + _text(before[4:].removesuffix(b" ")))
    if program is not None and program[1] is not None:
        said.append(b"exe=" + _text(program[1]))
    return body[:start] + b"msg='" + b" ".join(said) + b"'"


def _typed(body: bytes) -> bytes:
    at = body.find(b"data=")
    if at < 0:
        return body
    typed = b"".join(map(_key, _KEY.finditer(body, at + 5)))
    return body[:at].removesuffix(b"msg='") + b"data=" + (typed.hex().encode() or b'""')


def _key(found: "re.Match[bytes]") -> bytes:
    if found[1] is not None:
        return _plain(found[1].replace(b'\\"', b'"'))
    if found[2] is None:
        return b""
    known = _KEYS.get(found[2])
    if known is not None:
        return known
    if len(found[2]) == 2 and found[2][:1] == b"^":
        return bytes([found[2][1] & 0x1F])
    return found[0]


def without_boundaries(argv: Sequence[str]) -> str:
    """The command line, as far as interpreted text tells: arguments with a space between."""
    return " ".join(argv)
