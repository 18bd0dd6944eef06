"""Leaves out the records of events that no label names, before anything else is done with them.

Most of a log is not labelled, and finding the serial of a line is ten times cheaper than reading its event. A line in
which no event is named is let through, so that the reader can say what is wrong with it.
"""

import re
from collections.abc import Collection

_EVENT = re.compile(rb"audit\(\d{1,12}\.\d{1,3}:(\d{1,18})\)")
"""Stands once in the header of every audit record; what a record says comes after it."""

LONGEST_LINE = 1 << 20
"""A line that goes on for longer is let through in pieces; the reader refuses it as it should."""


class LabelledLines:
    """``keep`` takes a log in pieces of any size and gives whole lines; ``rest`` gives what is left at the end.

    The first record of a log comes through whatever it is, so that the reader sees what kind of log this is.
    ``left_out`` counts records that did not.
    """

    def __init__(self, serials: Collection[int]) -> None:
        self._serials = frozenset(str(serial).encode() for serial in serials)
        self._rest = b""
        self._began = False
        self.left_out = 0

    def keep(self, chunk: bytes) -> bytes:
        text = self._rest + chunk
        end = text.rfind(b"\n") + 1
        if not end:
            if len(text) > LONGEST_LINE:
                self._rest = b""
                return text
            self._rest = text
            return b""
        self._rest = text[end:]
        return self._wanted(text[:end])

    def rest(self) -> bytes:
        rest, self._rest = self._rest, b""
        return self._wanted(rest)

    def _wanted(self, text: bytes) -> bytes:
        find, serials = _EVENT.search, self._serials
        lines = text.split(b"\n")  # not splitlines: a lone carriage return ends no record
        lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        kept = [line for line in lines if (event := find(line)) is None or event[1] in serials]
        if not self._began and (first := next(filter(find, lines), None)) is not None:
            self._began = True
            if not any(map(find, kept)):
                kept.insert(0, first)
        self.left_out += len(lines) - len(kept)
        return b"".join(kept)
