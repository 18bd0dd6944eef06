"""Where a log that was rotated away went, and what came between."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from ttpline.telemetry._compressed import MAGIC_BYTES, codec_of
from ttpline.telemetry._follow import Identity

_NUMBER = re.compile(r"\.(\d{1,6})")
ROTATED = re.compile(r".+(?:\.\d{1,6}|[-.]\d{8}(?:[-.T]?\d{2,6})?|\.old)")
"""What logrotate and auditd call an older log."""


def opened(path: Path | str) -> BinaryIO | None:
    """The file, unbuffered, or None where there is none."""
    with suppress(OSError, ValueError):
        if Path(path).is_file():
            return cast(BinaryIO, Path(path).open("rb", buffering=0))
    return None


def is_compressed(file: BinaryIO) -> bool:
    """Whether its bytes are no log but a packed one; such a file does not grow."""
    head = file.read(MAGIC_BYTES)
    file.seek(0)
    return codec_of(head) is not None


def older(path: str) -> list[Path]:
    """The rotated logs beside ``path``, the oldest first."""
    log = Path(path)
    found: list[tuple[int, float, str, Path]] = []
    with suppress(OSError):
        for other in log.parent.iterdir():
            rest = other.name.removeprefix(log.name)
            if not other.name.startswith(log.name) or not rest or rest[0] not in ".-":
                continue
            number = _NUMBER.fullmatch(rest)
            with suppress(OSError):
                rank = -int(number[1]) if number else -(10**9)  # names with a date are older than .1, by their time
                found.append((rank, 0.0 if number else other.stat().st_mtime, other.name, other))
    return [other for *_, other in sorted(found)]


def find(identity: Identity, path: str) -> tuple[BinaryIO, int] | None:
    """The file of ``identity`` among the rotated logs of ``path``, or a copy of it; with its place in ``older``."""
    others = older(path)
    for is_it in (identity.is_file, identity.begins):
        for place, other in enumerate(others):
            file = opened(other)
            if file is None:
                continue
            if is_it(file):
                return file, place
            file.close()
    return None


def newer_than(identity: Identity, path: str) -> Iterator[BinaryIO]:
    """The logs that were rotated away after the one of ``identity``, in the order they were written."""
    found = find(identity, path)
    if found is None:
        return
    file, place = found
    file.close()
    for other in older(path)[place + 1 :]:
        between = opened(other)
        if between is not None:
            if is_compressed(between):
                between.close()
            else:
                yield between
