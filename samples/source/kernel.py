"""How the Linux kernel writes untrusted bytes into audit records (``kernel/audit.c`` and ``kernel/auditsc.c``).

These functions follow the kernel line by line, not any reader: the sample log is a truth that readers are held to.
"""

MAX_EXECVE_AUDIT_LEN = 7500
"""Most bytes of arguments in one EXECVE record (``auditsc.c``)."""
MAX_PROCTITLE_AUDIT_LEN = 128
"""Bytes of a process title that are kept (``auditsc.c``)."""
TASK_COMM_LEN = 15
"""Bytes of ``comm``, its NUL not counted."""
ARG_NAME_LEN = 96
"""``sizeof(abuf)`` in ``audit_log_execve_info``: room kept for `` a%d_len=%lu a%d[%d]=``."""
MIN_ROOM = ARG_NAME_LEN + 8
"""With less room than this left, the kernel begins a new record."""


def needs_hex(raw: bytes) -> bool:
    """``audit_string_contains_control``: a quote, or anything outside ``!`` to ``~`` (a space too)."""
    return any(byte == 0x22 or byte < 0x21 or byte > 0x7E for byte in raw)


def untrusted(raw: bytes) -> str:
    """``audit_log_n_untrustedstring``: in quotes where that is safe, else upper-case hex.

    >>> untrusted(b"ls"), untrusted(b"a b"), untrusted(b"")
    ('"ls"', '612062', '""')
    """
    return raw.hex().upper() if needs_hex(raw) else f'"{raw.decode("ascii")}"'


def proctitle(argv: list[bytes]) -> str:
    """The title of a process: arguments joined by NUL, the first 128 bytes, trailing unprintable bytes cut."""
    title = (b"\0".join(argv) + b"\0")[:MAX_PROCTITLE_AUDIT_LEN]
    while title and not _is_print(title[-1]):
        title = title[:-1]
    return untrusted(title)


def _is_print(byte: int) -> bool:
    """The kernel's ``isprint``: its table is Latin-1."""
    return 0x20 <= byte <= 0x7E or byte >= 0xA0


def execve_records(argv: list[bytes]) -> list[str]:
    """``audit_log_execve_info``: the bodies of the EXECVE records of one execution, split where the kernel splits."""
    writer = _ExecveWriter(len(argv))
    for index, arg in enumerate(argv):
        writer.argument(index, arg)
    return writer.finish()


class _ExecveWriter:
    """The kernel's loop: ``room`` is its ``len_rem``, ``pending`` the audit buffer."""

    def __init__(self, argc: int) -> None:
        self.bodies: list[str] = []
        self.pending = f"argc={argc}"
        self.room = MAX_EXECVE_AUDIT_LEN

    def finish(self) -> list[str]:
        return [*self.bodies, self.pending]

    def argument(self, index: int, arg: bytes) -> None:
        # An argument that does not fit the scratch buffer is written in hex whatever it holds.
        is_longer_than_buffer = len(arg) >= MAX_EXECVE_AUDIT_LEN
        is_hex = is_longer_than_buffer or needs_hex(arg)
        logged_length = len(arg) * 2 if is_hex else len(arg)
        fetched, position, part = b"", 0, 0
        while True:
            if position < len(arg):
                take = min(MAX_EXECVE_AUDIT_LEN - len(fetched), len(arg) - position)
                fetched += arg[position : position + take]
                position += take
            if self.room < MIN_ROOM:
                self._new_record()
            in_record = len(fetched) * 2 if is_hex else len(fetched) + 2
            is_split = position < len(arg) or part > 0 or in_record + ARG_NAME_LEN > self.room
            name = f" a{index}"
            if is_split:
                name = (f" a{index}_len={logged_length}" if part == 0 else "") + f" a{index}[{part}]"
                part += 1
            fetched = self._write(f"{name}=", fetched, is_hex=is_hex, in_record=in_record)
            if not fetched and position >= len(arg):
                return

    def _new_record(self) -> None:
        self.bodies.append(self.pending)
        self.pending = ""
        self.room = MAX_EXECVE_AUDIT_LEN

    def _write(self, name: str, data: bytes, *, is_hex: bool, in_record: int) -> bytes:
        """What did not fit comes back."""
        self.room -= len(name)
        size = len(data)
        if in_record > self.room:
            size = self.room // 2 if is_hex else self.room - 2
        chunk = data[:size]
        text = chunk.hex().upper() if is_hex else f'"{chunk.decode("ascii")}"'
        self.room -= len(text)
        # In log files one space, that of the header, stands before the first field of a continued record.
        self.pending += name + text if self.pending else (name + text).lstrip()
        return data[size:]
