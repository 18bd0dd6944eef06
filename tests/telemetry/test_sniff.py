"""The surest reader reads; a guess or a tie is refused with the names there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import UnknownFormatError
from ttpline.telemetry._sniff import BY_NAME, MIN_SURENESS, select, sniff
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


@dataclass
class Named(Sure):
    """A reader that knows its files by their name."""

    own: str = ""

    def claims_name(self, name: str) -> bool:
        return name.endswith(self.own)


def test_text_with_a_name_of_its_own_is_read_by_who_claims_it() -> None:
    claiming = Named("h", 0.0, own="_history")
    assert select(b"ls\nid\n", [claiming, Sure("a", 0.4)], "/root/.bash_history") is claiming
    assert sniff(b"ls\nid\n", [claiming], "/root/.bash_history") == [("h", BY_NAME)]
    assert sniff(b"ls\nid\n", [claiming], "/root/notes.txt") == [("h", 0.0)]
    assert sniff(b"ls\nid\n", [claiming]) == [("h", 0.0)]


@pytest.mark.parametrize("head", [b"", b"\x7fELF\0\0", b"ls\0id"])
def test_name_alone_makes_no_text_of_other_bytes(head: bytes) -> None:
    assert sniff(head, [Named("h", 0.0, own="_history")], ".bash_history") == [("h", 0.0)]


def test_utf16_text_has_nuls_and_may_be_claimed_by_name() -> None:
    assert sniff("ls\n".encode("utf-16"), [Named("h", 0.0, own="_history")], "x_history") == [("h", BY_NAME)]


def test_content_is_surer_than_a_name() -> None:
    assert select(b"x", [Named("h", 0.0, own="_history"), Sure("a", 0.9)], "x_history").name == "a"


def test_of_equally_sure_ones_that_one_reads_whose_name_it_is() -> None:
    assert select(b"x", [Named("h", 0.9, own="_history"), Sure("a", 0.9)], "x_history").name == "h"
    with pytest.raises(UnknownFormatError, match="it could be"):
        select(b"x", [Named("h", 0.9, own="_history"), Sure("a", 0.9)], "x.log")


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("/root/.bash_history", "bash-history"),
        ("case.zip!/home/a/.bash_history.1.gz", "bash-history"),
        ("alice_bash_history-20260102.txt", "bash-history"),
        (".zsh_history", "zsh-history"),
        (r"C:\Users\a\AppData\PSReadLine\ConsoleHost_history.txt", "powershell-history"),
        ("Visual Studio Code Host_history.txt", "powershell-history"),
    ],
)
def test_histories_are_known_by_their_names(name: str, format: str) -> None:
    registry = readers()
    everyone = [registry.get(one) for one in registry.names()]
    assert select(b"ls -la\nid\n", everyone, name).name == format


@pytest.mark.parametrize(
    "name", ["bash_history.py", ".python_history", ".mysql_history", "notes.txt", "mybash_history"]
)
def test_other_names_are_none_of_a_history(name: str) -> None:
    registry = readers()
    with pytest.raises(UnknownFormatError):
        select(b"ls -la\nid\n", [registry.get(one) for one in registry.names()], name)
