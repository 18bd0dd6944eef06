"""Write an EVTX file from events given as Python values: samples that no log of anybody went into.

    .venv/bin/python scripts/make_evtx.py tests/cases/telemetry/evtx/made_up.evtx

The binary XML has a template for each set of field names, as Windows writes it; the layout is in [MS-EVEN6] and the
notes of the libevtx project.
"""

import argparse
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

HEADER_BYTES = 4096
CHUNK_BYTES = 1 << 16
FIRST_RECORD = 512
FILETIME_OF_1970 = 116_444_736_000_000_000
SCHEMA = "http://schemas.microsoft.com/win/2004/08/events/event"

NOTHING, TEXT, UINT8, UINT16, UINT32, UINT64, FILETIME, SID, HEX64, XML = (
    0x00, 0x01, 0x04, 0x06, 0x08, 0x0A, 0x11, 0x13, 0x15, 0x21,
)  # fmt: skip
LOCAL_SYSTEM = bytes((1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0))

SYSMON = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational")
SECURITY = ("Microsoft-Windows-Security-Auditing", "Security")
POWERSHELL = ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational")
SERVICES = ("Service Control Manager", "System")


@dataclass(frozen=True)
class Made:
    """``time``: microseconds since 1970 UTC. ``data``: texts, or values of other types in bytes.

    ``is_nested``: the fields have a template of their own, inside a value of the event's, as in logs of Windows.
    """

    source: tuple[str, str]
    event_id: int
    number: int
    time: int
    data: Mapping[str, str | tuple[int, bytes]]
    computer: str = "ws7.example.com"
    is_nested: bool = False


