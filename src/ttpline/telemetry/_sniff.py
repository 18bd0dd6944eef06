"""Which reader a file is for: every registered one looks at its head, the surest reads it."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ttpline.errors import UnknownFormatError
from ttpline.telemetry._late import Candidate, loaded
from ttpline.telemetry.base import TelemetryReader

AUTO = "auto"

SNIFF_BYTES = 1 << 16
"""As much of a file as a reader may look at."""

MIN_SURENESS = 0.5
"""Less sure than that is a guess, and a wrong guess is a silent error."""

TIE = 0.01
"""Two readers closer than that are equally sure."""

BY_NAME = 0.6
"""How sure a reader is of a text that only its name tells: less than of anything that its content tells."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@runtime_checkable
class NamedReader(Protocol):
    """A reader whose files have names of their own, such as ``.bash_history``."""

    def claims_name(self, name: str) -> bool: ...


def claims_name(reader: Candidate, name: str) -> bool:
    """Whether a file of that path or uri is called as files of ``reader`` are."""
    return isinstance(reader, NamedReader) and reader.claims_name(name)


def sniff(head: bytes, readers: Sequence[Candidate], name: str = "") -> list[tuple[str, float]]:
    """Every reader's name with how sure it is, the surest first, equal ones by name.

    ``name``: path or uri of the file. A reader that claims it is sure by ``BY_NAME`` of any text (no NUL, but UTF-16
    with its mark); equally sure ones whose name it is come first.
    """
    head = head[:SNIFF_BYTES]
    is_text = bool(head) and (b"\0" not in head or head[:2] in _UTF16_MARKS)
    found = []
    for reader in readers:
        is_named = bool(name) and is_text and claims_name(reader, name)
        sureness = reader.sniff(head)
        found.append((reader.name, max(sureness, BY_NAME) if is_named else sureness, is_named))
    return [(name, sureness) for name, sureness, _ in sorted(found, key=lambda one: (-one[1], not one[2], one[0]))]


def select(head: bytes, readers: Sequence[Candidate], where: str) -> TelemetryReader:
    """The surest reader; ``UnknownFormatError`` where none is sure enough, or two are equally sure.

    Of equally sure ones that one reads which claims the name in ``where``, if one alone does.
    """
    found = sniff(head, readers, where)
    by_name = {reader.name: reader for reader in readers}
    best = [name for name, sureness in found if sureness >= MIN_SURENESS and sureness >= found[0][1] - TIE]
    if not best:
        what = "it holds bytes that no text has" if b"\0" in head[:SNIFF_BYTES] else "no reader recognises it"
        raise UnknownFormatError(
            f"unknown format: {what}",
            where=where,
            remedy=f"say what it is with --from ({', '.join(sorted(by_name))}); --from text reads one command a line",
        )
    named = [name for name in best if claims_name(by_name[name], where)]
    if len(named) == 1:
        return loaded(by_name[named[0]])
    if len(best) > 1:
        raise UnknownFormatError(f"it could be {' or '.join(best)}", where=where, remedy="say which with --from")
    return loaded(by_name[best[0]])
