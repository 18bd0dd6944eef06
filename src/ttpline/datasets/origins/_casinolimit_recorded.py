"""The process titles as the log has them, gathered from the bytes on their way to the reader.

Events have no field for the title of a program whose arguments are known as well, but the study's table is made of
exactly these titles. They are looked up rather than made, so that whatever wrote the log is right about its own cut.
"""

import re

MAX_WAITING = 100_000
"""Titles that wait for their event. The reader gives an event within a few megabytes of its records, which is some
ten thousand titles; the oldest are forgotten after that."""

_TITLE = re.compile(r"audit\((\d{1,12}\.\d{3}:\d{1,18})\) ?: ?proctitle=((?:[0-9A-Fa-f]{2})+|\"[^\"\n]*\")(?=[\s\x1d])")
LONGEST_LINE = 1 << 16
"""A title record has 350 bytes; what is left of a line that is longer than this holds none."""


class RecordedTitles:
    """``feed`` takes the log in pieces of any size; ``take`` gives the titles of one batch and forgets them."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._rest = ""

    def feed(self, chunk: bytes) -> None:
        text = self._rest + chunk.decode("latin-1")
        end = text.rfind("\n") + 1
        self._rest = text[end:][-LONGEST_LINE:]
        for match in _TITLE.finditer(text, 0, end):
            self._titles[match[1]] = match[2]
        while len(self._titles) > MAX_WAITING:
            del self._titles[next(iter(self._titles))]

    def take(self, keys: list[str | None]) -> list[str | None]:
        """For each ``seconds.milliseconds:serial`` the title as logged, None where there is none."""
        found = [self._titles.get(key) if key is not None else None for key in keys]
        for key in keys:
            self._titles.pop(key, None)  # type: ignore[arg-type]
        return found


def title_bytes(logged: str) -> bytes:
    """The bytes of a title as logged, quoted or in hex.

    >>> title_bytes("6C73002D6C61"), title_bytes('"id"')
    (b'ls\\x00-la', b'id')
    """
    if logged.startswith('"'):
        return logged[1:-1].encode("latin-1")
    return bytes.fromhex(logged).removesuffix(b"\0")
