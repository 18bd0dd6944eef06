"""A zip file or a folder as a list of files to read one after another; nothing is ever written to disk.

A stranger made the archive. Names that lead out of it, links, encrypted members and members that expand more than a
log can are refused one by one, with a reason; reading is a stream, so that size costs time and never memory.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from ttpline.errors import DatasetError

MAX_MEMBERS = 1_000_000
"""Files in one archive; the published one has a few thousand."""

MAX_RATIO = 250
RATIO_FROM_BYTES = 16 << 20
"""A member larger than ``RATIO_FROM_BYTES`` that promises more than ``MAX_RATIO`` times its packed size is a bomb:
the published logs expand 15 times, the most repetitive audit log about 60 times."""

ENCRYPTED = 0x1
"""Bit 0 of a zip member's flags."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file: ``name`` with ``/``, ``size`` in bytes unpacked, ``mark`` changes when its content does."""

    name: str
    size: int
    mark: str

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.name).parts


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that will not be read, and why."""

    name: str
    reason: str


class Archive:
    """Open with ``with``; ``members`` are the files that may be read, ``refused`` the others, both by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self.members: tuple[Member, ...] = ()
        self.refused: tuple[Refused, ...] = ()

    def __enter__(self) -> Self:
        if self.path.is_dir():
            found = list(_folder_members(self.path))
        elif self.path.is_file():
            try:
                self._zip = zipfile.ZipFile(self.path)
            except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
                raise DatasetError(
                    f"cannot be opened as a zip file: {error}",
                    where=str(self.path),
                    remedy="give a folder, or a zip that was downloaded whole (ttpline dataset fetch resumes)",
                ) from error
            for info in self._zip.infolist():
                self._infos.setdefault(info.filename, info)
            found = list(_zip_members(self._zip.infolist()))
        else:
            raise DatasetError("is not there", where=str(self.path), remedy="give a folder or a zip file")
        if len(found) > MAX_MEMBERS:
            self.close()
            raise DatasetError(f"holds more than {MAX_MEMBERS:,} files", where=str(self.path))
        self.members = tuple(sorted((one for one in found if isinstance(one, Member)), key=lambda one: one.name))
        self.refused = tuple(sorted((one for one in found if isinstance(one, Refused)), key=lambda one: one.name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()
            self._zip = None

    def open(self, member: Member) -> BinaryIO:
        """The bytes of ``member``; ``DatasetError`` when it cannot be opened."""
        try:
            if self._zip is not None:
                return self._zip.open(self._infos[member.name])  # type: ignore[return-value]  # IO[bytes] is one in all that matters
            return (self.path / member.name).open("rb")
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise DatasetError(f"cannot be opened: {error}", where=f"{self.path}: {member.name}") from error

    def read_small(self, member: Member, limit: int) -> bytes:
        """All bytes of a small file; ``DatasetError`` when there are more than ``limit``, or when it is damaged."""
        if member.size > limit:
            raise DatasetError(f"is larger than {limit:,} bytes", where=f"{self.path}: {member.name}")
        with self.open(member) as stream:
            try:
                raw = stream.read(limit + 1)
            except READ_ERRORS as error:
                raise DatasetError(f"is damaged: {error}", where=f"{self.path}: {member.name}") from error
        if len(raw) > limit:
            raise DatasetError(f"is larger than {limit:,} bytes", where=f"{self.path}: {member.name}")
        return raw


READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
"""What a damaged member raises while it is read."""


def _folder_members(folder: Path) -> Iterator[Member | Refused]:
    """Files below ``folder``. Links are not followed: an unpacked archive holds none."""
    waiting = [folder]
    while waiting:
        try:
            entries = sorted(waiting.pop().iterdir())
        except OSError as error:
            raise DatasetError(f"cannot be listed: {error.strerror}", where=str(error.filename)) from error
        for entry in entries:
            name = entry.relative_to(folder).as_posix()
            status = entry.lstat()
            if stat.S_ISLNK(status.st_mode):
                yield Refused(name, "is a link")
            elif stat.S_ISDIR(status.st_mode):
                waiting.append(entry)
            elif stat.S_ISREG(status.st_mode):
                yield Member(name, status.st_size, f"{status.st_size}:{status.st_mtime_ns}")
            else:
                yield Refused(name, "is not a plain file")


def _zip_members(infos: Sequence[zipfile.ZipInfo]) -> Iterator[Member | Refused]:
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        reason = _refusal(info, seen)
        seen.add(info.filename)
        if reason is not None:
            yield Refused(info.filename, reason)
        else:
            yield Member(info.filename, info.file_size, f"{info.file_size}:{info.CRC:08x}:{info.compress_size}")


def _refusal(info: zipfile.ZipInfo, seen: set[str]) -> str | None:
    name = info.filename
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in name.partition("/")[0]:
        return "has an absolute or foreign path"
    if ".." in name.split("/"):
        return "leads out of the archive"
    if name in seen:
        return "is in the archive twice"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted"
    if info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"expands more than {MAX_RATIO} times"
    return None
