"""Which reader a file is for: every registered one looks at its head, the surest reads it."""

from collections.abc import Sequence

from ttpline.errors import UnknownFormatError
from ttpline.telemetry.base import TelemetryReader

AUTO = "auto"

SNIFF_BYTES = 1 << 16
"""As much of a file as a reader may look at."""

MIN_SURENESS = 0.5
"""Less sure than that is a guess, and a wrong guess is a silent error."""

TIE = 0.01
"""Two readers closer than that are equally sure."""


def sniff(head: bytes, readers: Sequence[TelemetryReader]) -> list[tuple[str, float]]:
    """Every reader's name with how sure it is, the surest first, equal ones by name."""
    found = [(reader.name, reader.sniff(head[:SNIFF_BYTES])) for reader in readers]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def select(head: bytes, readers: Sequence[TelemetryReader], where: str) -> TelemetryReader:
    """The surest reader; ``UnknownFormatError`` where none is sure enough, or two are equally sure."""
    found = sniff(head, readers)
    names = ", ".join(sorted(reader.name for reader in readers))
    best = [name for name, sureness in found if sureness >= MIN_SURENESS and sureness >= found[0][1] - TIE]
    if not best:
        what = "it holds bytes that no text has" if b"\0" in head[:SNIFF_BYTES] else "no reader recognises it"
        raise UnknownFormatError(
            f"unknown format: {what}",
            where=where,
            remedy=f"say what it is with --from ({names}); --from text reads one command a line",
        )
    if len(best) > 1:
        raise UnknownFormatError(f"it could be {' or '.join(best)}", where=where, remedy="say which with --from")
    return next(reader for reader in readers if reader.name == best[0])
