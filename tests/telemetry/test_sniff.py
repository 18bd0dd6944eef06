"""The surest reader reads; a guess or a tie is refused with the names there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import UnknownFormatError
from ttpline.telemetry._sniff import MIN_SURENESS, select, sniff
from ttpline.telemetry.base import readers


@dataclass
class Sure:
    """A reader that is as sure as it is told."""

    name: str
    sureness: float
    description: str = "of no format"

    def sniff(self, head: bytes) -> float:
        return self.sureness

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        yield from ()


def test_all_are_asked_and_the_surest_comes_first() -> None:
    assert sniff(b"x", [Sure("b", 0.2), Sure("a", 0.2), Sure("c", 0.9)]) == [("c", 0.9), ("a", 0.2), ("b", 0.2)]


def test_surest_reads() -> None:
    assert select(b"x", [Sure("a", 0.6), Sure("b", 0.9)], "f").name == "b"


def test_tie_is_refused_with_both_names() -> None:
    with pytest.raises(UnknownFormatError, match="f: it could be a or b; say which with --from"):
        select(b"x", [Sure("b", 0.9), Sure("a", 0.9), Sure("c", 0.5)], "f")


def test_guess_is_refused() -> None:
    with pytest.raises(UnknownFormatError):
        select(b"x", [Sure("a", MIN_SURENESS - 0.01)], "f")


@pytest.mark.parametrize(
    "head", [b"ls -la\nid\n", b"<?xml version='1.0'?>\n<Events>", b"\x7fELF\0\0", b"{}\n", b"# notes\n\nid, please\n"]
)
def test_what_no_reader_knows_is_never_read_as_commands(head: bytes) -> None:
    registry = readers()
    with pytest.raises(UnknownFormatError) as caught:
        select(head, [registry.get(name) for name in registry.names()], "notes.txt")
    told = str(caught.value)
    assert told.startswith("notes.txt: unknown format")
    assert "--from text reads one command a line" in told
    assert all(name in told for name in registry.names())
