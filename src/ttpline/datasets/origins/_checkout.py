"""Files of a git checkout, and the commit it is at, without running git."""

import re
from collections.abc import Iterator
from pathlib import Path

from ttpline.errors import DatasetError

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"ref: (refs/[\w./-]{1,200})")


def checkout_files(repo: Path, pattern: str) -> Iterator[Path]:
    """Plain files that match ``pattern``, sorted by path; links are not followed. ``DatasetError`` without a folder."""
    if not repo.is_dir():
        raise DatasetError("is not a folder", where=str(repo), remedy="give the folder of a checkout with --repo")
    for path in sorted(repo.glob(pattern), key=lambda one: one.as_posix()):
        if path.is_file() and not any(one.is_symlink() for one in (path, path.parent)):
            yield path


def read_file(path: Path, limit: int) -> bytes:
    """All of a file of at most ``limit`` bytes."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise DatasetError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(raw) > limit:
        raise DatasetError(f"is larger than {limit:,} bytes", where=str(path))
    return raw


def checkout_commit(repo: Path) -> str | None:
    """The commit that ``HEAD`` names; None when this is no checkout or it cannot be told."""
    git = repo / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        match = _REF.fullmatch(head)
        if match is not None and ".." not in match[1]:
            loose = git / match[1]
            head = loose.read_text(encoding="ascii").strip() if loose.is_file() else _packed(git, match[1])
    except (OSError, ValueError):
        return None
    return head if _COMMIT.fullmatch(head) else None


def _packed(git: Path, ref: str) -> str:
    for line in (git / "packed-refs").read_text(encoding="utf-8").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return ""