class _Chunk:
    """Records of one chunk; a template is written where it is used first."""

    def __init__(self) -> None:
        self.data = bytearray(FIRST_RECORD)
        self.numbers: list[int] = []
        self.last_at = FIRST_RECORD
        self._templates: dict[tuple[str, ...], int] = {}

    def add(self, event: Made) -> None:
        start = len(self.data)
        self.data += struct.pack("<4sIQQ", b"**\0\0", 0, event.number, FILETIME_OF_1970 + event.time * 10)
        self._add_instance(event)
        self.data += bytes(-len(self.data) % 4)
        size = len(self.data) - start + 4
        self.data += struct.pack("<I", size)
        struct.pack_into("<I", self.data, start + 4, size)
        self.numbers.append(event.number)
        self.last_at = start

    def _add_instance(self, event: Made) -> None:
        names = tuple(event.data)
        values = [(TEXT, one.encode("utf-16-le")) if isinstance(one, str) else one for one in event.data.values()]
        self.data += b"\x0f\x01\x01\x00\x0c\x01"
        if not event.is_nested:
            self._begin_instance((event.source[0], *names), lambda: self._add_template(event.source[0], names))
            self._add_values(_system_values(event) + values)
            return
        self._begin_instance((event.source[0], "", ""), lambda: self._add_template(event.source[0], None))
        size_at = self._add_values([*_system_values(event), (XML, b"")])
        begin = len(self.data)
        self.data += b"\x0c\x01"
        self._begin_instance(("", *names), lambda: self._add_fields(names, 0))
        self._add_values(values)
        self.data += b"\0"
        struct.pack_into("<H", self.data, size_at, len(self.data) - begin)

    def _begin_instance(self, names: tuple[str, ...], add_template: Callable[[], None]) -> None:
        """Which template it is of, and the template where it is used first."""
        ident = crc32("\0".join(names).encode())
        place = self._templates.get(names)
        here = len(self.data) + 8
        self.data += struct.pack("<II", ident, place or here)
        if place is None:
            self._templates[names] = here
            self.data += struct.pack("<I", 0) + struct.pack("<IIII", ident, 1, 2, 3) + bytes(4)
            begin = len(self.data)
            self.data += b"\x0f\x01\x01\x00"
            add_template()
            self.data += b"\0"
            struct.pack_into("<I", self.data, begin - 4, len(self.data) - begin)

    def _add_values(self, values: list[tuple[int, bytes]]) -> int:
        """Where the size of the last value stands."""
        self.data += struct.pack("<I", len(values))
        for kind, value in values:
            self.data += struct.pack("<HBB", len(value), kind, 0)
        size_at = len(self.data) - 4
        for _, value in values:
            self.data += value
        return size_at

    def _add_template(self, provider: str, names: tuple[str, ...] | None) -> None:
        """Of an event; without ``names`` its fields are a value."""
        event = self._open("Event", {"xmlns": SCHEMA})
        system = self._open("System")
        self._close_empty(self._open("Provider", {"Name": provider}, closes=False))
        for name, place, kind, attribute in (
            ("EventID", 3, UINT16, ("Qualifiers", 4, UINT16)),
            ("Version", 11, UINT8, None),
            ("Level", 0, UINT8, None),
            ("Task", 2, UINT16, None),
            ("Opcode", 1, UINT8, None),
            ("Keywords", 5, HEX64, None),
        ):
            self._add_element(name, place, kind, attribute)
        self._close_empty(self._open("TimeCreated", {"SystemTime": (6, FILETIME)}, closes=False))
        self._add_element("EventRecordID", 10, UINT64, None)
        execution: dict[str, str | tuple[int, int]] = {"ProcessID": (8, UINT32), "ThreadID": (9, UINT32)}
        self._close_empty(self._open("Execution", execution, closes=False))
        self._add_element("Channel", 13, TEXT, None)
        self._add_element("Computer", 14, TEXT, None)
        self._close_empty(self._open("Security", {"UserID": (12, SID)}, closes=False))
        self._close(system)
        if names is None:
            self.data += struct.pack("<BHB", 0x0E, FIRST_FIELD, XML)
        else:
            self._add_fields(names, FIRST_FIELD)
        self._close(event)

    def _add_fields(self, names: tuple[str, ...], first: int) -> None:
        data = self._open("EventData")
        for place, name in enumerate(names, first):
            field = self._open("Data", {"Name": name})
            self.data += struct.pack("<BHB", 0x0E, place, TEXT)
            self._close(field)
        self._close(data)

    def _add_element(self, name: str, place: int, kind: int, attribute: tuple[str, int, int] | None) -> None:
        element = self._open(name, {attribute[0]: attribute[1:]} if attribute else {})
        self.data += struct.pack("<BHB", 0x0E, place, kind)
        self._close(element)

    def _open(self, name: str, attributes: Mapping[str, str | tuple[int, int]] = {}, *, closes: bool = True) -> int:
        """A start tag; where the length of the element is to be written."""
        self.data += struct.pack("<BH", 0x41 if attributes else 0x01, 0xFFFF)
        length_at = len(self.data)
        self.data += bytes(4)
        self._add_name(name)
        if attributes:
            list_at = len(self.data)
            self.data += bytes(4)
            left = len(attributes)
            for key, value in attributes.items():
                left -= 1
                self.data.append(0x46 if left else 0x06)
                self._add_name(key)
                if isinstance(value, str):
                    self.data += struct.pack("<BBH", 0x05, TEXT, len(value)) + value.encode("utf-16-le")
                else:
                    self.data += struct.pack("<BHB", 0x0E, *value)
            struct.pack_into("<I", self.data, list_at, len(self.data) - list_at - 4)
        if closes:
            self.data += b"\x02"
        return length_at

    def _add_name(self, name: str) -> None:
        here = len(self.data) + 4
        hashed = 0
        for char in name:
            hashed = (hashed * 65599 + ord(char)) & 0xFFFFFFFF
        self.data += struct.pack("<IIHH", here, 0, hashed & 0xFFFF, len(name)) + name.encode("utf-16-le") + b"\0\0"

    def _close(self, length_at: int) -> None:
        self.data += b"\x04"
        struct.pack_into("<I", self.data, length_at, len(self.data) - length_at - 4)

    def _close_empty(self, length_at: int) -> None:
        self.data += b"\x03"
        struct.pack_into("<I", self.data, length_at, len(self.data) - length_at - 4)

    def finish(self) -> bytes:
        free = len(self.data)
        body = crc32(self.data[FIRST_RECORD:])
        first, last = self.numbers[0], self.numbers[-1]
        head = struct.pack("<8sQQQQIIII", b"ElfChnk\0", first, last, first, last, 128, self.last_at, free, body)
        self.data[: len(head)] = head
        struct.pack_into("<I", self.data, 124, crc32(self.data[:120] + self.data[128:FIRST_RECORD]))
        return bytes(self.data.ljust(CHUNK_BYTES, b"\0"))


FIRST_FIELD = 15
"""Values of the system part come first."""


def _system_values(event: Made) -> list[tuple[int, bytes]]:
    return [
        (UINT8, b"\x04"),
        (UINT8, b"\x00"),
        (UINT16, struct.pack("<H", 1)),
        (UINT16, struct.pack("<H", event.event_id)),
        (UINT16, struct.pack("<H", 0)),
        (HEX64, struct.pack("<Q", 1 << 63)),
        (FILETIME, struct.pack("<Q", FILETIME_OF_1970 + event.time * 10)),
        (0x00, b""),
        (UINT32, struct.pack("<I", 2284)),
        (UINT32, struct.pack("<I", 5252)),
        (UINT64, struct.pack("<Q", event.number)),
        (UINT8, b"\x05"),
        (SID, LOCAL_SYSTEM),
        (TEXT, event.source[1].encode("utf-16-le")),
        (TEXT, event.computer.encode("utf-16-le")),
    ]


