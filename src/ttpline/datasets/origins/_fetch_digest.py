"""Digests of whole files, read as a stream."""

import hashlib
from pathlib import Path

from ttpline.errors import UsageError

_CHUNK = 1 << 20
_LENGTHS = {"sha256": 64, "md5": 32, "git-blob": 40}


def check_digest_form(digest: str) -> None:
    """``UsageError`` unless ``digest`` is ``sha256:…``, ``md5:…`` or ``git-blob:…`` with as many hex digits."""
    kind, _, value = digest.partition(":")
    if len(value) != _LENGTHS.get(kind) or not set(value) <= set("0123456789abcdef"):
        raise UsageError(f"{digest[:80]!r} is not a digest", remedy="write sha256: and 64 lower-case hex digits")


def digest_of(path: Path, kind: str) -> str:
    """The digest of ``path`` with its kind before it. ``git-blob`` is what ``git hash-object`` prints.

    MD5 and SHA-1 are what publishers give; they find a damaged or wrong file, not a forged one.
    """
    if kind == "git-blob":
        hasher = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    elif kind == "md5":
        hasher = hashlib.md5(usedforsecurity=False)
    else:
        hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return f"{kind}:{hasher.hexdigest()}"


def is_match(path: Path, digest: str) -> bool:
    """Whether ``path`` has ``digest``."""
    return digest_of(path, digest.partition(":")[0]) == digest
