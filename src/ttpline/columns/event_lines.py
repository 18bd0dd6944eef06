"""Events as the JSON lines they become, made where they were read: what ``ingest`` to JSON lines needs of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.columns.distinct import Hashes
from ttpline.domain.raw_text import from_surrogates

Render = Callable[[pl.DataFrame], Iterable[bytes]]
"""From columns in ``EVENT_SCHEMA`` to whole JSON lines, some at a time; picklable."""


class EventLines(msgspec.Struct):
    """``rows`` events in input order. Only bytes, so that they pass from process to process as they are.

    ``pieces``: their lines, compressed, so that they wait in little room. ``named`` (booleans): whose ``event_id`` is
    theirs in every file, and ``keys`` (uint64) of those; ``commands`` (uint64): the ``command_hashes`` of all.
    """

    rows: int
    pieces: list[bytes]
    named: bytes
    keys: bytes
    commands: bytes

    @classmethod
    def of(cls, pieces: Iterable[bytes], named: npt.NDArray[np.bool_], keys: Hashes, commands: Hashes) -> "EventLines":
        packed = [_packed(piece) for piece in pieces]
        return cls(len(named), packed, named.tobytes(), keys.tobytes(), commands.tobytes())

    def text(self) -> Iterator[bytes]:
        """The lines, some at a time."""
        return map(_unpacked, self.pieces)

    def event_keys(self) -> tuple[npt.NDArray[np.bool_], Hashes]:
        """For each event whether it has a key; and the keys there are."""
        return np.frombuffer(self.named, np.bool_), np.frombuffer(self.keys, np.uint64)

    def command_hashes(self) -> Hashes:
        return np.frombuffer(self.commands, np.uint64)

    def told_at(self, places: Iterable[int]) -> Iterator[dict[str, Any]]:
        """The events at ``places`` in their order, text as columns hold it."""
        left = set(places)
        lines = (line for piece in self.text() for line in piece.split(b"\n")[:-1])
        for place, line in enumerate(lines if left else ()):
            if place in left:
                yield json.loads(line, object_hook=_as_columns)
                left.remove(place)
                if not left:
                    return

    def without(self, places: npt.NDArray[np.intp]) -> "EventLines":
        """All but the events at ``places``, whose commands other events have as well."""
        keep = np.ones(self.rows, np.bool_)
        keep[places] = False
        kept, at = [], 0
        for piece in self.text():
            lines = piece.split(b"\n")[:-1]
            some = b"".join(line + b"\n" for line, is_kept in zip(lines, keep[at:], strict=False) if is_kept)
            kept += [some] if some else []
            at += len(lines)
        named, keys = self.event_keys()
        return EventLines.of(kept, named[keep], keys[keep[named]], self.command_hashes())


def _as_columns(row: dict[str, Any]) -> dict[str, Any]:
    return {name: from_surrogates(value) if isinstance(value, str) else value for name, value in row.items()}


def _packed(data: bytes) -> bytes:
    """Compressed by what polars has, at a GB a second."""
    buffer = BytesIO()
    pl.DataFrame({"": np.frombuffer(data, np.uint8)}).write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()


def _unpacked(packed: bytes) -> bytes:
    return pl.read_ipc_stream(BytesIO(packed)).to_series().to_numpy().tobytes()