def evtx_of(chunks: list[list[Made]]) -> bytes:
    """A file with the given events in each chunk; ``ValueError`` where they do not fit."""
    parts = []
    for events in chunks:
        chunk = _Chunk()
        for event in events:
            chunk.add(event)
        if len(chunk.data) > CHUNK_BYTES:
            raise ValueError("the events of a chunk take more than 64 KiB")
        parts.append(chunk.finish())
    following = chunks[-1][-1].number + 1
    head = struct.pack(
        "<8sQQQIHHHH", b"ElfFile\0", 0, len(parts) - 1, following, 128, 1, 3, HEADER_BYTES, len(parts)
    ).ljust(120, b"\0")
    return (head + struct.pack("<II", 0, crc32(head))).ljust(HEADER_BYTES, b"\0") + b"".join(parts)


def process_created(number: int, time: int, command: str, *, pid: int = 4321) -> Made:
    """A Sysmon 1."""
    image = command.split(" ")[0].strip('"')
    data = {
        "RuleName": "-",
        "UtcTime": "2026-01-02 03:04:05.123",
        "ProcessGuid": f"{{00000000-0000-0000-0000-{number:012d}}}",
        "ProcessId": str(pid),
        "Image": image,
        "CommandLine": command,
        "CurrentDirectory": "C:\\Users\\mara\\",
        "User": "EXAMPLE\\mara",
        "LogonId": "0x3e7",
        "ParentProcessId": "812",
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ParentCommandLine": "C:\\Windows\\explorer.exe /factory",
    }
    return Made(SYSMON, 1, number, time, data)


def security_created(number: int, time: int, program: str, command: str) -> Made:
    """A Security 4688."""
    data = {
        "SubjectUserSid": "S-1-5-18",
        "SubjectUserName": "WS7$",
        "SubjectDomainName": "EXAMPLE",
        "SubjectLogonId": "0x3e7",
        "NewProcessId": "0x1f4",
        "NewProcessName": program,
        "TokenElevationType": "%%1936",
        "ProcessId": "0x2a",
        "CommandLine": command,
        "ParentProcessName": "C:\\Windows\\System32\\services.exe",
    }
    return Made(SECURITY, 4688, number, time, data)


def script_part(number: int, time: int, block: int, part: int, total: int, text: str) -> Made:
    """One part of a PowerShell 4104."""
    data = {
        "MessageNumber": str(part),
        "MessageTotal": str(total),
        "ScriptBlockText": text,
        "ScriptBlockId": f"aaaaaaaa-0000-0000-0000-{block:012d}",
        "Path": "",
    }
    return Made(POWERSHELL, 4104, number, time, data)


CONTEXT = (
    "        Severity = Informational\r\n        Host Name = ConsoleHost\r\n"
    "        Host Application = powershell.exe -NoProfile\r\n        User = EXAMPLE\\mara\r\n"
)
PAYLOAD = (
    'CommandInvocation(Get-ChildItem): "Get-ChildItem"\r\n'
    'ParameterBinding(Get-ChildItem): name="Path"; value="C:\\Users\\mara\\my files"\r\n'
    'CommandInvocation(Out-Default): "Out-Default"\r\n'
)


def sample() -> bytes:
    """Every kind of event that is read, some that are not, a script block in parts and one with a part missing."""
    start, step = 1_767_323_045_123_456, 1_000_000
    first = [
        process_created(101, start, '"C:\\Windows\\System32\\cmd.exe" /c whoami /all & echo "a  b"'),
        Made(SYSMON, 3, 102, start + step, {"Image": "C:\\a.exe", "DestinationIp": "192.0.2.7"}),
        process_created(103, start + 2 * step, "C:\\Windows\\System32\\ping.exe  -n 6 192.0.2.9 ", pid=44),
        security_created(104, start + 3 * step, "C:\\Windows\\System32\\net.exe", "net user žofie /add"),
        security_created(105, start + 4 * step, "C:\\Windows\\System32\\svchost.exe", ""),
        Made(SERVICES, 7045, 106, start + 5 * step, {"ServiceName": "x", "ImagePath": "C:\\x.exe"}),
    ]
    second = [
        script_part(107, start + 6 * step, 1, 1, 2, "function a {\n  Get-Date\n"),
        process_created(108, start + 7 * step, "C:\\Windows\\System32\\hostname.exe", pid=45),
        script_part(109, start + 8 * step, 1, 2, 2, "}\na"),
        script_part(110, start + 9 * step, 2, 1, 1, "Get-Process | Sort-Object CPU"),
        Made(POWERSHELL, 4103, 111, start + 10 * step, {"ContextInfo": CONTEXT, "UserData": "", "Payload": PAYLOAD}),
        script_part(112, start + 11 * step, 3, 2, 3, "the middle of a script"),
        process_created(113, start + 12 * step, "C:\\Windows\\System32\\tasklist.exe", pid=46),
    ]
    return evtx_of([first, second])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.parse_args().target.write_bytes(sample())


if __name__ == "__main__":
    main()
